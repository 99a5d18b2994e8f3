"""Mechanism 16: return to use, overdose and death outside hospital; none of the three when off."""

import numpy as np

from simulation.engine import Engine
from simulation.state import E_DIES, E_OVERDOSE, E_PAUSE, E_RETURN
from tests.simulation.pairs import SEED, assert_same, lives, scenario

NO_TRUST = ("care_seeking.trust", "care_seeking.stigma", "linkage.trust")
"""Slopes on feelings that hazards hold from one day on which they are set to the next."""

EVENTS = (E_OVERDOSE, E_DIES, E_RETURN, E_PAUSE)


def test_overdose_death_and_return_happen_only_when_on() -> None:
    on, off = lives(scenario(), scenario("after_discharge"))
    assert on.count(E_OVERDOSE) > 50 and on.count(E_RETURN) > 20
    assert (on.of(E_DIES)["detail"] < 2).sum() > 10
    assert off.count(E_OVERDOSE, E_RETURN) == 0
    assert (off.of(E_DIES)["detail"] == 2).all()
    assert off.total("deaths") == off.total("died_in_hospital") < on.total("deaths")
    assert np.array_equal(off.patients["using"], Engine(scenario(), SEED).world.patients["using"])
    assert not off.patients["surge"].any() and not off.patients["frail_surge"].any()


def test_overdose_is_likelier_just_after_discharge_and_less_in_care() -> None:
    surge = {"after_discharge.excess_planned": 10.0, "after_discharge.excess_early": 10.0}
    high, none = lives(*(scenario(parameters=x) for x in (surge, dict.fromkeys(surge, 0.0))))
    assert (high.discharged["overdose_day"] >= 0).mean() > 1.5 * (none.discharged["overdose_day"] >= 0).mean() > 0
    safe, risky = lives(
        *(
            scenario(
                "linkage",
                "turnover",
                "beds",
                "clinicians_change",
                peers=0,
                size=6000,
                parameters={"after_discharge.overdose_out": 1.0, "after_discharge.overdose_in": x},
            )
            for x in (0.0, 1.0)
        )
    )
    in_care = safe.patients["in_care"] == 1
    assert in_care.sum() > 300
    assert not safe.patients["overdoses"][in_care].any()
    assert risky.patients["overdoses"][in_care].sum() > 100
    assert np.array_equal(safe.first_day(E_OVERDOSE)[~in_care], risky.first_day(E_OVERDOSE)[~in_care])


def test_lives_are_the_same_until_one_of_the_three_happens() -> None:
    apart = ("beds", "clinicians_change", "referral", "turnover")
    flat = dict.fromkeys(("acute_need.using", *NO_TRUST), 0.0)
    on, off = lives(*(scenario(*apart, *x, parameters=flat) for x in ((), ("after_discharge",))))
    first = np.minimum(on.first_day(*EVENTS), off.first_day(*EVENTS))
    untouched = first > 1000
    assert untouched.sum() > 500 < 1500 - 200
    assert (on.patients["stays"][untouched] > 0).sum() > 100
    assert_same(on.before(first), off.before(first))
    same = [run.stays[np.isin(run.stays["person"], np.flatnonzero(untouched))] for run in (on, off)]
    assert_same(*same, ["person", "admission_day", "discharge_day", "type", "plan"])
    for name in ("trust", "stigma", "distress"):  # brought up to date on other days: the last digits differ
        assert np.allclose(same[0][name], same[1][name], rtol=1e-9, atol=1e-12), name


def test_rates_of_zero_leave_background_mortality_alone() -> None:
    flat = dict.fromkeys(
        ("overdose_out", "overdose_in", "death_out", "death_in", "return_to_use", "stopped", "pauses", "death_surge"),
        0.0,
    )
    flat = {f"after_discharge.{name}": value for name, value in flat.items()} | dict.fromkeys(NO_TRUST, 0.0)
    apart = ("turnover", "beds", "clinicians_change", "referral")
    on, off = lives(*(scenario(*apart, *x, parameters=flat) for x in ((), ("after_discharge",))))
    dies = np.minimum(on.first_day(E_DIES), off.first_day(E_DIES))
    assert 1 <= (on.of(E_DIES)["detail"] == 0).sum() < 80
    assert on.count(E_OVERDOSE, E_RETURN, E_PAUSE) == 0
    assert_same(on.before(dies), off.before(dies))
