"""Runs of a study that needs no folder: kept in this process, lost with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.execution.tasks import Run
from experiments.studies.definition.plan import StudyPlan
from experiments.studies.store.layout import FAILED, MISSING, OK
from experiments.support.types import FloatArray


class RunsInMemory:
    """What a `Session` asks of a store, without files (`experiments.studies.store.writer.StudyWriter` has files).

    Attributes:
        status: `MISSING`, `OK` or `FAILED` by point and replication; shape (points, most replications).
        lead: The outcome that leads, by point and replication; NaN where it is not there.
        runs: Finished runs, failed ones included, in the order in which they came.
        messages: Lines for people on what was found: none.
    """

    def __init__(self, plan: StudyPlan, lead: str) -> None:
        shape = len(plan.points), plan.replications.most
        self.status: NDArray[np.int8] = np.full(shape, MISSING, np.int8)
        self.lead: FloatArray = np.full(shape, math.nan)
        self.runs: list[Run] = []
        self.messages: tuple[str, ...] = ()
        self._outcome = lead

    def add(self, runs: Sequence[Run]) -> None:
        """Keep finished runs."""
        self.runs += runs
        for run in runs:
            self.status[run.point, run.replication] = OK if run.status == "ok" else FAILED
            self.lead[run.point, run.replication] = run.values.get(self._outcome, math.nan)

    def compact(self) -> None:
        """There is nothing to put together."""

    def note(self, **facts: Any) -> None:
        """There is no record."""
