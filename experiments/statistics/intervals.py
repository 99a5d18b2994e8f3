"""Intervals where Student's t does not serve: skewed differences (BCa bootstrap) and quantiles (order statistics).

Which when:

* t: the default. Means over replications of means over hundreds of stays are close to normal, and t is exact for those.
* BCa: where few replications or rare events (deaths, exits) make differences clearly skewed. It needs some 20
  replications; below, its intervals are too short.
* Order statistics: for quantiles. They ask for nothing but independent replications; where there are too few for an
  end, that end is not defined, and the bootstrap would only hide it. Where replications share parameter draws, they
  count as the fewer independent ones that they are worth (`quantile_rows`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from experiments.statistics.estimates import LEVEL, Estimates, group_sums, mean_rows, t_quantiles
from experiments.support.types import BoolArray, FloatArray, IntArray

RESAMPLES = 1_999
"""Bootstrap samples; an odd number of them minus one puts the usual percentiles on a sample."""

SEED = 0
"""Seed of the bootstrap, fixed so that equal runs give equal intervals."""


def bca_rows(
    values: ArrayLike,
    level: float = LEVEL,
    clusters: IntArray | None = None,
    *,
    resamples: int = RESAMPLES,
) -> Estimates:
    """Mean with the bias-corrected and accelerated bootstrap interval (Efron 1987) of each row.

    A row's interval does not depend on which other rows are there: all use the same resamples.

    Args:
        values: One row per quantity, one column per replication, shape (m, n); NaN values are left out.
        level: Confidence level.
        clusters: Number of the group of each column, shape (n,), as for `mean_rows`: whole groups are then drawn, and
            left out for the acceleration.
        resamples: Bootstrap samples.
    """
    x = np.asarray(values, dtype=np.float64)
    found = mean_rows(x, level, clusters)
    low, high = found.low.copy(), found.high.copy()
    sums, sizes = np.nan_to_num(x), (~np.isnan(x)).astype(np.float64)
    if clusters is not None:
        _, which = np.unique(clusters, return_inverse=True)
        sums, sizes = (_grouped(each, which) for each in (sums, sizes))
    spread = np.flatnonzero((found.n >= 2) & (found.sd > 0) & ((sizes > 0).sum(axis=1) >= 2))
    # Rows of one shape are drawn at once; those whose groups differ in size one by one, as sums over sizes.
    kind = [tuple(np.unique(sizes[row][sizes[row] > 0])) + (int((sizes[row] > 0).sum()),) for row in spread]
    for shape in dict.fromkeys(kind):
        rows = spread[[k == shape for k in kind]]
        if len(shape) == 2:
            there = sizes[rows] > 0
            means = (sums[rows][there] / shape[0]).reshape(rows.size, shape[1])
            low[rows], high[rows] = _bca((means,), level, resamples)
            continue
        for row in rows:
            there = sizes[row] > 0
            low[row], high[row] = _bca((sums[row][there], sizes[row][there]), level, resamples)
    return Estimates(found.n, found.mean, low, high, found.sd)


def _grouped(values: FloatArray, which: IntArray) -> FloatArray:
    """Sums of the columns of each group, from shape (m, n) to (m, groups)."""
    found = np.zeros((len(values), int(which.max(initial=-1)) + 1))
    np.add.at(found.T, which, values.T)
    return found


def _bca(samples: tuple[FloatArray, ...], level: float, resamples: int) -> tuple[FloatArray, FloatArray]:
    """Interval of a mean of values, shape (..., n), or of that of sums, shape (n,), over as many sizes."""
    from scipy.stats import bootstrap

    def mean(*drawn: FloatArray, axis: int) -> FloatArray:
        top = drawn[0].mean(axis=axis)
        return np.asarray(top if len(drawn) == 1 else top / drawn[1].mean(axis=axis))

    interval = bootstrap(
        samples, mean, axis=-1, vectorized=True, paired=len(samples) > 1, confidence_level=level,
        n_resamples=resamples, batch=_batch(samples[0].size), method="BCa", rng=SEED,
    ).confidence_interval  # fmt: skip
    return interval.low, interval.high


def _batch(size: int) -> int:
    """Resamples at once: about 64 MB of them."""
    return max(1, 8_000_000 // max(size, 1))


def quantile_ranks(n: int, probability: float, level: float = LEVEL) -> tuple[int, int]:
    """Ranks of the values that bound a quantile with confidence `level` (exact binomial, equal tails).

    Args:
        n: Number of independent values.
        probability: Which quantile, above 0 and below 1.
        level: Confidence level.

    Returns: 1-based ranks of the lower and the upper bound; 0 and n + 1 stand for "no bound".
    """
    from scipy.stats import binom

    tail = (1 - level) / 2
    below = binom.cdf(np.arange(n + 1), n, probability)  # values at or below the quantile
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1 - tail - 1e-12, side="left")) + 1
    return low, min(high, n + 1)


def quantile_rows(
    values: ArrayLike,
    probabilities: Sequence[float],
    level: float = LEVEL,
    clusters: IntArray | None = None,
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Quantiles of each row with order-statistic intervals.

    With `clusters` the replications of a row count as `n / deff`, where deff is the design effect of the share of
    values at or below the median (its cluster-robust variance over that of independent values, at least 1; few values
    lie beyond a far quantile, and its own would be known badly), with one degree of freedom less than there are
    clusters (Korn & Graubard 1998, Survey Methodology 24:193). The ranks of so many values are fractional: their ends
    follow Hutson (1999, 10.1080/02664769922458), and one beyond them all is not defined.

    Args:
        values: One row per quantity, one column per replication, shape (m, n); NaN values are left out.
        probabilities: Which quantiles, shape (q,).
        level: Confidence level.
        clusters: Number of the group of each column, shape (n,), as for `mean_rows`.

    Returns: n of shape (m,); quantiles (Hyndman–Fan type 7), lower and upper ends of shape (m, q), NaN where the
        values are too few for that end.
    """
    given = np.asarray(values, dtype=np.float64)
    x = np.sort(given, axis=1)  # NaN last
    n = (~np.isnan(x)).sum(axis=1)
    shape = len(x), len(probabilities)
    value, low, high = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    for size in np.unique(n[n > 0]):
        rows = np.flatnonzero(n == size)
        held = x[rows, :size]
        value[rows] = np.quantile(held, probabilities, axis=1).T
        for j, probability in enumerate(probabilities):
            if clusters is not None:
                worth = _effective_sizes(given[rows], np.quantile(held, 0.5, axis=1), level, clusters)
                low[rows, j], high[rows, j] = _fractional_ends(held, probability, level, worth)
                continue
            first, last = quantile_ranks(int(size), probability, level)
            if first >= 1:
                low[rows, j] = held[:, first - 1]
            if last <= size:
                high[rows, j] = held[:, last - 1]
    return n, value, low, high


