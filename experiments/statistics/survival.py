"""Time to an event with censoring: Aalen–Johansen curves with the influence of each subject, and Kaplan–Meier means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.support.types import FloatArray


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of one event by a horizon.

    Attributes:
        curve: On days 0 to the horizon, shape (horizon + 1,); NaN from the day on which nobody is at risk any more
            while
            the curve could still move.
        influence: What each subject adds to the error at the horizon: the estimate's variance is the sum of their
            squares,
            or of the squares of sums over clusters; shape (n,).
        at_risk: Subjects whose state on the horizon is known or who are at risk there.
        events: Events of interest up to the horizon.
    """

    curve: FloatArray
    influence: FloatArray
    at_risk: int
    events: int

    @property
    def value(self) -> float:
        """Cumulative incidence at the horizon."""
        return float(self.curve[-1])


def cumulative_incidence(time: npt.ArrayLike, event: npt.ArrayLike, horizon: int) -> Incidence:
    """Aalen–Johansen estimate with competing events, and its influence function.

    Args:
        time: Days to event or censoring, integers ≥ 0; shape (n,).
        event: 0 censored, 1 the event of interest, 2 a competing event; shape (n,).
        horizon: Last day wanted, ≥ 0.

    References:
        Aalen and Johansen (1978), Scand. J. Stat. 5, 141. Influence: the delta method on the daily hazards, as in the
        infinitesimal jackknife of Therneau and Grambsch (2000), Modeling Survival Data.
    """
    t = np.asarray(time, dtype=np.int64)
    e = np.asarray(event, dtype=np.int64)
    n = t.size
    if n == 0:
        return Incidence(np.full(horizon + 1, np.nan), np.zeros(0), 0, 0)
    inside = t <= horizon
    interest = np.bincount(t[inside & (e == 1)], minlength=horizon + 1)
    competing = np.bincount(t[inside & (e == 2)], minlength=horizon + 1)
    leaving = np.bincount(np.minimum(t, horizon + 1), minlength=horizon + 2)[: horizon + 1]
    risk = (n - np.concatenate(([0], np.cumsum(leaving)[:-1]))).astype(np.float64)
    safe = np.maximum(risk, 1.0)
    one, both = interest / safe, (interest + competing) / safe
    before = np.concatenate(([1.0], np.cumprod(1.0 - both)[:-1]))
    curve = np.cumsum(before * one)
    still = (1.0 - both) > 1e-12
    gain = before / safe
    loss = np.where(still, (curve[-1] - curve) / np.where(still, safe * (1.0 - both), 1.0), 0.0)
    drift = np.cumsum(gain * one - loss * both)
    at = np.minimum(t, horizon)
    influence = -drift[at] + np.where(inside & (e == 1), gain[at], 0.0) - np.where(inside & (e > 0), loss[at], 0.0)
    unknown = (risk == 0) & (before > 0)
    if unknown.any():
        curve = curve.copy()
        curve[int(np.argmax(unknown)) :] = np.nan
    known = int(((t >= horizon) | (e > 0)).sum())
    return Incidence(curve, influence, known, int(interest.sum()))


@dataclass(frozen=True)
class RestrictedMean:
    """Mean duration up to the last end that was seen, by Kaplan–Meier.

    Attributes:
        value: The mean; NaN without any end.
        beyond: Share of durations that go on beyond the last end.
        influence: As of `Incidence`, shape (n,).
    """

    value: float
    beyond: float
    influence: FloatArray


def restricted_mean(time: npt.ArrayLike, event: npt.ArrayLike) -> RestrictedMean:
    """Mean duration up to the last end that was seen, by Kaplan–Meier.

    Args:
        time: Durations, integers ≥ 0; shape (n,).
        event: True where the end was seen, False where it is censored; shape (n,).
    """
    t = np.asarray(time, dtype=np.int64)
    seen = np.asarray(event, dtype=bool)
    if not seen.any():
        return RestrictedMean(float("nan"), 1.0, np.zeros(t.size))
    last = int(t[seen].max())
    ends = np.bincount(t[seen], minlength=last + 1).astype(np.float64)
    leaving = np.bincount(np.minimum(t, last + 1), minlength=last + 2)[: last + 1]
    risk = np.maximum(t.size - np.concatenate(([0.0], np.cumsum(leaving)[:-1])), 1.0)
    hazard = ends / risk
    survival = np.cumprod(1.0 - hazard)
    rest = np.concatenate((np.cumsum(survival[:-1][::-1])[::-1], [0.0]))  # days that are lived after each day
    still = 1.0 - hazard
    loss = np.where(still > 1e-12, rest / np.where(still > 1e-12, risk * still, 1.0), 0.0)
    drift = np.cumsum(loss * hazard)
    at = np.minimum(t, last)
    influence = drift[at] - np.where(seen, loss[at], 0.0)
    return RestrictedMean(float(survival[:-1].sum()), float(survival[-1]), influence)


def survival_quantile(time: npt.ArrayLike, event: npt.ArrayLike, share: float) -> float:
    """Duration by which a share has ended, by Kaplan–Meier; NaN where the curve does not get there.

    Args:
        time: Durations, integers ≥ 0; shape (n,).
        event: 1 where the end was seen, 0 where it is censored; shape (n,).
        share: 0 to 1.
    """
    t = np.asarray(time, dtype=np.int64)
    seen = np.asarray(event, dtype=bool)
    if not seen.any():
        return float("nan")
    ended = cumulative_incidence(t, seen.astype(np.int64), int(t[seen].max())).curve
    there = np.flatnonzero(ended >= share - 1e-12)
    return float(there[0]) if there.size else float("nan")
