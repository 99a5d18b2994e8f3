"""Mechanism 19: vacancy, onboarding, skill and the caseloads of leavers; every post filled at once when off."""

import numpy as np

from simulation.state import (
    AT_ED,
    AT_UNIT,
    E_CONTACT,
    E_CONTACT_ENDS,
    E_HANDED_OVER,
    E_HIRED,
    E_REFERRED,
    E_STARTS,
    E_VISIT,
    E_WORKER_LEAVES,
    IN_COMMUNITY,
    NEVER,
    ROAMING,
)
from tests.simulation.pairs import (
    assert_nothing_changes,
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    lives,
    scenario,
)

LEAVING = {"well_being.exit": 3.0}


def test_posts_stand_vacant_and_workers_are_onboarded_only_when_on() -> None:
    on, off = lives(scenario(peers=5, parameters=LEAVING), scenario("workforce", peers=5, parameters=LEAVING))
    assert on.count(E_WORKER_LEAVES) > 1 and off.count(E_WORKER_LEAVES) > 1
    assert on.count(E_STARTS) > 2 and off.count(E_STARTS) == 0
    assert on.total("vacant_posts") > 100
    assert off.daily["workers_in_post"][:3].max() == 5 > on.daily["workers_in_post"][:3].max()
    assert off.total("vacant_posts") == off.count(E_WORKER_LEAVES)
    assert (off.world.workers["skill"] == 1.0).all()
    assert (on.world.workers["skill"] < 1.0).all()
    early = [(run.of(E_VISIT)["day"] < 60).sum() for run in (on, off)]
    assert early[1] > 1.2 * early[0]
    assert off.count(E_VISIT) > on.count(E_VISIT) > 50


def test_a_leavers_people_are_handed_over_or_dropped() -> None:
    dropped, kept = lives(
        *(
            scenario(peers=5, programme={"caseload_cap": 250}, parameters={**LEAVING, "workforce.handed_over": x})
            for x in (0.0, 1.0)
        )
    )
    left = [(run.of(E_CONTACT_ENDS)["detail"] == 4).sum() for run in (dropped, kept)]
    assert left[0] > 5
    assert left[1] < left[0] / 2


def test_stability_lengthens_hiring_and_training_gives_skill() -> None:
    quick, slow = lives(
        *(
            scenario(peers=20, programme={"stability_at_hire": x}, parameters={"workforce.hire_stability": 5.0})
            for x in (0.0, 1.0)
        )
    )
    assert slow.total("vacant_posts") > 1.5 * quick.total("vacant_posts") > 0
    hired = [run.log[run.log["kind"] == E_HIRED] for run in (quick, slow)]
    first = [dict(zip(x["worker"][::-1].tolist(), x["day"][::-1].tolist(), strict=True)) for x in hired]
    assert len(first[1]) > 5
    assert all(first[0][j] <= day for j, day in first[1].items())


def test_instant_hiring_of_skilled_workers_is_off() -> None:
    at_once = {
        "workforce.hire_days": 0.0, "workforce.onboarding_days": 0.0, "workforce.skill_start": 1.0,
        "workforce.handed_over": 0.0, "supervision.turnover": 0.0, **LEAVING,
    }  # fmt: skip
    on, off = lives(*(scenario(*x, peers=5, parameters=at_once) for x in ((), ("workforce",))))
    assert on.count(E_VISIT) > 100 and on.count(E_WORKER_LEAVES) > 1
    assert_same(on.events, off.events)
    assert_same_stays(on, off)
    assert_same_days(on, off)
    assert_same_people(on, off)
    assert_same(on.world.clinicians, off.world.clinicians)


