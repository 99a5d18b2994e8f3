"""Steady-state detection: MSER-5, Welch's moving average, and the slope afterwards."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from experiments.support.types import FloatArray

BATCH = 5
"""Days in one batch of MSER-5."""

WINDOW = 14
"""Days to either side in Welch's moving average."""


def mser(series: ArrayLike, batch: int = BATCH) -> tuple[int, bool]:
    """Days to leave out by MSER-`batch` (White 1997): the start whose removal makes the mean's standard error least.

    Args:
        series: Values by day, shape (n,).
        batch: Days averaged before looking.

    Returns: Days, a multiple of `batch`, at most half of the series; and whether the least lies clearly before that
        limit: if not, the series had not settled.
    """
    means = _batches(series, batch)
    n = means.size
    if n < 4:
        return 0, False
    # Sums from the end: the error of what is left for every number of batches left out.
    shifted = means - means[n // 2 :].mean()
    left = np.arange(n, 0, -1)
    total, squares = np.cumsum(shifted[::-1])[::-1], np.cumsum(shifted[::-1] ** 2)[::-1]
    statistic = (np.maximum(squares - total**2 / left, 0.0) / left**2)[: n // 2]
    cut = int(np.argmin(statistic))
    return cut * batch, cut < 0.9 * (n // 2)


def welch(series: ArrayLike, window: int = WINDOW) -> FloatArray:
    """Welch's moving average (1983): over `window` days to either side, fewer at the ends.

    Args:
        series: Values by day, shape (n,).
        window: Days to either side.

    Returns: Smoothed values, shape (n,).
    """
    x = np.asarray(series, dtype=np.float64)
    n = x.size
    total = np.concatenate([[0.0], np.cumsum(x)])
    day = np.arange(n)
    reach = np.minimum(np.minimum(day, n - 1 - day), window)
    smooth: FloatArray = (total[day + reach + 1] - total[day - reach]) / (2 * reach + 1)
    return smooth


def welch_day(series: ArrayLike, window: int = WINDOW) -> int:
    """First day from which the moving average stays close to its later level for as long as it is smoothed over.

    Close is three standard deviations of the moving average in the second half: a rule in the place of the eye.
    """
    smooth = welch(series, window)
    later = smooth[smooth.size // 2 : max(smooth.size - window, smooth.size // 2 + 1)]
    level, spread = float(later.mean()), float(later.std())
    close = np.abs(smooth - level) <= 3.0 * spread + 1e-12 * abs(level)
    span = 2 * window + 1
    for day in range(smooth.size // 2):
        if close[day : day + span].all():
            return day
    return smooth.size // 2


def drift(series: ArrayLike, batch: int = BATCH) -> tuple[float, float]:
    """Slope of a straight line through the second half, and its standard error, per day."""
    means = _batches(series, batch)
    later = means[means.size // 2 :]
    if later.size < 3:
        return 0.0, math.inf
    x = np.arange(later.size) * float(batch)
    x = x - x.mean()
    slope = float((x * later).sum() / (x**2).sum())
    rest = later - later.mean() - slope * x
    return slope, math.sqrt(float((rest**2).sum()) / (later.size - 2) / float((x**2).sum()))


def _batches(series: ArrayLike, batch: int) -> FloatArray:
    x = np.asarray(series, dtype=np.float64)
    means: FloatArray = x[: x.size // batch * batch].reshape(-1, batch).mean(axis=1)
    return means
