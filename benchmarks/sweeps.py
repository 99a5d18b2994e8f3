"""How well workers are used: the same runs in processes, threads and on Dask, against one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import in_turns
from experiments import executors
from experiments.engine import Crew
from experiments.runs import Orders, Task, run_task, warm_up
from scenarios import load
from simulation import SOURCE_HASH

WORKERS = 2
SIZES = {"≈ 10 ms": 6_000, "≈ 25 ms": 15_000}
"""People in the catchment, by what a run of the default scenario takes."""


def measure(quick: bool) -> list[Figure]:
    seconds = 0.6 if quick else 6.0
    orders = Orders()
    figures = []
    with ExitStack() as stack:
        crews = {
            "processes": stack.enter_context(Crew(executors.local(WORKERS), WORKERS, orders)),
            "threads": stack.enter_context(Crew(executors.threads(WORKERS), WORKERS, orders)),
        }
        crew = _dask(stack, orders)
        if crew is not None:
            crews["Dask"] = crew
        warm_up()
        for name, size in SIZES.items():
            config = load("bridge", (f"population.size={size}",))
            began = time.perf_counter()
            for replication in range(3):
                run_task(Task(config, replication, 0, SOURCE_HASH), orders)
            number = max(8, int(3 * seconds / (time.perf_counter() - began)))
            tasks = [Task(config, replication, 1, SOURCE_HASH) for replication in range(number)]
            jobs = {"serial": lambda tasks=tasks: [run_task(task, orders) for task in tasks]}
            jobs |= {kind: _job(crew, tasks) for kind, crew in crews.items()}
            for kind in crews:
                jobs[kind]()  # workers start, and learn how long a run takes
            took = in_turns(jobs, 1 if quick else 5, time.perf_counter)
            one = took.pop("serial")
            figures.append(Figure(f"{name}: a run, one after the other", 1e3 * one / number, "ms"))
            for kind, wall in took.items():
                target = {"processes": 90.0, "Dask": 85.0}.get(kind)
                figures.append(Figure(f"{name}: {kind}", 100 * one / (WORKERS * wall), "%", at_least=target))
                figures.append(Figure(f"{name}: {kind}, lost per run", 1e3 * (WORKERS * wall - one) / number, "ms"))
    return figures


def _job(crew: Crew, tasks: list[Task]) -> Callable[[], int]:
    return lambda: sum(len(batch) for batch in crew.run(tasks, len(tasks)))


def _dask(stack: ExitStack, orders: Orders) -> Crew | None:
    """Workers of a scheduler on this machine; None without Dask."""
    try:
        import dask
        from distributed import LocalCluster
    except ImportError:
        return None
    from experiments.dask_cluster import connect

    stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": 0}))
    cluster = stack.enter_context(
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
        )
    )
    return stack.enter_context(connect(cluster.scheduler_address)).crew(orders)


BENCHMARK = Benchmark(
    "sweeps",
    "Two workers of a sweep",
    "Replications of `bridge` in two workers that are ready, as a share of twice the speed of one after the other; "
    "wall time, median of five turns: what else the machine does counts against it.",
    measure,
)
