"""What studies found as numbers around a model's expectation: own error, site, trial, and what is left.

A study is a site. Its numbers lie around the model's expectation for an average hospital by four errors, on the scale
of the comparison: its sampling error (shared where two numbers count the same people), the deviation of its site
(shared by its numbers of one kind), for the arm of a trial that gets a worker the deviation of that trial's effect,
and what is left of the model. The standard deviations of the last three are unknown and have priors; the error that
the emulator makes is known and is added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from experiments.calibration.fitting import Observation, observe
from experiments.support.types import BoolArray, FloatArray, IntArray
from experiments.uncertainty.priors import prior_quantile
from scenarios.calibration_targets import Target
from simulation.parameter_types import Prior

BETWEEN_SITES: dict[str, tuple[Prior, str]] = {
    "discharge": (
        Prior("lognormal", 0.4, 0.3),
        "early departure runs from 6 to 24 % across US sites: log odds from −2.75 to −1.15, taken as four standard "
        "deviations",
    ),
    "stay": (Prior("lognormal", 0.2, 0.5), "assumed: lengths of stay differ by half a doubling between hospitals"),
    "return": (Prior("lognormal", 0.3, 0.5), "assumed: odds of coming back differ less than those of leaving early"),
    "contact": (Prior("lognormal", 0.4, 0.5), "assumed: as early departure, which is also about trust"),
    "harm": (Prior("lognormal", 0.3, 0.5), "assumed: as coming back"),
    "association": (Prior("lognormal", 0.15, 0.5), "assumed: ratios inside a site differ less than its levels"),
    "work": (Prior("lognormal", 0.4, 0.5), "assumed: as early departure; one study of teams found 0 to 100 % turnover"),
}
"""Standard deviation between sites by kind of quantity, on the scale of the comparison (log odds of shares, logarithm
of ratios, days and counts), with its reason."""

BETWEEN_TRIALS = (
    Prior("lognormal", 0.2, 0.5),
    (
        "assumed: two trials of one plan differ by a factor of up to about 1.5 in odds; informative, because the few "
        "trials at hand are mostly positive"
    ),
)
"""Standard deviation of a worker's effect between trials of one plan, with its reason."""

LEFT_OVER = Prior("lognormal", 0.05, 0.5), "assumed: what a right structure still misses of a single number"
"""Standard deviation of what is left of the model, for each number on its own, with its reason."""

LIMITS = 1e-3, 3.0
"""Bounds of these standard deviations."""

EFFECTS, LEFT = "effects of trials", "left over"


@dataclass(frozen=True)
class Spread:
    """One unknown standard deviation and the numbers that it moves.

    Attributes:
        name: Kind of quantity, `EFFECTS` or `LEFT`.
        prior: Prior of the standard deviation.
        reason: Where the prior comes from.
        pattern: Correlation of what it adds, shape (k, k).
    """

    name: str
    prior: Prior
    reason: str
    pattern: FloatArray

    def at(self, scores: FloatArray) -> FloatArray:
        """Standard deviations at normal scores of any shape."""
        from scipy.special import ndtr

        return prior_quantile(self.prior, *LIMITS, np.clip(ndtr(scores), 1e-9, 1 - 1e-9))


