"""docs/evidence.md holds every parameter and target as the code has them; docs/validation.md names real tests."""

import re
from pathlib import Path

import pytest

from docs.build import evidence_page
from scenarios.calibration_targets import targets
from simulation.parameters import PARAMETERS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_both_pages_are_up_to_date() -> None:
    assert evidence_page.evidence() == evidence_page.PAGE.read_text(encoding="utf-8"), (
        "run `python -m docs.build.evidence_page`"
    )
    text = evidence_page.VALIDATION.read_text(encoding="utf-8")
    assert evidence_page.validation(text) == text, "run `python -m docs.build.evidence_page`"
    with pytest.raises(ValueError, match="has no mark"):
        evidence_page.validation("nothing")


def test_every_parameter_and_target_stands_with_its_source() -> None:
    lines = evidence_page.PAGE.read_text(encoding="utf-8").splitlines()
    for name, p in PARAMETERS.items():
        row = next(line for line in lines if line.startswith(f"| `{name}` |"))
        assert f"| {p.kind} | {p.value:g} | {p.unit} | {p.low:g} to {p.high:g} |" in row, name
        assert p.source.replace("|", "\\|") in row, name
        assert p.kind != "assumed" or evidence_page.NOBODY in row.lower(), name
    for target in targets():
        row = next(line for line in lines if line.startswith(f"| {target.id} |"))
        assert target.source in row and target.weight in row
        assert (target.missing or target.prediction) in row


def test_validation_names_tests_and_pages_that_are_there() -> None:
    text = (DOCS / "validation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/.]+)`", text))
    assert len(named) > 20
    for name in named:
        assert (ROOT / name).exists(), name
    for page in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (DOCS / page).exists(), page
