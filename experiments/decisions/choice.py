"""The best plan that meets all constraints: selection with a stated error, and whether constraints hold.

Plans are compared on the means of parameter draws: what is chosen is best in expectation over what is not known. KN
(Kim & Nelson 2001) drops plans as soon as they are out; a plan whose constraint clearly fails is dropped before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from experiments.decisions.value_of_information import probability_best, without_monte_carlo_error
from experiments.statistics.by_draw import draw_means
from experiments.statistics.ranking_selection import screen
from experiments.support.types import FloatArray

FIRST_DRAWS = 10
"""Draws from which KN takes variances."""

BLOCK_DRAWS = 5
"""Draws by which the plans that are left get more."""

ENOUGH_DRAWS = 60
"""Draws from which a constraint that fails as far as is known counts as failed, not only one that clearly fails."""

Z = 1.96


@dataclass(frozen=True, slots=True)
class Chance:
    """How sure it is that a constraint holds.

    Attributes:
        probability: Share of the draws in which it holds, Monte Carlo error taken off.
        low: Lower end of the 95 % interval of that share (Agresti & Coull 1998, 10.1080/00031305.1998.10480550).
        high: Upper end.
        mean: Mean of what it limits.
        draws: Draws it comes from.
    """

    probability: float
    low: float
    high: float
    mean: float
    draws: int


def chance_of(values: ArrayLike, draw: ArrayLike, bound: float, side: int, smooth: bool = False) -> Chance:
    """Probability over the draws that values stay on the right side of a bound.

    The interval takes the Monte Carlo error that is taken off as known: with two runs a draw and much of it, it is
    somewhat too narrow.

    Args:
        values: By replication; NaN is left out.
        draw: Number of the draw of each replication.
        bound: The bound.
        side: 1 where values must be `bound` or more, -1 where they must be `bound` or less.
        smooth: Take a normal distribution over draws: for few draws, where a share of them says little.
    """
    x, groups = np.asarray(values, dtype=np.float64), np.asarray(draw)
    there = ~np.isnan(x)
    if not there.any():
        return Chance(0.0, 0.0, 1.0, math.nan, 0)
    means, error = draw_means(x[there, None], groups[there])
    y = means[:, 0]
    n, spread = y.size, float(y.var(ddof=1)) if y.size > 1 else 0.0
    true = max(0.0, spread - float(error[0, 0]))
    middle = float(y.mean())
    if smooth:
        from scipy.special import ndtr

        sd = math.sqrt(true)
        p = float(ndtr(side * (middle - bound) / sd)) if sd > 0 else float(side * (middle - bound) >= 0)
    else:
        clean = middle + (y - middle) * (math.sqrt(true / spread) if spread > 0 else 0.0)
        p = float((side * (clean - bound) >= 0).mean())
    wide = n + Z**2
    about = (p * n + Z**2 / 2) / wide
    half = Z * math.sqrt(about * (1 - about) / wide)
    return Chance(p, max(0.0, about - half), min(1.0, about + half), middle, n)


@dataclass(frozen=True, slots=True)
class Selection:
    """How the selection among plans ended.

    Attributes:
        order: Plans that meet all constraints as far as is known, the best first.
        mean: Mean of the goal (more is better) of each of `order`.
        best: Probability over the draws that each of `order` is the best of those with as many draws as the first, or
            more; 0 for others.
        decided: Whether KN left one plan: it is then best, or within the indifference zone, with the stated error.
        failed: Plans dropped because a constraint clearly fails, or fails as far as is known at the end.
        draws: Draws of the first of `order`; where there is none, of the plans that were in to the end.
    """

    order: list[int]
    mean: list[float]
    best: list[float]
    decided: bool
    failed: list[int]
    draws: int


Goal = Callable[[int, int], FloatArray]
"""Goal of a plan, more is better, in its first replications."""

Meets = Callable[[int, int], Sequence[tuple[Chance, float]]]
"""Of a plan's first replications: how sure each constraint holds, and how sure it must be."""


