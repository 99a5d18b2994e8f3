"""Peerbridge against the same mechanisms as Mesa objects and as NumPy columns."""

from __future__ import annotations

from itertools import count

from benchmarks import columns, object_model, subset
from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import in_turns
from simulation import simulate


def measure(quick: bool) -> list[Figure]:
    full = subset.config()
    size, warm_up_days, days = (1_500, 60, 120) if quick else (6_000, 180, 365)
    small = subset.config(size, warm_up_days, days)
    share = size * small.horizon / (full.population.size * full.horizon)
    simulate(full, 0)
    columns.run(subset.config(200, 1, 10), 0)
    seeds = count(1)
    seconds = in_turns(
        {
            "ours": lambda: [simulate(full, next(seeds)) for _ in range(5)],
            "objects": lambda: object_model.run(small, next(seeds)),
            "columns": lambda: columns.run(small, next(seeds)),
        },
        2 if quick else 5,
    )
    ours, objects, numpy = seconds["ours"] / 5, seconds["objects"] / share, seconds["columns"] / share
    scaled = f"{size:,} people, {small.horizon} days, scaled by patient-days" if quick else ""
    patient_days = full.population.size * full.horizon
    return [
        Figure("Mesa objects against Peerbridge", objects / ours, "×", at_least=300.0, note=scaled),
        Figure("NumPy columns against Peerbridge", numpy / ours, "×", at_least=10.0, note=scaled),
        Figure("Peerbridge, a run", 1e3 * ours, "ms", note=f"{1e9 * ours / patient_days:.1f} ns a patient-day"),
        Figure(
            "Mesa objects, a run", 1e3 * objects, "ms", note=f"{1e9 * objects / patient_days:,.0f} ns a patient-day"
        ),
        Figure("NumPy columns, a run", 1e3 * numpy, "ms", note=f"{1e9 * numpy / patient_days:,.0f} ns a patient-day"),
    ]


BENCHMARK = Benchmark(
    "comparators",
    "Against the same mechanisms in Mesa and in NumPy",
    "Seven mechanisms, the others off: "
    + ", ".join(f"`{name}`" for name in subset.MECHANISMS)
    + ". 6,000 people, 545 days, "
    "set-up and outcomes included, in turns in one process. The comparators (`benchmarks/object_model.py`, "
    "`benchmarks/columns.py`) are written from the equations, not from the kernels, and `tests/benchmarks/` "
    "checks that all "
    "three agree on sixteen outcomes. A comparator in Starsim is left out.",
    measure,
)
