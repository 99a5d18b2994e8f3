"""Mechanism 1: frailty, housing, use and residual illness move the hazard of need; the same hazard for all when off."""

import numpy as np
import pytest

from simulation.state import E_ED, E_NEED, HOME
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
    for name in ("woman", "circle", "leave_propensity", "engage_propensity", "reach", "usual_trust", "usual_stigma"):
        assert_same(on.patients, off.patients, [name])


def test_a_plan_better_than_usual_leaves_less_residual_illness() -> None:
    # Nothing else that a worker does, or that residual illness brings about, differs between the two runs.
    cut = ("relationship", "bridging", "advocacy", "barriers", "well_being", "clinicians_change")
    given = {"acute_need.residual": 0.0, "acute_need.residual_days": 180.0, "discharge.plan_unplanned": 1.0}
    none, some = lives(*(scenario(*cut, peers=6, parameters={**given, "acute_need.plan": x}) for x in (0.0, 0.7)))
    assert_same(none.log, some.log)
    stays = none.discharged[np.argsort(none.discharged["discharge_day"])]
    fell_ill = {int(e["person"]): e["day"] for e in none.of(E_NEED)}
    last = {
        int(s["person"]): s["plan"]
        for s in stays
        if s["ed_day"] < 0 and fell_ill.get(int(s["person"]), -1) <= s["admission_day"]
    }
    home = none.patients["place"] == HOME
    compared = {True: 0, False: 0}
    base = none.world.parameters[0]["discharge.plan_base"]
    for person, plan in last.items():
        before, after = none.patients["residual"][person], some.patients["residual"][person]
        if home[person] and before > 0.0 and none.patients["plan"][person] == plan:
            assert after / before == pytest.approx(np.exp(-0.7 * (plan - base)), rel=1e-6)
            better = plan > base + 1e-6
            compared[better] += 1
    assert min(compared.values()) > 30


def test_with_no_effect_of_anything_on_is_off() -> None:
    flat = dict.fromkeys(
        ("population.frailty_sd", "acute_need.in_care", "acute_need.using", "acute_need.injecting",
         "acute_need.residual", "acute_need.settled_in_care", "acute_need.unhoused", "effect.follow_up"), 0.0
    )  # fmt: skip
    on, off = lives(scenario("stability", parameters=flat), scenario("stability", "acute_need", parameters=flat))
    assert_same(on.log, off.log)
