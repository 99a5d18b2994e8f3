"""Mechanism 9: a trusted worker lends clinicians trust, and clinicians see the role; neither side moves when off."""

import numpy as np

from simulation.state import E_REFERRED, E_VISIT
from tests.simulation.pairs import assert_nothing_changes, assert_same_until, lives, scenario

STRONG = {"effect.bedside": -2.0, "effect.bedside_trust": 1.0, "clinicians_change.credibility_start": 0.8}


def test_both_sides_move_only_when_on() -> None:
    on, off = lives(*(scenario("encounters", *x, parameters=STRONG) for x in ((), ("bridging",))))
    assert on.count(E_VISIT) > 100 and off.count(E_VISIT) > 100
    visited, others = (on.discharged[on.discharged["visits"] > 0], on.discharged[on.discharged["visits"] == 0])
    assert len(visited) > 50 and len(others) > 50
    usual = on.patients["usual_trust"]
    assert (visited["trust"] > usual[visited["person"]]).mean() > 0.6
    stays = off.discharged
    assert np.array_equal(stays["trust"], off.patients["usual_trust"][stays["person"]])
    start = STRONG["clinicians_change.credibility_start"]
    assert on.world.clinicians["credibility"].max() > start
    assert (off.world.clinicians["credibility"] <= start).all()


def test_a_bridge_that_carries_nothing_changes_nothing() -> None:
    flat = {"effect.bedside": 0.0, "bridging.clinician_exposure": 0.0}
    assert_nothing_changes(scenario(parameters=flat), scenario("bridging", parameters=flat))


def test_lives_are_the_same_until_the_first_referral() -> None:
    cut = ("beds", "clinicians_change", "well_being")
    assert_same_until(*lives(scenario(*cut), scenario("bridging", *cut)), E_REFERRED)


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("bridging", peers=0))
