"""Money: readmissions per year, cost per readmission averted, and net benefit at a stated threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.statistics.estimates import Estimate, mean_interval, ratio
from simulation.outcome_definitions import OUTCOMES, Outcome

if TYPE_CHECKING:
    from simulation import Result

DAYS_PER_YEAR = 365.0

THRESHOLD = 15_763.0
"""Default value of one readmission averted, US$ of 2022: mean price of a stay with opioid use disorder (Premier)."""

DERIVED: dict[str, Outcome] = {
    o.name: o
    for o in (
        Outcome(
            "readmissions_30d_per_year",
            "readmissions within 30 d, a year",
            "per year",
            "years measured",
            "Readmission within 30 days times discharges alive per year, in the whole catchment.",
            "lower",
            "system",
        ),
    )
}
"""Outcomes made here from those of a run, because a ratio needs counts."""

ALL: dict[str, Outcome] = {**OUTCOMES, **DERIVED}
"""Every outcome in `outcomes.csv`, in its order."""


def run_values(result: Result) -> dict[str, float]:
    """Every outcome of one run, in the order of `ALL`.

    Raises:
        KeyError: The result lacks an outcome.
    """
    values = {name: float(result.values[name]) for name in OUTCOMES}
    daily: Any = result._daily  # the records behind result.daily, which would load pandas before the first number
    run = result.config.run
    alive = np.asarray(daily["planned"]) + np.asarray(daily["patient_initiated"]) + np.asarray(daily["administrative"])
    index = float(alive[run.warm_up_days : run.warm_up_days + run.days].sum())
    values["readmissions_30d_per_year"] = values["readmission_30d"] * index * DAYS_PER_YEAR / run.days
    return values


@dataclass(frozen=True, slots=True)
class Money:
    """What a plan costs for what it averts, against the baseline; US$ of 2022.

    Attributes:
        scenario: Plan.
        baseline: Plan it is compared with.
        averted: Readmissions within 30 days averted per year.
        cost: Difference in programme cost per year.
        per_readmission: Programme cost per readmission averted, with Fieller's interval; NaN where not defined.
        net_benefit: `threshold` times averted, less the difference in programme cost, per year.
        total_cost: Difference in programme and hospital cost together, per year.
        threshold: Value of one readmission averted.
        reading: In words, why `per_readmission` is not defined; empty where it is.
    """

    scenario: str
    baseline: str
    averted: Estimate
    cost: Estimate
    per_readmission: Estimate
    net_benefit: Estimate
    total_cost: Estimate
    threshold: float
    reading: str


def money(
    scenario: str,
    baseline: str,
    plan: Mapping[str, NDArray[np.float64]],
    base: Mapping[str, NDArray[np.float64]],
    threshold: float = THRESHOLD,
    clusters: ArrayLike | None = None,
) -> Money:
    """Value for money of `plan` against `base`: outcome name to values by replication, paired.

    The programme's own cost is set against readmissions averted. Other hospital costs (longer stays, visits) are not in
    the ratio; `total_cost` shows them. `clusters`: as for `mean_interval`.
    """
    averted = base["readmissions_30d_per_year"] - plan["readmissions_30d_per_year"]
    cost = plan["programme_cost"] - base["programme_cost"]
    effect, each = mean_interval(averted, clusters=clusters), ratio(cost, averted, clusters=clusters)
    reading = ""
    if math.isnan(effect.low):
        reading = "needs more replications"
    elif math.isnan(each.mean):
        reading = "not defined: the difference in readmissions is not clearly different from zero"
    elif effect.mean < 0:
        each = Estimate(each.n, math.nan, math.nan, math.nan)
        reading = "not defined: the plan has more readmissions"
    return Money(
        scenario,
        baseline,
        effect,
        mean_interval(cost, clusters=clusters),
        each,
        mean_interval(threshold * averted - cost, clusters=clusters),
        mean_interval(plan["total_cost"] - base["total_cost"], clusters=clusters),
        threshold,
        reading,
    )
