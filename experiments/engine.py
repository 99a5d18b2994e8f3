"""The run engine: a list of tasks in, finished runs out, in batches; one failing run never stops the others."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from experiments import executors

if TYPE_CHECKING:
    import pyarrow as pa

    from simulation.config import Config

BATCH_SECONDS = 0.7
"""Work in one batch: large beside the cost of handing it over, small beside a person's patience after Ctrl-C."""

IN_PROCESS_SECONDS = 2.0
"""Estimated work below which starting workers costs more than it gains."""

DAILY = "daily"
DISCHARGES = "discharges"
TABLES: tuple[str, ...] = (DAILY, DISCHARGES)
"""Tables of a run that are kept when a folder is given."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run to do: a point of the design, one replication of it.

    Attributes:
        config: The scenario.
        replication: Number of the replication.
        seed: Root seed.
        model: Hash of the model's sources that must make the run; a worker that loaded others refuses.
    """

    config: Config
    replication: int
    seed: int
    model: str


@dataclass(slots=True)
class Run:
    """One finished run.

    Attributes:
        scenario: Name of the scenario.
        replication: Number of the replication; equal numbers share their draws across scenarios.
        seed: Root seed.
        status: "ok" or "error".
        stage: Where an error happened: simulate, outcomes, tables or worker.
        message: The error in one line.
        seconds: Time the run took.
        values: Outcome name to value; empty after an error.
        tables: Arrow tables by name (see `TABLES`), where asked for.
    """

    scenario: str
    replication: int
    seed: int
    status: Literal["ok", "error"] = "ok"
    stage: str = ""
    message: str = ""
    seconds: float = 0.0
    values: dict[str, float] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """What identifies the run inside one study."""
        return self.scenario, self.replication


def run_task(task: Task, tables: bool) -> Run:
    """Do one run; every exception becomes a run with status "error"."""
    run = Run(task.config.name, task.replication, task.seed)
    started = time.perf_counter()
    stage = "worker"
    try:
        from simulation import SOURCE_HASH, simulate

        if task.model != SOURCE_HASH:
            raise RuntimeError("the sources of the model changed while it ran; start the command again")
        stage = "simulate"
        result = simulate(task.config, task.seed, replication=task.replication)
        stage = "outcomes"
        from experiments.economics import run_values

        values = run_values(result)
        if tables:
            stage = "tables"
            from experiments.store import arrow_table

            run.tables = {name: arrow_table(getattr(result, name), run) for name in TABLES}
        run.values = values
    except Exception as error:
        run.status, run.stage = "error", stage
        run.message = " ".join(f"{type(error).__name__}: {error}".split())
    run.seconds = time.perf_counter() - started
    return run


def run_batch(tasks: Sequence[Task], tables: bool) -> list[Run]:
    """Do several runs, one after the other."""
    return [run_task(task, tables) for task in tasks]


def execute(
    tasks: Sequence[Task], *, workers: int | None = None, tables: bool = False
) -> Generator[list[Run], None, None]:
    """Do `tasks` in their order and yield finished runs in batches, as they come.

    The first runs happen in this thread: they compile the model if need be and tell how long a run takes; what is
    left then goes to threads or processes if that pays. Results do not depend on any of this. Closing the iterator
    (Ctrl-C) drops what has not started.

    Args:
        tasks: Runs to do; replication-major order keeps a stopped study balanced.
        workers: Most cores to use; None for one per core.
        tables: Also keep the tables of each run.
    """
    limit = workers or os.cpu_count() or 1
    rest = deque(tasks)
    if rest:
        yield [run_task(rest.popleft(), tables)]  # loads and perhaps compiles the model: tells nothing about speed
    pilot = 0.0
    done = 0
    while rest and pilot < BATCH_SECONDS / 4:
        run = run_task(rest.popleft(), tables)
        pilot += run.seconds
        done += 1
        yield [run]
    if not rest:
        return
    each = max(pilot / done, 1e-4)
    size = max(1, min(round(BATCH_SECONDS / each), -(-len(rest) // (2 * limit))))
    batches = [list(rest)[i : i + size] for i in range(0, len(rest), size)]
    if limit == 1 or each * len(rest) < IN_PROCESS_SECONDS or len(batches) == 1:
        yield from _collect(batches, executors.serial(), 1, tables)
    else:
        workers = min(limit, len(batches))
        yield from _collect(batches, executors.local(workers), 2 * workers, tables)


def _collect(
    batches: list[list[Task]], factory: executors.Factory, in_flight: int, tables: bool
) -> Iterator[list[Run]]:
    waiting = deque(batches)
    pending: dict[Future[list[Run]], list[Task]] = {}
    executor = factory()
    try:
        while waiting or pending:
            try:
                while waiting and len(pending) < in_flight:
                    pending[executor.submit(run_batch, waiting[0], tables)] = waiting[0]
                    waiting.popleft()
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    runs = future.result()
                    del pending[future]
                    yield runs
            except BrokenProcessPool:
                suspects = list(pending.values())
                pending.clear()
                executor.shutdown(wait=False, cancel_futures=True)
                yield from _one_by_one(suspects, tables)
                executor = factory()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _one_by_one(suspects: list[list[Task]], tables: bool) -> Iterator[list[Run]]:
    """A worker died: do the runs that were under way each alone, so that only the guilty one is lost."""
    executor: Executor | None = None
    for task in (task for batch in suspects for task in batch):
        executor = executor or executors.processes(1)()
        try:
            yield executor.submit(run_batch, [task], tables).result()
        except BrokenProcessPool:
            executor.shutdown(wait=False, cancel_futures=True)
            executor = None
            message = "the worker process died (out of memory, or killed)"
            yield [Run(task.config.name, task.replication, task.seed, "error", "worker", message)]
    if executor is not None:
        executor.shutdown(wait=True, cancel_futures=True)
