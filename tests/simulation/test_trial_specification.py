"""A trial inside the model: it disturbs nobody, keeps to its rules, and gives each arm what it says."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from simulation.config import Config
from simulation.engine import Engine, simulate
from simulation.state import (
    E_ACCEPTS,
    E_CONTACT,
    E_CONTACT_FAILED,
    E_CONTACT_MISSED,
    E_ED,
    E_HANDED_OVER,
    E_LINKED,
    E_VISIT,
    E_VISIT_MISSED,
    IN_BED,
    PATIENT_INITIATED,
    PLANNED,
)
from simulation.trial_specification import DISCHARGE, EMERGENCY, NAVIGATOR, SOCIAL_WORKER, WARD, Arm, Eligibility, Trial
from simulation.trial_specification import PEER as PEER_KIND
from tests.simulation.small import EAGER, NOBODY, digest, plain, small

STAFF = {"peers": 4, "navigators": 3, "caseload_cap": 20}
HEALTHY = EAGER | {"well_being.exit": 0.0, "well_being.leave": 0.0, "well_being.return_to_use": 0.0}
HEALTHY |= {"well_being.absence": 0.0}
USUAL = Arm("usual")
PEER = Arm("peer", workers=("peer",), contact_days=40, schedule=((14, 3.5), (365, 7.0)))


def trial(*arms: Arm, n: int = 60, **changes: Any) -> Trial:
    return Trial(arms=arms or (USUAL, PEER), n=n, first_day=20, days=60, **changes)


def engine(config: Config, given: Trial | None, seed: int = 3, **options: Any) -> Engine:
    made = Engine(config, seed, trial=given, **options)
    made.run()
    return made


def config(programme: Mapping[str, Any] = STAFF, off: tuple[str, ...] = (), **changes: Any) -> Config:
    changes.setdefault("parameters", HEALTHY)
    return small(400, 20, 140, programme={**programme, "share_ed": 0.0, "share_community": 0.0}, off=off, **changes)


def people(run: Engine) -> Any:
    return run.world.participants[: int(run.world.trial[0]["enrolled"])]


def met(run: Engine, arm: int) -> tuple[Any, Any]:
    """Events of meeting a worker, of the people of an arm, and of the first rows that say who they are."""
    w = run.world
    log = w.events[: int(w.counts[0]["events"])]
    mine = people(run)
    persons = mine["person"][mine["arm"] == arm]
    return log[np.isin(log["kind"], (E_VISIT, E_CONTACT, E_ACCEPTS)) & np.isin(log["person"], persons)], persons


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"assignment": "blocks", "block_size": 4, "by_hospital": True},
        {"assignment": "cluster"},
        {"assignment": "stepped-wedge", "steps": 2, "step_days": 20},
        {"eligibility": Eligibility(places=("ward", "emergency department", "discharge"), visits_least=2, consent=0.5)},
    ],
    ids=["simple", "blocks", "cluster", "wedge", "everywhere"],
)
def test_b_a_trial_of_usual_care_is_no_trial(changes: dict[str, Any]) -> None:
    given = trial(USUAL, Arm("more usual care"), **changes)
    for seed in (3, 4):
        base = small(programme=NOBODY)
        with_trial = engine(base, given, seed)
        assert digest(simulate(base, seed)) == digest(with_trial.result())
        assert len(people(with_trial)) > 20


def test_c_assigning_anew_changes_nobody_outside() -> None:
    # Beds and clinicians are what people share; workers have time and room for everybody.
    quiet = config(STAFF | {"caseload_cap": 200}, off=("beds", "clinicians_change", "peer_time", "well_being"))
    one, other = (engine(quiet, trial(salt=salt)) for salt in (0, 1))
    first, second = people(one), people(other)
    assert np.array_equal(first["person"], second["person"]) and np.array_equal(first["day"], second["day"])
    assert 10 < (first["arm"] != second["arm"]).sum() < 50
    outside = np.setdiff1d(np.arange(400), first["person"])
    names = [name for name in one.world.patients.dtype.names if name not in ("stay", "at")]
    for name in names:
        assert np.array_equal(plain(one.world.patients[name][outside]), plain(other.world.patients[name][outside])), (
            name
        )
    same = first["person"][(first["arm"] == 0) & (second["arm"] == 0)]
    for name in names:
        assert np.array_equal(*(plain(run.world.patients[name][same]) for run in (one, other))), name
    changed = first["person"][first["arm"] != second["arm"]]
    assert (one.world.patients["trust"][changed] != other.world.patients["trust"][changed]).any()


def test_c_a_trial_with_workers_leaves_people_outside_alone() -> None:
    quiet = config(off=("beds", "clinicians_change"))
    with_trial, without = engine(quiet, trial()), engine(config(NOBODY, off=("beds", "clinicians_change")), None)
    outside = np.setdiff1d(np.arange(400), people(with_trial)["person"])
    for name in ("trust", "stigma", "stays", "ed_visits", "overdoses", "place", "benefit", "worker"):
        assert np.array_equal(with_trial.world.patients[name][outside], without.world.patients[name][outside]), name


def test_the_calendar_gives_the_bits_of_a_daily_scan() -> None:
    given = trial(
        Arm("a", need_ratio=1.5), PEER, eligibility=Eligibility(places=("ward", "discharge", "emergency department"))
    )
    assert digest(engine(config(), given).result()) == digest(engine(config(), given, scan=True).result())


def test_arms_get_their_worker_and_nobody_else_does() -> None:
    arms = (
        USUAL,
        PEER,
        Arm("navigator", workers=("navigator",), contact_days=20),
        Arm("social", workers=("social worker",)),
    )
    run = engine(config(), trial(*arms, n=100, social_workers=1))
    kinds = run.world.workers["kind"]
    assert sorted(kinds) == [PEER_KIND] * 4 + [NAVIGATOR] * 2 + [SOCIAL_WORKER]
    for arm, kind in ((1, PEER_KIND), (2, NAVIGATOR), (3, SOCIAL_WORKER)):
        events, persons = met(run, arm)
        assert len(persons) > 5 and len(events) > 5
        assert (kinds[events["worker"]] == kind).all()
    assert len(met(run, 0)[0]) == 0
    log = run.world.events[: int(run.world.counts[0]["events"])]
    talked = log["person"][log["kind"] == E_ACCEPTS]
    assert np.isin(talked, people(run)["person"]).all()


def test_contacts_keep_to_their_schedule_and_end_in_time() -> None:
    sure = HEALTHY | {"follow_up.reach": 0.99, "follow_up.reach_sd": 0.0, "referral.acceptance": 0.99}
    staff = STAFF | {"days_per_week": 7}
    arm = Arm("peer", workers=("peer",), contact_days=70, schedule=((14, 3.5), (365, 13.0)), visit_interval=3)
    early, late, visits, undisturbed = [], [], [], []
    for seed in (3, 4, 5, 6, 7, 9):
        run = engine(config(staff, parameters=sure | {"acute_need.rate": 0.8}), trial(USUAL, arm), seed)
        log = run.world.events[: int(run.world.counts[0]["events"])]
        mine = people(run)
        for m in mine[(mine["arm"] == 1) & (mine["start"] >= 0)]:
            own = log[log["person"] == m["person"]]
            days = np.sort(own["day"][own["kind"] == E_CONTACT].astype(int))
            assert (days <= m["start"] + 70).all() and m["until"] == m["start"] + 70
            # A return to hospital begins the calls anew, and a call that fails is tried again or comes later.
            breaks = own["day"][np.isin(own["kind"], (E_ED, E_CONTACT_FAILED, E_CONTACT_MISSED))].astype(int)
            for one, next_one in pairwise(days):
                undisturbed.append(not ((breaks >= one) & (breaks <= next_one)).any())
                if undisturbed[-1] and next_one - m["start"] <= 14:
                    early.append(next_one - one)
                elif undisturbed[-1] and one - m["start"] > 18:
                    late.append(next_one - one)
            visits += np.diff(np.sort(own["day"][own["kind"] == E_VISIT].astype(int))).tolist()
    assert len(early) > 200 and set(early) == {3, 4}
    assert len(late) > 5 and set(late) == {13}
    assert np.mean(undisturbed) > 0.6
    assert np.median(visits) == 3


def test_a_number_of_sessions_a_worker_by_phone_and_no_help() -> None:
    sure = HEALTHY | {"follow_up.reach": 0.99, "follow_up.reach_sd": 0.0}
    few = Arm("few", workers=("peer",), contact_days=80, schedule=((365, 2.0),), sessions=3, in_hospital=False)
    bare = Arm("bare", workers=("peer",), planning=False, practical_help=False)
    run = engine(config(parameters=sure, off=("consult",)), trial(few, bare, n=80))
    mine = people(run)
    contacts = mine["contacts"][mine["arm"] == 0]
    assert contacts.max() == 3 and (contacts == 3).sum() > 8
    assert (mine["visits"][mine["arm"] == 0] == 0).all() and mine["visits"][mine["arm"] == 1].max() > 0
    assert (mine["contacts"][mine["arm"] == 1] == 0).all()
    stays = run.world.stays[mine["stay"][(mine["arm"] == 1) & (mine["visits"] > 0)]]
    assert (stays["planning_left"] == run.parameters["peer_time.planning"]).all()
    assert (stays["barriers"] == stays["barriers_at_start"]).all()


def events_of(run: Engine, arm: int, *kinds: int) -> Any:
    """Events of some kinds of the people of an arm."""
    mine = people(run)
    log = run.world.events[: int(run.world.counts[0]["events"])]
    return log[np.isin(log["kind"], kinds) & np.isin(log["person"], mine["person"][mine["arm"] == arm])]


def test_an_arm_may_have_other_workers_after_discharge_than_in_hospital() -> None:
    sure = HEALTHY | {"follow_up.reach": 0.9, "referral.acceptance": 0.99}
    handed = Arm("handed", workers=("peer",), workers_after=("navigator", "social worker"), contact_days=60)
    mixed = Arm("mixed", workers=("peer", "navigator"), contact_days=60)
    late = Arm("late", workers_after=("navigator",), contact_days=60)
    run = engine(config(parameters=sure), trial(handed, mixed, late, n=90, social_workers=1))
    kinds = run.world.workers["kind"]

    def met_by(arm: int, kind: int) -> set[int]:
        return set(kinds[events_of(run, arm, kind)["worker"]].tolist())

    assert met_by(0, E_VISIT) == {PEER_KIND}
    assert met_by(0, E_CONTACT) == {NAVIGATOR, SOCIAL_WORKER}
    assert met_by(1, E_VISIT) == met_by(1, E_CONTACT) == {PEER_KIND, NAVIGATOR}
    assert met_by(2, E_VISIT) == set() and met_by(2, E_CONTACT) == {NAVIGATOR}
    handed_over = events_of(run, 0, E_HANDED_OVER)
    assert len(handed_over) > 10 and (kinds[handed_over["detail"]] != kinds[handed_over["worker"]]).all()
    assert len(events_of(run, 1, E_HANDED_OVER)) == len(events_of(run, 2, E_HANDED_OVER)) == 0


def test_people_wait_for_a_team_after_discharge_that_is_full() -> None:
    sure = HEALTHY | {"follow_up.reach": 0.99, "follow_up.reach_sd": 0.0, "referral.acceptance": 0.99}
    handed = Arm("handed", workers=("peer",), workers_after=("navigator",), contact_days=60)
    staff = STAFF | {"navigators": 1, "caseload_cap": 5}
    run = engine(config(staff, parameters=sure), trial(USUAL, handed, n=80))
    kinds = run.world.workers["kind"]
    assert (run.world.workers["caseload"] <= 5).all()
    assert set(kinds[events_of(run, 1, E_CONTACT)["worker"]].tolist()) == {NAVIGATOR}
    missed = events_of(run, 1, E_CONTACT_MISSED)
    assert (kinds[missed["worker"]] == PEER_KIND).sum() > 5


def test_the_first_contact_comes_on_its_day() -> None:
    sure = HEALTHY | {"follow_up.reach": 0.99, "follow_up.reach_sd": 0.0, "referral.acceptance": 0.99}
    options: dict[str, Any] = {"contact_days": 80, "schedule": ((365, 5.0),), "first_contact": 14}
    visited = Arm("visited", workers=("peer",), **options)
    called = Arm("called", workers=("peer",), in_hospital=False, **options)
    rare = sure | {"acute_need.rate": 0.8}
    run = engine(config(STAFF | {"days_per_week": 7}, parameters=rare), trial(visited, called, n=80))
    mine, first = people(run), {}
    for arm in (0, 1):
        log, back = events_of(run, arm, E_CONTACT), events_of(run, arm, E_ED)
        firsts = []
        for m in mine[(mine["arm"] == arm) & (mine["start"] >= 0)]:
            own = log["day"][log["person"] == m["person"]].astype(int)
            returns = back["day"][(back["person"] == m["person"]) & (back["day"] > m["start"])]
            if len(own) and not (returns <= own.min()).any():
                firsts.append(own.min() - m["start"])
        first[arm] = np.array(firsts)
    for arm in (0, 1):
        assert len(first[arm]) >= 10 and first[arm].min() == 14 and (first[arm] == 14).mean() > 0.7, first


def test_reach_of_an_arm_moves_everybody_by_the_same_odds() -> None:
    def failed(reach: float | None) -> float:
        arm = Arm("peer", workers=("peer",), contact_days=60, schedule=((365, 3.0),), reach=reach)
        run = engine(config(parameters=HEALTHY | {"follow_up.lost": 0.0}), trial(USUAL, arm))
        made, tried = len(events_of(run, 1, E_CONTACT)), len(events_of(run, 1, E_CONTACT, E_CONTACT_FAILED))
        assert tried > 100
        return 1.0 - made / tried

    usual = failed(None)
    reach = engine(config(), trial()).parameters["follow_up.reach"]
    assert failed(reach) == usual
    assert failed(0.9) < usual - 0.1 < usual + 0.1 < failed(0.05)


def test_who_is_called_at_home_meets_no_worker_in_hospital() -> None:
    called = Arm("called", workers=("peer",), in_hospital=False, contact_days=80, first_contact=10)
    busy = config(parameters=HEALTHY | {"acute_need.rate": 9.0, "follow_up.reach": 0.5})
    run = engine(busy, trial(USUAL, called, n=120))
    assert len(events_of(run, 1, E_ED)) > 100 and len(events_of(run, 1, E_CONTACT)) > 20
    assert len(events_of(run, 1, E_VISIT)) == 0
    assert len(events_of(run, 1, E_VISIT_MISSED)) == 0


def test_a_consult_team_treats_and_plans() -> None:
    team = Arm("team", consult=True, uptake=1.0)
    run = engine(config(NOBODY, parameters=HEALTHY | {"disclosure.rate": 0.01}), trial(USUAL, team, n=100))
    mine = people(run)
    assert (mine["seen"][mine["arm"] == 1] == 1).all() and (mine["seen"][mine["arm"] == 0] == 0).all()
    stays = run.world.stays[mine["stay"]]
    assert (stays["planning_left"][mine["arm"] == 1] == 0).all()
    assert (stays["disclosed"][mine["arm"] == 1] == 1).all()
    treated = [stays["medicated"][mine["arm"] == arm].mean() for arm in (0, 1)]
    assert treated[1] > treated[0] + 0.1


def test_a_consult_team_in_the_emergency_department_begins_treatment() -> None:
    team = Arm("team", consult=True, uptake=1.0)
    away = {"acute_need.rate": 4.0, "beds.admission": 0.05, "disclosure.medication": 0.9}
    where = Eligibility(places=("emergency department",), in_care=False)
    quiet = config(NOBODY, parameters=HEALTHY | away)
    run = engine(quiet, trial(USUAL, team, n=150, eligibility=where))
    mine, log = people(run), run.world.events[: int(run.world.counts[0]["events"])]
    assert (mine["seen"] == (mine["arm"] == 1)).all() and (mine["stay"] < 0).mean() > 0.8
    linked = np.isin(mine["person"], log["person"][log["kind"] == E_LINKED])
    assert linked[mine["arm"] == 1].mean() > linked[mine["arm"] == 0].mean() + 0.2
    assert run.world.patients["medicated"][mine["person"][mine["arm"] == 1]].mean() > 0.5


def test_incentives_and_assumed_ratios_act() -> None:
    hard = HEALTHY | {"follow_up.reach": 0.2, "follow_up.incentive": 5.0, "linkage.incentive": 5.0}
    plain_arm = Arm("plain", workers=("peer",), contact_days=60, schedule=((365, 2.0),))
    paid = Arm(
        "paid", workers=("peer",), contact_days=60, schedule=((365, 2.0),), incentive_contacts=1, incentive_care=1
    )
    staff = {"peers": 12, "navigators": 0, "caseload_cap": 60}
    run = engine(config(staff, parameters=hard), trial(plain_arm, paid, n=200))
    mine = people(run)
    assert mine["contacts"][mine["arm"] == 1].mean() > 1.5 * mine["contacts"][mine["arm"] == 0].mean()
    linked = run.world.stays["linkage_day"][mine["stay"]] >= 0
    assert linked[mine["arm"] == 1].mean() > linked[mine["arm"] == 0].mean() + 0.2
    run = engine(config(NOBODY), trial(Arm("sick", need_ratio=8.0), Arm("well", need_ratio=0.05), n=150))
    stays = [run.world.patients["stays"][people(run)["person"][people(run)["arm"] == arm]].mean() for arm in (0, 1)]
    assert stays[0] > 1.5 * stays[1]


RULES: dict[str, tuple[Eligibility, Any]] = {
    "ward": (Eligibility(), lambda w, m, p, s: (m["place"] == WARD) & (m["stay"] >= 0)),
    "ED": (Eligibility(places=("emergency department",)), lambda w, m, p, s: m["place"] == EMERGENCY),
    "discharge": (
        Eligibility(places=("discharge",)),
        lambda w, m, p, s: (m["place"] == DISCHARGE) & (s["type"] == PLANNED) & (s["discharge_day"] == m["day"]),
    ),
    "left early": (
        Eligibility(places=("discharge",), leaving=(PATIENT_INITIATED,)),
        lambda w, m, p, s: s["type"] == PATIENT_INITIATED,
    ),
    "third day": (
        Eligibility(stay_least=2, stay_most=4),
        lambda w, m, p, s: (m["day"] - s["admission_day"] >= 2) & (m["day"] - s["admission_day"] <= 4),
    ),
    "often": (Eligibility(admissions_least=2, admissions_days=60), lambda w, m, p, s: m["admissions"] >= 2),
    "rarely": (
        Eligibility(admissions_most=0, admissions_days=90, counts_present=False),
        lambda w, m, p, s: m["admissions"] == 1,
    ),
    "visits": (
        Eligibility(places=("emergency department", "ward"), visits_least=3, visits_days=60),
        lambda w, m, p, s: p["ed_visits"] >= 3,
    ),
    "housed": (Eligibility(unhoused=False), lambda w, m, p, s: s["unhoused"] == 0),
    "no cover": (Eligibility(uncovered=True), lambda w, m, p, s: p["uncovered"] == 1),
    "illness": (Eligibility(co_occurring=True), lambda w, m, p, s: p["co_occurring"] == 1),
    "not injecting": (Eligibility(injecting=False), lambda w, m, p, s: p["injecting"] == 0),
    "care": (Eligibility(in_care=True), lambda w, m, p, s: m["in_care"] == 1),
    "not using": (Eligibility(using=False), lambda w, m, p, s: m["using"] == 0),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_who_takes_part_is_eligible(rule: str) -> None:
    eligibility, holds = RULES[rule]
    run = engine(config(NOBODY), trial(n=60, eligibility=eligibility))
    w, mine = run.world, people(run)
    assert len(mine) >= 5 and len(set(mine["person"])) == len(mine)
    assert (np.diff(mine["day"]) >= 0).all() and mine["day"].min() >= 20 and mine["day"].max() < 80
    assert holds(w, mine, w.patients[mine["person"]], w.stays[np.maximum(mine["stay"], 0)]).all()
    everybody = engine(config(NOBODY), trial(n=60))
    assert rule == "ward" or not np.array_equal(mine["person"], people(everybody)["person"])


def test_consent_goes_with_the_propensity_to_engage() -> None:
    all_asked = engine(config(NOBODY), trial(n=300))
    half = engine(config(NOBODY), trial(n=300, eligibility=Eligibility(consent=0.5)))
    traits = [run.world.patients["engage_propensity"][people(run)["person"]].mean() for run in (all_asked, half)]
    assert traits[1] > traits[0] + 0.15
    assert len(people(half)) < 0.75 * half.world.trial[0]["eligible"]


def test_blocks_are_balanced_and_shares_are_kept() -> None:
    arms = (Arm("a", share=2), Arm("b"), Arm("c"))
    run = engine(config(NOBODY), trial(*arms, n=48, assignment="blocks", block_size=8))
    order = people(run)["arm"].reshape(-1, 8)
    assert (np.sort(order) == [0, 0, 0, 0, 1, 1, 2, 2]).all()
    assert len({tuple(block) for block in order}) > 4
    two = config(NOBODY, hospital={"count": 2})
    run = engine(two, trial(*arms, n=64, assignment="blocks", block_size=4, by_hospital=True))
    mine = people(run)
    hospital = run.world.units["hospital"][mine["unit"]]
    for h in (0, 1):
        whole = mine["arm"][hospital == h]
        whole = whole[: len(whole) // 4 * 4].reshape(-1, 4)
        assert len(whole) > 2 and (np.sort(whole) == [0, 0, 1, 2]).all()
    simple = people(engine(config(NOBODY), trial(*arms, n=200)))["arm"]
    assert np.bincount(simple) / len(simple) == pytest.approx([0.5, 0.25, 0.25], abs=0.2)


def test_clusters_and_a_stepped_wedge_assign_by_unit_and_day() -> None:
    run = engine(config(NOBODY), trial(n=80, assignment="cluster"))
    mine = people(run)
    inpatient = {int(u): set(mine["arm"][mine["unit"] == u]) for u in set(mine["unit"])}
    assert all(len(arms) == 1 for arms in inpatient.values()) and len(set.union(*inpatient.values())) == 2
    run = engine(config(NOBODY), trial(n=200, assignment="stepped-wedge", steps=2, step_days=20))
    mine, clusters = people(run), run.world.clusters
    assert (mine["arm"] == (mine["day"] >= clusters["crossing"][mine["unit"]])).all()
    assert set(mine["arm"]) == {0, 1} and sorted(set(clusters["crossing"])) == [40, 60]


def test_with_the_programme_outside_both_get_workers() -> None:
    run = engine(config(), trial(outside=True))
    log = run.world.events[: int(run.world.counts[0]["events"])]
    accepted = set(log["person"][log["kind"] == E_ACCEPTS])
    mine = people(run)
    usual, peer = (set(mine["person"][mine["arm"] == arm]) for arm in (0, 1))
    assert accepted & peer and accepted - usual - peer
    late = log[(log["kind"] == E_ACCEPTS) & np.isin(log["person"], list(usual))]
    since = {int(m["person"]): int(m["day"]) for m in mine}
    assert all(e["day"] < since[int(e["person"])] for e in late)


def test_people_who_are_in_a_bed_count_where_they_are() -> None:
    run = Engine(config(NOBODY), 3, trial=trial())
    run.run(25)
    mine = people(run)
    assert len(mine) > 0
    still = run.world.patients[mine["person"]]["place"] == IN_BED
    assert (run.world.patients["trial"][mine["person"]] == np.arange(1, len(mine) + 1)).all() and still.any()
