"""From a table file to rows of one kind: fields found, days as minutes, codes as words; nothing joined yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments.site_data import dates
from experiments.site_data.codes import is_missing, known_codes, match_headers, nearest_code, plain
from experiments.site_data.disclosure import count, form
from experiments.site_data.mapping import Mapping, read_mapping, shipped_layouts
from experiments.site_data.schema import STAFF, Column
from experiments.site_data.table_files import FileSettings, TableFile, open_table
from experiments.support.errors import BadRecords, InputError
from experiments.support.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

MESSAGES_SHOWN = 20
FEW = 0.005
"""Share of rows up to which what cannot be used is set aside and counted; more refuses the table."""

FEW_WITHOUT_PERSON = 0.02
"""The same for rows without a person: each hides a return, so more would bias what returns are counted."""

MOST_BIAS = 0.4
"""Most by which rows without a person may lower the share of returns, in standard errors of that share.

A share f of rows without a person lowers the count of r returns by f r, whose standard error is about the square root
of r: the larger a table, the fewer may be without.
"""

PLAIN_COLUMNS = ("person", "admission_day", "discharge_day")


@dataclass(frozen=True, slots=True)
class Note:
    """Something doubtful in a table, and what was done about it.

    Attributes:
        what: What was found, in words without a value.
        n: How often.
        done: What was done.
    """

    what: str
    n: int
    done: str

    def __str__(self) -> str:
        return f"{self.what}: {count(self.n)}; {self.done}"


@dataclass
class Report:
    """What reading a table found.

    Attributes:
        path: The table.
        found: How the file is written ("encoding", "separator", "dates", ...).
        columns: Field to header.
        unused: Columns that are not read.
        notes: What is doubtful.
    """

    path: Path
    found: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    unused: int = 0
    notes: list[Note] = field(default_factory=list)

    def note(self, what: str, n: int, done: str) -> None:
        """Note something that was found `n` times; nothing if n is 0."""
        if n:
            self.notes.append(Note(what, n, done))


Problem = tuple[int, str, str]
"""Row, field, and what is wrong with it."""


def refuse(path: Path, problems: Sequence[Problem]) -> None:
    """Refuse a table.

    Raises:
        BadRecords: There is a problem; the first of them, one to a line.
    """
    if not problems:
        return
    shown = [f"{path}, row {row}{f', {column}' if column else ''}: {what}" for row, column, what in sorted(problems)]
    more = f"\n... and {len(problems) - MESSAGES_SHOWN:,} more" if len(problems) > MESSAGES_SHOWN else ""
    raise BadRecords("\n".join(shown[:MESSAGES_SHOWN]) + more)


def open_mapped(
    path: Path, columns: Sequence[Column], mapping: Mapping
) -> tuple[TableFile, dict[str, int], Report, Mapping]:
    """Open a table and find its fields: by the mapping, by the shipped layout that it has, or by names of columns.

    Returns: The table, the place of each field, a report, and the mapping that was used.

    Raises:
        InputError: It is no table, or a field that is needed is not found.
    """
    part = mapping.file
    table = open_table(path, FileSettings(part.encoding, part.separator, part.sheet))
    header = table.header
    if columns is not STAFF and not mapping.columns:
        mapping = layout_of(header, mapping)
    stated = mapping.columns if columns is not STAFF else {}
    at = {plain(name): place for place, name in reversed(list(enumerate(header)))}
    exact = {name: place for place, name in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    lost = []
    for name, title in stated.items():
        place = exact.get(title, at.get(plain(title)))
        if place is None:
            lost.append(name)
        else:
            places[name] = place
    if lost:
        raise InputError(f"{path}: has no column of the name that the mapping gives for {', '.join(lost)}")
    if not stated:
        places, several = match_headers(header, columns)
        if several:
            raise InputError(
                f"{path}: several columns could be {several[0]}; say which in the mapping, [columns] {several[0]} = "
                '"..."'
            )
        places = {name: place for name, place in places.items() if place not in _taken(places, name)}
        twice = [name for name in header if name and header.count(name) > 1 and plain(name) in map(plain, places)]
        if twice:
            raise InputError(f"{path}: the column {plain(twice[0]).replace(' ', '_')} is there twice")
    if "length_of_stay" in places and "admission_day" in places and "discharge_day" in places:
        places.pop("length_of_stay")
    _check_needed(path, table, columns, places)
    report = Report(path, dict(table.found), {name: header[place] for name, place in places.items()})
    report.unused = sum(1 for place, name in enumerate(header) if name and place not in places.values())
    if mapping.layout:
        report.found["layout"] = mapping.layout
    return table, places, report, mapping


def layout_of(header: Sequence[str], mapping: Mapping) -> Mapping:
    """A mapping with the columns, codes and rows of the shipped layout that a header has; as it was if it has none."""
    names = {plain(name) for name in header}
    fitting = []
    for name in shipped_layouts():
        one = read_mapping(name)
        rules = [rule.column for rule in (one.keep, one.drop, one.died) if rule.column]
        if all(plain(title) in names for title in (*one.columns.values(), *rules)):
            fitting.append((len(one.columns) + len(rules), one))
    if not fitting:
        return mapping
    found = max(fitting, key=lambda pair: pair[0])[1]
    own = mapping.model_dump(exclude_unset=True)
    rows = found.rows.model_dump() | own.get("rows", {})
    return Mapping.model_validate(found.model_dump() | own | {"rows": rows})


def _taken(places: dict[str, int], name: str) -> set[int]:
    """Places of fields that come before `name`: one column holds one field."""
    before = list(places)[: list(places).index(name)]
    return {places[other] for other in before}


def _check_needed(path: Path, table: TableFile, columns: Sequence[Column], places: dict[str, int]) -> None:
    needed = [column.name for column in columns if column.required]
    missing = [name for name in needed if name not in places]
    if "length_of_stay" in places:
        missing = [name for name in missing if not name.endswith("_day")]
    if not missing:
        return
    unknown = [str(place + 1) for place, name in enumerate(table.header) if name and place not in places.values()]
    if not places and any(re.search(r"^\d|\d{3,}", name) for name in table.header):
        raise InputError(
            f"{path}: the first row holds no names of columns that are known (column {', '.join(unknown)}); it must "
            f"name them: {', '.join(needed)}"
        )
    word = "column" if len(unknown) == 1 else "columns"
    hint = (
        f"; {word} {', '.join(unknown)} of the header {'is' if len(unknown) == 1 else 'are'} not known"
        if unknown
        else ""
    )
    raise InputError(
        f"{path}: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing{hint}; name "
        f"{'it' if len(missing) == 1 else 'them'} as {', '.join(missing)}, or say in the mapping, [columns], where "
        f"{'it is' if len(missing) == 1 else 'they are'}"
    )


def chosen_rows(table: TableFile, mapping: Mapping, path: Path) -> tuple[BoolArray | None, BoolArray | None]:
    """Which rows are stays, and which of all rows ended in death by a column of its own; None for no such rule."""

    def matches(rule: str) -> BoolArray | None:
        part = getattr(mapping, rule)
        if not part.column:
            return None
        places = [i for i, name in enumerate(table.header) if plain(name) == plain(part.column)]
        if not places:
            raise InputError(f"{path}: has no column of the name that the mapping gives in [{rule}]")
        cells = table.rows(places[:1])[places[0]]
        if "*" in part.values:
            return np.asarray(~cells.map(is_missing).to_numpy(bool))
        wanted = {plain(value) for value in part.values}
        codes, texts = cells.factorize()
        found: BoolArray = np.array([plain(str(text)) in wanted for text in texts], bool)[codes]
        return found

    keep, drop, died = matches("keep"), matches("drop"), matches("died")
    if drop is not None:
        keep = ~drop if keep is None else keep & ~drop
    return keep, died


def read_days(
    frame: pd.DataFrame, names: Sequence[str], form_: str, path: Path, report: Report, numbers: IntArray
) -> tuple[dict[str, dates.Days], str]:
    """Days of some fields, all written in the same way.

    Args:
        frame: Cells by field.
        names: Fields that hold days.
        form_: Format, or "" to guess it.
        path: The table.
        report: Gets the format and what is doubtful.
        numbers: Row numbers in the file, shape (n,).

    Raises:
        InputError: The format cannot be told, or too many cells do not hold it.
    """
    cells = {name: _without_markers(frame[name]) for name in names}
    if not form_:
        try:
            form_ = dates.guess(list(cells.values()))
        except dates.Ambiguous:
            raise InputError(
                f"{path}: day and month cannot be told apart in any date; say in the mapping, [dates] format = "
                '"day-first" or "month-first"'
            ) from None
    report.found["dates"] = form_ or "not told"
    found = {name: dates.read(column, form_ or dates.DAYS) for name, column in cells.items()}
    problems: list[Problem] = []
    for name, days in found.items():
        bad = np.flatnonzero(days.bad)
        if bad.size > FEW * len(frame) or (bad.size and name == "admission_day" and bad.size > FEW * len(frame)):
            column = cells[name]
            problems += [(int(numbers[i]), name, _day_problem(column.iloc[i], days, int(i), form_)) for i in bad]
        elif bad.size:
            report.note(f"cells of {name} that cannot be read", bad.size, "taken as not known")
        if days.sentinel.any():
            report.note(
                f"dates of {name} far from all others (such as 1900 or 9999)", int(days.sentinel.sum()), "taken as none"
            )
    refuse(path, problems)
    return found, form_


def _day_problem(cell: str, days: dates.Days, i: int, form_: str) -> str:
    if days.negative[i]:
        return (
            "is a day before day 0; count from an earlier day (add the same number to every day), or leave the cell "
            "empty if it stands for 'not known'"
        )
    what = "a whole number of days" if form_ in (dates.DAYS, "") else f"a day as in the other rows ({form_})"
    dated = form_ in (dates.DAYS, "") and re.search(r"\d[-/.:]\d", cell) is not None
    why = "; dates and day numbers stand side by side in this table" if dated else ""
    return f"must be {what}{why}; its form is {form(cell)}"


def _without_markers(cells: pd.Series[str]) -> pd.Series[str]:
    codes, texts = cells.factorize()
    plain_texts = np.array(["" if is_missing(str(text)) else str(text) for text in texts], dtype=object)
    import pandas as pd

    return pd.Series(plain_texts[codes] if len(texts) else [], dtype="str")


def read_codes(
    cells: pd.Series[str], column: Column, mapping: Mapping, path: Path, report: Report, numbers: IntArray
) -> NDArray[np.object_]:
    """Codes of a field; "" where it is missing.

    Raises:
        BadRecords: Some words are not known; each with the nearest code.
    """
    mapped = mapping.codes.get(column.name, {})
    table = {} if mapped else known_codes(column)
    stated = {plain(word): code for code, some in mapped.items() for word in some}
    digits = mapping.rows.code_digits if column.name == "discharge_type" else 0
    codes, texts = cells.factorize()
    values: list[str] = []
    bad: dict[int, str] = {}
    nearest = 0
    for i, raw in enumerate(map(str, texts)):
        text = raw[:digits] if digits else raw
        word = plain(text)
        number = word.lstrip("0") or word
        if word in stated or (number in stated and number.isdigit()):
            values.append(stated.get(word) or stated[number])
        elif word in table:
            values.append(table[word])
        elif is_missing(text):
            values.append("")
        elif mapped and word in known_codes(column) and not word.isdigit():
            values.append(known_codes(column)[word])
        else:
            values.append("")
            bad[i] = nearest_code(text, column)
        nearest += word != plain(values[-1]) and bool(values[-1])
    found = np.array(values, dtype=object)[codes] if values else np.empty(0, object)
    if bad:
        where = np.isin(codes, list(bad))
        problems = []
        for i in np.flatnonzero(where).tolist():
            near = bad[int(codes[i])]
            hint = f' (did you mean "{near}"?)' if near else ""
            problems.append(
                (int(numbers[i]), column.name, f"must be {column.allowed}{hint}; its form is {form(cells.iloc[i])}")
            )
        refuse(path, problems)
    report.found[column.name] = f"{len(texts)} different words, all known"
    return found


def read_numbers(cells: pd.Series[str], column: Column, path: Path, numbers: IntArray) -> tuple[FloatArray, str]:
    """Numbers of a field, with a decimal point or comma; NaN where it is missing.

    Returns: Numbers, shape (n,), and "comma" or "point" where a fraction told which.

    Raises:
        BadRecords: A cell holds no such number.
    """
    codes, texts = cells.factorize()
    values = np.full(len(texts), np.nan)
    bad: dict[int, str] = {}
    sign = ""
    for i, text in enumerate(map(str, texts)):
        if is_missing(text):
            continue
        if re.fullmatch(r"[0-9]{1,9}([.,][0-9]*)?", text, re.ASCII):
            value = float(text.replace(",", "."))
            sign = "comma" if "," in text else sign or ("point" if "." in text else "")
            if column.low <= value <= column.high:
                values[i] = value
            else:
                bad[i] = f"is out of range; must be {column.allowed}"
        else:
            bad[i] = f"must be {column.allowed}; its form is {form(text)}"
    if bad:
        problems = [
            (int(numbers[i]), column.name, bad[int(codes[i])]) for i in np.flatnonzero(np.isin(codes, list(bad)))
        ]
        refuse(path, problems)
    return values[codes], sign
