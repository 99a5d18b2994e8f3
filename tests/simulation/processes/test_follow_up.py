"""Mechanism 15: contacts after discharge, their benefit and its fading; contact ends at discharge when off."""

from typing import Any

import numpy as np

from simulation.state import (
    E_CONTACT,
    E_CONTACT_ENDS,
    E_CONTACT_FAILED,
    E_CONTACT_MISSED,
    E_LINKED,
    E_NEED,
    E_REFERRED,
    E_VISIT,
)
from tests.simulation.pairs import (
    assert_nothing_changes,
    assert_same_until,
    lives,
    scenario,
)

CONTACTS = (E_CONTACT, E_CONTACT_FAILED, E_CONTACT_MISSED)


def test_contacts_follow_discharge_only_when_on() -> None:
    on, off = lives(scenario(), scenario("follow_up"))
    assert on.count(E_CONTACT) > 50 and on.count(E_CONTACT_FAILED) > 50
    assert on.discharged["contacts"].max() > 2
    assert on.patients["benefit"].max() > 0
    assert off.count(E_VISIT) > 100
    assert off.count(*CONTACTS) == 0
    assert not off.discharged["contacts"].any()
    assert not off.patients["benefit"].any() and not off.patients["followed"].any()
    ends = off.of(E_CONTACT_ENDS)
    assert (ends["detail"] == 0).sum() > 20
    assert (off.patients["worker"] >= 0).sum() == (off.patients["worker"][off.patients["place"] >= 2] >= 0).sum()


def test_off_is_follow_up_of_no_days() -> None:
    mixed = {"share_unit": 0.3, "share_community": 0.3, "follow_up_days": 0}
    alone = {"follow_up.visit_benefit": 0.0}
    assert_nothing_changes(*(scenario(*x, peers=6, programme=mixed, parameters=alone) for x in ((), ("follow_up",))))


def test_visits_leave_a_benefit_that_goes_home_and_fades() -> None:
    alike = {"acute_need.protection": 0.0, "linkage.contact": 0.0, "linkage.drop_out_contact": 0.0}
    alike |= {"after_discharge.protection": 0.0, "after_discharge.return_contact": 0.0}
    levers = {"follow_up_days": 0}

    def benefit(gain: float, practical: float = 0.0, fade: float = 30.0) -> Any:
        given = alike | {"follow_up.visit_benefit": gain, "barriers.practical": practical, "follow_up.fade": fade}
        (run,) = lives(scenario("well_being", peers=6, programme=levers, parameters=given))
        return run.patients["benefit"]

    none, some, more, helped, brief = (
        benefit(0.0), benefit(0.1), benefit(0.3), benefit(0.1, practical=1.0), benefit(0.1, fade=3.0)
    )  # fmt: skip
    assert none.max() == 0.0
    assert (some > 0.0).sum() > 50
    assert more.mean() > 1.5 * some.mean() > 3 * brief.mean() and helped.mean() > 1.5 * some.mean()


def test_a_benefit_that_protects_prevents_need_and_links() -> None:
    strong = {
        "acute_need.protection": 0.95, "follow_up.benefit": 1.0, "relationship.visit_gain": 0.9, "linkage.contact": 4.0,
        "follow_up.lost": 0.0, "follow_up.reach": 0.9,
    }  # fmt: skip
    levers = {"follow_up_days": 365, "caseload_cap": 250, "contact_schedule": ((365, 4),)}
    apart = ("peer_time", "well_being", "workforce")
    on, off = lives(
        *(scenario(*apart, *x, size=4000, peers=12, programme=levers, parameters=strong) for x in ((), ("follow_up",)))
    )
    assert on.count(E_CONTACT) > 1000
    assert on.count(E_NEED) < 0.95 * off.count(E_NEED)
    assert on.count(E_LINKED) > 1.05 * off.count(E_LINKED)


def test_lives_are_the_same_until_the_first_referral() -> None:
    cut = ("beds", "clinicians_change", "well_being")
    on, off = lives(scenario(*cut), scenario(*cut, "follow_up"))
    assert on.count(E_CONTACT) > 20
    assert_same_until(on, off, E_REFERRED)
    never = on.first_day(E_REFERRED) > 1000
    for name in ("trust", "stigma", "place", "in_care", "using", "needs", "stays", "overdoses", "residual"):
        assert np.array_equal(on.patients[name][never], off.patients[name][never])


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("follow_up", peers=0))
