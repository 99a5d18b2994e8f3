"""docs/explanation/statistics.md names tests that are there, and calls that StudyData answers."""

import re
from pathlib import Path

import pytest

from experiments.studies.analysis.results import StudyData

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "explanation" / "statistics.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([a-z_/]*test_\w+\.py)::(test_\w+)`", TEXT)))


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_every_oracle_is_a_test(file: str) -> None:
    text = (ROOT / "tests" / "experiments" / file).read_text(encoding="utf-8")
    for name in (test for where, test in NAMED if where == file):
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"{file}::{name}"


def test_every_row_names_one() -> None:
    rows = [line for line in TEXT.partition("What each estimator was checked against")[2].splitlines() if "|" in line]
    assert len(rows) >= 18 and all("::test_" in row for row in rows[2:])


def test_every_call_is_there() -> None:
    calls = set(re.findall(r"study\.(\w+)\(", TEXT))
    assert len(calls) >= 9
    for call in calls:
        assert callable(getattr(StudyData, call)), call
