"""What may be shown of records: counts of 11 or more, and the form of a value instead of the value."""

from __future__ import annotations

import math
import re

SMALLEST_CELL = 11
"""Counts below this are never shown."""


def count(n: int) -> str:
    """A count as it may be shown."""
    return f"{n:,}" if n == 0 or n >= SMALLEST_CELL else f"fewer than {SMALLEST_CELL}"


def enough(events: int, of: int) -> bool:
    """Whether a share of `events` in `of` may be shown: the smallest cell or more on either side."""
    return min(events, of - events) >= SMALLEST_CELL


def rounded(value: float, error: float) -> tuple[float, float]:
    """A number and its standard error as they may leave a site: with all digits they tell single rows.

    The value to the decimal of the first digit of its error, the error to two significant digits.
    """
    short = float(f"{error:.1e}")
    return round(value, -math.floor(math.log10(short)) if short > 0 else 2), short


def form(cell: str) -> str:
    """Mask a value as a pattern (9 for digits, a for letters) so that messages reveal no data."""
    shape = re.sub(r"[^\W\d_]", "a", re.sub("[0-9]", "9", cell))
    shape = re.sub(r"[^ -~]", "?", shape)
    other = any(sign.isdigit() and not sign.isascii() for sign in cell)
    digits = ", with digits other than 0 to 9" if other else ""
    return f'"{shape[:20]}{"..." if len(shape) > 20 else ""}"{digits}'


def roughly(share: float) -> str:
    """A relative change to one digit: "about 20 % lower"; too coarse to compute a row from two means."""
    if abs(share) < 0.005:
        return "less than 1 % away"
    if not abs(share) < 9.5:
        return "many times as high"
    size = 100 * abs(share)
    step = 10.0 if size >= 9.5 else 1.0
    return f"about {round(size / step) * step:.0f} % {'lower' if share < 0 else 'higher'}"
