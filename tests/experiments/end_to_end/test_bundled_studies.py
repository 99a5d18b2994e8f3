"""The bundled studies: each asks one question, says what it rests on and what nobody knows, and stays small."""

import re

import pytest

from experiments.studies.definition.plan import BASELINE, Fixed
from experiments.studies.definition.reader import read_study_file, study_names
from scenarios import load
from simulation.parameters import PARAMETERS

NAMES = study_names()


def test_their_names() -> None:
    assert NAMES == [
        "staffing-supervision-followup", "follow-up-duration", "hiring-lag", "peer-dose", "referral-doors",
        "supervision-ratio",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_says_what_it_asks_and_what_nobody_knows(name: str) -> None:
    plan = read_study_file(name)
    assert plan.title and plan.question.endswith("?") and plan.sources
    told, unknown = plan.description.split("\n\n")
    assert unknown.startswith("What no trial has shown: ") and len(told) > 100
    assert all(factor.label != factor.name.rpartition(".")[2].replace("_", " ") or factor.name.endswith("door")
               for factor in plan.levers)  # fmt: skip
    text = f"{plan.title} {plan.question} {plan.description}"
    assert not re.search(r"\b(addict|abuser|non-compliant|AMA)", text)


@pytest.mark.parametrize("name", NAMES)
def test_is_a_complete_grid_that_runs_in_minutes(name: str) -> None:
    plan = read_study_file(name)
    assert isinstance(plan.replications, Fixed) and plan.notes == ()
    assert len(plan.points) * plan.replications.number <= 7_000
    levels = 1
    for factor in plan.levers:
        assert factor.values is not None
        levels *= len(factor.values)
    assert plan.plans == levels and len(plan.points) == plan.futures * (1 + levels)


def test_the_missions_three_levers() -> None:
    plan = read_study_file("staffing-supervision-followup")
    assert plan.plans >= 100 and plan.replications == Fixed(50) and plan.baseline == "usual-care"
    assert [factor.name for factor in plan.levers] == [
        "programme.peers", "programme.peers_per_supervisor", "programme.follow_up_days",
    ]  # fmt: skip
    bridge = load("bridge")
    assert any(point.content_hash == bridge.content_hash() for point in plan.points if point.plan != BASELINE)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "staffing-supervision-followup"])
def test_what_is_varied_as_unknown_was_not_measured(name: str) -> None:
    plan = read_study_file(name)
    assert plan.futures >= 10
    for factor in plan.uncertainties:
        assert factor.prior and PARAMETERS[factor.name.removeprefix("parameters.")].prior.shape != "fixed"


def test_a_new_programme_begins_when_counting_begins() -> None:
    plan = read_study_file("hiring-lag")
    start = next(factor for factor in plan.levers if factor.name == "programme.start_day")
    assert start.values == (0, load("bridge").run.warm_up_days)


def test_supervision_is_compared_with_the_ratio_seen() -> None:
    plan = read_study_file("supervision-ratio")
    assert plan.points[0].values["programme.peers_per_supervisor"] == load("bridge").programme.peers_per_supervisor
