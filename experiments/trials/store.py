"""The folder of a trial's results: everything shown, every virtual trial, and what made them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from experiments.support import provenance
from experiments.support.atomic_files import write_text
from experiments.support.csv_text import csv_text
from experiments.trials.run import TrialResult
from experiments.trials.summary import SampleSize, as_json
from simulation import SOURCE_HASH, VERSION

COLUMNS = ("replication", "outcome", "arm", "other", "analysis", "effect", "low", "high", "p", "people")


def write(folder: Path, result: TrialResult, sizes: Sequence[SampleSize] = ()) -> None:
    """Write `trial.json`, `virtual-trials.csv` and `provenance.json` into a new or empty folder.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(result, sizes), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(folder / "trial.json", text + "\n")
    rows = [
        [trial.replication, *key, *(x if math.isfinite(x) else None for x in (e.value, e.low, e.high, e.p)), e.n]
        for trial in result.fine
        for key, e in trial.effects.items()
    ]
    write_text(folder / "virtual-trials.csv", csv_text(COLUMNS, rows))
    plan = result.plan
    made_by = {
        "made": provenance.now(),
        "versions": provenance.versions(),
        "git": provenance.git(),
        "machine": provenance.machine(),
        "model": {"version": VERSION, "sources": SOURCE_HASH},
        "seed": result.seed,
        "replications": len(result.fine),
        "trial": plan.name,
        "settings": plan.config.settings(),
    }
    write_text(folder / "provenance.json", json.dumps(made_by, indent=2, ensure_ascii=False) + "\n")
