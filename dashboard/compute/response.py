"""What one lever does over its whole range: runs of a plan at each level, on the same draws, people and luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.catalogue.levers import Lever, Settings, config
from dashboard.compute.paired_summary import compare_plans
from dashboard.compute.worker import Runs
from experiments.outcomes.difference import Difference
from experiments.support.types import FloatArray
from simulation.config import Config

NEARLY_ALL = 0.9
"""Share of the whole change from which a curve counts as flat."""


@dataclass(frozen=True, slots=True)
class Response:
    """A plan at levels of one lever.

    Attributes:
        lever: The lever.
        levels: Its levels, rising; the plan's own and today's are among them.
        runs: Runs at each level.
        plan: The plan's level, and its runs on the page, which are more; None where it lies beyond the slider.
    """

    lever: Lever
    levels: tuple[float, ...]
    runs: tuple[Runs, ...]
    plan: tuple[float, Runs] | None = None

    def means(self, outcome: str) -> FloatArray:
        """Mean of an outcome at each level; NaN where nobody is counted.

        All are moved so that the plan's is that of the page: to it come the differences of the paired runs.
        """
        x = np.array([_mean(made.values[outcome]) for made in self.runs])
        if self.plan is None or self.plan[0] not in self.levels:
            return x
        shift = _mean(self.plan[1].values[outcome]) - x[self.levels.index(self.plan[0])]
        return np.where(x == 0, 0.0, np.maximum(x + shift, 0.0)) if np.isfinite(shift) else x

    def defined(self, outcome: str) -> list[int]:
        """Numbers of the levels at which an outcome has a mean."""
        return np.flatnonzero(np.isfinite(self.means(outcome))).tolist()

    def whole_change(self, outcome: str) -> Difference:
        """The highest level less the lowest, by the rule of every page."""
        return compare_plans(outcome, self.runs[0], self.runs[-1])

    def flat_from(self, outcome: str) -> float:
        """The level by which nearly all of the change from the lowest to the highest is there."""
        x = self.means(outcome)[self.defined(outcome)]
        there = np.abs(x - x[0]) >= NEARLY_ALL * abs(x[-1] - x[0])
        return [self.levels[i] for i in self.defined(outcome)][int(np.argmax(there))]


def _mean(values: FloatArray) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else float("nan")


def levels(lever: Lever, *own: float) -> tuple[float, ...]:
    """Levels of a curve: those of the lever, and its values in the plan and today that lie within its ends."""
    return tuple(sorted({*map(float, lever.curve), *(float(v) for v in own if lever.low <= v <= lever.high)}))


def configs(lever: Lever, world: Settings, plan: Settings, at: tuple[float, ...]) -> Mapping[str, Config]:
    """The plan at each level, by the level as text."""
    return {f"{level:g}": config(world, plan | {lever.name: _typed(lever, level)}) for level in at}


def _typed(lever: Lever, level: float) -> int | float:
    return int(level) if float(lever.step).is_integer() else level
