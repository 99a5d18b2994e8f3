"""Stability stands between turning points, housing changes there, and people who are steadier fall ill less often."""

import numpy as np

from simulation.state import E_HOUSED, E_TURN, E_UNHOUSED
from tests.simulation.pairs import assert_same, lives, scenario

FAST = {"stability.memory": 60.0, "stability.housing_days": 90.0}


def test_turning_points_come_only_when_on() -> None:
    on, off = lives(*(scenario(*x, peers=0, parameters=FAST) for x in ((), ("stability",))))
    assert on.count(E_TURN) > 1000 and on.count(E_HOUSED) > 50 and on.count(E_UNHOUSED) > 50
    assert on.patients["stability"].std() > 0.5
    assert off.count(E_TURN, E_HOUSED, E_UNHOUSED) == 0
    assert not off.patients["stability"].any()


def test_turning_points_come_as_often_as_the_memory_says() -> None:
    (run,) = lives(scenario(peers=0, size=3000, parameters={"stability.memory": 100.0}))
    there = run.patients["place"] <= 1
    mean = run.patients["changes"][there].mean()
    assert abs(mean - 3.6) < 4 * np.sqrt(3.6 / there.sum()) + 0.1  # 360 days, less those in hospital


def test_housing_is_lost_and_found_in_balance() -> None:
    (run,) = lives(scenario("barriers", peers=0, size=6000, parameters=FAST))
    share = run.daily["unhoused"] / run.daily["alive"]
    assert abs(share[-1] - share[0]) < 0.03
    assert run.count(E_HOUSED) > 200 < run.count(E_UNHOUSED)


def test_steadier_people_fall_ill_less_often() -> None:
    lasting = {"stability.lasting": 1.0, "stability.need": 1.0, "stability.care": 0.0, "population.frailty_sd": 0.3}
    (run,) = lives(scenario("beds", peers=0, size=4000, parameters=lasting))
    order = np.argsort(run.patients["usual_stability"])
    fifth = len(order) // 5
    needs = run.patients["needs"]
    assert needs[order[:fifth]].mean() > 2 * needs[order[-fifth:]].mean()


def test_with_no_weight_stability_changes_nothing_else() -> None:
    flat = dict.fromkeys(("stability.visits", "stability.overdose", "stability.leaving"), 0.0)
    still = {"stability.memory": 3650.0, "stability.housing_days": 7300.0, "stability.housing": 0.0}
    a, b = lives(*(scenario("acute_need", peers=0, parameters={**flat, **still, "stability.care": x}) for x in (0, 1)))
    assert_same(a.log, b.log)
