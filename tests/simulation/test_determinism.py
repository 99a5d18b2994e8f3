"""Same inputs, same bits: over processes, threads, hash seeds and Pythons; and what one person or one lever may change.

The letters are those of the tests that the design asks of keyed random numbers.
"""

import json
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import load
from simulation import VERSION, draws
from simulation.config import Config
from simulation.engine import Engine, Result, simulate
from simulation.parameters import PARAMETERS
from tests.simulation.small import EAGER, NOBODY, ROOT, SCENARIOS, digest, digests, in_new_process, plain, small

GOLDEN = Path(__file__).parents[1] / "golden"
DIGESTS = """
import json, sys
sys.path.insert(0, "tests/simulation")
from small import digests
print(json.dumps(digests()))
"""


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    """Digests of the small scenarios, computed in this process."""
    return digests()


def golden(name: str, made: Any) -> Any:
    """What is kept in tests/golden/, after writing it anew where the environment asks for it."""
    file = GOLDEN / name
    if os.environ.get("PEERBRIDGE_WRITE_GOLDEN") == "1":
        file.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.interpreted
def test_a_twice_in_one_process(here: dict[str, str]) -> None:
    assert digests() == here
    assert len(set(here.values())) == len(here)


def test_a_another_seed_or_replication_is_another_run() -> None:
    results = [simulate(SCENARIOS["eager"], seed, replication=r) for seed, r in ((7, 1), (8, 1), (7, 2), (1, 7))]
    assert len({digest(result) for result in results}) == len(results)


@pytest.mark.parametrize("seed", ["1", "4711"])
def test_a_in_new_processes_with_other_hash_seeds(here: dict[str, str], seed: str) -> None:
    assert json.loads(in_new_process(DIGESTS, PYTHONHASHSEED=seed)) == here


def test_a_with_the_jit_off(here: dict[str, str]) -> None:
    assert json.loads(in_new_process(DIGESTS, NUMBA_DISABLE_JIT="1")) == here


@pytest.mark.slow  # compiles anew where the other folder of kernels is empty
def test_a_with_bounds_checks_on_and_off(here: dict[str, str]) -> None:
    for checks in ("0", "1"):
        assert json.loads(in_new_process(DIGESTS, NUMBA_BOUNDSCHECK=checks, timeout=900)) == here


def test_a_on_one_and_two_threads(here: dict[str, str]) -> None:
    many = list(SCENARIOS) * 4
    for threads in (1, 2):
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda name: digest(simulate(SCENARIOS[name], 7, replication=1)), many))
        assert found == [here[name] for name in many]


def test_a_in_two_processes(here: dict[str, str]) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(simulate, config, 7, replication=1) for config in SCENARIOS.values()]
        assert [digest(job.result()) for job in jobs] == list(here.values())


def golden_numbers() -> dict[str, Any]:
    """Keys and draws; floats in hexadecimal, so that every bit counts."""
    seeds = [(seed, replication) for seed in (0, 1, 2**64 - 1) for replication in (0, 7)]
    key = np.uint64(draws.derive_key(20_211, 3))
    last = 2**31 - 1
    where = [(1, 0, 0, 0, 0), (10, 5_999, 2, 1, 3), (20, 999_999, 41, 12, 6), (65_535, last, last, last, 65_535)]
    return {
        "keys": [[seed, r, f"{draws.derive_key(seed, r):016x}"] for seed, r in seeds],
        "pairs": [[*at, *(float(u).hex() for u in draws.uniform_pair(key, *at))] for at in where],
        "exponentials": [[*at, float(draws.exponential(key, *at)).hex()] for at in where],
        "ranks": [[*at, int(draws.rank(key, *at))] for at in ((0, 0, 0, 0), (7, 2, 300, 1))],
        "normal quantiles": [[u, float(draws.normal_quantile(u)).hex()] for u in (2.0**-53, 0.001, 0.3, 0.5, 0.97)],
    }


@pytest.mark.interpreted
def test_e_golden_draws() -> None:
    made = golden_numbers()
    assert made == golden("draws.json", made)


@pytest.mark.interpreted
def test_e_golden_runs(here: dict[str, str]) -> None:
    kept = golden("runs.json", {"version": VERSION, "digests": here})
    assert kept == {"version": VERSION, "digests": here}, (
        f"meant to change numbers? see {GOLDEN.relative_to(ROOT)}/README.md"
    )


