"""Mechanism 3: queue, boarding, diversion and outliers on; a bed on the day, always, when off."""

import numpy as np

from simulation.state import E_BED, E_DIVERTED, E_ED, E_TRANSFER
from tests.simulation.pairs import (
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until_hospital,
    lives,
    scenario,
)

CROWDED = {"beds_per_unit": 11, "boarding_places": 4, "background_occupancy": 0.5}


def test_people_wait_for_beds_only_when_on() -> None:
    on, off = lives(scenario(hospital=CROWDED), scenario("beds", hospital=CROWDED))
    assert on.total("boarding") > 50
    assert on.count(E_DIVERTED) > 0
    assert on.count(E_TRANSFER) > 0
    assert on.total("background_beds") > 0
    assert (on.of(E_BED)["detail"] > 0).sum() > 20
    assert off.total("boarding") == off.total("background_beds") == 0.0
    assert off.count(E_DIVERTED) == off.count(E_TRANSFER) == 0
    assert (off.stays["bed_day"] == off.stays["admission_day"]).all()
    assert (off.stays["unit"] == off.stays["specialty"]).all()


def test_lives_are_the_same_until_the_first_arrival_in_hospital() -> None:
    on, off = lives(scenario(hospital=CROWDED), scenario("beds", hospital=CROWDED))
    assert_same_until_hospital(on, off)
    first = np.minimum(on.first_day(E_ED), off.first_day(E_ED))
    assert np.array_equal(on.first_day(E_ED) == first, off.first_day(E_ED) == first)


def test_off_is_on_with_more_beds_than_anybody_needs() -> None:
    plenty = {"beds_per_unit": 5000, "background_occupancy": 0.0}
    flat = {"beds.severity": 0.0, "beds.usual_ratio": 20.0}
    on, off = lives(scenario(hospital=plenty, parameters=flat), scenario("beds", hospital=plenty, parameters=flat))
    assert_same(on.log, off.log)
    assert_same_stays(on, off)
    assert_same_days(on, off)
    assert_same_people(on, off)


def test_sicker_people_are_admitted_and_go_ahead_only_when_on() -> None:
    on, off = lives(scenario(), scenario("beds"))
    mean = 2.5 * np.exp(1.22**2 / 2)
    assert on.stays["need"].mean() > 1.2 * mean > 1.1 * off.stays["need"].mean()


def test_fewer_clinicians_mean_more_load_and_less_trust() -> None:
    many, few = lives(scenario(), scenario(hospital={"nurses_per_unit": 3, "physicians_per_unit": 1}))
    assert few.world.units["load"].max() > many.world.units["load"].max()
    assert few.stays["trust"].mean() < many.stays["trust"].mean() - 0.02
