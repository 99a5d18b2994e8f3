"""What each answer rests on: whether its direction was put in or found, and which studies there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from experiments.uncertainty.prior_sample import prior_draws
from simulation.parameters import PARAMETERS

Study = Literal["none", "of other workers", "not randomised", "in part"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one outcome before the model is run.

    Attributes:
        assumption: Parameter that puts the direction in, of which no study says enough; "" where the direction follows
            from counting staff, people and hours.
        sign: Sign of that parameter that is better for people.
        study: Which studies there are: none, of other workers, not randomised, or of a part of the chain.
        text: The studies, with sources.
    """

    assumption: str
    sign: int
    study: Study
    text: str


_EARLY = Evidence(
    "effect.bedside", -1, "none", "No controlled study anywhere has estimated what peer workers do to early departures."
)
_BACK = Evidence(
    "effect.follow_up", -1, "of other workers",
    "Trials were of navigators, who need not be peers (Gryczynski 2021, NCT02599818), of mentors of people with "
    "serious mental illness (Sledge 2011, 10.1176/ps.62.5.pss6205_0541) and of guided self-management (Johnson 2018). "
    "None was of hospital peer workers for people who use drugs; none compared numbers of posts or days of follow-up.",
)  # fmt: skip
_COUNTED = Evidence(
    "", 0, "in part",
    "Follows from posts, hours and minutes per visit. Measured: who says yes to a worker, and how long a first visit "
    "takes (Welch 2019, 10.1080/00952990.2020.1841218). Assumed: how many people a worker can carry.",
)  # fmt: skip
_MONEY = Evidence(
    "", 0, "in part", "Wages were last published for 2016 (Daniels 2016); hiring and vacancies are assumed."
)

EVIDENCE: dict[str, Evidence] = {
    "patient_initiated_discharge": _EARLY,
    "readmission_30d": _BACK,
    "readmission_90d": _BACK,
    "linkage_30d": Evidence(
        "effect.planning", 1, "not randomised",
        "38.9 % with a consult team that has peers in it, 23.3 % of matched people without (Englander 2019, "
        "10.1007/s11606-019-05251-9): a whole team, and not by lot.",
    ),
    "trust_at_discharge": Evidence(
        "effect.bedside", -1, "none", "Only the direction is known, from interviews. No study has measured how much."
    ),
    "peer_high_burnout": Evidence(
        "supervision.climate", 1, "in part",
        "Training in supervision made the work climate of peers better (10.1176/appi.ps.20230112, by lot). No study "
        "compared how many workers a supervisor has.",
    ),
    "reach": _COUNTED,
    "missed_visits": _COUNTED,
    "deaths_per_1000_person_years": Evidence(
        "effect.overdose", -1, "none", "No estimate of what peer workers do to overdose or death was found."
    ),
    "programme_cost": _MONEY,
    "hospital_cost": Evidence(
        "effect.follow_up", -1, "of other workers", f"Follows from days in hospital, and so from this: {_BACK.text}"
    ),
}  # fmt: skip
"""Of every outcome of the short table."""

STUDIES: dict[Study, str] = {
    "none": "no study", "of other workers": "trials, of other workers", "not randomised": "a study, not by lot",
    "in part": "studies of a part",
}  # fmt: skip
"""What a badge calls the studies."""


@cache
def assumed_better(outcome: str, profile: str) -> float:
    """Share of the prior's draws whose assumption makes the outcome better for people; NaN where nothing is assumed."""
    known = EVIDENCE[outcome]
    if not known.assumption:
        return float("nan")
    draws = prior_draws(profile)
    return float(np.mean(known.sign * draws.values[:, draws.names.index(known.assumption)] > 0))


def put_in(outcome: str, profile: str) -> str:
    """Where the direction of an answer comes from, as a sentence."""
    known = EVIDENCE[outcome]
    if not known.assumption:
        return "The direction was found: it follows from counting staff, people and hours."
    text = PARAMETERS[known.assumption].text.rstrip(".")
    share = round(100 * assumed_better(outcome, profile))
    return (
        f"The direction was put in, as an assumption with both signs: “{text}”. Before any data, {share} of 100 draws "
        "of it make this better and the others worse."
    )