def select(
    plans: Sequence[int],
    goal: Goal,
    meets: Meets,
    more: Callable[[Sequence[int], int], bool],
    *,
    runs_per_draw: int,
    most_draws: int,
    indifference: float,
    error: float,
) -> Selection:
    """Select the best of some plans that meet constraints, giving runs only to those that are still in.

    Args:
        plans: Numbers of the plans.
        goal: Values of the goal.
        meets: Whether constraints hold.
        more: Makes runs: (plans, replications); False where no more can be made.
        runs_per_draw: Replications that share a draw.
        most_draws: Draws that a plan can have.
        indifference: Difference of the goal that does not matter, above 0.
        error: Probability that a plan worse by `indifference` or more is left.
    """
    share = runs_per_draw
    failed: list[int] = []
    draws = min(FIRST_DRAWS, most_draws)
    if not more(plans, draws * share):
        return _ended(plans, goal, meets, failed, 0, share, False)
    had = dict.fromkeys(plans, draws)
    left = list(plans)
    while True:
        late = draws >= min(ENOUGH_DRAWS, most_draws)
        failed += [
            p for p in left
            if any((c.probability if late else c.high) < wanted for c, wanted in meets(p, had[p] * share))
        ]  # fmt: skip
        alive = [p for p in plans if p not in failed]
        if not alive:
            break
        table = np.empty((len(alive), draws))
        for i, p in enumerate(alive):
            y = _by_draw(goal(p, had[p] * share), share)
            table[i, : y.size], table[i, y.size :] = y, y.mean()
        screened = screen(table, indifference, first=min(FIRST_DRAWS, draws), level=1 - error)
        left = [p for p, k in zip(alive, screened.kept, strict=True) if k]
        if draws >= screened.most and len(left) > 1 and all(had[p] == draws for p in left):
            left = [max(left, key=lambda p: (_mean(goal(p, draws * share)), _least(meets(p, draws * share))))]
        behind = [p for p in left if had[p] < draws]  # what beat them has failed since
        if behind:
            if not more(behind, draws * share):
                break
            had |= dict.fromkeys(behind, draws)
            continue
        sure = all(c.low >= wanted for p in left for c, wanted in meets(p, draws * share)) if len(left) == 1 else False
        if len(left) == 1 and (sure or draws >= most_draws):
            break
        if draws >= most_draws or not more(left, min(draws + BLOCK_DRAWS, most_draws) * share):
            break
        draws = min(draws + BLOCK_DRAWS, most_draws)
        had |= dict.fromkeys(left, draws)
    return _ended(plans, goal, meets, failed, draws, share, len(left) == 1, had, left)


def _ended(
    plans: Sequence[int], goal: Goal, meets: Meets, failed: list[int], draws: int, share: int, decided: bool,
    had: dict[int, int] | None = None, left: Sequence[int] = (),
) -> Selection:  # fmt: skip
    if not had:
        return Selection([], [], [], False, failed, 0)
    good = []
    for p in plans:
        if p in failed:
            continue
        if any(c.probability < wanted for c, wanted in meets(p, had[p] * share)):
            failed.append(p)
        else:
            good.append(p)
    mean = {p: float(np.nanmean(goal(p, had[p] * share))) for p in good}
    good.sort(key=lambda p: (p not in left, -mean[p]))
    draws = had[good[0]] if good else draws
    finalists = [p for p in good if had[p] >= draws]
    best: dict[int, float] = {}
    if finalists:
        values = np.stack([goal(p, draws * share) for p in finalists], axis=1)
        means, error = draw_means(values, np.arange(len(values)) // share)
        if len(means):
            best = dict(zip(finalists, probability_best(without_monte_carlo_error(means, error)).tolist(), strict=True))
    decided = decided and bool(good) and good[0] in left
    return Selection(good, [mean[p] for p in good], [best.get(p, 0.0) for p in good], decided, failed, draws)


def _mean(values: FloatArray) -> float:
    return float(np.nanmean(values))


def _least(chances: Sequence[tuple[Chance, float]]) -> float:
    """How far the constraint that is least sure lies above what is wanted; it decides between equal plans."""
    return min((c.probability - wanted for c, wanted in chances), default=0.0)


def _by_draw(values: FloatArray, share: int) -> FloatArray:
    """Means of consecutive replications; a draw without any value gets the mean of all."""
    x = values[: values.size // share * share].reshape(-1, share)
    there = ~np.isnan(x)
    means = np.where(there, x, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    middle = float(means[there.any(axis=1)].mean()) if there.any() else 0.0
    return np.asarray(np.where(there.any(axis=1), means, middle))
