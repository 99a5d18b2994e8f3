"""What a programme's records say, as targets for a fit and as a report on their quality; no value of a single row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.programme_data import DISCHARGE_TYPES, SMALLEST_CELL, ProgrammeData, count
from scenarios.evidence import Error, Target
from simulation.outcomes import aalen_johansen

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
    first = int(stays["admission_day"].min())
    lines = [
        Line("stays", count(len(stays))),
        Line("people", count(int(stays["person"].nunique()))),
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
        others = [group for group in groups if group not in hidden and numbers[group] > 0]
        if others:
            hidden.add(min(others, key=lambda group: numbers[group]))
    return [Line(f"{prefix}{group}", "not shown" if group in hidden else f"{numbers[group]:,}") for group in groups]


def site_targets(data: ProgrammeData, scenario: str, profile: str) -> list[Target]:
    """A site's own numbers as targets: they enter a fit beside the published ones, with the errors of their size.

    Numbers that rest on fewer than 11 stays, events or people are left out.

    Args:
        data: Checked records.
        scenario: Scenario that describes the site.
        profile: Population profile.
    """
    stays = data.stays
    found = []

    def add(name: str, quantity: str, value: float, error: Error, unit: str = "share") -> None:
        found.append(
            Target.model_validate(
                {
                    "id": f"site-{name}",
                    "quantity": quantity,
                    "population": "the site's own records",
                    "study": "site",
                    "source": "the site's own records",
                    "read": "computed",
                    "value": value,
                    "unit": unit,
                    "error": error,
                    "weight": "high",
                    "scenario": scenario,
                    "prediction": name,
                    "profile": profile,
                }
            )  # fmt: skip
        )

    n = len(stays)
    early = int((stays["discharge_type"] == "patient-initiated").sum())
    if min(early, n - early) >= SMALLEST_CELL:
        add("patient_initiated_discharge", "Patient-initiated discharge", early / n, Error(proportion_of=n))
    length = (stays["discharge_day"] - stays["admission_day"] + 1).to_numpy(np.float64)
    if n >= SMALLEST_CELL and length.std(ddof=1) > 0:
        spread = Error(standard_deviation=float(length.std(ddof=1)), of=n)
        add("length_of_stay_mean", "Length of stay, mean", float(length.mean()), spread, "days")
    time, event, cluster = _readmissions(stays, data.last_day)
    for horizon in HORIZONS:
        events = int(((event == 1) & (time <= horizon)).sum())
        if events < SMALLEST_CELL:
            continue
        share = float(aalen_johansen(time, event, horizon)[horizon])
        if 0 < share < 1:
            effective = max(1, round(_effective(time, event, cluster, horizon, share)))
            add(f"readmission_{horizon}d", f"Readmission within {horizon} days", share, Error(proportion_of=effective))
    return found


def _readmissions(
    stays: pd.DataFrame, last_day: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]], pd.Series[str]]:
    """Time, event and person of each discharge alive; deaths outside hospital are not in such records."""
    ordered = stays.sort_values(["person", "admission_day", "discharge_day"], kind="stable")
    following = ordered["admission_day"].shift(-1).where(ordered["person"].eq(ordered["person"].shift(-1)))
    alive = ordered["discharge_type"] != "died"
    out = ordered["discharge_day"][alive].to_numpy(np.int64)
    back = following[alive].fillna(-1).to_numpy(np.int64)
    time = np.where(back >= 0, back, last_day) - out
    return time, np.where(back >= 0, 1, 0), ordered["person"][alive]


def _effective(
    time: np.ndarray[tuple[int], np.dtype[np.int64]],
    event: np.ndarray[tuple[int], np.dtype[np.int64]],
    person: pd.Series[str],
    horizon: int,
    share: float,
) -> float:
    """Stays that independent people would need for the same error: several stays of a person say less than of many."""
    followed = (event == 1) | (time >= horizon)
    residual = np.where((event == 1) & (time <= horizon), 1.0, 0.0)[followed] - share
    by_person = (
        person[followed].to_frame("person").assign(r=residual).groupby("person", sort=False)["r"].sum().to_numpy()
    )
    variance = float(np.sum(by_person**2))
    n = residual.size
    if n == 0 or variance == 0:
        return float(time.size)
    return float(n * n * share * (1 - share) / max(variance, math.ulp(1.0)))
