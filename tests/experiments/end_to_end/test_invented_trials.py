"""Trials that nobody ran, each of which combines what the format can say in another way: read, said and run."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.trials.description import show_plan
from experiments.trials.participants import People
from experiments.trials.run import run_trial
from experiments.trials.summary import as_json, group_lines, lines, stratum_lines
from experiments.trials.terminal import show_result
from scenarios import ScenarioError
from scenarios.trial_files.plan import TrialPlan
from scenarios.trial_files.read import read_trial
from simulation.day import finish
from simulation.engine import Engine
from simulation.state import PATIENT_INITIATED

FOLDER = Path(__file__).parents[2] / "scenarios" / "invented_trials"

SAID = {
    "factorial-emergency": (
        "asked at: emergency department", "with a co-occurring illness", "not in care", "60 % take part", "blocks of 8",
        "every 2.33 days until day 14; every 7 days until day 74; every 30 days", "peer and incentives against",
    ),
    "wedge-of-hospitals": (
        "serious mental illness", "by hospital, crossing over in 4 steps of 45 days", "on days 1, 3, 7, 14, 30, 60",
        "arms stand for different times",
    ),
    "three-arms-by-unit": ("days in hospital so far: 2 to 10", "assigned by unit", "no practical help", "using drugs"),
    "left-early": ("discharge (patient-initiated)", "a social worker who calls after discharge", "at most 8 times"),
    "two-teams": (
        "a peer who visits in hospital (daily)", "contact with a navigator or social worker for 120 days",
        "on days 7, 14, 30, 60, 90", "70 % of attempts reach the middle person", "a peer or navigator who visits",
        "first on day 30, then every 30 days", "known of 60 % to 80 %",
    ),
    "how-long": ("the programme of the scenario", "share 2", "from discharge plus 365 days of contact", "injecting"),
}  # fmt: skip


def plan_of(name: str) -> TrialPlan:
    return read_trial(FOLDER / f"{name}.toml")


def test_there_are_six() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_they_are_said_in_words_and_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_of(name)
    show_plan(plan)
    result = run_trial(plan, replications=2, workers=1, draws=None)
    assert not result.failed, result.failed[0].error
    show_result(result)
    words = " ".join(capsys.readouterr().out.replace(" v ", " against ").split())
    for text in SAID[name]:
        assert text in words, text
    trial = result.trials[0]
    assert min(trial.enrolled) > 5
    assert {(line.arm, line.other) for line in lines(result)} == set(plan.comparisons)
    for line in lines(result):
        assert line.by_assignment.n > 0, line
        assert math.isfinite(line.arm_mean)
    assert len(group_lines(result)) >= 2 * len(plan.subgroups)
    assert len(stratum_lines(result)) == (len(plan.strata) + 1 if plan.strata else 0)
    assert json.dumps(as_json(result), allow_nan=False)


def people_of(plan: TrialPlan) -> People:
    engine = Engine(plan.config, 0, trial=plan.trial)
    engine.run()
    finish(engine.world, engine.day)
    return People(engine, plan.arms)


def test_a_group_of_diagnoses_is_a_profile_and_a_trait() -> None:
    people = people_of(plan_of("factorial-emergency"))
    assert (people.trait("co_occurring") == 1).all() and (people.rows["in_care"] == 0).all()
    assert plan_of("wedge-of-hospitals").config.population.profile == "serious_mental_illness"
    assert plan_of("left-early").config.population.profile == "people_who_use_drugs"


def test_people_who_left_early_are_called_only_at_home() -> None:
    people = people_of(plan_of("left-early"))
    assert (people._index["type"] == PATIENT_INITIATED).all()
    assert (people.rows["visits"] == 0).all()
    assert 0 < people.rows["contacts"].max() <= 8


def test_longer_contact_means_more_contacts() -> None:
    people = people_of(plan_of("how-long"))
    until = [people.rows["until"][people.arm == arm] - people.rows["start"][people.arm == arm] for arm in range(3)]
    assert [np.median(days) for days in until] == [30, 90, 365]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('diagnosis = "both"', 'diagnosis = "depression"', "eligibility.diagnosis"),
        ('diagnosis = "both"', 'diagnosis = "both"\nco_occurring = false', "contradicts co_occurring"),
        (
            'diagnosis = "both"', 'diagnosis = "substance use"\nprofile = "serious_mental_illness"',
            "contradicts the profile serious_mental_illness",
        ),
        ('"on days 3"', '"on days 0 and 3"', "the first contact comes on day 1, the day after discharge, or later"),
        ('"on days 3"', '"on days 3 and 7"\nfirst_contact_after_days = 2', "schedule begins on day 3; leave one"),
        ('"on days 3"', '"on days 400 and 700"', r"contact_days: ends \(180\) before the first contact \(day 400\)"),
        ('"on days 3"', '"weekly for a month"', "ends on day 30, and contact_days says 180"),
        ('worker = "peer"', 'worker = "peer"\nworker_after_discharge = "navigator"', "no post for a navigator"),
        ('worker = "peer"', 'worker = ["peer", "pier"]', 'arms.peer.worker: must be one of "none"'),
        ('days = 30', 'days = 30\nfollowed_up = { pear = 0.5 }', '"pear" is no arm'),
        ('days = 30', 'days = 30\nfollowed_up = 0.0', "followed_up: must be a number above 0"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (FOLDER / "factorial-emergency.toml").read_text(encoding="utf-8")
    if old.startswith('"on days'):
        text = text.replace('"three times a week for 2 weeks, then weekly for two months, then monthly"', '"on days 3"')
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=said) as caught:
        read_trial(file)
    assert "\n" not in str(caught.value) and "line " in str(caught.value)


def test_a_unit_is_no_subgroup_where_units_are_assigned(tmp_path: Path) -> None:
    text = (FOLDER / "three-arms-by-unit.toml").read_text(encoding="utf-8").replace('"frailty"', '"unit"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="every unit is of one arm where units are assigned"):
        read_trial(tmp_path / "mine.toml")


def test_outcomes_that_do_not_become_known_are_left_out_alike() -> None:
    plan = plan_of("two-teams")
    people = people_of(plan)
    answers, records, _ = (people.count(endpoint) for endpoint in plan.endpoints)
    asked, known = ~np.isnan(records.value), ~np.isnan(answers.value)
    assert (asked | ~known).all() and np.array_equal(answers.value[known], records.value[known])
    assert np.array_equal(np.isnan(answers.days), np.isnan(answers.value))
    share = [known[asked & (people.arm == arm)].mean() for arm in range(3)]
    assert share[2] == 1.0 and 0.35 < share[0] < 0.8 and 0.55 < share[1] < 0.98
    # The same people are found whatever is asked, and those who engage easily more often.
    everybody = replace(plan.endpoints[0], measure="contacts", followed_up=dict.fromkeys(plan.arms, 0.6))
    again = replace(everybody, measure="ED visits")
    one, other = (~np.isnan(people.count(endpoint).value) for endpoint in (everybody, again))
    assert np.array_equal(one, other)
    engaged = people.trait("engagement")
    assert engaged[asked & one].mean() > engaged[asked & ~one].mean()
