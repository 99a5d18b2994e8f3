"""The study that a comparison is: its points are the scenarios, the baseline first."""

from experiments.comparisons.result import Change
from experiments.comparisons.run import study_plan
from experiments.studies.definition.plan import BASELINE
from scenarios import load


def test_points_are_scenarios() -> None:
    configs = {name: load(name) for name in ("bridge", "usual-care", "hospital-only")}
    plan = study_plan(
        configs, "usual-care", 7, 5, 15_763.0, None, {"bridge": [Change("programme.peers", 6, 4)]}, stored=True
    )
    assert [point.scenario for point in plan.points] == ["usual-care", "bridge", "hospital-only"]
    assert [point.plan for point in plan.points] == [BASELINE, "P001", "P002"] and plan.plans == 2
    assert plan.baseline == "usual-care" and list(plan.scenarios) == list(configs)
    assert (plan.seed, plan.replications.most, plan.threshold) == (5, 7, 15_763.0)
    assert plan.keep.daily and plan.keep.curves and not plan.keep.subgroups
    assert plan.question == "What would change if bridge, hospital-only took the place of usual-care?"
    assert plan.notes == ("bridge: peer workers: 4 instead of 6",)


def test_one_scenario_is_its_own_baseline() -> None:
    plan = study_plan({"bridge": load("bridge")}, "", 3, 0, 15_763.0, None, {}, stored=False)
    assert plan.baseline == "bridge" and plan.plans == 0 and plan.question == "What happens in bridge?"
    assert not plan.keep.daily and not plan.keep.curves
