"""The outcomes that people look at, in plain words: what is counted, of whom, and in which window of time."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.outcomes.registry import OUTCOMES
from simulation.outcome_definitions import Outcome


@dataclass(frozen=True, slots=True)
class HeadlineOutcome:
    """An outcome that can lead the page.

    Attributes:
        outcome: Name of the outcome.
        label: What happens to people, short.
        of: What 100 of are counted.
        event: What a person does or meets, as in "17 people *come back to hospital within 30 days*".
        title: Title of the chart: what is counted.
        axis: Label of the axis of time.
        mark: Day that the headline is about; 0 for the last one.
        yearly: Outcome or counter that turns shares into cases a year.
        cases: What a case is called, plural.
    """

    outcome: str
    label: str
    of: str
    event: str
    title: str
    axis: str
    mark: int
    yearly: str
    cases: str

    @property
    def lower_is_better(self) -> bool:
        """Whether fewer is better for people."""
        return OUTCOMES[self.outcome].better == "lower"


LOOKS: dict[str, HeadlineOutcome] = {
    look.outcome: look
    for look in (
        HeadlineOutcome(
            "readmission_30d", "Back in hospital within 30 days", "people who go home",
            "are back in hospital within 30 days",
            "Of 100 people who go home: how many have come back to hospital", "days since going home", 30,
            "count:going_home", "returns within 30 days",
        ),
        HeadlineOutcome(
            "patient_initiated_discharge", "Left before treatment was complete", "hospital stays",
            "end with the person leaving early",
            "Of 100 hospital stays: how many have ended with the person leaving early", "day of the stay", 0,
            "count:admissions", "early departures",
        ),
        HeadlineOutcome(
            "linkage_30d", "First visit to care within 30 days", "people who go home without care",
            "have a first visit to care within 30 days",
            "Of 100 people who go home without care: how many have had a first visit to care",
            "days since going home", 30, "count:going_home", "first visits within 30 days",
        ),
    )
}  # fmt: skip
"""Outcomes that can lead, the first by default."""


def outcome(name: str) -> Outcome:
    """Declaration of an outcome."""
    return OUTCOMES[name]


def direction(name: str) -> str:
    """Which way is better for people, in a word; empty where neither is."""
    better = OUTCOMES[name].better
    if OUTCOMES[name].is_money or better == "none":
        return ""
    return "fewer is better" if better == "lower" and OUTCOMES[name].is_share else f"{better} is better"
