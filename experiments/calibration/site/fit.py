"""A posterior for one site: what studies say of hospitals in general, moved by the site's own records.

Three layers (a hierarchical model): a hospital in general has parameters from the posterior of the published targets;
a site's parameters scatter around them by an amount that the fit of the published targets found (`between_sites`; where
none is shipped, the assumed `BETWEEN`), itself drawn for each draw; and a site's records scatter around what its
parameters make of them, by the number of its stays. Few stays hardly tell a site from hospitals in general, many do.
The sample is adjusted to the records by regression (`experiments.calibration.site.regression_abc`), after the model was
run with each draw in the scenario that describes the site.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.calibration import fitting
from experiments.calibration.site import regression_abc
from experiments.calibration.site.parameter_screen import screen
from experiments.calibration.site.targets import SiteNumbers, site_targets
from experiments.support.errors import InputError
from experiments.support.types import BoolArray, FloatArray, IntArray
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.priors import prior_quantile, prior_share
from experiments.uncertainty.shipped import shipped_record
from simulation.parameter_types import Prior
from simulation.parameters import PARAMETERS

BETWEEN = Prior("lognormal", 0.2, 0.6)
"""Assumed: standard deviation of parameters between sites, as a share of the width of their priors. No number exists;
early departure alone runs from 6 to 24 % across US sites, which draws of this prior cover
(docs/explanation/evidence.md)."""

BETWEEN_BOUNDS = 0.02, 2.0

DISCREPANCY = 0.03
"""Assumed: how far the model may be off a site's number even with that site's own parameters, as a share of it. Smaller
than for published targets, whose discrepancy also holds that no two hospitals are alike."""

SHARE = 0.6
"""Share of the draws that the regression rests on; they are near the records already."""

MOVES = 2.5
"""A parameter is adjusted if its rank correlation with a number is this many standard errors from 0: one on which none
depends would only be moved by chance."""

LEAST_SIZE = 10.0
"""Effective sample below which the answer leans on the regression more than on draws, which is said."""

MOST_BATCHES = 10
"""Batches of candidates that are looked at for a second wave."""

HOPELESS = 12.0
"""Standard deviations beyond which the nearest candidates are too far off to go on."""

FURTHEST = 4.7
"""Normal scores are kept within this: beyond it a prior has no digits left."""


@dataclass(frozen=True)
class SiteFit:
    """A site's posterior beside what was believed of it before.

    Attributes:
        names: The p parameters that the fit moves.
        profile: Population profile.
        observed: The site's k numbers on their scales.
        said: What the model said with each draw, on these scales; shape (n, k).
        posterior: Weighted sample of normal scores, the last column of them that of `BETWEEN`.
        moves: Parameters on which some number depends, as far as can be told; only these are adjusted. Shape (p,).
        size: Draws that are worth as much as one that meets the records, without any regression.
        origins: Draws of the general posterior that the result comes from, as an effective number.
        beyond: Outcomes whose number lies outside the middle 99 % of what the draws said.
        spread: Prior of the spread of parameters between sites.
    """

    names: tuple[str, ...]
    profile: str
    observed: tuple[fitting.Observation, ...]
    said: FloatArray
    posterior: regression_abc.Posterior
    moves: BoolArray
    size: float
    origins: float
    beyond: tuple[str, ...]
    spread: Prior = BETWEEN

    @property
    def collapsed(self) -> bool:
        """Whether too few draws come near the records."""
        return self.size < LEAST_SIZE

    def between(self) -> tuple[float, float, float]:
        """Median and 95 % range of the spread between sites, after the records."""
        from scipy.special import ndtr

        shares = [float(ndtr(self.posterior.quantile(q)[-1])) for q in (0.5, 0.025, 0.975)]
        low, middle, high = sorted(prior_quantile(self.spread, *BETWEEN_BOUNDS, shares).tolist())
        return middle, low, high

    def sample(self, n: int) -> FloatArray:
        """`n` equally weighted draws, in the parameters' units and an order without meaning; shape (n, p)."""
        from scipy.special import ndtr
        from scipy.stats import qmc

        order = np.argsort(qmc.LatinHypercube(1, rng=n).random(n)[:, 0])
        scores = np.clip(self.posterior.draws[self.posterior.resample(n)[order], :-1], -FURTHEST, FURTHEST)
        return fitting.values_at(self.names, self.profile, ndtr(scores))

    def moved(self, general: FloatArray) -> FloatArray:
        """How far each mean moved from that of `general`, in standard deviations of the prior; shape (p,)."""
        return np.asarray(self.posterior.mean()[:-1] - general.mean(axis=0))

    def narrowed(self, general: FloatArray) -> FloatArray:
        """Standard deviation as a share of that of `general`; shape (p,). Sites differ, so it can be above 1."""
        return np.asarray(self.posterior.sd()[:-1] / np.maximum(general.std(axis=0), 1e-9))


