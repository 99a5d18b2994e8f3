"""Mechanism 5: distress, disclosure and treatment; no distress and no disclosure when off."""

from simulation.state import E_DISCLOSES, PATIENT_INITIATED
from tests.simulation.pairs import (
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until_hospital,
    lives,
    scenario,
)


def test_people_disclose_and_are_treated_only_when_on() -> None:
    on, off = lives(scenario(), scenario("disclosure"))
    assert on.count(E_DISCLOSES) > 200
    assert on.stays["medicated"].sum() > 100
    assert on.discharged["distress"].mean() > 0.1
    assert off.count(E_DISCLOSES) == 0
    assert not off.stays["disclosed"].any() and not off.stays["medicated"].any()
    assert not off.discharged["distress"].any()


def test_without_distress_fewer_people_leave_early() -> None:
    on, off = lives(*(scenario(*x, size=4000, parameters={"discharge.distress": 3.0}) for x in ((), ("disclosure",))))
    early_on, early_off = ((run.discharged["type"] == PATIENT_INITIATED).mean() for run in (on, off))
    assert early_on > 1.5 * early_off > 0


def test_trust_opens_up() -> None:
    trusting, mistrusting = lives(*(scenario(parameters={"population.trust_mean": x}) for x in (0.9, 0.1)))
    assert trusting.discharged["disclosed"].mean() > mistrusting.discharged["disclosed"].mean() + 0.2


def test_lives_are_the_same_until_the_first_arrival_in_hospital() -> None:
    assert_same_until_hospital(*lives(scenario(), scenario("disclosure")))


def test_distress_that_nothing_depends_on_changes_nothing_else() -> None:
    names = (
        "discharge.distress", "encounters.conflict_distress", "linkage.treated", "after_discharge.stopped",
        "well_being.acuity", "visible_need.distress",
    )  # fmt: skip
    on, off = lives(*(scenario(*x, parameters=dict.fromkeys(names, 0.0)) for x in ((), ("disclosure",))))
    assert on.count(E_DISCLOSES) > 200
    assert_same(on.without(E_DISCLOSES), off.without(E_DISCLOSES))
    assert_same_stays(on, off, "disclosed", "medicated", "distress", "left_disclosure")
    assert_same_days(on, off)
    assert_same_people(on, off, "disclosed", "medicated", "distress")
    assert_same(on.world.clinicians, off.world.clinicians)
