"""The queue for beds against Ciw, an independent simulator of queues, fed with the same arrivals and lengths of stay.

The model runs with nothing but beds (and how stays end). From its log come who arrives when, how urgent, how long each
bed is held, and who leaves while still boarding; Ciw then decides by itself who waits how long. Every wait and every
evening's census must agree exactly.

A day in Ciw has many ticks. Arrivals come one after the other in the morning; people who leave do so on the last ticks
of the day, those who board before those in beds, so that a bed goes to the first in the queue of the next morning.
"""

from __future__ import annotations

from typing import Any

import ciw
import numpy as np
import pytest

from simulation.config import MECHANISMS, Config, Hospital, Mechanisms, Population, Run
from simulation.engine import Engine
from simulation.state import E_BED, STILL_IN
from tests.simulation.pairs import Array

DAY = 1_000_000
"""Ticks of a day: whole numbers, so that Ciw's clock is exact."""


class Trace(ciw.dists.Distribution):
    """Times between given dates, one after the other."""

    def __init__(self, dates: list[int]) -> None:
        self.gaps = [b - a for a, b in zip([0, *dates], dates, strict=False)]

    def sample(self, t: Any = None, ind: Any = None) -> float:
        return self.gaps.pop(0) if self.gaps else float("inf")


class HeldBed(ciw.dists.Distribution):
    """A bed held for whole days, until the last tick of the last of them."""

    def __init__(self, days: list[int]) -> None:
        self.days = days

    def sample(self, t: Any = None, ind: Any = None) -> float:
        first_day = (t + 1) // DAY
        return (first_day + self.days[ind.id_number - 1]) * DAY - 1 - t


class Leaves(ciw.dists.Distribution):
    """The evening on which somebody who never got a bed leaves; the others stay in the queue."""

    def __init__(self, days: list[int]) -> None:
        self.days = days

    def sample(self, t: Any = None, ind: Any = None) -> float:
        day = self.days[ind.id_number - 1]
        return (day + 1) * DAY - 2 - t if day >= 0 else float("inf")


def crowded(*on: str, beds: int, size: int = 400, days: int = 400, **parameters: float) -> Config:
    return Config(
        population=Population(size=size),
        hospital=Hospital(units=1, beds_per_unit=beds, boarding_places=100_000, background_occupancy=0.0),
        run=Run(burn_in_days=0, warm_up_days=0, days=days),
        mechanisms=Mechanisms(**{name: name in on for name in MECHANISMS}),
        parameters={
            "beds.admission": 1.0,
            "beds.urgent": 0.5,
            "acute_need.rate": 4.0,
            "discharge.stay_median": 3.0,
            "discharge.stay_sd": 1.0,
            **parameters,
        },
    )


