"""Virtual trials over many parameter draws, run in parallel and stored in batches; resumable."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.execution.tasks import Task
from experiments.support.errors import Stopped
from experiments.support.result_folders import remove_temporaries, set_aside
from experiments.support.types import FloatArray
from experiments.support.verified_files import Damaged, read_table, write_verified
from experiments.trials.run import run_replication
from experiments.uncertainty.draws import ParameterDraws
from scenarios.trial_files.plan import TrialPlan

if TYPE_CHECKING:
    from experiments.execution.scheduler import WorkerPool
    from experiments.execution.tasks import Run

Means = Mapping[tuple[str, str], FloatArray]
"""(outcome, arm) to the mean in each virtual trial, shape (n,), NaN where it failed."""

FOLDER = "trials"

BATCH = 100
"""Virtual trials stored in one file; an interruption loses incomplete batches only."""

SECONDS = "seconds"
"""Column of the time that each virtual trial took."""


def run_trials(
    folder: Path,
    plans: Mapping[str, TrialPlan],
    draws: ParameterDraws,
    seed: int,
    *,
    workers: int | None = None,
    dask: str | None = None,
    on_start: Callable[[str, int, int], None] | None = None,
    on_done: Callable[[int], None] | None = None,
    on_message: Callable[[str], None] | None = None,
) -> dict[str, Means]:
    """Run each trial once with each draw; the same call goes on where an earlier one stopped.

    Args:
        folder: Batches are kept in `FOLDER` in it.
        plans: Trials by what the caller calls them; no two with one name.
        draws: n parameter sets.
        seed: Root seed of the trials.
        workers: Worker processes; None for one per core. They never change a result.
        dask: Address of a Dask scheduler whose workers run the trials instead.
        on_start: Called for each trial with its name, virtual trials to do and found.
        on_done: Called with the number that have finished since the last call.
        on_message: Called with lines for people.

    Raises:
        InputError: The cluster cannot be used, or a worker has other versions.
        Stopped: Ctrl-C; whole batches are kept.
    """
    from experiments.execution.start_workers import for_people, hire
    from experiments.execution.tasks import RunOptions
    from experiments.execution.worker import fingerprint
    from experiments.support import signals

    batches = {name: _Batches(folder / FOLDER, plan, len(draws)) for name, plan in plans.items()}
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    remove_temporaries(folder / FOLDER)
    for message in (message for one in batches.values() for message in one.messages):
        if on_message is not None:
            on_message(message)
    todo = sum(len(one.todo) for one in batches.values())
    with ExitStack() as stack:
        stack.enter_context(signals.terminations())
        pool = None
        if todo:
            cluster = None
            if dask is not None:
                from experiments.execution.dask_cluster import connect

                cluster = stack.enter_context(connect(dask))
            orders = RunOptions(expendable=True, made_by=fingerprint())
            pool = stack.enter_context(hire(orders, workers, cluster, todo, on_message))
        try:
            for point, one in enumerate(batches.values()):
                if on_start is not None:
                    on_start(one.plan.name, len(one.todo), len(draws) - len(one.todo))
                if pool is not None and one.todo:
                    _run(pool, point, one, draws, seed, on_done)
        except KeyboardInterrupt:
            raise Stopped(FOLDER) from None
        except Exception as error:  # of workers, files or a scheduler: told in words, whole batches are kept
            raise for_people(error) from error
    return {name: one.means() for name, one in batches.items()}


def seconds(folder: Path) -> float:
    """Seconds that all virtual trials kept in `folder` took, one core each."""
    paths = sorted((folder / FOLDER).glob("[!.]*.parquet"))
    return math.fsum(float(np.nansum(read_table(path, [SECONDS])[SECONDS].to_numpy())) for path in paths)


def _run(
    pool: WorkerPool,
    point: int,
    batches: _Batches,
    draws: ParameterDraws,
    seed: int,
    on_done: Callable[[int], None] | None,
) -> None:
    import simulation

    plan, model = batches.plan, simulation.SOURCE_HASH
    make = partial(arm_means, plan)
    tasks = (Task(plan.config, number, seed, model, point, draws, make) for number in batches.todo)
    for runs in pool.run(tasks, len(batches.todo)):
        batches.take(runs)
        if on_done is not None:
            on_done(len(runs))


def arm_means(plan: TrialPlan, task: Task) -> dict[str, float]:
    """Run one virtual trial of `plan`: "outcome|arm" to the mean of the arm; called in a worker.

    Raises:
        RuntimeError: The trial cannot be run with these parameters.
    """
    trial = run_replication(plan, task.seed, task.replication, task.parameters)
    if trial.error:
        raise RuntimeError(trial.error)
    return {f"{outcome}|{arm}": mean for (outcome, arm), (mean, _) in trial.means.items()}


class _Batches:
    """The virtual trials of one plan, numbered from 0, each batch in a file."""

    def __init__(self, folder: Path, plan: TrialPlan, n: int) -> None:
        self.plan, self._n = plan, n
        self._paths = {start: folder / f"{plan.name}-{start:05d}.parquet" for start in range(0, n, BATCH)}
        self._columns = {f"{e.name}|{arm}": (e.name, arm) for e in plan.endpoints for arm in plan.arms}
        self.messages: list[str] = []
        for path in self._paths.values():
            try:
                if path.exists():
                    read_table(path, [*self._columns, SECONDS])
            except Damaged:
                set_aside(folder.parent, [path])
                self.messages.append(f"set aside the damaged {FOLDER}/{path.name}; its virtual trials are run again")
        missing = [start for start, path in self._paths.items() if not path.exists()]
        self._waiting: dict[int, dict[int, Run]] = {start: {} for start in missing}
        self.todo = [number for start in missing for number in self._numbers(start)]

    def _numbers(self, start: int) -> range:
        return range(start, min(self._n, start + BATCH))

    def take(self, runs: list[Run]) -> None:
        """Collect finished virtual trials; write each batch once it is complete."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for run in runs:
            start = run.replication // BATCH * BATCH
            batch = self._waiting[start]
            batch[run.replication] = run
            if len(batch) == len(self._numbers(start)):
                whole = [batch[number] for number in self._numbers(start)]
                columns: dict[str, Any] = {
                    key: [one.values.get(key, math.nan) for one in whole] for key in self._columns
                }
                table = pa.table(columns | {SECONDS: [one.seconds for one in whole]})
                write_verified(self._paths[start], partial(pq.write_table, table, write_page_checksum=True))
                del self._waiting[start]

    def means(self) -> Means:
        """Return the means of all virtual trials."""
        import pyarrow as pa

        whole = pa.concat_tables([read_table(path) for path in self._paths.values()])
        return {pair: whole[key].to_numpy() for key, pair in self._columns.items()}
