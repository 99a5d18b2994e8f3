"""Value for money: cost per readmission averted, and net benefit at a stated threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from numpy.typing import ArrayLike

from experiments.statistics.estimates import Estimate, mean_interval, ratio
from experiments.support.types import FloatArray

THRESHOLD = 15_763.0
"""Default value of one readmission averted, US$ of 2022: mean price of a stay with opioid use disorder (Premier)."""


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
    plan: Mapping[str, FloatArray],
    base: Mapping[str, FloatArray],
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
