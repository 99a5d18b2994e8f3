"""The state on day 0: what usual care has made of a population, a staff and their hospitals, in balance.

The first people are drawn as those who joined at some time and are still there, by hazards of leaving that usual care
itself makes (`simulation/staying.py`); then usual care runs for `run.burn_in_days`, without a programme and with draws
of its own, until places, care, use, residual illness and trust are what the model makes of them. As many join from then
on as leave this population: the hazards of leaving that its people live through in the second half of that time.
Nothing of it depends on the plan, so that plans which share a seed and a draw share it; the last few are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulation import draws
from simulation.config import Config, Programme, Run
from simulation.day import run_days
from simulation.population import expect, first_rate, populate
from simulation.processes.beds import RING
from simulation.state import DEAD, STILL_IN
from simulation.staying import BACKGROUND, GOING, YEARS, live_through, measured
from simulation.world import World

KEPT_BYTES = 48 * 2**20
"""Most memory for starts that are kept."""

_MOST_JOINING = 0.25
"""Share of the population that may join in a year of usual care: rows kept for them."""

_QUICKEST = 30.0
"""Fewest days in which as many may join as there are people; hazards at the far ends of ranges ask for billions."""

_DAYS_OF_PEOPLE = ("birth_day", "joined", "overdose_day", "need_day", "clock_day", "check_day")
_DAYS_OF_STAYS = ("bed_day", "discharge_day", "readmission_day", "ed_day", "linkage_day", "overdose_day", "death_day")


@dataclass(frozen=True, slots=True)
class Start:
    """Arrays of a world on day 0, to be copied; days before day 0 are negative.

    Attributes:
        arrays: Name of an array of the world → its rows.
        joining: People who join the population of one hospital on a day, on average.
        boarders: People who board.
        outliers: People on a unit that is not their own.
    """

    arrays: dict[str, Any]
    joining: float
    boarders: int
    outliers: int

    @property
    def people(self) -> int:
        """People in the population."""
        return len(self.arrays["patients"])

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return int(sum(array.nbytes for array in self.arrays.values()))


_kept: OrderedDict[Any, Start] = OrderedDict()
_lock = threading.Lock()


def usual_care(config: Config) -> Config:
    """The scenario without its programme, for as long as the burn-in."""
    return Config(
        population=config.population,
        hospital=config.hospital,
        hospitals=config.hospitals,
        mechanisms=config.mechanisms,
        programme=Programme(),
        run=Run(burn_in_days=0, warm_up_days=0, days=config.run.burn_in_days),
        parameters={},
    )


def start(
    config: Config,
    values: Mapping[str, float],
    keys: tuple[int, int],
    build: Callable[..., World],
    *,
    scan: bool = False,
) -> Start:
    """The state on day 0.

    Args:
        config: The scenario; its programme does not matter.
        values: Every parameter by name.
        keys: Keys of the draws of this time, and of the time that comes before it.
        build: Makes the empty arrays of a world.
        scan: Ask everybody every day instead of using the calendar.
    """
    usual = usual_care(config)
    ident = (usual.content_hash(), tuple(values.values()), keys, scan)
    with _lock:
        found = _kept.get(ident)
        if found is not None:
            _kept.move_to_end(ident)
            return found
    made = _settle(usual, values, keys, build, scan)
    if made.size > KEPT_BYTES // 2:
        return made
    with _lock:
        _kept[ident] = made
        while sum(kept.size for kept in _kept.values()) > KEPT_BYTES:
            _kept.popitem(last=False)
    return made


def forget() -> None:
    """Drop all starts that are kept."""
    with _lock:
        _kept.clear()


def _settle(
    usual: Config, values: Mapping[str, float], keys: tuple[int, int], build: Callable[..., World], scan: bool
) -> Start:
    """Usual care twice: for the hazards of leaving by frailty, and from people who have survived these."""
    days, size, hospitals = usual.horizon, usual.population.size, usual.hospital.count
    spare = int(size * _MOST_JOINING * (1.0 + days / 365.0)) + 16
    key, first_key = keys
    turnover = usual.mechanisms.turnover
    w = build(usual, key, values, scan=scan, joining=spare)
    if turnover:
        first = build(usual, first_key, values, scan=scan, joining=spare)
        populate(first)
        expect(first, size, first_rate(first) / hospitals)
        lived = _run(first)
        w.staying[:] = measured(first.patients, lived, first.staying)
        populate(w)
        w.clinicians[:] = first.clinicians
        w.units["credibility"] = first.units["credibility"]
        expect(w, size, _leaving(first, lived) * size / hospitals)
    else:
        populate(w)
    lived = _run(w)
    joining = _leaving(w, lived) * int(w.counts[0]["alive"]) / hospitals if turnover else 0.0
    return _taken(w, days, joining)


def _run(w: World) -> npt.NDArray[np.float64]:
    """Run to the end; returns what each person has lived through in the second half, columns of `staying`."""
    days = int(w.levers[0]["horizon"])
    lived = np.zeros((2, len(w.patients), GOING + 1))
    for half, until in enumerate((days // 2, days)):
        while int(w.counts[0]["day"]) < until:
            needed = int(run_days(w, min(until, int(w.counts[0]["day"]) + 64)))
            w.counts["events"] = 0  # nobody reads the log of this time
            if needed:
                w.grow(needed)
        draws.forget_audit()  # thresholds are read again
        live_through(w, until - 1, lived[half])
    return np.asarray(lived[1] - lived[0])


def _leaving(w: World, lived: npt.NDArray[np.float64]) -> float:
    """Expected share of the population that leaves on a day."""
    total = lived.sum(axis=0)
    return min(float(total[BACKGROUND + 1 :].sum() / max(total[YEARS], 1e-9) / 365.0), 1.0 / _QUICKEST)


def _taken(w: World, days: int, joining: float) -> Start:
    """The people who are there, their stays, the staff and the beds, with days counted from the last day on."""
    there = np.flatnonzero(w.patients["place"] < DEAD)
    row_of = np.full(len(w.patients), -1, np.int64)
    row_of[there] = np.arange(len(there))
    patients = w.patients[there]
    stays = w.stays[: int(w.counts[0]["stays"])]
    mine = np.flatnonzero(row_of[stays["person"]] >= 0)
    stay_of = np.full(len(stays) + 1, -1, np.int64)
    stay_of[mine] = np.arange(len(mine))
    stays = stays[mine]
    stays["person"] = row_of[stays["person"]]
    stays["previous"] = stay_of[stays["previous"]]
    patients["stay"] = stay_of[patients["stay"]]
    for name in _DAYS_OF_PEOPLE:
        patients[name] -= days
    patients["discharge_day"] = np.where(patients["discharge_day"] >= 0, patients["discharge_day"] - days, -1)
    stays["admission_day"] -= days
    for name in _DAYS_OF_STAYS:
        stays[name] = np.where(stays[name] >= 0, stays[name] - days, -1)
    stays["queue_key"] -= days * 16777216
    stays["trust_30d"] = np.where(stays["type"] == STILL_IN, stays["trust_30d"], 0.0)
    visits = w.visit_days[there]
    recent = visits > -(10**6)
    visits[recent] -= days
    inpatients = row_of[w.inpatients[: int(w.counts[0]["inpatients"])]]
    boarders = row_of[w.boarders[: int(w.counts[0]["boarders"])]]
    arrays = {
        "patients": patients,
        "clocks": w.clocks[there],
        "stays": stays,
        "visit_days": visits,
        "inpatients": inpatients,
        "boarders": boarders,
        "clinicians": w.clinicians.copy(),
        "units": w.units.copy(),
        "departures": np.roll(w.departures, -(days % RING), axis=1),
    }
    for array in arrays.values():
        array.flags.writeable = False
    return Start(arrays, joining, len(boarders), int(w.counts[0]["outliers"]))
