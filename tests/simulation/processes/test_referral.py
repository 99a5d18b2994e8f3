"""Mechanism 6: two doors lead to workers, and people who engage accept; nobody is referred when off."""

import numpy as np

from simulation.state import E_ACCEPTS, E_ADMITTED, E_CONTACT, E_DECLINES, E_REFERRED, E_VISIT, IN_BED
from tests.simulation.pairs import (
    assert_nothing_changes,
    assert_same,
    assert_same_people,
    assert_same_stays,
    lives,
    scenario,
)

MIXED = {"share_unit": 0.0, "share_ed": 0.25, "share_community": 0.25}


def test_nobody_is_referred_when_off() -> None:
    on, off = lives(*(scenario(*x, peers=4, programme=MIXED) for x in ((), ("referral",))))
    assert on.count(E_REFERRED) > 100 and on.count(E_ACCEPTS) > 50 and on.count(E_DECLINES) > 10
    assert off.count(E_REFERRED, E_ACCEPTS, E_DECLINES, E_VISIT, E_CONTACT) == 0
    assert off.total("workers_in_post") > 100


def test_a_programme_that_nobody_reaches_changes_nobodys_life() -> None:
    off, none = lives(scenario("referral", programme=MIXED), scenario(peers=0))
    assert off.total("workers_in_post") > 100
    assert_same(off.events, none.events)
    assert_same_stays(off, none)
    assert_same_people(off, none)


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("referral", peers=0))


def test_people_who_engage_accept() -> None:
    (run,) = lives(scenario(peers=12, size=4000))
    engage = run.patients["engage_propensity"]
    accepted, declined = run.of(E_ACCEPTS), run.of(E_DECLINES)
    assert len(accepted) > 300 and len(declined) > 100
    yes, no = engage[accepted["person"]], engage[declined["person"]]
    assert yes.mean() - no.mean() > 4 * np.sqrt(yes.var() / len(yes) + no.var() / len(no))


def test_doors_and_delay() -> None:
    clinician, slow, proactive = lives(
        scenario(peers=20, programme={"door": "clinician", "referral_delay_days": 0}),
        scenario(peers=20, programme={"door": "clinician", "referral_delay_days": 5}),
        scenario(peers=20, programme={"door": "proactive", "referral_delay_days": 5}),
    )
    assert (clinician.of(E_REFERRED)["detail"] == 0).all()
    assert (slow.of(E_REFERRED)["detail"] == 5).all()
    assert (proactive.of(E_REFERRED)["detail"] == 0).all()
    assert slow.count(E_VISIT) < clinician.count(E_VISIT) < proactive.count(E_VISIT)


def test_a_second_door_never_keeps_people_from_a_worker() -> None:
    slow = {"referral_delay_days": 30}
    both, proactive, clinician = lives(
        *(scenario(peers=6, programme=slow | {"door": door}) for door in ("both", "proactive", "clinician"))
    )
    seen = [int((run.stays["visits"] > 0).sum()) for run in (both, proactive, clinician)]
    assert seen[1] > 50
    assert seen[0] > 0.97 * seen[1] and seen[0] > seen[2]


def test_workers_of_the_emergency_department_meet_people_on_the_day_they_come() -> None:
    (run,) = lives(scenario(peers=6, programme={"share_unit": 0.0, "share_ed": 1.0}, hospital={"beds_per_unit": 48}))
    accepted, admitted = run.of(E_ACCEPTS), run.of(E_ADMITTED)
    in_bed = accepted[accepted["detail"] == IN_BED]
    assert len(in_bed) > 50
    assert np.isin(in_bed[["person", "day"]], admitted[["person", "day"]]).all()
