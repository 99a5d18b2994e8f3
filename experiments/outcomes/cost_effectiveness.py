"""Value for money: cost per readmission averted, and net benefit at a stated threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from numpy.typing import ArrayLike

from experiments.outcomes.difference import between, level, read_difference
from experiments.statistics.estimates import Estimate, mean_interval, one_row, ratio
from experiments.statistics.variance_components import NO_DOUBT, Doubt, split
from experiments.support.types import FloatArray

THRESHOLD = 15_763.0
"""Default value of one readmission averted, US$ of 2022: mean price of a stay with opioid use disorder (Premier)."""


AMOUNTS = {
    "readmissions_averted_per_year": "averted",
    "programme_cost_per_year": "cost",
    "cost_per_readmission_averted": "per_readmission",
    "net_benefit_per_year": "net_benefit",
    "total_cost_per_year": "total_cost",
    "total_cost_marginal_per_year": "total_cost_marginal",
}
"""Names in tables, and the field of `Money` that holds each."""

PRICED = {
    "programme_cost_per_year": "programme_cost",
    "total_cost_per_year": "total_cost",
    "total_cost_marginal_per_year": "total_cost_marginal",
}
"""Amounts that are differences of an outcome, and which."""

NEEDED = ("readmissions_30d_per_year", "programme_cost", "total_cost", "total_cost_marginal")
"""Outcomes of a run that value for money is made from."""

UNCLEAR = "not given: readmissions do not clearly differ, and nothing is divided by what may be zero"
MORE = "not given: the plan has more readmissions"
FEW = "needs more replications"


@dataclass(frozen=True, slots=True)
class Money:
    """What a plan costs for what it averts, against the baseline; US$ of 2022.

    Attributes:
        scenario: Plan.
        baseline: Plan it is compared with.
        averted: Readmissions within 30 days averted per year.
        cost: Difference in programme cost per year.
        per_readmission: Programme cost per readmission averted, with Fieller's interval; NaN where not given.
        net_benefit: `threshold` times averted, less the difference in programme cost, per year.
        total_cost: Difference in programme, hospital and treatment cost together per year, a bed-day at its average
            price.
        total_cost_marginal: The same with a bed-day at what one day more or less costs.
        threshold: Value of one readmission averted.
        reading: In words, why `per_readmission` is not given; empty where it is.
        doubts: How each amount but the ratio varies between draws of the parameters, prices among them, by field.
    """

    scenario: str
    baseline: str
    averted: Estimate
    cost: Estimate
    per_readmission: Estimate
    net_benefit: Estimate
    total_cost: Estimate
    total_cost_marginal: Estimate
    threshold: float
    reading: str
    doubts: Mapping[str, Doubt]


def money(
    scenario: str,
    baseline: str,
    plan: Mapping[str, FloatArray],
    base: Mapping[str, FloatArray],
    threshold: float = THRESHOLD,
    clusters: ArrayLike | None = None,
) -> Money:
    """Value for money of `plan` against `base`: outcome name to values by replication, paired.

    The programme's own cost is set against readmissions averted. Other costs (longer stays, visits, treatment) are not
    in the ratio; `total_cost` shows them. `clusters`: number of the parameter draw of each run, as for `mean_interval`.
    """
    averted = base["readmissions_30d_per_year"] - plan["readmissions_30d_per_year"]
    amounts = {
        "averted": averted,
        "cost": plan["programme_cost"] - base["programme_cost"],
        "total_cost": plan["total_cost"] - base["total_cost"],
        "total_cost_marginal": plan["total_cost_marginal"] - base["total_cost_marginal"],
    }
    amounts["net_benefit"] = threshold * averted - amounts["cost"]
    found = {name: mean_interval(values, clusters=clusters) for name, values in amounts.items()}
    for what, name in PRICED.items():
        one, other = (one_row(level(name, mean_interval(runs[name], clusters=clusters))) for runs in (plan, base))
        found[AMOUNTS[what]] = between(name, one_row(found[AMOUNTS[what]]), one, other)[0]
    doubts = {name: NO_DOUBT if clusters is None else split(values, clusters) for name, values in amounts.items()}
    reading = why_no_ratio(found["averted"], doubts["averted"])
    each = ratio(amounts["cost"], averted, clusters=clusters)
    if reading or math.isnan(each.mean):
        each, reading = Estimate(each.n, math.nan, math.nan, math.nan), reading or UNCLEAR
    return Money(scenario, baseline, per_readmission=each, threshold=threshold, reading=reading, doubts=doubts, **found)


def why_no_ratio(averted: Estimate, doubt: Doubt) -> str:
    """Why no cost per readmission averted is given; empty where one may be.

    One is given only where readmissions are clearly fewer by the one rule for what is clear (`read_difference`), so
    that a headline never divides by a difference that may be zero.
    """
    if math.isnan(averted.low):
        return FEW
    reading = read_difference("", averted, doubt)
    return {"higher": "", "lower": MORE}.get(reading, UNCLEAR)