def test_nothing_differs_before_the_first_referral() -> None:
    on, off = lives(scenario(), scenario("workforce"))
    day = min(run.log[run.log["kind"] == E_REFERRED]["day"].min() for run in (on, off))
    never = np.minimum(on.first_day(E_REFERRED), off.first_day(E_REFERRED))
    assert (on.log["day"] < day).any()
    assert_same(*(run.events[run.events["day"] < day] for run in (on, off)))
    cut = ("beds", "clinicians_change")
    on, off = lives(scenario(*cut), scenario("workforce", *cut))
    never = np.minimum(on.first_day(E_REFERRED), off.first_day(E_REFERRED))
    assert (never < 1000).sum() > 100 < (never > 1000).sum()
    assert_same(on.before(never), off.before(never))


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("workforce", peers=0))


MIXED = {"share_unit": 0.4, "share_ed": 0.2, "share_community": 0.2, "caseload_cap": 250}


def test_people_go_over_to_a_worker_of_the_place_where_they_are() -> None:
    config = [
        scenario(*off, "well_being", peers=10, size=3000, programme={**MIXED, "caseload_cap": cap})
        for off, cap in (((), 250), (("workforce",), 250), ((), 3))
    ]
    on, off, crowded = lives(*config)
    assert off.count(E_HANDED_OVER) == 0
    handed = on.of(E_HANDED_OVER)
    home = on.world.workers["home"]
    before, after, in_bed = home[handed["detail"]], home[handed["worker"]], handed["unit"] >= 0
    assert (handed["unit"] != 0).all() and min(in_bed.sum(), (~in_bed).sum()) > 20
    assert np.isin(before[in_bed], [AT_ED, IN_COMMUNITY]).all() and np.isin(after[in_bed], [AT_UNIT, ROAMING]).all()
    assert np.isin(before[~in_bed], [AT_ED, AT_UNIT]).all() and (after[~in_bed] == IN_COMMUNITY).all()
    contacts = [np.bincount(run.world.workers["home"][run.of(E_CONTACT)["worker"]], minlength=4) for run in (on, off)]
    assert contacts[0][[AT_UNIT, AT_ED]].sum() == 0 < contacts[0][ROAMING] and (contacts[1] > 0).all()
    kept = crowded.world.workers["home"][crowded.of(E_CONTACT)["worker"]]
    assert crowded.count(E_HANDED_OVER) > 20 and (kept == AT_UNIT).sum() > 20


def test_a_share_of_trust_goes_over() -> None:
    alike = {"workforce.hire_days": 0.0, "workforce.onboarding_days": 0.0, "relationship.burnout": 0.0}
    alike["relationship.list"] = 0.0  # or one person's parting changes the work done for the others on a list
    two = {"share_unit": 0.5, "share_community": 0.5, "caseload_cap": 250, "days_per_week": 7}
    cut = ("beds", "clinicians_change", "well_being", "peer_time")
    none, most = lives(
        *(
            scenario(
                *cut, peers=10, programme=two, parameters={**alike, "workforce.team_kept": x, "workforce.memory": 0.0}
            )
            for x in (0.0, 0.9)
        )
    )
    first = none.first_day(E_HANDED_OVER)
    assert np.array_equal(first, most.first_day(E_HANDED_OVER))
    assert (first < NEVER).sum() > 100 < (first == NEVER).sum()
    assert_same(none.before(first), most.before(first), ["person", "day", "kind", "unit", "detail"])
    latest = [run.of(E_HANDED_OVER, E_VISIT, E_CONTACT, E_CONTACT_ENDS) for run in (none, most)]
    not_met_yet = [
        x["person"][np.append(np.diff(x["person"]) > 0, True) & (x["kind"] == E_HANDED_OVER)] for x in latest
    ]
    assert min(map(len, not_met_yet)) > 3
    assert (none.patients["peer_trust"][not_met_yet[0]] == 0.0).all()
    assert (most.patients["peer_trust"][not_met_yet[1]] > 0.0).all()


def test_where_all_workers_have_one_home_or_roam_nobody_goes_over() -> None:
    for shares in ({}, {"share_unit": 0.0, "share_ed": 1.0}, {"share_unit": 0.0}):
        (run,) = lives(scenario("well_being", programme=shares))
        assert run.count(E_CONTACT) > 50 and run.count(E_HANDED_OVER) == 0
