"""With the mechanisms off the model collapses to exact answers; each must agree within four standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from simulation.config import MECHANISMS, Config, Hospital, Mechanisms, Population, Run
from simulation.engine import Engine
from simulation.state import ADMINISTRATIVE, DIED, PATIENT_INITIATED, PLANNED

Floats = npt.NDArray[np.float64]

NOBODY_LEAVES_EARLY = {"discharge.patient_initiated": 0.0, "discharge.administrative": 0.0, "discharge.death": 0.0}


def limit(
    *on: str,
    size: int,
    warm_up: int = 0,
    days: int,
    rate: float,
    stay: float,
    parameters: Mapping[str, float] | None = None,
    **hospital: Any,
) -> Config:
    """A scenario with only the mechanisms `on`; everybody who comes is admitted. Rate per year, mean stay in days."""
    return Config(
        population=Population(size=size),
        hospital=Hospital(
            **{
                "units": 1,
                "nurses_per_unit": 1,
                "physicians_per_unit": 1,
                "ed_nurses": 1,
                "ed_physicians": 1,
                **hospital,
            }
        ),
        run=Run(burn_in_days=0, warm_up_days=warm_up, days=days),
        mechanisms=Mechanisms(**{name: name in on for name in MECHANISMS}),
        parameters={
            "beds.admission": 1.0,
            "acute_need.rate": rate,
            "discharge.stay_median": stay,
            "discharge.stay_sd": 0.0,
            **NOBODY_LEAVES_EARLY,
            **(parameters or {}),
        },
    )


def over_seeds(config: Config, numbers: Iterable[int], measure: Callable[[Engine], Any]) -> Floats:
    """What `measure` finds in one run of each seed, one row a run."""

    def one(seed: int) -> Any:
        engine = Engine(config, seed)
        engine.run()
        return measure(engine)

    with ThreadPoolExecutor(2) as pool:
        return np.array(list(pool.map(one, numbers)), dtype=float)


def assert_mean(found: Floats, exact: float | Floats) -> None:
    """The mean of independent runs agrees with the exact value within four standard errors, and the error is small."""
    error = found.std(axis=0, ddof=1) / math.sqrt(len(found))
    assert len(found) >= 12
    assert (error > 0).all()
    z = (found.mean(axis=0) - exact) / error
    assert (np.abs(z) < 4).all(), f"found {found.mean(axis=0)}, exact {exact}, standard errors apart {z}"


def fast_and_slow(fast: int, slow: int) -> Any:
    """The same test with few seeds in the fast suite and with many in the slow one."""
    return pytest.mark.parametrize("runs", [fast, pytest.param(slow, marks=pytest.mark.slow)])


HAZARDS = {PLANNED: 0.2, PATIENT_INITIATED: 0.06, ADMINISTRATIVE: 0.03, DIED: 0.01}


@fast_and_slow(1, 20)
def test_discharge_is_competing_exponentials(runs: int) -> None:
    """Stays in days are an exponential of the summed hazard, rounded up, whatever ends them; types share as hazards."""
    rates = {
        "discharge.patient_initiated": HAZARDS[PATIENT_INITIATED],
        "discharge.administrative": HAZARDS[ADMINISTRATIVE],
        "discharge.death": HAZARDS[DIED],
    }
    config = limit(size=6000, days=365, rate=4.0, stay=1 / HAZARDS[PLANNED], parameters=rates)
    total = sum(HAZARDS.values())
    longest = 12

    def cells(engine: Engine) -> Any:
        s = engine.world.stays[: int(engine.world.counts[0]["stays"])]
        s = s[s["admission_day"] < config.horizon - 120]
        assert (s["discharge_day"] >= 0).all()
        days = np.minimum(s["discharge_day"] - s["admission_day"] + 1, longest + 1)
        return [[np.sum((s["type"] == kind) & (days == d)) for d in range(1, longest + 2)] for kind in HAZARDS]

    count = over_seeds(config, range(runs), cells).sum(axis=0)
    n = count.sum()
    assert n > 10_000 * runs
    day = np.arange(1, longest + 1)
    length = np.append(np.exp(-total * (day - 1)) * (1 - np.exp(-total)), np.exp(-total * longest))
    share = np.array(list(HAZARDS.values())) / total
    for exact, seen in (
        (np.outer(share, length), count),
        (share, count.sum(axis=1)),
        (length, count.sum(axis=0)),
    ):
        z = (seen - n * exact) / np.sqrt(n * exact * (1 - exact))
        assert (np.abs(z) < 4).all()


def occupied_on(days: Iterable[int]) -> Callable[[Engine], Any]:
    return lambda engine: present(engine.world.daily)[list(days)]


def present(daily: Any) -> Any:
    """People in hospital in the course of a day: those of midnight, and those who left in the evening."""
    left = ("planned", "patient_initiated", "administrative", "died_in_hospital")
    return daily["census"] + sum(daily[name] for name in left)


def assert_binomial_census(census: Floats, n: int, p: float) -> None:
    """Mean and variance of a census over runs and far-apart days are those of a binomial."""
    assert_mean(census.mean(axis=1), n * p)
    assert_mean(((census - n * p) ** 2).mean(axis=1), n * p * (1 - p))


@fast_and_slow(16, 200)
def test_an_uncapped_ward_is_m_g_infinity(runs: int) -> None:
    """Constant hazard of leaving; the population is finite, so the census is binomial (Poisson as its size grows)."""
    size, rate, stay = 3000, 6.0, 4.0
    config = limit(size=size, warm_up=60, days=600, rate=rate, stay=stay)
    come, leave = 1 - math.exp(-rate / 365), 1 - math.exp(-1 / stay)
    # A person in the census of one day is in that of the next unless they leave in the evening and stay at home.
    inside = come / (come + leave * (1 - come))
    assert size * inside > 100
    census = over_seeds(config, range(runs), occupied_on(range(60, 660, 40)))
    assert_binomial_census(census, size, inside)


@fast_and_slow(16, 200)
def test_the_census_does_not_depend_on_the_shape_of_stays(runs: int) -> None:
    """Stays as long as log-normal treatment needs: the same law of the census with their mean (insensitivity)."""
    size, rate, median, sd = 3000, 6.0, 3.0, 1.0
    config = limit(
        "discharge", size=size, warm_up=300, days=600, rate=rate, stay=median, parameters={"discharge.stay_sd": sd}
    )
    need = stats.lognorm(s=sd, scale=median)
    mean_stay = 1.0 + need.sf(np.arange(1, 100_000)).sum()  # whole days, rounded up
    come = 1 - math.exp(-rate / 365)
    inside = mean_stay / (mean_stay + 1 / come - 1)
    census = over_seeds(config, range(runs), occupied_on(range(300, 900, 60)))
    assert_binomial_census(census, size, inside)


def wards(beds: int, occupancy: float, days: int, **other: Any) -> Config:
    """Many separate wards that only patients from outside the population use."""
    return limit(
        "beds", size=1, days=days, rate=0.01, stay=1.0, parameters={"beds.admission": 0.01, **other},
        count=10, units=40, beds_per_unit=beds, background_occupancy=occupancy,
    )  # fmt: skip


def background(engine: Engine) -> Any:
    units = engine.world.units
    assert (units["occupied"] == 0).all()
    return units["background"][units["ed"] == 0]


@fast_and_slow(2, 30)
def test_background_patients_in_empty_wards_are_m_g_infinity(runs: int) -> None:
    """Poisson arrivals, geometric stays: a Poisson census, whose mean after d days is known exactly."""
    beds, occupancy, stay = 400, 0.1, 5.0
    for days in (3, 60):
        seen = over_seeds(wards(beds, occupancy, days), range(runs), background).ravel()
        mean = beds * occupancy * (1 - (1 - 1 / stay) ** days)
        n = len(seen)
        assert n == 400 * runs
        assert abs(seen.mean() - mean) < 4 * math.sqrt(mean / n)
        fourth = 3 * mean**2 + mean
        assert abs(((seen - mean) ** 2).mean() - mean) < 4 * math.sqrt((fourth - mean**2) / n)


@fast_and_slow(2, 30)
def test_background_patients_in_small_wards_are_a_loss_system(runs: int) -> None:
    """Arrivals beyond the beds are lost: the law of a capped census after d days, by the exact chain of days."""
    beds, occupancy, stay, days = 6, 0.98, 5.0, 50
    state = np.zeros(beds + 1)
    state[0] = 1.0
    arrivals = stats.poisson(beds * occupancy / stay)
    step = np.zeros((beds + 1, beds + 1))
    for n in range(beds + 1):
        for left in range(n + 1):
            stayed = stats.binom.pmf(left, n, 1 - 1 / stay)
            for new in range(beds - left):
                step[n, left + new] += stayed * arrivals.pmf(new)
            step[n, beds] += stayed * arrivals.sf(beds - left - 1)
    for _ in range(days):
        state = state @ step
    seen = over_seeds(wards(beds, occupancy, days), range(runs), background).ravel()
    share = np.bincount(seen.astype(int), minlength=beds + 1) / len(seen)
    assert (np.abs(share - state) < 4 * np.sqrt(state * (1 - state) / len(seen))).all()


def loss_chain(people: int, beds: int, come: float, leave: float) -> tuple[float, Floats]:
    """Blocking probability and census of the ward with days as its clock: the exact stationary chain."""
    step = np.zeros((beds + 1, beds + 1))
    lost, asked = np.zeros(beds + 1), np.zeros(beds + 1)
    for n in range(beds + 1):
        for left in range(n + 1):
            stayed = stats.binom.pmf(left, n, 1 - leave)
            arrivals = stats.binom(people - left, come)
            new = np.arange(beds - left)
            step[n, left + new] += stayed * arrivals.pmf(new)
            step[n, beds] += stayed * arrivals.sf(beds - left - 1)
            asked[n] += stayed * arrivals.mean()
            many = np.arange(beds - left, beds - left + 200)
            lost[n] += stayed * ((many - (beds - left)) * arrivals.pmf(many)).sum()
    values, vectors = np.linalg.eig(step.T)
    state = np.real(vectors[:, np.argmax(np.real(values))])
    state /= state.sum()
    return float(state @ lost / (state @ asked)), state


def erlang_b(beds: int, load: float) -> float:
    """Erlang's loss formula by its recursion."""
    blocked = 1.0
    for n in range(1, beds + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def blocked_and_full(first: int, beds: int) -> Callable[[Engine], Any]:
    def measure(engine: Engine) -> Any:
        daily = engine.world.daily[first:]
        assert daily["boarding"].sum() == 0
        arrivals = daily["admissions"].sum() + daily["diversions"].sum()
        assert arrivals == daily["ed_visits"].sum() > 500
        return daily["diversions"].sum() / arrivals, (present(daily) == beds).mean(), present(daily).mean()

    return measure


@fast_and_slow(12, 100)
def test_a_capped_ward_without_boarding_is_the_exact_loss_chain(runs: int) -> None:
    """Short stays, where a day is long: blocking, the share of full days and the census of the exact chain of days."""
    people, beds, rate, stay = 400, 8, 2.5, 3.0
    config = limit(
        "beds", size=people, warm_up=50, days=1500, rate=rate, stay=stay, beds_per_unit=beds, boarding_places=0,
        background_occupancy=0.0,
    )  # fmt: skip
    blocked, state = loss_chain(people, beds, 1 - math.exp(-rate / 365), 1 - math.exp(-1 / stay))
    assert 0.05 < blocked < 0.5
    found = over_seeds(config, range(runs), blocked_and_full(50, beds))
    assert_mean(found, np.array([blocked, state[beds], state @ np.arange(beds + 1)]))


@fast_and_slow(12, 60)
def test_a_capped_ward_with_long_stays_is_erlang_loss(runs: int) -> None:
    """Stays of 60 days and 6,083 people who rarely come: the day is short, and Erlang's formula itself holds."""
    people, beds, rate, stay = 6083, 10, 0.01, 60.0
    days = 6000 if runs < 20 else 20_000
    config = limit(
        "beds", size=people, warm_up=600, days=days, rate=rate, stay=stay, beds_per_unit=beds, boarding_places=0,
        background_occupancy=0.0,
    )  # fmt: skip
    formula = erlang_b(beds, people * rate / 365 * stay)
    exact, _ = loss_chain(people, beds, 1 - math.exp(-rate / 365), 1 - math.exp(-1 / stay))
    assert abs(exact - formula) < 0.005
    found = over_seeds(config, range(runs), blocked_and_full(600, beds))[:, 0]
    assert_mean(found, formula)


def test_the_chain_of_days_tends_to_erlangs_formula() -> None:
    """The chain that the model is held against is right: slower and slower, it tends to the formula."""
    gaps = []
    for slower in (1, 10, 100):
        people, load, beds = 5_000_000, 5.0, 6
        leave = 1 - math.exp(-1 / (3 * slower))
        exact, _ = loss_chain(people, beds, load / people / (3 * slower), leave)
        gaps.append(abs(exact - erlang_b(beds, load)))
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]
    assert gaps[2] < 0.002


