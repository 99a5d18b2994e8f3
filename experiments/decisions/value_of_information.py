"""Value of information: what knowing parameters better would be worth to the choice among plans.

Net benefits are a table of parameter draws by plans, in money (or in any unit in which more is better). What is
expected of a decision under present knowledge is the best mean; what better knowledge adds to it is its value:

* EVPI, of knowing everything;
* EVPPI, of knowing some parameters: the net benefits are regressed on them (Strong, Oakley & Brennan 2014,
  10.1177/0272989X13505910), a spline for one parameter, a Gaussian process for several (Heath, Manolopoulou & Baio
  2017, 10.1177/0272989X17697692, compare the methods);
* EVSI, of the results of a study: the same regression on the study's simulated results (Strong and others 2015,
  10.1177/0272989X15575286).

A run has Monte Carlo error, which no knowledge removes. `without_monte_carlo_error` takes it off before EVPI; a
regression leaves it out by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from experiments.statistics.by_draw import draw_means as draw_means
from experiments.statistics.by_draw import normal_scores, spline_basis
from experiments.support.types import FloatArray
from simulation.draws import named_uniforms

RESAMPLES = 200
"""Draws of the fitted regression from which the error and the bias of EVPPI come."""

SEED = 16


@dataclass(frozen=True, slots=True)
class InformationValue:
    """Expected value of some knowledge, per decision, in the unit of the net benefits.

    Attributes:
        value: Estimate, 0 or more, the bias of choosing the larger of noisy fits taken off.
        error: Standard error of the estimate; NaN where it is not estimated.
        share: Share of the variance of the net benefits' differences that the regression explains, 0 to 1.
    """

    value: float
    error: float
    share: float = math.nan


def without_monte_carlo_error(means: ArrayLike, error: ArrayLike) -> FloatArray:
    """Draw means pulled together until their covariance is what it would be without Monte Carlo error.

    Differences from the first plan are transformed by T with T S T' = S - E (S their covariance, E that of the error,
    cut at zero), so that the order of draws is kept as far as it is known.

    Args:
        means: Shape (draws, k).
        error: Covariance of the Monte Carlo error of a row, shape (k, k).

    Returns:
        The differences from plan 0, shape (draws, k), the first column zero: all that a choice needs.
    """
    x = np.asarray(means, dtype=np.float64)
    k = x.shape[1]
    apart = np.column_stack([-np.ones(k - 1), np.eye(k - 1)]) if k > 1 else np.zeros((0, 1))
    d = x @ apart.T
    found = np.zeros_like(x)
    if k == 1 or len(x) < 3:
        found[:, 1:] = d
        return found
    middle = d.mean(axis=0)
    spread = np.atleast_2d(np.cov(d, rowvar=False))
    true = spread - apart @ np.asarray(error, dtype=np.float64) @ apart.T
    found[:, 1:] = middle + (d - middle) @ (_root(true) @ _inverse_root(spread)).T
    return found


def _root(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T)


def _inverse_root(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    least = values.max(initial=0.0) * 1e-12
    inverse = np.where(values > least, 1.0 / np.sqrt(np.maximum(values, least or 1.0)), 0.0)
    return np.asarray(vectors * inverse @ vectors.T)


def probability_best(net_benefit: ArrayLike) -> FloatArray:
    """Share of the draws in which each plan has the largest net benefit; plans that tie share the draw.

    Args:
        net_benefit: Shape (draws, k); Monte Carlo error taken off before.
    """
    x = np.asarray(net_benefit, dtype=np.float64)
    best = x == x.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def evpi(net_benefit: ArrayLike) -> InformationValue:
    """Expected value of perfect information: mean of the best less the best mean.

    Args:
        net_benefit: Shape (draws, k); Monte Carlo error taken off before.
    """
    x = np.asarray(net_benefit, dtype=np.float64)
    lost = x.max(axis=1) - x[:, int(np.argmax(x.mean(axis=0)))]
    n = len(x)
    return InformationValue(float(lost.mean()), float(lost.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan)


def evppi(net_benefit: ArrayLike, parameters: ArrayLike) -> InformationValue:
    """Expected value of knowing one parameter, or several together, by regression.

    Args:
        net_benefit: Shape (draws, k); Monte Carlo error may be in it.
        parameters: Values by draw, shape (draws,) or (draws, p), in any units: their ranks are used.

    Raises:
        ValueError: Fewer than 20 draws: too few for a regression.
    """
    x = np.asarray(net_benefit, dtype=np.float64)
    z = normal_scores(parameters)
    if len(x) < 20:
        raise ValueError(f"a regression needs 20 draws or more, not {len(x)}")
    if x.shape[1] < 2:
        return InformationValue(0.0, 0.0, math.nan)
    d = x[:, 1:] - x[:, :1]
    fit, factor = _spline(z[:, 0], d) if z.shape[1] == 1 else _process(z, d)
    variance = d.var(axis=0)
    explained = fit.var(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = float(np.clip(np.nansum(explained) / variance.sum(), 0.0, 1.0)) if variance.sum() > 0 else 0.0
    plain = _gain(fit)
    again = np.empty(RESAMPLES)
    width = factor[0].shape[1]
    noise = normals("evppi", RESAMPLES * width * d.shape[1]).reshape(RESAMPLES, width, d.shape[1])
    residual = d - fit
    across = _root(np.atleast_2d(residual.T @ residual / max(len(d) - width, 1)))
    for r in range(RESAMPLES):
        moved = noise[r] @ across if len(factor) == 1 else noise[r]
        step = np.column_stack([factor[min(j, len(factor) - 1)] @ moved[:, j] for j in range(d.shape[1])])
        again[r] = _gain(fit + step)
    value = max(0.0, plain - max(float(again.mean()) - plain, 0.0))
    error = math.hypot(float(again.std(ddof=1)), _sampling_error(fit))
    return InformationValue(value, error, share)


def _gain(difference: FloatArray) -> float:
    """Mean of the best less the best mean, where plan 0 has net benefit 0."""
    return float(np.maximum(difference.max(axis=1), 0.0).mean() - max(float(difference.mean(axis=0).max()), 0.0))


def _sampling_error(fit: FloatArray) -> float:
    """Error because there are only so many draws."""
    x = np.column_stack([np.zeros(len(fit)), fit])
    lost = x.max(axis=1) - x[:, int(np.argmax(x.mean(axis=0)))]
    return float(lost.std(ddof=1) / math.sqrt(len(fit)))


def _spline(z: FloatArray, y: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
    """Least squares on the spline; the fit, and a factor F whose F F' is the fit's covariance for unit variance."""
    if z.min() == z.max():
        return np.broadcast_to(y.mean(axis=0), y.shape).copy(), [np.full((len(y), 1), 1 / math.sqrt(len(y)))]
    q, _ = np.linalg.qr(spline_basis(z))
    return q @ (q.T @ y), [q]


def _process(z: FloatArray, y: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
    """Gaussian process with a linear and a smooth part; the fit, and a factor of its covariance for each column."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

    fit, factors = np.empty_like(y), []
    for j in range(y.shape[1]):
        middle, scale = y[:, j].mean(), y[:, j].std() or 1.0
        kernel = (
            ConstantKernel(0.3, (1e-4, 1e2)) * DotProduct(0.0, "fixed")
            + ConstantKernel(0.3, (1e-4, 1e2)) * RBF(math.sqrt(z.shape[1]), (0.3, 30.0 * math.sqrt(z.shape[1])))
            + WhiteKernel(0.3, (1e-6, 1e1))
        )
        model = GaussianProcessRegressor(kernel, alpha=1e-9, random_state=0)
        with _quiet():
            model.fit(z, (y[:, j] - middle) / scale)
        smooth = model.kernel_.k1(z)
        solved = np.linalg.solve(smooth + (model.kernel_.k2.noise_level + 1e-9) * np.eye(len(z)), smooth)
        fit[:, j] = middle + scale * (solved.T @ ((y[:, j] - middle) / scale))
        covariance = smooth - smooth @ solved
        values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
        keep = slice(-min(60, len(values)), None)
        factors.append(scale * vectors[:, keep] * np.sqrt(np.maximum(values[keep], 0.0)))
    return fit, factors


