"""Values of runs by parameter draw: means, normal scores of the parameters, and splines in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from experiments.support.types import FloatArray

KNOTS = 3
"""Inner knots of the spline in one parameter, at even quantiles."""


def draw_means(values: ArrayLike, draw: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Means of the replications of each draw, and the covariance of their Monte Carlo error.

    Args:
        values: A row per replication, a column per plan; shape (n, k). Rows with a NaN are left out.
        draw: Number of the draw of each replication; shape (n,).

    Returns:
        Means, shape (draws, k), in the order of the draws' numbers; and the covariance (k, k) of the error of such a
        mean, zeros where no draw has two replications.
    """
    x, groups = np.asarray(values, dtype=np.float64), np.asarray(draw)
    whole = ~np.isnan(x).any(axis=1)
    x, groups = x[whole], groups[whole]
    _, which, counts = np.unique(groups, return_inverse=True, return_counts=True)
    means = np.zeros((counts.size, x.shape[1]))
    np.add.at(means, which, x)
    means /= counts[:, None]
    rest = x - means[which]
    degrees = len(x) - counts.size
    within = rest.T @ rest / degrees if degrees > 0 else np.zeros((x.shape[1], x.shape[1]))
    return means, within * float(np.mean(1.0 / counts))


def normal_scores(values: ArrayLike) -> FloatArray:
    """Ranks of each column turned into standard normal scores; a constant column gives zeros.

    Args:
        values: Shape (n,) or (n, p).
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    x = np.asarray(values, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    return np.asarray(ndtri((rankdata(x, axis=0) - 0.5) / len(x)))


def spline_basis(z: FloatArray, knots: int = KNOTS) -> FloatArray:
    """Cubic B-splines with inner knots at quantiles, which span the constant; shape (n, knots + 4)."""
    from scipy.interpolate import BSpline

    inner = np.quantile(z, np.linspace(0, 1, knots + 2)[1:-1])
    inner = np.unique(inner[(inner > z.min()) & (inner < z.max())])
    places = np.concatenate([np.full(4, z.min()), inner, np.full(4, z.max())])
    return np.asarray(BSpline.design_matrix(z, places, 3).toarray())
