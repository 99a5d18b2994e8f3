"""The same source compiled and interpreted."""

from __future__ import annotations

import json
import sys
import time
from statistics import median

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import fresh


def measure(quick: bool) -> list[Figure]:
    given = {"size": 300, "days": 60 if quick else 180, "repeats": 2 if quick else 3}
    compiled = fresh("interpreted", {**given, "repeats": 15})
    slow = fresh("interpreted", given, NUMBA_DISABLE_JIT="1")
    if compiled["values"] != slow["values"]:
        raise RuntimeError("compiled and interpreted runs differ")
    patient_days = given["size"] * given["days"]
    return [
        Figure("interpreted against compiled", slow["seconds"] / compiled["seconds"], "×"),
        Figure("interpreted", 1e6 * slow["seconds"] / patient_days, "µs a patient-day"),
        Figure("compiled", 1e6 * compiled["seconds"] / patient_days, "µs a patient-day"),
    ]


def one(given: dict[str, int]) -> dict[str, object]:
    """Time the days of a small run."""
    from scenarios import load
    from simulation.engine import Engine

    config = load("bridge", (f"population.size={given['size']}", "run.warm_up_days=0", f"run.days={given['days']}"))
    Engine(config, 0).run(until=2)
    seconds = []
    for _ in range(given["repeats"]):
        engine = Engine(config, 1)
        start = time.thread_time()
        engine.run()
        seconds.append(time.thread_time() - start)
    return {"seconds": median(seconds), "values": {k: v for k, v in engine.result().values.items() if v == v}}


BENCHMARK = Benchmark(
    "interpreted",
    "Compiled and interpreted",
    "Days of a small `bridge` (300 people) with and without `NUMBA_DISABLE_JIT=1`, a fresh process each; both "
    "must give the "
    "same outcomes, bit for bit.",
    measure,
)

if __name__ == "__main__":
    print(json.dumps(one(json.loads(sys.argv[1]))))
