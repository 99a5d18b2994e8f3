"""Means, paired differences and ratios with intervals, on plain arrays: one row of runs, or very many rows at once.

More replications narrow every interval here: it says how well a mean is known. Where several runs share one draw of
the parameters they are no independent news of it; give the numbers of the draws as `clusters` then. NaN means "not
defined in this run" (a zero denominator) and is left out, in pairs where values are paired.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.support.types import BoolArray, FloatArray, IntArray

LEVEL = 0.95
"""Confidence level of every interval shown."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval, in the unit of the values it was made from.

    Attributes:
        n: Values (or pairs) used.
        mean: Estimate; NaN where nothing was defined.
        low: Lower end of the interval; NaN where it is not defined (fewer than two values, or an open ratio).
        high: Upper end.
        sd: Standard deviation of the values (or of the differences).
    """

    n: int
    mean: float
    low: float
    high: float
    sd: float = math.nan


@dataclass(frozen=True, slots=True)
class Estimates:
    """Many numbers with their intervals: what `Estimate` holds, as arrays of one shape."""

    n: IntArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    sd: FloatArray

    def __getitem__(self, row: int) -> Estimate:
        return Estimate(
            int(self.n[row]), float(self.mean[row]), float(self.low[row]), float(self.high[row]), float(self.sd[row])
        )


NOT_DEFINED = Estimate(0, math.nan, math.nan, math.nan)


def t_quantile(level: float, degrees: int) -> float:
    """Two-sided quantile of Student's t for a confidence `level` between 0 and 1."""
    return float(t_quantiles(level, degrees))


def t_quantiles(level: float, degrees: ArrayLike) -> FloatArray:
    """Two-sided quantiles of Student's t for an array of degrees of freedom, of its shape.

    Raises:
        ValueError: `level` is not between 0 and 1.
    """
    from scipy.special import stdtrit  # scipy.stats would add 0.4 s to every start

    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    return np.asarray(stdtrit(degrees, 0.5 + level / 2), dtype=np.float64)


def mean_interval(values: ArrayLike, level: float = LEVEL, clusters: ArrayLike | None = None) -> Estimate:
    """Mean with Student's t interval; NaN values are left out.

    Args:
        values: One per run, shape (n,).
        level: Confidence level.
        clusters: Number of the group of each run, shape (n,): the interval is then robust to what a group shares
            (Liang & Zeger 1986, 10.1093/biomet/73.1.13), with one degree of freedom less than there are groups; for
            groups of one size it is that of the groups' means.

    Raises:
        ValueError: `level` is not between 0 and 1.
    """
    x = _floats(values)
    keep = ~np.isnan(x)
    x = x[keep]
    n = x.size
    if n == 0:
        return NOT_DEFINED
    # math.fsum: the same mean to the last bit in whatever order and chunks the runs came.
    mean = math.fsum(x) / n
    if n == 1:
        return Estimate(1, mean, math.nan, math.nan)
    sd = math.sqrt(math.fsum((x - mean) ** 2) / (n - 1))
    if np.all(x == x[0]):
        return Estimate(n, float(x[0]), float(x[0]), float(x[0]), 0.0)
    if clusters is None:
        half = t_quantile(level, n - 1) * sd / math.sqrt(n)
        return Estimate(n, mean, mean - half, mean + half, sd)
    groups = np.asarray(clusters)[keep]
    k = np.unique(groups).size
    if k < 2:
        return Estimate(n, mean, math.nan, math.nan, sd)
    half = t_quantile(level, k - 1) * math.sqrt(_clustered(x - mean, x - mean, groups))
    return Estimate(n, mean, mean - half, mean + half, sd)


