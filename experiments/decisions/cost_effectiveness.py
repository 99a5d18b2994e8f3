"""Incremental cost-effectiveness among all plans, acceptability, net benefit and budget impact (CHEERS 2022)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from experiments.decisions.value_of_information import probability_best
from experiments.support.types import FloatArray, IntArray

Status = Literal["reference", "efficient", "dominated", "extendedly dominated"]


@dataclass(frozen=True, slots=True)
class Increment:
    """One plan in the incremental analysis.

    Attributes:
        plan: Row of the plan in the arrays given.
        cost: Mean cost.
        effect: Mean effect, more is better.
        status: reference (the cheapest on the frontier), efficient, dominated (another costs no more and does no
            less) or extendedly dominated (a mixture of two others does more for the same cost).
        against: Plan that it is compared with: the next cheaper efficient one; -1 where there is none.
        icer: Incremental cost per unit of effect against it; NaN where the plan is not efficient.
    """

    plan: int
    cost: float
    effect: float
    status: Status
    against: int
    icer: float


def incremental_analysis(cost: ArrayLike, effect: ArrayLike) -> list[Increment]:
    """Compare plans with one another in the order of their cost, with dominance and extended dominance.

    Args:
        cost: Mean cost of each plan, shape (k,).
        effect: Mean effect of each plan, more is better, shape (k,).

    Returns: One entry per plan, from the cheapest on; of equal costs the more effective first.
    """
    c, e = np.asarray(cost, dtype=np.float64), np.asarray(effect, dtype=np.float64)
    order = [int(i) for i in np.lexsort((-e, c))]
    status: dict[int, Status] = {}
    frontier: list[int] = []
    for i in order:
        if frontier and e[i] <= e[frontier[-1]]:
            status[i] = "dominated"
            continue
        while len(frontier) > 1 and _icer(c, e, frontier[-1], i) < _icer(c, e, frontier[-2], frontier[-1]):
            status[frontier.pop()] = "extendedly dominated"
        frontier.append(i)
    rows = []
    for i in order:
        place = frontier.index(i) if i in frontier else -1
        before = frontier[place - 1] if place > 0 else -1
        kind: Status = status[i] if place < 0 else "reference" if place == 0 else "efficient"
        rows.append(
            Increment(i, float(c[i]), float(e[i]), kind, before, _icer(c, e, before, i) if place > 0 else math.nan)
        )
    return rows


def _icer(c: FloatArray, e: FloatArray, low: int, high: int) -> float:
    return float((c[high] - c[low]) / (e[high] - e[low]))


def net_benefit(cost: ArrayLike, effect: ArrayLike, threshold: float) -> FloatArray:
    """Net monetary benefit, `threshold` times the effect less the cost, of the arrays' shape."""
    return np.asarray(threshold * np.asarray(effect, dtype=np.float64) - np.asarray(cost, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Acceptability:
    """How likely each plan is the best at each threshold.

    Attributes:
        thresholds: Values of a unit of effect, shape (t,).
        probability: Probability that each plan has the largest net benefit, shape (t, k).
        frontier: Plan with the largest mean net benefit, shape (t,): what is chosen, which need not be the likeliest.
        frontier_probability: Probability that this plan is the best, shape (t,).
    """

    thresholds: FloatArray
    probability: FloatArray
    frontier: IntArray
    frontier_probability: FloatArray


def acceptability(cost: ArrayLike, effect: ArrayLike, thresholds: ArrayLike) -> Acceptability:
    """Acceptability curves and their frontier (Fenwick, Claxton & Sculpher 2001, 10.1002/hec.635).

    Args:
        cost: By draw and plan, shape (n, k), Monte Carlo error taken off before.
        effect: The same shape, more is better.
        thresholds: Values of a unit of effect, shape (t,).
    """
    at = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    benefit = [net_benefit(cost, effect, float(value)) for value in at]
    chance = np.stack([probability_best(x) for x in benefit])
    chosen = np.array([int(np.argmax(x.mean(axis=0))) for x in benefit], dtype=np.int64)
    return Acceptability(at, chance, chosen, chance[np.arange(len(at)), chosen])


@dataclass(frozen=True, slots=True)
class BudgetYear:
    """What a plan does to a budget in one year.

    Attributes:
        year: From 1.
        programme: Spent on the programme.
        saved: Not spent on what it averts.
        net: `programme` less `saved`.
        cumulative: Net, from the first year on, undiscounted as a budget is.
        discounted: The same, discounted to the first year.
    """

    year: int
    programme: float
    saved: float
    net: float
    cumulative: float
    discounted: float


def budget_impact(
    programme: Sequence[float] | float,
    saved: Sequence[float] | float,
    years: int,
    *,
    ramp: Sequence[float] = (),
    discount: float = 0.0,
) -> tuple[list[BudgetYear], float]:
    """Budget impact by year, and when the plan has paid for itself.

    Args:
        programme: Cost of the programme at full size, per year, or one number for each year.
        saved: What is not spent elsewhere at full size, per year, or one number for each year.
        years: Horizon, 1 or more.
        ramp: Share of the full size in the first years; 1 in those after.
        discount: Rate per year, 0 or more.

    Returns:
        The years, and the payback in years (linear within a year); NaN where the horizon ends before.

    Raises:
        ValueError: A number of years that is none, or shares, rates or lengths that do not fit.
    """
    if years < 1 or discount < 0 or any(not 0 <= share <= 1 for share in ramp):
        raise ValueError("years must be 1 or more, discount 0 or more, and ramp shares from 0 to 1")
    spent, kept = (
        np.full(years, float(x)) if isinstance(x, int | float) else np.asarray(x, dtype=np.float64)
        for x in (programme, saved)
    )
    if spent.shape != (years,) or kept.shape != (years,):
        raise ValueError(f"give one number, or one for each of the {years} years")
    size = np.array([ramp[y] if y < len(ramp) else 1.0 for y in range(years)])
    net = (spent - kept) * size
    total, worth = np.cumsum(net), np.cumsum(net / (1 + discount) ** np.arange(years))
    rows = [
        BudgetYear(y + 1, *(float(x[y]) for x in (spent * size, kept * size, net, total, worth))) for y in range(years)
    ]
    payback = math.nan
    for y in range(years):
        if total[y] <= 0 and net[: y + 1].max() > 0:
            payback = float(y + (total[y - 1] / -net[y] if y else 0.0))
            break
    return rows, payback
