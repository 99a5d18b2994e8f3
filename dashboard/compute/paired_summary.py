"""From runs to what a page shows: the paired difference, its pictures (dots, bands), whole people in a hundred.

A mean, its interval, the range over draws and the verdict come from `experiments.outcomes.difference`, as everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.catalogue.headline_outcomes import HeadlineOutcome
from dashboard.compute.worker import Numbers, Runs
from experiments.outcomes.difference import Difference, compare_runs
from experiments.statistics.variance_components import MIDDLE
from experiments.support.types import FloatArray

DOTS = 20
"""Dots of a quantile plot; each stands for one of twenty futures that are equally likely in the model."""

LOW, HIGH = (1 - MIDDLE) / 2, (1 + MIDDLE) / 2
"""Ends of the one band: nine in ten, as the range over draws."""

FEWEST = 16
"""From fewer pairs no band is drawn and nothing is said of how sure it is."""

_AT = (np.arange(DOTS) + 0.5) / DOTS


def compare_plans(outcome: str, base: Runs, plan: Runs) -> Difference:
    """The summary of `peerbridge compare` for the runs that both plans have, in the outcome's unit."""
    n = min(len(base), len(plan))
    return _summary(outcome, base.values[outcome][:n], plan.values[outcome][:n], plan.first(n).draw)


def of_changes(outcome: str, changes: FloatArray, draw: Numbers | None) -> Difference:
    """The same of paired changes, plan less current service, that are there already."""
    return _summary(outcome, np.zeros_like(changes), changes, draw)


def _summary(outcome: str, base: FloatArray, plan: FloatArray, draw: Numbers | None) -> Difference:
    return compare_runs("your plan", "the current service", outcome, plan, base, draw)


def twenty(changes: FloatArray) -> FloatArray:
    """Twenty quantiles of paired changes, rising: a picture of single futures, not of how well the mean is known."""
    defined = changes[np.isfinite(changes)]
    return np.quantile(defined, _AT) if defined.size else np.full(DOTS, np.nan)


def on_the_better_side(dots: FloatArray, lower_is_better: bool) -> int:
    """Dots on the side that is better for people."""
    return int((dots < 0).sum() if lower_is_better else (dots > 0).sum())


@dataclass(frozen=True, slots=True)
class Band:
    """A curve with its band, in cases per 100, by day from 0."""

    middle: FloatArray
    low: FloatArray
    high: FloatArray
    some: FloatArray
    """Twenty single runs, shape (20, days)."""


def band(runs: Runs, look: HeadlineOutcome) -> Band:
    """Mean, nine in ten, and twenty single runs of a curve."""
    curves = 100.0 * runs.curves[look.outcome]
    whole = np.isfinite(curves).all()
    quantile, mean = (np.quantile, np.mean) if whole else (np.nanquantile, np.nanmean)  # the second are much slower
    middle = mean(curves, axis=0)
    low, high = quantile(curves, (LOW, HIGH), axis=0)
    return Band(middle, low, high, curves[:DOTS])


def kind(runs: Runs) -> str:
    """What runs are called: years differ by chance alone, futures by what nobody knows as well."""
    return "simulated years" if runs.draw is None else "simulated futures"


@dataclass(frozen=True, slots=True)
class Figure:
    """Everything the first page says about one outcome.

    Attributes:
        look: The outcome.
        kind: What its runs are called, see `kind`.
        n: Runs of the plan.
        change: Difference in the outcome, a share.
        yearly: Difference in cases a year.
        dots: Twenty single futures: changes in cases per 100, rising.
        base_band: Curve of the current service.
        plan_band: Curve of the plan.
    """

    look: HeadlineOutcome
    kind: str
    n: int
    change: Difference
    yearly: Difference
    dots: FloatArray
    base_band: Band
    plan_band: Band

    @property
    def futures(self) -> bool:
        """Whether what nobody knows is in the ranges."""
        return self.kind == "simulated futures"

    @property
    def undefined(self) -> bool:
        """Whether hardly any pair of runs has anybody to count: none at all, or too few for an interval."""
        few = self.n >= FEWEST and math.isnan(self.change.difference.low)
        return self.change.reading == "not defined" or few

    @property
    def same(self) -> bool:
        """Whether no pair of runs differs."""
        return self.change.reading == "same"

    @property
    def base(self) -> float:
        """Cases per 100 in the current service, mean over runs."""
        return 100.0 * self.change.base.mean

    @property
    def moved(self) -> float:
        """Mean change in cases per 100."""
        return 100.0 * self.change.difference.mean

    @property
    def out_of(self) -> int:
        """Of how many people the cards count: a hundred, or a thousand where so few change that none would be seen."""
        e = self.change.difference
        if self.undefined:
            return 100
        widest = float(np.nanmax(np.abs([e.mean, e.low, e.high])))
        return 1000 if 0 < abs(self.moved) < 1 and widest < 0.02 else 100

    def counted(self, per_hundred: float) -> int:
        """Whole cases in `out_of` people; 0 where nobody is counted."""
        return 0 if np.isnan(per_hundred) else round(per_hundred * self.out_of / 100)

    @property
    def base_count(self) -> int:
        """Whole cases in `out_of` of the current service."""
        return self.counted(self.base)

    @property
    def plan_count(self) -> int:
        """Whole cases in `out_of` under the plan; the two differ by the rounded change, so that the page adds up."""
        return min(self.out_of, max(0, self.base_count + self.counted(self.moved)))

    @property
    def base_people(self) -> int:
        """Whole cases in 100 of the current service."""
        return _whole(self.base)

    @property
    def plan_people(self) -> int:
        """Whole cases in 100 under the plan, as `plan_count`."""
        return min(100, max(0, self.base_people + _whole(self.moved)))

    @property
    def better(self) -> int:
        """Of twenty futures, those that are better for people."""
        return on_the_better_side(self.dots, self.look.lower_is_better)

    @property
    def worse(self) -> int:
        """Of twenty futures, those that are worse for people."""
        return on_the_better_side(self.dots, not self.look.lower_is_better)


def _whole(value: float) -> int:
    return 0 if np.isnan(value) else round(value)


def picture(look: HeadlineOutcome, base: Runs, plan: Runs) -> Figure:
    """Compare two scenarios on one outcome, over the runs that both have."""
    n = min(len(base), len(plan))
    base, plan = base.first(n), plan.first(n)
    a, b = base.values[look.outcome], plan.values[look.outcome]
    cases = a * base.values[look.yearly], b * plan.values[look.yearly]
    return Figure(
        look,
        kind(plan),
        n,
        compare_plans(look.outcome, base, plan),
        _summary(look.yearly, *cases, plan.draw),
        twenty(100.0 * (b - a)),
        band(base, look),
        band(plan, look),
    )