def test_b_a_programme_without_posts_is_no_programme() -> None:
    levers = {
        "follow_up_days": 300,
        "champion": True,
        "cross_training_hours": 40.0,
        "boundary_practice": 1.0,
        "training_hours": 100.0,
        "share_community": 0.5,
        "share_unit": 0.3,
        "door": "proactive",
        "start_day": 30,
        "caseload_cap": 100,
        "peers_per_supervisor": 1.0,
        "supervision_hours_per_week": 40.0,
    }
    for seed in range(3):
        nobody = simulate(small(programme=NOBODY), seed)
        assert digest(simulate(small(programme=NOBODY | levers), seed)) == digest(nobody)
        assert nobody.values["programme_cost"] == 0.0
        assert digest(simulate(small(), seed)) != digest(nobody)


def test_b_before_its_first_day_a_programme_is_no_programme() -> None:
    config = small(programme={"start_day": 60})
    without, later = simulate(small(programme=NOBODY), 5), simulate(config, 5)
    pd.testing.assert_frame_equal(
        without.daily[:60].drop(columns="vacant_posts"), later.daily[:60].drop(columns="vacant_posts")
    )
    assert not without.daily.equals(later.daily)


# What is left of a mechanism that is off: the constant hazard or the bed that stands in for it, by its documentation.
STANDS_IN = {
    "acute_need": ("acute_need.rate",),
    "beds": ("beds.admission", "beds.overdose", "beds.urgent"),
    "turnover": ("turnover.entry_age", "turnover.entry_age_sd", "turnover.moves", "turnover.stops"),  # age at the start
    "discharge": ("discharge.patient_initiated", "discharge.administrative", "discharge.death", "discharge.stay_median",
                  "discharge.stay_sd", "discharge.plan_base", "discharge.plan_unplanned", "discharge.trust",
                  "discharge.distress"),
    "workforce": (),
}  # fmt: skip
FREE = {
    "care_seeking": ("care_seeking.untreated",),  # a person who is diverted is left untreated, whoever waits
    "well_being": ("well_being.base", "well_being.trait_sd", "well_being.cut_off"),  # burnout at hire stays
    "clinicians_change": (
        "clinicians_change.stigma_mean", "clinicians_change.stigma_sd", "clinicians_change.credibility_start",
        "clinicians_change.high_nurse", "clinicians_change.high_physician", "clinicians_change.burnout_cut_off",
        "clinicians_change.burnout_sd", "clinicians_change.nurse_conflict", "clinicians_change.clarity_boundaries",
        "clinicians_change.clarity_training", "clinicians_change.clarity_champion",
    ),
    "peer_time": ("peer_time.planning", "peer_time.visit"),  # minutes never run out; planning still takes visits
    "after_discharge": ("after_discharge.stopped", "after_discharge.using_at_start"),
    "workforce": ("workforce.trust_kept", "workforce.team_kept", "workforce.memory"),
    "disclosure": ("disclosure.distress_mean",),  # need is visible against the average distress
    "relationship": ("relationship.burnout", "relationship.list"),  # quality of work, trust or not
    "linkage": ("linkage.plan",),  # what a better plan is worth
}  # fmt: skip


@pytest.mark.parametrize("mechanism", Config().mechanisms.model_dump())
def test_b_a_mechanism_that_is_off_does_not_read_its_parameters(mechanism: str) -> None:
    kept = STANDS_IN.get(mechanism, ()) + FREE.get(mechanism, ())
    off = (mechanism, "well_being") if mechanism == "peer_time" else (mechanism,)  # strain counts the minutes asked for
    moved = dict(EAGER)
    for name, p in PARAMETERS.items():
        if name.startswith(f"{mechanism}.") and name not in kept:
            moved[name] = p.high if EAGER.get(name, p.value) < (p.low + p.high) / 2 else p.low
    plain_run = Engine(small(off=off), 3)
    moved_run = Engine(small(off=off, parameters=moved), 3)
    plain_run.run()
    moved_run.run()
    assert digest(plain_run.result()) == digest(moved_run.result())


