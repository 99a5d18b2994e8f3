"""How an outcome of a study is drawn and printed: its scale and unit, and values with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.statistics.estimates import Estimate
from simulation.outcome_definitions import Outcome


@dataclass(frozen=True, slots=True)
class Quantity:
    """An outcome as a study shows it.

    Attributes:
        name: The outcome's name.
        baseline: What differences are from.
        level: Whether values are shown instead of differences, because the baseline has none.
    """

    name: str
    baseline: str
    level: bool

    @property
    def outcome(self) -> Outcome:
        """The outcome."""
        return OUTCOMES[self.name]

    @property
    def factor(self) -> float:
        """From the outcome's unit to that of pictures: shares in 100, money in thousands."""
        return 100.0 if self.outcome.is_share else 0.001 if self.outcome.is_money else 1.0

    @property
    def title(self) -> str:
        """The outcome's label, with a capital letter."""
        return wording.capital(self.outcome.label)

    @property
    def unit(self) -> str:
        """Unit in pictures: "difference, in 100 stays", "% of worker-days", "difference, 1,000 US$ of 2022 a year"."""
        plain = "1,000 US$ of 2022 a year" if self.outcome.is_money else wording.unit(self.outcome)
        if self.level:
            return plain
        return f"difference, in 100 {self.outcome.counted}" if self.is_share else f"difference, {plain}"

    @property
    def is_share(self) -> bool:
        """Whether it is shown in per cent."""
        return self.outcome.is_share

    @property
    def sentence(self) -> str:
        """What is drawn: "Patient-initiated discharge, difference from usual-care, in 100 stays"."""
        return f"{self.title}, {self.unit.replace('difference', f'difference from {self.baseline}')}"

    def scaled(self, e: Estimate) -> Estimate:
        """An estimate in the unit of pictures."""
        f = self.factor
        return Estimate(e.n, e.mean * f, e.low * f, e.high * f, e.sd * f)

    def describe(self, e: Estimate) -> str:
        """A value with its interval."""
        if math.isnan(e.mean):
            return wording.NOT_DEFINED
        if not self.level:
            return wording.difference(e, self.outcome)
        spread = wording.interval(e, self.outcome, sign=False) if e.sd != 0 else ""
        return wording.number(e.mean, self.outcome) + (f" ({spread})" if spread else "")

    def cell(self, e: Estimate) -> str:
        """What a cell prints: "−1.3", "12.1", "+540" (thousands of US$); a question mark where it is not clear."""
        unclear = not self.level and math.isfinite(e.low) and e.low <= 0 <= e.high and e.sd != 0
        if self.outcome.is_money:
            plus = "+" if e.mean > 0 and not self.level else ""
            text = plus + wording.thousands(e.mean, abs(e.mean) < 10_000)
        elif self.level:
            text = wording.number(e.mean, self.outcome)
        else:
            text = wording.signed(e.mean, self.outcome, int(self.is_share and 0 < 100 * abs(e.mean) < 0.1))
        return text.removesuffix(" %") + ("?" if unclear else "")

    def amount(self, value: float) -> str:
        """A size in the unit of pictures: "0.91 in 100 stays", "120 thousand US$ a year"."""
        o = self.outcome
        unit = f" in 100 {o.counted}" if self.is_share else "" if o.kind == "score" else f" {o.unit}"
        return figure(abs(value)) + (" thousand US$ a year" if o.is_money else unit)

    @property
    def per(self) -> str:
        """The unit for axes of sizes."""
        return self.unit.removeprefix("difference, ")


def figure(value: float) -> str:
    """A number to two or three figures."""
    if math.isnan(value):
        return wording.NOT_DEFINED
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}").replace("-", wording.MINUS)
