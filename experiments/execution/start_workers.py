"""Start workers, and translate the errors that end a sweep into plain words."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from experiments.execution import executors
from experiments.execution.scheduler import WorkerPool
from experiments.execution.tasks import OtherVersions, RunOptions
from experiments.support.errors import InputError
from experiments.support.machine import allowed_cores
from experiments.support.messages import announce_compilation, say

if TYPE_CHECKING:
    from experiments.execution.dask_cluster import Cluster


def hire(
    orders: RunOptions, workers: int | None, cluster: Cluster | None, todo: int, tell: Callable[[str], None] | None
) -> WorkerPool:
    """Workers for `todo` runs: processes of this machine, or those of a Dask cluster.

    Args:
        orders: How the runs are to be done.
        workers: Most processes of this machine; None for one per core.
        cluster: Use its workers instead.
        todo: Runs to do.
        tell: Called with lines for people; stderr if None.
    """
    tell = tell or say
    if cluster is not None:
        if not cluster.slots():
            tell(f"No workers at {cluster.address} yet; waiting for them.")
        return cluster.pool(orders)
    if announce_compilation(tell):
        from experiments.execution.worker import warm_up

        with executors.local(1)() as one:
            one.submit(warm_up).result()
    number = min(workers or allowed_cores(), todo)
    # Beyond the guard inside the worker: a process that does not answer at all (stopped, stuck in the system).
    patience = None if orders.patience is None else 2 * orders.patience + 30
    return WorkerPool(executors.local(number, patience), number, orders)


def for_people(error: Exception) -> Exception:
    """Translate an error that ends a sweep into one with a plain message."""
    if isinstance(error, CancelledError):
        return ConnectionError("the Dask scheduler is gone")
    if isinstance(error, OtherVersions):
        return InputError(f"{error}; finished runs are kept, the same command goes on")
    return error
