"""Prior futures: what nobody knows, drawn from each parameter's prior; and which unknowns matter most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from dashboard.jobs import Array
from experiments.designs import ByPrior, latin_hypercube
from simulation.parameter import Prior
from simulation.parameters import PARAMETERS

NUMBER = 256
"""Prior futures of a comparison."""

SEED = 2026


@cache
def priors(profile: str) -> dict[str, Prior]:
    """Parameters that are not fixed, with the priors of a population profile."""
    found = {}
    for name, p in PARAMETERS.items():
        prior = p.smi.prior if profile == "serious_mental_illness" and p.smi else p.prior
        if prior.shape != "fixed":
            found[name] = prior
    return found


@cache
def drawn(profile: str, n: int = NUMBER) -> tuple[dict[str, float], ...]:
    """Values of all unknown parameters in `n` equally likely futures (a Latin hypercube over the priors)."""
    unknown = priors(profile)
    spans = [ByPrior(prior, PARAMETERS[name].low, PARAMETERS[name].high) for name, prior in unknown.items()]
    rows = latin_hypercube(spans, n, SEED)
    return tuple({name: float(v) for name, v in zip(unknown, row, strict=True)} for row in rows)


@dataclass(frozen=True, slots=True)
class Unknown:
    """How far one unknown moves the change.

    Attributes:
        name: Parameter.
        strength: Rank correlation of the parameter with the change over prior futures, −1 to 1.
    """

    name: str
    strength: float


def strongest(values: Array, profile: str, most: int = 8) -> tuple[list[Unknown], float]:
    """Unknowns that move `values` (one for each prior future) beyond chance, strongest first, and the bar they passed.

    The bar is the largest rank correlation that one of so many unrelated parameters would show in 1 of 20 studies.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    keep = np.isfinite(values)
    n = int(keep.sum())
    table = drawn(profile)[: len(values)]
    names = list(priors(profile))
    bar = float(-ndtri(0.025 / len(names)) / np.sqrt(max(n - 1, 1)))
    if n < 3:
        return [], bar
    y = _standard(rankdata(values[keep]))
    x = np.array([[row[name] for name in names] for row in table])[keep]
    ranks = [_standard(rankdata(x[:, i])) for i in range(len(names))]
    found = [Unknown(name, float(np.dot(rank, y)) / n) for name, rank in zip(names, ranks, strict=True)]
    found = [u for u in found if abs(u.strength) > bar]
    return sorted(found, key=lambda u: -abs(u.strength))[:most], bar


def _standard(x: Array) -> Array:
    sd = x.std()
    return (x - x.mean()) / sd if sd > 0 else np.zeros_like(x)


def share_of_chance(by_chance: Array, by_all: Array) -> float:
    """Share of the spread (variance) of a change over prior futures that chance alone would make, 0 to 1."""
    chance, everything = float(np.nanvar(by_chance, ddof=1)), float(np.nanvar(by_all, ddof=1))
    return min(1.0, chance / everything) if everything > 0 else 1.0
