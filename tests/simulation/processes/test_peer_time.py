"""Mechanism 7: a shift is minutes, and what does not fit is missed and counted; minutes never run out when off."""

import numpy as np

from simulation.engine import Engine
from simulation.state import (
    E_ACCEPTS,
    E_CONTACT,
    E_CONTACT_MISSED,
    E_DECLINES,
    E_REFERRED,
    E_VISIT,
    E_VISIT_MISSED,
)
from tests.simulation.pairs import (
    SEED,
    assert_nothing_changes,
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until,
    lives,
    scenario,
)

BUSY = {"shift_minutes": 120}


def test_work_that_does_not_fit_is_missed_only_when_on() -> None:
    on, off = lives(*(scenario(*x, size=3000, programme=BUSY) for x in ((), ("peer_time",))))
    bedside = [(run.of(E_VISIT_MISSED)["worker"] >= 0).sum() for run in (on, off)]
    assert bedside[0] > 20 and bedside[1] == 0
    late = [(run.of(E_CONTACT_MISSED)["worker"] >= 0).sum() for run in (on, off)]
    assert late[0] > 20 and late[1] == 0
    assert off.total("visits_made") > 1.2 * on.total("visits_made") > 0
    assert off.count(E_CONTACT) > on.count(E_CONTACT)
    assert on.total("minutes_with_people") > 0 == off.total("minutes_with_people")


def test_what_is_due_counts_as_missed_once_however_long_it_waits() -> None:
    (run,) = lives(scenario(size=3000, programme=BUSY))
    missed = run.of(E_VISIT_MISSED, E_CONTACT_MISSED)
    due = missed[["person", "detail"]]
    assert len(due) > 200 and len(np.unique(due)) == len(due)
    assert (missed["day"] >= missed["detail"]).all() and (missed["day"] > missed["detail"]).any()
    assert run.total("visits_missed") + run.total("contacts_missed") == len(missed)


def test_what_never_fits_is_asked_of_a_worker_once() -> None:
    endless = {"peer_time.visit": 120.0, "peer_time.first_visit": 5.0, "peer_time.first_visit_sd": 0.0}
    config = scenario("barriers", "follow_up", programme=BUSY, parameters={**endless, "peer_time.planning": 0.0})
    engine = Engine(config, SEED)
    asked = 0.0
    while engine.day < config.horizon:
        engine.run(engine.day + 1)
        workers = engine.world.workers
        asked += workers["demand"][workers["on_duty"] == 1].sum()
    log = engine.world.events[: int(engine.world.counts[0]["events"])]
    offered = np.isin(log["kind"], [E_ACCEPTS, E_DECLINES]).sum()
    waiting = ((log["kind"] == E_VISIT_MISSED) & (log["worker"] >= 0)).sum()
    assert offered > 50 and waiting > 50
    assert asked == 5.0 * offered + 120.0 * waiting


def test_the_priority_rule_says_what_is_missed() -> None:
    inpatients, follow_up = lives(
        *(scenario(size=3000, programme={**BUSY, "priority": x}) for x in ("inpatients_first", "follow_up_first"))
    )
    assert inpatients.total("contacts_missed") > follow_up.total("contacts_missed")
    assert inpatients.total("visits_made") > follow_up.total("visits_made") > 0


def test_minutes_that_always_suffice_change_nothing() -> None:
    short = {
        "peer_time.visit": 5.0, "peer_time.first_visit": 5.0, "peer_time.first_visit_sd": 0.0,
        "peer_time.planning": 0.0,
        "peer_time.attempt": 1.0, "peer_time.contact": 1.0, "peer_time.documentation": 0.0,
        "peer_time.out_of_scope": 0.0, "barriers.minutes": 1.0,
    }  # fmt: skip
    on, off = lives(*(scenario(*x, programme={"shift_minutes": 720}, parameters=short) for x in ((), ("peer_time",))))
    assert on.count(E_VISIT) > 100 and on.count(E_CONTACT) > 20
    assert_same(on.log, off.log)
    assert_same_stays(on, off)
    assert_same_days(on, off, "minutes_with_people")
    assert_same_people(on, off)


def test_lives_are_the_same_until_the_first_referral() -> None:
    cut = ("beds", "clinicians_change", "well_being")
    assert_same_until(*lives(scenario(*cut, programme=BUSY), scenario("peer_time", *cut, programme=BUSY)), E_REFERRED)


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("peer_time", peers=0))
