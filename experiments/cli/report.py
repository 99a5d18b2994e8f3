"""`peerbridge report`: the page and the tables of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from experiments.studies.analysis.results import StudyData


@click.command()
@click.argument("study", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The page.  [default: FOLDER/report.html]")
@click.option("--tables", is_flag=True, help="Also CSV tables with units, in FOLDER/tables.")
@click.option("--excel", is_flag=True, help="Also a workbook, FOLDER/tables.xlsx.")
def report(study: Path, out: Path | None, tables: bool, excel: bool) -> None:
    """Make the report of a study, a comparison or an explanation: one page that needs no network, and tables to paste.

    FOLDER is what `peerbridge sweep`, `compare --out` or `explain --out` made, finished or not. Files of an earlier
    report are replaced.

    \b
    Examples:
      peerbridge report results/staffing-supervision-followup
      peerbridge report results/mine --out for-the-board.html --excel
    """
    from experiments.comparisons.folder import is_comparison
    from experiments.explanation.result import is_explanation
    from experiments.studies.analysis.results import read_study
    from experiments.studies.report.page import write_report
    from experiments.support.errors import InputError

    data = read_study(study)
    page = out or study / "report.html"
    if page.is_dir():
        raise InputError(f"--out {page}: is a folder; name a file")
    beside = page.parent if out else study
    if not beside.is_dir():
        raise InputError(f"--out {page}: there is no folder {beside}")
    if tables and (beside / "tables").exists() and not (beside / "tables").is_dir():
        raise InputError(f"--tables: {beside / 'tables'} is a file, not a folder")
    made = [page]
    if is_comparison(data.manifest):
        _write_comparison(data, page)
    elif is_explanation(data.manifest):
        _write_explanation(data, page)
    else:
        write_report(data, page)
    if tables or excel:
        from experiments.studies.report.spreadsheet import write_csv, write_workbook

        if tables:
            write_csv(data, beside / "tables")
            made.append(beside / "tables")
        if excel:
            write_workbook(data, beside / "tables.xlsx")
            made.append(beside / "tables.xlsx")
    click.echo("Written: " + ", ".join(str(path) for path in made))


def _write_comparison(data: StudyData, page: Path) -> None:
    from experiments.comparisons.report import write_report
    from experiments.comparisons.result import Comparison
    from experiments.support.errors import InputError

    result = Comparison.of_study(data)
    if not result.baseline or not result.complete:
        raise InputError(f"{data.folder}: no plan has a finished run beside one of its baseline yet; nothing to report")
    write_report(result, data, page)


def _write_explanation(data: StudyData, page: Path) -> None:
    from experiments.explanation.report import write_report
    from experiments.explanation.result import explanation_of_study
    from experiments.support.errors import InputError

    why = explanation_of_study(data)
    if not why.comparison.complete:
        raise InputError(f"{data.folder}: no replication is finished for every combination yet; nothing to report")
    write_report(why, page)
