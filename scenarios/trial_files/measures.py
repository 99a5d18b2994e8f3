"""What a trial can count of each person, how two arms can be compared, and how people can be split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["event", "count", "number"]
Effect = Literal[
    "risk difference", "risk ratio", "odds ratio", "hazard ratio", "mean difference", "rate ratio"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that a trial counts of each person.

    Attributes:
        kind: event (happens or not, and when), count (how often) or number.
        window: Whether it needs a number of days.
        better: Which way is better for people, or neither.
        unit: Unit of the value.
        text: What is counted, in plain words.
        baseline: Whether it has a value at randomisation.
    """

    kind: Kind
    window: bool
    better: Literal["lower", "higher", "neither"]
    unit: str
    text: str
    baseline: bool = False


MEASURES: dict[str, Measure] = {
    "readmission": Measure("event", True, "lower", "share", "admitted again"),
    "ED visit": Measure("event", True, "lower", "share", "a visit to the emergency department"),
    "readmission or death": Measure("event", True, "lower", "share", "admitted again, or died"),
    "ED visit or death": Measure("event", True, "lower", "share", "a visit to the emergency department, or died"),
    "linkage": Measure(
        "event", True, "higher", "share", "a first visit in care, of people not in care at randomisation"
    ),
    "drop-out": Measure("event", True, "lower", "share", "left care, of people in care at randomisation"),
    "in care": Measure("event", True, "higher", "share", "in care on the last day of the window"),
    "overdose": Measure("event", True, "lower", "share", "an overdose"),
    "return to use": Measure("event", True, "lower", "share", "returned to use"),
    "death": Measure("event", True, "lower", "share", "died"),
    "patient-initiated discharge": Measure("event", False, "lower", "share", "left early from the stay of enrolment"),
    "treatment completed": Measure("event", False, "higher", "share", "completed treatment in the stay of enrolment"),
    "treatment of distress": Measure(
        "event", False, "higher", "share", "withdrawal and pain treated in the stay of enrolment"
    ),
    "reached": Measure("event", True, "higher", "share", "met a worker or the consult team at least once"),
    "admissions": Measure("count", True, "lower", "admissions", "admissions"),
    "ED visits": Measure("count", True, "lower", "visits", "visits to the emergency department"),
    "hospital days": Measure("count", True, "lower", "days", "days in hospital, without the stay of enrolment"),
    "overdoses": Measure("count", True, "lower", "overdoses", "overdoses"),
    "days at home": Measure("number", True, "higher", "days", "days alive and out of hospital"),
    "contacts": Measure("count", True, "higher", "contacts", "visits and contacts of a worker"),
    "missed contacts": Measure(
        "count", True, "lower", "contacts", "visits and contacts that were due and for which no worker had time"
    ),
    "cost": Measure(
        "number",
        True,
        "lower",
        "US$",
        "bed-days at average prices, visits to the emergency department, treatment, and the time of workers",
    ),
    "length of stay": Measure("number", False, "neither", "days", "length of the stay of enrolment"),
    "trust at discharge": Measure("number", False, "higher", "0 to 1", "trust in clinicians at discharge", True),
    "trust at 30 days": Measure(
        "number", False, "higher", "0 to 1", "trust in clinicians 30 days after discharge", True
    ),
}
"""What a trial can count, by name."""

EFFECTS: dict[Kind, tuple[str, ...]] = {
    "event": ("risk difference", "risk ratio", "odds ratio", "hazard ratio"),
    "count": ("mean difference", "rate ratio"),
    "number": ("mean difference",),
}
"""Effects that suit each kind of measure."""

SUBGROUPS: dict[str, str] = {
    "stable_housing": "stable housing",
    "adequate_cover": "cover for a whole stay",
    "co_occurring": "co-occurring illness",
    "injecting": "injecting",
    "in_care": "in care at randomisation",
    "using": "using drugs at randomisation",
    "admissions": "admissions before",
    "frailty": "frailty",
    "trust": "trust in clinicians at randomisation",
    "engagement": "propensity to engage",
    "reachability": "how easily a contact reaches the person",
    "hospital": "hospital",
    "unit": "unit",
}
"""Variables by which subgroups can be made, with the words for them."""