def moving(base: ParameterDraws) -> tuple[str, ...]:
    """Parameters of a posterior whose prior has a width: those that can differ between sites."""
    free = set(fitting.free_parameters(base.profile))
    return tuple(name for name in base.names if name in free)


def scores_of(base: ParameterDraws, names: Sequence[str]) -> FloatArray:
    """Normal scores of a posterior sample, shape (draws, p)."""
    from scipy.special import ndtri

    columns = []
    for name in names:
        p = PARAMETERS[name]
        share = prior_share(fitting.prior_of(name, base.profile), p.low, p.high, base.values[:, base.names.index(name)])
        columns.append(np.clip(ndtri(np.clip(share, 1e-7, 1 - 1e-7)), -FURTHEST, FURTHEST))
    return np.column_stack(columns)


def between_sites(profile: str) -> Prior:
    """Spread of parameters between sites, as a share of the width of their priors: from the shipped fit, else assumed.

    The fit finds how far the numbers of studies differ between sites; its record says which spread of all parameters
    gives that.
    """
    found = shipped_record(profile).get("between_sites")
    return BETWEEN if found is None else Prior("lognormal", float(found["median"]), float(found["sd_log"]))


def one_hospital(base: ParameterDraws, spread: Prior, seed: int = 0) -> ParameterDraws:
    """Draws for one hospital like those of a posterior, of which no records are known: each deviates as sites do.

    Args:
        base: Draws for the average hospital.
        spread: As from `between_sites`.
        seed: Seed of the deviations.
    """
    from scipy.special import ndtr

    names = moving(base)
    scores, _ = scatter(scores_of(base, names), len(base), seed, spread)
    values = base.values.copy()
    values[:, [base.names.index(name) for name in names]] = fitting.values_at(names, base.profile, ndtr(scores))
    return replace(base, values=values, label=f"one hospital; {base.label}")


