"""Mechanism 1: frailty, housing, use and residual illness move the hazard of need; the same hazard for all when off."""

import numpy as np

from simulation.state import E_ED, E_NEED
from tests.simulation.pairs import Lives, assert_same, lives, scenario

ALONE = ("after_discharge", "linkage", "care_seeking")


def share_of_frailest(run: Lives) -> float:
    """Share of needs that the frailest fifth of people have."""
    frailty = run.patients["frailty"]
    frail = frailty > np.quantile(frailty, 0.8)
    return float(run.patients["needs"][frail].sum() / run.patients["needs"].sum())


def test_frail_people_fall_ill_more_often_only_when_on() -> None:
    on, off = lives(scenario(*ALONE, "beds", peers=0), scenario("acute_need", *ALONE, "beds", peers=0))
    assert on.count(E_NEED) > 1000 and off.count(E_NEED) > 1000
    assert share_of_frailest(on) > 0.4
    assert abs(share_of_frailest(off) - 0.2) < 4 * np.sqrt(0.2 * 0.8 / off.count(E_NEED))
    assert on.patients["residual"].max() > 0.5
    assert off.patients["residual"].max() == 0.0


def test_off_the_same_hazard_for_everybody_makes_poisson_counts() -> None:
    (off,) = lives(scenario("acute_need", *ALONE, "beds", peers=0, parameters={"beds.admission": 0.01}))
    # At home and well on every morning: one need a day at most, so the counts are binomial.
    chance = 1 - np.exp(-1.0 / 365)
    n = off.patients["needs"]
    never_in = off.patients["stays"] == 0
    assert never_in.sum() > 1200
    mean, sd = 360 * chance, np.sqrt(360 * chance * (1 - chance))
    assert abs(n[never_in].mean() - mean) < 4 * sd / np.sqrt(never_in.sum())


def test_lives_are_the_same_until_the_first_need() -> None:
    on, off = lives(scenario(), scenario("acute_need"))
    # An overdose taken to hospital begins a need too, without an onset at home: it is on the same day in both.
    needed = (on.first_day(E_NEED) < 1000) & (off.first_day(E_NEED) < 1000)
    assert needed.sum() > 500
    first = np.minimum(on.first_day(E_NEED), off.first_day(E_NEED))
    first = np.minimum(first, np.minimum(on.first_day(E_ED), off.first_day(E_ED)))
    assert_same(on.before(first), off.before(first))
    for name in ("unhoused", "circle", "leave_propensity", "engage_propensity", "reach", "usual_trust", "usual_stigma"):
        assert_same(on.patients, off.patients, [name])


def test_with_no_effect_of_anything_on_is_off() -> None:
    flat = dict.fromkeys(
        ("population.frailty_sd", "acute_need.in_care", "acute_need.using", "acute_need.injecting",
         "acute_need.residual", "acute_need.protection", "acute_need.unhoused"), 0.0
    )  # fmt: skip
    on, off = lives(scenario(parameters=flat), scenario("acute_need", parameters=flat))
    assert_same(on.log, off.log)
