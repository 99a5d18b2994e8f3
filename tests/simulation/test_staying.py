"""Who is there on the first day: hazards of leaving, lived through and measured, and people drawn by them."""

import numpy as np
import numpy.typing as npt
import pytest

from simulation import draws, equilibrium
from simulation.config import Config, Population, Run
from simulation.day import run_days
from simulation.engine import Engine, build, complete
from simulation.population import expect, first_rate, populate
from simulation.state import DEAD, GONE
from simulation.staying import AT_HOME, BACKGROUND, GOING, IN_HOSPITAL, OVERDOSED, YEARS, live_through, measured
from simulation.world import World

DAYS = 730


@pytest.fixture(scope="module")
def usual() -> tuple[World, npt.NDArray[np.float64]]:
    """Two years of usual care, and what its people have lived through."""
    config = Config(population=Population(size=30_000), run=Run(burn_in_days=0, warm_up_days=0, days=DAYS))
    w = build(config, draws.derive_key(5, 0), complete(config, None), joining=8_000)
    populate(w)
    expect(w, 30_000, first_rate(w) / config.hospital.count)
    while int(w.counts[0]["day"]) < DAYS:
        needed = int(run_days(w, DAYS))
        if needed:
            w.grow(needed)
    lived = np.zeros((len(w.patients), GOING + 1))
    live_through(w, DAYS - 1, lived)
    return w, lived


def test_years_lived_are_those_of_the_daily_count(usual: tuple[World, npt.NDArray[np.float64]]) -> None:
    w, lived = usual
    assert lived[:, YEARS].sum() == pytest.approx(w.daily["alive"].sum() / 365, rel=2e-3)
    assert lived.min() > -1e-9


def test_as_many_leave_as_the_hazards_say(usual: tuple[World, npt.NDArray[np.float64]]) -> None:
    w, lived = usual
    expected = lived.sum(axis=0)
    inside = float(w.daily["died_in_hospital"].sum())
    died = float(w.daily["deaths"].sum())
    gone = float((w.patients["place"] == GONE).sum())
    for found, wanted in (
        (inside, expected[IN_HOSPITAL]),  # a few more: overdoses in hospital
        (died, expected[AT_HOME] + expected[IN_HOSPITAL] + expected[OVERDOSED]),
        (gone, expected[GOING]),
    ):
        assert wanted > 100
        assert abs(found - wanted) < 4 * np.sqrt(wanted)
    frail = w.patients["frailty"] > 3.0
    mine = lived[frail].sum(axis=0)
    wanted = mine[AT_HOME] + mine[IN_HOSPITAL] + mine[OVERDOSED]
    assert abs((w.patients["place"][frail] == DEAD).sum() - wanted) < 4 * np.sqrt(wanted)


def test_the_table_rises_with_frailty(usual: tuple[World, npt.NDArray[np.float64]]) -> None:
    w, lived = usual
    table = measured(w.patients, lived, w.staying)
    assert (np.diff(table["frailty"]) > 0).all()
    assert (np.diff(table["ratio"]) > 0).all()
    assert table["hospital"][-1] > 30 * table["hospital"][5] > 0
    assert 0.5 < table["overdose"][3] / w.staying["overdose"][3] < 2
    assert table["in_care"][0] == pytest.approx(w.daily["in_care"][-1] / w.daily["alive"][-1], rel=1e-2)
    assert lived[:, BACKGROUND].sum() / lived[:, YEARS].sum() == pytest.approx(0.006, abs=0.003)


def test_nobody_measured_leaves_the_table_as_it_was(usual: tuple[World, npt.NDArray[np.float64]]) -> None:
    w, lived = usual
    assert measured(w.patients, np.zeros_like(lived), w.staying) is w.staying


def test_frail_people_are_rarer_among_those_who_stayed_than_among_those_who_join() -> None:
    config = Config(population=Population(size=20_000), run=Run(warm_up_days=0, days=365))
    engine = Engine(config, 2)
    w = engine.world
    first = np.log(w.patients["frailty"][: int(w.counts[0]["alive"])])
    engine.run()
    joined = w.patients["joined"] >= 0
    new = np.log(w.patients["frailty"][joined & (w.patients["frailty"] > 0)])
    assert first.mean() < new.mean() - 0.1
    assert (first > 2.0).mean() < 0.75 * (new > 2.0).mean()


def test_who_stays_does_not_depend_on_the_time_that_measures_it() -> None:
    """Its draws are its own: the same people are candidates whatever happened in it."""
    config = Config(population=Population(size=500), run=Run(warm_up_days=0, days=30))
    values = complete(config, None)
    keys = draws.derive_key(1, 0, 1), draws.derive_key(1, 0, 2), draws.derive_key(2, 0, 2)
    equilibrium.forget()
    one, other = (equilibrium.start(config, values, (keys[0], second), build) for second in keys[1:])
    equilibrium.forget()
    traits = [set(start.arrays["patients"]["frailty"].tolist()) for start in (one, other)]
    assert len(traits[0] & traits[1]) > 0.9 * len(traits[0])
    assert traits[0] != traits[1]
