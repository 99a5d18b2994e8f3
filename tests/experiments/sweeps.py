"""Small studies on the stand-in, and the ways to run them that the tests need."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from experiments.execution import executors
from experiments.execution.scheduler import WorkerPool
from experiments.execution.tasks import RunOptions
from experiments.studies import sweep as sweeping
from experiments.studies.definition.plan import StudyPlan
from experiments.studies.definition.reader import read_study_file
from experiments.studies.store.layout import final_table

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).with_name("stand_in")

STUDY = """
title = "Posts and follow-up"
question = "What do more posts and longer follow-up change?"
scenarios = ["bridge"]
baseline = "usual-care"
[design]
kind = "grid"
[levers]
"programme.peers" = { values = [2, 4, 8] }
"programme.follow_up_days" = { values = [30, 90] }
[replications]
number = 12
"""
POINTS = 7

PRECISE = STUDY.replace("number = 12", 'outcome = "readmission_30d"\nhalf_width = 0.002\nminimum = 6\nmaximum = 60')


def plan_of(folder: Path, text: str = STUDY, **options: Any) -> StudyPlan:
    """The plan of a study file with this text."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "posts.toml"
    file.write_text(text, encoding="utf-8")
    return read_study_file(file, **options)


def serially(plan: StudyPlan, workers: Any, dask: Any, todo: int, say: Callable[[str], None]) -> WorkerPool:
    """In the place of `sweeping._hire`: every run in this process, nothing to start."""
    return WorkerPool(executors.serial(), 1, RunOptions(limit=None), ahead=1)


def in_this_process(monkeypatch: Any) -> None:
    """Make sweeps run here."""
    monkeypatch.setattr(sweeping, "_hire", serially)


def stand_in_for_workers(monkeypatch: Any) -> None:
    """Let worker processes that start have the stand-in for the model."""
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}{os.pathsep}{ROOT}")


def environment(**extra: object) -> dict[str, str]:
    """Variables for a process on the stand-in."""
    return os.environ | {"PYTHONPATH": f"{STAND_IN}{os.pathsep}{ROOT}"} | {k: str(v) for k, v in extra.items()}


def bytes_of(folder: Path, file: Path) -> bytes:
    """The final table as the bytes of a file."""
    pa.parquet.write_table(final_table(folder), file)
    return file.read_bytes()
