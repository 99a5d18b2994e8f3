"""A warm run of the default scenario, in its parts."""

from __future__ import annotations

from itertools import count

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import in_turns
from scenarios import load
from simulation.config import Config
from simulation.engine import Engine


def measure(quick: bool) -> list[Figure]:
    figures = []
    for name in ("bridge", "usual-care"):
        parts = split(load(name), 5 if quick else 41)
        total = sum(parts.values())
        figures.append(Figure(f"`{name}`: a run", 1e3 * total, "ms", at_most=10.0))
        figures += [Figure(f"`{name}`: {part}", 1e3 * seconds, "ms") for part, seconds in parts.items()]
    return figures


def split(config: Config, repeats: int) -> dict[str, float]:
    """Median seconds of making the world, running the days, and computing the outcomes."""
    seeds = count()
    engine = Engine(config, 0)
    engine.run()
    engine.result()

    def make() -> None:
        nonlocal engine
        engine = Engine(config, next(seeds))

    return in_turns(
        {"making the world": make, "days": lambda: engine.run(), "outcomes": lambda: engine.result()}, repeats
    )


BENCHMARK = Benchmark(
    "runs",
    "A warm run on one core",
    "Default scenario: 6,000 people, 545 days. Median over seeds of the CPU time of one thread, kernels "
    "compiled and loaded. "
    "Tables (`.daily`, `.discharges`, `.events`) are made when asked for and are not in it.",
    measure,
)
