"""Variance components: stochastic uncertainty, which more runs reduce, and parameter uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from experiments.support.types import FloatArray

MIDDLE = 0.9
"""Share of the draws whose effects lie in the range that is shown."""

LEAST_DRAWS = 10
"""Draws below which no range is shown."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Variance components of an outcome or a difference.

    Attributes:
        draws: Draws of the parameters with two runs or more.
        chance: Standard deviation between runs that share their parameters.
        unknown: Standard deviation between parameter draws, chance taken off; 0 where chance explains everything.
        low: Lower end of the range that holds 9 of 10 further draws on average: the draws' means, drawn together by
            what chance adds to them, with what the split itself leaves open.
        high: Upper end.
        error: Standard deviation that the split could still hide where it finds none: the root of the standard error
            of the variance behind `unknown`.
        below: Share of these means below zero, 0 to 1.
        above: Share above zero.
    """

    draws: int
    chance: float
    unknown: float
    low: float
    high: float
    error: float = math.nan
    below: float = math.nan
    above: float = math.nan

    @property
    def share_unknown(self) -> float:
        """Share of a single run's variance that is parameter uncertainty, 0 to 1; NaN without variance."""
        total = self.chance**2 + self.unknown**2
        return self.unknown**2 / total if total > 0 else math.nan


NO_DOUBT = Doubt(0, math.nan, math.nan, math.nan, math.nan)


def split(values: ArrayLike, draw: ArrayLike) -> Doubt:
    """One-way random-effects analysis of variance (moments; Searle, Casella & McCulloch 1992, 10.1002/9780470316856).

    Args:
        values: One value per run, shape (n,); NaN is left out.
        draw: Number of the parameter draw of each run, shape (n,).

    Returns:
        The split; not defined with fewer than ten draws that have two runs or more.
    """
    x = np.asarray(values, dtype=np.float64)
    groups = np.asarray(draw)[~np.isnan(x)]
    x = x[~np.isnan(x)]
    _, which, counts = np.unique(groups, return_inverse=True, return_counts=True)
    whole = counts[which] >= 2
    x, which = x[whole], which[whole]
    if not x.size:
        return NO_DOUBT
    _, which, counts = np.unique(which, return_inverse=True, return_counts=True)
    k, n = counts.size, x.size
    if k < LEAST_DRAWS:
        return NO_DOUBT
    means = np.bincount(which, weights=x) / counts
    within = float(np.sum((x - means[which]) ** 2) / (n - k))
    between = float(np.sum(counts * (means - x.mean()) ** 2) / (k - 1))
    size = (n - float(np.sum(counts**2)) / n) / (k - 1)
    raw = (between - within) / size
    unknown = max(0.0, raw)
    spread = float(means.var(ddof=1))
    error = math.sqrt(2 * between**2 / (k - 1) + 2 * within**2 / (n - k)) / size
    widened = (
        _expected_above_zero(raw, error) + spread / k
    )  # a further draw lies around a mean that is not known either
    shrunk = _shrunk(means, math.sqrt(widened / spread) if spread > 0 else 0.0)
    # Places of order statistics: between them lies, on average, that share of further draws, however few these are.
    low, high = np.quantile(shrunk, [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2], method="weibull")
    below, above = float(np.mean(shrunk < 0)), float(np.mean(shrunk > 0))
    return Doubt(k, math.sqrt(within), math.sqrt(unknown), float(low), float(high), math.sqrt(error), below, above)


def _expected_above_zero(value: float, error: float) -> float:
    """Mean of a variance that was estimated with a normal error, knowing that it is not below 0."""
    if not error > 0:
        return max(0.0, value)
    from scipy.special import log_ndtr

    at = value / error
    return value + error * math.exp(-0.5 * at * at - 0.5 * math.log(2 * math.pi) - float(log_ndtr(at)))


def _shrunk(means: FloatArray, factor: float) -> FloatArray:
    middle = float(means.mean())
    return middle + (means - middle) * factor
