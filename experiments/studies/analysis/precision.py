"""How many replications a plan needs, from the values that are there.

The replications algorithm of Hoad, Robinson and Davies (2010, doi:10.1057/jors.2009.121), applied to the paired
difference between a plan and the baseline of its future: go on until the half-width of the interval is within what was
asked for *and has stayed so* over a look-ahead, because a half-width that dips for one replication is luck.

Everything here is a pure function of values in the order of their replications. It looks at the same numbers of
replications however the runs were cut into batches, and values beyond those asked for never change an answer. So the
runs that a finished study holds do not depend on workers, interruptions or shards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.statistics.estimates import LEVEL, t_quantiles
from experiments.studies.definition.plan import BASELINE, Precision
from experiments.support.types import FloatArray, IntArray

LOOK_AHEAD = 5
"""Replications over which the precision must hold, up to 100 replications; 5 in 100 of them beyond (Hoad et al.)."""

FEWEST = 3
"""Replications below which no half-width is trusted (Hoad et al.)."""

GROWTH = 2.0
"""Most times that replications grow from one look to the next: an early spread is a rough guess."""

State = Literal["reached", "more", "maximum", "not defined"]


@dataclass(frozen=True, slots=True)
class Advice:
    """Where one point stands.

    Attributes:
        state: reached, more (replications are missing), maximum (the budget ended it) or not defined (no pair has the
            outcome).
        wanted: Replications wanted in all.
        n: Defined pairs among the replications looked at.
        half_width: Half-width of the interval then, in the outcome's unit; NaN below two pairs.
        target: Half-width asked for then.
    """

    state: State
    wanted: int
    n: int
    half_width: float
    target: float


def look_ahead(n: int) -> int:
    """Replications over which the precision must have held when there are `n`."""
    return max(LOOK_AHEAD, LOOK_AHEAD * n // 100)


def half_widths(values: ArrayLike, level: float = LEVEL, together: int = 1) -> tuple[IntArray, FloatArray, FloatArray]:
    """Pairs, mean and half-width of the interval of `mean_interval` after each replication; NaN counts as no pair.

    Args:
        values: Paired differences by replication, shape (n,).
        level: Confidence level.
        together: Consecutive replications that share a draw of the parameters, and count as one piece of news.

    Returns: Three arrays of shape (n,); half-widths are NaN below two draws.
    """
    x = np.asarray(values, dtype=np.float64)
    defined = ~np.isnan(x)
    n = np.cumsum(defined)
    shift = x[defined][0] if defined.any() else 0.0  # sums of squares about a value near the mean lose no digits
    moved = np.where(defined, x - shift, 0.0)
    group = np.arange(x.size) // together
    # Of each draw, its sum and its pairs; those of earlier draws are whole, those of the present one run up to here.
    sums, pairs = np.bincount(group, weights=moved), np.bincount(group, weights=defined)

    def before(of_draws: NDArray[Any]) -> FloatArray:
        return np.concatenate([np.zeros(1), np.cumsum(of_draws, dtype=np.float64)])[group]

    total = np.cumsum(moved)
    here, count = total - before(sums), n - before(pairs)
    squares, cross, sizes = before(sums**2) + here**2, before(sums * pairs) + here * count, before(pairs**2) + count**2
    draws = before(pairs > 0) + (count > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        left = np.maximum(squares - 2 * mean * cross + mean**2 * sizes, 0.0) * draws / (draws - 1)
        half = t_quantiles(level, np.maximum(draws - 1, 1)) * np.sqrt(left) / n
    return n, mean + shift, np.where(draws >= 2, half, np.nan)


def advise(rule: Precision, values: ArrayLike, level: float = LEVEL, together: int = 1) -> Advice:
    """Say how many replications one point wants.

    Args:
        rule: What is asked for.
        values: Paired differences by replication from 0 on, without gaps; NaN where there is none.
        level: Confidence level.
        together: As for `half_widths`.
    """
    x = np.asarray(values, dtype=np.float64)
    n, mean, half = half_widths(x, level, together)
    goal = np.full(x.size, rule.half_width) if rule.half_width is not None else np.abs(mean) * (rule.relative or 0.0)
    # The looks are fixed by the rule and the values before them, not by how many values came at once.
    look = min(max(rule.minimum, FEWEST + LOOK_AHEAD), rule.maximum)
    while look <= x.size:
        i = look - 1
        here = int(n[i]), float(half[i]), float(goal[i])
        if n[i] == 0:
            return Advice("not defined", look, *here)
        since = max(look - look_ahead(look), FEWEST) - 1
        if n[since] >= FEWEST and bool(np.all(half[since:look] <= goal[since:look])):
            return Advice("reached", look, *here)
        if look >= rule.maximum:
            return Advice("maximum", look, *here)
        look = min(_next_look(look, *here), rule.maximum)
    here = (int(n[-1]), float(half[-1]), float(goal[-1])) if x.size else (0, math.nan, math.nan)
    return Advice("more", look, *here)


def _next_look(look: int, n: int, half: float, goal: float) -> int:
    """Replications that should do if the spread stays what it is, but not too many more at once."""
    needed = math.inf
    if n >= 2 and goal > 0:
        needed = look * (half / goal) ** 2
    return int(max(look + look_ahead(look), min(math.ceil(GROWTH * look), math.ceil(min(needed, 2.0**31)))))


class Placed(Protocol):
    """What a point of a design says about its place."""

    @property
    def number(self) -> int:
        """Number of the point."""

    @property
    def plan(self) -> str:
        """Plan of the point."""

    @property
    def future(self) -> int:
        """Future of the point."""


def advise_points(
    rule: Precision,
    points: Iterable[Placed],
    values: Mapping[int, ArrayLike],
    baseline: str = BASELINE,
    together: int = 1,
) -> dict[int, Advice]:
    """Say where every plan stands; see `wanted_replications`. Baselines of a future with plans are left out."""
    points = list(points)
    bases = {p.future: p for p in points if p.plan == baseline}
    compared = {p.future for p in points if p.plan != baseline}
    advice = {}
    for p in points:
        if p.plan == baseline and p.future in compared:
            continue
        mine = np.asarray(values.get(p.number, ()), dtype=np.float64)
        if p.plan != baseline and p.future in bases:
            base = np.asarray(values.get(bases[p.future].number, ()), dtype=np.float64)
            n = min(mine.size, base.size)
            mine = mine[:n] - base[:n]
        advice[p.number] = advise(rule, mine, together=together)
    return advice


def wanted_replications(
    rule: Precision,
    points: Iterable[Placed],
    values: Mapping[int, ArrayLike],
    baseline: str = BASELINE,
    together: int = 1,
) -> dict[int, int]:
    """Replications that every point wants in all; the study is done when each has them.

    Args:
        rule: What is asked for.
        points: Points of the design.
        values: Point number to the rule's outcome by replication from 0 on, without gaps; NaN where the run failed or
            the outcome is not defined.
        baseline: Name of the plan that the others are compared with, within one future. Where a future has nothing
            else, or no baseline, the rule holds for the level instead of the difference.
        together: Replications that share a draw of the parameters, as for `half_widths`.

    Returns: Point number to replications; a baseline gets the most that any plan of its future wants.
    """
    points = list(points)
    wanted = {number: a.wanted for number, a in advise_points(rule, points, values, baseline, together).items()}
    most: dict[int, int] = {}
    for p in points:
        if p.number in wanted:
            most[p.future] = max(most.get(p.future, 0), wanted[p.number])
    return {p.number: wanted.get(p.number, most.get(p.future, rule.minimum)) for p in points}
