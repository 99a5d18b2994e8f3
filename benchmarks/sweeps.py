"""How well workers are used: the same runs in processes, threads and on Dask, beside one after the other."""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import median

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import in_turns
from experiments.execution import executors
from experiments.execution.scheduler import WorkerPool
from experiments.execution.tasks import RunOptions, Task
from experiments.execution.worker import run_task, warm_up
from scenarios import load
from simulation import SOURCE_HASH

WORKERS = 2
SIZES = {"small runs": 3_000, "default runs": 6_000}
"""People in the catchment; a run of the first takes about 10 ms, as in the target."""


def measure(quick: bool) -> list[Figure]:
    orders = RunOptions()
    warm_up()
    figures = []
    for kind, target in (("processes", 90.0), ("threads", None), ("Dask", 85.0)):
        # One kind at a time: workers of the others take time even when they wait.
        with ExitStack() as stack:
            pool = _pool(kind, stack, orders)
            if pool is None:
                continue
            for name, size in SIZES.items():
                figures += _against_serial(f"{kind}, {name}", pool, size, orders, target, quick)
    return figures


def _against_serial(
    name: str, pool: WorkerPool, size: int, orders: RunOptions, target: float | None, quick: bool
) -> list[Figure]:
    config = load("bridge", (f"population.size={size}",))
    began = time.perf_counter()
    for replication in range(3):
        run_task(Task(config, replication, 0, SOURCE_HASH), orders)
    seconds = 0.6 if quick else 4.0
    number = max(8, int(3 * seconds / (time.perf_counter() - began)))
    tasks = [Task(config, replication, 1, SOURCE_HASH) for replication in range(number)]
    shares: list[float] = []

    def together() -> None:
        start = time.perf_counter()
        inside = sum(run.seconds for batch in pool.run(tasks, number) for run in batch)
        shares.append(inside / (WORKERS * (time.perf_counter() - start)))

    together()  # workers start, and learn how long a run takes
    shares.clear()
    jobs = {"serial": lambda: [run_task(task, orders) for task in tasks], "together": together}
    took = in_turns(jobs, 1 if quick else 5, time.perf_counter)
    one, wall = took["serial"], took["together"]
    share = median(shares)
    return [
        Figure(f"{name}: workers' time in runs", 100 * share, "%", at_least=target),
        Figure(f"{name}: their time outside runs", 1e3 * (1 - share) * WORKERS * wall / number, "ms a run"),
        Figure(f"{name}: speed against twice one core", 100 * one / (WORKERS * wall), "%",
               note=f"a run {1e3 * one / number:.1f} ms alone"),
    ]  # fmt: skip


def _pool(kind: str, stack: ExitStack, orders: RunOptions) -> WorkerPool | None:
    if kind == "Dask":
        return _dask(stack, orders)
    made = executors.local(WORKERS) if kind == "processes" else executors.threads(WORKERS)
    return stack.enter_context(WorkerPool(made, WORKERS, orders))


def _dask(stack: ExitStack, orders: RunOptions) -> WorkerPool | None:
    """Workers of a scheduler on this machine; None without Dask."""
    try:
        import dask
        from distributed import LocalCluster
    except ImportError:
        return None
    from experiments.execution.dask_cluster import connect

    stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": 0}))
    cluster = stack.enter_context(
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
        )
    )
    return stack.enter_context(connect(cluster.scheduler_address)).pool(orders)


BENCHMARK = Benchmark(
    "sweeps",
    "Two workers of a sweep",
    "Replications of `bridge` in two workers that are ready; wall time, median of five turns: what else the machine "
    "does counts against it. Time in runs is what the engine leaves to the model. Speed against twice one core also "
    "holds what two busy cores take from one another (cache, memory, two halves of one core), which no engine changes.",
    measure,
)
