"""The bundled study of three levers, as a planner runs it: how long it takes, and whether the time left is right."""

from __future__ import annotations

import tempfile
from math import nan
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Benchmark, Figure
from experiments.support.machine import allowed_cores

STUDY, REPLICATIONS = "staffing-supervision-followup", 50
QUICK = ("population.size=800",)
SETTLED = 60.0
"""Seconds after the first run from which the time left must be right."""


def measure(quick: bool) -> list[Figure]:
    from experiments import sweep
    from experiments.studies.definition.reader import read_study_file
    from experiments.studies.session import Progress

    plan = read_study_file(STUDY, replications=2 if quick else REPLICATIONS, settings=QUICK if quick else ())
    said: list[tuple[float, float]] = []

    def stand(standing: Progress) -> None:
        said.append((perf_counter(), standing.seconds_left))

    with tempfile.TemporaryDirectory() as place:
        began = perf_counter()
        data = sweep(plan, out=Path(place) / "study", on_standing=stand)
        took = perf_counter() - began
        runs = data.runs
    first, last = said[0][0], said[-1][0]
    busy = float(runs["seconds"].sum()) / (allowed_cores() * (last - first))
    settled = min(SETTLED, (last - first) / 4)
    # The last tenth is left out: seconds of it are seconds of one batch.
    late = [left / (last - now) for now, left in said if first + settled <= now <= last - 0.1 * (last - first)] or [nan]
    n = f"{len(plan.points)} points × {plan.replications.most}"
    return [
        Figure(f"{n}: from start to table", took, "s", at_most=None if quick else 300.0),
        Figure("runs a second", len(runs) / (last - first), ""),
        Figure("share of the time that workers were in runs", 100 * busy, "%"),
        Figure("time left after a minute, over what it took", late[0], "×"),
        Figure("the same, least from then on", min(late), "×", at_least=0.67),
        Figure("the same, most from then on", max(late), "×", at_most=1.5),
    ]


BENCHMARK = Benchmark(
    "grid",
    "The study of three levers, in full",
    f"`peerbridge sweep {STUDY}` with {REPLICATIONS} replications on every core, model compiled; runs, storing and the "
    f"first table. The time left is looked at from {SETTLED:.0f} seconds after the first run on.",
    measure,
)
