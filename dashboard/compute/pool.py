"""Runs for the pages: one pool of worker processes for all visitors, results kept by what they were made from."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, TypeVar

from dashboard.compute import worker as jobs
from dashboard.compute.worker import Runs, join
from experiments.execution.worker_processes import bare_main
from experiments.support.machine import allowed_cores
from experiments.uncertainty.draws import ParameterDraws
from simulation.config import Config

T = TypeVar("T")
SEED = 2026
WORKERS = max(1, int(os.environ.get("PEERBRIDGE_WORKERS", allowed_cores())))
QUICK = 4
"""Runs of the first estimate: on the screen while a hand is still on the lever."""

SOME = 16
"""Runs from which a range is shown and futures are counted."""

FULL = max(SOME, int(os.environ.get("PEERBRIDGE_RUNS", "64")))
"""Runs of the refined one."""

STEPS = (QUICK, SOME, FULL)
"""An answer comes in three steps, each with the runs of the one before."""

CHUNK = 2
"""Runs in one piece of work: what a newer change has to wait for, at most."""

KEEP = 400
"""Scenarios whose runs are kept; each takes about 0.2 MB."""


class Stopped(Exception):
    """The visitor stopped the work, or a newer change replaced it."""


class RunError(RuntimeError):
    """The runs could not be made; the cause is in the log."""


class Pool:
    """Worker processes, started when first needed and again after one died."""

    def __init__(self, workers: int = WORKERS) -> None:
        self.workers = workers
        self._lock = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None
        self.started = 0  # how often processes were started: whoever finds them dead says which ones
        self.ready = threading.Event()

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Put a call in the queue."""
        with self._lock, bare_main():
            if self._executor is None:
                # never fork: the server has threads, and a fork would copy their locks
                forks = "forkserver" in multiprocessing.get_all_start_methods()
                context = multiprocessing.get_context("forkserver" if forks else "spawn")
                self._executor = ProcessPoolExecutor(
                    self.workers, mp_context=context, initializer=jobs.live_with_server
                )
                self.started += 1
            return self._executor.submit(call, *args)

    def reset(self, broken: int = 0, wait: bool = False) -> None:
        """Give the processes up; the next call starts new ones.

        Args:
            broken: `started` of the processes that died, so that newer ones go on; 0 for whichever there are.
            wait: Whether to wait for what they are doing.
        """
        with self._lock:
            if broken and broken != self.started:
                return
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=wait, cancel_futures=True)

    def is_broken(self) -> bool:
        """Whether processes were started and have died; the next call starts new ones."""
        executor = self._executor
        return executor is not None and bool(getattr(executor, "_broken", False))

    def warm(self) -> None:
        """Start the workers; the first one alone, because each would compile the whole model."""
        self.submit(jobs.warm).result()
        self.ready.set()
        for future in [self.submit(jobs.warm) for _ in range(self.workers - 1)]:
            future.result()


def _shared() -> Pool:
    """The one pool of this process; a reload of the app finds it again."""
    if not hasattr(sys, "_peerbridge_pool"):
        sys._peerbridge_pool = Pool()  # type: ignore[attr-defined]
        atexit.register(sys._peerbridge_pool.reset)  # type: ignore[attr-defined]
    pool: Pool = sys._peerbridge_pool  # type: ignore[attr-defined]
    return pool


POOL = _shared()
_kept: OrderedDict[str, Runs] = OrderedDict()
_lock = threading.Lock()


def _key(config: Config, draws: ParameterDraws | None) -> str:
    return config.content_hash() + (draws.digest if draws else "")


def kept(config: Config, n: int, draws: ParameterDraws | None = None) -> Runs | None:
    """The first `n` runs of a scenario if they are there already."""
    key = _key(config, draws)
    with _lock:
        found = _kept.get(key)
        if found is None or len(found) < n:
            return None
        _kept.move_to_end(key)
        return found.first(n)