def _effective_sizes(x: FloatArray, median: FloatArray, level: float, clusters: IntArray) -> FloatArray:
    """Independent values that those of each row are worth, shape (m,); NaN with fewer than two clusters."""
    defined = ~np.isnan(x)
    n = defined.sum(axis=1)
    residuals = np.where(defined, (x <= median[:, None]) - 0.5, 0.0)
    sums, k = group_sums(residuals, defined, clusters)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = (sums**2).sum(axis=1) * k / (k - 1) / (n * 0.25)
        # Never fewer than the clusters, whose values are independent of one another.
        worth = n / np.clip(effect, 1.0, n / k)
        degrees = np.maximum(k - 1, 1)
        worth *= (t_quantiles(level, np.maximum(n - 1, 1)) / t_quantiles(level, degrees)) ** 2
    return np.where(k < 2, np.nan, worth)


def _fractional_ends(
    held: FloatArray, probability: float, level: float, worth: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ends of the interval of a quantile from sorted rows that are worth so many independent values each."""
    from scipy.special import betainc

    tail = (1 - level) / 2
    ends = []
    for chance in (1 - tail, tail):
        below, above = np.zeros(worth.shape), np.ones(worth.shape)
        for _ in range(50):  # the incomplete beta function falls from 1 to 0 as the share rises
            share = (below + above) / 2
            rising = betainc((worth + 1) * share, (worth + 1) * (1 - share), probability) > chance
            below, above = np.where(rising, share, below), np.where(rising, above, share)
        share = (below + above) / 2
        inside = np.isfinite(worth) & ((worth + 1) * share >= 1) & ((worth + 1) * share <= worth)
        ends.append(_at_share(held, share, inside))
    return ends[0], ends[1]


def _at_share(held: FloatArray, share: FloatArray, inside: BoolArray) -> FloatArray:
    """Order statistic of rank (n + 1) `share` of each sorted row, between its neighbours; NaN where not `inside`."""
    n = held.shape[1]
    rank = np.clip((n + 1) * share - 1, 0, n - 1)
    first = np.clip(np.floor(rank), 0, n - 1).astype(np.int64)
    second, rows = np.minimum(first + 1, n - 1), np.arange(len(held))
    between = held[rows, first] + (rank - first) * (held[rows, second] - held[rows, first])
    return np.where(inside, between, np.nan)
