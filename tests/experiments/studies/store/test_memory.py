"""Runs without a folder: what a session asks of a store, kept in memory."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from experiments.execution.tasks import Run
from experiments.studies.store.layout import FAILED, MISSING, OK
from experiments.studies.store.memory import RunsInMemory


def store() -> RunsInMemory:
    plan: Any = SimpleNamespace(points=(0, 1), replications=SimpleNamespace(most=3))
    return RunsInMemory(plan, "reach")


def test_runs_are_kept_with_how_they_ended() -> None:
    kept = store()
    good = Run("bridge", 2, 0, values={"reach": 0.4}, point=1)
    bad = Run("usual-care", 0, 0, status="error", point=0)
    kept.add([good])
    kept.add([bad])
    assert kept.runs == [good, bad]
    assert kept.status.tolist() == [[FAILED, MISSING, MISSING], [MISSING, MISSING, OK]]
    assert kept.lead[1, 2] == 0.4 and np.isnan(kept.lead).sum() == 5


def test_it_starts_empty_and_keeps_no_record() -> None:
    kept = store()
    kept.note(state="stopped")
    kept.compact()
    assert not kept.runs and not kept.messages and (kept.status == MISSING).all()
