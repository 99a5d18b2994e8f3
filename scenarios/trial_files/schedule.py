"""Schedules of contacts: phases of (until day, every n days), and how they are said."""

from __future__ import annotations

from collections.abc import Sequence

from simulation.trial_specification import PHASES

Schedule = tuple[tuple[int, float], ...]

LONGEST = 1_095
"""Last day to which a schedule can go."""


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


def in_words(phases: Schedule, days: int, first: int = 1) -> str:
    """A schedule as far as `days` whose first contact comes on day `first`, in words."""
    reached = phases[: 1 + sum(until < days for until, _ in phases)]
    ends = [first, *(int(until + every) for until, every in phases[:-1])]
    if (
        phases[-1][1] == 365
        and phases[-1][0] == ends[-1] + 1
        and all(until == end for (until, _), end in zip(phases[:-1], ends, strict=False))
    ):
        return f"on day{'s' * (len(ends) > 1)} " + ", ".join(str(end) for end in ends if end <= days)
    begin = f"first on day {first}, then " if first > 1 else ""
    return begin + "; ".join(
        (f"every {every:.3g} days" if every != 1 else "every day") + (f" until day {until}" if until < days else "")
        for until, every in reached
    )
