"""Mechanism 18: adequacy of supervision by minutes and match; no supervision and no supervisors who leave when off."""

import pytest

from simulation.state import E_REFERRED, E_SUPERVISOR_HIRED, E_SUPERVISOR_LEAVES, E_VISIT
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
)

CHANGES = (E_SUPERVISOR_HIRED, E_SUPERVISOR_LEAVES)


def adequacy(run: Lives) -> float:
    days = run.daily["workers_in_post"] > 0
    assert days.sum() > 100
    return float(run.daily["supervision_adequacy"][days].mean())


def test_supervision_is_given_only_when_on() -> None:
    turnover = {"supervision.turnover": 3.0}
    on, off = lives(scenario(peers=6, parameters=turnover), scenario("supervision", peers=6, parameters=turnover))
    assert on.count(E_SUPERVISOR_HIRED) > 2 and on.count(E_SUPERVISOR_LEAVES) > 1
    assert adequacy(on) > 0.2
    assert off.count(*CHANGES) == 0
    assert adequacy(off) == off.total("supervisors_in_post") == 0.0
    assert (off.world.workers["adequacy"] == 0.0).all()


def test_thin_or_unmatched_supervision_is_less_adequate() -> None:
    stays = {"supervision.turnover": 0.0}
    full, thin, unmatched = lives(
        scenario(
            "workforce",
            peers=6,
            programme={"peers_per_supervisor": 2.0, "supervisor_lived_experience": 1.0},
            parameters=stays,
        ),
        scenario(
            "workforce",
            peers=6,
            programme={"peers_per_supervisor": 6.0, "supervisor_lived_experience": 1.0},
            parameters=stays,
        ),
        scenario(
            "workforce",
            peers=6,
            programme={"peers_per_supervisor": 2.0, "supervisor_lived_experience": 0.0},
            parameters=stays,
        ),
    )
    # 6 hours for 2 or 6 workers, 60 minutes give half of the worth; half of that without lived experience.
    assert adequacy(full) == pytest.approx(180 / (180 + 60), abs=0.01)
    assert adequacy(thin) == pytest.approx(60 / (60 + 60), abs=0.01)
    assert adequacy(unmatched) == pytest.approx(0.5 * 180 / (180 + 60), abs=0.01)


def test_more_workers_per_supervisor_are_never_better_supervised() -> None:
    stays = {"supervision.turnover": 0.0}
    ratios = (2.0, 2.4, 3.0, 4.0, 6.0, 12.0)
    found = [
        adequacy(run)
        for run in lives(
            *(scenario("workforce", peers=6, programme={"peers_per_supervisor": r}, parameters=stays) for r in ratios)
        )
    ]
    assert all(more >= fewer for more, fewer in zip(found, found[1:], strict=False))
    assert found[0] > found[2] > found[-1]


def test_a_supervisor_of_all_gives_what_the_ratio_that_says_so_gives() -> None:
    """Six workers with one supervisor get the same minutes at a ratio of 6 and of 100."""
    six, hundred = lives(*(scenario("workforce", peers=6, programme={"peers_per_supervisor": r}) for r in (6.0, 100.0)))
    assert adequacy(six) == adequacy(hundred) > 0.1
    assert six.result.values["programme_cost"] == hundred.result.values["programme_cost"]


def test_hours_beyond_what_is_taken_up_are_paid_or_not_as_the_setting_says() -> None:
    much = {"peers_per_supervisor": 6.0, "supervision_hours_per_week": 60.0}
    paid, used = lives(
        *(
            scenario("workforce", peers=6, programme={**much, "supervision_paid": rule})
            for rule in ("hours set", "hours used")
        )
    )
    assert_same(paid.log, used.log)
    assert paid.result.values["programme_cost"] > used.result.values["programme_cost"] + 10_000


def test_supervision_lowers_burnout() -> None:
    stay = {"well_being.exit": 0.0, "well_being.leave": 0.0, "supervision.climate": 0.3}
    on, off = lives(*(scenario("workforce", *x, parameters=stay) for x in ((), ("supervision",))))
    assert on.daily["worker_burnout"][-60:].mean() < off.daily["worker_burnout"][-60:].mean() - 0.05


def test_supervision_that_nothing_depends_on_changes_nothing_else() -> None:
    flat = dict.fromkeys(
        (
            "supervision.climate",
            "supervision.boundaries",
            "supervision.clarity",
            "supervision.exit",
            "supervision.skill",
            "supervision.isolation",
            "workforce.skill_pace",
        ),
        0.0,
    )
    on, off = lives(*(scenario("peer_time", "well_being", *x, parameters=flat) for x in ((), ("supervision",))))
    assert on.count(E_VISIT) > 100 and adequacy(on) > 0.3
    assert_same(on.events, off.events)
    assert_same_stays(on, off)
    assert_same_days(on, off, "supervision_adequacy", "supervisors_in_post", "supervision_minutes", "supervisor_hires")
    assert_same_people(on, off)
    assert_same(on.world.clinicians, off.world.clinicians)


def test_lives_are_the_same_until_the_first_referral() -> None:
    cut = ("beds", "clinicians_change", "well_being")
    assert_same_until(*lives(scenario(*cut), scenario("supervision", *cut)), E_REFERRED)


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("supervision", peers=0))
