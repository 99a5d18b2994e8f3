"""Fit of parameters to targets: scales, emulator, history matching, regression-adjusted ABC."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.calibration import regression_abc
from experiments.uncertainty.priors import for_profile, prior_quantile
from scenarios.calibration_targets import Target, is_ratio
from simulation.parameters import PARAMETERS

if TYPE_CHECKING:
    import pandas as pd

    from simulation.parameter_types import Prior

Array = NDArray[np.float64]

DISCREPANCY = 0.1
"""Assumed: a right model of no hospital in particular may be off from what one study found by about a tenth of it (a
standard deviation, on the scale of the comparison). No number exists for it; `--discrepancy` changes it."""

IMPLAUSIBLE = 3.0
"""Standard deviations beyond which a draw is ruled out before it is simulated (Vernon, Goldstein & Bower 2010,
10.1214/10-BA524)."""

LEAST_SHARE = 0.002
"""Shares are kept this far from 0 and 1 before their log odds are taken."""

LEAST_RATIO = 0.05
"""And ratios and days this far from 0 before their logarithm is."""

RIDGES = (2.0, 10.0, 50.0, 250.0, 1_250.0)
"""Penalties of the regression that predicts summaries from parameters, in units of one run's weight; each summary takes
the one that predicts it best in runs that were left out."""

CANDIDATES = 20_000
"""Candidates of a wave that are emulated together."""


def free_parameters(profile: str) -> list[str]:
    """Names of the parameters whose prior has a width, for a population profile, in the order of the model."""
    return [name for name in PARAMETERS if prior_of(name, profile).shape != "fixed"]


def prior_of(name: str, profile: str) -> Prior:
    """Prior of a parameter for a population profile."""
    return for_profile(PARAMETERS[name], profile).prior


def values_at(names: Sequence[str], profile: str, shares: Array) -> Array:
    """Parameter values at prior probabilities.

    Args:
        names: p parameters.
        profile: Population profile.
        shares: Prior probability below each value, shape (n, p), between 0 and 1.

    Returns:
        Values in the parameters' units, shape (n, p).
    """
    columns = [
        prior_quantile(prior_of(name, profile), PARAMETERS[name].low, PARAMETERS[name].high, shares[:, j])
        for j, name in enumerate(names)
    ]
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
class Observation:
    """A target on the scale on which it is compared.

    Attributes:
        target: The target.
        scale: log odds of shares, logarithm of ratios and days, or linear.
        value: What the study found, on the scale.
        error: Standard deviation on the scale: the study's own error and the model's discrepancy.
    """

    target: Target
    scale: Literal["logit", "log", "linear"]
    value: float
    error: float

    def on_scale(self, values: Array) -> Array:
        """Predictions of the model, on the scale; NaN stays."""
        if self.scale == "logit":
            x = np.clip(values, LEAST_SHARE, 1 - LEAST_SHARE)
            return np.log(x / (1 - x))
        return np.log(np.maximum(values, LEAST_RATIO)) if self.scale == "log" else values


def observe(target: Target, discrepancy: float = DISCREPANCY) -> Observation:
    """Put a target on its scale.

    Raises:
        ValueError: The target is a sign.
    """
    if target.value is None or target.error is None:
        raise ValueError(f"{target.id} is a sign, not a number")
    value, own = target.value, target.error.standard_error(target.value)
    own = 0.0 if math.isnan(own) else own
    if target.unit == "share" and 0 < value < 1 and not is_ratio(target.quantity):
        slope = 1 / (value * (1 - value))
        return Observation(target, "logit", math.log(value / (1 - value)), slope * math.hypot(own, discrepancy * value))
    if value > 0 and (target.unit == "days" or is_ratio(target.quantity)):
        relative = own if target.error.scale == "log" else own / value
        return Observation(target, "log", math.log(value), math.hypot(relative, discrepancy))
    return Observation(target, "linear", value, math.hypot(own, discrepancy * value))


@dataclass(frozen=True)
class Emulator:
    """Summaries as second-order polynomials without interactions of the normal scores of parameters.

    Attributes:
        weights: Shape (1 + 2 p, k).
        residual: Standard deviation of what the polynomials miss, on runs that they were not fitted to; shape (k,).
    """

    weights: Array
    residual: Array

    def predict(self, scores: Array) -> Array:
        """Summaries at `scores` of shape (n, p); shape (n, k)."""
        return np.asarray(_terms(scores) @ self.weights)


def emulate(scores: Array, summaries: Array) -> Emulator:
    """Ridge regression of summaries, shape (n, k), on scores, shape (n, p); penalty and residual by five folds."""
    fold = np.arange(scores.shape[0]) % 5
    x = _terms(scores)
    missed = np.zeros((len(RIDGES), summaries.shape[1]))
    for i in range(5):
        fitted, left = fold != i, fold == i
        for r, weights in enumerate(_ridge(x[fitted], summaries[fitted])):
            missed[r] += np.sum((summaries[left] - x[left] @ weights) ** 2, axis=0)
    best = missed.argmin(axis=0)
    each = np.arange(summaries.shape[1])
    weights = np.stack(_ridge(x, summaries))[best, :, each].T
    return Emulator(weights, np.sqrt(missed[best, each] / len(scores)))


def _terms(scores: Array) -> Array:
    return np.column_stack([np.ones(scores.shape[0]), scores, (scores**2 - 1) / math.sqrt(2)])


def _ridge(x: Array, summaries: Array) -> list[Array]:
    """Weights, shape (1 + 2 p, k), for each penalty."""
    p = (x.shape[1] - 1) // 2
    penalty = np.concatenate([[0.0], np.ones(p), np.full(p, 4.0)])  # squares matter less often
    inner, outer = x.T @ x, x.T @ summaries
    return [np.asarray(np.linalg.solve(inner + np.diag(ridge * penalty), outer)) for ridge in RIDGES]


def next_wave(emulator: Emulator, observed: Sequence[Observation], p: int, n: int, seed: int) -> tuple[Array, float]:
    """Prior draws that history matching does not rule out.

    Args:
        emulator: Fitted to the runs so far.
        observed: k targets.
        p: Number of parameters.
        n: Draws wanted.
        seed: Seed of the candidates, 0 or more.

    Returns:
        Prior probabilities of the draws, shape (n, p), and the share of candidates that was not ruled out.

    Raises:
        ValueError: Fewer than 1 in 5,000 candidates are left: model and targets do not agree anywhere.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    value = np.array([o.value for o in observed])
    error = np.sqrt(np.array([o.error for o in observed]) ** 2 + emulator.residual**2)
    found: list[Array] = []
    kept = looked = 0
    while kept < n:
        shares = np.clip(qmc.LatinHypercube(p, rng=seed + looked // CANDIDATES).random(CANDIDATES), 1e-9, 1 - 1e-9)
        off = np.abs(emulator.predict(ndtri(shares)) - value) / error
        found.append(shares[np.all(off < IMPLAUSIBLE, axis=1)])
        kept += len(found[-1])
        looked += CANDIDATES
        if looked >= 10 * CANDIDATES and kept < looked / 5_000:
            raise ValueError(
                "nearly every draw of the prior is ruled out: the model cannot meet these targets together"
            )
    return np.concatenate(found)[:n], kept / looked


@dataclass(frozen=True)
class Fit:
    """A fit of parameters to targets.

    Attributes:
        names: The p parameters.
        profile: Population profile.
        observed: The k targets.
        posterior: Weighted sample of normal scores.
        used: Runs that the fit rests on.
        left_out: Rows without a finite summary, or on the wrong side of a sign.
        adjusted: Parameters that the regression could move, shape (p,); all if None.
    """

    names: tuple[str, ...]
    profile: str
    observed: tuple[Observation, ...]
    posterior: regression_abc.Posterior
    used: int
    left_out: int
    adjusted: NDArray[np.bool_] | None = None

    @property
    def identified(self) -> NDArray[np.bool_]:
        """Parameters that the targets pin down, shape (p,)."""
        narrow = self.posterior.sd() < IDENTIFIED
        return np.asarray(narrow if self.adjusted is None else narrow & self.adjusted)

    def sample_scores(self, n: int, seed: int = 0) -> Array:
        """Normal scores of `n` equally weighted draws, in an order without meaning; shape (n, p)."""
        from scipy.stats import qmc

        order = np.argsort(qmc.LatinHypercube(1, rng=seed).random(n)[:, 0])
        return np.asarray(self.posterior.draws[self.posterior.resample(n)[order]])

    def values(self, scores: Array) -> Array:
        """Normal scores, shape (n, p), in the parameters' units."""
        from scipy.special import ndtr

        return values_at(self.names, self.profile, np.clip(ndtr(scores), 1e-9, 1 - 1e-9))

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """`n` equally weighted draws of the parameters, in their units; one row each, in an order without meaning."""
        import pandas as pd

        return pd.DataFrame(self.values(self.sample_scores(n, seed)), columns=list(self.names))

    def contraction(self) -> pd.DataFrame:
        """How much the targets say about each parameter, most first.

        Returns: parameter, kind, unit, prior and posterior median and 95 % range, sd_ratio (posterior to prior, on the
            scale on which the prior is a standard normal) and identified.
        """
        import pandas as pd
        from scipy.special import ndtr

        at = np.array([0.025, 0.5, 0.975])
        prior = values_at(self.names, self.profile, np.repeat(at[:, None], len(self.names), axis=1))
        scores = np.vstack([self.posterior.quantile(q) for q in at])
        posterior = values_at(self.names, self.profile, np.clip(ndtr(scores), 1e-9, 1 - 1e-9))
        ratio, identified = self.posterior.sd(), self.identified
        rows = [
            {
                "parameter": name, "kind": PARAMETERS[name].kind, "unit": PARAMETERS[name].unit,
                "prior_low": prior[0, j], "prior_median": prior[1, j], "prior_high": prior[2, j],
                "low": posterior[0, j], "median": posterior[1, j], "high": posterior[2, j],
                "sd_ratio": ratio[j], "identified": bool(identified[j]),
            }
            for j, name in enumerate(self.names)
        ]  # fmt: skip
        return pd.DataFrame(rows).sort_values("sd_ratio", kind="stable", ignore_index=True)


IDENTIFIED = 0.8
"""A parameter counts as pinned down where its posterior is narrower than this share of its prior."""


def summaries(observed: Sequence[Observation], predictions: Mapping[str, Array]) -> Array:
    """Predictions by target id, each of shape (n,), as a table on the targets' scales, shape (n, k)."""
    return np.column_stack([o.on_scale(np.asarray(predictions[o.target.id], dtype=np.float64)) for o in observed])


def fit_draws(
    names: Sequence[str],
    profile: str,
    shares: Array,
    predictions: Mapping[str, Array],
    targets: Sequence[Target],
    *,
    discrepancy: float = DISCREPANCY,
    share: float = 0.3,
    seed: int = 0,
    adjusted: NDArray[np.bool_] | None = None,
) -> Fit:
    """Fit parameters to targets by regression-adjusted ABC on draws that were simulated.

    Args:
        names: p parameters.
        profile: Population profile.
        shares: Prior probabilities of the draws, shape (n, p).
        predictions: What the model said for each target id, shape (n,).
        targets: Targets with a value are fitted; draws on the wrong side of a sign are left out.
        discrepancy: See `DISCREPANCY`.
        share: Share of the draws that is used; more where that would be too few for the regression.
        seed: Seed of the noise that stands for the studies' errors.
        adjusted: Parameters that the regression moves, shape (p,); all if None.

    Raises:
        ValueError: Too few draws are left.
    """
    table = Table.of(shares, predictions, targets, discrepancy, seed, share)
    return fit_table(names, profile, table, shares.shape[0], adjusted)


def fit_table(
    names: Sequence[str], profile: str, table: Table, given: int, adjusted: NDArray[np.bool_] | None = None
) -> Fit:
    """The fit of `fit_draws` from its table, which was made of `given` draws.

    Raises:
        ValueError: Too few draws are left.
    """
    posterior = regression_abc.fit(
        table.scores, table.said, table.value, table.error, table.noise, table.share, adjusted
    )
    used = len(table.rows)
    return Fit(tuple(names), profile, table.observed, posterior, used, given - used, adjusted)


@dataclass(frozen=True)
class Table:
    """Simulated draws with complete predictions that satisfy all sign constraints.

    Attributes:
        observed: The k targets with a value.
        scores: Normal scores, shape (n, p).
        said: Predictions on the targets' scales, shape (n, k).
        noise: Standard normal numbers, shape (n, k).
        rows: Which of the draws that were given, shape (n,).
        share: Share of the rows that a fit uses.
    """

    observed: tuple[Observation, ...]
    scores: Array
    said: Array
    noise: Array
    rows: NDArray[np.int64]
    share: float

    @property
    def value(self) -> Array:
        """Published values on their scales, shape (k,)."""
        return np.array([o.value for o in self.observed])

    @property
    def error(self) -> Array:
        """Standard error of each, shape (k,)."""
        return np.array([o.error for o in self.observed])

    @classmethod
    def of(
        cls,
        shares: Array,
        predictions: Mapping[str, Array],
        targets: Sequence[Target],
        discrepancy: float,
        seed: int,
        share: float,
    ) -> Table:
        """Make the table; arguments as for `fit_draws`.

        Raises:
            ValueError: No draw is left.
        """
        from scipy.special import ndtri
        from scipy.stats import qmc

        observed = tuple(observe(target, discrepancy) for target in targets if target.value is not None)
        said = summaries(observed, predictions)
        keep = np.isfinite(said).all(axis=1)
        for target in targets:
            if target.sign is not None:
                sign = np.sign(np.asarray(predictions[target.id], dtype=np.float64))
                keep &= sign == (-1.0 if target.sign == "negative" else 1.0)
        rows = np.flatnonzero(keep)
        if rows.size < 2:
            raise ValueError("no draw meets the signs and has all predictions")
        noise = ndtri(qmc.LatinHypercube(len(observed), rng=seed).random(rows.size))
        least = (regression_abc.LEAST_RUNS * (len(observed) + 1) + 1) / (rows.size - 1)
        return cls(observed, ndtri(shares[rows]), said[rows], noise, rows, min(1.0, max(share, least)))
