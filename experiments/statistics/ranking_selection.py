"""Ranking and selection: which plan is best, with what error, and which are inferior; on common random numbers.

Three questions, three procedures:

* *What can be said now?* Multiple comparisons with the best (Hsu 1984; with common random numbers Nelson and Matejcik
  1995): simultaneous intervals for how far each plan is from the best of the others. A plan whose interval lies wholly
  on the worse side is clearly worse. Paired standard deviations and Bonferroni's inequality: valid for whatever
  correlation shared draws bring.
* *Which plans need no more runs?* KN (Kim and Nelson 2001), a sequential procedure that drops plans as soon as they are
  out, and ends with a plan that is best, or within an indifference zone of it, with a stated probability.
* *Where would more runs help most?* OCBA (Chen and others 2000) as advice: it maximises the chance to name the best for
  a given number of further runs. It was derived for independent runs and promises no level.

Everything here is a pure function of arrays; larger is better unless `lower_is_better` says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.statistics.estimates import LEVEL, t_quantiles
from experiments.support.types import BoolArray, FloatArray, IntArray

BLOCK = 256
"""Plans compared with all others at once; keeps memory small for thousands of plans."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Comparison of each plan with the best; arrays with a value per plan.

    Attributes:
        n: Replications used: those that every plan has.
        mean: Means over them; NaN for a plan that has no value at all.
        rank: From 1 (best mean); 0 for a plan that has no value.
        behind: By how much the mean is worse than the best of the other plans (below 0: better than all of them).
        low: Simultaneous interval of the true `behind`: least, at most 0 for plans that may be best.
        high: Most. For the plan of rank 1: with this confidence it is at most so much worse than the best plan.
        standing: best (the only one left), may be best, clearly worse, or not defined.
    """

    n: int
    mean: FloatArray
    rank: IntArray
    behind: FloatArray
    low: FloatArray
    high: FloatArray
    standing: NDArray[Any]


def rank_plans(values: ArrayLike, *, lower_is_better: bool = False, level: float = LEVEL, together: int = 1) -> Ranking:
    """Compare every plan with the best of the others, on shared draws.

    Args:
        values: One row per plan, one column per replication; shape (k, n). Replications that some plan lacks are left
            out; a plan without any value is not defined.
        lower_is_better: Direction.
        level: Probability with which all intervals hold at once.
        together: Consecutive replications that share a draw of the parameters: their mean is one piece of news.
    """
    x = np.asarray(values, dtype=np.float64) * (-1.0 if lower_is_better else 1.0)
    k = len(x)
    there = ~np.isnan(x).all(axis=1) if x.shape[1] else np.zeros(k, bool)
    y = x[there]
    whole = np.flatnonzero(~np.isnan(y).any(axis=0))
    y = y[:, whole]
    mean, behind, low, high = (np.full(k, np.nan) for _ in range(4))
    rank, standing = np.zeros(k, np.int64), np.full(k, "not defined", dtype=object)
    n = y.shape[1] if len(y) else 0
    if n:
        means = y.mean(axis=1)
        order = np.argsort(-means, kind="stable")
        places = np.empty(order.size, np.int64)
        places[order] = np.arange(1, order.size + 1)
        mean[there], rank[there] = means * (-1.0 if lower_is_better else 1.0), places
        standing[there] = "may be best"
        if len(y) > 1:
            behind[there], low[there], high[there], standing[there] = _with_the_best(
                _of_draws(y, whole, together), level
            )
    return Ranking(n, mean, rank, behind, low, high, standing)


def _of_draws(y: FloatArray, replication: IntArray, together: int) -> FloatArray:
    """Means over the replications of each draw, weighted so that their mean stays that of all; shape (k, draws)."""
    if together == 1:
        return y
    _, first, count = np.unique(replication // together, return_index=True, return_counts=True)
    return np.asarray(np.add.reduceat(y, first, axis=1) * (first.size / count.sum()))


def _with_the_best(y: FloatArray, level: float) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[Any]]:
    """Constrained intervals of Edwards and Hsu (1983), each pair with its own paired standard deviation."""
    k, n = y.shape
    means = y.mean(axis=1)
    best, second = np.sort(means)[-1], np.sort(means)[-2]
    others = np.where(np.arange(k) == np.argmax(means), second, best)
    behind = others - means
    if n < 2:
        return behind, np.full(k, np.nan), np.full(k, np.nan), np.full(k, "may be best", dtype=object)
    # One side of the level shared by the k - 1 comparisons with the (unknown) best: no others enter the proof.
    t = t_quantiles(1 - 2 * (1 - level) / (k - 1), n - 1)
    most = np.full(k, np.inf)
    for rows, width in _widths(y, float(t)):
        most[rows] = (means[rows, None] - means + width).min(axis=1)
    left = most >= 0  # plans that may be best
    least = np.full(k, np.inf)
    for rows, width in _widths(y, float(t)):
        gap = means[rows, None] - means - np.where(np.isinf(width), -np.inf, width)
        least[rows] = np.where(left, gap, np.inf).min(axis=1)
    alone = left & (left.sum() == 1)
    standing = np.where(~left, "clearly worse", np.where(alone, "best", "may be best")).astype(object)
    high = np.where(alone, 0.0, -np.minimum(least, 0.0)) + 0.0  # no -0.0 in tables
    return behind, 0.0 - np.maximum(most, 0.0), high, standing


def _widths(y: FloatArray, t: float) -> Iterator[tuple[slice, FloatArray]]:
    """Half-widths of paired one-sided intervals of some plans against all, infinite against themselves."""
    k, n = y.shape
    centred = y - y.mean(axis=0)  # what replications share cancels here, before it can cost digits
    centred = centred - centred.mean(axis=1)[:, None]
    square = np.einsum("ij,ij->i", centred, centred)
    for start in range(0, k, BLOCK):
        rows = slice(start, min(start + BLOCK, k))
        spread = square[rows, None] + square - 2.0 * centred[rows] @ centred.T
        width = t * np.sqrt(np.maximum(spread, 0.0) / (n - 1) / n)
        width[np.arange(rows.stop - start), np.arange(start, rows.stop)] = np.inf
        yield rows, width


@dataclass(frozen=True, slots=True)
class Screening:
    """What KN has decided so far; arrays with a value per plan.

    Attributes:
        kept: Whether the plan is still in; one alone is chosen.
        dropped_at: Replication after which it was dropped; 0 where it is kept.
        most: Replications after which KN has decided at the latest.
    """

    kept: BoolArray
    dropped_at: IntArray
    most: int


def screen(
    values: ArrayLike, indifference: float, *, first: int = 10, lower_is_better: bool = False, level: float = LEVEL
) -> Screening:
    """Apply KN to the replications that are there, in their order.

    With probability `level` the plan that is left at the end is the best, if the best is better than the next by
    `indifference` or more; shared draws make it faster.

    Args:
        values: One row per plan, one column per replication, none missing; shape (k, n).
        indifference: Difference that does not matter, above 0, in the outcome's unit.
        first: Replications from which variances are taken, 2 or more.
        lower_is_better: Direction.
        level: Probability of a correct selection.

    Raises:
        ValueError: `indifference` or `first` out of range, or values are missing.
    """
    x = np.asarray(values, dtype=np.float64) * (-1.0 if lower_is_better else 1.0)
    k, n = x.shape
    if not indifference > 0 or first < 2:
        raise ValueError(f"indifference must be above 0 and first 2 or more, not {indifference} and {first}")
    if np.isnan(x).any():
        raise ValueError("KN needs a value of every plan in every replication")
    kept, dropped_at = np.ones(k, bool), np.zeros(k, np.int64)
    if k == 1 or n < first:
        return Screening(kept, dropped_at, first)
    eta = 0.5 * ((2.0 * (1.0 - level) / (k - 1)) ** (-2.0 / (first - 1)) - 1.0)
    h2 = 2.0 * eta * (first - 1)
    start = x[:, :first]
    s2 = np.stack([(start[i] - start).var(axis=1, ddof=1) for i in range(k)])
    totals = np.cumsum(x - x.mean(), axis=1)
    for r in range(first, n + 1):
        mean = totals[:, r - 1] / r
        width = np.maximum(indifference / (2.0 * r) * (h2 * s2 / indifference**2 - r), 0.0)
        reach = np.where(kept, mean - width, -np.inf)  # of plan i: what a plan l in the race demands of it
        np.fill_diagonal(reach, -np.inf)
        out = kept & (mean < reach.max(axis=1))
        if out.any():
            dropped_at[out] = r
            kept &= ~out
        if kept.sum() == 1:
            break
    return Screening(kept, dropped_at, int(h2 * s2.max() / indifference**2) + 1)


def allocate(mean: ArrayLike, sd: ArrayLike, n: ArrayLike, budget: int, *, lower_is_better: bool = False) -> IntArray:
    """Allocate further runs among plans by OCBA (optimal computing budget allocation).

    Args:
        mean: Means, shape (k,).
        sd: Standard deviations between replications, 0 or more, shape (k,).
        n: Replications that are there, shape (k,).
        budget: Further runs.
        lower_is_better: Direction.

    Returns: Further runs of each plan, shape (k,); they add up to `budget`.
    """
    m = np.asarray(mean, dtype=np.float64) * (1.0 if lower_is_better else -1.0)
    s, held = np.asarray(sd, dtype=np.float64), np.asarray(n, dtype=np.int64)
    k = m.size
    more = np.zeros(k, np.int64)
    if k == 0 or budget <= 0:
        return more
    b = int(np.argmin(m))
    weight = _weights(m, s, b)
    total = np.asarray(held, dtype=np.float64)
    open_ = np.ones(k, bool)
    while True:  # plans that have more than their share keep it, and what is left is shared among the others
        left = held.sum() + budget - held[~open_].sum()
        share = weight * left / weight[open_].sum() if weight[open_].sum() > 0 else np.full(k, left / open_.sum())
        over = open_ & (share < held)
        if not over.any():
            total = np.where(open_, share, held)
            break
        open_ &= ~over
    wanted = np.maximum(total - held, 0.0)
    more = np.floor(wanted).astype(np.int64)
    rest = budget - int(more.sum())
    more[np.argsort(-(wanted - more), kind="stable")[:rest]] += 1
    return more


def _weights(m: FloatArray, s: FloatArray, b: int) -> FloatArray:
    """How runs should be in proportion, for means `m` (lower is better) and the best plan `b`."""
    gap = m - m[b]
    ties = gap <= 0
    gap[ties] = gap[~ties].min() * 0.01 if (~ties).any() else 1.0  # an equal mean gets very much, but not everything
    weight = (s / gap) ** 2
    weight[b] = 0.0
    noisy = s > 0
    weight[b] = s[b] * math.sqrt(float((weight[noisy] ** 2 / s[noisy] ** 2).sum())) if noisy.any() else 0.0
    return weight if weight.sum() > 0 else np.ones(m.size)
