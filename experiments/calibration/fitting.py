"""What every fit stands on: free parameters and their priors, scales of comparison, a quick emulator for a site."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from experiments.support.types import FloatArray
from experiments.uncertainty.priors import for_profile, prior_quantile
from scenarios.calibration_targets import COUNTED, Target, is_ratio
from simulation.parameters import PARAMETERS

if TYPE_CHECKING:
    from experiments.uncertainty.elicitation import Pool
    from simulation.parameter_types import Prior


IMPLAUSIBLE = 3.0
"""Standard deviations beyond which a draw is ruled out before it is simulated (Vernon, Goldstein & Bower 2010,
10.1214/10-BA524)."""

LEAST_SHARE = 0.002
"""Shares are kept this far from 0 and 1 before their log odds are taken."""

LEAST_RATIO = 0.05
"""And ratios and days this far from 0 before their logarithm is."""

RIDGES = (2.0, 10.0, 50.0, 250.0, 1_250.0)
"""Penalties of the regression that predicts summaries from parameters, in units of one run's weight; each summary takes
the one that predicts it best in runs that were left out."""

CANDIDATES = 20_000
"""Candidates of a wave that are emulated together."""


def free_parameters(profile: str) -> list[str]:
    """Names of the parameters whose prior has a width, for a population profile, in the order of the model."""
    return [name for name in PARAMETERS if prior_of(name, profile).shape != "fixed"]


def prior_of(name: str, profile: str) -> Prior:
    """Prior of a parameter for a population profile."""
    return for_profile(PARAMETERS[name], profile).prior


def values_at(
    names: Sequence[str], profile: str, shares: FloatArray, pools: Mapping[str, Pool] | None = None
) -> FloatArray:
    """Parameter values at prior probabilities.

    Args:
        names: p parameters.
        profile: Population profile.
        shares: Prior probability below each value, shape (n, p), between 0 and 1.
        pools: Parameter to what experts believe of it, in the place of its prior.

    Returns:
        Values in the parameters' units, shape (n, p).
    """
    pools = pools or {}
    columns = [
        pools[name].quantile(shares[:, j])
        if name in pools
        else prior_quantile(prior_of(name, profile), PARAMETERS[name].low, PARAMETERS[name].high, shares[:, j])
        for j, name in enumerate(names)
    ]
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
class Observation:
    """A target on the scale on which it is compared.

    Attributes:
        target: The target.
        scale: log odds of shares, logarithm of ratios and days, or linear.
        value: What the study found, on the scale.
        error: The study's standard error on the scale; 0 where it is not known.
    """

    target: Target
    scale: Literal["logit", "log", "linear"]
    value: float
    error: float

    def on_scale(self, values: FloatArray) -> FloatArray:
        """Predictions of the model, on the scale; NaN stays."""
        if self.scale == "logit":
            x = np.clip(values, LEAST_SHARE, 1 - LEAST_SHARE)
            return np.log(x / (1 - x))
        return np.log(np.maximum(values, LEAST_RATIO)) if self.scale == "log" else values

    def natural(self, values: FloatArray) -> FloatArray:
        """Numbers on the scale, in the target's unit; NaN stays."""
        from scipy.special import expit

        return np.asarray({"logit": expit, "log": np.exp, "linear": np.asarray}[self.scale](values))


def observe(target: Target) -> Observation:
    """Put a target on its scale.

    Raises:
        ValueError: The target is a sign.
    """
    if target.value is None or target.error is None:
        raise ValueError(f"{target.id} is a sign, not a number")
    value, own = target.value, target.error.standard_error(target.value)
    own = 0.0 if math.isnan(own) else own
    if target.unit == "share" and 0 < value < 1 and not is_ratio(target.quantity):
        return Observation(target, "logit", math.log(value / (1 - value)), own / (value * (1 - value)))
    if value > 0 and (target.unit in COUNTED or is_ratio(target.quantity)):
        return Observation(target, "log", math.log(value), own if target.error.scale == "log" else own / value)
    return Observation(target, "linear", value, own)


@dataclass(frozen=True)
class Emulator:
    """Summaries as second-order polynomials without interactions of the normal scores of parameters.

    Attributes:
        weights: Shape (1 + 2 p, k).
        residual: Standard deviation of what the polynomials miss, on runs that they were not fitted to; shape (k,).
    """

    weights: FloatArray
    residual: FloatArray

    def predict(self, scores: FloatArray) -> FloatArray:
        """Summaries at `scores` of shape (n, p); shape (n, k)."""
        return np.asarray(_terms(scores) @ self.weights)


def emulate(scores: FloatArray, summaries: FloatArray) -> Emulator:
    """Ridge regression of summaries, shape (n, k), on scores, shape (n, p); penalty and residual by five folds."""
    fold = np.arange(scores.shape[0]) % 5
    x = _terms(scores)
    missed = np.zeros((len(RIDGES), summaries.shape[1]))
    for i in range(5):
        fitted, left = fold != i, fold == i
        for r, weights in enumerate(_ridge(x[fitted], summaries[fitted])):
            missed[r] += np.sum((summaries[left] - x[left] @ weights) ** 2, axis=0)
    best = missed.argmin(axis=0)
    each = np.arange(summaries.shape[1])
    weights = np.stack(_ridge(x, summaries))[best, :, each].T
    return Emulator(weights, np.sqrt(missed[best, each] / len(scores)))


def _terms(scores: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(scores.shape[0]), scores, (scores**2 - 1) / math.sqrt(2)])


def _ridge(x: FloatArray, summaries: FloatArray) -> list[FloatArray]:
    """Weights, shape (1 + 2 p, k), for each penalty."""
    p = (x.shape[1] - 1) // 2
    penalty = np.concatenate([[0.0], np.ones(p), np.full(p, 4.0)])  # squares matter less often
    inner, outer = x.T @ x, x.T @ summaries
    return [np.asarray(np.linalg.solve(inner + np.diag(ridge * penalty), outer)) for ridge in RIDGES]
