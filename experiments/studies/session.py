"""One session of a sweep: runs handed out and taken in, stored as they come, and how it stands all the while."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.execution.start_workers import for_people
from experiments.execution.tasks import Run, Task
from experiments.execution.time_left import Pace
from experiments.statistics.estimates import mean_rows
from experiments.studies.definition.plan import BASELINE, Fixed, StudyPlan
from experiments.studies.store.layout import COMPLETE, FAILED, MISSING, OUT_OF_TIME, STOPPED
from experiments.support.provenance import made_with
from experiments.support.types import BoolArray, IntArray

if TYPE_CHECKING:
    from experiments.execution.scheduler import WorkerPool
    from experiments.studies.store.memory import RunsInMemory
    from experiments.studies.store.writer import StudyWriter

FLUSH_SECONDS = 10.0
"""Finished runs are stored at least this often; more often in the first minutes, when there is less to put by."""

FIRST_FLUSH, FLUSH_SHARE = 0.5, 0.1
"""Seconds between the first stores, and by which share of the session's time they grow."""

FLUSH_RUNS = 2_000
"""And as soon as there are so many."""

OVERTIME = 1.1
"""How far a replication that has begun may go beyond `max_minutes`, so that every point has as many as the others."""

WIDTH_SECONDS = 1.0
"""How often the width of the interval of the lead outcome is worked out anew."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a sweep stands.

    Attributes:
        done: Runs that are there now, those of earlier sessions included.
        total: Runs wanted in all, as far as is known.
        fresh: Runs made in this session.
        failed: Runs of this session that failed.
        seconds_left: Estimate; NaN before there is one.
        outcome: Lead outcome.
        half_width: Of its paired differences, the widest over plans; in the outcome's unit, NaN before there is one.
    """

    done: int
    total: int
    fresh: int
    failed: int
    seconds_left: float
    outcome: str
    half_width: float


def lead(plan: StudyPlan) -> str:
    """The outcome whose differences a sweep watches."""
    return plan.outcomes[0] if isinstance(plan.replications, Fixed) else plan.replications.outcome


