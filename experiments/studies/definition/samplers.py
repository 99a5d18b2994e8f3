"""Designs: which settings of the factors a study runs. Rows of values in, nothing of the model in between.

Sampled designs fill the unit cube and are then put on each factor's own scale by its `Span`. They depend on the seed
alone: values are rounded to six significant digits, so that the last bits of a machine's arithmetic do not matter.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.studies.definition.plan import Value
from experiments.support.types import FloatArray, IntArray
from experiments.uncertainty.priors import prior_quantile
from simulation.parameter_types import Prior

Row = tuple[Value, ...]

KINDS: tuple[str, ...] = ("grid", "latin-hypercube", "sobol", "one-at-a-time", "morris", "list")

DIGITS = 6
"""Significant digits of a sampled value: more than a plan can be carried out to, few enough to be typed again."""

LOW, HIGH = 0.05, 0.95
"""Quantiles of a prior that stand for its low and high end, one at a time."""


@dataclass(frozen=True, slots=True)
class Levels:
    """A factor that takes one of these values."""

    values: tuple[Value, ...]

    def at(self, u: float) -> Value:
        """Value at `u` from 0 up to 1; each value has an equal part of the interval."""
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def step(self, index: int, steps: int) -> Value:
        """Value at step `index` of 0 to `steps` - 1, from the first value to the last."""
        return self.values[math.floor(index / (steps - 1) * (len(self.values) - 1) + 0.5)]

    def ends(self) -> tuple[Value, ...]:
        """Values that stand for the whole, one at a time: all of them."""
        return self.values


@dataclass(frozen=True, slots=True)
class Between:
    """A factor that takes any value, or any whole number, from `low` to `high`."""

    low: float
    high: float
    whole: bool

    def at(self, u: float) -> Value:
        """Value at `u` from 0 up to 1; each whole number has an equal part of the interval."""
        if self.whole:
            return int(self.low) + min(int(u * (self.high - self.low + 1)), int(self.high - self.low))
        return min(max(rounded(self.low + u * (self.high - self.low)), self.low), self.high)

    def step(self, index: int, steps: int) -> Value:
        """Value at step `index` of 0 to `steps` - 1, from `low` to `high`."""
        u = index / (steps - 1)
        return int(self.low) + math.floor(u * (self.high - self.low) + 0.5) if self.whole else self.at(u)

    def ends(self) -> tuple[Value, ...]:
        """Values that stand for the whole, one at a time: the two ends."""
        return (int(self.low), int(self.high)) if self.whole else (self.low, self.high)


@dataclass(frozen=True, slots=True)
class ByPrior:
    """A parameter drawn from its prior, truncated to its bounds `low` and `high`."""

    prior: Prior
    low: float
    high: float

    def at(self, u: float) -> Value:
        """Quantile `u`, from 0 to 1."""
        return self.at_each(np.array([u]))[0]

    def at_each(self, u: FloatArray) -> list[Value]:
        """Quantiles `u`, from 0 to 1."""
        values = prior_quantile(self.prior, self.low, self.high, u).tolist()
        return [min(max(rounded(value), self.low), self.high) for value in values]

    def step(self, index: int, steps: int) -> Value:
        """Middle of part `index` of `steps` equally likely parts."""
        return self.at((index + 0.5) / steps)

    def ends(self) -> tuple[Value, ...]:
        """Values that stand for the whole, one at a time: the 5 % and the 95 % quantile."""
        return self.at(LOW), self.at(HIGH)


Span = Levels | Between | ByPrior
"""Where the values of a factor come from."""


def rounded(value: float) -> float:
    """`value` to six significant digits."""
    return float(f"{value:.{DIGITS}g}")


def grid(levels: Sequence[Levels]) -> Iterator[Row]:
    """Every combination of levels; the last factor changes fastest."""
    return itertools.product(*(each.values for each in levels))


def one_at_a_time(spans: Sequence[Span], base: Sequence[Value]) -> Iterator[Row]:
    """The base, then for each factor its levels (or its low and high end) with all others at the base."""
    yield tuple(base)
    for position, span in enumerate(spans):
        for value in span.ends():
            if value != base[position]:
                yield (*base[:position], value, *base[position + 1 :])


def latin_hypercube(spans: Sequence[Span], points: int, seed: int) -> list[Row]:
    """`points` rows; every factor has exactly one value in each of `points` equal parts of its range."""
    from scipy.stats import qmc

    return _on_scales(spans, qmc.LatinHypercube(len(spans), rng=seed).random(points))


def sobol(spans: Sequence[Span], points: int, seed: int) -> list[Row]:
    """`points` rows, a power of two, of a scrambled Sobol sequence."""
    from scipy.stats import qmc

    return _on_scales(spans, qmc.Sobol(len(spans), rng=seed).random_base2(points.bit_length() - 1))


def morris(spans: Sequence[Span], trajectories: int, steps: int, seed: int) -> list[Row]:
    """Trajectories of Morris (1991): from a random start, each factor moves once, by half of its range or a bit more.

    Args:
        spans: The factors.
        trajectories: How many walks; each has a row more than there are factors.
        steps: Even number of steps into which each range is divided.
        seed: Seed of starts, orders and directions.

    Returns:
        Rows, trajectory by trajectory; two that follow one another differ in one factor.
    """
    walks = morris_steps(len(spans), trajectories, steps, seed)
    return [tuple(span.step(int(i), steps) for span, i in zip(spans, row, strict=True)) for row in walks]


def morris_steps(factors: int, trajectories: int, steps: int, seed: int) -> IntArray:
    """The walks of `morris` in steps from 0 to `steps` - 1; shape (trajectories * (factors + 1), factors)."""
    from scipy.stats import qmc

    jump = steps // 2
    # A Latin hypercube over starts, orders and directions: the walks start evenly from all of the range.
    u = qmc.LatinHypercube(3 * factors, rng=seed).random(trajectories).reshape(trajectories, 3, factors)
    low = np.floor(u[:, 0] * (steps - jump)).astype(np.int64)
    order = np.argsort(np.argsort(u[:, 1], axis=1), axis=1)
    down = u[:, 2] < 0.5
    moved = np.arange(factors + 1)[None, :, None] > order[:, None, :]
    steps_taken: IntArray = low[:, None, :] + jump * (moved ^ down[:, None, :])
    return steps_taken.reshape(-1, factors)


def _on_scales(spans: Sequence[Span], cube: FloatArray) -> list[Row]:
    if not len(cube):
        return []
    return list(zip(*(_column(span, u) for span, u in zip(spans, cube.T, strict=True)), strict=True))


def _column(span: Span, u: FloatArray) -> list[Value]:
    return span.at_each(u) if isinstance(span, ByPrior) else [span.at(x) for x in u.tolist()]
