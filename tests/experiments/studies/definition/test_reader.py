"""A study file becomes factors, points and replications."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from experiments.studies.definition.plan import BASELINE, Fixed, Keep, Limits, Precision, StudyPlan
from experiments.studies.definition.reader import read_study_file, study_names, study_text
from experiments.uncertainty.priors import prior_words
from scenarios import load
from simulation.outcome_definitions import HEADLINES
from simulation.parameters import PARAMETERS

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
        '[uncertainties]\nparameters.relationship.contact_gain = "prior"\n'
    )
    assert (plan.plans, plan.futures, len(plan.points)) == (2, 4, 4 + 8)
    for point in plan.points:
        baseline = plan.points[point.future]
        assert baseline.plan == BASELINE
        assert baseline.config.parameters == point.config.parameters
        assert baseline.config.programme.peers == baseline.values["programme.peers"] == 0 or point is not baseline


LEVERS = '[levers]\nprogramme.peers = { low = 2, high = 12 }\n"programme.door" = { values = ["both", "clinician"] }\n'
GAIN = '[uncertainties]\n"parameters.relationship.contact_gain" = "prior"\n'


def test_everything_that_is_left_out(study: Study) -> None:
    plan = study('[design]\nkind = "grid"\n[levers]\nprogramme.peers.values = [2]\n', head=HEAD.rpartition("base")[0])
    assert (plan.name, plan.baseline, plan.description, plan.sources, plan.notes) == ("study", "bridge", "", (), ())
    assert (plan.replications, plan.keep, plan.limits, plan.outcomes) == (Fixed(50), Keep(), Limits(), HEADLINES)
    assert plan.design == {"kind": "grid"} and list(plan.scenarios) == ["bridge"]


def test_every_way_to_write_a_factor_means_the_same(study: Study) -> None:
    ways = [
        '"programme.peers" = { values = [2, 4] }',
        "programme.peers = { values = [2, 4] }",
        "programme.peers.values = [2, 4]",
        "programme = { peers = { values = [2, 4] } }",
        "[levers.programme.peers]\nvalues = [2, 4]",
        "programme.peers = { low = 2, high = 4, step = 2 }",
    ]
    found = {study(f'[design]\nkind = "grid"\n[levers]\n{way}\n').specification()["points_hash"] for way in ways}
    assert len(found) == 1


def test_factors_say_what_they_are(study: Study) -> None:
    text = LEVERS.replace("high = 12", 'high = 12, label = "peer workers"')
    plan = study(f'[design]\nkind = "latin-hypercube"\npoints = 9\n{text}{GAIN}')
    peers, door, gain = plan.factors
    assert (peers.role, peers.unit, peers.label, peers.low, peers.high) == ("lever", "posts", "peer workers", 2, 12)
    assert (peers.values, peers.default) == (None, 6) and peers.text.startswith("Posts for peer workers")
    assert (door.values, door.low, door.default, door.label) == (("both", "clinician"), None, "both", "door")
    prior = PARAMETERS["relationship.contact_gain"].prior
    assert (gain.role, gain.prior) == ("uncertainty", f"uniform({prior.a:g}, {prior.b:g})")
    assert (
        gain.low == pytest.approx(prior.a + 0.025 * (prior.b - prior.a)) and gain.label == "relationship: contact gain"
    )
    assert plan.levers == (peers, door) and plan.uncertainties == (gain,)
    assert json.loads(json.dumps(gain.as_dict()))["name"] == "parameters.relationship.contact_gain"


def test_decimal_steps_are_exact(study: Study) -> None:
    plan = study('[design]\nkind = "grid"\n[levers]\nprogramme.autonomy = { low = 0, high = 1, step = 0.1 }\n')
    assert plan.factors[0].values == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol"])
def test_sampled_plans(study: Study, kind: str) -> None:
    text = f'[design]\nkind = "{kind}"\npoints = 32\n{LEVERS}'
    plan = study(text)
    assert plan.futures == 1 and plan.plans <= 22 and "are equal to another one and are run once" in plan.notes[0]
    assert {type(point.values["programme.peers"]) for point in plan.points} == {int}
    assert plan.specification() == study(text).specification() != study(text, seed=1).specification()
    futures = study(text + GAIN)
    assert futures.futures == 32 and len(futures.points) == 64 and futures.notes == ()


def test_one_at_a_time_with_the_base_as_the_baseline(study: Study) -> None:
    head = HEAD.replace("usual-care", "bridge")
    plan = study(f'[design]\nkind = "one-at-a-time"\n{LEVERS}{GAIN}', head=head)
    assert plan.notes == ("3 of the design's rows are the baseline 'bridge' itself",)
    assert plan.futures == 3 and plan.plans == 3
    changed = [(p.values["programme.peers"], p.values["programme.door"]) for p in plan.points[3:]]
    assert changed == [(2, "both"), (12, "both"), (6, "clinician")]


def test_morris_keeps_the_order_that_its_analysis_needs(study: Study) -> None:
    plan = study(f'[design]\nkind = "morris"\ntrajectories = 6\n{LEVERS}')
    order = plan.design["order"]["bridge"]
    assert len(order) == 6 * 3 and set(order) == {point.number for point in plan.points[1:]}
    names = [factor.name for factor in plan.factors]
    for walk in range(6):
        rows = [plan.points[number].values for number in order[3 * walk : 3 * walk + 3]]
        for before, after in pairwise(rows):
            assert sum(before[name] != after[name] for name in names) == 1


def test_plans_are_numbered_by_scenario_and_levers(study: Study) -> None:
    head = HEAD.replace('["bridge"]', '["bridge", "peer-mentors"]')
    gain = "[uncertainties]\nparameters.relationship.contact_gain = { low = 0.1, high = 0.3, step = 0.1 }\n"
    plan = study(f'[design]\nkind = "grid"\n[levers]\nprogramme.peers.values = [2, 4]\n{gain}', head=head)
    assert (plan.plans, plan.futures, len(plan.points)) == (4, 3, 3 + 12)
    assert [point.number for point in plan.points] == list(range(15))
    named = {(p.plan, p.scenario, p.values["programme.peers"]) for p in plan.points[3:]}
    assert len(named) == 4 and {name for name, _, _ in named} == {"P001", "P002", "P003", "P004"}
    assert [p.values["parameters.relationship.contact_gain"] for p in plan.points[:3]] == [0.1, 0.2, 0.3]


def test_a_list(study: Study, tmp_path: Path) -> None:
    (tmp_path / "plans.csv").write_text(
        "programme.peers, programme.champion,parameters.relationship.contact_gain\r\n2,true,0.1\r\n\r\n4,FALSE,1e-1\r\n"
    )
    text = '[design]\nkind = "list"\nfile = "plans.csv"\n'
    plan = study(text)
    assert [f.role for f in plan.factors] == ["lever", "lever", "uncertainty"] and plan.futures == 1
    assert [tuple(p.values.values()) for p in plan.points[1:]] == [(2, True, 0.1), (4, False, 0.1)]
    levers = "".join(f'"{factor.name}" = "column"\n' for factor in plan.factors)
    assert study(f"{text}[levers]\n{levers}").futures == 1
    drawn = '[uncertainties]\nparameters.follow_up.fade = "prior"\n'
    (tmp_path / "plans.csv").write_text("programme.peers\n2\n4\n")
    assert len(study(text.replace('csv"', 'csv"\nfutures = 5') + drawn).points) == 5 + 10


def test_scenarios_beside_the_study_file(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ours.toml").write_text('extends = "bridge"\n[programme]\npeers = 3\n')
    monkeypatch.chdir("/")
    head = HEAD.replace('"bridge"', '"ours.toml"')
    plan = study('[design]\nkind = "grid"\n[levers]\nprogramme.follow_up_days.values = [0, 30]\n', head=head)
    assert {p.config.programme.peers for p in plan.points[1:]} == {3} and plan.points[1].scenario == "ours"


def test_a_bundled_name_wins_and_a_path_reaches_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "peer-dose").write_text(study_text("hiring-lag"))
    assert read_study_file("peer-dose").title != read_study_file("./peer-dose").title


def test_settings_replications_and_seed(study: Study) -> None:
    text = (
        '[design]\nkind = "grid"\n[levers]\nprogramme.peers.values = [2]\n'
        '[replications]\noutcome = "reach"\nrelative = 0.1\n'
    )
    plan = study(text)
    assert plan.replications == Precision("reach", None, 0.1, 10, 400) and plan.replications.most == 400
    changed = study(text, settings=["run.days=100"], replications=7, seed=2**64 - 1)
    assert changed.replications == Fixed(7) and {p.config.run.days for p in changed.points} == {100}
    told = [key for key, value in plan.specification().items() if value != changed.specification()[key]]
    assert told == ["seed", "scenarios", "points_hash"]


def test_what_decides_the_bits_is_in_the_specification_and_nothing_else(study: Study) -> None:
    text = '[design]\nkind = "grid"\n[levers]\nprogramme.peers.values = [2, 4]\n'
    plan = study(text)
    other = study(text + "[limits]\nrun_seconds = 5\nmax_minutes = 2\n", head=HEAD.replace("A study", "Another title"))
    assert plan.specification() == other.specification() == json.loads(json.dumps(plan.specification()))
    assert other.limits == Limits(5, 2) and other.replications == Fixed(50)
    assert study(text + "[keep]\ndaily = true\n").specification() != plan.specification()


def test_the_profile_decides_the_prior(study: Study) -> None:
    text = f'[design]\nkind = "grid"\nfutures = 8\n{LEVERS.replace("low = 2, high = 12", "values = [2]")}'
    text += '[uncertainties]\nparameters.discharge.stay_median = "prior"\n'
    other = study(text, head=HEAD.replace('["bridge"]', '["smi-discharge"]')).factors[-1]
    alternative = PARAMETERS["discharge.stay_median"].smi
    assert alternative and other.prior == prior_words(alternative.prior) and other.default == alternative.value


def test_a_list_whose_lines_end_with_a_carriage_return_alone_is_read(tmp_path: Path) -> None:
    from experiments.studies.definition.design_table import _rows

    assert _rows("a,b\r1,2\r3,4\r") == _rows("a,b\n1,2\n3,4\n") == [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", "4"])]
