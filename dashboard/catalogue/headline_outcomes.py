"""The outcomes that people look at, in plain words: what is counted, of whom, and in which window of time."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.outcomes.registry import OUTCOMES
from experiments.reporting.wording import is_money, is_share
from simulation.outcome_definitions import Outcome


@dataclass(frozen=True, slots=True)
class Look:
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


LOOKS: dict[str, Look] = {
    look.outcome: look
    for look in (
        Look(
            "readmission_30d", "Back in hospital within 30 days", "people who go home",
            "are back in hospital within 30 days",
            "Of 100 people who go home: how many have come back to hospital", "days since going home", 30,
            "count:going_home", "returns within 30 days",
        ),
        Look(
            "patient_initiated_discharge", "Left before treatment was complete", "hospital stays",
            "end with the person leaving early",
            "Of 100 hospital stays: how many have ended with the person leaving early", "day of the stay", 0,
            "count:admissions", "early departures",
        ),
        Look(
            "linkage_30d", "First visit to care within 30 days", "people who go home without care",
            "have a first visit to care within 30 days",
            "Of 100 people who go home without care: how many have had a first visit to care",
            "days since going home", 30, "count:going_home", "first visits within 30 days",
        ),
    )
}  # fmt: skip
"""Outcomes that can lead, the first by default."""

PLAIN: dict[str, str] = {
    "readmission_30d": "People back in hospital within 30 days",
    "readmission_90d": "People back in hospital within 90 days",
    "patient_initiated_discharge": "Stays that the person ended early",
    "linkage_30d": "People with a first visit to care within 30 days",
    "in_care_90d": "People in care 90 days after going home",
    "trust_at_discharge": "Trust in clinicians when going home (0 to 1)",
    "experienced_stigma_at_discharge": "Stigma that people feel when going home (0 to 1)",
    "deaths_per_1000_person_years": "Deaths, per 1,000 people and year",
    "ed_visits_per_1000_person_years": "Emergency visits, per 1,000 people and year",
    "length_of_stay_mean": "Days in hospital, per stay",
    "reach": "Stays in which the person met a worker",
    "missed_visits": "Visits and calls due that were missed",
    "peer_high_burnout": "Peer workers with high burnout",
    "peer_exits_per_year": "Peer workers who leave, per post and year",
    "programme_cost": "Cost of the programme, a year",
    "hospital_cost": "Cost of hospital care, a year",
    "total_cost": "Both costs together, a year",
}
"""Outcomes of the wider tables in words that staff and visitors use."""


def outcome(name: str) -> Outcome:
    """Declaration of an outcome."""
    return OUTCOMES[name]


def direction(name: str) -> str:
    """Which way is better for people, in a word; empty where neither is."""
    better = OUTCOMES[name].better
    if is_money(OUTCOMES[name]) or better == "none":
        return ""
    return "fewer is better" if better == "lower" and is_share(OUTCOMES[name]) else f"{better} is better"
