"""One run and a batch of runs: what happens in a worker. Every exception becomes a row; nothing is raised."""

from __future__ import annotations

import faulthandler
import os
import platform
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import blake2b
from importlib import metadata
from typing import Any

from experiments.execution.tasks import OtherVersions, Run, RunOptions, Task, TooLong, one_line

BATCH_SECONDS = 2.0
"""A batch that takes longer returns its finished runs; the rest is submitted again."""


def run_task(task: Task, orders: RunOptions) -> Run:
    """Do one run; every exception becomes a run with status "error" or "timeout"."""
    run = Run(task.config.name, task.replication, task.seed, point=task.point)
    started = time.perf_counter()
    stage = "worker"
    try:
        import simulation

        if task.model != simulation.SOURCE_HASH:
            raise RuntimeError("the sources of the model changed while it ran; start the command again")
        stage = "simulate"
        if task.make is not None:
            run.values = task.make(task)
        else:
            result = _simulate(task, orders.limit)
            stage = "outcomes"
            from experiments.outcomes.registry import run_values

            values = run_values(result)
            if orders.keep:
                stage = "tables"
                from experiments.execution.kept_tables import tables_of

                run.tables = tables_of(result, orders.keep)
            run.values = values
    except Exception as error:  # of the model or of a study's settings: one run never ends a sweep
        run.status = "timeout" if isinstance(error, TooLong) else "error"
        run.stage = stage
        run.message = " ".join(str(error).split()) if isinstance(error, TooLong) else one_line(error)
    run.seconds = time.perf_counter() - started
    run.finished = time.time()
    run.worker = worker_name()
    return run


def run_batch(tasks: Sequence[Task], orders: RunOptions) -> list[Run]:
    """Do several runs one after the other, at least one, until there are no more or `BATCH_SECONDS` have passed.

    Raises:
        OtherVersions: This process is not what the orders ask for.
    """
    if orders.made_by and orders.made_by != fingerprint():
        raise OtherVersions(f"worker {worker_name()} has {fingerprint()}; wanted is {orders.made_by}")
    if orders.expendable:
        warm_up()
    end = time.perf_counter() + BATCH_SECONDS
    done: list[Run] = []
    for task in tasks:
        with _Guard(orders):
            done.append(run_task(task, orders))
        if time.perf_counter() > end:
            break
    return done


def fingerprint() -> str:
    """What determines a result besides scenario, seed and replication: model, Python, packages, machine."""
    import simulation

    packages = _packages()
    python = ".".join(platform.python_version_tuple()[:2])
    model = f"{simulation.VERSION}+{simulation.SOURCE_HASH}"
    return f"model {model}, Python {python}, {packages}, {platform.machine()}"


@cache
def _packages() -> str:
    return ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "numba"))


@cache
def warm_up() -> str:
    """Load (and perhaps compile) the model, so that the first run takes no longer than the others."""
    from scenarios import load
    from simulation import simulate

    config = load("bridge")
    small: dict[str, object] = {"name": "warm-up"}
    small |= {"population": config.population.model_copy(update={"size": 50})}
    small |= {"run": config.run.model_copy(update={"warm_up_days": 0, "days": 1})}
    simulate(config.model_copy(update=small), 0)
    return worker_name()


@cache
def worker_name() -> str:
    """Identifier of this process that does not name the machine."""
    return f"{blake2b(platform.node().encode(), digest_size=2).hexdigest()}-{os.getpid()}"


def _simulate(task: Task, limit: float | None) -> Any:
    if limit is None:
        from simulation import simulate

        return simulate(task.config, task.seed, replication=task.replication, parameters=task.parameters)
    from simulation.engine import Engine

    engine = Engine(task.config, task.seed, replication=task.replication, parameters=task.parameters)
    engine.run(tick=_stop_after(limit))
    return engine.result()


def _stop_after(limit: float) -> Callable[[int], None]:
    end = time.perf_counter() + limit

    def tick(_: int) -> None:
        if time.perf_counter() > end:
            raise TooLong(f"took longer than {limit:g} s")

    return tick


class _Guard:
    """Kill this process if a run exceeds its limit without responding, even inside compiled code.

    The timer is a thread in C that needs no lock of Python. There is one per process: where several threads of a
    worker run at once, each run that begins starts it anew.
    """

    _lock = threading.Lock()
    _running = 0
    _nowhere: Any = None

    def __init__(self, orders: RunOptions) -> None:
        self._seconds = orders.patience

    def __enter__(self) -> None:
        if self._seconds is not None:
            with _Guard._lock:
                _Guard._running += 1
                _Guard._nowhere = _Guard._nowhere or open(os.devnull, "w")
                faulthandler.dump_traceback_later(self._seconds, exit=True, file=_Guard._nowhere)

    def __exit__(self, *_: object) -> None:
        if self._seconds is not None:
            with _Guard._lock:
                _Guard._running -= 1
                if not _Guard._running:
                    faulthandler.cancel_dump_traceback_later()
