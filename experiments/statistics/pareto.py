"""Pareto comparisons: which rows are clearly less than which, and which are undominated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.statistics.estimates import t_quantiles
from experiments.support.types import BoolArray, FloatArray


def clearly_less(values: FloatArray, least: FloatArray, level: float = 0.99) -> BoolArray:
    """Which rows are clearly less than which: [i, j] is true where row j is clearly below row i.

    Args:
        values: One row per plan, one column per replication; NaN where a run is missing.
        least: Differences smaller than this do not count, one per row.
        level: Confidence level of the paired interval that must leave out zero.
    """
    there = np.isfinite(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    x = np.where(there, values - total / np.maximum(count, 1), 0.0)
    m = there.astype(np.float64)
    n = m @ m.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (m @ x.T - x @ m.T) / n  # of row j less row i, over the replications that both have
        squares = m @ (x**2).T + (x**2) @ m.T - 2 * x @ x.T
        error = np.sqrt(np.maximum(squares - n * mean**2, 0.0) / (n - 1) / n)
        counts, place = np.unique(n, return_inverse=True)
        half = t_quantiles(level, np.maximum(counts - 1, 1))[place.reshape(n.shape)] * error
        return np.asarray((n >= 2) & (mean < -least[:, None]) & (mean + half < 0))


def unbeaten(objectives: Sequence[tuple[FloatArray, FloatArray]]) -> BoolArray:
    """Undominated rows: no other is clearly better in one objective and no worse in the others. Less is better.

    No worse means by its mean, to the least difference that counts: what a few runs cannot tell apart is not called
    equal.

    Args:
        objectives: Values by row and replication, and the least difference that counts, one per row.
    """
    better: BoolArray | None = None
    no_worse: BoolArray | None = None
    for values, least in objectives:
        count = np.isfinite(values).sum(axis=1)
        with np.errstate(invalid="ignore"):
            mean = np.where(count, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)
            equal = mean[None, :] - mean[:, None] <= least[:, None]
        less = clearly_less(values, least)
        better = less if better is None else better | less
        no_worse = equal if no_worse is None else no_worse & equal
    defined = np.logical_and.reduce([np.isfinite(values).any(axis=1) for values, _ in objectives])
    if better is None or no_worse is None:
        return np.asarray(defined)
    return np.asarray(~(better & no_worse).any(axis=1) & defined)
