"""Runs that a page shows, as a CSV file."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.catalogue.address import Situation, write
from dashboard.compute import pool
from dashboard.compute.worker import Runs
from dashboard.ui import sentences
from experiments.support.csv_text import csv_text


def table_of_runs(situation: Situation, found: Mapping[str, Runs]) -> str:
    """All outcomes of all runs as CSV; the first lines say version, seed and settings."""
    from experiments.outcomes.registry import OUTCOMES
    from simulation import SOURCE_HASH

    head = f"# {sentences.version()} ({SOURCE_HASH}); seed {pool.SEED}; simulated, not observed\n"
    head += f"# link {write(situation)}\n"
    plans = {"now": situation.now, "plan": situation.plan, "all plans": situation.world}
    for name, settings in (plans | {pin.name: pin.plan for pin in situation.pins}).items():
        head += f"# {name}: {'; '.join(f'{k} = {v}' for k, v in settings.items()) or 'as in usual care'}\n"
    rows = [
        [name, r, *(float(f"{made.values[o][r]:.6g}") for o in OUTCOMES)]
        for name, made in found.items()
        for r in range(len(made))
    ]
    return head + csv_text(["plan", "replication", *OUTCOMES], rows)
