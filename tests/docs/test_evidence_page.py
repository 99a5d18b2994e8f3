"""Evidence and parameters as the code has them; the page on validation names real tests."""

import re
from pathlib import Path

import pytest

from docs.build import evidence_pages
from scenarios.calibration_targets import targets
from simulation.parameters import PARAMETERS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_every_parameter_and_target_stands_with_its_source() -> None:
    lines = (DOCS / "reference" / "parameters.md").read_text(encoding="utf-8").splitlines()
    for name, p in PARAMETERS.items():
        row = next(line for line in lines if line.startswith(f"| `{name}`<br>{p.text} |"))
        assert f"| {p.value:g} {p.unit} (bounds {p.low:g} to {p.high:g}) |" in row and f"| {p.kind} |" in row, name
        assert p.source.replace("|", "\\|") in row, name
        assert p.kind != "assumed" or evidence_pages.NOBODY in row.lower(), name
    lines = (DOCS / "explanation" / "evidence.md").read_text(encoding="utf-8").splitlines()
    for target in targets():
        row = next(line for line in lines if line.startswith(f"| {target.id} |"))
        assert target.source in row and target.weight in row
        assert (target.missing or target.prediction) in row


def test_validation_names_tests_and_pages_that_are_there() -> None:
    text = (DOCS / "explanation" / "validation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/.]+)`", text))
    assert len(named) > 20
    for name in named:
        assert (ROOT / name).exists(), name


def test_the_place_of_a_number_is_that_in_the_prediction_without_the_studys_error():
    share = {"unit": "share", "quantity": "Readmission", "found": "0.5", "low": "0.2", "high": "0.8"}
    assert evidence_pages._place(share, "low", "high") == pytest.approx(0.5)
    assert evidence_pages._place(share | {"found": "0.8"}, "low", "high") == pytest.approx(0.975, abs=1e-4)
    ratio = {"unit": "odds ratio", "quantity": "Effect", "found": "0.25", "low": "0.5", "high": "2"}
    assert evidence_pages._place(ratio, "low", "high") < 0.001
