"""Pace of enrolment, what no worker had time for, one arm, published nulls, cost, and the table of participants."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.trials.run import TrialResult, person_table, run_replication
from experiments.trials.summary import arm_lines, lines, missed_share
from experiments.trials.terminal import show_result
from scenarios.toml_files import ScenarioError
from scenarios.trial_files.plan import TrialPlan
from scenarios.trial_files.read import read_trial
from scenarios.trial_files.schedule_words import read_schedule

pytestmark = pytest.mark.interpreted

TEXT = """
title = "Small"
[settings]
"population.size" = 500
"run.burn_in_days" = 0
"hospital.units" = 2
[eligibility]
place = ["ward"]
[enrolment]
people = 30
days = 100
[staff]
peers = 2
[arms.usual]
[arms.peer]
worker = "peer"
contact_days = 30
[outcomes.back]
measure = "readmission"
effect = "risk difference"
days = 60
[outcomes.back.published]
significant = false
p = 0.4
[outcomes.trust]
measure = "trust at discharge"
effect = "mean difference"
change_from_baseline = true
[outcomes.cost]
measure = "cost"
effect = "mean difference"
days = 60
"""


def plan_of(tmp_path, *changes: tuple[str, str]) -> TrialPlan:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    return read_trial(path)


def result_of(plan: TrialPlan) -> TrialResult:
    trial = run_replication(plan, 3, 0)
    assert not trial.error
    return TrialResult(plan, 3, 1, (trial,), False, ())


def test_people_are_enrolled_at_an_even_pace_unless_the_file_says_other(tmp_path) -> None:
    even = person_table(plan_of(tmp_path), 3)
    assert len(even) == 30 and even["day"].max() > 80
    for number, day in enumerate(even["day"]):
        assert number < 0.3 * day  # never ahead of 30 people in 100 days
    fast = person_table(plan_of(tmp_path, ("days = 100", 'days = 100\npace = "as they come"')), 3)
    assert len(fast) == 30 and fast["day"].max() < even["day"].max() / 1.3
    slow = plan_of(tmp_path, ("days = 100", "days = 100\npeople_per_week = 2.5"))
    assert slow.trial.pace == pytest.approx(2.5 / 7)


def test_a_sample_of_eligible_people_is_asked(tmp_path) -> None:
    few = plan_of(tmp_path, ('place = ["ward"]', 'place = ["ward"]\napproached = 0.1'))
    assert few.trial.eligibility.approached == 0.1
    assert len(person_table(few, 3)) < len(person_table(plan_of(tmp_path), 3))


def test_rows_of_participants_give_the_means_of_the_trial(tmp_path) -> None:
    result = result_of(plan_of(tmp_path))
    people = result.people()
    for endpoint in ("back", "trust", "cost"):
        for arm in ("usual", "peer"):
            own = people.loc[people["arm"] == arm, endpoint]
            assert own.mean() == pytest.approx(result.mean(endpoint, arm), nan_ok=True)
    assert people["cost"].min() >= 0 and people["trust"].abs().max() < 1
    of_peer = people[people["arm"] == "peer"]
    made, failed, missed = (of_peer[f"visits_and_contacts_{name}"].sum() for name in ("made", "failed", "missed"))
    assert made > 0 and missed_share(result, "peer") == pytest.approx(missed / (made + failed + missed))


def test_a_published_null_is_shown_as_a_null(tmp_path, capsys) -> None:
    result = result_of(plan_of(tmp_path))
    line = lines(result)[0]
    assert line.published is None and line.published_null and line.published_p == 0.4
    show_result(result)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Published: no significant difference" in shown and "last person was enrolled on day" in shown


def test_one_arm_prints_its_outcomes(tmp_path, capsys) -> None:
    plan = plan_of(tmp_path, ("[arms.usual]\n", ""), ("significant = false\np = 0.4", "arms = { peer = 0.2 }"))
    result = result_of(plan)
    assert not plan.comparisons and [line.outcome for line in arm_lines(result)] == ["back", "trust", "cost"]
    show_result(result)
    shown = " ".join(capsys.readouterr().out.split())
    assert "One arm" in shown and "20.0 %" in shown


def test_what_counts_as_treated_is_the_files_to_say(tmp_path) -> None:
    shares = {
        by: person_table(plan_of(tmp_path, ("[arms.usual]", f'[analysis]\ntreated_by = "{by}"\n[arms.usual]')), 3)
        for by in ("acceptance", "contacts", "visits and contacts")
    }
    counts = {by: int(table["treated"].sum()) for by, table in shares.items()}
    assert 0 < counts["contacts"] < counts["visits and contacts"]
    assert counts["acceptance"] > 0 and not np.any(shares["acceptance"].query("arm == 'usual'")["treated"])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("days = 100", "days = 100\npeople_per_week = 1", "enrolment.people_per_week: 1 a week are 14 in 100 days"),
        ("days = 100", 'days = 100\npace = "slow"', "enrolment.pace: must be one of"),
        ("p = 0.4", "p = 0.01", "published.significant: p = 0.01 says otherwise"),
        ("p = 0.4", "level = 1.5", "published.level: must be a number above 0.5"),
        ('effect = "risk difference"', 'effect = "risk difference"\nchange_from_baseline = true', "no value at rando"),
    ],
)
def test_what_cannot_be_meant_ends_in_a_line(tmp_path, old: str, new: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=r"small\.toml, line \d+: .*" + says.replace(".", r"\.")):
        plan_of(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("words", "phases", "first"),
    [
        ("at 24, 48 and 72 hours, then weekly", ((1, 1.0), (2, 1.0), (1095, 7.0)), 1),
        ("within 48 hours, then weekly", ((1095, 7.0),), 2),
        ("every 72 hours for a month, then monthly", ((30, 3.0), (1095, 30.0)), 1),
    ],
)
def test_schedules_in_hours(words: str, phases: tuple[tuple[int, float], ...], first: int) -> None:
    assert read_schedule(words) == (phases, first)
