"""The chain of causes with counters: staff to minutes to visits to people to outcomes, and back to the workers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.explanation.pairs import COUNTERS, HAPPENS, LEVELS
from experiments.explanation.result import Explanation
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.statistics.estimates import Estimate, mean_interval

LINKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Staff", ("workers_in_post", "supervisors_in_post", "supervision_adequacy")),
    ("Minutes", ("minutes_with_people", "count:minutes_with_people")),
    ("Visits and contacts", ("visits_made", "visits_missed", "contacts_made", "contacts_missed", "reach")),
    (
        "What they change in people and on wards",
        ("trust_at_discharge", "experienced_stigma_at_discharge", "disclosed_use", "plan_quality_mean", "conflicts",
         "engaged_30d"),
    ),
    ("Outcomes", ("patient_initiated_discharge", "linkage_30d", "readmission_30d", "overdoses_per_1000_person_years",
                  "deaths_per_1000_person_years")),
    ("Back: workload", ("caseload_mean", "missed_visits")),
    ("Back: burnout", ("peer_burnout_mean", "peer_high_burnout", "peer_days_absent")),
    ("Back: exits and return to use", ("peer_exits_per_year", "worker_exits", "peer_returns_to_use_per_year")),
    ("Back: vacancies, and fewer staff again", ("vacant_posts", "vacancy_share", "worker_hires")),
)  # fmt: skip
"""Links of the chain and what is counted at each: outcomes of a run, or counters of `experiments.explanation.pairs`."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter of the chain.

    Attributes:
        name: Name of the outcome or counter.
        label: In words, with its unit.
        before: Mean under the plan that is compared with; NaN where it is not defined (no workers, say).
        after: Mean under the plan that is explained.
        change: Paired difference with its interval; not defined where one of the two is not.
    """

    name: str
    label: str
    before: Estimate
    after: Estimate
    change: Estimate

    @property
    def is_outcome(self) -> bool:
        """Whether it is an outcome of a run, with a unit of its own."""
        return self.name in OUTCOMES

    def words(self, e: Estimate, sign: bool = False) -> str:
        """A mean or a change as text."""
        if self.is_outcome:
            return wording.difference(e, OUTCOMES[self.name]) if sign else wording.number(e.mean, OUTCOMES[self.name])
        if not np.isfinite(e.mean):
            return wording.NOT_DEFINED

        def one(x: float) -> str:
            text = f"{x:,.0f}" if abs(x) >= 100 else f"{x:.1f}"
            return text.replace("-", wording.MINUS) if text.strip("-0.,") else text.replace("-", "")

        if not sign:
            return one(e.mean)
        plus = "+" if e.mean > 0 else ""
        spread = f" ({one(e.low)} to {one(e.high)})" if np.isfinite(e.low) and e.sd else ""
        return f"{plus}{one(e.mean)}{spread}"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain, with its counters."""

    title: str
    counters: list[Counter]


def chain(why: Explanation) -> list[Link]:
    """The chain under both plans; counters that no run has are left out."""
    found = []
    for title, names in LINKS:
        counters = [c for name in names if (c := _counter(why, name)) is not None]
        if counters:
            found.append(Link(title, counters))
    return found


def _counter(why: Explanation, name: str) -> Counter | None:
    if name in OUTCOMES:
        one, other, draw = why.values(why.before, name), why.values(why.after, name), why.comparison.clusters
        label = f"{OUTCOMES[name].label}, {wording.unit(OUTCOMES[name])}"
    elif why.facts:
        short = name.removeprefix("count:")
        one, other = (why.fact(f"count|{short}|{side}") for side in ("before", "after"))
        label, draw = {**COUNTERS, **LEVELS}[short], why.fact_draws
    else:
        return None
    if not (np.isfinite(one).any() or np.isfinite(other).any()):
        return None
    ends = [mean_interval(x, clusters=draw) for x in (one, other)]
    return Counter(name, label, ends[0], ends[1], mean_interval(other - one, clusters=draw))


@dataclass(frozen=True, slots=True)
class People:
    """For how many people of a group a plan changed something, a run.

    Attributes:
        what: Key of `experiments.explanation.pairs.HAPPENS`.
        group: The group.
        number: People in it, mean.
        better: People for whom it changed for the better, with its interval.
        worse: For the worse.
        net: Better less worse.
    """

    what: str
    group: str
    number: float
    better: Estimate
    worse: Estimate
    net: Estimate

    def per_1000(self, e: Estimate) -> float:
        """A number of people per 1,000 people of the group; NaN where there is nobody."""
        return 1000 * e.mean / self.number if self.number else float("nan")


def people(why: Explanation) -> list[People]:
    """For how many people, and whom, the plan changed something in each direction; empty where nobody was looked at."""
    groups = list(dict.fromkeys(name.split("|")[2] for name in why.facts if name.startswith("people|")))
    found = []
    for what in HAPPENS:
        for group in groups:
            better, worse, everyone = (why.fact(f"people|{what}|{group}|{end}") for end in ("better", "worse", "all"))
            made = [mean_interval(x, clusters=why.fact_draws) for x in (better, worse, better - worse)]
            found.append(People(what, group, float(everyone.mean()), made[0], made[1], made[2]))
    return found
