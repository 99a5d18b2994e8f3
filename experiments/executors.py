"""Where runs run: in this process, in threads, or in worker processes; each a `concurrent.futures.Executor`.

A factory can be called again after its executor broke.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import ModuleType
from typing import Any, TypeVar

from experiments import interrupts

T = TypeVar("T")
Factory = Callable[[], Executor]

THREADS = 4
"""Up to how many workers threads are used: the compiled days of a run overlap, the Python around them does not."""


class Serial(Executor):
    """Runs each call at once, in the caller's thread: nothing to start, nothing to copy."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call `fn` now; its exception is kept for `result()`, but Ctrl-C passes through."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def serial() -> Factory:
    """The caller's own thread."""
    return Serial


def threads(workers: int) -> Factory:
    """`workers` threads of this process: no start-up cost; only the compiled days of a run overlap."""
    return lambda: ThreadPoolExecutor(workers, thread_name_prefix="peerbridge")


def processes(workers: int) -> Factory:
    """`workers` fresh processes on this machine, about a second of imports each; they die with this process."""
    return lambda: _Processes(workers, multiprocessing.get_context("spawn"), initializer=_die_with_parent)


def local(workers: int) -> Factory:
    """The cheapest way to use `workers` cores of this machine."""
    if workers == 1:
        return serial()
    return threads(workers) if workers <= THREADS else processes(workers)


class _Processes(ProcessPoolExecutor):
    # spawn, asked for by name: Mesa 3.3 sets it globally at import, Mesa 4 does not, and fork copies locked threads.
    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        # A submit may start a worker, which takes both over; Ctrl-C is for the parent, which tells its workers.
        with interrupts.ignored(), _bare_main():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def _bare_main() -> Iterator[None]:
    """Keep workers from importing the user's script: without `if __name__ == "__main__"` it would run again in each."""
    real = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = real


def _die_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()