def get(
    config: Config,
    n: int,
    *,
    alive: Callable[[], bool] = lambda: True,
    progress: Callable[[int], None] = lambda done: None,
    draws: ParameterDraws | None = None,
) -> Runs:
    """The first `n` runs of a scenario; those made before are used again.

    Args:
        config: The scenario.
        n: Replications 0 to n − 1.
        alive: Asked often; when it says no, the work ends at once and what is finished is kept.
        progress: Called with the runs that are there so far.
        draws: Parameters of the replications; None for the start values.

    Raises:
        Stopped: `alive` said no.
        RunError: A run failed; the log has the cause.
    """
    return _again(lambda: _get(config, n, alive, progress, draws))


def _again(work: Callable[[], T]) -> T:
    """Do work of the processes; once more with new ones where one of them died, whoever's work killed it."""
    for last in (False, True):
        started = POOL.started
        try:
            return work()
        except Stopped:
            raise
        except BrokenProcessPool as error:
            POOL.reset(broken=started)
            if last:
                raise RunError("a worker process died twice") from error
        except Exception as error:  # whatever a worker raised is a run that failed, for a page to say in words
            raise RunError(str(error)) from error
    raise AssertionError  # the second time returns or raises


def _get(
    config: Config,
    n: int,
    alive: Callable[[], bool],
    progress: Callable[[int], None],
    draws: ParameterDraws | None,
) -> Runs:
    key = _key(config, draws)
    with _lock:
        have = _kept.get(key)
    if have is not None and len(have) >= n:
        return have.first(n)
    begun = len(have) if have else 0
    size = min(CHUNK, max(1, -(-(n - begun) // POOL.workers)))
    todo = [range(at, min(at + size, n)) for at in range(begun, n, size)]
    parts = [have] if have else []
    pending: list[Future[Runs]] = []
    try:
        while todo or pending:
            while todo and len(pending) <= POOL.workers:  # no more at a time: visitors take turns
                piece = todo.pop(0)
                drawn = {r: (draws.number(r), draws.of(r)) for r in piece} if draws else None
                pending.append(POOL.submit(jobs.run, config, SEED, piece, drawn))
            parts.append(_wait(pending[0], alive))
            pending.pop(0)
            progress(sum(len(part) for part in parts))
    finally:
        for future in pending:
            future.cancel()
        if parts:
            _keep(key, join(parts))
    return join(parts).first(n)


def ask(call: Callable[..., Any], *args: Any, alive: Callable[[], bool] = lambda: True) -> Any:
    """One call in a worker process.

    Raises:
        Stopped: `alive` said no.
        RunError: It failed; the log has the cause.
    """

    def once() -> Any:
        future = POOL.submit(call, *args)
        try:
            return _wait(future, alive)
        except Stopped:
            future.cancel()
            raise

    return _again(once)


def _wait(future: Future[Any], alive: Callable[[], bool]) -> Any:
    while True:
        if not alive():
            raise Stopped
        with suppress(NotYet):
            return future.result(timeout=0.03)


def _keep(key: str, runs: Runs) -> None:
    with _lock:
        if key not in _kept or len(_kept[key]) < len(runs):
            _kept[key] = runs
        _kept.move_to_end(key)
        while len(_kept) > KEEP:
            _kept.popitem(last=False)


def start() -> None:
    """Start workers and make the runs of the first page, in the background, once in a process."""
    if getattr(sys, "_peerbridge_started", False):
        return
    sys._peerbridge_started = True  # type: ignore[attr-defined]
    threading.Thread(target=_prepare, name="prepare", daemon=True).start()


def _prepare() -> None:
    from dashboard.catalogue.address import Situation
    from dashboard.catalogue.levers import config
    from dashboard.compute.posterior import drawn

    POOL.warm()
    first = Situation()
    for n in STEPS:
        for layer in (first.now, first.plan):
            made = config(first.world, layer)
            with suppress(Stopped, RunError):
                get(made, n, draws=drawn(made.population.profile))