class Session:
    """One call of `sweep`, from the first run handed out to the last one stored."""

    def __init__(
        self,
        plan: StudyPlan,
        folder: StudyWriter | RunsInMemory,
        shard: tuple[int, int] | None,
        minutes: float | None,
        retry_failed: bool,
        on_standing: Callable[[Progress], None] | None,
    ) -> None:
        self.plan, self.folder, self.shard = plan, folder, shard
        self.on_standing = on_standing
        self.began = time.monotonic()
        self.minutes = minutes
        self.pace = Pace()
        self.handed_out = 0
        self.fresh = self.failed = 0
        self.buffer: list[Run] = []
        self.flushed = self.began
        self.out_of_time = False
        self.pool: WorkerPool | None = None
        self._width, self._width_at = math.nan, -math.inf
        if retry_failed:
            folder.status[folder.status == FAILED] = MISSING
        self.targets = self._targets()

    def count(self) -> tuple[int, int]:
        """Runs to do, as far as is known, and runs that are there."""
        wanted = self._wanted()
        there = self.folder.status != MISSING
        return int((wanted & ~there).sum()), int((wanted & there).sum())

    def run(self, pool: WorkerPool | None, command_line: str, executor: str) -> str:
        """Work until everything is there; note and return how it ended."""
        state = STOPPED
        problem: Exception | None = None
        self.pool = pool
        workers = 0 if pool is None else pool.slots()
        self.folder.note(command_line=command_line, executor=executor, workers=workers, **made_with())
        try:
            try:
                while pool is not None and not self.out_of_time and self._missing().any():
                    self._block(pool)
                    self.targets = self._targets()
                state = OUT_OF_TIME if self.out_of_time else COMPLETE
            except KeyboardInterrupt:
                self.buffer += pool.finished() if pool is not None else []
            except Exception as error:  # of any kind; raised again below, when what is finished is stored
                problem = error
            self._flush()
            if problem is not None:
                raise for_people(problem) from problem
            if pool is not None:
                pool.close()
            if state == COMPLETE:
                self.folder.compact()
        finally:
            with suppress(OSError):
                self._note(state=state)
        return state

    def _block(self, pool: WorkerPool) -> None:
        missing = self._missing()
        for batch in pool.run(self._tasks(missing), int(missing.sum())):
            now = time.monotonic()
            self.fresh += len(batch)
            self.failed += sum(run.status != "ok" for run in batch)
            self.buffer += batch
            for run in batch:
                self.folder.lead[run.point, run.replication] = run.values.get(lead(self.plan), math.nan)
            self.pace.learn(batch, pool.costs, now)
            patience = min(FLUSH_SECONDS, FIRST_FLUSH + FLUSH_SHARE * (now - self.began))
            if now - self.flushed > patience or len(self.buffer) >= FLUSH_RUNS:
                self._flush()
                self._note()
            if self.on_standing:
                self.on_standing(self._standing(now))
        self._flush()  # the next block is decided by what is stored

    def _tasks(self, missing: BoolArray) -> Iterator[Task]:
        """Replication by replication, every point of one before any of the next: a sweep that stops is balanced."""
        import simulation

        for replication in range(missing.shape[1]):
            points = np.flatnonzero(missing[:, replication])
            if len(points) and time.monotonic() + self._seconds_until_done(points) > self._end(1.0):
                self.out_of_time = True
                return
            for number in points:
                if time.monotonic() > self._end(OVERTIME):
                    self.out_of_time = True
                    return
                point = self.plan.points[number]
                self.handed_out += 1
                yield Task(
                    point.config, replication, self.plan.seed, simulation.SOURCE_HASH, int(number), self.plan.draws
                )

    def _end(self, share: float) -> float:
        """When `share` of the time that it may take is over; it counts from the start of the first run."""
        if self.minutes is None or self.pace.began is None:
            return math.inf
        return self.pace.began + 60 * self.minutes * share

    def _seconds_until_done(self, points: IntArray) -> float:
        """Estimate for what is handed out and one run of each of `points`; 0 before there is one."""
        if self.pool is None or not self.pool.costs.known:
            return 0.0
        pace = self.pace.now(time.monotonic(), self.pool.slots())
        waiting = (self.handed_out - self.fresh) * self.pool.costs.mean
        seconds = pace * (waiting + sum(self.pool.costs.of(int(number)) for number in points))
        return 0.0 if math.isnan(seconds) else seconds

    def _flush(self) -> None:
        runs, self.buffer = self.buffer, []
        self.folder.add(runs)
        self.flushed = time.monotonic()

    def _note(self, **facts: Any) -> None:
        seconds = time.monotonic() - self.began
        self.folder.note(runs=self.fresh, failed=self.failed, seconds=round(seconds, 1), **facts)

    def _targets(self) -> IntArray:
        """Replications wanted of each point, as far as is known."""
        rule = self.plan.replications
        if isinstance(rule, Fixed):
            return np.full(len(self.plan.points), rule.number)
        from experiments.studies.analysis.precision import wanted_replications

        there = self.folder.status != MISSING
        whole = np.where(there.all(axis=1), there.shape[1], np.argmin(there, axis=1))
        values = {point.number: self.folder.lead[point.number, : whole[point.number]] for point in self.plan.points}
        together = self.plan.draws.runs_per_draw if self.plan.draws else 1
        wanted = wanted_replications(rule, self.plan.points, values, together=together)
        return np.array([wanted[point.number] for point in self.plan.points])

    def _wanted(self) -> BoolArray:
        """Runs of this shard, as far as is known; shape (points, replications)."""
        points, most = self.folder.status.shape
        wanted: BoolArray = np.arange(most) < self.targets[:, None]
        if self.shard is None:
            return wanted
        part, parts = self.shard
        if isinstance(self.plan.replications, Fixed):
            mine: BoolArray = wanted & ((np.arange(points)[:, None] + np.arange(most)) % parts == part - 1)
            return mine
        # A rule looks at whole plans and their baseline, so each shard has its plans and the baselines these need.
        own = np.array([p.plan != BASELINE and p.number % parts == part - 1 for p in self.plan.points])
        need: dict[int, int] = {}
        for p in self.plan.points:
            if own[p.number]:
                need[p.future] = max(need.get(p.future, 0), int(self.targets[p.number]))
        bases = np.array([need.get(p.future, 0) if p.plan == BASELINE else 0 for p in self.plan.points])
        mine = (wanted & own[:, None]) | (np.arange(most) < bases[:, None])
        return mine

    def _missing(self) -> BoolArray:
        missing: BoolArray = self._wanted() & (self.folder.status == MISSING)
        return missing

    def _standing(self, now: float) -> Progress:
        todo, done = self.count()
        pending = len(self.buffer)
        if now - self._width_at > WIDTH_SECONDS:
            self._width, self._width_at = self._widest(), now
        return Progress(
            done + pending, todo + done, self.fresh, self.failed, self._seconds_left(now), lead(self.plan), self._width
        )

    def _seconds_left(self, now: float) -> float:
        """What is left to do at the pace of late, each point weighed by what a run of it takes."""
        if self.pool is None:
            return math.nan
        missing = Counter(dict(enumerate(self._missing().sum(axis=1).tolist())))
        missing.subtract(run.point for run in self.buffer)
        return self.pace.seconds(missing, self.pool.costs, now, self.pool.slots())

    def _widest(self) -> float:
        """Widest half-width of the paired differences of the lead outcome from the baseline of their future."""
        bases = {point.future: point.number for point in self.plan.points if point.plan == BASELINE}
        plans = [point.number for point in self.plan.points if point.plan != BASELINE and point.future in bases]
        lead = self.folder.lead[:, : max(int(self.targets.max(initial=0)), 1)]
        draws = self.plan.draws
        clusters = None if draws is None else np.array([draws.number(r) for r in range(lead.shape[1])])
        less = lead[plans] - lead[[bases[self.plan.points[number].future] for number in plans]]
        found = mean_rows(less, clusters=clusters)
        half = (found.high - found.low) / 2
        half = half[np.isfinite(half)]
        return float(half.max()) if half.size else math.nan


