"""Simulations of parameter draws, stored as studies in the folder of a calibration."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.studies.definition.plan import BASELINE, Fixed, Keep, Point, StudyPlan
from experiments.support.errors import Stopped
from experiments.support.types import FloatArray
from experiments.uncertainty.draws import ParameterDraws

if TYPE_CHECKING:
    from experiments.studies.analysis.results import StudyData
    from simulation.config import Config

SEEDS = {"wave-1": 10, "wave-2": 11, "check": 12, "wave-3": 14, "wave-4": 15, "chance": 16, "planted": 17}
"""Studies of a fit, with the number by which each derives its seed."""


@dataclass(frozen=True, slots=True)
class Running:
    """How the runs of a fit are executed and reported; it never changes a result.

    Attributes:
        workers: Worker processes; None for one per core.
        dask: Address of a Dask scheduler instead.
        on_start: Called for each study with its name, runs to do and runs found.
        on_standing: Called as by `sweep`.
        on_message: Called with lines for people.
    """

    workers: int | None = None
    dask: str | None = None
    on_start: Callable[[str, int, int], None] | None = None
    on_standing: Callable[[Any], None] | None = None
    on_message: Callable[[str], None] | None = None


def seed_of(what: str, root: int, use: int) -> int:
    """Seed of one study of a fit, derived from its root seed."""
    return int.from_bytes(sha256(f"{what} {root} {use}".encode()).digest()[:6], "big")


@dataclass(frozen=True, slots=True)
class Studies:
    """The studies of one fit.

    Attributes:
        folder: Folder of the fit; each study is a folder in it.
        what: Word for the fit in the names of its studies and in its seeds.
        title: The same for people.
        question: What its studies ask.
        seed: Root seed of the fit.
        running: Who makes the runs.
    """

    folder: Path
    what: str
    title: str
    question: str
    seed: int
    running: Running

    def run(
        self,
        name: str,
        configs: Mapping[str, Config],
        draws: ParameterDraws,
        replications: int,
        outcomes: tuple[str, ...],
        keep: Keep | None = None,
    ) -> StudyData:
        """Simulate draws in every scenario; goes on where an earlier call stopped.

        Args:
            name: Which of `SEEDS`.
            configs: Scenarios by name; the first is the baseline of the study.
            draws: Parameter sets, by replication.
            replications: Runs of each scenario.
            outcomes: Outcomes that lead in the tables of the study.
            keep: What else to keep of each run.

        Raises:
            Stopped: Ctrl-C; finished runs are kept.
        """
        from experiments.studies.store.layout import COMPLETE
        from experiments.studies.sweep import sweep

        points = tuple(
            Point(i, BASELINE if i == 0 else f"P{i:03d}", 0, scenario, {}, config, config.content_hash())
            for i, (scenario, config) in enumerate(configs.items())
        )
        plan = StudyPlan(
            name=f"{self.what}-{name}", title=f"{self.title}, {name}", question=self.question, description="",
            sources=(), baseline=points[0].scenario, scenarios=dict(configs), design={"kind": "draws"}, factors=(),
            points=points, outcomes=outcomes, seed=seed_of(self.what, self.seed, SEEDS[name]),
            replications=Fixed(replications), keep=keep or Keep(), draws=draws,
        )  # fmt: skip
        by, start = self.running, self.running.on_start
        data = sweep(
            plan, out=self.folder / name, workers=by.workers, dask=by.dask, on_standing=by.on_standing,
            on_message=by.on_message, on_start=None if start is None else partial(start, name),
        )  # fmt: skip
        if data.state != COMPLETE:
            raise Stopped(name)
        return data


def whole_row(row: FloatArray, replications: int) -> FloatArray:
    """The first `replications` values of a row; NaN where it has fewer."""
    found = np.full(replications, math.nan)
    found[: row.size] = row[:replications]
    return found
