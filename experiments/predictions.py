"""What the model says to each target: outcomes of a run, and ratios between groups of stays that are no outcome."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.outcome_list import OUTCOMES
from simulation.outcomes import aalen_johansen

if TYPE_CHECKING:
    import pandas as pd

    from simulation import Result

WINDOW = 30
"""Days after discharge over which groups of stays are compared."""


def measured(result: Result) -> pd.DataFrame:
    """Stays of a run that ended in the measured period."""
    stays = result.discharges
    return stays[stays.discharge_day >= result.config.run.warm_up_days]


def incidence(stays: pd.DataFrame, column: str, days: int = WINDOW) -> float:
    """Cumulative incidence of an event within `days` of a discharge alive; death competes, the run's end censors.

    Args:
        stays: Rows of `Result.discharges`.
        column: Column with the day of the event, −1 for none.
        days: Horizon.
    """
    alive = stays[stays.discharge_type != "died"]
    start = alive["discharge_day"].to_numpy(np.int64)

    def after(name: str) -> NDArray[np.int64]:
        day = alive[name].to_numpy(np.int64)
        return np.where(day >= 0, day - start, np.iinfo(np.int64).max)

    event_day, death = after(column), after("death_day")
    time = np.minimum(np.minimum(event_day, death), alive["last_day"].to_numpy(np.int64) - start)
    event = np.where(event_day == time, 1, np.where(death == time, 2, 0))
    return float(aalen_johansen(time, event, days)[days])


def _early(stays: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    early = stays.discharge_type == "patient-initiated"
    return stays[early], stays[~early]


def _hazard_ratio(stays: pd.DataFrame, column: str) -> float:
    """Ratio of cumulative hazards over the window: what a Cox model of proportional hazards estimates."""
    early, others = (_log_survival(incidence(group, column)) for group in _early(stays))
    return early / others if others else math.nan


def _log_survival(probability: float) -> float:
    return -math.log(1 - probability) if probability < 1 else math.inf


def _odds_ratio(stays: pd.DataFrame, column: str) -> float:
    unhoused, housed = (incidence(stays[stays.unhoused == there], column) for there in (True, False))
    if not (0 < housed < 1 and unhoused < 1):
        return math.nan
    return unhoused / (1 - unhoused) / (housed / (1 - housed))


def _trust_and_leaving(stays: pd.DataFrame) -> float:
    early = (stays.discharge_type == "patient-initiated").to_numpy(np.float64)
    trust = stays["trust"].to_numpy(np.float64)
    return float(np.corrcoef(trust, early)[0, 1]) if early.std() and trust.std() else math.nan


OF_STAYS: dict[str, Callable[[pd.DataFrame], float]] = {
    "length_of_stay_sd": lambda stays: float(stays["length_of_stay"].std()),
    "readmission_hazard_ratio_30d": lambda stays: _hazard_ratio(stays, "next_readmission_day"),
    "overdose_hazard_ratio_30d": lambda stays: _hazard_ratio(stays, "overdose_day"),
    "readmission_odds_ratio_unhoused_30d": lambda stays: _odds_ratio(stays, "next_readmission_day"),
    "ed_return_odds_ratio_unhoused_30d": lambda stays: _odds_ratio(stays, "next_ed_day"),
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
    import pandas as pd

    if not results:
        raise ValueError("needs one run or more")
    found: dict[str, float] = {}
    stays: pd.DataFrame | None = None
    for name in names:
        if name in OF_STAYS:
            if stays is None:
                stays = pd.concat([measured(result) for result in results])
            found[name] = OF_STAYS[name](stays)
        else:
            values = np.array([result.values[name] for result in results])
            defined = values[~np.isnan(values)]
            found[name] = math.fsum(defined) / defined.size if defined.size else math.nan
    return found
