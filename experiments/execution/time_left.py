"""Estimate of the time remaining, from the rate at which recent runs finished."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

from experiments.execution.scheduler import RunTimes
from experiments.execution.tasks import Run

LATELY = 60.0
"""Seconds of the moving window: a change of speed or of workers shows within them."""

FEWEST = 20
"""Least batches in the moving window."""


class Pace:
    """Ratio of wall-clock time to measured run time, used to estimate the time remaining.

    The clock starts with the first run that comes in: before, workers start and the model may be compiled.
    """

    def __init__(self) -> None:
        self.began: float | None = None
        """When the first run that came in began; None before."""
        self._batches: deque[tuple[float, float]] = deque()
        """Time, and work done by then."""
        self._number = 0

    def learn(self, runs: Sequence[Run], costs: RunTimes, now: float) -> None:
        """Add a batch of runs that finished at `now`; `costs` has been updated by them already."""
        done = self._batches[-1][1] if self._batches else 0.0
        if self.began is None:
            self.began = now - sum(run.seconds for run in runs)
            self._batches.append((now, done))
            return
        self._number += 1
        self._batches.append((now, done + sum(costs.of(run.point) for run in runs)))
        while len(self._batches) > FEWEST and self._batches[1][0] < now - LATELY:
            self._batches.popleft()

    def now(self, now: float, workers: int) -> float:
        """The ratio at `now`; NaN before two batches have finished.

        Args:
            now: The time.
            workers: Runs at once. While few batches have come, these cannot have done more than that many seconds of
                work a second: what came began before the clock.
        """
        if len(self._batches) < 2:
            return math.nan
        (since, before), (_, done) = self._batches[0], self._batches[-1]
        if done <= before:
            return math.nan
        pace = (now - since) / (done - before)
        return max(pace, 1 / workers) if self._number < 4 * workers and workers else pace

    def seconds(self, runs: Mapping[int, int], costs: RunTimes, now: float, workers: int) -> float:
        """Estimated seconds for so many runs of each point; NaN before there is an estimate."""
        work = sum(number * costs.of(point) for point, number in runs.items() if number > 0)
        return work * self.now(now, workers) if work else 0.0