class _quiet:
    """Silence the library's word that a hyperparameter stands at its bound: a part that is not needed goes there."""

    def __enter__(self) -> None:
        import warnings

        self._caught = warnings.catch_warnings()
        self._caught.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, *_: object) -> None:
        self._caught.__exit__(None, None, None)


def evsi(net_benefit: ArrayLike, results: ArrayLike) -> InformationValue:
    """Expected value of a study's results before it is done.

    Args:
        net_benefit: Shape (draws, k).
        results: What the study would find in each draw, its sampling error included, shape (draws,) or (draws, s);
            see `trial_results`.

    Raises:
        ValueError: As `evppi`.
    """
    return evppi(net_benefit, results)


def trial_results(truth: Mapping[str, ArrayLike], error: Mapping[str, ArrayLike], seed: int = SEED) -> FloatArray:
    """What a study would report in each draw: the truth of the draw and normal sampling error, keyed by name.

    Args:
        truth: Estimand to its true value in each draw, shape (draws,).
        error: Estimand to the standard error with which the study measures it, a number or one per draw.
        seed: Seed of the errors.

    Returns: Shape (draws, estimands).
    """
    columns = []
    for name, values in truth.items():
        x = np.asarray(values, dtype=np.float64)
        columns.append(x + np.asarray(error[name], dtype=np.float64) * normals(name, x.size, seed))
    return np.column_stack(columns)


def share_error(share: ArrayLike, people: int) -> FloatArray:
    """Standard error of a share among so many people (binomial)."""
    p = np.clip(np.asarray(share, dtype=np.float64), 0.0, 1.0)
    return np.asarray(np.sqrt(p * (1 - p) / people))


def normals(name: str, n: int, seed: int = SEED) -> FloatArray:
    """Standard normal numbers that depend on the name and the seed alone."""
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(named_uniforms(seed, name, n), 1e-12, 1 - 1e-12)))
