"""One paired difference between two plans, and the one rule that puts it into a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from experiments.outcomes.registry import OUTCOMES
from experiments.statistics.estimates import Estimate
from experiments.statistics.variance_components import NO_DOUBT, Doubt

Reading = Literal["better", "worse", "higher", "lower", "unclear", "same", "not defined"]


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


def read_difference(outcome: str, difference: Estimate, doubt: Doubt = NO_DOUBT) -> Reading:
    """Put a difference into a word, by its interval, what nobody knows, and which direction is better for people."""
    if difference.n == 0:
        return "not defined"
    if difference.sd == 0 and difference.mean == 0:
        return "same"
    if np.isnan(difference.low) or difference.low <= 0 <= difference.high:
        return "unclear"
    if doubt.low <= 0 <= doubt.high:
        return "unclear"
    up = difference.low > 0
    better = OUTCOMES[outcome].better
    if better == "none":
        return "higher" if up else "lower"
    return "better" if up == (better == "higher") else "worse"
