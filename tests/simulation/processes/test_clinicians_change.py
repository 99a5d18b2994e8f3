"""Mechanism 11: credibility, stigma, burnout and turnover of clinicians; they stay as they were hired when off."""

import numpy as np

from simulation.engine import Engine
from simulation.state import E_CLINICIAN_EXITS, E_CONFLICT, E_ED, E_REFERRED, E_VISIT
from tests.simulation.pairs import (
    SEED,
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until,
    lives,
    scenario,
)

STATES = ("stigma", "credibility", "burnout", "training", "tenure", "ordinal", "left_exit", "stigma_at_hire")


def test_clinicians_change_only_when_on() -> None:
    on, off = lives(scenario(), scenario("clinicians_change"))
    start = Engine(scenario(), SEED).world.clinicians
    assert on.count(E_CLINICIAN_EXITS) > 0 and on.count(E_VISIT) > 100 and on.count(E_CONFLICT) > 50
    for name in ("stigma", "credibility", "burnout", "tenure"):
        assert (on.world.clinicians[name] != start[name]).mean() > 0.5
    assert off.count(E_CLINICIAN_EXITS) == 0 and off.count(E_VISIT) > 100
    assert_same(off.world.clinicians, start, STATES)


def test_exposure_raises_credibility_and_training_lowers_stigma() -> None:
    none, peers, trained = lives(
        scenario(peers=0), scenario(peers=6), scenario(peers=6, programme={"cross_training_hours": 40.0})
    )
    mean = [run.world.clinicians["credibility"].mean() for run in (none, peers, trained)]
    assert mean[0] <= 0.3 < mean[1]
    assert trained.world.clinicians["stigma"].mean() < peers.world.clinicians["stigma"].mean() - 0.02
    assert (none.world.clinicians["credibility"] <= 0.3).all()


def test_contact_backfires_in_burnt_out_clinicians() -> None:
    much = {"clinicians_change.backfire": 0.2, "encounters.conflict": 0.5}
    backfire, none = lives(
        *(scenario(peers=0, parameters={**much, **x}) for x in ({}, {"clinicians_change.backfire": 0.0}))
    )
    assert backfire.world.clinicians["stigma"].mean() > none.world.clinicians["stigma"].mean() + 0.05


def test_without_encounters_and_workers_nobody_notices_clinicians() -> None:
    on, off = lives(*(scenario("encounters", *x, peers=0) for x in ((), ("clinicians_change",))))
    assert on.count(E_CLINICIAN_EXITS) > 0
    assert_same(on.events, off.events)
    assert_same_stays(on, off)
    assert_same_people(on, off)
    assert_same_days(
        on, off, "clinician_exits", "clinician_stigma", "clinician_credibility", "clinician_burnout",
        "clinicians_high_burnout", "nurses_high_burnout",
    )  # fmt: skip


def test_lives_are_the_same_until_hospital() -> None:
    on, off = lives(scenario(), scenario("clinicians_change"))
    first = np.minimum(on.first_day(E_ED), off.first_day(E_ED))
    assert np.array_equal(on.first_day(E_ED), first)
    assert_same(on.before(first), off.before(first))


def test_lives_are_the_same_until_a_worker_finds_the_person() -> None:
    cut = ("beds", "encounters", "well_being")
    proactive = {"door": "proactive"}
    on, off = lives(*(scenario(*cut, *x, programme=proactive) for x in ((), ("clinicians_change",))))
    assert_same_until(on, off, E_REFERRED)
