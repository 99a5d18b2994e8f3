"""Sweeps: every point of a study, replication by replication, until it is done, stopped or out of time.

The same call goes on where an earlier one ended. What ends up in the folder does not depend on workers, executors,
interruptions or shards.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments import executors, interrupts
from experiments.engine import Crew
from experiments.errors import BadInput
from experiments.kept import SERIES_CURVES, SERIES_DAILY, SERIES_PREDICTIONS, SUBGROUPS
from experiments.provenance import made_with
from experiments.runs import GRACE_SECONDS, Orders, OtherVersions, Run, Task, fingerprint
from experiments.shards import ALONE
from experiments.statistics import mean_rows
from experiments.studies import COMPLETE, OUT_OF_TIME, STOPPED
from experiments.study_plan import BASELINE, Fixed, StudyPlan
from experiments.study_writing import FAILED, MISSING, StudyWriter

if TYPE_CHECKING:
    from experiments.dask_cluster import Cluster
    from experiments.parameter_draws import ParameterDraws
    from experiments.study_data import StudyData

FLUSH_SECONDS = 10.0
"""Finished runs are stored at least this often."""

FLUSH_RUNS = 2_000
"""And as soon as there are so many."""

OVERTIME = 1.1
"""How far a replication that has begun may go beyond `max_minutes`, so that every point has as many as the others."""

WIDTH_SECONDS = 1.0
"""How often the width of the interval of the lead outcome is worked out anew."""


@dataclass(frozen=True, slots=True)
class Standing:
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


def sweep(
    study: str | Path | StudyPlan,
    *,
    out: Path | str,
    workers: int | None = None,
    dask: str | None = None,
    shard: tuple[int, int] | None = None,
    max_minutes: float | None = None,
    replications: int | None = None,
    seed: int = 0,
    settings: Sequence[str] = (),
    draws: ParameterDraws | None = None,
    retry_failed: bool = False,
    on_start: Callable[[int, int], None] | None = None,
    on_standing: Callable[[Standing], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    command_line: str = "",
) -> StudyData:
    """Run a study: many plans, each compared with a baseline on shared draws.

    Args:
        study: Name of a bundled study, a study file, or a plan that has been read.
        out: Folder of the study; goes on where an earlier call with the same study stopped.
        workers: Worker processes on this machine; None for one per core.
        dask: Address of a Dask scheduler whose workers make the runs instead.
        shard: (i, n): only part i of n; the parts may share one folder, at the same time or one after the other.
        max_minutes: Stop in an orderly, balanced way after this time; None for what the study says.
        replications: Runs of each point, whatever the study says.
        seed: Root seed; only where `study` is a name or file.
        settings: Settings of every scenario, such as "run.days=730"; only where `study` is a name or file.
        draws: Sample of the model's parameters: every two replications use one draw, in every plan the same, and the
            answers carry what nobody knows; None for the start values, or for what a plan that was read says.
        retry_failed: Make runs again that failed before.
        on_start: Called with the number of runs to do and of runs found in `out`.
        on_standing: Called after each batch of finished runs.
        on_message: Called with lines for people.
        command_line: Kept in the record of the session.

    Returns:
        The study, read; after Ctrl-C or `max_minutes`, what there is. `StudyData.ended` says which.

    Raises:
        BadInput: The study, an option, the cluster or the folder is not usable; nothing has been written then. Also a
            worker that turns out to have other versions: what was flushed is kept.
        OSError: The disk is full or the folder cannot be written; what was flushed is kept.
    """
    from experiments.study_data import read_study

    plan = _plan(study, replications, seed, settings)
    plan = plan if draws is None else plan.with_draws(draws)
    if workers is not None and workers < 1:
        raise BadInput(f"workers must be 1 or more, not {workers}")
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        raise BadInput(f"shard must be (i, n) with 1 <= i <= n, not {shard}")
    minutes = plan.limits.max_minutes if max_minutes is None else max_minutes
    if minutes is not None and not 0 < minutes < math.inf:
        raise BadInput(f"max_minutes must be a number above 0, not {minutes}")

    import simulation

    model = f"{simulation.VERSION}+{simulation.SOURCE_HASH}"
    StudyWriter.check(Path(out), plan, model)
    say = on_message or _say
    with ExitStack() as stack:
        stack.enter_context(interrupts.terminations())
        cluster = None
        if dask is not None:
            from experiments.dask_cluster import connect

            cluster = stack.enter_context(connect(dask))
        writer = ALONE if shard is None else f"{shard[0]}of{shard[1]}"
        folder = stack.enter_context(StudyWriter.open(Path(out), plan, model, writer=writer, lead=_lead(plan)))
        for message in folder.messages:
            say(message)
        work = _Work(plan, folder, shard, minutes, retry_failed, on_standing)
        todo, found = work.count()
        if on_start:
            on_start(todo, found)
        hands = stack.enter_context(_hire(plan, workers, cluster, todo, say)) if todo else None
        ended = work.go(hands, command_line, dask or "local")
    data = read_study(out)
    data.ended = ended
    return data


def _plan(study: str | Path | StudyPlan, replications: int | None, seed: int, settings: Sequence[str]) -> StudyPlan:
    from dataclasses import replace

    if isinstance(study, StudyPlan):
        return study if replications is None else replace(study, replications=Fixed(replications))
    from experiments.study_file import read_study_file

    return read_study_file(study, replications=replications, seed=seed, settings=settings)


def _lead(plan: StudyPlan) -> str:
    return plan.outcomes[0] if isinstance(plan.replications, Fixed) else plan.replications.outcome


def _hire(plan: StudyPlan, workers: int | None, cluster: Cluster | None, todo: int, say: Callable[[str], None]) -> Crew:
    """The workers of a sweep: processes of this machine, or those of a Dask cluster."""
    keep = [
        name
        for name, wanted in (
            (SERIES_DAILY, plan.keep.daily), (SERIES_CURVES, plan.keep.curves), (SUBGROUPS, plan.keep.subgroups),
            (SERIES_PREDICTIONS, plan.keep.predictions),
        ) if wanted
    ]  # fmt: skip
    limit = plan.limits.run_seconds
    orders = Orders(tuple(keep), limit, expendable=True, grace=GRACE_SECONDS, made_by=fingerprint())
    if cluster is not None:
        if not cluster.slots():
            say(f"No workers at {cluster.address} yet; waiting for them.")
        return cluster.crew(orders)
    from simulation import kernel_is_compiled

    if not kernel_is_compiled():
        say("Compiling the model for this machine, once: up to 45 seconds ...")
        from experiments.runs import warm_up

        with executors.local(1)() as one:
            one.submit(warm_up).result()
    number = min(workers or os.cpu_count() or 1, todo)
    # Beyond the guard inside the worker: a process that does not answer at all (stopped, stuck in the system).
    patience = None if orders.patience is None else 2 * orders.patience + 30
    return Crew(executors.local(number, patience), number, orders)


class _Work:
    """One session of one sweep."""

    def __init__(
        self,
        plan: StudyPlan,
        folder: StudyWriter,
        shard: tuple[int, int] | None,
        minutes: float | None,
        retry_failed: bool,
        on_standing: Callable[[Standing], None] | None,
    ) -> None:
        self.plan, self.folder, self.shard = plan, folder, shard
        self.on_standing = on_standing
        self.began = time.monotonic()
        self.deadline = math.inf if minutes is None else self.began + 60 * minutes
        self.last_moment = math.inf if minutes is None else self.began + 60 * minutes * OVERTIME
        self.handed_out = 0
        self.fresh = self.failed = 0
        self.buffer: list[Run] = []
        self.flushed = self.began
        self.out_of_time = False
        self.crew: Crew | None = None
        self._width, self._width_at = math.nan, -math.inf
        self._pace_from: float | None = None
        self._work_done = 0.0
        if retry_failed:
            folder.status[folder.status == FAILED] = MISSING
        self.targets = self._targets()

    def count(self) -> tuple[int, int]:
        """Runs to do, as far as is known, and runs that are there."""
        wanted = self._wanted()
        there = self.folder.status != MISSING
        return int((wanted & ~there).sum()), int((wanted & there).sum())

    def go(self, crew: Crew | None, command_line: str, executor: str) -> str:
        """Work until everything is there; note and return how it ended."""
        state = STOPPED
        problem: Exception | None = None
        self.crew = crew
        workers = 0 if crew is None else crew.slots()
        self.folder.note(command_line=command_line, executor=executor, workers=workers, **made_with())
        try:
            try:
                while crew is not None and not self.out_of_time and self._missing().any():
                    self._block(crew)
                    self.targets = self._targets()
                state = OUT_OF_TIME if self.out_of_time else COMPLETE
            except KeyboardInterrupt:
                self.buffer += crew.finished() if crew is not None else []
            except Exception as error:
                problem = error
            self._flush()  # whatever happened: what is finished is kept
            if problem is not None:
                raise _for_people(problem) from problem
            if crew is not None:
                crew.close()
            if state == COMPLETE:
                self.folder.compact()
        finally:
            with suppress(OSError):
                self._note(state=state)
        return state

    def _block(self, crew: Crew) -> None:
        missing = self._missing()
        for batch in crew.run(self._tasks(missing), int(missing.sum())):
            now = time.monotonic()
            self.fresh += len(batch)
            self.failed += sum(run.status != "ok" for run in batch)
            self.buffer += batch
            for run in batch:
                self.folder.lead[run.point, run.replication] = run.values.get(_lead(self.plan), math.nan)
            if self._pace_from is None:
                self._pace_from = now  # workers that were still starting say nothing about the pace
            else:
                self._work_done += sum(run.seconds for run in batch)
            if now - self.flushed > FLUSH_SECONDS or len(self.buffer) >= FLUSH_RUNS:
                self._flush()
                self._note()
            if self.on_standing:
                self.on_standing(self._standing(now))
        self._flush()  # the next block is decided by what is stored

    def _tasks(self, missing: NDArray[np.bool_]) -> Iterator[Task]:
        """Replication by replication, every point of one before any of the next: a sweep that stops is balanced."""
        import simulation

        for replication in range(missing.shape[1]):
            points = np.flatnonzero(missing[:, replication])
            if len(points) and time.monotonic() + self._seconds_until_done(points) > self.deadline:
                self.out_of_time = True
                return
            for number in points:
                if time.monotonic() > self.last_moment:
                    self.out_of_time = True
                    return
                point = self.plan.points[number]
                self.handed_out += 1
                yield Task(
                    point.config, replication, self.plan.seed, simulation.SOURCE_HASH, int(number), self.plan.draws
                )

    def _seconds_until_done(self, points: NDArray[np.int64]) -> float:
        """Estimate for what is handed out and one run of each of `points`; 0 before there is one."""
        pace = self._pace()
        if self.crew is None or math.isnan(pace):
            return 0.0
        waiting = (self.handed_out - self.fresh) * self.crew.costs.mean
        return pace * (waiting + sum(self.crew.costs.of(int(number)) for number in points))

    def _pace(self) -> float:
        """Seconds that pass for each second of work, by what came so far; NaN before anything did."""
        if self._pace_from is None or not self._work_done:
            return math.nan
        return (time.monotonic() - self._pace_from) / self._work_done

    def _flush(self) -> None:
        runs, self.buffer = self.buffer, []
        self.folder.add(runs)
        self.flushed = time.monotonic()

    def _note(self, **facts: Any) -> None:
        seconds = time.monotonic() - self.began
        self.folder.note(runs=self.fresh, failed=self.failed, seconds=round(seconds, 1), **facts)

    def _targets(self) -> NDArray[np.int64]:
        """Replications wanted of each point, as far as is known."""
        rule = self.plan.replications
        if isinstance(rule, Fixed):
            return np.full(len(self.plan.points), rule.number)
        from experiments.precision import wanted_replications

        there = self.folder.status != MISSING
        whole = np.where(there.all(axis=1), there.shape[1], np.argmin(there, axis=1))
        values = {point.number: self.folder.lead[point.number, : whole[point.number]] for point in self.plan.points}
        wanted = wanted_replications(rule, self.plan.points, values)
        return np.array([wanted[point.number] for point in self.plan.points])

    def _wanted(self) -> NDArray[np.bool_]:
        """Runs of this shard, as far as is known; shape (points, replications)."""
        points, most = self.folder.status.shape
        wanted: NDArray[np.bool_] = np.arange(most) < self.targets[:, None]
        if self.shard is None:
            return wanted
        part, parts = self.shard
        if isinstance(self.plan.replications, Fixed):
            mine: NDArray[np.bool_] = wanted & ((np.arange(points)[:, None] + np.arange(most)) % parts == part - 1)
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

    def _missing(self) -> NDArray[np.bool_]:
        missing: NDArray[np.bool_] = self._wanted() & (self.folder.status == MISSING)
        return missing

    def _standing(self, now: float) -> Standing:
        todo, done = self.count()
        pending = len(self.buffer)
        if now - self._width_at > WIDTH_SECONDS:
            self._width, self._width_at = self._widest(), now
        return Standing(
            done + pending, todo + done, self.fresh, self.failed, self._seconds_left(), _lead(self.plan), self._width
        )

    def _seconds_left(self) -> float:
        """What is left to do at the pace so far, each point weighed by what a run of it takes."""
        if self.crew is None:
            return math.nan
        missing = self._missing().sum(axis=1)
        for run in self.buffer:
            missing[run.point] -= 1
        left = sum(int(n) * self.crew.costs.of(point) for point, n in enumerate(missing) if n > 0)
        return left * self._pace()

    def _widest(self) -> float:
        """Widest half-width of the paired differences of the lead outcome from the baseline of their future."""
        bases = {point.future: point.number for point in self.plan.points if point.plan == BASELINE}
        plans = [point.number for point in self.plan.points if point.plan != BASELINE and point.future in bases]
        lead = self.folder.lead[:, : max(int(self.targets.max(initial=0)), 1)]
        found = mean_rows(lead[plans] - lead[[bases[self.plan.points[number].future] for number in plans]])
        half = (found.high - found.low) / 2
        half = half[np.isfinite(half)]
        return float(half.max()) if half.size else math.nan


def _for_people(error: Exception) -> Exception:
    if isinstance(error, CancelledError):
        return ConnectionError("the Dask scheduler is gone")
    if isinstance(error, OtherVersions):
        return BadInput(f"{error}; finished runs are kept, the same command goes on")
    return error


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
