"""Separate replications in two threads against one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import in_turns
from scenarios import load
from simulation import simulate


def measure(quick: bool) -> list[Figure]:
    config = load("bridge")
    replications = 8 if quick else 40
    simulate(config, 0)

    def run(threads: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda r: simulate(config, 1, replication=r).values, range(replications)))

    seconds = in_turns({"one": lambda: run(1), "two": lambda: run(2)}, 3 if quick else 7, time.perf_counter)
    return [
        Figure("two threads against one", seconds["one"] / seconds["two"], "×", at_least=1.8),
        Figure(f"{replications} replications in one thread", 1e3 * seconds["one"], "ms"),
        Figure(f"{replications} replications in two threads", 1e3 * seconds["two"], "ms"),
    ]


BENCHMARK = Benchmark(
    "threads",
    "Two threads",
    "Replications of `bridge`, wall time: what else the machine does counts against it.",
    measure,
)
