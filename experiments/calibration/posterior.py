"""The posterior of parameters and spreads, from an emulator and what studies found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from experiments.calibration.emulator import Emulator
from experiments.calibration.hierarchy import Evidence
from experiments.calibration.sampler import Chains, elliptical_slice
from experiments.support.types import FloatArray
from simulation.draws import named_uniforms

CHAINS, STEPS = 96, 800
"""Chains, and steps of each; the first half is left out."""

CANDIDATES = 20_000
"""Draws of the prior from which the share that is not ruled out is counted."""

GAUSS_NEWTON = 12
"""Steps to the middle of the posterior."""

WIDENED = 0.8
"""Share of the numbers' information that the distribution around which chains move takes for certain."""

IMPLAUSIBLE = 3.0
"""Standard deviations beyond which a draw is ruled out (Vernon, Goldstein & Bower 2010, 10.1214/10-BA524)."""


@dataclass(frozen=True)
class Problem:
    """What is known: numbers of studies, directions, and an emulator of the model.

    Attributes:
        evidence: k numbers with the structure of their errors.
        emulator: Of these k numbers.
        signs: Emulator of the numbers of which only the direction is known, and +1 or −1 for each; None without any.
    """

    evidence: Evidence
    emulator: Emulator
    signs: tuple[Emulator, FloatArray] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Active parameters and spreads."""
        return self.emulator.active.size, len(self.evidence.spreads)

    def log_likelihood(self, state: FloatArray) -> FloatArray:
        """Of states of shape (n, m + h): active scores, then scores of the spreads; shape (n,)."""
        m, _ = self.size
        found = self.evidence.log_likelihood(self.emulator.at(state[:, :m]), state[:, m:], self.emulator.shared)
        if self.signs is not None:
            from scipy.special import log_ndtr

            emulator, direction = self.signs
            found = found + np.sum(log_ndtr(direction * emulator.at(state[:, :m]) / np.sqrt(emulator.error)), axis=1)
        return found

    def without(self, ids: set[str]) -> Problem:
        """The same without some numbers."""
        keep = [i for i, name in enumerate(self.evidence.ids) if name not in ids]
        return replace(self, evidence=self.evidence.without(ids), emulator=self.emulator.only(keep))

    def found(self, value: FloatArray) -> Problem:
        """The same, had the studies found other values, on the scales; shape (k,)."""
        observed = tuple(replace(o, value=float(v)) for o, v in zip(self.evidence.observed, value, strict=True))
        return replace(self, evidence=replace(self.evidence, observed=observed))

    def distance(self, active: FloatArray) -> FloatArray:
        """Largest distance from any number in standard deviations, spreads at their prior medians; shape (n,)."""
        middle = np.zeros((1, len(self.evidence.spreads)))
        error = np.sqrt(np.diagonal(self.evidence.covariance(middle, self.emulator.shared)[0]))
        return np.asarray(np.max(np.abs(self.emulator.at(active) - self.evidence.value) / error, axis=1))


def prior_states(n: int, d: int, seed: int, name: str) -> FloatArray:
    """`n` draws of a standard normal in d dimensions."""
    from scipy.special import ndtri

    return np.asarray(ndtri(named_uniforms(seed, name, n * d)).reshape(n, d))


def _slopes(problem: Problem, active: FloatArray) -> FloatArray:
    """Slopes of the expectations in the active scores, shape (k, m)."""
    step = 1e-3 * np.eye(active.size)
    return np.asarray((problem.emulator.at(active + step) - problem.emulator.at(active - step)).T / 2e-3)


def _reference(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """A normal distribution near the posterior, and wider where the numbers say something.

    The emulator is nearly linear in the scores, so that a few Gauss-Newton steps find the middle of the posterior, with
    the spreads at their prior medians.

    Returns:
        Mean, shape (d,), and a root of the covariance, shape (d, d).
    """
    m, h = problem.size
    covariance = problem.evidence.covariance(np.zeros((1, h)), problem.emulator.shared)[0]
    at = np.zeros(m)
    for _ in range(GAUSS_NEWTON):
        slopes = _slopes(problem, at)
        off = problem.evidence.value - problem.emulator.at(at[None, :])[0] + slopes @ at
        wanted = slopes.T @ np.linalg.solve(covariance + slopes @ slopes.T, off)
        at = at + 0.7 * (np.clip(wanted, -3.0, 3.0) - at)
    slopes = _slopes(problem, at)
    precision = np.eye(m) + WIDENED * slopes.T @ np.linalg.solve(covariance, slopes)
    root = np.eye(m + h)
    root[:m, :m] = np.linalg.inv(np.linalg.cholesky(precision)).T
    return np.r_[at, np.zeros(h)], root


def sample(problem: Problem, seed: int, *, chains: int = CHAINS, steps: int = STEPS, name: str = "posterior") -> Chains:
    """Sample the posterior of active scores and spreads, shape of a state (m + h,).

    Elliptical slice sampling around a normal distribution near the posterior in the place of the prior (Nishihara,
    Murray & Adams 2014, arXiv 1210.7477): around the prior itself, chains of hundreds of steps had not met.
    """
    from threadpoolctl import threadpool_limits

    middle, root = _reference(problem)

    def ratio(x: FloatArray) -> FloatArray:
        z = middle + x @ root.T
        return np.asarray(problem.log_likelihood(z) - 0.5 * np.sum(z**2, axis=1) + 0.5 * np.sum(x**2, axis=1))

    first = prior_states(chains, middle.size, seed, f"{name} first")
    m, h = problem.size
    with threadpool_limits(1):  # small matrices; more threads would wait for one another, and change last bits
        found = elliptical_slice(ratio, first, steps, seed, name, [range(m), range(m, m + h)])
    return Chains(middle + found.states @ root.T, found.log_likelihood)


def not_ruled_out(problem: Problem, n: int, seed: int) -> tuple[FloatArray, float]:
    """Draws of the prior that history matching does not rule out.

    Args:
        problem: Emulator and numbers.
        n: Draws wanted.
        seed: Seed of the draws.

    Returns:
        Active scores, shape (n, m), and the share of the prior that is not ruled out.

    Raises:
        ValueError: Nothing is left.
    """
    m, _ = problem.size
    candidates = prior_states(CANDIDATES, m, seed, "candidates")
    off = problem.distance(candidates)
    share = float(np.mean(off < IMPLAUSIBLE))

    def wall(active: FloatArray) -> FloatArray:
        return np.asarray(-0.5 * (20.0 * np.maximum(problem.distance(active) / IMPLAUSIBLE - 1.0, 0.0)) ** 2)

    chains = 120
    start = candidates[np.argsort(off, kind="stable")[:chains]]
    steps = 2 * (-(-n // chains)) + 60
    walked = elliptical_slice(wall, start, steps, seed, "not ruled out")
    found = walked.thinned(n)
    if float(np.median(problem.distance(found))) > 1.1 * IMPLAUSIBLE:
        raise ValueError("every draw of the prior is ruled out: the model cannot meet these targets together")
    return found, share
