"""Futures: what nobody knows, drawn from the shipped posterior or else from priors; and what of it matters most."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from dashboard.compute.worker import Numbers
from experiments.support.types import FloatArray
from experiments.uncertainty.draws import ParameterDraws

NUMBER = max(64, int(os.environ.get("PEERBRIDGE_FUTURES", "256")))
"""Futures of a comparison: half as many draws, each with two runs, so that chance can be told from the rest."""

SEED = 2026


def chance_only(change: FloatArray, draw: Numbers) -> FloatArray:
    """What a change would look like if nothing but chance differed: its spread around each draw's own mean.

    Args:
        change: Paired differences, shape (n,).
        draw: Number of the draw of each, shape (n,).
    """
    keep = np.isfinite(change)
    x, (_, which, counts) = change[keep], np.unique(draw[keep], return_inverse=True, return_counts=True)
    whole = counts[which] > 1
    if not whole.any():
        return x
    means = np.bincount(which, weights=x) / counts
    widened = (x - means[which]) * np.sqrt(counts[which] / np.maximum(counts[which] - 1, 1))
    return np.asarray(float(np.median(x)) + widened[whole])


@dataclass(frozen=True, slots=True)
class Unknown:
    """How far one unknown moves the change.

    Attributes:
        name: Parameter.
        strength: Rank correlation of the parameter with the change over futures, −1 to 1.
    """

    name: str
    strength: float


def strongest(change: FloatArray, draw: Numbers, draws: ParameterDraws, most: int = 8) -> tuple[list[Unknown], float]:
    """Unknowns that move a change beyond chance, strongest first, and the bar they passed.

    The bar is the largest rank correlation that one of so many unrelated parameters would show in 1 of 20 studies.

    Args:
        change: Paired differences, shape (n,).
        draw: Number of the draw of each, shape (n,).
        draws: The draws.
        most: Unknowns that are handed back.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    keep = np.isfinite(change)
    numbers, which, counts = np.unique(draw[keep], return_inverse=True, return_counts=True)
    n = len(numbers)
    bar = float(-ndtri(0.025 / len(draws.names)) / np.sqrt(max(n - 1, 1)))
    if n < 3:
        return [], bar
    y = _standard(rankdata(np.bincount(which, weights=change[keep]) / counts))
    ranks = [_standard(rankdata(column)) for column in draws.values[numbers].T]
    found = [Unknown(name, float(np.dot(rank, y)) / n) for name, rank in zip(draws.names, ranks, strict=True)]
    found = [u for u in found if abs(u.strength) > bar]
    return sorted(found, key=lambda u: -abs(u.strength))[:most], bar


def _standard(x: FloatArray) -> FloatArray:
    sd = x.std()
    return (x - x.mean()) / sd if sd > 0 else np.zeros_like(x)
