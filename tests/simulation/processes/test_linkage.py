"""Mechanism 14: first visits in care and drop-out; nobody enters or leaves care when off."""

import numpy as np

from simulation.engine import Engine
from simulation.state import E_DROPS_OUT, E_LINKED
from tests.simulation.pairs import SEED, assert_same, lives, scenario


def test_people_enter_and_leave_care_only_when_on() -> None:
    on, off = lives(scenario(), scenario("linkage"))
    assert on.count(E_LINKED) > 100 and on.count(E_DROPS_OUT) > 100
    assert (on.stays["linkage_day"] >= 0).sum() > 50
    assert off.count(E_LINKED, E_DROPS_OUT) == 0
    assert (off.stays["linkage_day"] == -1).all()
    start = Engine(scenario(), SEED).world.patients
    assert np.array_equal(off.patients["in_care"], start["in_care"])
    assert (on.patients["in_care"] != start["in_care"]).sum() > 100


def test_a_good_plan_links() -> None:
    good, bad = lives(*(scenario(parameters={"linkage.plan": 3.0, "discharge.plan_base": x}) for x in (1.0, 0.0)))
    assert (good.discharged["linkage_day"] >= 0).mean() > (bad.discharged["linkage_day"] >= 0).mean() + 0.1


def test_lives_are_the_same_until_care_changes() -> None:
    apart = ("beds", "clinicians_change", "referral")
    on, off = lives(scenario(*apart), scenario(*apart, "linkage"))
    first = on.first_day(E_LINKED, E_DROPS_OUT)
    changed = first < 1000
    assert changed.sum() > 100 < (~changed).sum()
    assert_same(on.before(first), off.before(first))


def test_care_that_nothing_depends_on_at_most_puts_an_event_off_by_a_day() -> None:
    # One thing happens to a person at home in a day: where a first visit or a drop-out comes first, the rest waits.
    flat = {
        "acute_need.in_care": 0.0, "after_discharge.overdose_in": 0.103, "after_discharge.death_in": 0.00978,
        "after_discharge.return_in_care": 0.0, "after_discharge.stopped": 0.0, "after_discharge.pauses_in_care": 1.0,
        "acute_need.settled_in_care": 0.0, "stability.care": 0.0, "turnover.moves_in_care": 0.0,
    }  # fmt: skip
    apart = ("beds", "encounters", "referral")
    on, off = lives(*(scenario(*apart, *x, parameters=flat) for x in ((), ("linkage",))))
    a, b = on.without(E_LINKED, E_DROPS_OUT), off.events
    changes = on.of(E_LINKED, E_DROPS_OUT)
    same = differ = explained = 0
    for person in np.unique(changes["person"]):
        x, y = a[a["person"] == person], b[b["person"] == person]
        n = min(len(x), len(y))
        apart_from = np.flatnonzero(x[:n] != y[:n])
        if not apart_from.size and len(x) == len(y):
            same += 1
            continue
        differ += 1
        if apart_from.size:
            late, due = x[apart_from[0]]["day"], y[apart_from[0]]["day"]
            explained += late == due + 1 and due in changes["day"][changes["person"] == person]
    assert explained > 0.7 * differ  # others: hazards are set anew on other days, and a day's first event is another
    assert same > 200 and differ < 0.2 * same
    untouched = on.first_day(E_LINKED, E_DROPS_OUT) > 1000
    assert untouched.sum() > 200
    assert_same(a[untouched[a["person"]]], b[untouched[b["person"]]])
