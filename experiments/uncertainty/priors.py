"""Quantiles and probabilities of parameters' priors, truncated to their bounds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from experiments.support.types import FloatArray
from simulation.config import PROFILES
from simulation.parameter_types import Alternative, Parameter, Prior


def prior_quantile(prior: Prior, low: float, high: float, share: ArrayLike) -> FloatArray:
    """Values below which `share` of the prior lies, truncated to the bounds `low` and `high` of its parameter.

    Args:
        prior: Any prior with a width.
        low: Lower bound, in the parameter's unit.
        high: Upper bound.
        share: Probabilities from 0 to 1, of any shape.

    Returns:
        Values from `low` to `high`, of the shape of `share`.

    Raises:
        ValueError: The prior is "fixed", which has no quantiles.
    """
    u = np.asarray(share, dtype=np.float64)
    if prior.shape == "uniform":
        start, end = max(prior.a, low), min(prior.b, high)
        return np.asarray(start + u * (end - start))
    from scipy.special import betainc, betaincinv, ndtr, ndtri  # scipy.stats would add 0.4 s to every start

    with np.errstate(divide="ignore"):
        if prior.shape == "normal":
            ends = ndtr((np.array([low, high]) - prior.a) / prior.b)
            found = prior.a + prior.b * ndtri(ends[0] + u * (ends[1] - ends[0]))
        elif prior.shape == "lognormal":
            ends = ndtr((np.log(np.maximum([low, high], 0.0)) - np.log(prior.a)) / prior.b)
            found = prior.a * np.exp(prior.b * ndtri(ends[0] + u * (ends[1] - ends[0])))
        elif prior.shape == "beta":
            ends = betainc(prior.a, prior.b, np.clip([low, high], 0.0, 1.0))
            found = betaincinv(prior.a, prior.b, ends[0] + u * (ends[1] - ends[0]))
        else:
            raise ValueError("a fixed value has no prior to draw from")
    return np.asarray(np.clip(found, low, high))


def prior_share(prior: Prior, low: float, high: float, value: ArrayLike) -> FloatArray:
    """Share of the prior, truncated to `low` and `high`, that lies below a value; the inverse of `prior_quantile`.

    Args:
        prior: Any prior with a width.
        low: Lower bound, in the parameter's unit.
        high: Upper bound.
        value: Values of any shape; those beyond the bounds give 0 or 1.

    Raises:
        ValueError: The prior is "fixed", which has no shares.
    """
    x = np.asarray(value, dtype=np.float64)
    if prior.shape == "uniform":
        start, end = max(prior.a, low), min(prior.b, high)
        return np.asarray(np.clip((x - start) / (end - start), 0.0, 1.0))
    from scipy.special import betainc, ndtr

    def below(at: FloatArray) -> FloatArray:
        if prior.shape == "normal":
            return np.asarray(ndtr((at - prior.a) / prior.b))
        if prior.shape == "lognormal":
            with np.errstate(divide="ignore"):
                return np.asarray(ndtr((np.log(np.maximum(at, 0.0)) - np.log(prior.a)) / prior.b))
        if prior.shape == "beta":
            return np.asarray(betainc(prior.a, prior.b, np.clip(at, 0.0, 1.0)))
        raise ValueError("a fixed value has no prior to place a value in")

    start, end = below(np.array([low, high], dtype=np.float64))
    return np.asarray(np.clip((below(x) - start) / (end - start), 0.0, 1.0))


def for_profile(parameter: Parameter, profile: str) -> Parameter | Alternative:
    """Value, prior, kind and source of a parameter for a population profile.

    Args:
        parameter: The parameter.
        profile: Population profile, one of `simulation.config.PROFILES`.
    """
    return parameter.smi if profile == PROFILES[1] and parameter.smi else parameter


def prior_words(prior: Prior) -> str:
    """The prior as it is written in the parameter table: `lognormal(60, 0.5)`, or `fixed`."""
    return prior.shape if prior.shape == "fixed" else f"{prior.shape}({prior.a:g}, {prior.b:g})"


def prior_sentence(prior: Prior) -> str:
    """The prior in plain words: "about 60, within a factor of 1.6"."""
    if prior.shape == "uniform":
        return f"anything from {prior.a:g} to {prior.b:g}"
    if prior.shape == "normal":
        return f"about {prior.a:g}, give or take {prior.b:g}"
    if prior.shape == "lognormal":
        return f"about {prior.a:g}, within a factor of {math.exp(prior.b):.2g}"
    return prior_words(prior)
