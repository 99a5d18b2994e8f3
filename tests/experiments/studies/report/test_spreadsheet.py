"""Tables of a study for spreadsheets: read back by other code, with the units beside the numbers."""

import csv
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from experiments.cli.entry import cli
from experiments.studies.analysis.results import StudyData
from experiments.studies.report.spreadsheet import write_csv, write_workbook
from tests.experiments.study_cases import design, grid, make, point


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    return make(tmp_path_factory.mktemp("study"), "grid", grid((2, 4), (2.0, 8.0)), 5, failed=[(1, 2)])


def test_the_workbook_holds_the_study(study: StudyData, tmp_path: Path) -> None:
    write_workbook(study, tmp_path / "a.xlsx")
    write_workbook(study, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["read me", "plans", "differences", "means", "money", "design", "failed", "definitions"]
    assert all(sheet.freeze_panes for sheet in book)
    sheet = book["differences"]
    rows = list(sheet.iter_rows(values_only=True))
    head, first = rows[0], dict(zip(rows[0], rows[1], strict=True))
    table = study.differences()
    wanted = table[(table["plan"] == first["plan"]) & (table["outcome"] == first["outcome"])].iloc[0]
    assert first["difference"] == pytest.approx(wanted["difference"])
    assert first["unit"] == wanted["unit"] and first["n"] == wanted["n"]
    formats = {sheet.cell(i, head.index("difference") + 1).number_format for i in range(2, sheet.max_row + 1)}
    assert {"+0.00%;-0.00%;0.00%", "$#,##0;-$#,##0"} <= formats
    levers = book["design"]
    assert levers.cell(3, 5).number_format == "General"
    text = " ".join(str(cell.value) for row in book["read me"] for cell in row)
    assert "simulated, not observed" in text and "never been randomised" in text
    plans = next(book["plans"].iter_rows(values_only=True))
    assert "peer workers (programme.peers; posts)" in plans


def test_csv_tables_name_their_units(study: StudyData, tmp_path: Path) -> None:
    write_csv(study, tmp_path / "tables")
    with open(tmp_path / "tables" / "differences.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["unit"] for row in rows} >= {"share", "US$ of 2022 per year"}
    assert len({row["outcome"] for row in rows}) > 50
    assert not (tmp_path / "tables" / "subgroups.csv").exists()


def test_text_is_never_a_formula(tmp_path: Path) -> None:
    rows = design([point("P001", scenario="=1+1"), point("P002", 8, scenario="@x")])
    data = make(tmp_path / "study", "list", rows, 3, manifest={"title": "=HYPERLINK(1)"})
    write_workbook(data, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    write_csv(data, tmp_path / "tables")
    assert ",=1" not in (tmp_path / "tables" / "design.csv").read_text()


def test_the_command(study: StudyData, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = CliRunner().invoke(cli, ["report", str(study.folder), "--out", str(page), "--tables", "--excel"])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "tables", "tables.xlsx"]
    for bad in (
        ["nowhere"],
        [str(study.folder), "--out", str(tmp_path)],
        [str(study.folder), "--out", "no/such/x.html"],
    ):
        done = CliRunner().invoke(cli, ["report", *bad])
        assert done.exit_code and done.exception and "\n" not in str(done.exception)
