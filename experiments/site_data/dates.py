"""Days as hospitals write them, to minutes since a common origin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.support.types import BoolArray, IntArray

if TYPE_CHECKING:
    import pandas as pd


NONE = np.iinfo(np.int64).min
"""No day."""

DAY = 1_440
DAYS = "days"
ISO = "ISO"
DAY_FIRST, MONTH_FIRST = "day-first", "month-first"

_BARE = ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d")
_DIGITS = dict(zip(_BARE, (14, 12, 8), strict=True))
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%d%b%Y", "%d%b%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    "T%H:%M:%S",
    "T%H:%M",
    ":%H:%M:%S",
    ":%H:%M",
)
_ISO = re.compile(r"^\d{4}-\d\d-\d\d([T ].*)?$")
_OFFSET = r"\s*(?:Z|UTC|[+-]\d\d:?\d\d)$"
FIRST_YEAR, LAST_YEAR = 1902, 2099
"""Years beyond stand for "no date" (1900-01-01, 9999-12-31)."""


@dataclass(frozen=True)
class Days:
    """Days of a column.

    Attributes:
        minutes: Minutes since 1970 for dates, or since day 0 for numbers; `NONE` where there is none; shape (n,).
        bad: Cells that hold something else, shape (n,).
        sentinel: Cells that stand for "no date" though they look like one, shape (n,).
        negative: Whole numbers below 0, shape (n,); they are bad too.
        timed: Whether any cell has a time of day.
    """

    minutes: IntArray
    bad: BoolArray
    sentinel: BoolArray
    negative: BoolArray
    timed: bool


class Ambiguous(Exception):
    """Day and month cannot be told apart."""


def guess(columns: list[pd.Series[str]]) -> str:
    """Guess the format of days: "days", "ISO", "day-first", "month-first", or one as of strftime.

    Args:
        columns: Cells without missing markers.

    Returns: The format; "" if none fits half of the cells.

    Raises:
        Ambiguous: Day and month could be either way round in every cell.
    """
    import pandas as pd

    cells = pd.concat([column[column != ""] for column in columns]).drop_duplicates()
    cells = cells.iloc[:: max(1, len(cells) // 20_000)]
    if not len(cells):
        return DAYS
    scores = {}
    for name in _candidates(cells):
        days = read(cells, name)
        scores[name] = float((~days.bad).mean())
    best = max(scores.values())
    if best < 0.5:
        return ""
    name = next(name for name, score in scores.items() if score == best)
    if best < 1 and cells.str.fullmatch("[0-9]{1,6}").any():
        return DAYS  # dates among day numbers: the reader says so
    if name == DAY_FIRST and scores[MONTH_FIRST] == best and not cells.str.match(r"^\d{1,2}\.").all():
        one, other = read(cells, DAY_FIRST).minutes, read(cells, MONTH_FIRST).minutes
        if not np.array_equal(one, other):
            raise Ambiguous
    return name


def _candidates(cells: pd.Series[str]) -> tuple[str, ...]:
    """Formats that the signs of most cells allow."""
    if cells.str.fullmatch(r"-?[0-9.,]+").mean() > 0.5 and cells.str.fullmatch(r"-?[0-9]+([.,]0*)?").mean() > 0.5:
        return (DAYS, *_BARE)
    if cells.str.match(_ISO).mean() > 0.5:
        return (ISO,)
    if cells.str.match(r"^[0-9]{4}/").mean() > 0.5:
        return ("%Y/%m/%d",)
    if cells.str.contains("[A-Za-z]{3}").mean() > 0.5:
        return (*_NAMED, DAY_FIRST, MONTH_FIRST)
    return (DAY_FIRST, MONTH_FIRST, DAYS)


def read(cells: pd.Series[str], form: str) -> Days:
    """Days of some cells; an empty cell is none.

    Args:
        cells: Text, shape (n,).
        form: As from `guess`, or a format as of strftime.
    """
    import pandas as pd

    codes, texts = pd.factorize(cells)
    unique = pd.Series(np.asarray(texts, dtype=object), dtype="str")
    empty = (unique == "").to_numpy()
    negative = np.zeros(len(unique), bool)
    timed = False
    if form == DAYS:
        minutes, negative = _numbers(unique)
        sentinel = np.zeros(len(unique), bool)
    else:
        minutes, sentinel = _dates(unique, form)
        timed = bool(((minutes != NONE) & (minutes % DAY != 0)).any())
    bad = (minutes == NONE) & ~empty & ~sentinel
    return Days(minutes[codes], bad[codes], sentinel[codes], negative[codes], timed)


def _numbers(texts: pd.Series[str]) -> tuple[IntArray, BoolArray]:
    """Whole numbers, also as "3.0" or "3,0"."""
    whole = texts.str.fullmatch(r"-?[0-9]{1,6}([.,]0*)?").to_numpy(bool)
    minutes = np.full(len(texts), NONE, np.int64)
    if whole.any():
        minutes[whole] = texts[whole].str.replace(r"[.,]0*$", "", regex=True).astype(np.int64).to_numpy() * DAY
    negative = whole & (minutes < 0)
    minutes[negative] = NONE
    return minutes, negative


def _dates(texts: pd.Series[str], form: str) -> tuple[IntArray, BoolArray]:
    import pandas as pd

    found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    if form == ISO:
        fits = texts.str.match(_ISO).fillna(False).astype(bool)
        local = texts[fits].str.replace(_OFFSET, "", regex=True)  # the time as it was on the clock of the hospital
        found[fits] = pd.to_datetime(local, format="ISO8601", errors="coerce").astype("datetime64[us]")
    else:
        plain = texts.str.replace(r"\s+", " ", regex=True)
        for pattern in _patterns(form):
            left = found.isna() & (plain != "")
            if form in _BARE:
                left &= plain.str.len() == _DIGITS[form]
            if not left.any():
                break
            parsed = pd.to_datetime(plain[left], format=pattern, errors="coerce")
            found[left] = parsed.astype("datetime64[us]")
    year = found.dt.year
    sentinel = (found.notna() & ((year < FIRST_YEAR) | (year > LAST_YEAR))).to_numpy(bool)
    minutes = np.full(len(texts), NONE, np.int64)
    good = found.notna().to_numpy(bool) & ~sentinel
    minutes[good] = found[good].to_numpy().astype("datetime64[us]").astype(np.int64) // 60_000_000
    return minutes, sentinel


def _patterns(form: str) -> list[str]:
    if form in (DAY_FIRST, MONTH_FIRST):
        order = ("%d", "%m") if form == DAY_FIRST else ("%m", "%d")
        bases = [f"{order[0]}{sign}{order[1]}{sign}{year}" for sign in "/.-" for year in ("%Y", "%y")]
    elif "%H" in form or "%I" in form:
        return [form]
    else:
        bases = [form]
    if form in _BARE:
        return bases
    return [base + time for base in bases for time in _TIMES]
