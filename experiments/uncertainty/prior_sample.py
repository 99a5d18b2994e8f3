"""Draws of the prior: what is believed of the model's parameters before any fit."""

from __future__ import annotations

from functools import cache

import numpy as np

from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.priors import for_profile, prior_quantile
from simulation.draws import named_uniforms
from simulation.parameter_types import Prior
from simulation.parameters import PARAMETERS

SIZE = 500
"""Draws of the sample that commands use where there is no posterior."""

SEED = 2026


def priors(profile: str) -> dict[str, Prior]:
    """Priors of a population profile, of the parameters that are not fixed, by name."""
    found = {name: for_profile(p, profile).prior for name, p in PARAMETERS.items()}
    return {name: prior for name, prior in found.items() if prior.shape != "fixed"}


@cache
def prior_draws(profile: str, n: int = SIZE, seed: int = SEED) -> ParameterDraws:
    """Draws of all unknown parameters from their priors, independently: a Latin hypercube, labelled uncalibrated.

    A parameter's draws depend on its name, `n` and `seed` alone, so that a change of the model elsewhere keeps them.

    Args:
        profile: Population profile.
        n: Draws, 1 or more.
        seed: Seed of the sample.
    """
    unknown = priors(profile)
    values = np.empty((n, len(unknown)))
    for j, (name, prior) in enumerate(unknown.items()):
        order, within = named_uniforms(seed, name, 2 * n).reshape(2, n)
        share = (np.argsort(np.argsort(order)) + within) / n
        values[:, j] = prior_quantile(prior, PARAMETERS[name].low, PARAMETERS[name].high, share)
    label = "draws of the prior, UNCALIBRATED: nothing has been fitted to data"
    return ParameterDraws(tuple(unknown), values, label, profile, kind="prior")
