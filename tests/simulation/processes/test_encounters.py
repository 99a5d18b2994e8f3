"""Mechanism 4: enacted stigma, good encounters and conflict move trust and stigma; nothing moves when off."""

import numpy as np

from simulation.state import E_COMPROMISE, E_CONFLICT, E_STIGMA, NOT_REFERRED
from tests.simulation.pairs import (
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until_hospital,
    lives,
    scenario,
)

MARKS = (E_STIGMA, E_CONFLICT, E_COMPROMISE)


def test_trust_and_stigma_move_only_when_on() -> None:
    on, off = lives(scenario(peers=0), scenario("encounters", peers=0))
    assert on.count(E_STIGMA) > 200
    assert on.count(E_CONFLICT) > 50
    assert off.count(*MARKS) == 0
    for name in ("trust", "stigma"):
        usual = f"usual_{name}"
        moved = on.patients[name] != on.patients[usual]
        assert moved.sum() > 100
        assert np.array_equal(moved, moved & (on.patients["ed_visits"] > 0))
        assert np.array_equal(off.patients[name], off.patients[usual])
        assert np.array_equal(off.discharged[name], off.patients[usual][off.discharged["person"]])
    assert (on.patients["referral"] == NOT_REFERRED).all()


def test_more_stigma_enacted_is_felt() -> None:
    much, little = lives(*(scenario(peers=0, parameters={"encounters.enacted": x}) for x in (0.3, 0.01)))
    assert much.count(E_STIGMA) > 3 * little.count(E_STIGMA) > 0
    assert much.discharged["stigma"].mean() > little.discharged["stigma"].mean() + 0.05
    assert much.discharged["trust"].mean() < little.discharged["trust"].mean() - 0.05


def test_lives_are_the_same_until_the_first_arrival_in_hospital() -> None:
    assert_same_until_hospital(*lives(scenario(), scenario("encounters")))


def test_encounters_that_leave_no_mark_change_nothing_else() -> None:
    names = ("trust_gain", "trust_loss", "stigma_gain", "stigma_loss", "conflict_harm")
    flat = {f"encounters.{name}": 0.0 for name in names} | {"visible_need.conflict": 0.0}
    on, off = lives(*(scenario("clinicians_change", *x, parameters=flat) for x in ((), ("encounters",))))
    assert on.count(E_STIGMA) > 200 and on.count(E_CONFLICT) > 50 and on.count(E_COMPROMISE) > 0
    assert_same(on.without(*MARKS), off.without(*MARKS))
    assert_same_stays(on, off, "conflicts")
    assert_same_days(on, off, "conflicts", "stigma_enacted")
    assert_same_people(on, off)
    assert_same(on.world.workers, off.world.workers)
