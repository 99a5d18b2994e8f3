"""Mechanism 17: burnout, leave, return to use and exit of workers; burnout stays and nobody leaves when off."""

import numpy as np

from simulation.state import E_BACK, E_HIRED, E_ON_LEAVE, E_REFERRED, E_VISIT, E_WORKER_LEAVES, E_WORKER_RETURN, VACANT
from tests.simulation.pairs import (
    Lives,
    assert_nothing_changes,
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until,
    lives,
    scenario,
    seeds,
)

HARD = {"well_being.exit": 3.0, "well_being.leave": 3.0, "well_being.return_to_use": 1.0, "well_being.leave_days": 5.0}
ABSENT = (E_ON_LEAVE, E_BACK, E_WORKER_LEAVES, E_WORKER_RETURN)


def burnout(run: Lives) -> float:
    days = run.daily["workers_in_post"] > 0
    assert days.sum() > 100
    return float(run.daily["worker_burnout"][days][-60:].mean())


def test_workers_burn_out_and_leave_only_when_on() -> None:
    on, off = lives(scenario(peers=6, parameters=HARD), scenario("well_being", peers=6, parameters=HARD))
    assert on.count(E_WORKER_LEAVES) > 2 and on.count(E_ON_LEAVE) > 2 and on.count(E_BACK) > 0
    assert off.count(*ABSENT) == 0
    assert off.count(E_HIRED) == 6
    hired = off.world.workers
    assert (hired["state"] != VACANT).all()
    assert np.allclose(hired["burnout"], np.clip(0.16 + 0.12 * hired["trait"], 0, 1), atol=0, rtol=0)
    assert off.count(E_VISIT) > on.count(E_VISIT) > 100


def test_load_ambiguity_and_isolation_burn_out() -> None:
    for name in ("load", "ambiguity", "isolation", "acuity"):
        more, less = lives(
            *(scenario(peers=1, parameters={f"well_being.{name}": x, "well_being.exit": 0.0}) for x in (1.0, 0.0))
        )
        assert burnout(more) > burnout(less) + 0.02, name


def test_well_being_that_nothing_depends_on_changes_nothing_else() -> None:
    flat = dict.fromkeys(
        (
            "relationship.burnout",
            "well_being.exit",
            "well_being.leave",
            "well_being.return_to_use",
            "well_being.absence",
            "well_being.incident",
        ),
        0.0,
    )
    on, off = lives(*(scenario(*x, parameters=flat) for x in ((), ("well_being",))))
    assert on.count(E_VISIT) > 100
    assert burnout(on) > burnout(off) + 0.05
    assert_same(on.log, off.log)
    assert_same_stays(on, off)
    assert_same_days(on, off, "worker_burnout", "workers_high_burnout")
    assert_same_people(on, off)
    assert_same(on.world.clinicians, off.world.clinicians)


def test_lives_are_the_same_before_the_first_absence() -> None:
    flat = {"relationship.burnout": 0.0, "well_being.exit": 1.0, "well_being.absence": 0.0, "well_being.incident": 0.0}
    on, off = lives(*(scenario(*x, parameters=flat) for x in ((), ("well_being",))))
    absences = on.log[np.isin(on.log["kind"], ABSENT)]
    day = absences["day"].min()
    assert 60 < day < 360
    assert on.log[(on.log["day"] < day) & (on.log["kind"] == E_VISIT)].size > 50
    assert_same(*(run.log[run.log["day"] < day] for run in (on, off)))


def test_a_worker_who_returns_to_use_costs_credibility() -> None:
    much = {"well_being.return_to_use": 2.0, "clinicians_change.incident": 0.9, "well_being.leave_days": 1.0}
    some, none = lives(*(scenario(peers=6, parameters={**much, **x}) for x in ({}, {"well_being.return_to_use": 0.0})))
    assert some.count(E_WORKER_RETURN) > 2 and none.count(E_WORKER_RETURN) == 0
    assert some.daily["clinician_credibility"].mean() < none.daily["clinician_credibility"].mean() - 0.05


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("well_being", peers=0))


def test_lives_are_the_same_until_the_first_referral() -> None:
    cut = ("beds", "clinicians_change")
    stay = dict.fromkeys(("exit", "leave", "return_to_use", "absence", "incident"), 0.0)
    stay = {f"well_being.{name}": value for name, value in stay.items()}
    on, off = lives(*(scenario(*cut, *x, parameters=stay) for x in ((), ("well_being",))))
    assert_same_until(on, off, E_REFERRED)


STAY = {"well_being.exit": 0.0, "well_being.leave": 0.0, "well_being.return_to_use": 0.0, "well_being.absence": 0.0}


def test_long_hours_tire() -> None:
    def worn(**levers: int) -> float:
        runs = seeds(scenario("workforce", peers=6, programme=levers, parameters=STAY), range(1, 5))
        return float(np.mean([burnout(run) for run in runs]))

    usual, long_shifts, long_weeks = worn(), worn(shift_minutes=720), worn(shift_minutes=720, days_per_week=7)
    assert usual < long_shifts < long_weeks


def test_a_very_long_list_weighs_and_makes_work_worse() -> None:
    crowd = {"acute_need.rate": 3.0, "follow_up.lost": 0.0}
    short, long = lives(
        *(
            scenario("peer_time", peers=2, size=4000, programme={"caseload_cap": n}, parameters={**STAY, **crowd})
            for n in (15, 150)
        )
    )
    assert burnout(long) > burnout(short) + 0.05
    assert long.world.workers["quality"].mean() < 0.7 * short.world.workers["quality"].mean()


def test_burnout_keeps_workers_at_home_and_dulls_judgement() -> None:
    often = {"well_being.absence": 0.1, "well_being.incident": 3.0, "well_being.exit": 0.0}
    worn, fresh = lives(
        *(
            scenario(peers=6, parameters={**often, "well_being.base": x, "well_being.trait_sd": 0.0})
            for x in (0.8, 0.05)
        )
    )
    assert worn.total("days_absent") > 1.5 * fresh.total("days_absent") > 0
    assert worn.total("incidents") > 1.5 * fresh.total("incidents") > 0
    assert worn.result.values["peer_incidents_per_year"] > fresh.result.values["peer_incidents_per_year"]
