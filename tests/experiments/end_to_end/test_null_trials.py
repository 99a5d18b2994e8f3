"""Bundled trials with everything off by which a worker could help: by assignment nothing, as treated something."""

import math
from dataclasses import replace

import pytest

from experiments.trials.run import run_trial
from experiments.trials.summary import Line, lines
from scenarios.trial_files.read import read_trial
from simulation.effects import WORKER_EFFECTS

OFF = (
    *(f"parameters.{name}=0.0" for name in WORKER_EFFECTS), "parameters.population.selection=0.8",
    "parameters.linkage.engagement=0.8", "parameters.discharge.propensity=1.2",
)  # fmt: skip


def effects(name: str, replications: int) -> dict[str, Line]:
    plan = read_trial(name, OFF)
    # A consult team is no peer mechanism: it treats and plans by itself, so its arms get none here.
    arms = tuple(replace(arm, consult=False) for arm in plan.trial.arms)
    plan = replace(plan, trial=replace(plan.trial, arms=arms))
    result = run_trial(plan, replications=replications, seed=11, draws=None)
    assert not result.failed, result.failed[0].error
    return {line.outcome: line for line in lines(result)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sledge-2011", "johnson-2018", "navstar", "impact"])
def test_by_assignment_there_is_no_effect(name: str) -> None:
    for outcome, line in effects(name, 150).items():
        itt = line.by_assignment
        middle = math.log(itt.mean) if line.effect.endswith("ratio") else itt.mean
        assert abs(middle) < 3.3 * itt.error, outcome
        assert itt.significant < 0.12, outcome


@pytest.mark.slow
@pytest.mark.parametrize(("name", "outcome"), [("navstar", "linkage"), ("impact", "linkage"), ("impact", "pid")])
def test_as_treated_there_is_one(name: str, outcome: str) -> None:
    line = effects(name, 150)[outcome]
    better = 1 if outcome == "linkage" else -1
    assert better * line.as_treated.mean > 4 * line.as_treated.error