def in_ciw(stays: Array, beds: int, horizon: int) -> tuple[Array, Array]:
    """Day on which each of these stays, in order of arrival, gets a bed (-1: never), and who waits each evening."""
    morning = stays["admission_day"].astype(int)
    order = np.arange(len(stays)) - np.searchsorted(morning, morning) + 1
    arrives = [int(day) * DAY + int(n) for day, n in zip(morning, order, strict=True)]
    seated, over = stays["bed_day"], stays["type"] != STILL_IN
    held = np.where(over & (seated >= 0), stays["discharge_day"] - seated + 1, 2 * horizon)
    gone = np.where(over & (seated < 0), stays["discharge_day"], -1)
    urgent = stays["urgent"] == 1
    classes = {"urgent": urgent, "other": ~urgent}
    network = ciw.create_network(
        arrival_distributions={
            name: [Trace([t for t, here in zip(arrives, members, strict=True) if here])]
            for name, members in classes.items()
        },
        service_distributions={name: [HeldBed([int(n) for n in held])] for name in classes},
        reneging_time_distributions={name: [Leaves([int(n) for n in gone])] for name in classes},
        priority_classes={"urgent": 0, "other": 1},
        number_of_servers=[beds],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(horizon * DAY)
    bed_day = np.full(len(stays), -1)
    last_day = np.full(len(stays), horizon)
    for record in simulation.get_all_records():
        k = record.id_number - 1
        assert record.arrival_date == arrives[k]
        if record.record_type == "service":
            bed_day[k] = (record.service_start_date + 1) // DAY
        last_day[k] = record.exit_date // DAY
    for person in simulation.nodes[1].all_individuals:
        assert person.arrival_date == arrives[person.id_number - 1]
        if person.server:
            bed_day[person.id_number - 1] = (person.service_start_date + 1) // DAY
    bed_day[bed_day >= horizon] = -1
    waiting = np.zeros(horizon, int)
    inside = np.zeros(horizon, int)
    for day in range(horizon):
        here = (morning <= day) & (last_day > day)
        inside[day] = here.sum()
        waiting[day] = (here & ((bed_day > day) | (bed_day < 0))).sum()
    return bed_day, np.stack([waiting, inside])


@pytest.mark.parametrize("ends", [(), ("discharge",)], ids=["constant hazards", "treatment need"])
@pytest.mark.parametrize("beds", [10, 12, 15])
def test_waits_and_census_are_those_of_ciw(ends: tuple[str, ...], beds: int) -> None:
    config = crowded("beds", *ends, beds=beds)
    engine = Engine(config, 11)
    engine.run()
    stays = engine.world.stays[: int(engine.world.counts[0]["stays"])]
    # Within a day people are seen urgent first, then by their keyed rank: the low bits of the place in the queue.
    rank = stays["queue_key"] % 16_777_216
    stays = stays[np.lexsort((rank, 1 - stays["urgent"].astype(int), stays["admission_day"]))]
    wait = stays["bed_day"] - stays["admission_day"]
    seated = stays["bed_day"] >= 0
    assert len(stays) > 500
    assert (wait[seated] > 0).sum() > 20
    assert (stays["urgent"] == 1).sum() > 50
    urgent, other = stays[seated & (stays["urgent"] == 1)], stays[seated & (stays["urgent"] == 0)]
    later = urgent["admission_day"][:, None] > other["admission_day"]
    overtakes = later & (urgent["bed_day"][:, None] < other["bed_day"])
    assert overtakes.any()

    bed_day, (waiting, inside) = in_ciw(stays, beds, config.horizon)
    assert np.array_equal(bed_day, stays["bed_day"])
    assert np.array_equal(waiting, engine.world.daily["boarding"])
    assert np.array_equal(inside, engine.world.daily["census"])


def test_the_comparison_can_fail() -> None:
    """A person given a bed a day late is noticed."""
    config = crowded("beds", beds=14)
    engine = Engine(config, 11)
    engine.run()
    stays = engine.world.stays[: int(engine.world.counts[0]["stays"])]
    rank = stays["queue_key"] % 16_777_216
    stays = stays[np.lexsort((rank, 1 - stays["urgent"].astype(int), stays["admission_day"]))]
    swapped = stays.copy()
    late = np.flatnonzero(
        (stays["bed_day"] == stays["admission_day"]) & (stays["discharge_day"] > stays["bed_day"] + 1)
    )
    swapped["bed_day"][late[0]] += 1
    bed_day, _ = in_ciw(swapped, 14, config.horizon)
    assert not np.array_equal(bed_day, swapped["bed_day"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_several_units_share_one_queue(seed: int) -> None:
    """Nobody who has waited a day waits on while any bed of the hospital is free."""
    config = crowded("beds", "discharge", beds=5).model_copy(
        update={"hospital": Hospital(units=3, beds_per_unit=5, boarding_places=30, background_occupancy=0.3)}
    )
    engine = Engine(config, seed)
    boarded = moved = 0
    for day in range(config.horizon):
        before = int(engine.world.counts[0]["events"])
        evening = engine.world.boarders[: engine.world.counts[0]["boarders"]].copy()
        free = (engine.world.units["beds"] - engine.world.units["occupied"] - engine.world.units["background"]).copy()
        engine.run(day + 1)
        w = engine.world
        today = w.events[before : int(w.counts[0]["events"])]
        beds = today[today["kind"] == E_BED]
        waiting = w.boarders[: w.counts[0]["boarders"]]
        boarded += len(waiting)
        from_queue = beds[beds["detail"] > 0]
        moved += len(from_queue)
        stays = w.stays[w.patients["stay"][evening]]
        # Beds that were free in the evening go to the queue in its order.
        got = np.isin(evening, from_queue["person"])
        assert (np.diff(stays["queue_key"]) > 0).all()
        assert got[: int(free[1:].sum())].all()
    assert boarded > 50 and moved > 20