HORIZONS = (7, 30, 90, 365)


def readmission(engine: Engine) -> Any:
    values = engine.result().values
    return [values[f"readmission_{days}d"] for days in HORIZONS]


@fast_and_slow(14, 100)
def test_readmission_is_an_exponential_curve(runs: int) -> None:
    """Deaths off, everybody admitted: the cumulative incidence t days after discharge is 1 − exp(−rate·t) exactly."""
    rate = 1.5
    config = limit(size=1500, warm_up=0, days=900, rate=rate, stay=3.0)
    exact = 1 - np.exp(-rate / 365 * np.array(HORIZONS))
    assert_mean(over_seeds(config, range(runs), readmission), exact)


@fast_and_slow(14, 100)
def test_readmission_where_some_are_sent_home_is_a_thinned_curve(runs: int) -> None:
    """Each visit is admitted with one probability: a day's hazard is that share of the day's probability of a visit."""
    rate, admitted = 3.0, 0.4
    config = limit(size=1500, warm_up=0, days=900, rate=rate, stay=3.0, parameters={"beds.admission": admitted})
    daily = admitted * (1 - math.exp(-rate / 365))
    exact = 1 - (1 - daily) ** np.array(HORIZONS)
    assert_mean(over_seeds(config, range(runs), readmission), exact)


def test_runs_with_everything_off_have_no_programme_no_stigma_and_no_deaths_outside() -> None:
    config = limit(size=2000, days=200, rate=3.0, stay=3.0)
    engine = Engine(config.model_copy(update={"mechanisms": Mechanisms.none()}), 3)
    engine.run()
    p = engine.world.patients
    assert (p["needs"] > 0).sum() > 1000
    assert np.array_equal(p["trust"], p["usual_trust"]) and np.array_equal(p["stigma"], p["usual_stigma"])
    assert not p["distress"].any() and not p["benefit"].any()
    assert engine.world.daily["deaths"].sum() == engine.world.daily["overdoses"].sum() == 0