def work_through(
    plan: StudyPlan,
    store: StudyWriter | RunsInMemory,
    hire_for: Callable[[int], WorkerPool],
    tell: Callable[[str], None],
    *,
    shard: tuple[int, int] | None = None,
    minutes: float | None = None,
    retry_failed: bool = False,
    on_start: Callable[[int, int], None] | None = None,
    on_standing: Callable[[Progress], None] | None = None,
    command_line: str = "",
    executor: str = "local",
) -> tuple[str, int]:
    """One session of a study: make the runs that `store` lacks.

    Args:
        plan: The study.
        store: Where its runs go; it may hold some.
        hire_for: Makes the workers for a number of runs; not called where nothing is left to do.
        tell: Called with lines for people.
        shard: Only part i of n.
        minutes: Stop so long after the first run began; None for no limit.
        retry_failed: Make runs again that failed before.
        on_start: Called with the number of runs to do and of runs found.
        on_standing: Called after each batch of finished runs.
        command_line: Kept in the record of the session.
        executor: The same: where the workers are.

    Returns:
        How it ended (complete, stopped, out of time), and how many runs are wanted in all.
    """
    for message in store.messages:
        tell(message)
    session = Session(plan, store, shard, minutes, retry_failed, on_standing)
    todo, found = session.count()
    if on_start:
        on_start(todo, found)
    with hire_for(todo) if todo else nullcontext() as pool:
        return session.run(pool, command_line, executor), todo + found
