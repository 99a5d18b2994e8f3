"""The first event where two lives part: one person, the same keys, two plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.explanation.pairs import HAPPENS, changes_of

if TYPE_CHECKING:
    import pandas as pd

    from simulation import Result

SHOWN = 10
"""Events of each life that are told from the parting on."""

TURNS = frozenset({
    "accepts a worker", "declines a worker", "visit", "barrier resolved", "discloses", "admitted", "discharged",
    "contact made", "contact ends", "first visit in care", "drops out of care", "return to use", "overdose", "dies",
    "leaves the population",
})  # fmt: skip
"""Events that are told of the days after the parting, each once until a discharge; of the day itself all are."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a life.

    Attributes:
        day: Day of the measured period, from 1; 0 and below are before it.
        event: What happened, as the event log calls it (docs/reference/events.md).
        detail: The number that goes with it; −1 where there is none.
    """

    day: int
    event: str
    detail: int


@dataclass(frozen=True, slots=True)
class Parting:
    """Where the lives of one person under two plans part.

    Attributes:
        person: Number of the person.
        why: Why this person was chosen, in words.
        day: Day of the measured period on which the lives part, from 1.
        before: From then on under the plan that is compared with, at most `SHOWN` events.
        after: The same under the plan that is explained.
    """

    person: int
    why: str
    day: int
    before: list[Moment]
    after: list[Moment]


def first_parting(before: Result, after: Result) -> Parting | None:
    """Of all people, the one whose life parts first; None where every life is the same."""
    one, other = (_keys(result.events) for result in (before, after))
    only = np.setxor1d(one, other)
    only = only[only["person"] >= 0]
    if not only.size:
        return None
    first = only["person"][only["day"] == only["day"].min()].min()
    return parting_of(before, after, int(first), "the first life of all that takes another way")


def partings(before: Result, after: Result) -> list[Parting]:
    """One person for whom the plan changed each thing for the better and one for whom for the worse, where there are.

    People of whom only one thing changed come first: their story is the clearest.
    """
    changes = changes_of(before, after)
    moved = np.sum([np.abs(np.sign(c)) for c in changes.values()], axis=0)
    found: list[Parting] = []
    taken: set[int] = set()
    for what, change in changes.items():
        for sign, word in ((1, "better"), (-1, "worse")):
            good = HAPPENS[what][1] * change * sign
            people = np.flatnonzero(good > 0)
            people = people[np.argsort(moved[people], kind="stable")]
            person = next((int(p) for p in people if int(p) not in taken), None)
            if person is None:
                continue
            taken.add(person)
            parting = parting_of(before, after, person, f"{what}: for the {word}")
            if parting is not None:
                found.append(parting)
    return found


def parting_of(before: Result, after: Result, person: int, why: str = "") -> Parting | None:
    """Where the two lives of a person part; None if they never do."""
    one, other = (life(result, person) for result in (before, after))
    for day in sorted({m.day for m in (*one, *other)}):
        a, b = ([m for m in x if m.day == day] for x in (one, other))
        if a != b:
            return Parting(person, why, day, _from(one, other, day), _from(other, one, day))
    return None


def life(result: Result, person: int) -> list[Moment]:
    """What the event log says of one person, in order."""
    events, start = result.events, result.config.run.warm_up_days
    mine = events[events["person"] == person]
    return [
        Moment(int(day) - start + 1, str(event), int(detail))
        for day, event, detail in zip(mine["day"], mine["event"], mine["detail"], strict=True)
    ]


def _from(mine: Sequence[Moment], other: Sequence[Moment], day: int) -> list[Moment]:
    """Events of a day that the other life does not have, and the turns of the days after it."""
    same = [m for m in other if m.day == day]
    found = [m for m in mine if m.day == day and m not in same]
    told: set[str] = set()
    for m in mine:
        if m.day > day and m.event in TURNS and m.event not in told:
            found.append(m)
            told = set() if m.event == "discharged" else told | {m.event}
    return found[:SHOWN]


def _keys(events: pd.DataFrame) -> NDArray[Any]:
    kinds = [("day", "i4"), ("person", "i4"), ("event", "i2"), ("detail", "i4")]
    found = np.empty(len(events), dtype=kinds)
    for name in ("day", "person", "detail"):
        found[name] = events[name].to_numpy()
    found["event"] = events["event"].cat.codes.to_numpy()
    return np.unique(found)
