"""What a programme's records say, as targets for a fit and as a report on their quality; no value of a single row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.site_data.disclosure import SMALLEST_CELL, count, enough, rounded
from experiments.site_data.records import ProgrammeData, returns
from experiments.site_data.schema import DISCHARGE_TYPES
from experiments.statistics.survival import cumulative_incidence, restricted_mean
from experiments.support.types import FloatArray, IntArray
from scenarios.calibration_targets import Error, Target

if TYPE_CHECKING:
    import pandas as pd


HORIZONS = (7, 30, 90)
"""Days after discharge at which readmission is compared."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report on quality: what was counted, and the number as it may be shown."""

    what: str
    shown: str


def quality(data: ProgrammeData) -> list[Line]:
    """What a site's records hold, with small counts suppressed.

    A count is also suppressed where it would follow from the others.
    """
    stays = data.stays
    people = int(stays["person"].nunique())
    lines = [
        Line("stays", count(len(stays))),
        Line("people", "not shown" if 0 < len(stays) - people < SMALLEST_CELL else count(people)),
    ]
    if data.dated:
        how = "stated" if data.stated_end else "assumed: day of the last admission"
        lines.append(Line(f"days from the first admission to the end of follow-up ({how})",
                          f"{data.last_day - data.first_day + 1:,}"))  # fmt: skip
    if data.types_known:
        kinds = stays["discharge_type"].where(stays["discharge_type"] != "", "still in hospital, or not known")
        lines += _counts("discharge, ", kinds, (*DISCHARGE_TYPES, "still in hospital, or not known"))
    if stays["housing"].isin(["stable", "unstable"]).any():
        lines += _counts("housing, ", stays["housing"].replace("", "unknown"), ("stable", "unstable", "unknown"))
    if (stays["peer_contacts"] >= 0).any():
        met = (stays["peer_contacts"] > 0).map({True: "one contact or more", False: "none or not known"})
        lines += _counts("peer workers, ", met, ("one contact or more", "none or not known"))
    if data.staff is not None:
        lines.append(Line("posts", count(len(data.staff))))
    return lines


def _counts(prefix: str, column: pd.Series[str], groups: Sequence[str]) -> list[Line]:
    numbers = {group: int((column == group).sum()) for group in groups}
    hidden = {group for group, n in numbers.items() if 0 < n < SMALLEST_CELL}
    if len(hidden) == 1:  # the total is shown: one hidden group could be computed
        # Not early departures, if there is another: they are a number of the fit, from which the count would follow.
        others = [group for group in groups if group not in hidden and numbers[group] > 0]
        if others:
            hidden.add(max(others, key=lambda group: (group != "patient-initiated", numbers[group])))
    return [Line(f"{prefix}{group}", "not shown" if group in hidden else f"{numbers[group]:,}") for group in groups]


@dataclass(frozen=True, slots=True)
class SiteNumbers:
    """What a site's records say in numbers that the model has too.

    Attributes:
        names: Names of the k outcomes.
        values: What was found, shape (k,).
        errors: Standard errors, stays of one person counted together; shape (k,).
        correlation: Of these errors, shape (k, k): the same stays make all numbers.
        stays: Number of stays.
    """

    names: tuple[str, ...]
    values: FloatArray
    errors: FloatArray
    correlation: FloatArray
    stays: int

    def rounded(self) -> SiteNumbers:
        """The numbers as they may leave the site, and as the fit uses them, so that no result holds more digits.

        Values and errors as `disclosure.rounded`, correlations to two decimals, stays to ten: with all digits, an
        error tells how many people came twice.
        """
        pairs = [rounded(value, error) for value, error in zip(self.values.tolist(), self.errors.tolist(), strict=True)]
        values, errors = np.array(pairs).reshape(-1, 2).T
        stays = max(10, round(self.stays, -1))
        return SiteNumbers(self.names, values, errors, np.round(self.correlation, 2), stays)


TITLES = {
    "patient_initiated_discharge": "Patient-initiated discharge",
    "administrative_discharge": "Administrative discharge",
    "death_in_hospital": "Death in hospital",
    "length_of_stay_mean": "Length of stay, mean",
    "length_of_stay_median_planned": "Length of stay, median of planned discharges",
    "length_of_stay_median_patient_initiated": "Length of stay, median of patient-initiated discharges",
    **{f"readmission_{horizon}d": f"Readmission within {horizon} days" for horizon in HORIZONS},
    **{f"ed_return_{horizon}d": f"Return to the emergency department within {horizon} days" for horizon in (7, 30)},
}

TYPES = {
    "patient-initiated": "patient_initiated_discharge",
    "administrative": "administrative_discharge",
    "died": "death_in_hospital",
}

MOST_OPEN = 0.05
"""Share of stays whose end is not known by the last end that is, above which no mean length is given."""

MOST_UNKNOWN = 0.2
"""Share of ended stays of unknown type above which shares of types are not given: nobody knows which are missing."""

MEDIAN_FLOOR = 0.5
"""Least standard error of a median, days: lengths are whole days."""


def is_days(name: str) -> bool:
    """Whether a number is in days rather than a share."""
    return name.startswith("length_of_stay")


