"""What a programme's records say, as targets for a fit and as a report on their quality; no value of a single row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments.calibration.site.records import DISCHARGE_TYPES, SMALLEST_CELL, ProgrammeData, count
from scenarios.calibration_targets import Error, Target
from simulation.outcomes import aalen_johansen

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
    first = int(stays["admission_day"].min())
    people = int(stays["person"].nunique())
    lines = [
        Line("stays", count(len(stays))),
        Line("people", "not shown" if 0 < len(stays) - people < SMALLEST_CELL else count(people)),
        Line("days from the first admission to the last discharge", f"{data.last_day - first + 1:,}"),
    ]
    lines += _counts("discharge, ", stays["discharge_type"], DISCHARGE_TYPES)
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
    values: Floats
    errors: Floats
    correlation: Floats
    stays: int


TITLES = {
    "patient_initiated_discharge": "Patient-initiated discharge",
    "length_of_stay_mean": "Length of stay, mean",
} | {f"readmission_{horizon}d": f"Readmission within {horizon} days" for horizon in HORIZONS}


def site_numbers(data: ProgrammeData) -> SiteNumbers:
    """A site's own numbers with their joint error.

    Numbers are left out that rest on fewer than 11 stays or people, on either side of a share, or from which, with the
    others, such a count would follow.
    """
    stays = data.stays
    n = len(stays)
    names: list[str] = []
    values: list[float] = []
    scores: list[Floats] = []

    def add(name: str, value: float, score: Floats) -> None:
        names.append(name)
        values.append(value)
        scores.append(score)

    early = (stays["discharge_type"] == "patient-initiated").to_numpy(np.float64)
    if _shown(int(early.sum()), n):
        add("patient_initiated_discharge", early.mean(), (early - early.mean()) / n)
    length = (stays["discharge_day"] - stays["admission_day"] + 1).to_numpy(np.float64)
    if n >= SMALLEST_CELL and length.std(ddof=1) > 0:
        add("length_of_stay_mean", length.mean(), (length - length.mean()) / n)
    time, event, rows = _readmissions(stays, data.last_day)
    shown = 0
    for horizon in HORIZONS:
        back = (event == 1) & (time <= horizon)
        events = int(back.sum())
        followed = back | (time >= horizon)
        if not _shown(events - shown, int(followed.sum()) - shown):
            continue
        share = float(aalen_johansen(time, event, horizon)[horizon])
        score = np.zeros(n)
        score[rows[followed]] = (back[followed] - share) / followed.sum()
        add(f"readmission_{horizon}d", share, score)
        shown = events
    if not names:
        return SiteNumbers((), np.zeros(0), np.zeros(0), np.eye(0), n)
    by_person = np.array([np.bincount(np.unique(stays["person"], return_inverse=True)[1], weights=s) for s in scores])
    covariance = by_person @ by_person.T
    errors = np.sqrt(np.diag(covariance))
    return SiteNumbers(tuple(names), np.array(values), errors, covariance / np.outer(errors, errors), n)


def _shown(events: int, of: int) -> bool:
    return min(events, of - events) >= SMALLEST_CELL


def site_targets(numbers: SiteNumbers, scenario: str, profile: str) -> list[Target]:
    """A site's own numbers as targets, each with its own error.

    Args:
        numbers: What the records say.
        scenario: Scenario that describes the site.
        profile: Population profile.
    """
    found = []
    for name, value, error in zip(numbers.names, numbers.values.tolist(), numbers.errors.tolist(), strict=True):
        days = name == "length_of_stay_mean"
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
                }
            )
        )
    return found


def _readmissions(stays: pd.DataFrame, last_day: int) -> tuple[Ints, Ints, Ints]:
    """Time, event and position of each discharge alive; deaths outside hospital are not in such records."""
    ordered = stays.reset_index(drop=True).sort_values(["person", "admission_day", "discharge_day"], kind="stable")
    following = ordered["admission_day"].shift(-1).where(ordered["person"].eq(ordered["person"].shift(-1)))
    alive = ordered["discharge_type"] != "died"
    out = ordered["discharge_day"][alive].to_numpy(np.int64)
    back = following[alive].fillna(-1).to_numpy(np.int64)
    time = np.where(back >= 0, back, last_day) - out
    return time, np.where(back >= 0, 1, 0), ordered.index[alive].to_numpy(np.int64)
