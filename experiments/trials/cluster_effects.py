"""Effect estimates of cluster-randomised trials, where units or hospitals were assigned rather than people.

One regression for all (statsmodels): identity, log or logit link; in a stepped wedge with an effect of each cluster and
each period (Hussey & Hughes 2007). Standard errors are robust to people of one cluster being alike (Liang & Zeger
1986), with the usual correction for few clusters and Student's t; with fewer than about twenty clusters they are still
somewhat small.
Risk ratios are from Poisson regression with robust errors (Zou 2004). Hazard ratios are ratios of rates.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import ArrayLike

from experiments.support.types import FloatArray, IntArray
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
    products = x.T @ x
    rank = int(np.linalg.matrix_rank(products, hermitian=True))
    if rank == int(np.linalg.matrix_rank(products[1:, 1:], hermitian=True)) or n <= rank:
        return nothing(n)
    fitted = _fit(_LINKS[effect], y, x, offset, g)
    if fitted is None:
        return nothing(n)
    result = by_t(*fitted, len(groups) - 1, n)
    if _LINKS[effect] == "identity":
        return result
    if not all(abs(v) < 50 for v in (result.value, result.low, result.high)):
        return nothing(n)
    value, low, high = (math.exp(v) for v in (result.value, result.low, result.high))
    return Effect(value, low, high, result.p, result.error, n, True)


def _fit(link: str, y: FloatArray, x: FloatArray, offset: FloatArray, cluster: IntArray) -> tuple[float, float] | None:
    """Coefficient of the first column and its error, robust to clusters; None where it does not converge."""
    from statsmodels.genmod import families  # slow to import, and few trials assign clusters
    from statsmodels.genmod.generalized_linear_model import GLM

    family = {"identity": families.Gaussian, "log": families.Poisson, "logit": families.Binomial}[link]()
    with warnings.catch_warnings():  # a cluster without events drives its own coefficient away; what is asked for stays
        warnings.simplefilter("ignore")
        try:
            fit = GLM(y, x, family=family, offset=offset).fit(
                maxiter=_STEPS, cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": True}
            )
        except (np.linalg.LinAlgError, ValueError):  # a mean that is no number any more
            return None
    value, error = float(fit.params[0]), float(fit.bse[0])
    return (value, error) if fit.converged and math.isfinite(value) and math.isfinite(error) else None
