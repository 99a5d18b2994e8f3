"""Registry of outcomes: those that the model counts in a run, and those derived from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation import outcome_definitions
from simulation.outcome_definitions import Outcome

if TYPE_CHECKING:
    from simulation import Result

DAYS_PER_YEAR = 365.0

DERIVED: dict[str, Outcome] = {
    o.name: o
    for o in (
        Outcome(
            "readmissions_30d_per_year", "readmissions within 30 d, a year", "per year", "years measured",
            "Readmission within 30 days times discharges alive per year, in the whole catchment.",
            "lower", "system", kind="rate", counted="years",
        ),
    )
}  # fmt: skip
"""Outcomes made here from those of a run, because a ratio needs counts."""

OUTCOMES: dict[str, Outcome] = {**outcome_definitions.OUTCOMES, **DERIVED}
"""Every outcome in `outcomes.csv`, in its order."""


UPPER = {"days_alive_out_of_hospital_90d": 90.0}
"""Greatest values of outcomes that are neither shares nor scores."""


def bounds(name: str) -> tuple[float, float]:
    """Least and greatest possible value of an outcome: none is below 0; infinite for names that are none."""
    if name not in OUTCOMES:
        return -math.inf, math.inf
    outcome = OUTCOMES[name]
    if outcome.kind == "share" or outcome.unit == "0 to 1":
        return 0.0, 1.0
    return 0.0, UPPER.get(name, math.inf)


def run_values(result: Result) -> dict[str, float]:
    """Every outcome of one run, in the order of `OUTCOMES`.

    Raises:
        KeyError: The result lacks an outcome.
    """
    values = {name: float(result.values[name]) for name in outcome_definitions.OUTCOMES}
    days = result.config.run.days
    values["readmissions_30d_per_year"] = values["readmission_30d"] * result.going_home * DAYS_PER_YEAR / days
    return values
