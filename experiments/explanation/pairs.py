"""The same simulated people under two plans: what changed for whom, and what the workers did.

A pair of runs shares seed, replication and parameters. A person's number is the same in both, so that each person can
be compared with themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.execution.tasks import Task
from experiments.outcomes.registry import DAYS_PER_YEAR
from experiments.support.types import BoolArray, IntArray
from simulation.config import Config
from simulation.state import DIED, PATIENT_INITIATED

if TYPE_CHECKING:
    from simulation import Result

AFTER_DISCHARGE = 30
"""Days after a discharge within which a return or a first visit in care counts."""

HAPPENS: dict[str, tuple[str, int]] = {
    "leaves early": ("leave hospital before treatment is complete", -1),
    "back in 30 days": ("are back in hospital within 30 days of a discharge", -1),
    "in care in 30 days": ("have a first visit in care within 30 days of a discharge", 1),
    "overdose": ("have an overdose", -1),
    "dies": ("die", -1),
}
"""What is counted for each person: in words, and 1 where more of it is better, -1 where less is."""

COUNTERS: dict[str, str] = {
    "visits_made": "visits made, a year",
    "visits_missed": "visits missed for want of time, a year",
    "contacts_made": "contacts made after discharge, a year",
    "contacts_missed": "contacts missed for want of time, a year",
    "stigma_enacted": "encounters with enacted stigma, a year",
    "conflicts": "conflicts on the wards, a year",
    "worker_exits": "workers who leave, a year",
    "worker_hires": "workers hired, a year",
}
"""Daily counts that are summed over the measured period, per year."""

LEVELS: dict[str, str] = {
    "workers_in_post": "workers in post",
    "vacant_posts": "vacant posts",
    "supervisors_in_post": "supervisors in post",
    "minutes_with_people": "minutes with people, a day",
    "caseload": "people on workers' lists",
}
"""Daily levels that are averaged over the measured period."""

SIDES = ("before", "after")

FRAILTY = ("least frail quarter", "second quarter", "third quarter", "most frail quarter")


def pair_facts(before: Config, after: Config, task: Task) -> dict[str, float]:
    """Run two plans on the keys of one replication and count; called in a worker.

    Args:
        before: The plan that is compared with.
        after: The plan that is explained.
        task: Seed, replication and parameters.

    Returns:
        "people|WHAT|GROUP|better" and "...|worse": people for whom it changed; "people|WHAT|GROUP|all": people in the
        group; "count|NAME|before" and "...|after": `COUNTERS` per year and `LEVELS`.
    """
    from simulation import simulate

    results = [
        simulate(config, task.seed, replication=task.replication, parameters=task.parameters)
        for config in (before, after)
    ]
    return facts_of(*results)


def facts_of(before: Result, after: Result) -> dict[str, float]:
    """What `pair_facts` returns, from finished runs of the same population."""
    found: dict[str, float] = {}
    for side, result in zip(SIDES, (before, after), strict=True):
        measured = result.daily_records[result.config.run.warm_up_days :]
        years = max(len(measured), 1) / DAYS_PER_YEAR
        found |= {f"count|{name}|{side}": float(measured[name].sum()) / years for name in COUNTERS}
        found |= {f"count|{name}|{side}": float(measured[name].mean()) for name in LEVELS}
    changes = changes_of(before, after)
    for group, inside in groups_of(before, after):
        for what, change in changes.items():
            good = HAPPENS[what][1] * change[inside]
            found[f"people|{what}|{group}|better"] = float((good > 0).sum())
            found[f"people|{what}|{group}|worse"] = float((good < 0).sum())
            found[f"people|{what}|{group}|all"] = float(inside.sum())
    return found


def changes_of(before: Result, after: Result) -> dict[str, IntArray]:
    """How many times more each thing of `HAPPENS` happens to each person under the second plan; shape (people,)."""
    one, other = happenings(before), happenings(after)
    return {what: other[what] - one[what] for what in HAPPENS}


def happenings(result: Result) -> dict[str, IntArray]:
    """How often each thing of `HAPPENS` happens to each person in the measured period; shape (people,)."""
    n = len(result.frailty)
    stays = result.ended
    person, gone = stays["person"], stays["discharge_day"]
    alive = stays["type"] != DIED

    def soon(column: str) -> BoolArray:
        day = stays[column]
        return np.asarray(alive & (day >= 0) & (day - gone <= AFTER_DISCHARGE))

    def times(of: IntArray) -> IntArray:
        return np.bincount(of, minlength=n).astype(np.int64)

    events = result.events
    events = events[events["day"] >= result.config.run.warm_up_days]

    def logged(name: str) -> IntArray:
        who = events.loc[events["event"] == name, "person"].to_numpy()
        return times(who[who >= 0])

    return {
        "leaves early": times(person[stays["type"] == PATIENT_INITIATED]),
        "back in 30 days": times(person[soon("readmission_day")]),
        "in care in 30 days": times(person[soon("linkage_day")]),
        "overdose": logged("overdose"),
        "dies": logged("dies"),
    }


def groups_of(before: Result, after: Result) -> Iterator[tuple[str, BoolArray]]:
    """Groups of people, each with who is in it, shape (people,): by housing, sex, age, frailty, and contact.

    Housing, sex and age are those at the first measured stay, of `before` where there is one; people without a stay
    under both plans are in none of these groups.
    """
    n = len(before.frailty)
    yield "everyone", np.ones(n, bool)
    unhoused, woman, age = (_at_first_stay(before, after, name) for name in ("unhoused", "woman", "age"))
    yield "housed", unhoused == 0
    yield "without housing", unhoused == 1
    yield "women", woman == 1
    yield "men", woman == 0
    yield "under 35", (age >= 0) & (age < 35)
    yield "35 to 54", (age >= 35) & (age < 55)
    yield "55 and older", age >= 55
    cuts = np.quantile(before.frailty, (0.25, 0.5, 0.75))
    quarter = np.searchsorted(cuts, before.frailty, side="right")
    for i, name in enumerate(FRAILTY):
        yield name, quarter == i
    stays = after.ended
    met = np.bincount(stays["person"], weights=stays["visits"], minlength=n) > 0
    yield "met a worker in hospital", met
    yield "met no worker in hospital", ~met


def _at_first_stay(before: Result, after: Result, column: str) -> Any:
    found = np.full(len(before.frailty), -1.0)
    for result in (after, before):  # what `before` says comes last, and stays
        stays = result.ended
        order = np.argsort(stays["admission_day"], kind="stable")[::-1]
        found[stays["person"][order]] = stays[column][order]
    return found