@dataclass(frozen=True)
class Evidence:
    """k numbers of studies with the structure of their errors.

    Attributes:
        observed: The k numbers on their scales; `error` of each is its sampling error alone.
        own: Covariance of the sampling errors, shape (k, k).
        spreads: Unknown standard deviations.
    """

    observed: tuple[Observation, ...]
    own: FloatArray
    spreads: tuple[Spread, ...]

    @property
    def value(self) -> FloatArray:
        """Published values on their scales, shape (k,)."""
        return np.array([o.value for o in self.observed])

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the k targets."""
        return tuple(o.target.id for o in self.observed)

    def without(self, ids: set[str]) -> Evidence:
        """The same without some targets."""
        keep = [i for i, name in enumerate(self.ids) if name not in ids]
        at = np.ix_(keep, keep)
        spreads = tuple(Spread(s.name, s.prior, s.reason, s.pattern[at]) for s in self.spreads)
        return Evidence(tuple(self.observed[i] for i in keep), self.own[at], spreads)

    def covariance(self, scores: FloatArray, added: FloatArray) -> FloatArray:
        """Covariance of the numbers around the expectation.

        Args:
            scores: Normal scores of the spreads, shape (n, h).
            added: Variance of the emulator, shape (k,), or its covariance, shape (k, k).

        Returns:
            Shape (n, k, k).
        """
        found = np.broadcast_to(self.own + _matrix(added), (len(scores), *self.own.shape)).copy()
        for j, spread in enumerate(self.spreads):
            found += spread.at(scores[:, j])[:, None, None] ** 2 * spread.pattern
        return found

    @cached_property
    def blocks(self) -> tuple[IntArray, ...]:
        """Groups of numbers whose errors are not independent."""
        from scipy.sparse.csgraph import connected_components

        touching = np.abs(self.own) > 0
        for spread in self.spreads:
            touching |= np.abs(spread.pattern) > 0
        count, label = connected_components(touching, directed=False)
        return tuple(np.flatnonzero(label == i) for i in range(count))

    def log_likelihood(self, expected: FloatArray, scores: FloatArray, added: FloatArray) -> FloatArray:
        """Log density of what was found.

        Args:
            expected: Expectation of the k numbers, shape (n, k).
            scores: Normal scores of the spreads, shape (n, h).
            added: Variance of the emulator, shape (k,), or its covariance, shape (k, k).

        Returns:
            Shape (n,).
        """
        off = self.value - expected
        squares = np.stack([spread.at(scores[:, j]) ** 2 for j, spread in enumerate(self.spreads)], axis=1)
        found = np.zeros(len(expected))
        for block in self.blocks:
            at = np.ix_(block, block)
            patterns = np.stack([spread.pattern[at] for spread in self.spreads])
            covariance = self.own[at] + _matrix(added)[at] + np.tensordot(squares, patterns, axes=1)
            mine = off[:, block]
            if block.size == 1:
                variance = covariance[:, 0, 0]
                found -= 0.5 * (mine[:, 0] ** 2 / variance + np.log(variance))
                continue
            root = np.linalg.cholesky(covariance)
            white = np.linalg.solve(root, mine[:, :, None])[:, :, 0]
            found -= 0.5 * np.sum(white**2, axis=1) + np.sum(np.log(np.diagonal(root, axis1=1, axis2=2)), axis=1)
        return found


def gather(targets: Sequence[Target], chance: FloatArray | None = None) -> Evidence:
    """Numbers of studies with the structure of their errors.

    Args:
        targets: k targets with a value.
        chance: Correlation of the chance in the model's runs, shape (k, k): what two outcomes of one arm of a trial
            share of their sampling error. None where there is no such pair.

    Raises:
        ValueError: A target has no kind of quantity.
    """
    observed = tuple(observe(target) for target in targets)
    k = len(observed)
    error = np.array([o.error for o in observed])
    own = np.diag(error**2)
    for i in range(k):
        for j in range(i):
            own[i, j] = own[j, i] = error[i] * error[j] * _shared(targets[i], targets[j], i, j, chance)
    spreads = []
    for kind in BETWEEN_SITES:
        prior, reason = BETWEEN_SITES[kind]
        mine = np.array([t.kind == kind for t in targets])
        if mine.any():
            spreads.append(Spread(kind, prior, reason, _pattern(targets, mine)))
    if missing := [t.id for t in targets if t.kind not in BETWEEN_SITES]:
        raise ValueError(f"target {missing[0]}: give its kind: {', '.join(BETWEEN_SITES)}")
    helped = np.array([is_helped(t) for t in targets])
    if helped.any():
        same = np.array([[t.trial == u.trial and t.arm == u.arm for u in targets] for t in targets])
        spreads.append(Spread(EFFECTS, *BETWEEN_TRIALS, np.where(same & helped & helped[:, None], 1.0, 0.0)))
    spreads.append(Spread(LEFT, *LEFT_OVER, np.eye(k)))
    return Evidence(observed, own, tuple(spreads))


def _matrix(added: FloatArray) -> FloatArray:
    return np.diag(added) if added.ndim == 1 else added


def is_helped(target: Target) -> bool:
    """Whether it is the number of an arm of a trial that gets what the trial tests."""
    return target.trial is not None and not target.comparator


def _pattern(targets: Sequence[Target], mine: BoolArray) -> FloatArray:
    """Deviations of sites: shared by the numbers of one study; the mean of several sites deviates less."""
    sites = np.array([float(t.sites) for t in targets])
    same = np.array([[t.study == u.study for u in targets] for t in targets])
    both = same & mine & mine[:, None]
    return np.where(both, 1.0 / np.sqrt(sites * sites[:, None]), 0.0)


def _shared(one: Target, two: Target, i: int, j: int, chance: FloatArray | None) -> float:
    """Correlation of two sampling errors: of shares of the same people, or of outcomes of the same arm."""
    if one.study != two.study:
        return 0.0
    if one.trial is not None or two.trial is not None:
        return float(chance[i, j]) if chance is not None and (one.trial, one.arm) == (two.trial, two.arm) else 0.0
    assert one.error is not None and two.error is not None and one.value is not None and two.value is not None
    if one.error.proportion_of is None or one.error.proportion_of != two.error.proportion_of or one.kind != two.kind:
        return 0.0
    less, more = sorted((one.value, two.value))  # one event implies the other: readmitted in 30 days, in 90
    return math.sqrt(less * (1 - more) / (more * (1 - less)))
