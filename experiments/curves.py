"""How exact a cumulative incidence is that a study of real people would estimate from so many of them.

Bands of `StudyData.curves` are the play of chance between simulated years. This is the other question: the standard
error of one estimate from n people, to set a simulated curve beside a published one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def incidence_error(time: ArrayLike, event: ArrayLike, horizon: int) -> NDArray[np.float64]:
    """Standard error of the Aalen–Johansen estimate, by the delta method (Dinse and Larson 1986).

    Args:
        time: Days to event or censoring, integers ≥ 0; shape (n,).
        event: 0 censored, 1 the event of interest, 2 a competing event; shape (n,).
        horizon: Last day wanted, ≥ 0.

    Returns: Standard errors on days 0 to `horizon`, shape (horizon + 1,); NaN where nobody is at risk any more.
    """
    t, e = np.asarray(time, dtype=np.int64), np.asarray(event, dtype=np.int64)
    inside = t <= horizon
    interest = np.bincount(t[inside & (e == 1)], minlength=horizon + 1)
    every = np.bincount(t[inside & (e > 0)], minlength=horizon + 1)
    leaving = np.bincount(np.minimum(t, horizon + 1), minlength=horizon + 2)[: horizon + 1]
    at_risk = t.size - np.concatenate(([0], np.cumsum(leaving)[:-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        alive = np.cumprod(np.where(at_risk > 0, 1 - every / at_risk, 1.0))
        before = np.concatenate([[1.0], alive[:-1]])
        curve = np.cumsum(np.where(at_risk > 0, before * interest / at_risk, 0.0))
        # Var I(t) = sum over days j up to t of (I(t) - I(j))^2 a_j + b_j - 2 (I(t) - I(j)) c_j.
        a = np.where(every > 0, every / (at_risk * (at_risk - every)), 0.0)
        b = np.where(interest > 0, before**2 * interest * (at_risk - interest) / at_risk**3, 0.0)
        c = np.where(interest > 0, before * interest / at_risk**2, 0.0)
        # The last people may all have an event on one day; what they add is then multiplied by 0 on that day.
        a = np.where(np.isfinite(a), a, 0.0)
    variance = (
        curve**2 * np.cumsum(a) - 2 * curve * np.cumsum(curve * a) + np.cumsum(curve**2 * a)
        + np.cumsum(b) - 2 * curve * np.cumsum(c) + 2 * np.cumsum(curve * c)
    )  # fmt: skip
    error: NDArray[np.float64] = np.sqrt(np.maximum(variance, 0.0))
    error[at_risk == 0] = np.nan
    return error
