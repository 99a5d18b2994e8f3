"""Runs of plans as a search asks for them, kept in a study folder: what is there is not made again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.execution.kept_tables import SUBGROUPS
from experiments.execution.start_workers import for_people, hire
from experiments.execution.tasks import GRACE_SECONDS, Run, RunOptions, Task
from experiments.execution.worker import fingerprint
from experiments.studies.definition.plan import StudyPlan
from experiments.studies.store.layout import COMPLETE, OUT_OF_TIME, STOPPED, connect, quoted
from experiments.studies.store.writer import StudyWriter
from experiments.support import signals
from experiments.support.messages import say
from experiments.support.provenance import made_with
from experiments.support.types import FloatArray

if TYPE_CHECKING:
    from experiments.execution.scheduler import WorkerPool


FLUSH_SECONDS = 5.0
"""Finished runs are stored at least this often."""

Wanted = tuple[str, tuple[str, str] | None]
"""An outcome, and the group of people that it is of (None for everyone)."""


class OutOfRuns(Exception):
    """What is asked for would go beyond the most runs, or the time, that the question allows."""


class Evaluator:
    """Values of plans by replication, made and stored when they are asked for. Use it as a context manager.

    Args:
        plan: Study whose points may be asked for.
        out: Folder of the study; goes on where an earlier call stopped.
        wanted: Outcomes that will be asked for.
        runs: Most runs in all, those of earlier calls counted where they are asked for again.
        minutes: Time after which no more runs are made; None for no limit.
        workers: Most processes; None for one per core.
        on_progress: Called with the runs used so far, and the seconds since the start.
        tell: Called with lines for people.
        command_line: Kept in the record of the session.

    Attributes:
        used: Runs that were asked for.
        fresh: Runs of them that were made by this call.
        failed: Runs of this call that failed.
    """

    def __init__(
        self,
        plan: StudyPlan,
        out: Path,
        wanted: Sequence[Wanted],
        runs: int,
        *,
        minutes: float | None = None,
        workers: int | None = None,
        on_progress: Callable[[int, float], None] | None = None,
        tell: Callable[[str], None] | None = None,
        command_line: str = "",
    ) -> None:
        self.plan, self.out, self.wanted, self.runs = plan, out, tuple(dict.fromkeys(wanted)), runs
        self.minutes, self.workers = minutes, workers
        self.on_progress, self.tell, self.command_line = on_progress, tell or say, command_line
        self.used = self.fresh = self.failed = 0
        self._values: dict[int, dict[Wanted, FloatArray]] = {}
        self._asked: dict[int, int] = {}
        self._tried: set[tuple[int, int]] = set()
        self._stack = ExitStack()
        self._pool: WorkerPool | None = None
        self._began = self._flushed = time.monotonic()
        self._buffer: list[Run] = []

    def __enter__(self) -> Evaluator:
        import simulation

        model = f"{simulation.VERSION}+{simulation.SOURCE_HASH}"
        self._stack.enter_context(signals.terminations())
        self._folder = self._stack.enter_context(StudyWriter.open(self.out, self.plan, model))
        for message in self._folder.messages:
            self.tell(message)
        self._read()
        self._folder.note(command_line=self.command_line, executor="local", **made_with())
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        state = COMPLETE if kind is None else OUT_OF_TIME if kind is OutOfRuns else STOPPED
        try:
            self._flush()
            if kind is None:
                self._folder.compact()
            self._folder.note(state=state, runs=self.fresh, failed=self.failed)
        finally:
            self._stack.close()

    @property
    def most(self) -> int:
        """Replications that a plan can have."""
        return self.plan.replications.most

    def need(self, points: Iterable[int], replications: int) -> None:
        """Make what is missing of the first replications of each point, replication by replication.

        Raises:
            OutOfRuns: That would be too many runs, or the time is up; nothing has been made then.
            KeyboardInterrupt: Ctrl-C; what was finished is stored.
            InputError: Workers have other versions than this process.
        """
        numbers = list(dict.fromkeys(points))
        more = sum(max(0, replications - self._asked.get(p, 0)) for p in numbers)
        if self.used + more > self.runs or replications > self.most:
            raise OutOfRuns
        tasks = [
            (p, r) for r in range(replications) for p in numbers if r >= self._asked.get(p, 0)
            and (p, r) not in self._tried
        ]  # fmt: skip
        if tasks and self.minutes is not None and time.monotonic() - self._began > 60 * self.minutes:
            raise OutOfRuns
        self._make(tasks)
        self.used += more
        for p in numbers:
            self._asked[p] = max(self._asked.get(p, 0), replications)
        self._show()

    def values(self, point: int, wanted: Wanted, replications: int) -> FloatArray:
        """Values of an outcome in the first replications of a point; NaN where a run failed or it is not defined."""
        held = self._values.get(point, {}).get(wanted)
        return np.full(replications, math.nan) if held is None else held[:replications]

    def asked(self, point: int) -> int:
        """Replications of a point that were asked for so far."""
        return self._asked.get(point, 0)

    def _make(self, tasks: list[tuple[int, int]]) -> None:
        import simulation

        if not tasks:
            return
        if self._pool is None:
            keep = (SUBGROUPS,) if self.plan.keep.subgroups else ()
            limit = self.plan.limits.run_seconds
            orders = RunOptions(keep, limit, expendable=True, grace=GRACE_SECONDS, made_by=fingerprint())
            self._pool = self._stack.enter_context(hire(orders, self.workers, None, self.runs, self.tell))
            self._began = time.monotonic()  # compiling the model and starting workers do not count
        pool = self._pool
        made = (
            Task(self.plan.points[p].config, r, self.plan.seed, simulation.SOURCE_HASH, p, self.plan.draws)
            for p, r in tasks
        )
        try:
            for batch in pool.run(made, len(tasks)):
                self._take(batch)
                self._buffer += batch
                if time.monotonic() - self._flushed > FLUSH_SECONDS:
                    self._flush()
                self._show()
        except KeyboardInterrupt:
            self._buffer += pool.finished()
            raise
        except Exception as error:  # whatever the pool raises is told in words, its cause kept
            raise for_people(error) from error

    def _flush(self) -> None:
        runs, self._buffer = self._buffer, []
        self._folder.add(runs)
        self._flushed = time.monotonic()

    def _take(self, batch: list[Run]) -> None:
        for run in batch:
            self.fresh += 1
            self.failed += run.status != "ok"
            self._tried.add((run.point, run.replication))
            for wanted in self.wanted:
                name, group = wanted
                if group is None:
                    self._put(run.point, run.replication, wanted, run.values.get(name, math.nan))
            if SUBGROUPS in run.tables:
                rows = run.tables[SUBGROUPS].select(["variable", "level", "outcome", "value"]).to_pylist()
                for row in rows:
                    wanted = (row["outcome"], (row["variable"], row["level"]))
                    if wanted in self.wanted and row["value"] is not None:
                        self._put(run.point, run.replication, wanted, row["value"])

    def _put(self, point: int, replication: int, wanted: Wanted, value: float) -> None:
        held = self._values.setdefault(point, {})
        if wanted not in held:
            held[wanted] = np.full(self.most, math.nan)
        held[wanted][replication] = value

    def _read(self) -> None:
        """Take what an earlier call stored."""
        status = self._folder.status
        self._tried = {(int(p), int(r)) for p, r in zip(*np.nonzero(status), strict=True)}
        if not self._tried:
            return
        names = [name for name, group in self.wanted if group is None]
        with connect(self.out) as connection:
            columns = ", ".join(["point", "replication", *(quoted(name) for name in names)])
            for row in connection.sql(f"SELECT {columns} FROM runs WHERE status = 'ok'").fetchall():
                for name, value in zip(names, row[2:], strict=True):
                    self._put(row[0], row[1], (name, None), math.nan if value is None else value)
            files = sorted((self.out / SUBGROUPS).glob("*.parquet"))
            if files and self.plan.keep.subgroups:
                listed = [str(file) for file in files if not file.name.startswith(".")]
                found = connection.execute(
                    "SELECT DISTINCT point, replication, outcome, variable, level, value FROM read_parquet(?)", [listed]
                )
                for point, replication, outcome, variable, level, value in found.fetchall():
                    if (outcome, (variable, level)) in self.wanted and value is not None:
                        self._put(point, replication, (outcome, (variable, level)), value)
            elif self.plan.keep.subgroups:
                self._tried.clear()

    def _show(self) -> None:
        if self.on_progress:
            self.on_progress(max(self.used, self.fresh), time.monotonic() - self._began)