def scatter(scores: FloatArray, n: int, seed: int, between: Prior = BETWEEN) -> tuple[FloatArray, FloatArray]:
    """Sites around a posterior of hospitals in general.

    Args:
        scores: Normal scores of the posterior, shape (m, p).
        n: Sites wanted.
        seed: Seed of the scatter.
        between: Prior of the spread between sites.

    Returns:
        Normal scores of the sites, shape (n, p), and of the spread that each was drawn with, shape (n,).
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import qmc

    m, p = scores.shape
    z = ndtri(np.clip(qmc.LatinHypercube(p + 1, rng=seed).random(n), 1e-9, 1 - 1e-9))
    spread = prior_quantile(between, *BETWEEN_BOUNDS, ndtr(z[:, -1]))
    return np.clip(scores[_origins(m, n)] + spread[:, None] * z[:, :-1], -FURTHEST, FURTHEST), z[:, -1]


def _origins(m: int, n: int) -> IntArray:
    """Which of `m` draws each of `n` sites is scattered around."""
    return (np.arange(n) * m) // n if n < m else np.arange(n) % m


def plausible(
    scores: FloatArray,
    said: FloatArray,
    numbers: SiteNumbers,
    base: FloatArray,
    n: int,
    seed: int,
    between: Prior = BETWEEN,
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Sites that the records do not rule out, for a second wave of runs near them (history matching).

    Args:
        scores: Normal scores of the first wave, shape (m, p).
        said: What the model said with them, on the numbers' scales, shape (m, k).
        numbers: What the records say.
        base: Normal scores of the posterior of hospitals in general.
        n: Sites wanted.
        seed: Seed of the candidates.
        between: As for `scatter`.

    Returns:
        As `scatter`, and the draw of the general posterior that each was scattered around, shape (n,).

    Raises:
        InputError: Even the nearest are far off: scenario and records do not agree anywhere.
    """
    observed = observe(numbers)
    emulator = fitting.emulate(scores, said)
    value, own = (np.array([getattr(o, what) for o in observed]) for what in ("value", "error"))
    error = np.sqrt(own**2 + emulator.residual**2)
    same = np.unique(base, axis=0, return_inverse=True)[1].ravel()  # a posterior can hold a draw several times
    best = np.empty((0, base.shape[1])), np.empty(0), np.empty(0, np.int64), np.empty(0)
    for batch in range(MOST_BATCHES):
        z, spread = scatter(base, fitting.CANDIDATES, seed + batch, between)
        off = np.max(np.abs(emulator.predict(z) - value) / error, axis=1)
        # Whatever is not ruled out is as good as the rest; where that is too little, the nearest are taken.
        rank = np.where(off < fitting.IMPLAUSIBLE, 0.0, off)
        more = z, spread, same[_origins(len(base), len(z))], rank
        z, spread, rows, rank = (np.concatenate(pair) for pair in zip(best, more, strict=True))
        kept = np.argsort(rank, kind="stable")[:n]
        best = z[kept], spread[kept], rows[kept], rank[kept]
        if len(kept) == n and rank[kept[-1]] == 0.0:
            break
    if best[3][n // 10] > HOPELESS:
        raise InputError(
            "no hospital that the model can make comes near these records: does the scenario describe the site, and "
            "are days and discharge types right?"
        )
    return best[:3]


def observe(numbers: SiteNumbers) -> tuple[fitting.Observation, ...]:
    """The site's numbers on their scales, with the error of the records alone."""
    return tuple(fitting.observe(t) for t in site_targets(numbers, "usual-care", "people_who_use_drugs"))


def on_scales(numbers: SiteNumbers, predictions: Mapping[str, FloatArray]) -> FloatArray:
    """Predictions by outcome, each of shape (n,), as a table on the numbers' scales, shape (n, k)."""
    each = zip(observe(numbers), numbers.names, strict=True)
    return np.column_stack([o.on_scale(np.asarray(predictions[name], dtype=np.float64)) for o, name in each])


def fit(
    names: Sequence[str],
    profile: str,
    scores: FloatArray,
    spread: FloatArray,
    rows: IntArray,
    said: FloatArray,
    numbers: SiteNumbers,
    stays_per_draw: float,
    *,
    discrepancy: float = DISCREPANCY,
    seed: int = 0,
) -> SiteFit:
    """Fit a site.

    Args:
        names: p parameters.
        profile: Population profile.
        scores: Normal scores of sites near the records, shape (n, p), as from `plausible`.
        spread: Normal scores of the spread that each was drawn with, shape (n,).
        rows: Draw of the general posterior that each was scattered around, shape (n,).
        said: What the model said with each, on the numbers' scales, shape (n, k).
        numbers: What the records say.
        stays_per_draw: Simulated stays behind each prediction: these scatter as a site's do, so only what they lack of
            the records' own error is added as noise.
        discrepancy: See `DISCREPANCY`.
        seed: Seed of the noise that stands for the records' error.

    Raises:
        InputError: The records say too little, or too few draws have all numbers.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    k = len(numbers.names)
    if not k:
        raise InputError("the records are too few to compare with the model: no number rests on 11 stays or more")
    observed = observe(numbers)
    value, own = (np.array([getattr(o, what) for o in observed]) for what in ("value", "error"))
    off = np.array([discrepancy / (1 - v) if o.scale == "logit" else discrepancy
                    for o, v in zip(observed, numbers.values, strict=True)])  # fmt: skip
    whole = np.isfinite(said).all(axis=1)
    least = math.ceil(regression_abc.LEAST_RUNS * (k + 1) / SHARE)
    if whole.sum() < least:
        raise InputError(f"too few draws have all numbers: {int(whole.sum()):,} of at least {least:,}; take more draws")
    scores, spread, said = scores[whole], spread[whole], said[whole]
    lacking = own * math.sqrt(max(0.0, 1.0 - numbers.stays / stays_per_draw))
    noise = _noise(ndtri(qmc.LatinHypercube(2 * k, rng=seed).random(len(said))), lacking, off, numbers.correlation)
    error = np.hypot(lacking, off)
    both = np.column_stack([scores, spread])
    moves = np.abs(screen(names, scores, said, observed)["largest"].to_numpy()) * math.sqrt(len(said)) > MOVES
    posterior = regression_abc.fit(both, said, value, error, noise / error, SHARE, np.append(moves, False))
    shared = np.bincount(rows[whole][posterior.rows], weights=posterior.weights)
    low, high = np.quantile(said, [0.005, 0.995], axis=0)
    beyond = tuple(n for n, v, a, b in zip(numbers.names, value, low, high, strict=True) if not a <= v <= b)
    errors = own * math.sqrt(1.0 + numbers.stays / stays_per_draw)  # of the records and of the runs
    size = _size(said - value, numbers.correlation * np.outer(errors, errors) + np.diag(off**2))
    return SiteFit(tuple(names), profile, observed, said, posterior, moves, size, _kish(shared), beyond)


def _noise(z: FloatArray, own: FloatArray, off: FloatArray, correlation: FloatArray) -> FloatArray:
    """Errors of the records, correlated as theirs are, and of the model, which are not; shape (n, k)."""
    k = own.size
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray((z[:, :k] @ root.T) * own + z[:, k:] * off)


def _size(gap: FloatArray, covariance: FloatArray) -> float:
    """Effective sample of plain importance weights."""
    logs = -0.5 * np.einsum("ij,ij->i", gap @ np.linalg.pinv(covariance), gap)
    return _kish(np.exp(logs - logs.max()))


def _kish(weights: NDArray[Any]) -> float:
    """How many equal weights would be worth as much."""
    return float(weights.sum() ** 2 / np.sum(weights**2))
