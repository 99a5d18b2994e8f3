"""The paper of a decision, on the stand-in whose supervision and training effects are planted."""

import json
from pathlib import Path

import pytest

from experiments.briefing.content import brief_of
from experiments.briefing.language import Sentences
from experiments.briefing.page import render
from experiments.briefing.pdf import compiled
from experiments.decisions.decide import as_json, decide
from experiments.support.errors import InputError
from tests.experiments.decisions.test_decide import SUPERVISION, ask, draws, model, planted

__all__ = ["model", "planted"]  # fixtures


def test_the_paper_says_what_the_decision_found_and_what_nobody_has_measured(tmp_path: Path, planted: None) -> None:
    found = decide(ask(tmp_path, SUPERVISION), draws(), tmp_path / "runs")
    say = Sentences()
    with pytest.raises(InputError, match="has no answer yet"):
        brief_of(tmp_path / "runs", say)
    (tmp_path / "runs" / "answer.json").write_text(json.dumps(as_json(found)), encoding="utf-8")
    brief = brief_of(tmp_path / "runs", say)
    assert brief.title == found.question.title and brief.uncalibrated
    assert "plan A" in brief.answer[0] and f"({found.recommended.plan} in the folder)" in brief.answer[1]
    assert "workers per supervisor 8" in brief.answer[1]
    assert any("supervision.exit" in line and "turns at" in line for line in brief.unmeasured)
    assert any("bridging.gain" in line for line in brief.unmeasured)
    assert brief.patients is not None and any("people without housing" in row[0] for row in brief.patients.rows)
    assert brief.certainty is not None and "readmission_30d" in brief.certainty.svg
    page = render(brief, say)
    assert "Patients, by housing" in page and "were not kept" not in page
    assert len(compiled(brief, say, False, "png")) == 4 and len(compiled(brief, say, True, "png")) == 1
