"""From runs to what a page shows: paired differences, twenty dots, bands, whole people in a hundred."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.catalogue.headline_outcomes import Look
from dashboard.compute.worker import Array, Runs

DOTS = 20
"""Dots of a quantile plot; each stands for one of twenty futures that are equally likely in the model."""

LOW, HIGH = 0.1, 0.9
"""Ends of the one band: eight in ten."""

FEWEST = 16
"""From fewer pairs no band is drawn and nothing is counted in twentieths."""

_AT = (np.arange(DOTS) + 0.5) / DOTS


@dataclass(frozen=True, slots=True)
class Change:
    """A paired difference, plan less current service, in the unit of its values.

    Attributes:
        middle: Median over pairs.
        low: Tenth of a hundred.
        high: Ninetieth of a hundred.
        dots: Twenty quantiles, rising.
        n: Pairs.
    """

    middle: float
    low: float
    high: float
    dots: Array
    n: int

    @property
    def none(self) -> bool:
        """Whether no pair differs."""
        return not np.any(self.dots) and self.middle == 0

    def worse(self, lower_is_better: bool) -> int:
        """Dots on the side that is worse for people."""
        return int((self.dots > 0).sum() if lower_is_better else (self.dots < 0).sum())

    def better(self, lower_is_better: bool) -> int:
        """Dots on the side that is better for people."""
        return self.worse(not lower_is_better)


def change(plan: Array, base: Array, scale: float = 1.0) -> Change:
    """Paired difference over the runs that both have; NaN where nothing is defined."""
    n = min(len(plan), len(base))
    differences = scale * (plan[:n] - base[:n])
    differences = differences[np.isfinite(differences)]
    if not differences.size:
        return Change(math.nan, math.nan, math.nan, np.full(DOTS, np.nan), 0)
    low, middle, high = np.quantile(differences, (LOW, 0.5, HIGH))
    return Change(float(middle), float(low), float(high), np.quantile(differences, _AT), differences.size)


@dataclass(frozen=True, slots=True)
class Band:
    """A curve with its band, in cases per 100, by day from 0."""

    middle: Array
    low: Array
    high: Array
    some: Array
    """Twenty single runs, shape (20, days)."""


def band(runs: Runs, look: Look) -> Band:
    """Median, eight in ten, and twenty single runs of a curve."""
    curves = 100.0 * runs.curves[look.outcome]
    quantile = np.quantile if np.isfinite(curves).all() else np.nanquantile  # the second is thirty times slower
    low, middle, high = quantile(curves, (LOW, 0.5, HIGH), axis=0)
    return Band(middle, low, high, curves[:DOTS])


def kind(runs: Runs) -> str:
    """What runs are called: years differ by chance alone, futures by what nobody knows as well."""
    return "simulated years" if runs.draw is None else "simulated futures"


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the first page says about one outcome.

    Attributes:
        look: The outcome.
        kind: What its runs are called, see `kind`.
        n: Runs of the plan.
        base: Cases per 100 in the current service, median over runs.
        plan: The same under the plan.
        change: Difference in cases per 100.
        yearly: Difference in cases a year.
        base_band: Curve of the current service.
        plan_band: Curve of the plan.
    """

    look: Look
    kind: str
    n: int
    base: float
    plan: float
    change: Change
    yearly: Change
    base_band: Band
    plan_band: Band

    @property
    def futures(self) -> bool:
        """Whether what nobody knows is in the ranges."""
        return self.kind == "simulated futures"

    @property
    def out_of(self) -> int:
        """Of how many people the cards count: a hundred, or a thousand where so few change that none would be seen."""
        c = self.change
        return 1000 if 0 < abs(c.middle) < 1 and max(abs(c.low), abs(c.high)) < 2 else 100

    def counted(self, per_hundred: float) -> int:
        """Whole cases in `out_of` people."""
        return round(per_hundred * self.out_of / 100)

    @property
    def base_count(self) -> int:
        """Whole cases in `out_of` of the current service."""
        return self.counted(self.base)

    @property
    def plan_count(self) -> int:
        """Whole cases in `out_of` under the plan; the two differ by the rounded change, so that the page adds up."""
        return min(self.out_of, max(0, self.base_count + self.counted(self.change.middle)))

    @property
    def base_people(self) -> int:
        """Whole cases in 100 of the current service."""
        return round(self.base)

    @property
    def plan_people(self) -> int:
        """Whole cases in 100 under the plan, as `plan_count`."""
        return min(100, max(0, self.base_people + round(self.change.middle)))

    @property
    def better(self) -> int:
        """Of twenty futures, those that are better for people."""
        return self.change.better(self.look.lower_is_better)

    @property
    def worse(self) -> int:
        """Of twenty futures, those that are worse for people."""
        return self.change.worse(self.look.lower_is_better)


def picture(look: Look, base: Runs, plan: Runs) -> Picture:
    """Compare two scenarios on one outcome, over the runs that both have."""
    n = min(len(base), len(plan))
    base, plan = base.first(n), plan.first(n)
    a, b = base.values[look.outcome], plan.values[look.outcome]
    return Picture(
        look,
        kind(plan),
        n,
        float(np.nanmedian(100.0 * a)),
        float(np.nanmedian(100.0 * b)),
        change(b, a, 100.0),
        change(b * plan.values[look.yearly], a * base.values[look.yearly]),
        band(base, look),
        band(plan, look),
    )
