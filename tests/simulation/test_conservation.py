"""Conservation over random valid scenarios: people, beds, minutes, lists and stays always add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation.config import MECHANISMS, Config, Hospital, Mechanisms, Population, Programme, Run
from simulation.engine import Engine
from simulation.state import (
    ADMINISTRATIVE,
    BOARDING,
    DEAD,
    DIED,
    E_ADMITTED,
    E_BED,
    E_DIES,
    E_DISCHARGED,
    E_DIVERTED,
    E_ED,
    E_ED_LEAVES,
    E_VISIT,
    ENROLLED,
    GONE,
    HOME,
    IN_BED,
    ON_LEAVE,
    PATIENT_INITIATED,
    PLANNED,
    REFERRED,
    STILL_IN,
    VACANT,
    WAITING,
)
from tests.simulation.pairs import Lives, assert_same, assert_same_days, assert_same_people, assert_same_stays


@st.composite
def scenarios(draw: Any, longest: int = 90, largest: int = 300) -> Config:
    """A small valid scenario: any mechanisms, full or empty hospitals, much or little illness."""
    share_ed = draw(st.sampled_from([0.0, 0.3, 0.5]))
    share_community = draw(st.sampled_from([0.0, 0.3, 0.5]))
    days = draw(st.integers(1, longest))
    rest = 1.0 - share_ed - share_community
    programme = Programme(
        peers=draw(st.integers(0, 6)),
        navigators=draw(st.integers(0, 3)),
        peers_per_supervisor=draw(st.floats(1, 10)),
        supervisor_lived_experience=draw(st.floats(0, 1)),
        follow_up_days=draw(st.sampled_from([0, 5, 30, 90, 365])),
        hand_over=draw(st.booleans()),
        caseload_cap=draw(st.integers(1, 30)),
        priority=draw(st.sampled_from(["inpatients_first", "follow_up_first"])),
        door=draw(st.sampled_from(["clinician", "proactive", "both"])),
        referral_delay_days=draw(st.integers(0, 5)),
        share_ed=share_ed,
        share_community=share_community,
        share_unit=draw(st.sampled_from([0.0, rest])),
        shift_minutes=draw(st.integers(30, 720)),
        days_per_week=draw(st.integers(1, 7)),
        visit_interval_days=draw(st.integers(1, 5)),
        cross_training_hours=draw(st.sampled_from([0.0, 8.0, 80.0])),
        champion=draw(st.booleans()),
        autonomy=draw(st.floats(0, 1)),
        start_day=draw(st.sampled_from([0, 0, 10, 200])),
    )
    hospital = Hospital(
        count=draw(st.integers(1, 3)),
        units=draw(st.integers(1, 3)),
        beds_per_unit=draw(st.integers(1, 12)),
        boarding_places=draw(st.integers(0, 10)),
        background_occupancy=draw(st.floats(0, 0.98)),
        nurses_per_unit=draw(st.integers(1, 6)),
        physicians_per_unit=draw(st.integers(1, 3)),
        ed_nurses=draw(st.integers(1, 4)),
        ed_physicians=draw(st.integers(1, 3)),
    )
    off = draw(st.sets(st.sampled_from(MECHANISMS), max_size=8))
    warm_up = draw(st.integers(0, days - 1))
    burn_in = draw(st.just(0))
    return Config(
        programme=programme,
        population=Population(
            size=draw(st.integers(1, largest)),
            profile=draw(st.sampled_from(["people_who_use_drugs", "serious_mental_illness"])),
        ),
        hospital=hospital,
        run=Run(burn_in_days=burn_in, warm_up_days=warm_up, days=days - warm_up),
        mechanisms=Mechanisms(**{name: name not in off for name in MECHANISMS}),
        parameters={
            "acute_need.rate": draw(st.sampled_from([0.5, 4.0, 20.0])),
            "beds.admission": draw(st.sampled_from([0.3, 0.9, 1.0])),
            "discharge.stay_median": draw(st.sampled_from([0.5, 2.5, 10.0])),
            "discharge.death": draw(st.sampled_from([0.0, 0.0005, 0.05])),
            "discharge.patient_initiated": draw(st.sampled_from([0.0, 0.005, 0.2])),
            "after_discharge.overdose_out": draw(st.sampled_from([0.1, 5.0])),
            "after_discharge.overdose_survival": draw(st.sampled_from([0.2, 0.9])),
            "after_discharge.death_out": draw(st.sampled_from([0.01, 1.0])),
            "well_being.exit": draw(st.sampled_from([0.3, 5.0])),
            "well_being.leave": draw(st.sampled_from([0.1, 5.0])),
            "well_being.return_to_use": draw(st.sampled_from([0.01, 2.0])),
            "supervision.turnover": draw(st.sampled_from([0.2, 3.0])),
            "clinicians_change.nurse_turnover": draw(st.sampled_from([0.2, 3.0])),
            "workforce.hire_days": draw(st.sampled_from([0.0, 5.0, 60.0])),
            "workforce.onboarding_days": draw(st.sampled_from([0.0, 5.0])),
            "follow_up.lost": draw(st.sampled_from([0.0, 0.4])),
        },
    )


SEEDS = st.integers(0, 2**64 - 1)
FAST = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SLOW = settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

UNIT_INTERVAL = {
    "patients": ("trust", "peer_trust", "stigma", "distress", "residual", "benefit", "window", "plan", "usual_trust"),
    "clinicians": ("stigma", "credibility", "burnout", "resting_burnout", "stigma_at_hire"),
    "workers": ("burnout", "skill", "boundaries", "stability", "adequacy", "acuity", "overlap"),
    "units": ("credibility", "clarity"),
    "stays": ("trust", "stigma", "distress", "plan"),
}


def check_evening(engine: Engine) -> None:
    """What must be true every evening."""
    w, config = engine.world, engine.config
    p, count = w.patients, w.counts[0]
    place = p["place"]

    inpatients = w.inpatients[: count["inpatients"]]
    inside = np.flatnonzero((place == BOARDING) | (place == IN_BED))
    assert np.array_equal(np.sort(inpatients), inside)
    assert np.array_equal(p["at"][inpatients], np.arange(len(inpatients)))
    assert (np.delete(p["at"], inside) == -1).all()
    boarders = w.boarders[: count["boarders"]]
    assert np.array_equal(np.sort(boarders), np.flatnonzero(place == BOARDING))
    keys = w.stays["queue_key"][p["stay"][boarders]]
    assert (np.diff(keys) > 0).all()
    assert count["in_ed"] == 0
    assert count["alive"] == (place < DEAD).sum()

    stay = w.stays[p["stay"][inside]]
    assert (stay["person"] == inside).all()
    assert (stay["type"] == STILL_IN).all()
    per_hospital = config.hospital.units + 1
    ed = w.units["ed"] == 1
    beds = np.bincount(stay["unit"][place[inside] == IN_BED], minlength=len(w.units))
    boarding = np.bincount(stay["hospital"][place[inside] == BOARDING] * per_hospital, minlength=len(w.units))
    assert np.array_equal(w.units["occupied"], beds + boarding)
    assert (beds[ed] == 0).all()
    assert (boarding[ed] <= config.hospital.boarding_places).all()
    assert (w.units["background"] >= 0).all()
    assert np.array_equal(w.units["background"], w.departures.sum(axis=1))
    if config.mechanisms.beds:
        assert (w.units["occupied"] + w.units["background"] <= w.units["beds"])[~ed].all()
        outliers = (stay["unit"] != stay["specialty"]) & (place[inside] == IN_BED)
        assert count["outliers"] == outliers.sum()

    x = w.workers
    assert (x["minutes"] >= 0).all()
    assert (x["minutes"] <= x["shift"]).all()
    assert (x["shift"] <= config.programme.shift_minutes).all()
    assert (x["shift"][x["on_duty"] == 0] == 0).all()
    assert (x["caseload"] <= config.programme.caseload_cap).all()
    if len(x):
        assert np.array_equal(x["caseload"], (w.caseloads >= 0).sum(axis=1))
        assert (x["caseload"][x["state"] == VACANT] == 0).all()
        rows, slots = np.nonzero(w.caseloads >= 0)
        listed = w.caseloads[rows, slots]
        assert len(np.unique(listed)) == len(listed)
        assert np.array_equal(p["worker"][listed], rows)
        assert np.array_equal(p["slot"][listed], slots)
        assert np.array_equal(np.sort(listed), np.flatnonzero(p["worker"] >= 0))
        assert (place[listed] != DEAD).all()
        assert (p["referral"][listed] == ENROLLED).all()
        assert (p["hospital"][listed] == x["hospital"][rows]).all()
    else:
        assert (p["worker"] == -1).all()
    assert ((p["referral"] == ENROLLED) == (p["worker"] >= 0)).all()
    waiting = w.referred[: count["referred"]]
    waiting = waiting[p["referral"][waiting] == REFERRED]
    assert np.array_equal(np.sort(waiting), np.flatnonzero(p["referral"] == REFERRED)), "once in the queue for an offer"
    assert (np.diff(w.referral_keys[waiting]) > 0).all()
    assert (place[waiting] != DEAD).all()

    for array, names in UNIT_INTERVAL.items():
        for name in names:
            values = getattr(w, array)[name]
            assert ((values >= 0.0) & (values <= 1.0)).all(), f"{array}.{name}"


def check_log(engine: Engine) -> None:
    """What the log, the stays and the daily series of a finished run say about one another."""
    w = engine.world
    stays = w.stays[: int(w.counts[0]["stays"])]
    log = w.events[: int(w.counts[0]["events"])]
    assert (np.diff(log["day"]) >= 0).all()
    assert ((log["day"] >= 0) & (log["day"] < engine.day)).all()

    over = stays[stays["type"] != STILL_IN]
    assert np.isin(stays["type"], [PLANNED, PATIENT_INITIATED, ADMINISTRATIVE, DIED, STILL_IN]).all()
    assert (over["discharge_day"] >= over["admission_day"]).all()
    assert (over["bed_day"] <= over["discharge_day"]).all()
    assert (stays["discharge_day"][stays["type"] == STILL_IN] == -1).all()
    assert (stays["type"] == STILL_IN).sum() == w.counts[0]["inpatients"]
    seated = stays[stays["bed_day"] >= 0]
    assert (seated["bed_day"] >= seated["admission_day"]).all()
    ordered = stays[np.lexsort((stays["ordinal"], stays["person"]))]
    next_one = ordered["person"][1:] == ordered["person"][:-1]
    assert (ordered["ordinal"][1:][next_one] == ordered["ordinal"][:-1][next_one] + 1).all()
    assert (ordered["discharge_day"][:-1][next_one] >= 0).all()
    assert (ordered["admission_day"][1:][next_one] > ordered["discharge_day"][:-1][next_one]).all()
    assert (ordered["readmission_day"][:-1][next_one] == ordered["admission_day"][1:][next_one]).all()
    last = np.append(~next_one, True)[: len(ordered)]
    assert (ordered["readmission_day"][last] == -1).all()
    assert len(np.unique(stays["person"])) == (w.patients["stays"] > 0).sum()

    def days_of(kind: int) -> Any:
        chosen = log[log["kind"] == kind]
        order = np.lexsort((chosen["day"], chosen["person"]))
        return np.stack([chosen["person"][order], chosen["day"][order]])

    assert np.array_equal(days_of(E_ADMITTED), np.stack([ordered["person"], ordered["admission_day"]]))
    ended = ordered[ordered["discharge_day"] >= 0]
    assert np.array_equal(days_of(E_DISCHARGED), np.stack([ended["person"], ended["discharge_day"]]))
    bedded = ordered[ordered["bed_day"] >= 0]
    assert np.array_equal(days_of(E_BED), np.stack([bedded["person"], bedded["bed_day"]]))
    ways_out = [int((log["kind"] == kind).sum()) for kind in (E_ED_LEAVES, E_DIVERTED, E_ADMITTED)]
    assert (log["kind"] == E_ED).sum() == sum(ways_out), "everybody who arrives leaves, is diverted or is admitted"

    daily = w.daily[: engine.day]
    types = ("planned", "patient_initiated", "administrative", "died_in_hospital")
    for name, code in zip(types, (PLANNED, PATIENT_INITIATED, ADMINISTRATIVE, DIED), strict=True):
        per_day = np.bincount(over["discharge_day"][over["type"] == code], minlength=engine.day)
        assert np.array_equal(daily[name], per_day)
    assert sum(daily[name].sum() for name in types) == len(over)
    assert daily["admissions"].sum() == len(stays)
    inside = np.zeros(engine.day + 1)
    np.add.at(inside, stays["admission_day"], 1)
    np.add.at(inside, over["discharge_day"], -1)
    assert np.array_equal(daily["census"], np.cumsum(inside)[:-1])
    gone = daily["deaths"] + daily["moved_away"] + daily["stopped"] - daily["joined"]
    assert np.array_equal(daily["alive"], len(w.patients) - np.cumsum(gone))

    deaths = log[log["kind"] == E_DIES]
    assert len(np.unique(deaths["person"])) == len(deaths) == (w.patients["place"] == DEAD).sum()
    assert (w.patients["place"][deaths["person"]] == DEAD).all()
    died = np.full(len(w.patients), engine.day)
    died[deaths["person"]] = deaths["day"]
    of_people = log[log["person"] >= 0]
    assert (of_people["day"] <= died[of_people["person"]]).all()
    position = np.full(len(w.patients), len(log))
    position[deaths["person"]] = np.flatnonzero(log["kind"] == E_DIES)
    assert (np.flatnonzero(log["person"] >= 0) <= position[of_people["person"]]).all(), "death is the last event"
    in_hospital = over["person"][over["type"] == DIED]
    assert (w.patients["place"][in_hospital] == DEAD).all()

    visits = log[log["kind"] == E_VISIT]
    assert daily["visits_made"].sum() == len(visits)
    states = w.workers["state"][np.isin(w.workers["state"], [VACANT, ON_LEAVE])]
    assert len(states) <= len(w.workers)
    assert np.isin(w.patients["place"], [HOME, WAITING, BOARDING, IN_BED, DEAD, GONE]).all()


def check(config: Config, seed: int) -> None:
    engine = Engine(config, seed)
    for day in range(1, config.horizon + 1):
        engine.run(day)
        check_evening(engine)
    check_log(engine)
    result = engine.result()
    assert set(result.discharges["discharge_type"].cat.categories) >= set(result.discharges["discharge_type"].unique())


@FAST
@given(scenarios(), SEEDS)
def test_everything_adds_up(config: Config, seed: int) -> None:
    check(config, seed)


@pytest.mark.slow
@SLOW
@given(scenarios(longest=200, largest=1000), SEEDS)
def test_everything_adds_up_in_more_scenarios(config: Config, seed: int) -> None:
    check(config, seed)


def without_programme(config: Config) -> Config:
    return config.model_copy(update={"programme": Programme()})


def assert_same_run(a: Lives, b: Lives) -> None:
    if len(a.log) or len(b.log):
        assert_same(a.log, b.log)
    if len(a.stays) or len(b.stays):
        assert_same_stays(a, b)
    assert_same_days(a, b)
    assert_same_people(a, b)
    assert_same(a.world.clinicians, b.world.clinicians)


@settings(FAST, max_examples=15)
@given(scenarios(), SEEDS)
def test_a_programme_without_posts_is_no_programme(config: Config, seed: int) -> None:
    levers = config.programme.model_copy(update={"peers": 0, "navigators": 0})
    empty = config.model_copy(update={"programme": levers})
    assert_same_run(Lives(empty, seed), Lives(without_programme(config), seed))


@settings(FAST, max_examples=15)
@given(scenarios(), SEEDS)
def test_a_programme_that_starts_after_the_run_is_no_programme(config: Config, seed: int) -> None:
    levers = config.programme.model_copy(update={"peers": 5, "start_day": config.horizon})
    late = config.model_copy(update={"programme": levers})
    assert_same_run(Lives(late, seed), Lives(without_programme(config), seed))


@settings(FAST, max_examples=15)
@given(scenarios(), SEEDS)
def test_nothing_happens_before_the_programme_starts(config: Config, seed: int) -> None:
    start = config.horizon // 2
    levers = config.programme.model_copy(update={"peers": 5, "start_day": start})
    a = Lives(config.model_copy(update={"programme": levers}), seed)
    b = Lives(without_programme(config), seed)
    early = [run.log[run.log["day"] < start] for run in (a, b)]
    if len(early[0]) or len(early[1]):
        assert_same(*early)


def test_half_and_half_is_the_whole() -> None:
    config = Config(
        programme=Programme(peers=3, share_community=0.3, share_unit=0.4),
        population=Population(size=800),
        run=Run(burn_in_days=30, warm_up_days=60, days=120),
        parameters={"acute_need.rate": 2.0},
    )
    whole, steps = Engine(config, 5), Engine(config, 5)
    whole.run()
    for day in (1, 2, 50, 51, 120, 180):
        steps.run(day)
    assert (whole.world.events["kind"] == E_VISIT).sum() > 20
    for name in ("patients", "stays", "events", "daily", "clinicians", "workers"):
        assert getattr(whole.world, name).tobytes() == getattr(steps.world, name).tobytes()
