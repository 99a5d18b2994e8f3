"""Effect estimates for two groups of people: value, 95 % interval and p value, on plain arrays.

Small formulae of textbooks, tested against statsmodels and SciPy. People whose outcome is not known (NaN) are left out.
Ratios are worked on the scale of their logarithm; where a group has no events, half a person is added to each cell
(Haldane 1956) so that a virtual trial of a rare outcome still has an estimate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from experiments.support.types import FloatArray

Z95 = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A comparison of two groups.

    Attributes:
        value: The effect; NaN where it is not defined.
        low: Lower end of the 95 % interval.
        high: Upper end.
        p: Two-sided p value.
        error: Standard error, of the logarithm for ratios.
        n: People compared.
        ratio: Whether "no difference" is 1.
    """

    value: float
    low: float
    high: float
    p: float
    error: float
    n: int
    ratio: bool = False

    def significant(self, alpha: float, better: int = 0) -> bool:
        """Whether the effect is significant at 5 %: two-sided, or one-sided towards `better` (a sign)."""
        if not self.p <= 1.0:
            return False
        if better == 0:
            return self.p < alpha
        return (self.value - (1.0 if self.ratio else 0.0)) * better > 0 and self.p / 2 < alpha


def nothing(n: int = 0) -> Effect:
    """An effect that is not defined."""
    return Effect(math.nan, math.nan, math.nan, math.nan, math.nan, n)


def compare(
    effect: str, one: ArrayLike, other: ArrayLike, one_days: ArrayLike = (), other_days: ArrayLike = ()
) -> Effect:
    """Compare two groups.

    Args:
        effect: "risk difference", "risk ratio", "odds ratio", "hazard ratio", "mean difference" or "rate ratio".
        one: Values of the first group: 0 or 1 for risks and hazards, counts or numbers else.
        other: Values of the group it is compared with.
        one_days: Days at risk of the first group, for hazards (days to the event or to censoring) and rates.
        other_days: The same of the other group.

    Raises:
        ValueError: The effect is unknown.
    """
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    known_a, known_b = ~np.isnan(a), ~np.isnan(b)
    if effect in ("hazard ratio", "rate ratio"):
        s, t = np.asarray(one_days, dtype=np.float64)[known_a], np.asarray(other_days, dtype=np.float64)[known_b]
        return (_hazard_ratio if effect == "hazard ratio" else _rate_ratio)(a[known_a], b[known_b], s, t)
    a, b = a[known_a], b[known_b]
    if effect == "mean difference":
        return _mean_difference(a, b)
    if effect not in ("risk difference", "risk ratio", "odds ratio"):
        raise ValueError(f"unknown effect {effect!r}")
    if not a.size or not b.size:
        return nothing(a.size + b.size)
    return _risks(effect, float(a.sum()), a.size, float(b.sum()), b.size)


def _risks(effect: str, x: float, n: int, y: float, m: int) -> Effect:
    """Two risks: x of n against y of m."""
    p, q = x / n, y / m
    if effect == "risk difference":
        value = p - q
        error = math.sqrt(p * (1 - p) / n + q * (1 - q) / m)
        low, high = newcombe(x, n, y, m)
        pooled = (x + y) / (n + m)
        null_error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        chance = 1.0 if null_error == 0 else _two_sided(value / null_error)
        return Effect(value, low, high, chance, error, n + m)
    if min(x, y) == 0 or (effect == "odds ratio" and (x == n or y == m)):
        x, y, c, d = x + 0.5, y + 0.5, n - x + 0.5, m - y + 0.5
    else:
        c, d = n - x, m - y
    if effect == "risk ratio":
        value = math.log((x / (x + c)) / (y / (y + d)))
        error = math.sqrt(max(1 / x - 1 / (x + c) + 1 / y - 1 / (y + d), 0.0))
    else:
        value = math.log(x * d / (c * y))
        error = math.sqrt(1 / x + 1 / c + 1 / y + 1 / d)
    return _by_log(value, error, n + m)


def newcombe(x: float, n: int, y: float, m: int) -> tuple[float, float]:
    """95 % interval of the difference x/n − y/m by Newcombe's hybrid of two score intervals (1998, method 10)."""
    p, q = x / n, y / m
    a, b = _wilson(x, n)
    c, d = _wilson(y, m)
    low = p - q - math.sqrt((p - a) ** 2 + (d - q) ** 2)
    high = p - q + math.sqrt((b - p) ** 2 + (q - c) ** 2)
    return low, high


def _wilson(x: float, n: int) -> tuple[float, float]:
    p, z2 = x / n, Z95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return middle - half, middle + half


