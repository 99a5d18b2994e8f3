"""A study file becomes factors, points and replications."""

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.study_file import read_study_file, study_names
from experiments.study_plan import BASELINE, Fixed, StudyPlan
from scenarios import load

HEAD = 'title = "A study"\nquestion = "What?"\nscenarios = ["bridge"]\nbaseline = "usual-care"\n'

Study = Callable[..., StudyPlan]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    def read(text: str, head: str = HEAD, **options: object) -> StudyPlan:
        file = tmp_path / "study.toml"
        file.write_text(head + text, encoding="utf-8")
        return read_study_file(file, **options)  # type: ignore[arg-type]

    return read


def test_the_grid_of_three_levers() -> None:
    plan = read_study_file("staffing-supervision-followup")
    assert study_names()[0] == plan.name
    assert plan.plans >= 100 and plan.futures == 1 and plan.replications == Fixed(50)
    assert [factor.name for factor in plan.factors] == [
        "programme.peers", "programme.peers_per_supervisor", "programme.follow_up_days",
    ]  # fmt: skip
    first = plan.points[0]
    assert (first.plan, first.scenario, first.config) == (BASELINE, "usual-care", load("usual-care"))
    assert len(plan.points) == 1 + plan.plans == len({point.content_hash for point in plan.points})
    for point in plan.points[1:]:
        assert point.config.name == point.scenario == "bridge"
        assert point.config.programme.peers == point.values["programme.peers"]


def test_every_future_has_its_own_baseline(study: Study) -> None:
    plan = study(
        '[design]\nkind = "grid"\nfutures = 4\n[levers]\nprogramme.peers.values = [2, 4]\n'
        '[uncertainties]\nparameters.bridging.gain = "prior"\n'
    )
    assert (plan.plans, plan.futures, len(plan.points)) == (2, 4, 4 + 8)
    for point in plan.points:
        baseline = plan.points[point.future]
        assert baseline.plan == BASELINE
        assert baseline.config.parameters == point.config.parameters
        assert baseline.config.programme.peers == baseline.values["programme.peers"] == 0 or point is not baseline
