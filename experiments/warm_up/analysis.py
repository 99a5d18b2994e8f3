"""Warm-up analysis: MSER-5 and Welch's moving average on mean daily series.

A run starts with empty hospitals and fills up within weeks. What happens then must not be measured; what comes later
must not be thrown away. Three kinds of series are looked at, and only what has to settle decides:

* *hospital*: people in hospital, admissions, visits, departures, per 1,000 people alive, in runs without posts. They
  always decide.
* *programme*: posts filled, lists, visits and contacts. Hiring takes months. They decide where the programme starts
  before measurement does; where it starts with it, its growth is what the run is meant to show.
* *learning*: stigma, credibility, burnout. They change for years because people learn and tire. That is no warm-up: it
  is the model's answer, and is measured on purpose. They never decide.

The population is closed, and the frail die first, so rates drift slowly for the whole run. No warm-up removes that (in
paired differences it cancels). MSER-5 alone would take the drift for a start that never ends and throw away half of
everything; so the straight line of the second half is taken out first, and the span looked at is short
beside the drift. Where MSER-5 still finds no end, Welch's averages decide.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from experiments.execution.executors import in_threads
from experiments.statistics.steady_state import drift, mser, welch_day
from experiments.support.machine import allowed_cores
from experiments.support.types import FloatArray

if TYPE_CHECKING:
    from simulation.config import Config


REPLICATIONS = 60
HOSPITAL_DAYS, PROGRAMME_DAYS = 365, 730
"""Days looked at from the start of the run, and from that of the programme: twice the longest warm-up to be found."""

CLEAR = 3.0
"""Standard errors from 0 beyond which a drift is reported."""

Group = Literal["hospital", "programme", "learning"]
Find = Callable[[Any], FloatArray]


def _per_1000(name: str) -> Find:
    return lambda daily: 1000.0 * daily[name] / np.maximum(daily["alive"], 1)


def _plain(name: str) -> Find:
    return lambda daily: np.asarray(daily[name], dtype=np.float64)


SERIES: dict[str, tuple[Group, str, Find]] = {
    "people in hospital": ("hospital", "per 1,000 people alive", _per_1000("census")),
    "admissions": ("hospital", "per 1,000 people alive and day", _per_1000("admissions")),
    "visits to the emergency department": ("hospital", "per 1,000 people alive and day", _per_1000("ed_visits")),
    "people waiting for a bed": ("hospital", "per 1,000 people alive", _per_1000("boarding")),
    "planned discharges": ("hospital", "per 1,000 people alive and day", _per_1000("planned")),
    "patient-initiated discharges": ("hospital", "per 1,000 people alive and day", _per_1000("patient_initiated")),
    "first visits in care": ("hospital", "per 1,000 people alive and day", _per_1000("first_visits_in_care")),
    "overdoses": ("hospital", "per 1,000 people alive and day", _per_1000("overdoses")),
    "workers in post": ("programme", "people", _plain("workers_in_post")),
    "people on workers' lists": ("programme", "people", _plain("caseload")),
    "visits made by workers": ("programme", "per day", _plain("visits_made")),
    "contacts made after discharge": ("programme", "per day", _plain("contacts_made")),
    "clinicians' stigma": ("learning", "0 to 1", _plain("clinician_stigma")),
    "credibility of the peer role": ("learning", "0 to 1", _plain("clinician_credibility")),
    "burnout of clinicians": ("learning", "0 to 1", _plain("clinician_burnout")),
    "burnout of workers": ("learning", "0 to 1", _plain("worker_burnout")),
}
"""Series analysed: name to group, unit, and how it is read from a day's record."""


@dataclass(frozen=True, slots=True)
class Settling:
    """How one series settles.

    Attributes:
        name: Series.
        group: hospital, programme or learning.
        unit: Unit of the values.
        days: Days that the series asks for: by MSER-5, or by Welch where MSER-5 finds no end.
        settled: Whether either found one.
        mser_days: Days that MSER-5 leaves out.
        welch_days: Day from which Welch's moving average stays close to its later level.
        drift: Change of the second half per year, as a share of its level; 0 where it is not clear.
        level: Mean after `days`.
        decides: Whether the series has a say in the recommendation.
    """

    name: str
    group: Group
    unit: str
    days: int
    settled: bool
    mser_days: int
    welch_days: int
    drift: float
    level: float
    decides: bool


