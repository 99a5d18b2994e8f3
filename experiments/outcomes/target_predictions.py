"""The model's prediction of each target: outcomes of a run, and ratios between groups of stays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.support.types import BoolArray
from simulation.outcome_definitions import OUTCOMES
from simulation.outcomes import aalen_johansen, time_to
from simulation.state import DIED, PATIENT_INITIATED, STILL_IN

if TYPE_CHECKING:
    from simulation import Result

WINDOW = 30
"""Days after discharge over which groups of stays are compared."""

SOON, LATER = 28, 180
"""Days after discharge in which overdose is more likely, and up to which the same people's rate is compared with."""


Stays = Mapping[str, NDArray[Any]]
"""Columns of stays that ended in the measured period, each of shape (n,); days count from the start of the run."""

_COLUMNS = (
    "type", "admission_day", "discharge_day", "readmission_day", "ed_day", "overdose_day", "death_day", "unhoused",
    "trust",
)  # fmt: skip


def stays_of(result: Result) -> dict[str, NDArray[Any]]:
    """Stays of a run that ended in its measured period, as columns; `last_day` is that of the run."""
    table = result.stays
    rows = np.flatnonzero((table["type"] != STILL_IN) & (table["discharge_day"] >= result.config.run.warm_up_days))
    columns = {name: table[name][rows] for name in _COLUMNS}
    return columns | {"last_day": np.full(rows.size, result.last_day)}


def incidence(stays: Stays, column: str, chosen: BoolArray | None = None, days: int = WINDOW) -> float:
    """Cumulative incidence of an event within `days` of a discharge alive; death competes, the run's end censors.

    Args:
        stays: Columns as of `stays_of`.
        column: Column with the day of the event, −1 for none.
        chosen: Which stays to use, shape (n,); all if None.
        days: Horizon.
    """
    use = stays["type"] != DIED
    if chosen is not None:
        use = use & chosen
    group = {name: stays[name][use] for name in (column, "discharge_day", "death_day", "last_day")}
    time, event = time_to(group[column].astype(np.int64), group, group["last_day"])
    return float(aalen_johansen(time, event, days)[days])


def _hazard_ratio(stays: Stays, column: str) -> float:
    """Ratio of cumulative hazards over the window: what a Cox model of proportional hazards estimates."""
    left = stays["type"] == PATIENT_INITIATED
    early, others = (incidence(stays, column, group) for group in (left, ~left))
    if not (0 < others < 1 and early < 1):
        return math.nan
    return math.log1p(-early) / math.log1p(-others)


def _overdose_rate_ratio(stays: Stays, left_early: bool) -> float:
    """Rate of a first overdose on days 1 to 28 after a discharge over that on days 29 to 180 of those who had none."""
    use = (stays["type"] != DIED) & ((stays["type"] == PATIENT_INITIATED) == left_early)
    start = stays["discharge_day"][use].astype(np.int64)
    day, death = (stays[name][use].astype(np.int64) for name in ("overdose_day", "death_day"))
    end = np.minimum.reduce([np.where(d >= 0, d, stays["last_day"][use]) for d in (day, death)]) - start
    found = np.where(day >= 0, day - start, -1)
    rates = [
        ((found >= low) & (found <= high)).sum() / max(1, np.clip(end - (low - 1), 0, high - low + 1).sum())
        for low, high in ((1, SOON), (SOON + 1, LATER))
    ]
    return float(rates[0] / rates[1]) if rates[1] > 0 else math.nan


def _odds_ratio(stays: Stays, column: str) -> float:
    there = stays["unhoused"] != 0
    unhoused, housed = (incidence(stays, column, group) for group in (there, ~there))
    if not (0 < housed < 1 and unhoused < 1):
        return math.nan
    return unhoused / (1 - unhoused) / (housed / (1 - housed))


def _trust_and_leaving(stays: Stays) -> float:
    early = (stays["type"] == PATIENT_INITIATED).astype(np.float64)
    trust = stays["trust"].astype(np.float64)
    return float(np.corrcoef(trust, early)[0, 1]) if early.size and early.std() and trust.std() else math.nan


def _early_share(stays: Stays) -> float:
    """Readmission within a week over that within 30 days: its timing, whatever its level."""
    week, month = (incidence(stays, "readmission_day", days=days) for days in (7, WINDOW))
    return week / month if month > 0 else math.nan


def _length_sd(stays: Stays) -> float:
    length = stays["discharge_day"] - stays["admission_day"]
    return float(length.std(ddof=1)) if length.size > 1 else math.nan


OF_STAYS: dict[str, Callable[[Stays], float]] = {
    "length_of_stay_sd": _length_sd,
    "readmission_hazard_ratio_30d": lambda stays: _hazard_ratio(stays, "readmission_day"),
    "overdose_hazard_ratio_30d": lambda stays: _hazard_ratio(stays, "overdose_day"),
    "readmission_odds_ratio_unhoused_30d": lambda stays: _odds_ratio(stays, "readmission_day"),
    "ed_return_odds_ratio_unhoused_30d": lambda stays: _odds_ratio(stays, "ed_day"),
    "overdose_rate_ratio_28d_patient_initiated": lambda stays: _overdose_rate_ratio(stays, True),
    "overdose_rate_ratio_28d_others": lambda stays: _overdose_rate_ratio(stays, False),
    "readmission_ratio_7_30d": _early_share,
    "trust_and_leaving_early": _trust_and_leaving,
}
"""Numbers that are computed from the stays of several runs together; the last is a correlation, −1 to 1."""

NAMES: frozenset[str] = frozenset(OUTCOMES) | frozenset(OF_STAYS)


def predict(names: Sequence[str], results: Sequence[Result]) -> dict[str, float]:
    """What the model says: means over runs for outcomes, one number from all stays for the others.

    Args:
        names: Predictions wanted.
        results: Runs of one scenario, one or more.

    Raises:
        KeyError: A name is not known.
        ValueError: There is no run.
    """
    if not results:
        raise ValueError("needs one run or more")
    found: dict[str, float] = {}
    stays: Stays | None = None
    for name in names:
        if name in OF_STAYS:
            if stays is None:
                each = [stays_of(result) for result in results]
                stays = {column: np.concatenate([one[column] for one in each]) for column in each[0]}
            found[name] = OF_STAYS[name](stays)
        else:
            values = np.array([result.values[name] for result in results])
            defined = values[~np.isnan(values)]
            found[name] = math.fsum(defined) / defined.size if defined.size else math.nan
    return found
