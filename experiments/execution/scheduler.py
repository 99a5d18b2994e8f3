"""Scheduler: tasks in, finished runs out, in batches, over any `concurrent.futures.Executor` that can be rebuilt.

One failing run never stops the others. A worker that dies takes a batch with it: the batch is cut in two until the
guilty run stands alone, and that run becomes a row.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait

from experiments.execution import executors
from experiments.execution.tasks import Run, RunOptions, Task
from experiments.execution.worker import run_batch, run_task
from experiments.execution.worker_processes import HUNG
from experiments.support.machine import allowed_cores

__all__ = ["WorkerPool", "PilotPool", "Run", "Task"]

AIM_SECONDS = 1.0
"""Work in one batch: large beside the cost of handing it over, small beside a person's patience after Ctrl-C."""

LEAST_SECONDS = 0.05
"""Work in one of the last batches, which are smaller so that all workers end together."""

IN_PROCESS_SECONDS = 2.0
"""Estimated work below which starting workers costs more than it gains."""

PILOT_SECONDS = 0.2
"""Runs made first, in the caller's thread, to tell how long a run takes."""

AHEAD = 3
"""Batches in flight per worker: none waits for the driver, few are lost with it."""

ATTEMPTS = 2
"""Attempts, alone, of a run that was in flight when a worker died, before it counts as the cause."""


class RunTimes:
    """Mean run time of each point, from the runs so far."""

    def __init__(self) -> None:
        self._points: dict[int, tuple[int, float]] = {}
        self._runs, self._seconds = 0, 0.0

    def learn(self, run: Run) -> None:
        """Add the time of a finished run."""
        n, seconds = self._points.get(run.point, (0, 0.0))
        self._points[run.point] = n + 1, seconds + run.seconds
        self._runs += 1
        self._seconds += run.seconds

    @property
    def known(self) -> bool:
        """Whether any run has been timed."""
        return self._runs > 0

    @property
    def mean(self) -> float:
        """Mean seconds of all runs; NaN before the first."""
        return self._seconds / self._runs if self._runs else float("nan")

    def of(self, point: int) -> float:
        """Expected seconds of a run of `point`: its own mean, or that of all runs."""
        n, seconds = self._points.get(point, (0, 0.0))
        return seconds / n if n else self.mean


