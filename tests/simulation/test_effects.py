"""Whole effects of workers and their paths: parts add up, nothing stays nothing, harm has the other sign."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.uncertainty.prior_sample import prior_draws
from simulation.effects import OUTCOMES, PATHS, WORKER_EFFECTS, parts, paths
from simulation.parameters import PARAMETERS, REMOVED, check_values, defaults


def given_effects(**effects: float) -> dict[str, float]:
    return defaults() | {f"effect.{name}": value for name, value in effects.items()}


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2), st.integers(0, 99))
def test_parts_add_up_to_the_whole_whatever_the_other_parameters(a: float, b: float, c: float, draw: int) -> None:
    values = defaults() | prior_draws("people_who_use_drugs", 100).of(2 * draw)
    values |= {"effect.bedside": a, "effect.planning": b, "effect.follow_up": c}
    made = paths(values)
    assert made.keys() == PATHS.keys()
    assert all(math.isfinite(value) for value in made.values())
    assert -1.0 <= made["path.trust"] <= 1.0 and -1.0 <= made["path.relief"] <= 1.0
    assert 0.0 <= made["path.settled"] <= 1.0
    assert 0.0 <= values["discharge.plan_base"] + made["path.plan"] <= 1.0
    for effect, whole in (("effect.bedside", a), ("effect.planning", b), ("effect.follow_up", c)):
        assert sum(parts(values)[effect].values()) == pytest.approx(whole, abs=1e-9)


def test_no_effect_carries_nothing() -> None:
    made = paths(given_effects(bedside=0.0, planning=0.0, follow_up=0.0))
    assert all(value == 0.0 for value in made.values())


def test_benefit_and_harm_act_through_their_paths() -> None:
    good = paths(given_effects(bedside=-0.5, planning=0.5, follow_up=-0.5))
    assert good["path.trust"] > 0 < good["path.relief"] and good["path.company"] < 0
    assert good["path.plan"] > 0 < good["path.along"]
    assert good["path.onset"] < 0 < good["path.settled"] and good["path.lift"] > 0
    bad = paths(given_effects(bedside=0.5, planning=-0.5, follow_up=0.5))
    assert bad["path.trust"] < 0 > bad["path.relief"] and bad["path.company"] > 0
    assert bad["path.plan"] < 0 > bad["path.along"]
    assert bad["path.onset"] > 0 > bad["path.lift"] and bad["path.settled"] == 0.0  # harm settles nothing


def test_effects_of_workers_have_priors_on_both_sides_of_nothing() -> None:
    for name in (*OUTCOMES, "advocacy.softening", "disclosure.vouching", "lived_experience.pace", "supervision.exit"):
        p = PARAMETERS[name]
        assert p.low < 0 < p.high and p.prior.shape == "normal", name
        harm = 0.5 * math.erfc(abs(p.prior.a) / p.prior.b / math.sqrt(2))
        assert harm > 0.15, (name, harm)
    assert set(WORKER_EFFECTS) <= set(PARAMETERS)


def test_a_parameter_of_before_is_refused_with_what_stands_in_its_place() -> None:
    for name in REMOVED:
        with pytest.raises(ValueError, match=f"{name}.*is no more since model 1.0: use"):
            check_values({name: 0.1})
