"""One paired difference between two plans, and the one rule that puts it into a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from experiments.outcomes.registry import OUTCOMES, bounds
from experiments.statistics.estimates import Estimate, Estimates, mean_interval, one_row, paired_difference, within
from experiments.statistics.variance_components import NO_DOUBT, Doubt, split

Reading = Literal["better", "worse", "higher", "lower", "unclear", "same", "not defined"]

CLEAR: frozenset[Reading] = frozenset({"better", "worse", "higher", "lower"})
"""Readings of a clear difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One outcome of one plan against the baseline.

    Attributes:
        scenario: Plan.
        baseline: Plan it is compared with.
        outcome: Name of the outcome.
        plan: Mean of the plan with its interval, in the outcome's unit.
        base: Mean of the baseline with its interval.
        difference: Paired difference, plan less baseline, with its interval.
        reading: better, worse, higher, lower (the interval leaves out zero, and so do 9 of 10 draws where runs used
            draws of the parameters), unclear (not so), same (no run differs) or not defined.
        doubt: How the difference varies between draws of the parameters; not defined without draws.
    """

    scenario: str
    baseline: str
    outcome: str
    plan: Estimate
    base: Estimate
    difference: Estimate
    reading: Reading
    doubt: Doubt = NO_DOUBT

    @property
    def clear(self) -> bool:
        """Whether a direction may be told (`read_difference`)."""
        return self.reading in CLEAR

    @property
    def draws_better(self) -> float:
        """Share of the parameter draws in which the plan is better for people, 0 to 1; NaN where that is not defined.

        Under draws of the prior alone this is what was assumed, and no finding.
        """
        better = OUTCOMES[self.outcome].better if self.outcome in OUTCOMES else "none"
        return {"lower": self.doubt.below, "higher": self.doubt.above}.get(better, np.nan)


def compare_runs(
    scenario: str, baseline: str, outcome: str, plan: ArrayLike, base: ArrayLike, draw: ArrayLike | None = None
) -> Difference:
    """Summarise one outcome of two plans over their paired runs: the one summary that every page and table shows.

    Args:
        scenario: Plan.
        baseline: Plan it is compared with.
        outcome: Name of the outcome, or another name of which no direction is better.
        plan: Values of the plan by replication, shape (n,); NaN where the outcome is not defined.
        base: Values of the baseline in the same replications, shape (n,).
        draw: Number of the parameter draw of each replication, shape (n,); None for the start values.

    Raises:
        ValueError: The two are not of one length.
    """
    x, y = np.asarray(plan, dtype=np.float64), np.asarray(base, dtype=np.float64)
    above, below = (level(outcome, mean_interval(values, clusters=draw)) for values in (x, y))
    paired = between(outcome, one_row(paired_difference(x, y, clusters=draw)), one_row(above), one_row(below))[0]
    doubt = NO_DOUBT if draw is None else split(x - y, draw)
    return Difference(
        scenario, baseline, outcome, above, below, paired,
        read_difference(outcome, paired, doubt), doubt,
    )  # fmt: skip


def level(outcome: str, e: Estimate) -> Estimate:
    """The mean of an outcome with an interval that stays within what the outcome can be."""
    return within(one_row(e), *bounds(outcome))[0]


def between(outcome: str, difference: Estimates, plan: Estimates, base: Estimates) -> Estimates:
    """Differences with intervals that stay within what the outcome can be, in the plan and in the baseline.

    Where the baseline is the same in every run (a programme's cost where there is none), the difference is as well
    known as the plan is; else its ends are those that the bounds leave beside the baseline.

    Args:
        outcome: Name of the outcome.
        difference: Paired differences, plan less baseline.
        plan: The plan in the same runs, within its bounds.
        base: The baseline, likewise.
    """
    least, most = bounds(outcome)
    constant = (base.sd == 0) & (plan.n == difference.n) & (base.n == difference.n)
    with np.errstate(invalid="ignore"):
        low = np.where(constant, plan.low - base.mean, np.fmax(difference.low, least - base.high))
        high = np.where(constant, plan.high - base.mean, np.fmin(difference.high, most - base.low))
    undefined = np.isnan(difference.low)
    low, high = (np.where(undefined, np.nan, end) for end in (low, high))
    return Estimates(difference.n, difference.mean, low, high, difference.sd)


def read_difference(outcome: str, difference: Estimate, doubt: Doubt = NO_DOUBT) -> Reading:
    """Whether a difference is clear, and in which direction: the one rule.

    Clear means that the 95 % interval of the mean leaves out zero and so does the range of 9 of 10 parameter draws,
    where there are draws enough for one. A clear difference is better or worse for people; higher or lower where
    neither direction is better. Reasons: `docs/explanation/decisions/0010-one-difference.md`.
    """
    if difference.n == 0:
        return "not defined"
    if difference.sd == 0 and difference.mean == 0:
        return "same"
    if np.isnan(difference.low) or difference.low <= 0 <= difference.high:
        return "unclear"
    if doubt.low <= 0 <= doubt.high:
        return "unclear"
    up = difference.low > 0
    better = OUTCOMES[outcome].better if outcome in OUTCOMES else "none"
    if better == "none":
        return "higher" if up else "lower"
    return "better" if up == (better == "higher") else "worse"
