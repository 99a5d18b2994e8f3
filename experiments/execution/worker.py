"""One run and a batch of runs: what happens in a worker. Every exception becomes a row; nothing is raised."""

from __future__ import annotations

import faulthandler
import os
import platform
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

    from experiments.uncertainty.draws import ParameterDraws
    from scenarios.trial_files.plan import TrialPlan
    from simulation.config import Config

Status = Literal["ok", "error", "crashed", "timeout"]

BATCH_SECONDS = 2.0
"""A batch that takes longer hands back what it has; the rest is handed out again."""

GRACE_SECONDS = 5.0
"""How far beyond its time limit a run may go before the process that does not answer is ended."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run to do: a point of the design, one replication of it.

    Attributes:
        config: The scenario.
        replication: Number of the replication.
        seed: Root seed.
        model: Hash of the model's sources that must make the run; a worker that loaded others refuses.
        point: Number of the point in its design.
        draws: Sample whose draw of this replication replaces start values; None for the start values.
        trial: Virtual trial to run instead of the scenario alone; None for none.
    """

    config: Config
    replication: int
    seed: int
    model: str
    point: int = 0
    draws: ParameterDraws | None = None
    trial: TrialPlan | None = None

    @property
    def parameters(self) -> dict[str, float] | None:
        """Parameters that replace start values, by name."""
        return None if self.draws is None else self.draws.of(self.replication)


@dataclass(slots=True)
class Run:
    """One finished run.

    Attributes:
        scenario: Name of the scenario.
        replication: Number of the replication; equal numbers share their draws across scenarios.
        seed: Root seed.
        status: "ok", "error" (an exception), "crashed" (its worker died) or "timeout".
        stage: Where it failed: simulate, outcomes, tables or worker.
        message: The error in one line.
        seconds: Time the run took.
        values: Outcome name to value, of a virtual trial "outcome|arm" to its mean; empty unless ok.
        tables: Arrow tables by name (see `experiments.execution.kept_tables`), where asked for.
        point: Number of the point in its design.
        finished: When it ended, in seconds since 1970 (UTC).
        worker: The process that made it; says nothing about the machine's name.
    """

    scenario: str
    replication: int
    seed: int
    status: Status = "ok"
    stage: str = ""
    message: str = ""
    seconds: float = 0.0
    values: dict[str, float] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)
    point: int = 0
    finished: float = 0.0
    worker: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What identifies the run inside one comparison."""
        return self.scenario, self.replication


@dataclass(frozen=True, slots=True)
class Orders:
    """How a worker is to do its runs.

    Attributes:
        keep: Names of the tables to keep of each run (see `experiments.execution.kept_tables`).
        limit: Most seconds of a run; None for no limit.
        expendable: Whether the process may be ended if a run hangs: true of worker processes only.
        grace: Seconds beyond one and a half times the limit after which such a process is ended.
        made_by: The `fingerprint` that a worker must have; empty for any.
    """

    keep: tuple[str, ...] = ()
    limit: float | None = None
    expendable: bool = False
    grace: float = GRACE_SECONDS
    made_by: str = ""

    @property
    def patience(self) -> float | None:
        """Seconds after which a process whose run does not answer is ended; None for never."""
        return 1.5 * self.limit + self.grace if self.limit is not None and self.expendable else None


class OtherVersions(Exception):
    """A worker would not make the same bits: it has other versions than its driver."""


class TooLong(Exception):
    """The run took longer than its limit."""


def run_task(task: Task, orders: Orders) -> Run:
    """Do one run; every exception becomes a run with status "error" or "timeout"."""
    run = Run(task.config.name, task.replication, task.seed, point=task.point)
    started = time.perf_counter()
    stage = "worker"
    try:
        import simulation

        if task.model != simulation.SOURCE_HASH:
            raise RuntimeError("the sources of the model changed while it ran; start the command again")
        stage = "simulate"
        if task.trial is not None:
            run.values = _arm_means(task, task.trial)
        else:
            result = _simulate(task, orders.limit)
            stage = "outcomes"
            from experiments.outcomes.cost_effectiveness import run_values

            values = run_values(result)
            if orders.keep:
                stage = "tables"
                from experiments.execution.kept_tables import keep

                run.tables = keep(result, run, orders.keep)
            run.values = values
    except Exception as error:  # of the model or of a study's settings: one run never ends a sweep
        run.status = "timeout" if isinstance(error, TooLong) else "error"
        run.stage = stage
        run.message = " ".join(str(error).split()) if isinstance(error, TooLong) else one_line(error)
    run.seconds = time.perf_counter() - started
    run.finished = time.time()
    run.worker = worker_name()
    return run


def run_batch(tasks: Sequence[Task], orders: Orders) -> list[Run]:
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
    """What decides the bits of a run besides its scenario, seed and replication."""
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
    """This process, told apart from those of other machines without naming the machine."""
    return f"{blake2b(platform.node().encode(), digest_size=2).hexdigest()}-{os.getpid()}"


def _simulate(task: Task, limit: float | None) -> Any:
    if limit is None:
        from simulation import simulate

        return simulate(task.config, task.seed, replication=task.replication, parameters=task.parameters)
    from simulation.engine import Engine

    engine = Engine(task.config, task.seed, replication=task.replication, parameters=task.parameters)
    engine.run(tick=_stop_after(limit))
    return engine.result()


def _arm_means(task: Task, plan: TrialPlan) -> dict[str, float]:
    from experiments.trials.run import run_replication

    trial = run_replication(plan, task.seed, task.replication, task.parameters)
    if trial.error:
        raise RuntimeError(trial.error)
    return {f"{outcome}|{arm}": mean for (outcome, arm), (mean, _) in trial.means.items()}


def _stop_after(limit: float) -> Callable[[int], None]:
    end = time.perf_counter() + limit

    def tick(_: int) -> None:
        if time.perf_counter() > end:
            raise TooLong(f"took longer than {limit:g} s")

    return tick


def one_line(error: Exception) -> str:
    """An exception as a row keeps it."""
    return " ".join(f"{type(error).__name__}: {error}".split())


class _Guard:
    """Ends this process if a run goes far beyond its limit without answering, even inside compiled code.

    The timer is a thread in C that needs no lock of Python. There is one per process: where several threads of a
    worker run at once, each run that begins starts it anew.
    """

    _lock = threading.Lock()
    _running = 0
    _nowhere: Any = None

    def __init__(self, orders: Orders) -> None:
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
