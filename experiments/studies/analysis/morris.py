"""Morris' elementary effects: a few walks through many factors, to see which of them matter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from experiments.studies.analysis.lever_effects import Lever, Responses
from experiments.support.types import FloatArray


@dataclass(frozen=True, slots=True)
class Elementary:
    """How strongly, and how unevenly, a factor moves an outcome over its range (Morris).

    Attributes:
        label: Short name of the factor.
        star: Mean size of the elementary effects (mu*).
        mu: Their mean.
        sigma: Their standard deviation: large where the effect depends on other factors or is no straight line.
        number: How many there are.
    """

    label: str
    star: float
    mu: float
    sigma: float
    number: int


def elementary_effects(rows: Responses, outcome: str) -> list[Elementary]:
    """Morris' measures of each factor, the largest mu* first; factors without an effect to be seen are left out.

    An elementary effect is the change along a step of a walk in which one factor moves, scaled to that factor's whole
    range; the outcome is the mean paired difference from the baseline. Where the design does not say its walks, every
    two neighbouring rows that differ in one factor only are a step.

    Args:
        rows: Single points, of every factor.
        outcome: Name.
    """
    values = np.array([rows.estimate(outcome, i).mean for i in range(len(rows.names))])
    numbers = np.stack([_ranks(lever) for lever in rows.levers], axis=1)
    changes: list[list[float]] = [[] for _ in rows.levers]
    for a, b in rows.steps if rows.steps else _neighbours(numbers):
        moved = np.flatnonzero(numbers[a] != numbers[b])
        if moved.size == 1 and math.isfinite(values[a]) and math.isfinite(values[b]):
            k = int(moved[0])
            changes[k].append(float((values[b] - values[a]) / (numbers[b, k] - numbers[a, k])))
    found = []
    for lever, held in zip(rows.levers, changes, strict=True):
        if held:
            d = np.array(held)
            sigma = float(d.std(ddof=1)) if d.size > 1 else 0.0
            found.append(Elementary(lever.label, float(np.abs(d).mean()), float(d.mean()), sigma, d.size))
    return sorted(found, key=lambda e: -e.star)


def _neighbours(numbers: FloatArray) -> list[tuple[int, int]]:
    """Pairs of rows that differ in one column only and have no row between them."""
    pairs = []
    for k in range(numbers.shape[1]):
        lines: dict[bytes, list[int]] = {}
        for i, row in enumerate(numbers):
            lines.setdefault(np.delete(row, k).tobytes(), []).append(i)
        for line in lines.values():
            line.sort(key=lambda i: numbers[i, k])
            pairs += list(zip(line, line[1:], strict=False))
    return pairs


def _ranks(lever: Lever) -> FloatArray:
    """Value of each row on a scale from 0 (the lever's lowest) to 1."""
    places = np.array(lever.places)[lever.index]
    low, high = min(lever.places), max(lever.places)
    return np.asarray((places - low) / (high - low), dtype=np.float64)
