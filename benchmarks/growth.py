"""Time and memory from 5,000 to 1,000,000 people, and from few to many workers; a fresh process for each."""

from __future__ import annotations

import json
import math
import re
import sys
import time
from pathlib import Path

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import fresh

PEOPLE = (5_000, 50_000, 500_000, 1_000_000)
WORKERS = (10, 100, 1_000)
PER_HOSPITAL = 6_000


def measure(quick: bool) -> list[Figure]:
    figures = []
    before: tuple[int, float] | None = None
    for size in PEOPLE[:2] if quick else PEOPLE:
        run = fresh("growth", {"size": size, "hospitals": max(1, round(size / PER_HOSPITAL)), "peers": None})
        largest = size == 1_000_000
        parts = f"world {run['make']:.2f} s, days {run['days']:.2f} s, outcomes {run['outcomes']:.2f} s"
        figures.append(Figure(f"{size:,} people", run["seconds"], "s", at_most=5.0 if largest else None, note=parts))
        figures.append(Figure(f"{size:,} people, peak memory", run["peak"], "MB", at_most=1000.0 if largest else None))
        if before:
            exponent = math.log(run["seconds"] / before[1]) / math.log(size / before[0])
            figures.append(
                Figure(f"exponent, {before[0]:,} to {size:,} people", exponent, "", at_most=1.05, note="1: linear")
            )
        before = (size, run["seconds"])
    before = None
    for peers in WORKERS[:2] if quick else WORKERS:
        run = fresh("growth", {"size": 60_000, "hospitals": 10, "peers": peers})
        figures.append(Figure(f"60,000 people in 10 hospitals, {peers:,} peers", run["seconds"], "s"))
        if before:
            exponent = math.log(run["seconds"] / before[1]) / math.log(peers / before[0])
            figures.append(Figure(f"exponent, {before[0]:,} to {peers:,} peers", exponent, "", at_most=1.05))
        before = (peers, run["seconds"])
    return figures


def one(given: dict[str, int | None]) -> dict[str, float]:
    """Run `bridge` at one size; posts and hospitals grow with it."""
    from scenarios import load
    from simulation import simulate
    from simulation.engine import Engine

    config = load("bridge")
    hospitals = int(given["hospitals"] or 1)
    peers = config.programme.peers * hospitals if given["peers"] is None else given["peers"]
    config = config.model_copy(
        update={
            "population": config.population.model_copy(update={"size": given["size"]}),
            "hospital": config.hospital.model_copy(update={"count": hospitals}),
            "programme": config.programme.model_copy(update={"peers": peers}),
        }
    )
    simulate(load("bridge", ("population.size=500",)), 0)
    clock = time.thread_time
    start = clock()
    engine = Engine(config, 1)
    made = clock()
    engine.run()
    ran = clock()
    engine.result()
    end = clock()
    return {
        "seconds": end - start,
        "make": made - start,
        "days": ran - made,
        "outcomes": end - ran,
        "peak": peak_memory() / 1e6,
    }


def peak_memory() -> float:
    """Most bytes that this process ever had in memory; `getrusage` would count what its parent had before it."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    except OSError:
        found = None
    if found:
        return 1024.0 * int(found[1])
    import resource

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * (1 if sys.platform == "darwin" else 1024)


BENCHMARK = Benchmark(
    "growth",
    "Growth with people and with workers",
    f"`bridge` for 545 days, one hospital and its posts for every {PER_HOSPITAL:,} people, one core, a fresh "
    f"process for each size; "
    "peak memory is the whole process, Python and compiled code included. The exponent is that of time between "
    "two sizes. "
    "Then more peers for the same people.",
    measure,
)

if __name__ == "__main__":
    print(json.dumps(one(json.loads(sys.argv[1]))))