def site_numbers(data: ProgrammeData) -> SiteNumbers:
    """A site's own numbers with their joint error, each estimated with censoring.

    Discharge types are Aalen–Johansen shares over the length of stay, in which the other types compete and people
    still in hospital are censored; the mean length is Kaplan–Meier's; returns are censored at the end of follow-up.
    Numbers are left out that rest on fewer than 11 stays or people, on either side of a share, or from which, with the
    others, such a count would follow.
    """
    stays = data.stays
    n = len(stays)
    names: list[str] = []
    values: list[float] = []
    scores: list[FloatArray] = []

    def add(name: str, value: float, rows: IntArray, influence: FloatArray) -> None:
        score = np.zeros(n)
        score[rows] = influence
        if np.isfinite(value) and np.any(score != 0):
            names.append(name)
            values.append(value)
            scores.append(score)

    length = stays["length"].to_numpy(np.float64)
    ended = stays["ended"].to_numpy(bool)
    kind = stays["discharge_type"].to_numpy(object)
    counted = np.flatnonzero(np.isfinite(length))
    time, seen = length[counted].astype(np.int64), ended[counted]
    mean = restricted_mean(time, seen)
    typed = np.flatnonzero(np.isfinite(length) & ~(ended & (kind == "")))
    unknown = float((kind[ended] == "").mean()) if ended.any() else 1.0
    if data.types_known and unknown <= MOST_UNKNOWN and mean.beyond <= MOST_OPEN:
        t, k = length[typed].astype(np.int64), np.where(ended[typed], kind[typed], "")
        for code, name in TYPES.items():
            event = np.where(k == code, 1, np.where(k == "", 0, 2))
            if enough(int((event == 1).sum()), int((event > 0).sum())):
                found = cumulative_incidence(t, event, int(t[event > 0].max()))
                add(name, found.value, typed, found.influence)
    if counted.size >= SMALLEST_CELL and mean.beyond <= MOST_OPEN:
        add("length_of_stay_mean", mean.value, counted, mean.influence)
    if data.types_known and not (~ended[counted]).mean() > MOST_OPEN:
        for code in ("planned", "patient-initiated"):
            mine = np.flatnonzero(ended & (kind == code) & np.isfinite(length))
            if mine.size >= 3 * SMALLEST_CELL:
                value, influence = _median(length[mine])
                add(f"length_of_stay_median_{code.replace('-', '_')}", value, mine, influence)
    for prefix, column, horizons in (("readmission", "admission_day", HORIZONS), ("ed_return", "ed_day", (7, 30))):
        if not data.dated or not (stays[column] >= 0).any():
            continue
        time, event, rows = returns(stays, data.last_day, column)
        shown = 0
        for horizon in horizons:
            found = cumulative_incidence(time, event, horizon)
            if enough(found.events - shown, found.at_risk - shown):
                add(f"{prefix}_{horizon}d", found.value, rows, found.influence)
                shown = found.events
    if not data.dated:
        told = np.flatnonzero((stays["returned_30d"] >= 0) & (kind != "died"))
        back = stays["returned_30d"].to_numpy(np.float64)[told]
        if enough(int(back.sum()), back.size):
            add("readmission_30d", float(back.mean()), told, (back - back.mean()) / back.size)
    if not names:
        return SiteNumbers((), np.zeros(0), np.zeros(0), np.eye(0), n)
    by_person = np.array([np.bincount(np.unique(stays["person"], return_inverse=True)[1], weights=s) for s in scores])
    covariance = by_person @ by_person.T
    errors = np.sqrt(np.diag(covariance))
    return SiteNumbers(tuple(names), np.array(values), errors, covariance / np.outer(errors, errors), n)


def _median(length: FloatArray) -> tuple[float, FloatArray]:
    """Median of whole days, and influences whose size gives the standard error of the order statistics around it."""
    n = length.size
    value = float(np.median(length))
    half = 0.5 / math.sqrt(n)
    low, high = np.quantile(length, [0.5 - half, 0.5 + half])
    error = max(MEDIAN_FLOOR, float(high - low) / 2)
    sides = np.where(length > value, 0.5, -0.5)
    sides -= sides.mean()
    size = math.sqrt(float(np.sum(sides**2)))
    return value, sides * (error / size) if size > 0 else np.full(n, error / math.sqrt(n))


def site_targets(numbers: SiteNumbers, scenario: str, profile: str) -> list[Target]:
    """A site's own numbers as targets, each with its own error.

    Args:
        numbers: What the records say.
        scenario: Scenario that describes the site.
        profile: Population profile.
    """
    found = []
    for name, value, error in zip(numbers.names, numbers.values.tolist(), numbers.errors.tolist(), strict=True):
        days = is_days(name)
        found.append(
            Target.model_validate(
                {
                    "id": f"site-{name}",
                    "quantity": TITLES[name],
                    "population": "the site's own records",
                    "study": "site",
                    "source": "the site's own records",
                    "read": "computed",
                    "value": value,
                    "unit": "days" if days else "share",
                    "error": Error(standard_deviation=error * math.sqrt(numbers.stays), of=numbers.stays),
                    "weight": "high",
                    "scenario": scenario,
                    "prediction": name,
                    "profile": profile,
                    "kind": "stay" if days else "return" if name.endswith("d") else "discharge",
                }
            )
        )
    return found