@dataclass(frozen=True)
class Analysis:
    """A warm-up analysis of one scenario.

    Attributes:
        scenario: Name of the scenario.
        content_hash: Of its settings.
        replications: Runs that the mean series are made from.
        seed: Root seed.
        set_days: Warm-up that the scenario sets.
        start_day: First day of the programme; -1 without posts.
        recommended: Warm-up that the series ask for, in days.
        binding: Series that asks for most.
        hospital_days: What the hospital's series alone ask for.
        unsettled: Series that decide but had not settled in the time looked at.
        rows: Every series.
        means: Series to mean by day over replications: from day 0 for the hospital, from `start_day` for the others.
    """

    scenario: str
    content_hash: str
    replications: int
    seed: int
    set_days: int
    start_day: int
    recommended: int
    binding: str
    hospital_days: int
    unsettled: tuple[str, ...]
    rows: tuple[Settling, ...]
    means: dict[str, FloatArray]

    def as_dict(self) -> dict[str, Any]:
        """Everything but the daily means, as plain data."""
        found = asdict(self)
        del found["means"]
        return found

    def in_words(self) -> list[str]:
        """The finding in a few sentences."""
        by_programme = self.recommended > self.hospital_days
        said = [f"The hospital settles within {self.hospital_days} days."]
        if by_programme:
            said.append(
                f"The programme takes until day {self.recommended} to be fully at work ({self.binding} last): hiring "
                "takes months."
            )
        elif self.start_day >= 0 and not any(row.decides for row in self.rows if row.group == "programme"):
            said.append("The programme starts with measurement, so its growth is part of what is measured.")
        if self.unsettled:
            said.append(f"Not settled in the time looked at: {', '.join(self.unsettled)}.")
        if self.set_days >= self.recommended:
            said.append(f"run.warm_up_days = {self.set_days} is enough.")
        elif self.set_days >= self.hospital_days:
            said.append(
                f"run.warm_up_days = {self.set_days} is enough for the hospital, but measurement begins while the "
                f"programme still grows: set {self.recommended}, or keep it if its growth is part of the question."
            )
        else:
            said.append(f"run.warm_up_days = {self.set_days} is too short: set {self.recommended} or more.")
        return said


def settling_of(name: str, series: ArrayLike, decides: bool, first_day: int = 0) -> Settling:
    """Find when one mean series, which begins on `first_day` of the run, reaches steady state; days count from 0."""
    group, unit, _ = SERIES[name]
    x = np.asarray(series, dtype=np.float64)
    slope, error = drift(x)
    flat = x - slope * (np.arange(x.size) - 0.75 * x.size)
    cut, settled = mser(flat)
    smooth = welch_day(flat)
    days = cut if settled else smooth
    level = float(x[days:].mean())
    yearly = slope * 365.0 / level if abs(slope) > CLEAR * error and level else 0.0
    found = settled or smooth < 0.9 * (x.size // 2)
    return Settling(
        name, group, unit, first_day + days, found, first_day + cut, first_day + smooth, yearly, level, decides
    )


def analyse(
    config: Config,
    *,
    replications: int = REPLICATIONS,
    seed: int = 0,
    workers: int | None = None,
    on_run: Callable[[], None] | None = None,
) -> Analysis:
    """Run a scenario several times and say how long it takes to settle.

    Args:
        config: The scenario.
        replications: Runs; more make the mean series smoother.
        seed: Root seed.
        workers: Most cores to use; None for one per core. It never changes a result.
        on_run: Called after each run.

    Raises:
        ValueError: Fewer than 2 replications.
    """
    if replications < 2:
        raise ValueError(f"a warm-up analysis needs 2 replications or more, not {replications}")
    start = config.programme.start_day
    posts = config.programme.peers + config.programme.navigators > 0
    none = config.programme.model_copy(update={"peers": 0, "navigators": 0})
    without = config.model_copy(update={"programme": none}) if posts else config
    means = _mean_series(_cut(without, HOSPITAL_DAYS), replications, seed, workers, on_run)
    if posts:
        own = _mean_series(_cut(config, start + PROGRAMME_DAYS), replications, seed, workers, on_run)
        means |= {name: own[name][start:] for name, (group, _, _) in SERIES.items() if group != "hospital"}
    growing = posts and config.programme.start_day < config.run.warm_up_days
    rows = tuple(
        settling_of(
            name,
            means[name],
            group == "hospital" or (group == "programme" and growing),
            start if posts and group != "hospital" else 0,
        )
        for name, (group, _, _) in SERIES.items()
        if np.ptp(means[name]) > 0  # what never moves, as the lists of a programme without posts, says nothing
    )
    deciding = [row for row in rows if row.decides]
    last = max(deciding, key=lambda row: row.days, default=None)
    return Analysis(
        scenario=config.name,
        content_hash=config.content_hash(),
        replications=replications,
        seed=seed,
        set_days=config.run.warm_up_days,
        start_day=start if posts else -1,
        recommended=last.days if last else 0,
        binding=last.name if last else "nothing",
        hospital_days=max((row.days for row in deciding if row.group == "hospital"), default=0),
        unsettled=tuple(row.name for row in deciding if not row.settled),
        rows=rows,
        means=means,
    )


def _cut(config: Config, days: int) -> Config:
    """The scenario with a run of `days` days in all; when measurement begins has no part in what happens."""
    return config.model_copy(update={"run": config.run.model_copy(update={"warm_up_days": 0, "days": days})})


def _mean_series(
    config: Config, replications: int, seed: int, workers: int | None, on_run: Callable[[], None] | None
) -> dict[str, FloatArray]:

    from simulation import simulate

    def one(replication: int) -> dict[str, FloatArray]:
        daily = simulate(config, seed, replication=replication).daily_records
        return {name: find(daily) for name, (_, _, find) in SERIES.items()}

    first = one(0)  # compiles the model if need be, once
    total = {name: np.array(values) for name, values in first.items()}
    if on_run:
        on_run()
    with closing(in_threads(one, range(1, replications), workers or allowed_cores())) as series:
        for found in series:
            for name, values in found.items():
                total[name] += values
            if on_run:
                on_run()
    return {name: values / replications for name, values in total.items()}
