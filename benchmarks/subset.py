"""The part of the model that the comparators implement too: its scenario, and outcomes by their own definitions.

Mechanisms in the subset: acute need, care-seeking, encounters, disclosure, discharge, linkage, after discharge. Out
of it, and off in the Peerbridge runs that the comparators are held against: beds (everybody admitted has a bed at
once), barriers, change of clinicians, and everything that concerns workers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulation.config import Config, Hospital, Mechanisms, Population, Run
from simulation.engine import Result, complete

MECHANISMS = ("acute_need", "care_seeking", "encounters", "disclosure", "discharge", "linkage", "after_discharge")
"""Mechanisms that the comparators implement."""

OUTCOMES = (
    "admissions_per_1000_person_years",
    "ed_visits_per_1000_person_years",
    "hospital_days_per_1000_person_years",
    "patient_initiated_discharge",
    "death_in_hospital",
    "length_of_stay_mean",
    "treatment_completed",
    "disclosed_use",
    "readmission_30d",
    "readmission_90d",
    "linkage_30d",
    "overdoses_per_1000_person_years",
    "overdose_30d",
    "deaths_per_1000_person_years",
    "trust_at_discharge",
    "experienced_stigma_at_discharge",
)
"""Outcomes on which the comparators must agree with Peerbridge."""

REFERENCE_MORTALITY = 0.00315
"""Background deaths a year at the age at which excess death was measured."""

LONG_AGO = -1_000_000

PLANNED, PATIENT_INITIATED, DIED = "planned", "patient-initiated", "died"
NOT_YET = -1


def config(size: int = 6_000, warm_up_days: int = 180, days: int = 365, hospitals: int = 1) -> Config:
    """The subset as a scenario: default settings, no workers, other mechanisms off."""
    return Config(
        name="subset",
        population=Population(size=size),
        hospital=Hospital(count=hospitals),
        run=Run(burn_in_days=0, warm_up_days=warm_up_days, days=days),
        mechanisms=Mechanisms(**{name: name in MECHANISMS for name in Mechanisms.model_fields}),
        parameters={},
    )


def values(config: Config) -> dict[str, float]:
    """Parameter values of the scenario by name."""
    return complete(config, None)


def usual_mix(p: dict[str, float]) -> float:
    """Overdose of people as they usually use, against those who use."""
    using = p["after_discharge.using_at_start"]
    return using + (1.0 - using) * p["after_discharge.abstinent"]


@dataclass(slots=True)
class Stay:
    """One stay; days of what came after it are -1 until it happens."""

    person: int
    admission_day: int
    discharge_day: int = NOT_YET
    kind: str = ""
    trust: float = 0.0
    stigma: float = 0.0
    completed: bool = False
    disclosed: bool = False
    in_care: bool = False
    readmission_day: int = NOT_YET
    linkage_day: int = NOT_YET
    overdose_day: int = NOT_YET


@dataclass(slots=True)
class Counts:
    """Counts of one day."""

    alive: int = 0
    admissions: int = 0
    ed_visits: int = 0
    census: int = 0
    overdoses: int = 0
    deaths: int = 0


def outcomes(stays: list[Stay], days: list[Counts], config: Config) -> dict[str, float]:
    """Outcomes of the measured period.

    What came within n days of a discharge is a plain share of the discharges that were followed for n days; Peerbridge
    uses all discharges and the Aalen-Johansen estimator for the same quantity.
    """
    first, last = config.run.warm_up_days, config.horizon - 1
    ended = [s for s in stays if s.kind and s.discharge_day >= first]
    index = [s for s in ended if s.kind != DIED]
    person_years = sum(d.alive for d in days[first:]) / 365.0

    def rate(name: str) -> float:
        return 1000.0 * sum(getattr(d, name) for d in days[first:]) / person_years

    def within(group: list[Stay], what: str, horizon: int) -> float:
        followed = [s for s in group if s.discharge_day + horizon <= last]
        return mean([NOT_YET < getattr(s, what) <= s.discharge_day + horizon for s in followed])

    return {
        "admissions_per_1000_person_years": rate("admissions"),
        "ed_visits_per_1000_person_years": rate("ed_visits"),
        "hospital_days_per_1000_person_years": rate("census"),
        "patient_initiated_discharge": mean([s.kind == PATIENT_INITIATED for s in ended]),
        "death_in_hospital": mean([s.kind == DIED for s in ended]),
        "length_of_stay_mean": mean([s.discharge_day - s.admission_day for s in ended]),
        "treatment_completed": mean([s.completed for s in ended]),
        "disclosed_use": mean([s.disclosed for s in ended]),
        "readmission_30d": within(index, "readmission_day", 30),
        "readmission_90d": within(index, "readmission_day", 90),
        "linkage_30d": within([s for s in index if not s.in_care], "linkage_day", 30),
        "overdoses_per_1000_person_years": rate("overdoses"),
        "overdose_30d": within(index, "overdose_day", 30),
        "deaths_per_1000_person_years": rate("deaths"),
        "trust_at_discharge": mean([s.trust for s in index]),
        "experienced_stigma_at_discharge": mean([s.stigma for s in index]),
    }


def mean(numbers: list[float] | list[int] | list[bool]) -> float:
    """Mean, or NaN of nothing."""
    return float(np.mean(numbers)) if numbers else float("nan")


@dataclass(frozen=True, slots=True)
class Difference:
    """One outcome of two models over independent seeds."""

    name: str
    ours: float
    theirs: float
    standard_error: float

    @property
    def z(self) -> float:
        """Difference in standard errors."""
        return (self.theirs - self.ours) / self.standard_error


def compare(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> list[Difference]:
    """Differences of means; the spread between seeds is taken from both models together."""
    found = []
    for name in OUTCOMES:
        a: npt.NDArray[np.float64] = np.array([run[name] for run in ours])
        b: npt.NDArray[np.float64] = np.array([run[name] for run in theirs])
        degrees = len(a) + len(b) - 2
        variance = (((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / degrees
        error = float(np.sqrt(variance * (1.0 / len(a) + 1.0 / len(b))))
        found.append(Difference(name, float(a.mean()), float(b.mean()), error))
    return found


def outcomes_of(result: Result) -> dict[str, float]:
    """Outcomes of a Peerbridge run from its tables, by the definitions of `outcomes`."""
    table, daily = result.discharges, result.daily
    stays = [
        Stay(
            person=row.person,
            admission_day=row.admission_day,
            discharge_day=row.discharge_day,
            kind=row.discharge_type,
            trust=row.trust,
            stigma=row.experienced_stigma,
            completed=row.completed,
            disclosed=row.disclosed,
            in_care=row.in_care,
            readmission_day=row.next_readmission_day,
            linkage_day=row.linkage_day,
            overdose_day=row.overdose_day,
        )
        for row in table.itertuples()
    ]
    columns = ("alive", "admissions", "ed_visits", "census", "overdoses", "deaths")
    days = [Counts(*counts) for counts in daily[list(columns)].itertuples(index=False)]
    return outcomes(stays, days, result.config)
