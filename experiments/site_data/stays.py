"""Rows that are no stays: copies, ward moves, episodes and transfers; and stays whose end is open or not known.

A *stay* is the time from admission to discharge of one person, over all wards and episodes. Rows of one person that
touch or overlap are one stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.site_data.dates import DAY, NONE
from experiments.site_data.mapping import Joining
from experiments.site_data.schema import GOES_ON, UNKNOWN
from experiments.support.types import BoolArray, FloatArray, IntArray

Words = NDArray[np.object_]

AFTER = {"ed_day": NONE, "returned_30d": -1}
"""Fields that tell what follows a stay, with what stands for "not known"."""


@dataclass(frozen=True)
class Spans:
    """Rows, or stays, in order of person and time.

    Attributes:
        row: Row number in the file of the first row, shape (n,).
        person: Number of the person, shape (n,).
        start: Admission in minutes, shape (n,).
        end: Discharge in minutes, `NONE` where there is none, shape (n,).
        kind: How it ended, "" where nobody knows; shape (n,).
        contacts: Contacts with peer workers, NaN where not known; shape (n,).
        labels: Other fields, each of shape (n,).
    """

    row: IntArray
    person: IntArray
    start: IntArray
    end: IntArray
    kind: Words
    contacts: FloatArray
    labels: dict[str, NDArray[np.generic]]

    def __len__(self) -> int:
        return int(self.person.size)

    def where(self, keep: NDArray[np.generic]) -> Spans:
        """Some of them: a mask or an order."""
        return Spans(
            self.row[keep], self.person[keep], self.start[keep], self.end[keep], self.kind[keep], self.contacts[keep],
            {name: column[keep] for name, column in self.labels.items()},
        )  # fmt: skip

    def ordered(self) -> Spans:
        """In order of person, admission, discharge and row; an open end last."""
        end = np.where(self.end == NONE, np.iinfo(np.int64).max, self.end)
        return self.where(np.lexsort((self.row, end, self.start, self.person)))


def copies(spans: Spans) -> BoolArray:
    """Which of ordered rows say exactly what the row before says, whatever their length; shape (n,)."""
    import pandas as pd

    def numbers(column: NDArray[np.generic]) -> NDArray[np.generic]:
        return column if column.dtype.kind in "if" else pd.factorize(column)[0]

    table = pd.DataFrame({
        "person": spans.person, "start": spans.start, "end": spans.end, "kind": numbers(spans.kind),
        "contacts": spans.contacts, **{name: numbers(column) for name, column in spans.labels.items()},
    })  # fmt: skip
    return np.asarray(table.duplicated().to_numpy(bool))


def previous_end(spans: Spans) -> tuple[IntArray, IntArray, BoolArray]:
    """Latest end of the person's earlier rows, which row that is, and whether there is one; each of shape (n,).

    An open end does not reach beyond its beginning: what follows shows that it was not open. Of rows that end at the
    same time, the later one.
    """
    n = len(spans)
    same = np.zeros(n, bool)
    same[1:] = spans.person[1:] == spans.person[:-1]
    reach = np.where(spans.end == NONE, spans.start, spans.end)
    # Running maximum within each person: shift every person above all before them.
    low = int(reach.min()) if n else 0
    span = int(reach.max()) - low + 1 if n else 1
    block = np.cumsum(~same)
    shifted = (reach - low) + block * span
    running = np.maximum.accumulate(shifted)
    furthest = np.maximum.accumulate(np.where(shifted == running, np.arange(n), 0))
    before, row = np.zeros(n, np.int64), np.zeros(n, np.int64)
    before[1:] = (running - block * span + low)[:-1]
    row[1:] = furthest[:-1]
    return before, row, same


def join(spans: Spans, rule: Joining, timed: bool) -> tuple[Spans, IntArray]:
    """Rows of one person that touch or overlap as one stay.

    Args:
        spans: Ordered rows.
        rule: The gap over which rows are joined.
        timed: Whether rows have times of day; else gaps are whole days.

    Returns: Stays, and the number of rows in each.
    """
    n = len(spans)
    if n == 0:
        return spans, np.zeros(0, np.int64)
    before, reaching, same = previous_end(spans)
    ending = spans.kind[reaching].astype(str)

    def gap(hours: float) -> int:
        return int(hours * 60) if timed else int(hours // 24) * DAY

    goes_on = same & np.isin(ending, GOES_ON)
    allowed = np.where(goes_on, max(gap(rule.transfer_gap_hours), gap(rule.gap_hours)), gap(rule.gap_hours))
    if not timed:  # a day without a time may be any hour of it
        start, reach = spans.start // DAY * DAY, before // DAY * DAY
    else:
        start, reach = spans.start, before
    died = ending == "died"
    together = same & (start - reach <= allowed) & ~(died & (start > reach))
    first = np.flatnonzero(~together)
    size = np.diff(np.append(first, n))
    stay = np.cumsum(~together) - 1
    open_end = np.where(spans.end == NONE, np.iinfo(np.int64).max, spans.end)
    # An end is open only if the row is the last of its stay.
    last_of = np.append(first[1:], n) - 1
    inner = np.ones(n, bool)
    inner[last_of] = False
    known = np.where(inner & (spans.end == NONE), spans.start, open_end)
    end = np.maximum.reduceat(known, first)
    # The row that ends last says how the stay ended; at the same time, one that says how, and then the later row.
    says = ~np.isin(spans.kind.astype(str), (*GOES_ON, UNKNOWN, ""))
    order = np.lexsort((np.arange(n), says, known, stay))
    teller = order[np.append(np.flatnonzero(np.diff(stay[order])), n - 1)]
    contacts = _contacts(spans.contacts, first, stay, size)
    ended = np.where(end == np.iinfo(np.int64).max, NONE, end)
    labels = {name: _label(name, column, first, teller, size, end) for name, column in spans.labels.items()}
    return Spans(
        spans.row[first], spans.person[first], spans.start[first], ended, spans.kind[teller], contacts, labels
    ), size


def _label(
    name: str, column: NDArray[np.generic], first: IntArray, teller: IntArray, size: IntArray, end: IntArray
) -> NDArray[np.generic]:
    """A field of stays from the field of their rows.

    What follows the stay (`AFTER`) is told by the row that ends it, else by the first row that tells of a time after
    the end; days within it are the earliest; words are those of the first row that knows one.
    """
    if column.dtype.kind in "OU":
        known = ~np.isin(column.astype(str), ("", UNKNOWN))
        return _first_known(column, known, first, size)
    if name not in AFTER:
        days = np.where(column == NONE, np.iinfo(np.int64).max, column)
        earliest = np.minimum.reduceat(days, first)
        return np.asarray(np.where(earliest == np.iinfo(np.int64).max, NONE, earliest))
    told = column[teller]
    unknown = AFTER[name]
    later = column != unknown
    if unknown == NONE:  # a day within the stay is no return from it
        later &= column.astype(np.int64) // DAY >= np.repeat(end, size) // DAY
    return np.asarray(
        np.where(told != unknown, told, np.where(size > 1, _first_known(column, later, first, size), told))
    )


def _first_known(column: NDArray[np.generic], known: BoolArray, first: IntArray, size: IntArray) -> NDArray[np.generic]:
    """Per stay, the value of its first row that is known, else of its first row."""
    n = column.size
    at = np.minimum.reduceat(np.where(known, np.arange(n), n), first)
    return column[np.where(at < first + size, at, first)]


def _contacts(contacts: FloatArray, first: IntArray, stay: IntArray, size: IntArray) -> FloatArray:
    """Contacts of stays: the sum over rows, or the number that every row repeats."""
    there = np.isfinite(contacts)
    total = np.add.reduceat(np.where(there, contacts, 0.0), first)
    known = np.add.reduceat(there.astype(np.int64), first)
    high = np.maximum.reduceat(np.where(there, contacts, -1.0), first)
    low = np.minimum.reduceat(np.where(there, contacts, np.inf), first)
    repeated = (known == size) & (high == low)
    return np.where(known == 0, np.nan, np.where(repeated, high, total))
