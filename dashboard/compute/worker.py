"""What worker processes do: runs of one scenario, made small enough to be sent back quickly."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

import numpy as np

from experiments.support.types import FloatArray, IntArray
from simulation.config import Config

if TYPE_CHECKING:
    from simulation import Result

Numbers = IntArray

READMISSION_DAYS, STAY_DAYS, LINKAGE_DAYS = 90, 30, 90
"""Last day of each curve."""

COUNTERS: tuple[str, ...] = (
    "visits_made", "visits_missed", "contacts_made", "contacts_missed", "stigma_enacted", "conflicts", "worker_exits",
    "admissions", "first_visits_in_care",
)  # fmt: skip
"""Daily series of which a year's sum is kept."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of one scenario, in the order of their replications.

    Attributes:
        values: Outcome (`experiments.outcomes.registry.OUTCOMES`) or counter ("count:visits_made", per year)
            → one value a run.
        curves: Outcome that can lead → shares by day, shape (runs, days).
        draw: Number of the parameter draw of each run, shape (runs,); None for runs at the start values.
    """

    values: dict[str, FloatArray]
    curves: dict[str, FloatArray]
    draw: Numbers | None = None

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def first(self, n: int) -> Runs:
        """The first `n` runs."""
        draw = None if self.draw is None else self.draw[:n]
        return Runs({k: v[:n] for k, v in self.values.items()}, {k: v[:n] for k, v in self.curves.items()}, draw)


def join(parts: list[Runs]) -> Runs:
    """Several batches as one."""
    draws = [p.draw for p in parts if p.draw is not None]
    return Runs(
        {k: np.concatenate([p.values[k] for p in parts]) for k in parts[0].values},
        {k: np.concatenate([p.curves[k] for p in parts]) for k in parts[0].curves},
        np.concatenate(draws) if draws else None,
    )


Draw = tuple[int, Mapping[str, float]]
"""Number of a parameter draw, and its values by name."""


def run(config: Config, seed: int, replications: range, drawn: Mapping[int, Draw] | None = None) -> Runs:
    """Make some runs.

    Args:
        config: The scenario.
        seed: Root seed.
        replications: Numbers of the replications; equal numbers share their draws across scenarios.
        drawn: Replication → its draw; None for the start values.
    """
    from experiments.outcomes.registry import run_values
    from simulation import simulate

    values: dict[str, list[float]] = {}
    curves: dict[str, list[FloatArray]] = {}
    for r in replications:
        result = simulate(config, seed, replication=r, parameters=drawn[r][1] if drawn else None)
        daily = result.daily_records[config.run.warm_up_days :]
        found = run_values(result)
        found |= {f"count:{name}": float(daily[name].sum()) * 365.0 / config.run.days for name in COUNTERS}
        found["count:going_home"] = result.going_home * 365.0 / config.run.days
        for name, value in found.items():
            values.setdefault(name, []).append(value)
        for name, curve in _curves(result).items():
            curves.setdefault(name, []).append(curve)
    draw = np.array([drawn[r][0] for r in replications]) if drawn else None
    return Runs({k: np.asarray(v) for k, v in values.items()}, {k: np.stack(v) for k, v in curves.items()}, draw)


def _curves(result: Result) -> dict[str, FloatArray]:
    """Cumulative shares by day, with the estimators and denominators of the outcomes they lead to."""
    from simulation.outcomes import incidence, left_early
    from simulation.state import DIED

    ended = result.ended
    index = ended.where(ended["type"] != DIED)
    return {
        "readmission_30d": incidence("readmission", index, result.last_day, READMISSION_DAYS),
        "patient_initiated_discharge": left_early(ended, STAY_DAYS),
        "linkage_30d": incidence("linkage", index, result.last_day, LINKAGE_DAYS),
    }


def live_with_server() -> None:
    """Make a worker process end when its server does, however that ended, and leave Ctrl-C to the server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = multiprocessing.parent_process()

    def watch() -> None:
        if server is not None:
            wait([server.sentinel])
            os._exit(0)

    threading.Thread(target=watch, name="live-with-server", daemon=True).start()


def warm() -> bool:
    """Load, and if need be compile, what a run needs; the small model makes the same kernels as a large one."""
    from scenarios import load

    run(load("usual-care", ("population.size=50", "run.days=60", "run.warm_up_days=5")), 0, range(1))
    return True
