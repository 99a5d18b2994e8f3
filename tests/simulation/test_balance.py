"""The population is in balance: usual care has no trend over ten years, and a programme settles and stays there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest

from experiments.uncertainty.prior_sample import prior_draws
from simulation.config import Config, Hospital, Population, Programme, Run
from simulation.engine import simulate
from simulation.state import DAILY

YEARS = 10
MOST = 0.003
"""Largest trend a year, as a share of the level, with its whole 95 % interval."""


def yearly(
    config: Config, seed: int, parameters: Mapping[str, float] | None = None
) -> dict[str, npt.NDArray[np.float64]]:
    """Figures of each year of one run; shape (years,)."""
    result = simulate(config, seed, parameters=parameters)
    days = config.run.days
    years = days // 365
    first = config.run.warm_up_days
    daily = {name: result.daily[name].to_numpy()[first : first + 365 * years].reshape(years, 365) for name in DAILY}
    person_years = daily["alive"].sum(1) / 365
    stays = result.discharges
    year = (stays.discharge_day - first) // 365
    alive = stays[(stays.discharge_type != "died") & (stays.last_day - stays.discharge_day >= 30)]
    soon = (alive.next_readmission_day >= 0) & (alive.next_readmission_day - alive.discharge_day <= 30)

    def by_year(values: object, of: object) -> npt.NDArray[np.float64]:
        return values.groupby(of).mean().reindex(range(years)).to_numpy()  # type: ignore[attr-defined]

    return {
        "population": daily["alive"].mean(1),
        "admissions": daily["admissions"].sum(1) / person_years,
        "emergency visits": daily["ed_visits"].sum(1) / person_years,
        "deaths": daily["deaths"].sum(1) / person_years,
        "in care": daily["in_care"].sum(1) / daily["alive"].sum(1),
        "using": daily["using"].sum(1) / daily["alive"].sum(1),
        "unhoused": daily["unhoused"].sum(1) / daily["alive"].sum(1),
        "readmission": by_year(soon, year[alive.index]),
        "frailty of people in stays": by_year(np.log(stays.frailty), year),
        "trust at discharge": by_year(stays.trust, year),
        "age at admission": by_year(stays.age, year),
    }


def slopes(
    config: Config, seeds: range, parameters: Sequence[Mapping[str, float] | None] | None = None
) -> dict[str, tuple[float, float]]:
    """Trend a year as a share of the level (for the log of frailty: as it is), and its standard error, over seeds."""
    with ThreadPoolExecutor(2) as pool:
        runs = list(
            pool.map(lambda seed, values: yearly(config, seed, values), seeds, parameters or [None] * len(seeds))
        )
    made = {}
    for name in runs[0]:
        values = np.array([run[name] for run in runs])
        time = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
        each = values @ time / (time @ time)
        level = 1.0 if name.startswith("frailty") else values.mean()
        made[name] = (each.mean() / level, each.std(ddof=1) / np.sqrt(len(each)) / level)
    return made


def usual_care(size: int = 6_000, years: int = YEARS, hospitals: int = 1) -> Config:
    return Config(
        population=Population(size=size * hospitals),
        hospital=Hospital(count=hospitals),
        run=Run(warm_up_days=0, days=365 * years),
        parameters={},
    )


def test_a_short_run_of_usual_care_has_no_large_trend() -> None:
    for name, (slope, error) in slopes(usual_care(years=4), range(12)).items():
        assert error < 0.01, (name, error)
        assert abs(slope) < 0.005 + 3 * error, (name, slope, error)


@pytest.mark.slow  # forty runs of ten years
def test_ten_years_of_usual_care_have_no_trend() -> None:
    for name, (slope, error) in slopes(usual_care(hospitals=4), range(40)).items():
        if name == "deaths":  # too few to be told apart from a small trend
            assert abs(slope) < 2 * error, (name, slope, error)
        else:
            assert abs(slope) + 1.96 * error < MOST, (name, slope, error)


@pytest.mark.slow  # forty runs of ten years
def test_ten_years_have_no_trend_over_draws_of_the_prior() -> None:
    """Single draws have trends of up to two per cent a year; their mean has none.

    10,000 people: with them chance is less than the difference between draws, so that more would say little more.
    """
    draws = prior_draws("people_who_use_drugs", 40)
    values = [dict(zip(draws.names, row, strict=True)) for row in draws.values.tolist()]
    for name, (slope, error) in slopes(usual_care(size=10_000), range(40), values).items():
        assert abs(slope) + 1.96 * error < MOST, (name, slope, error)


@pytest.mark.slow  # ten years
def test_a_programme_settles_within_three_years_and_stays_there() -> None:
    config = usual_care().model_copy(update={"programme": Programme(peers=6)})
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda seed: yearly(config, seed), range(20)))
    for name in ("population", "in care", "using", "trust at discharge"):
        values = np.array([run[name] for run in runs])
        level = values[:, 3:].mean()
        late = values[:, 3:] @ (np.arange(7) - 3) / 28
        assert abs(late.mean() / level) < 2 * MOST + 2 * late.std(ddof=1) / np.sqrt(len(late)) / level, name


def test_who_joins_is_the_same_in_every_plan_of_a_seed() -> None:
    config = usual_care(size=400, years=2)
    with_peers = config.model_copy(update={"programme": Programme(peers=4)})
    plain, plan = (simulate(c, 3).events for c in (config, with_peers))
    joins = [events[events.event == "joins the population"] for events in (plain, plan)]
    assert len(joins[0]) > 30
    for column in ("day", "person", "detail"):
        assert joins[0][column].tolist() == joins[1][column].tolist()
