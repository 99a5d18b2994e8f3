"""Two made-up runs of four people, counted by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from experiments.explanation.lives import Moment, first_parting, life, parting_of, partings
from experiments.explanation.pairs import COUNTERS, LEVELS, changes_of, facts_of
from simulation.outcomes import Rows
from simulation.state import DIED, PATIENT_INITIATED, PLANNED

NEVER = -1


def result(stays: list[tuple[int, ...]], events: list[tuple[int, int, str, int]], visits: int) -> Any:
    """A run of four people, 10 days of warm-up and 365 measured; a stay is (person, type, out, back, linked, ...)."""
    table = np.array(stays).T
    names = ("person", "type", "discharge_day", "readmission_day", "linkage_day", "visits", "unhoused", "woman", "age")
    columns: dict[str, Any] = dict(zip(names, table, strict=True))
    columns["admission_day"] = columns["discharge_day"] - 4
    daily = dict.fromkeys((*COUNTERS, *LEVELS), np.zeros(375)) | {"visits_made": np.full(375, visits)}
    records = np.rec.fromarrays(list(daily.values()), names=list(daily))
    log = pd.DataFrame(events, columns=["day", "person", "event", "detail"])
    log["event"] = log["event"].astype(pd.CategoricalDtype(["overdose", "dies", "visit", "discharged"]))
    config = SimpleNamespace(run=SimpleNamespace(warm_up_days=10))
    return SimpleNamespace(
        frailty=np.array([0.5, 1.0, 1.5, 2.0]), ended=Rows(columns, np.arange(len(stays))), events=log, config=config,
        daily_records=records,
    )  # fmt: skip


BEFORE = result(
    [
        (0, PATIENT_INITIATED, 20, 25, NEVER, 0, 1, 0, 30),
        (0, PATIENT_INITIATED, 29, NEVER, 40, 0, 1, 0, 30),
        (1, PLANNED, 50, 90, NEVER, 0, 0, 1, 40),  # back after 40 days
        (2, DIED, 60, NEVER, NEVER, 0, 0, 1, 70),
    ],
    [(5, 3, "overdose", 1), (60, 2, "dies", 2), (80, 3, "overdose", 1)],
    0,
)
AFTER = result(
    [
        (0, PLANNED, 22, NEVER, 30, 3, 1, 0, 30),
        (1, PATIENT_INITIATED, 50, 70, NEVER, 2, 0, 1, 40),
        (2, PLANNED, 61, NEVER, NEVER, 0, 0, 1, 70),
    ],
    [(5, 3, "overdose", 1), (15, 0, "visit", 1), (22, 0, "discharged", 0)],
    2,
)


def test_every_person_is_compared_with_themselves() -> None:
    found = {what: change.tolist() for what, change in changes_of(BEFORE, AFTER).items()}
    assert found == {
        "leaves early": [-2, 1, 0, 0],
        "back in 30 days": [-1, 1, 0, 0],
        "in care in 30 days": [0, 0, 0, 0],
        "overdose": [0, 0, 0, -1],  # the one of the warm-up does not count
        "dies": [0, 0, -1, 0],
    }


def test_better_and_worse_are_counted_in_each_group() -> None:
    found = facts_of(BEFORE, AFTER)
    assert (found["people|leaves early|everyone|better"], found["people|leaves early|everyone|worse"]) == (1, 1)
    assert (found["people|leaves early|without housing|better"], found["people|leaves early|housed|better"]) == (1, 0)
    assert (found["people|leaves early|women|worse"], found["people|leaves early|men|worse"]) == (1, 0)
    assert found["people|dies|55 and older|better"] == found["people|overdose|everyone|better"] == 1
    assert found["people|overdose|most frail quarter|better"] == 1
    assert found["people|leaves early|housed|all"] == 2 and found["people|leaves early|everyone|all"] == 4
    assert found["people|back in 30 days|met a worker in hospital|all"] == 2
    assert (found["count|visits_made|before"], found["count|visits_made|after"]) == (0, 730)


def test_lives_part_where_the_logs_first_differ() -> None:
    assert life(AFTER, 0) == [Moment(6, "visit", 1), Moment(13, "discharged", 0)]
    assert parting_of(BEFORE, AFTER, 1) is None
    first = first_parting(BEFORE, AFTER)
    assert first is not None and (first.person, first.day, first.before) == (0, 6, [])
    assert [m.event for m in first.after] == ["visit", "discharged"]
    whys = {p.why: p.person for p in partings(BEFORE, AFTER)}
    assert whys == {"leaves early: for the better": 0, "overdose: for the better": 3, "dies: for the better": 2}
    assert first_parting(BEFORE, BEFORE) is None
