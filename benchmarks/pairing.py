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
    from experiments.statistics.estimates import LEVEL, t_quantile

    goal, n = TARGET * abs(difference), 3.0
    for _ in range(50):
        n = max(3.0, (t_quantile(LEVEL, max(2, math.ceil(n) - 1)) * sd / goal) ** 2)
    return n


def measure(quick: bool) -> list[Figure]:
    from scenarios import load
    from simulation import simulate

    count = 60 if quick else REPLICATIONS
    configs = {"6 posts": load("bridge"), "4 posts": load("bridge", ["programme.peers=4"]), "none": load("usual-care")}
    values = {
        name: [simulate(config, 0, replication=r).values for r in range(count)] for name, config in configs.items()
    }
    figures = []
    for other, target in (("4 posts", 10.0), ("none", None)):
        for outcome in OUTCOMES:
            plan, base = (np.array([run[outcome] for run in values[name]]) for name in ("6 posts", other))
            shared, own = plan - base, plan - np.roll(base, count // 2)
            few, many = (needed(float(d.std(ddof=1)), float(shared.mean())) for d in (shared, own))
            what = f"6 posts against {other}, {outcome}"
            note = f"{math.ceil(few):,} replications instead of {math.ceil(many):,}"
            figures.append(Figure(f"{what}: times fewer", many / few, "×", at_least=target, note=note))
    return figures


BENCHMARK = Benchmark(
    "pairing",
    "Shared draws against seeds of their own",
    f"Difference between `bridge` with six posts and with four (the question of a sweep), and between `bridge` and "
    f"`usual-care`, default size, known to ± {TARGET:.0%} (half-width of the 95 % interval). Standard deviations from "
    f"{REPLICATIONS} replications of each; a replication is a run of both. The more two plans differ, the sooner lives "
    "part, and the less shared draws save.",
    measure,
)
