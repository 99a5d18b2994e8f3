"""Effect estimates of cluster-randomised trials, where units or hospitals were assigned rather than people.

One regression for all: identity, log or logit link; in a stepped wedge with an effect of each cluster and each period
(Hussey & Hughes 2007). Standard errors are robust to people of one cluster being alike (Liang & Zeger 1986), with the
usual correction for few clusters and Student's t; with fewer than about twenty clusters they are still somewhat small.
Risk ratios are from Poisson regression with robust errors (Zou 2004). Hazard ratios are ratios of rates.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.trials.effects import Effect, by_t, nothing

_LINKS = {
    "risk difference": "identity", "mean difference": "identity", "risk ratio": "log", "rate ratio": "log",
    "hazard ratio": "log", "odds ratio": "logit",
}  # fmt: skip
_STEPS = 60


def compare_clusters(
    effect: str,
    outcome: ArrayLike,
    treated: ArrayLike,
    cluster: ArrayLike,
    period: ArrayLike | None = None,
    days: ArrayLike | None = None,
) -> Effect:
    """Compare people of clusters that were assigned.

    Args:
        effect: As in `estimators.compare`.
        outcome: A value per person; NaN is left out.
        treated: 1 for people of the arm of interest, 0 for the other.
        cluster: Number of the cluster of each person.
        period: Number of the period of each person; None where clusters do not cross over.
        days: Days at risk, for rates and hazards.

    Returns:
        The effect; not defined where it cannot be told from clusters and periods, or does not converge.
    """
    y = np.asarray(outcome, dtype=np.float64)
    offset = np.zeros_like(y)
    keep = ~np.isnan(y)
    if effect in ("rate ratio", "hazard ratio") and days is not None:
        at_risk = np.asarray(days, dtype=np.float64)
        keep &= at_risk > 0
        offset = np.log(np.where(at_risk > 0, at_risk, 1.0))
    y, offset = y[keep], offset[keep]
    d = np.asarray(treated, dtype=np.float64)[keep]
    groups, g = np.unique(np.asarray(cluster)[keep], return_inverse=True)
    n = int(y.size)
    if len(groups) < 3 or not 0 < d.sum() < n:
        return nothing(n)
    columns = [d, np.ones_like(d)]
    if period is not None:
        periods, t = np.unique(np.asarray(period)[keep], return_inverse=True)
        columns += [(g == k).astype(float) for k in range(1, len(groups))]
        columns += [(t == k).astype(float) for k in range(1, len(periods))]
    x = np.column_stack(columns)
    rank = int(np.linalg.matrix_rank(x))
    if rank == int(np.linalg.matrix_rank(x[:, 1:])) or n <= rank:
        return nothing(n)
    fitted = _fit(_LINKS[effect], y, x, offset)
    if fitted is None:
        return nothing(n)
    beta, residual, bread = fitted
    scores = np.zeros((len(groups), x.shape[1]))
    np.add.at(scores, g, x * residual[:, None])
    correction = len(groups) / (len(groups) - 1) * (n - 1) / (n - rank)
    error = math.sqrt(max(float((bread @ (scores.T @ scores) @ bread)[0, 0]) * correction, 0.0))
    result = by_t(float(beta[0]), error, len(groups) - 1, n)
    if _LINKS[effect] == "identity":
        return result
    if not all(abs(v) < 50 for v in (result.value, result.low, result.high)):
        return nothing(n)
    value, low, high = (math.exp(v) for v in (result.value, result.low, result.high))
    return Effect(value, low, high, result.p, error, n, True)


_Array = NDArray[np.floating[Any]]


def _fit(link: str, y: _Array, x: _Array, offset: _Array) -> tuple[_Array, _Array, _Array] | None:
    """Coefficients, residuals y − mean, and the inverse of the information; None where it does not converge."""
    if link == "identity":
        bread: _Array = np.asarray(np.linalg.pinv(x.T @ x))
        beta = bread @ (x.T @ y)
        return beta, y - x @ beta, bread
    beta = np.zeros(x.shape[1])
    start = max(float(y.mean()), 1e-6)
    beta[1] = math.log(start) - float(offset.mean()) if link == "log" else math.log(start / max(1 - start, 1e-6))
    for _ in range(_STEPS):
        eta = np.clip(x @ beta + offset, -30, 30)
        mean = np.exp(eta) if link == "log" else 1 / (1 + np.exp(-eta))
        weight = mean if link == "log" else mean * (1 - mean)
        bread = np.asarray(np.linalg.pinv((x * weight[:, None]).T @ x))
        step = np.clip(bread @ (x.T @ (y - mean)), -3, 3)
        beta = beta + step
        if abs(float(step[0])) < 1e-9 and float(np.abs(step).max()) < 1e-4:
            return beta, y - mean, bread
    # A cluster without events drives its own coefficient away for ever; what is asked for can still have settled.
    return (beta, y - mean, bread) if abs(float(step[0])) < 1e-6 else None
