"""How many replications a difference between plans needs: on shared draws, and with seeds of their own."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.figures import Benchmark, Figure

OUTCOMES = ("patient_initiated_discharge", "readmission_30d")
REPLICATIONS = 300
TARGET = 0.1
"""Half-width of the 95 % interval, as a share of the difference."""


def needed(sd: float, difference: float) -> float:
    """Replications after which the half-width of Student's interval is `TARGET` of the difference; a real number."""
    from experiments.statistics import LEVEL, t_quantile

    goal, n = TARGET * abs(difference), 3.0
    for _ in range(50):
        n = max(3.0, (t_quantile(LEVEL, max(2, math.ceil(n) - 1)) * sd / goal) ** 2)
    return n


def measure(quick: bool) -> list[Figure]:
    from scenarios import load
    from simulation import simulate

    count = 60 if quick else REPLICATIONS
    values = {}
    for name in ("bridge", "usual-care"):
        config = load(name)
        runs = [simulate(config, 0, replication=r).values for r in range(count)]
        values[name] = {outcome: np.array([run[outcome] for run in runs]) for outcome in OUTCOMES}
    figures = []
    for outcome in OUTCOMES:
        plan, base = values["bridge"][outcome], values["usual-care"][outcome]
        shared, own = plan - base, plan - np.roll(base, count // 2)
        few, many = (needed(float(d.std(ddof=1)), float(shared.mean())) for d in (shared, own))
        figures += [
            Figure(f"{outcome}: replications on shared draws", math.ceil(few), ""),
            Figure(f"{outcome}: replications with seeds of their own", math.ceil(many), ""),
            Figure(f"{outcome}: times fewer on shared draws", many / few, "×", at_least=10.0),
        ]
    return figures


BENCHMARK = Benchmark(
    "pairing",
    "Shared draws against seeds of their own",
    f"Difference between `bridge` and `usual-care`, default size, known to ± {TARGET:.0%} (half-width of the 95 % "
    f"interval). Standard deviations from {REPLICATIONS} replications of each; a replication is a run of both.",
    measure,
)