def within(estimates: Estimates, low: float, high: float) -> Estimates:
    """The same numbers with intervals that end at the bounds of what is estimated.

    With few runs Student's t reaches beyond what can be ("-107 % to 131 %"). What is cut off could not be the mean, so
    that the interval covers it as often as before (Mandelkern 2002, 10.1214/ss/1030550859); an end on a bound says
    that the runs are too few. A mean that is itself beyond a bound is left as it is.

    Args:
        estimates: Means with intervals, of any shape.
        low: Least possible value; minus infinity for none.
        high: Greatest possible value; infinity for none.
    """
    inside = (estimates.mean >= low) & (estimates.mean <= high)
    ends = [np.where(inside, np.clip(end, low, high), end) for end in (estimates.low, estimates.high)]
    return Estimates(estimates.n, estimates.mean, ends[0], ends[1], estimates.sd)


def one_row(e: Estimate) -> Estimates:
    """A number as arrays of one element."""
    return Estimates(np.array([e.n]), *(np.array([x]) for x in (e.mean, e.low, e.high, e.sd)))


def _clustered(a: FloatArray, b: FloatArray, groups: NDArray[np.generic]) -> float:
    """Cluster-robust covariance of two means whose residuals are `a` and `b`, shape (n,)."""
    _, which = np.unique(groups, return_inverse=True)
    left, right = np.bincount(which, weights=a), np.bincount(which, weights=b)
    k = left.size
    return math.fsum(left * right) / a.size**2 * k / (k - 1)


def paired_difference(
    plan: ArrayLike, baseline: ArrayLike, level: float = LEVEL, clusters: ArrayLike | None = None
) -> Estimate:
    """Mean of `plan - baseline` over replications that share their draws, with the interval of `mean_interval`.

    Raises:
        ValueError: The two are not of one length.
    """
    return mean_interval(_floats(plan) - _paired(baseline, _floats(plan)), level, clusters)


