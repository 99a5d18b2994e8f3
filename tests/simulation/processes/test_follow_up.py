"""Mechanism 15: contacts after discharge, their benefit and its fading; contact ends at discharge when off."""

from typing import Any

import numpy as np

from simulation.effects import OUTCOMES
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
    seeds,
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
    alike = dict.fromkeys(OUTCOMES, 0.0)
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
        "effect.follow_up": -2.0, "follow_up.benefit": 1.0, "relationship.visit_gain": 0.9, "effect.planning": 2.0,
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


def test_trying_harder_loses_nobody() -> None:
    """Loss is a hazard in time: daily attempts keep as many people as monthly ones, and more, since they meet more."""
    alike = {**dict.fromkeys(OUTCOMES, 0.0), "follow_up.fade": 30.0}
    kept = []
    for every in (30, 7, 1):
        levers = {"follow_up_days": 90, "contact_schedule": ((365, every),), "caseload_cap": 250}
        runs = seeds(
            scenario("peer_time", "well_being", peers=8, size=3000, programme=levers, parameters=alike), range(1, 4)
        )
        lost = sum((run.of(E_CONTACT_ENDS)["detail"] == 2).sum() for run in runs)
        over = sum((run.of(E_CONTACT_ENDS)["detail"] == 1).sum() for run in runs)
        assert lost > 50 < over
        kept.append(over / (over + lost))
    assert kept[2] > kept[1] > kept[0] - 0.05


def test_trust_and_meetings_keep_people() -> None:
    strong, weak = lives(
        *(
            scenario(
                "well_being", peers=6,
                parameters={"follow_up.lost_trust": x, "follow_up.lost_meetings": x / 3, "effect.follow_up": 0.0},
            )
            for x in (-4.0, 0.0)
        )
    )  # fmt: skip
    lost = [(run.of(E_CONTACT_ENDS)["detail"] == 2).sum() for run in (strong, weak)]
    assert lost[0] < 0.7 * lost[1]
