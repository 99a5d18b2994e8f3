"""What a benchmark returns, and what the table and the page show of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        what: What was measured.
        value: The number, in `unit`.
        unit: "ms", "×", "µs", "MB", ...
        at_most: Target from above, in the same unit.
        at_least: Target from below.
        note: How it was measured, where that is not plain.
    """

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def target(self) -> str:
        """Target as text, or nothing."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g} {self.unit}"
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}"
        return ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met, or None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    @property
    def text(self) -> str:
        """Value with unit, to three digits."""
        digits = 0 if abs(self.value) >= 100 else 1 if abs(self.value) >= 10 else 2 if abs(self.value) >= 0.1 else 4
        return f"{self.value:,.{digits}f} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark: `measure(quick)` returns its figures."""

    name: str
    title: str
    method: str
    measure: Callable[[bool], list[Figure]]