def _mean_difference(a: FloatArray, b: FloatArray) -> Effect:
    """Difference of two means by Welch's t."""
    n = a.size + b.size
    if a.size < 2 or b.size < 2:
        return nothing(n)
    va, vb = float(a.var(ddof=1)) / a.size, float(b.var(ddof=1)) / b.size
    value = float(a.mean() - b.mean())
    if va + vb == 0:
        return Effect(value, value, value, 1.0 if value == 0 else 0.0, 0.0, n)
    freedom = (va + vb) ** 2 / (va**2 / (a.size - 1) + vb**2 / (b.size - 1))
    return by_t(value, math.sqrt(va + vb), freedom, n)


def _rate_ratio(a: FloatArray, b: FloatArray, s: FloatArray, t: FloatArray) -> Effect:
    """Ratio of two rates, with an error that lets people differ (robust to overdispersion)."""
    n = a.size + b.size
    if not a.size or not b.size or s.sum() <= 0 or t.sum() <= 0:
        return nothing(n)
    logs, variance = [], 0.0
    for events, days in ((a, s), (b, t)):
        total = float(events.sum())
        if total == 0:
            logs.append(math.log(0.5 / float(days.sum())))
            variance += 2.0
            continue
        rate = total / float(days.sum())
        logs.append(math.log(rate))
        variance += float(((events - rate * days) ** 2).sum()) / total**2
    return _by_log(logs[0] - logs[1], math.sqrt(variance), n)


def _hazard_ratio(a: FloatArray, b: FloatArray, s: FloatArray, t: FloatArray) -> Effect:
    """Hazard ratio of Cox's model with one binary covariate, ties by Efron (1977)."""
    n = a.size + b.size
    if not a.size or not b.size or not a.sum() + b.sum():
        return nothing(n)
    if not a.sum() or not b.sum():
        return _by_log(*_without_events(a, b, s, t), n)
    time, event = np.concatenate([s, t]), np.concatenate([a, b]) > 0
    first = np.concatenate([np.ones(a.size), np.zeros(b.size)])
    times = np.unique(time[event])
    # People of each group at risk just before each time, and events of each group at it.
    order_a, order_b = np.sort(s), np.sort(t)
    risk_a = a.size - np.searchsorted(order_a, times, side="left")
    risk_b = b.size - np.searchsorted(order_b, times, side="left")
    at = np.searchsorted(times, time[event])
    events_a = np.bincount(at, weights=first[event], minlength=len(times))
    events = np.bincount(at, minlength=len(times)).astype(float)
    # One row per event: with ties, the tied people leave the risk set bit by bit.
    row = np.repeat(np.arange(len(times)), events.astype(int))
    within = np.arange(len(row)) - np.repeat(np.cumsum(events) - events, events.astype(int))
    share = within / events[row]
    ra = risk_a[row] - share * events_a[row]
    rb = risk_b[row] - share * (events[row] - events_a[row])
    beta = 0.0
    information = 0.0
    for _ in range(50):
        p = ra * math.exp(beta) / (ra * math.exp(beta) + rb)
        information = float((p * (1 - p)).sum())
        if information <= 1e-12:
            return nothing(n)
        step = float(events_a.sum() - p.sum()) / information
        beta += max(-2.0, min(2.0, step))
        if abs(step) < 1e-10:
            break
    return _by_log(beta, 1 / math.sqrt(information), n)


def _without_events(a: FloatArray, b: FloatArray, s: FloatArray, t: FloatArray) -> tuple[float, float]:
    """Log ratio of two rates and its error with half an event added to each, where one group has none."""
    x, y = float(a.sum()) + 0.5, float(b.sum()) + 0.5
    return math.log(x / s.sum()) - math.log(y / t.sum()), math.sqrt(1 / x + 1 / y)


def _by_log(value: float, error: float, n: int) -> Effect:
    if not math.isfinite(value) or not math.isfinite(error):
        return nothing(n)
    chance = 1.0 if error == 0 else _two_sided(value / error)
    return Effect(math.exp(value), math.exp(value - Z95 * error), math.exp(value + Z95 * error), chance, error, n, True)


def by_t(value: float, error: float, freedom: float, n: int) -> Effect:
    """An effect from its value and standard error, with Student's t of `freedom` degrees."""
    from scipy.special import stdtr, stdtrit

    if error == 0:
        return Effect(value, value, value, 1.0 if value == 0 else 0.0, 0.0, n)
    half = float(stdtrit(freedom, 0.975)) * error
    chance = 2 * float(stdtr(freedom, -abs(value / error)))
    return Effect(value, value - half, value + half, chance, error, n)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))
