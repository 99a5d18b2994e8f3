"""Runs side by side: what a switch changes, and what stays the same to the last bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from simulation.config import MECHANISMS, Config, Hospital, Mechanisms, Population, Programme, Run
from simulation.engine import Engine, Result
from simulation.state import DAILY, E_ADMITTED, E_ED, NEVER, STAY

Array = npt.NDArray[Any]

SEED = 1
"""Seed of a run where a test names none."""

EVENTFUL = {"acute_need.rate": 1.0, "beds.admission": 0.6}
"""More illness than usual, so that a small population meets every mechanism."""

STAY_COLUMNS = frozenset(STAY.names or ()) - {"previous"}
"""Columns of a stay that say something about it (`previous` is a row number)."""


class Lives:
    """One finished run, person by person."""

    def __init__(self, config: Config, seed: int = SEED) -> None:
        self.engine = Engine(config, seed)
        self.engine.run()
        self.result: Result = self.engine.result()
        self.world = self.engine.world
        self.patients: Array = self.world.patients
        self.daily: Array = self.world.daily
        log = self.world.events[: int(self.world.counts[0]["events"])]
        self.log: Array = log[np.lexsort((log["day"], log["person"]))]
        """Events in order of person and day; within a day as they happened."""

    @cached_property
    def events(self) -> Array:
        """Events of people, without those of workers, clinicians and supervisors."""
        return self.log[self.log["person"] >= 0]

    @cached_property
    def stays(self) -> Array:
        rows = self.world.stays[: int(self.world.counts[0]["stays"])]
        return rows[np.lexsort((rows["ordinal"], rows["person"]))]

    @property
    def discharged(self) -> Array:
        """Stays that have ended."""
        stays: Array = self.stays[self.stays["discharge_day"] >= 0]
        return stays

    def count(self, *kinds: int) -> int:
        return int(np.isin(self.log["kind"], kinds).sum())

    def of(self, *kinds: int) -> Array:
        chosen: Array = self.events[np.isin(self.events["kind"], kinds)]
        return chosen

    def first_day(self, *kinds: int) -> Array:
        """Day of each person's first event of these kinds, or NEVER."""
        day = np.full(len(self.patients), NEVER, np.int64)
        chosen = self.of(*kinds)
        np.minimum.at(day, chosen["person"], chosen["day"])
        return day

    def before(self, day: Array, *, without: Iterable[int] = ()) -> Array:
        """Events of each person on days before `day[person]`, without some kinds."""
        keep = self.events["day"] < day[self.events["person"]]
        keep &= ~np.isin(self.events["kind"], list(without))
        return self.events[keep]

    def without(self, *kinds: int) -> Array:
        """Events of people without some kinds."""
        chosen: Array = self.events[~np.isin(self.events["kind"], kinds)]
        return chosen

    def total(self, column: str) -> float:
        return float(self.daily[column].sum())


def scenario(
    *off: str,
    only: Iterable[str] | None = None,
    peers: int = 3,
    size: int = 1500,
    warm_up: int = 120,
    days: int = 240,
    burn_in: int = 0,
    programme: Mapping[str, Any] | None = None,
    hospital: Mapping[str, Any] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Config:
    """A small but eventful scenario with some mechanisms off, or only some on."""
    on = set(MECHANISMS if only is None else only) - set(off)
    assert not set(off) - set(MECHANISMS)
    assert on <= set(MECHANISMS)
    return Config(
        programme=Programme(**{"peers": peers, **(programme or {})}),
        population=Population(size=size),
        hospital=Hospital(**{"units": 2, "beds_per_unit": 24, "boarding_places": 12, **(hospital or {})}),
        run=Run(burn_in_days=burn_in, warm_up_days=warm_up, days=days),
        mechanisms=Mechanisms(**{name: name in on for name in MECHANISMS}),
        parameters={**EVENTFUL, **(parameters or {})},
    )


def lives(*configs: Config, seed: int = SEED) -> list[Lives]:
    """One run of each scenario with one seed."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda config: Lives(config, seed), configs))


def seeds(config: Config, numbers: Iterable[int]) -> list[Lives]:
    """Runs of one scenario with several seeds."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda seed: Lives(config, seed), numbers))


def assert_same(a: Array, b: Array, columns: Iterable[str] | None = None) -> None:
    """The same records to the last bit, at least one."""
    assert len(a) > 0
    assert len(a) == len(b)
    for name in columns or a.dtype.names or ():
        differ = np.flatnonzero(a[name] != b[name])
        assert not differ.size, f"{name}: {differ.size} of {len(a)} differ, first {a[differ[0]]} and {b[differ[0]]}"


def assert_same_stays(a: Lives, b: Lives, *but: str) -> None:
    """The same stays to the last bit, but for some columns."""
    assert not set(but) - STAY_COLUMNS
    assert_same(a.stays, b.stays, sorted(STAY_COLUMNS - set(but)))


def assert_same_days(a: Lives, b: Lives, *but: str) -> None:
    """The same daily series to the last bit, but for some columns."""
    assert not set(but) - set(DAILY)
    assert_same(a.daily, b.daily, [name for name in DAILY if name not in but])


def assert_same_people(a: Lives, b: Lives, *but: str) -> None:
    """The same people at the end to the last bit, but for some columns."""
    order = {"after", "before", "due", "at", "slot"}
    assert_same(a.patients, b.patients, [name for name in a.patients.dtype.names if name not in order | set(but)])


def assert_same_until_hospital(a: Lives, b: Lives) -> None:
    """Everybody's life before their first arrival at an emergency department is the same to the last bit."""
    first = np.minimum(a.first_day(E_ED), b.first_day(E_ED))
    assert (first < NEVER).sum() > 100
    assert_same(a.before(first), b.before(first))


def assert_same_until(a: Lives, b: Lives, *kinds: int) -> None:
    """Everybody's life before the day of their first event of these kinds, and that day, is the same."""
    first = a.first_day(*kinds)
    assert np.array_equal(first, b.first_day(*kinds))
    touched = first < NEVER
    assert touched.sum() > 20
    assert (~touched).sum() > 20
    assert_same(a.before(first), b.before(first))
    assert np.isin(a.before(first)["kind"], [E_ADMITTED]).sum() > 20


def assert_nothing_changes(on: Config, off: Config) -> None:
    """Two scenarios give the same run in every event, stay, day, person and clinician."""
    a, b = lives(on, off)
    assert a.count(E_ADMITTED) > 100
    assert_same(a.log, b.log)
    assert_same_stays(a, b)
    assert_same_days(a, b)
    assert_same_people(a, b)
    assert_same(a.world.clinicians, b.world.clinicians)