def lives(events: pd.DataFrame) -> dict[int, list[tuple[Any, ...]]]:
    """Everything that happened to each person."""
    rows = events[events["person"] >= 0]
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows.itertuples(index=False):
        found.setdefault(row.person, []).append(tuple(row))
    return found


def changed(one: dict[int, Any], other: dict[int, Any], people: Iterable[int]) -> set[int]:
    """Of `people`, those to whom not the same happened in both runs."""
    return {i for i in people if one.get(i) != other.get(i)}


def final_states(engine: Engine) -> dict[int, tuple[Any, ...]]:
    """State of each person at the end, without rows and links that number other people's places."""
    rows = engine.world.patients
    names = [name for name in rows.dtype.names if name not in ("stay", "at")]
    return dict(enumerate(zip(*(plain(rows[name]).tolist() for name in names), strict=True)))


def with_and_without_the_last(config: Callable[[int], Config], size: int, seed: int) -> tuple[Engine, Engine, set[int]]:
    """Runs with and without the last person, and the people of both runs whose events or states differ."""
    whole, less = Engine(config(size), seed), Engine(config(size - 1), seed)
    for engine in (whole, less):
        engine.run()
    everybody = range(size - 1)
    differ = changed(lives(whole.result().events), lives(less.result().events), everybody)
    return whole, less, differ | changed(final_states(whole), final_states(less), everybody)


def test_c_one_person_less_changes_nobody_of_another_hospital() -> None:
    def config(size: int) -> Config:
        hospital = {"count": 4, "beds_per_unit": 3}
        return small(size, hospital=hospital, programme={"peers": 12, "navigators": 4}, burn_in_days=0)

    admitted_and_felt = 0
    for size in range(330, 336):
        whole, less, differ = with_and_without_the_last(config, size, 11)
        hospital = whole.world.patients["hospital"]
        assert np.array_equal(hospital[:-1], less.world.patients["hospital"])
        assert {int(hospital[i]) for i in differ} <= {int(hospital[size - 1])}
        own, units = int(hospital[size - 1]), whole.world.units
        elsewhere = [u for u in range(len(units)) if units[u]["hospital"] != own]
        staff = np.isin(whole.world.clinicians["unit"], elsewhere)
        for name in ("stigma", "credibility", "burnout", "training", "tenure", "left_exit"):
            assert np.array_equal(whole.world.clinicians[name][staff], less.world.clinicians[name][staff])
        workers = whole.world.workers["hospital"] != own
        for name in ("burnout", "skill", "caseload", "strain", "acuity", "left_exit", "state"):
            assert np.array_equal(whole.world.workers[name][workers], less.world.workers[name][workers])
        admitted_and_felt += bool(whole.world.patients["stays"][-1] > 0 and differ)
    assert (
        admitted_and_felt >= 3
    )  # the test would notice: the person was in hospital, and others of the same one felt it


def test_c_one_person_less_changes_nobody_where_people_do_not_meet() -> None:
    def config(size: int) -> Config:
        return small(size, programme=NOBODY, off=("beds", "clinicians_change"), burn_in_days=0)

    admitted = 0
    for size in range(200, 206):
        whole, _, differ = with_and_without_the_last(config, size, 12)
        assert not differ
        admitted += int(whole.world.patients["stays"][-1])
    assert admitted >= 3


def test_c_one_person_more_at_other_parameters_leaves_traits_alone() -> None:
    few, many = Engine(small(50, burn_in_days=0), 4), Engine(small(5_000, burn_in_days=0), 4)
    assert final_states(few) == {i: state for i, state in final_states(many).items() if i < 50}


def in_turn(size: int, seed: int, days: int = 60) -> dict[int, Any]:
    """A toy hospital whose people draw in turn from one sequence, as most models do; who is ill on which days."""
    state = seed
    found: dict[int, Any] = {i: [] for i in range(size)}
    for day in range(days):
        for i in range(size):
            state = (6_364_136_223_846_793_005 * state + 1_442_695_040_888_963_407) % 2**64
            if state / 2**64 < 0.02:
                found[i].append(day)
    return found


def keyed(size: int, seed: int, days: int = 60) -> dict[int, Any]:
    """The same toy with keyed draws."""
    key = np.uint64(draws.derive_key(seed, 0))
    return {i: [day for day in range(days) if draws.uniform(key, 1, i, 0, day, 0) < 0.02] for i in range(size)}


