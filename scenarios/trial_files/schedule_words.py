"""Schedules of contacts from words, as papers write them: "twice a week for a month, then monthly"."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from scenarios.trial_files.schedule import LONGEST, Schedule, check_schedule

EXAMPLE = '"twice a week for a month, then monthly"'

_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_NUMBERS = {word: n for n, word in enumerate(_WORDS)} | {"a": 1, "an": 1, "once": 1, "twice": 2, "thrice": 3}
_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365}
_ADVERBS = {"daily": "day", "weekly": "week", "fortnightly": "fortnight", "monthly": "month", "quarterly": "quarter",
            "yearly": "year"}  # fmt: skip
_ONCE_IN = (
    {f"every {unit}": float(days) for unit, days in _DAYS.items()}
    | {adverb: float(_DAYS[unit]) for adverb, unit in _ADVERBS.items()}
    | {f"every {word} {unit}": 2.0 * _DAYS[unit] for word in ("other", "second") for unit in ("day", "week", "month")}
)

_NUMBER = r"(\d+|" + "|".join(_NUMBERS) + r")"
_UNIT = rf"({'|'.join(_DAYS)})s?"
_CONTACTS = r"(?:calls?|contacts?|visits?|sessions?|meetings?)"
_AND = r"(?:, and |,? and |, ?)"
_THEN = re.compile(
    r"\s*[,;]?\s+(?:and )?(?:then|followed by|after that)\s+|\s*[,;]\s*(?:then |and )?|\s+and\s+(?=[^,;]*\bthereafter$)"
)


class Contacts(NamedTuple):
    """When contacts are due.

    Attributes:
        phases: As in `scenarios.trial_files.schedule`.
        first: Days from discharge to the first contact.
    """

    phases: Schedule
    first: int


def read_schedule(text: str) -> Contacts:
    """Read a schedule in words.

    Days after discharge may be listed (`on days 1, 7, 14 and 30`, `in weeks 1, 2 and 4`, `at 1 week and 3 months`).
    Then, or instead, come phases: a frequency (`daily`, `twice a week`, `3 times monthly`, `every 10 days`) with `for`
    and a length, or a number of contacts and a length (`10 contacts over 6 months`), one after the other with `, then`.
    The last may have no length. `within 3 days, then` before them says when the first contact comes at the latest;
    that is taken as its day. Hours (`at 24 and 48 hours`, `every 72 hours`) are taken as the days in which they end.

    Raises:
        ValueError: The words are not understood; the message says which.
    """
    words = " ".join(text.lower().replace("–", "-").split())
    days, rest = _listed(words)
    first = 1
    if not days and (
        found := re.match(rf"(?:the first )?within {_NUMBER} (hour|day|week)s?(?: (?:of|after) discharge)?", words)
    ):
        first = max(1, math.ceil(_number(found[1]) * _DAYS[found[2]] - 1e-9))
        rest = words[found.end() :]
        if not _THEN.match(rest):
            raise ValueError(f'"{words[:60]}" says when the first contact comes; ", then" and a frequency follow it')
    if days:
        phases = _steps(days)
        if not rest:
            return Contacts(check_schedule([*phases, (days[-1] + 1, 365)]), days[0])
        first = days[0]
    else:
        phases = []
    phases += _phases(_THEN.sub("", rest, count=1) if days or first > 1 else rest, after=days[-1] if days else 0)
    return Contacts(check_schedule(phases), first)


def _listed(words: str) -> tuple[list[int], str]:
    """Days that are listed at the beginning, and the words after them; none where there is no list."""
    if words == "once":
        return [1], ""
    start = rf"(?:(?:one |a )?{_CONTACTS} )?"
    end = r"(?=$|[,;]? (?:and )?then |; )"
    if found := re.match(rf"{start}(?:on |at |in )?({_UNIT} (\d+(?:{_AND}\d+)*)){end}", words):
        return _whole([int(n[:6]) * _DAYS[found[2]] for n in re.findall(r"\d+", found[3])]), words[found.end() :]
    if found := re.match(rf"{start}(?:on|at|after) (\d+(?:{_AND}\d+)*) {_UNIT}{end}", words):
        return _whole([int(n[:6]) * _DAYS[found[2]] for n in re.findall(r"\d+", found[1])]), words[found.end() :]
    one = rf"{_NUMBER} {_UNIT}"
    if found := re.match(rf"{start}(?:on|at|after) {one}(?:{_AND}{one})*{end}", words):
        return _whole([_number(n) * _DAYS[unit] for n, unit in re.findall(one, found[0])]), words[found.end() :]
    return [], words


def _whole(days: Sequence[float]) -> list[int]:
    """Days in which hours end: 24 and 48 hours are days 1 and 2; several within one day are one contact."""
    found = [math.ceil(day - 1e-9) if 0 < day else 0 for day in days]
    hours = any(day % 1 > 1e-9 for day in days)
    return list(dict.fromkeys(found)) if hours else found


def _steps(days: Sequence[int]) -> list[tuple[int, float]]:
    """Phases that lead from each of the days to the next."""
    if days[0] < 1:
        raise ValueError(f"the first contact comes on day 1, the day after discharge, or later; got day {days[0]}")
    if any(a >= b for a, b in pairwise(days)):
        raise ValueError('the days of contacts must rise, as in "on days 1, 7, 14 and 30"')
    return [(a, float(b - a)) for a, b in pairwise(days)]


def _phases(words: str, after: int) -> list[tuple[int, float]]:
    """Phases that follow one another from the day `after` on."""
    phases: list[tuple[int, float]] = []
    day = after
    parts = _THEN.split(words)
    for number, part in enumerate(parts, start=1):
        part = part.removesuffix(" thereafter").strip()
        if found := re.fullmatch(rf"{_NUMBER} (?:{_CONTACTS}|times) (?:over|in|within|during) (.+)", part):
            days = _length(found[2])
            if not (times := _number(found[1])):
                raise ValueError(f'"{part[:60]}" has no contacts')
            day += days
            phases.append((day, days / times))
            continue
        frequency, _, length = part.partition(" for ")
        every = _every(frequency)
        if length:
            day += _length(length)
        elif number < len(parts):
            raise ValueError(f'"{part[:60]}" needs a length, such as "for a month", because another phase follows')
        else:
            day = max(day + 1, LONGEST)
        phases.append((day, every))
    return phases


def _every(words: str) -> float:
    """Days between contacts."""
    said = re.sub(rf"^(?:{_CONTACTS} )?(?:at least |about )?", "", words)
    if said in _ONCE_IN:
        return _ONCE_IN[said]
    if found := re.fullmatch(rf"every {_NUMBER} {_UNIT}", said):
        return float(_number(found[1]) * _DAYS[found[2]])
    unit = ""
    if found := re.fullmatch(rf"{_NUMBER} ?x?(?: times| {_CONTACTS})? ?(?:/|a |an |per |each |every ) ?{_UNIT}", said):
        unit = found[2]
    elif found := re.fullmatch(rf"{_NUMBER} ?x?(?: times)? ({'|'.join(_ADVERBS)})", said):
        unit = _ADVERBS[found[2]]
    if found and (times := _number(found[1])):
        return _DAYS[unit] / times
    if re.fullmatch("bi-?(?:weekly|monthly)", said):
        raise ValueError(f'"{said}" means two things; write "twice a week" or "every two weeks"')
    raise ValueError(f'"{words[:60]}" is no frequency; write it as in {EXAMPLE}')


def _length(words: str) -> int:
    """Days of a phase."""
    found = re.fullmatch(rf"(?:the (?:first|next) )?(?:{_NUMBER} )?{_UNIT}", words)
    days = math.ceil((_number(found[1]) if found[1] else 1) * _DAYS[found[2]] - 1e-9) if found else 0
    if not days:
        raise ValueError(f'"{words[:60]}" is no length of time; write it as in {EXAMPLE}')
    return days


def _number(word: str) -> int:
    return int(word[:6]) if word.isdigit() else _NUMBERS[word]
