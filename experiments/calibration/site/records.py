"""A programme's own records: one row per stay, read strictly, never shown.

Nothing of a single row is ever shown but its number: messages say in which row and column something is wrong and what
would be right, not what stands there. Counts under `SMALLEST_CELL` are suppressed in everything that is shown.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.support.errors import BadInput, BadRecords

if TYPE_CHECKING:
    import pandas as pd

SMALLEST_CELL = 11
"""Counts below this are never shown."""

LARGEST_FILE = 512 * 2**20
LAST_DAY = 36_525
"""Days count from any fixed day; a hundred years are enough for every programme, and no date looks like such a day."""

MESSAGES_SHOWN = 20
DISCHARGE_TYPES = ("planned", "patient-initiated", "administrative", "died")
HOUSING = ("stable", "unstable", "unknown")
ROLES = ("peer", "navigator", "supervisor")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of records.

    Attributes:
        name: Header.
        text: What it holds.
        required: Whether every row must have it.
        low: Least whole number, where it holds one.
        high: Greatest whole number.
        words: Words allowed, where it holds one of some.
    """

    name: str
    text: str
    required: bool = True
    low: int | None = None
    high: int | None = None
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words."""
        if self.words:
            return f"one of {', '.join(self.words)}"
        if self.low is not None:
            return f"a whole number from {self.low:,} to {self.high:,}"
        return "a key of 1 to 64 letters, digits, - or _"


STAYS: tuple[Column, ...] = (
    Column("person", "Key of the person; the same in all their stays, and in no other system"),
    Column("admission_day", "Day of admission, counted from any fixed day", low=0, high=LAST_DAY),
    Column("discharge_day", "Day of discharge, counted from the same day", low=0, high=LAST_DAY),
    Column("discharge_type", "How the stay ended", words=DISCHARGE_TYPES),
    Column("peer_contacts", "Contacts of the person with peer workers during and after the stay", False, 0, 1_000),
    Column("unit", "Key of the unit", False),
    Column("housing", "Housing at admission", False, words=HOUSING),
)  # fmt: skip
"""Columns of the table of stays; those that are not required may be left out, or left empty in a row."""

STAFF: tuple[Column, ...] = (
    Column("post", "Key of the post, not of the person who holds it"),
    Column("role", "What the post is", words=ROLES),
    Column("start_day", "Day on which somebody began in it, counted as in the table of stays", low=0, high=LAST_DAY),
    Column("end_day", "Day on which they left; empty if they are still there", False, 0, LAST_DAY),
    Column("hours_per_week", "Hours a week", False, 1, 80),
)
"""Columns of the optional table of staff."""


@dataclass(frozen=True)
class ProgrammeData:
    """Records that passed every check.

    Attributes:
        stays: Columns of `STAYS`; missing numbers are −1, missing words empty.
        staff: Columns of `STAFF`, or None.
        last_day: Last day on which a stay could have begun: what is unknown after it is censored.
        remarks: What is unusual but allowed, in sentences without any value of a row.
    """

    stays: pd.DataFrame
    staff: pd.DataFrame | None
    last_day: int
    remarks: tuple[str, ...]


def read(stays: Path, staff: Path | None = None) -> ProgrammeData:
    """Read and check a programme's records.

    Raises:
        BadInput: The file is no such table.
        BadRecords: The first bad rows, one to a line, each with file, row (the header is row 1) and column.
    """
    table = _read_table(stays, STAYS)
    _refuse(stays, _stay_problems(table))
    people = _read_table(staff, STAFF) if staff is not None else None
    if staff is not None and people is not None:
        late = (people["end_day"] >= 0) & (people["end_day"] < people["start_day"])
        _refuse(staff, [(row, "end_day", "lies before start_day") for row in _rows(late)])
    last_day = int(table["discharge_day"].max())
    return ProgrammeData(table, people, last_day, tuple(_remarks(table)))


def count(n: int) -> str:
    """A count as it may be shown."""
    return f"{n:,}" if n == 0 or n >= SMALLEST_CELL else f"fewer than {SMALLEST_CELL}"


def form(cell: str) -> str:
    """What a value looks like, with 9 for each digit and a for each letter, so that it is found and not told."""
    shape = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", cell))
    shape = re.sub(r"[^ -~]", "?", shape)
    return f'"{shape[:20]}{"..." if len(shape) > 20 else ""}"'


def _read_table(path: Path, columns: Sequence[Column]) -> pd.DataFrame:
    import pandas as pd

    try:
        rows = list(csv.reader(io.StringIO(_text(path), newline=""), strict=True))
    except csv.Error as error:
        raise BadInput(f"{path}: is not a table of comma-separated values ({error})") from None
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise BadInput(f"{path}: is empty; its first row must name the columns {_names(columns)}")
    header = [cell.strip() for cell in rows[0]]
    known = {column.name: column for column in columns}
    for number, name in enumerate(header, start=1):
        if name not in known:
            near = difflib.get_close_matches(name.lower().replace(" ", "_"), list(known), n=1)
            hint = f"did you mean {near[0]}?" if near else f"the columns are {_names(columns)}"
            raise BadInput(f"{path}: column {number} of the header is not known; {hint}")
        if header.index(name) != number - 1:
            raise BadInput(f"{path}: the column {name} is there twice")
    missing = [column.name for column in columns if column.required and column.name not in header]
    if missing:
        raise BadInput(f"{path}: the column {missing[0]} is missing")
    body = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    if not body:
        raise BadInput(f"{path}: has a header and no rows")
    ragged = [(n, "", f"has {len(row)} cells, the header {len(header)}") for n, row in body if len(row) != len(header)]
    _refuse(path, ragged)
    problems: list[tuple[int, str, str]] = []
    data: dict[str, object] = {"row": np.array([number for number, _ in body])}
    for column in columns:
        if column.name in header:
            at = header.index(column.name)
            cells = [row[at].strip() for _, row in body]
        else:
            cells = [""] * len(body)
        check = _word if column.words else _number if column.low is not None else _key
        values = []
        for (number, _), cell in zip(body, cells, strict=True):
            value, problem = check(cell, column)
            values.append(value)
            if problem:
                problems.append((number, column.name, problem + (f"; its form is {form(cell)}" if cell else "")))
        data[column.name] = values
    _refuse(path, sorted(problems))
    return pd.DataFrame(data)


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise BadInput(f"{path}: is not a file" if path.exists() else f"{path}: no such file")
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{path}: is larger than {LARGEST_FILE // 2**20:,} MB")
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}, row {line}: is not text in UTF-8; save the table as CSV UTF-8") from None
    if "\0" in text:
        raise BadInput(f"{path}: is not a text file (it holds a zero byte); save the table as CSV UTF-8")
    return text


def _number(cell: str, column: Column) -> tuple[int, str]:
    if not cell:
        return -1, f"is empty; must be {column.allowed}" if column.required else ""
    if cell.isascii() and cell.isdigit() and len(cell) <= 9:
        value = int(cell)
        assert column.low is not None and column.high is not None
        if column.low <= value <= column.high:
            return value, ""
        return -1, f"is out of range; must be {column.allowed}"
    dated = "day" in column.name and any(mark in cell for mark in "-/.:")
    why = " (count days from any fixed day: a date can tell who somebody is)" if dated else ""
    return -1, f"must be {column.allowed}{why}"


def _word(cell: str, column: Column) -> tuple[str, str]:
    word = cell.lower()
    if word in column.words or (not word and not column.required):
        return word, ""
    if not word:
        return "", f"is empty; must be {column.allowed}"
    near = difflib.get_close_matches(word.replace("_", "-").replace(" ", "-"), column.words, n=1, cutoff=0.75)
    hint = f' (did you mean "{near[0]}"?)' if near else ""
    return "", f"must be {column.allowed}{hint}"


def _key(cell: str, column: Column) -> tuple[str, str]:
    if not cell:
        return "", f"is empty; must be {column.allowed}" if column.required else ""
    if len(cell) <= 64 and cell.isascii() and cell.replace("-", "").replace("_", "").isalnum():
        return cell, ""
    return "", f"must be {column.allowed}"


def _stay_problems(table: pd.DataFrame) -> list[tuple[int, str, str]]:
    problems = [
        (row, "discharge_day", "lies before admission_day")
        for row in _rows(table["discharge_day"] < table["admission_day"], table)
    ]
    if problems:
        return problems
    ordered = table.sort_values(["person", "admission_day", "discharge_day", "row"], kind="stable")
    same = ordered["person"].eq(ordered["person"].shift())
    before = ordered.groupby("person", sort=False)["discharge_day"].cummax().shift()
    earlier = ordered["row"].shift()
    clash = same & (ordered["admission_day"] < before)
    for row, other in zip(ordered["row"][clash], earlier[clash], strict=True):
        problems.append((int(row), "admission_day", f"lies within the stay of row {int(other)} of the same person"))
    died = same & ordered["discharge_type"].shift().eq("died")
    for row, other in zip(ordered["row"][died], earlier[died], strict=True):
        problems.append((int(row), "person", f"died in the stay of row {int(other)}"))
    return sorted(problems)


def _rows(mask: pd.Series[bool], table: pd.DataFrame | None = None) -> list[int]:
    numbers = table["row"] if table is not None else mask.index.to_series() + 2
    return [int(row) for row in numbers[mask]]


def _refuse(path: Path, problems: Sequence[tuple[int, str, str]]) -> None:
    if not problems:
        return
    shown = [f"{path}, row {row}{f', {column}' if column else ''}: {what}" for row, column, what in problems]
    more = f"\n... and {len(problems) - MESSAGES_SHOWN:,} more" if len(problems) > MESSAGES_SHOWN else ""
    raise BadRecords("\n".join(shown[:MESSAGES_SHOWN]) + more)


def _remarks(table: pd.DataFrame) -> list[str]:
    remarks = []

    def note(found: pd.Series[bool], text: Callable[[str], str]) -> None:
        n = int(found.sum())
        if n:
            remarks.append(text(count(n)))

    note(table["admission_day"] == table["discharge_day"], lambda n: f"{n} stays begin and end on one day.")
    note(table["discharge_day"] - table["admission_day"] > 180, lambda n: f"{n} stays are longer than half a year.")
    again = table.duplicated(["person", "admission_day", "discharge_day"], keep=False)
    note(again, lambda n: f"{n} stays have the same person and days as another.")
    for name in ("peer_contacts", "unit", "housing"):
        empty = (table[name] == -1) if name == "peer_contacts" else table[name].isin(["", "unknown"])
        share = float(empty.mean())
        if share == 1.0:
            remarks.append(f"{name} is not known: what depends on it is not fitted.")
        else:
            note(empty, lambda n, name=name: f"{name} is not known in {n} stays.")  # type: ignore[misc]
    return remarks


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(column.name if column.required else f"[{column.name}]" for column in columns)