class WorkerPool:
    """Workers that do one block of tasks after another, rebuilt where they break.

    Use it as a context manager; leaving it ends the workers.

    Args:
        factory: Makes the executor, and makes it again after it broke.
        slots: How many calls run at once; a function where that changes.
        orders: How the runs are to be done.
        died: Further exceptions that mean that a worker died.
        ahead: Batches in flight per slot.
    """

    def __init__(
        self,
        factory: executors.Factory,
        slots: int | Callable[[], int],
        orders: RunOptions,
        died: tuple[type[BaseException], ...] = (),
        ahead: int = AHEAD,
    ) -> None:
        self.costs = RunTimes()
        self._factory, self._orders = factory, orders
        self.slots = slots if callable(slots) else lambda: slots
        self._ahead = ahead
        self._died: tuple[type[BaseException], ...] = (BrokenExecutor, *died)
        self._executor: Executor | None = None
        self._pending: dict[Future[list[Run]], list[Task]] = {}

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, tasks: Iterable[Task], count: int) -> Generator[list[Run], None, None]:
        """Do `tasks` in their order and yield finished runs in batches, as they come.

        Args:
            tasks: Runs to do; taken one by one, so that they need not exist all at once.
            count: How many there are at most; the last batches are made smaller by it.
        """
        source, again, alone = iter(tasks), deque[list[Task]](), deque[tuple[Task, int]]()
        self._left = count
        while True:
            slots = max(self.slots(), 1)
            while len(self._pending) < self._ahead * slots and (
                batch := again.popleft() if again else self._cut(source, slots)
            ):
                self._submit(batch)
            if not self._pending:
                break
            yield from self._collect(again, alone)
        while alone:
            task, tries = alone.popleft()
            yield from self._try_alone(task, tries, alone)

    def finished(self) -> list[Run]:
        """Runs that are done but were not yielded, for one who stops early."""
        done = [future for future in self._pending if future.done() and not future.cancelled()]
        return [run for future in done if future.exception() is None for run in future.result()]

    def close(self) -> None:
        """End the workers; what they have begun is lost."""
        self._pending.clear()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def _cut(self, source: Iterator[Task], slots: int) -> list[Task]:
        """The next batch: one run until it is known how long runs take, then about `AIM_SECONDS` of them."""
        batch: list[Task] = []
        aim, seconds = AIM_SECONDS, 0.0
        for task in source:
            batch.append(task)
            self._left -= 1
            if not self.costs.known:
                break
            each = self.costs.of(task.point)
            if not seconds:
                aim = min(aim, max(LEAST_SECONDS, each * (self._left + 1) / (self._ahead * slots)))
            seconds += each
            if seconds + each / 2 > aim:
                break
        return batch

    def _submit(self, batch: list[Task]) -> None:
        try:
            self._executor = self._executor or self._factory()
            future = self._executor.submit(run_batch, batch, self._orders)
        except BrokenExecutor:  # it broke since the last look: what was in flight says so too
            self._rebuild()
            assert self._executor is not None
            future = self._executor.submit(run_batch, batch, self._orders)
        self._pending[future] = batch

    def _rebuild(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._factory()

    def _collect(self, again: deque[list[Task]], alone: deque[tuple[Task, int]]) -> Iterator[list[Run]]:
        done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
        for future in done:
            batch = self._pending[future]
            try:
                runs = future.result()
            except self._died:
                del self._pending[future]
                if len(batch) > 1:
                    middle = len(batch) // 2
                    again.extend((batch[:middle], batch[middle:]))
                else:
                    alone.append((batch[0], 1))
                continue
            del self._pending[future]
            if len(runs) < len(batch):
                again.appendleft(batch[len(runs) :])
            for run in runs:
                self.costs.learn(run)
            yield runs

    def _try_alone(self, task: Task, tries: int, alone: deque[tuple[Task, int]]) -> Iterator[list[Run]]:
        """Repeat alone a run that was in flight when a worker died: if the worker dies again, the run is the cause."""
        started = time.perf_counter()
        self._submit([task])
        (future,) = self._pending
        try:
            runs = future.result()
        except self._died as error:
            self._pending.clear()
            if tries < ATTEMPTS:
                alone.append((task, tries + 1))
                return
            seconds = time.perf_counter() - started
            run = Run(task.config.name, task.replication, task.seed, "crashed", "worker", str(error), seconds)
            patience = self._orders.patience
            if patience is not None and seconds >= patience and getattr(error, "code", HUNG) == HUNG:
                run.status = "timeout"
                run.message = f"took longer than {self._orders.limit:g} s and did not answer"
            run.point, run.finished = task.point, time.time()
            runs = [run]
        self._pending.clear()
        yield runs


class PilotPool(WorkerPool):
    """Workers for few runs: the first runs happen in this thread, the rest goes to threads or processes if that pays.

    The pilot compiles the model if need be and tells how long a run takes. Results do not depend on any of this.

    Args:
        workers: Most cores to use; None for one per core.
        orders: How the runs are to be done.
    """

    def __init__(self, workers: int | None, orders: RunOptions) -> None:
        self._workers = 1
        super().__init__(executors.serial(), lambda: self._workers, orders, ahead=1)
        self._limit = workers or allowed_cores()

    def run(self, tasks: Iterable[Task], count: int) -> Generator[list[Run], None, None]:
        """As `WorkerPool.run`."""
        source, pilot, left = iter(tasks), 0.0, count
        while pilot < PILOT_SECONDS and (task := next(source, None)) is not None:
            run = run_task(task, self._orders)
            left -= 1
            if left < count - 1:  # the first one loads and perhaps compiles the model: it tells nothing about speed
                pilot += run.seconds
                self.costs.learn(run)
            yield [run]
        seconds = self.costs.mean * left if self.costs.known else 0.0
        if seconds >= IN_PROCESS_SECONDS and min(self._limit, left) > 1:
            self._workers = min(self._limit, left)
            self._factory, self._ahead = executors.cheapest(self._workers), AHEAD
        yield from super().run(source, left)
