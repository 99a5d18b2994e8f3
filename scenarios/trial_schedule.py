"""Schedules of contacts in words: "twice a week for a month, then monthly" as phases of (until day, every n days)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from simulation.trial import PHASES

Schedule = tuple[tuple[int, float], ...]

LONGEST = 1_095
"""Last day to which a schedule can go."""

EXAMPLE = '"twice a week for a month, then monthly"'

_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {"a": 1, "an": 1, "once": 1, "twice": 2, "thrice": 3, "half": 0}  # fmt: skip
_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365}
_ALONE = {
    "daily": 1.0, "every day": 1.0, "weekly": 7.0, "every week": 7.0, "fortnightly": 14.0, "every other day": 2.0,
    "every other week": 14.0, "every second week": 14.0, "monthly": 30.0, "every month": 30.0, "quarterly": 91.0,
    "yearly": 365.0,
}  # fmt: skip
_UNIT = r"(day|week|fortnight|month|quarter|year)s?"
_NUMBER = r"(\d+|" + "|".join(_NUMBERS) + r")"


def read_schedule(text: str) -> Schedule:
    """Read a schedule in words.

    Either days after discharge, `on days 1, 7, 14 and 30`, the first of them 1, or phases. A phase is a frequency
    (`daily`, `weekly`, `twice a week`, `every 10 days`, `3 times a month`) with `for` and a length; phases follow one
    another with `, then`. The last may have no length.

    Raises:
        ValueError: The words are not understood; the message says which.
    """
    words = " ".join(text.lower().split())
    if found := re.fullmatch(r"(?:calls? |contacts? )?on days? (\d+(?:(?:, and | and |, ?)\d+)*)", words):
        return _on_days([int(number[:6]) for number in re.findall(r"\d+", found[1])])
    phases: list[tuple[int, float]] = []
    day = 0
    parts = [part.strip() for part in re.split(r"\s*[,;]\s*then\s+|\s+then\s+|\s*;\s*", words)]
    for number, part in enumerate(parts, start=1):
        frequency, _, length = part.partition(" for ")
        every = _every(frequency.removeprefix("contacts ").strip())
        if length:
            day += _length(length.removesuffix(",").strip())
        elif number < len(parts):
            raise ValueError(f'"{part[:60]}" needs a length, such as "for a month", because another phase follows')
        else:
            day = max(day + 1, LONGEST)
        phases.append((day, every))
    return check_schedule(phases)


def _on_days(days: Sequence[int]) -> Schedule:
    """Phases whose contacts come on these days; the first comes on the day after discharge in any case."""
    if days[0] != 1:
        raise ValueError(f"the first contact is due on day 1, the day after discharge; got day {days[0]}")
    if any(a >= b for a, b in pairwise(days)):
        raise ValueError('the days of contacts must rise, as in "on days 1, 7, 14 and 30"')
    gaps = [b - a for a, b in pairwise(days)]
    return check_schedule([*zip(days, gaps, strict=False), (days[-1] + 1, 365)])


def check_schedule(phases: Sequence[Sequence[float]]) -> Schedule:
    """Phases of (until day, every n days) whose days rise.

    Raises:
        ValueError: They do not, or are too many.
    """
    if not 1 <= len(phases) <= PHASES:
        raise ValueError(f"needs 1 to {PHASES} phases")
    last = 0.0
    for until, every in phases:
        if not last < until <= max(LONGEST, last + 1):
            raise ValueError(f"the days on which phases end must rise, from 1 to {LONGEST:,}")
        if until != int(until):
            raise ValueError("a phase ends on a whole day")
        if not 1 <= every <= 365:
            raise ValueError("the days between contacts must lie from 1 to 365")
        last = until
    return tuple((int(until), float(every)) for until, every in phases)


def in_words(phases: Schedule, days: int) -> str:
    """A schedule as far as `days`, in words."""
    reached = phases[: 1 + sum(until < days for until, _ in phases)]
    ends = [1, *(int(until + every) for until, every in phases[:-1])]
    if (
        phases[-1][1] == 365
        and len(phases) > 1
        and all(until == end for (until, _), end in zip(phases[:-1], ends, strict=False))
    ):
        return "on days " + ", ".join(str(end) for end in ends if end <= days)
    return "; ".join(
        f"every {every:.3g} days" + (f" until day {until}" if until < days else "") for until, every in reached
    )


def _every(words: str) -> float:
    """Days between contacts."""
    if words in _ALONE:
        return _ALONE[words]
    if found := re.fullmatch(rf"every {_NUMBER} {_UNIT}", words):
        return float(_number(found[1]) * _DAYS[found[2]])
    if found := re.fullmatch(rf"{_NUMBER}(?: times)? (?:a|an|per|each|every) {_UNIT}", words):
        times = _number(found[1])
        if times:
            return _DAYS[found[2]] / times
    raise ValueError(f'"{words[:60]}" is no frequency; write it as in {EXAMPLE}')


def _length(words: str) -> int:
    """Days of a phase."""
    found = re.fullmatch(rf"(?:the first )?{_NUMBER} {_UNIT}", words)
    if not found or not _number(found[1]):
        raise ValueError(f'"{words[:60]}" is no length of time; write it as in {EXAMPLE}')
    return _number(found[1]) * _DAYS[found[2]]


def _number(word: str) -> int:
    return int(word[:6]) if word.isdigit() else _NUMBERS[word]