def test_g_draws_in_turn_fail_what_keyed_draws_pass() -> None:
    people = range(99)
    assert not changed(keyed(100, 1), keyed(99, 1), people)
    assert len(changed(in_turn(100, 1), in_turn(99, 1), people)) > 50


def paired(outcome: str, size: int, pairs: int) -> tuple[float, float]:
    """Ratio of the variance of a difference on independent seeds to that on common ones, and the mean difference."""
    base = load("usual-care", settings=(f"population.size={size}",))
    bridge = load("bridge", settings=(f"population.size={size}",))
    values = np.array(
        [[simulate(config, 1, replication=r).values[outcome] for config in (base, bridge)] for r in range(pairs)]
    )
    independent = values.var(axis=0, ddof=1).sum()
    return float(independent / np.diff(values, axis=1).var(ddof=1)), float(np.diff(values, axis=1).mean())


FLOORS = {"patient_initiated_discharge": 4.0, "readmission_30d": 4.0}  # with 150 pairs: 12 and 10


@pytest.mark.parametrize("outcome", FLOORS)
def test_f_common_random_numbers_narrow_the_difference(outcome: str) -> None:
    ratio, _ = paired(outcome, 3_000, 24)
    assert ratio >= FLOORS[outcome]


@pytest.mark.slow
@pytest.mark.parametrize("outcome", FLOORS)
def test_f_common_random_numbers_narrow_the_difference_at_length(outcome: str) -> None:
    ratio, _ = paired(outcome, 6_000, 200)
    assert ratio >= FLOORS[outcome]


SCENARIO_PARTS = st.fixed_dictionaries(
    {
        "size": st.integers(1, 250),
        "warm_up_days": st.integers(0, 40),
        "days": st.integers(1, 80),
        "hospital": st.fixed_dictionaries(
            {"count": st.integers(1, 3), "units": st.integers(1, 3), "beds_per_unit": st.integers(1, 8),
             "boarding_places": st.integers(0, 5)}
        ),
        "programme": st.one_of(
            st.just(NOBODY),
            st.just({}),
            st.fixed_dictionaries(
                {
                    "peers": st.integers(0, 8),
                    "share_unit": st.sampled_from([0.0, 0.5]),
                    "share_community": st.sampled_from([0.0, 0.5]),
                    "share_ed": st.just(0.0),
                    "follow_up_days": st.sampled_from([0, 20, 365]),
                    "priority": st.sampled_from(["inpatients_first", "follow_up_first"]),
                    "start_day": st.integers(0, 60),
                }
            ),
        ),
        "off": st.lists(st.sampled_from(sorted(Config().mechanisms.model_dump())), max_size=4, unique=True).map(tuple),
        "parameters": st.sampled_from([{}, EAGER, EAGER | {"acute_need.rate": 20.0, "linkage.rate": 0.5}]),
        "profile": st.sampled_from(["people_who_use_drugs", "serious_mental_illness"]),
    }
)  # fmt: skip


def calendar_and_scan(config: Config, seed: int) -> tuple[Result, Result]:
    results = []
    for scan in (False, True):
        engine = Engine(config, seed, scan=scan)
        engine.run()
        results.append(engine.result())
    return results[0], results[1]


@settings(max_examples=40, deadline=None)
@given(SCENARIO_PARTS, st.integers(0, 2**64 - 1))
def test_the_calendar_gives_the_bits_of_a_daily_scan(parts: dict[str, Any], seed: int) -> None:
    calendar, scan = calendar_and_scan(small(**parts), seed)
    assert digest(calendar) == digest(scan)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_calendar_gives_the_bits_of_a_daily_scan_in_small_scenarios(name: str, here: dict[str, str]) -> None:
    _, scan = calendar_and_scan(SCENARIOS[name], 7)
    engine = Engine(SCENARIOS[name], 7, replication=1, scan=True)
    engine.run()
    assert digest(engine.result()) == here[name]
    assert len(scan.events) > 300


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["usual-care", "bridge", "all-recommendations", "community-only", "smi-discharge", "overloaded"]
)
def test_the_calendar_gives_the_bits_of_a_daily_scan_at_full_size(name: str) -> None:
    calendar, scan = calendar_and_scan(load(name, settings=("population.size=6000",)), 3)
    assert digest(calendar) == digest(scan)
