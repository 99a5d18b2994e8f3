"""What the terminal shows of a study: few rows, in words, with what failed and what nobody knows."""

from pathlib import Path

import pytest

from experiments.studies.analysis.results import StudyData, read_study
from experiments.studies.definition.plan import StudyPlan
from experiments.studies.definition.reader import read_study_file
from experiments.studies.report.terminal import as_json, show_study
from tests.experiments.synthetic_study import write_study

TEXT = """title = "A study"
question = "What would change?"
description = "Some words.\\n\\nWhat no trial has shown: nearly everything."
scenarios = ["bridge"]
baseline = "usual-care"
outcomes = ["patient_initiated_discharge", "readmission_30d", "peer_high_burnout", "programme_cost", "reach"]
[design]
kind = "grid"
[levers]
"programme.peers" = { values = [2, 4, 8], label = "peer workers" }
"programme.peers_per_supervisor" = { values = RATIOS }
"programme.follow_up_days" = { values = [30, 90], label = "days of follow-up" }
[uncertainties]
"parameters.relationship.contact_gain" = { values = GAINS }
[replications]
number = 8
"""


def make(
    tmp_path: Path, ratios: list[float], gains: list[float], failed: list[tuple[int, int]], **facts: str
) -> tuple[StudyPlan, StudyData]:
    file = tmp_path / "study.toml"
    file.write_text(TEXT.replace("RATIOS", str(ratios)).replace("GAINS", str(gains)), encoding="utf-8")
    plan = read_study_file(file)
    rows = [
        {"point": p.number, "plan": p.plan, "future": p.future, "scenario": p.scenario, **p.values} for p in plan.points
    ]
    said = {"outcomes": list(plan.outcomes), "factors": [f.as_dict() for f in plan.factors]} | facts
    return plan, read_study(write_study(tmp_path / "out", 8, design=rows, failed=failed, specification=said))


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().out
    assert all(len(line) <= 100 for line in text.splitlines())
    return text


def test_few_plans_have_a_row_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, data = make(tmp_path, [2.4], [0.4], [])
    show_study(plan, data)
    text = shown(capsys)
    assert text.startswith("A study\nWhat would change?\n\nUNCALIBRATED. Parameters are start values set by hand;")
    assert "\nSimulated: 6 plans and usual-care, on shared draws, seed 0." in text
    assert "56 runs finished, none failed" in text and "days of" in text and "✓ better" in text
    assert "more leading outcomes are in the report" in text and "★" not in text
    assert "Not known. Nearly everything. Intervals show run-to-run variation only" in " ".join(text.split())
    assert f"Next: peerbridge report {tmp_path / 'out'}" in text.replace("\n", "")


def test_of_many_plans_only_the_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, data = make(tmp_path, [2.4, 4, 6], [0.4], [(3, 4), (5, 1)], state="stopped")
    show_study(plan, data)
    text = shown(capsys)
    assert "Of 18 plans, those that are best in an outcome (★):\n  P014  peer workers 8" in text
    assert len(text.splitlines()) < 45 and "P001" not in text.partition("Failed")[0]
    assert "150 of 152 runs finished, 2 failed" in text
    assert "Failed: 2 runs, which are left out." in text
    assert "ZeroDivisionError: on purpose" in " ".join(text.split())
    assert "How many other plans may be as good as ★" in text


def test_futures_show_what_nobody_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, data = make(tmp_path, [2.4], [0.1, 0.4, 0.8], [])
    show_study(plan, data)
    text = shown(capsys)
    assert "in 3 futures" in text and "(and the middle 90 % of futures)" in text and "✓ better in 3 of 3" in text
    assert "Ranges show how far the answer moves" in " ".join(text.split())
    found = as_json(plan, data)
    assert found["futures"] == 3 and len(found["across_futures"]) and found["differences"][0]["plan"] == "P001"


def test_nothing_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, data = make(tmp_path, [2.4], [0.4], [(p, r) for p in range(7) for r in range(8)])
    show_study(plan, data)
    assert "0 runs finished, 56 failed" in shown(capsys)
