"""Mechanism 12: open barriers hold up a planned discharge and lower the plan; there are none when off."""

import numpy as np

from simulation.state import ADMINISTRATIVE, COVER, E_BARRIER, E_ED, E_NEED, NEVER, PLANNED
from tests.simulation.pairs import (
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until_hospital,
    lives,
    scenario,
)

COLUMNS = ("barriers", "barriers_at_start")


def test_barriers_arise_hold_up_and_are_resolved_only_when_on() -> None:
    on, off = lives(scenario(), scenario("barriers"))
    assert on.count(E_BARRIER) > 20
    assert (on.stays["barriers_at_start"] > 0).sum() > 200
    assert off.count(E_BARRIER) == 0
    assert not off.stays["barriers_at_start"].any() and not off.stays["barriers"].any()
    planned_on, planned_off = (run.discharged[run.discharged["type"] == PLANNED] for run in (on, off))
    assert planned_on["plan"].mean() < planned_off["plan"].mean() - 0.05
    administrative = on.discharged[on.discharged["type"] == ADMINISTRATIVE]
    assert len(administrative) > 5
    assert (administrative["barriers"] & COVER).all()
    assert not (off.discharged["type"] == ADMINISTRATIVE).any()


def test_a_barrier_lengthens_the_first_planned_stay_of_the_same_person() -> None:
    apart = ("beds", "clinicians_change")
    on, off = lives(*(scenario(*apart, *x, peers=0, size=3000) for x in ((), ("barriers",))))
    first = [run.discharged[run.discharged["ordinal"] == 0] for run in (on, off)]
    both = np.intersect1d(first[0]["person"], first[1]["person"])
    a, b = (x[np.isin(x["person"], both)] for x in first)
    assert_same(a, b, ["person", "admission_day", "need", "waited", "specialty", "urgent"])
    length = [x["discharge_day"] - x["admission_day"] for x in (a, b)]
    held = (a["barriers_at_start"] > 0) & (a["type"] == PLANNED) & (b["type"] == PLANNED)
    assert held.sum() > 200 < (~held).sum()
    assert (length[0] >= length[1])[held].all()
    assert (length[0] > length[1])[held].mean() > 0.5
    free = a["barriers_at_start"] == 0
    assert free.sum() > 50
    assert_same(a[free], b[free], ["discharge_day", "type", "trust", "stigma", "distress", "plan"])


def test_the_first_need_and_all_before_hospital_stay_the_same() -> None:
    on, off = lives(scenario(), scenario("barriers"))
    assert_same_until_hospital(on, off)
    first = on.first_day(E_NEED)
    assert (first < NEVER).sum() > 500
    at_home = (first < NEVER) & (first <= on.first_day(E_ED))
    assert at_home.sum() > 500
    assert np.array_equal(first[at_home], off.first_day(E_NEED)[at_home])


def test_barriers_without_weight_change_nothing_else() -> None:
    flat = {"barriers.wait": 0.0, "barriers.plan": 0.0, "discharge.administrative": 0.0, "barriers.practical": 0.0,
            "barriers.lasting": 0.0}  # fmt: skip
    on, off = lives(*(scenario("peer_time", "well_being", "consult", *x, parameters=flat) for x in ((), ("barriers",))))
    assert on.count(E_BARRIER) > 20
    assert_same(on.without(E_BARRIER), off.without(E_BARRIER))
    assert_same_stays(on, off, *COLUMNS)
    assert_same_days(on, off)
    assert_same_people(on, off)
    assert_same(on.world.clinicians, off.world.clinicians)
