"""The folder of a comparison: the study that it is, its scenarios as files, and tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.comparisons.result import OUTCOME_COLUMNS, Comparison
from experiments.support.atomic_files import write_text
from experiments.support.csv_text import csv_text
from experiments.support.errors import InputError

if TYPE_CHECKING:
    from experiments.studies.analysis.results import StudyData
    from experiments.studies.definition.plan import StudyPlan

OUTCOMES_FILE, FAILED_FILE = "outcomes.csv", "failed.csv"


def is_comparison(manifest: Mapping[str, Any]) -> bool:
    """Whether the points of a stored study are scenarios: then `compare` made it."""
    design = manifest.get("specification", {}).get("design", {})
    return bool(design.get("of") == "scenarios")


def read_comparison(folder: Path | str) -> Comparison:
    """Read a comparison that `compare` stored, finished or not.

    Raises:
        InputError: The folder holds none.
    """
    from experiments.studies.analysis.results import read_study

    data = read_study(folder)
    if not is_comparison(data.manifest):
        raise InputError(f"{folder}: holds a study of peerbridge sweep, not a comparison; read_study reads it")
    return Comparison.of_study(data)


def write_scenarios(plan: StudyPlan, folder: Path) -> None:
    """Write every scenario with all its settings, each a file that can be run.

    Raises:
        InputError: The folder cannot be written.
    """
    from scenarios import dump

    try:
        (folder / "scenarios").mkdir(exist_ok=True)
        for config in plan.scenarios.values():
            write_text(folder / "scenarios" / f"{config.name}.toml", dump(config))
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror or error}", argument="out") from None


def write_tables(result: Comparison, data: StudyData) -> None:
    """Write what people read beside the study: outcomes, failures, differences, value for money, the report.

    Args:
        result: The comparison.
        data: The study that it is.

    Raises:
        OSError: The folder cannot be written.
    """
    folder = data.folder
    write_text(folder / OUTCOMES_FILE, csv_text(OUTCOME_COLUMNS, result.outcome_rows()))
    if result.failed:
        names = ("scenario", "replication", "seed", "stage", "message")
        rows = ([getattr(run, name) for name in names] for run in result.failed)
        write_text(folder / FAILED_FILE, csv_text(names, rows))
    else:
        (folder / FAILED_FILE).unlink(missing_ok=True)
    if not result.baseline or not result.complete:
        return
    from experiments.comparisons.report import write_report

    for name, table in (("differences", result.difference_rows()), ("value_for_money", result.money_rows())):
        write_text(folder / f"{name}.csv", csv_text(list(table[0]), [list(row.values()) for row in table]))
    write_report(result, data, folder / "report.html")
