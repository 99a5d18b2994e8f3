"""Tables as CSV text: exact numbers, and no text that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV text: a line of names, then a line per row, ended by line feeds.

    Floats keep every digit; None and NaN are empty cells. Text that begins with = + - @ or a tab gets an apostrophe in
    front, so that a spreadsheet shows it instead of computing it.

    Args:
        columns: Names of the columns.
        rows: Cells of each row, as many as there are columns.
    """
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write([cell(name) for name in columns])
    for row in rows:
        write([cell(value) for value in row])
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value as it stands in a cell."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(float(value))
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare carriage return would end the line for some readers
    return f"'{text}" if value.startswith(_FORMULA) else text
