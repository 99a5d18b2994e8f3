"""Where runs run: in this process, in threads, or in worker processes; each a `concurrent.futures.Executor`.

A factory can be called again after its executor broke.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, TypeVar

T = TypeVar("T")
Factory = Callable[[], Executor]


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


def local(workers: int) -> Factory:
    """`workers` fresh processes on this machine, about a second of imports each; they die with this process."""

    def make() -> Executor:
        # spawn, asked for here: Mesa 3.3 sets it globally at import, Mesa 4 does not, and fork copies locked threads.
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_die_with_parent)
        with _interrupts_ignored():  # children inherit it: Ctrl-C is for the parent, which tells them what to do
            for started in [pool.submit(os.getpid) for _ in range(workers)]:
                started.add_done_callback(lambda _: None)
        return pool

    return make


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _die_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()