def quantiles(values: ArrayLike, probabilities: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> FloatArray:
    """Quantiles of the defined values (linear interpolation, Hyndman-Fan type 7); NaN if none is defined."""
    x = _floats(values)
    x = x[~np.isnan(x)]
    if x.size == 0:
        return np.full(len(probabilities), np.nan)
    return np.asarray(np.quantile(x, probabilities), dtype=np.float64)


def ratio(
    numerator: ArrayLike, denominator: ArrayLike, level: float = LEVEL, clusters: ArrayLike | None = None
) -> Estimate:
    """Ratio of two paired means with Fieller's interval.

    Where the mean of `denominator` is not clearly different from zero at `level`, the interval is not an interval (it
    runs through infinity): the whole estimate is then not defined, which callers must say in words.

    Args:
        numerator: One value per replication, for example differences in cost.
        denominator: One value per replication, for example readmissions averted.
        level: Confidence level.
        clusters: As for `mean_interval`.

    Raises:
        ValueError: The two are not of one length.
    """
    top = _floats(numerator)
    bottom = _paired(denominator, top)
    keep = ~(np.isnan(top) | np.isnan(bottom))
    top, bottom = top[keep], bottom[keep]
    n = top.size
    groups = np.arange(n) if clusters is None else np.asarray(clusters)[keep]
    k = np.unique(groups).size
    if k < 2:
        return Estimate(n, math.nan, math.nan, math.nan)
    mean_a, mean_b = math.fsum(top) / n, math.fsum(bottom) / n
    a, b = top - mean_a, bottom - mean_b
    t2 = t_quantile(level, k - 1) ** 2
    var_a, var_b, cov = _clustered(a, a, groups), _clustered(b, b, groups), _clustered(a, b, groups)
    # Roots of (b² - t² var_b) θ² - 2 (ab - t² cov) θ + (a² - t² var_a) = 0.
    square = mean_b**2 - t2 * var_b
    if square <= 0:
        return Estimate(n, math.nan, math.nan, math.nan)
    middle = mean_a * mean_b - t2 * cov
    root = math.sqrt(max(middle**2 - square * (mean_a**2 - t2 * var_a), 0.0))
    return Estimate(n, mean_a / mean_b, (middle - root) / square, (middle + root) / square)


def mean_rows(values: ArrayLike, level: float = LEVEL, clusters: IntArray | None = None) -> Estimates:
    """Mean with Student's t interval of each row; `mean_interval` for very many rows at once.

    Args:
        values: One row per quantity, one column per replication, shape (m, n); NaN values are left out.
        level: Confidence level.
        clusters: Number of the group of each column, shape (n,), as for `mean_interval`.
    """
    x = _floats(values)
    defined = ~np.isnan(x)
    n = defined.sum(axis=1)
    gaps = None if bool(np.all(n == x.shape[1])) else ~defined
    first = x[np.arange(len(x)), defined.argmax(axis=1)] if x.shape[1] else np.full(len(x), np.nan)
    moved = x - first[:, None]  # about a value of the row, so that equal values give sd 0
    if gaps is not None:
        moved[gaps] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = moved.sum(axis=1) / n
        moved -= shift[:, None]
        if gaps is not None:
            moved[gaps] = 0.0
        sd = np.sqrt(np.einsum("ij,ij->i", moved, moved) / (n - 1))
        error, k = sd / np.sqrt(n), n
        if clusters is not None and x.shape[1]:
            sums, k = group_sums(moved, defined, clusters)
            error = np.sqrt(np.einsum("ij,ij->i", sums, sums) * k / (k - 1)) / n
        half = t_quantiles(level, np.maximum(k - 1, 1)) * error
        half = np.where(k < 2, np.where(sd == 0, 0.0, np.nan), half)
    mean = first + shift
    low, high, sd = (np.where(n < 2, np.nan, x) for x in (mean - half, mean + half, sd))
    return Estimates(n, mean, low, high, sd)


def group_sums(residuals: FloatArray, defined: BoolArray, clusters: IntArray) -> tuple[FloatArray, IntArray]:
    """Sum of each row's residuals in each group of columns, and the number of groups with a defined value."""
    _, which = np.unique(clusters, return_inverse=True)
    member = np.zeros((which.size, int(which.max()) + 1))
    member[np.arange(which.size), which] = 1.0
    return residuals @ member, ((defined @ member) > 0).sum(axis=1)


def ratio_rows(
    numerator: ArrayLike, denominator: ArrayLike, level: float = LEVEL, clusters: IntArray | None = None
) -> Estimates:
    """Ratio of two paired means with Fieller's interval in each row; `ratio` for very many rows at once.

    Args:
        numerator: Shape (m, n): one row per ratio, one column per replication.
        denominator: The same shape.
        level: Confidence level.
        clusters: As for `mean_rows`.
    """
    top = _floats(numerator)
    bottom = _paired(denominator, top)
    keep = ~(np.isnan(top) | np.isnan(bottom))
    top, bottom = np.where(keep, top, np.nan), np.where(keep, bottom, np.nan)
    a, b = mean_rows(top, level), mean_rows(bottom, level)
    n = a.n
    left, right = (np.where(keep, x - e.mean[:, None], 0.0) for x, e in ((top, a), (bottom, b)))
    k = n
    if clusters is not None and top.shape[1]:
        (left, k), (right, _) = (group_sums(x, keep, clusters) for x in (left, right))
    with np.errstate(invalid="ignore", divide="ignore"):
        t2 = t_quantiles(level, np.maximum(k - 1, 1)) ** 2
        scale = k / (k - 1) / n**2
        var_a, var_b, cov = ((x * y).sum(axis=1) * scale for x, y in ((left, left), (right, right), (left, right)))
        square = b.mean**2 - t2 * var_b
        closed = (k >= 2) & (square > 0)
        middle = a.mean * b.mean - t2 * cov
        root = np.sqrt(np.maximum(middle**2 - square * (a.mean**2 - t2 * var_a), 0.0))
        mean, low, high = a.mean / b.mean, (middle - root) / square, (middle + root) / square
    mean, low, high = (np.where(closed, end, np.nan) for end in (mean, low, high))
    return Estimates(n, mean, low, high, np.full(n.shape, np.nan))


def _floats(values: ArrayLike) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


def _paired(values: ArrayLike, other: FloatArray) -> FloatArray:
    x = _floats(values)
    if x.shape != other.shape:
        raise ValueError(f"paired values must be of one length, not {other.size} and {x.size}")
    return x
