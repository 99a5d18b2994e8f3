"""Executors: this process, threads, worker processes, or Dask; each a `concurrent.futures.Executor`.

A factory can be called again after its executor broke.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")
Factory = Callable[[], Executor]

THREADS = 4
"""Up to how many workers threads are used: the compiled days of a run overlap, the Python around them does not."""


class Serial(Executor):
    """Executor that runs each call at once in the caller's thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call `fn` now; its exception is kept for `result()`, but Ctrl-C passes through."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # whatever the call raises is the caller's, in result()
            future.set_exception(error)
        return future


def serial() -> Factory:
    """The caller's own thread."""
    return Serial


def threads(workers: int) -> Factory:
    """`workers` threads of this process: no start-up cost; only the compiled days of a run overlap."""
    return lambda: ThreadPoolExecutor(workers, thread_name_prefix="peerbridge")


def in_threads(call: Callable[[S], T], items: Iterable[S], workers: int) -> Generator[T, None, None]:
    """Results of a call of each item, in their order, made by threads that are a few items ahead.

    Closing the generator, or an error of a call, drops what has not begun and waits for what has.

    Args:
        call: Lets go of Python's lock for most of its time, as a run does while its days are compiled code.
        items: Taken one by one as threads become free.
        workers: Number of threads.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="peerbridge")
    pending: deque[Future[T]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(call, item))
            if len(pending) >= 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def processes(workers: int, patience: float | None = None) -> Factory:
    """`workers` fresh processes on this machine, about a second of imports each; they die with this process.

    Args:
        workers: How many.
        patience: Seconds that a call may take before its worker counts as hung and is replaced; None for no limit.
    """
    from experiments.execution.worker import warm_up
    from experiments.execution.worker_processes import Processes

    return lambda: Processes(workers, first=warm_up, patience=patience)


local = processes
"""Executor on this machine whose workers may crash without ending the caller: always processes."""


def cheapest(workers: int) -> Factory:
    """Executor with the least start-up cost for `workers` cores; a crash of a run may end the caller."""
    if workers == 1:
        return serial()
    return threads(workers) if workers <= THREADS else processes(workers)
