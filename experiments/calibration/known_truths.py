"""Known truths: worlds made from the fitted structure, in which the method must find what made them."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from experiments.calibration.posterior import Problem, prior_states, sample
from experiments.calibration.verdicts import effects
from experiments.support.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd


WORLDS = 40
"""Worlds in a simulation-based calibration."""

STEPS, CHAINS = 160, 32
"""Size of the fit of each."""

LEVEL = 0.9


def make_world(problem: Problem, state: FloatArray, seed: int, name: str) -> FloatArray:
    """What the studies would find in a known world, on the scales, shape (k,).

    Sites, trials, what is left of the model, the studies' sampling errors and the emulator's error are drawn anew.

    Args:
        problem: The design: which numbers, with which errors.
        state: Active scores and scores of the spreads that make the world, shape (m + h,).
        seed: Seed of the world.
        name: Tells worlds of one seed apart.
    """
    m, _ = problem.size
    covariance = problem.evidence.covariance(state[None, m:], problem.emulator.shared)[0]
    z = prior_states(1, len(covariance), seed, f"world {name}")[0]
    return np.asarray(problem.emulator.at(state[None, :m])[0] + np.linalg.cholesky(covariance) @ z)


def _quantities(problem: Problem, states: FloatArray) -> FloatArray:
    """Expectations, effects of trials and scores of spreads at states, shape (n, quantities)."""
    m, _ = problem.size
    expected = problem.emulator.at(states[:, :m])
    differences = [expected[:, i] - expected[:, j] for _, i, j in effects(problem.evidence)]
    return np.column_stack([expected, *differences, states[:, m:]])


def _fitted_world(problem: Problem, truths: FloatArray, seed: int, w: int) -> tuple[FloatArray, FloatArray]:
    """Ranks of the truths of a world in its fit, and the fit's standard deviations."""
    found = problem.found(make_world(problem, truths[w], seed, str(w)))
    chains = sample(found, seed, chains=CHAINS, steps=STEPS, name=f"world {w}")
    told = _quantities(problem, chains.thinned(800))
    return np.mean(told < _quantities(problem, truths[w][None, :]), axis=0), told.std(axis=0)


def known_truths(problem: Problem, seed: int, worlds: int, executor: Executor) -> tuple[pd.DataFrame, float | None]:
    """Simulation-based calibration at the observed design (Talts and others 2018, arXiv 1804.06788).

    Worlds are drawn from the prior of parameters and spreads; each is fitted as the real one is.

    Args:
        problem: The design.
        seed: Seed of the worlds.
        worlds: How many.
        executor: Fits them; it never changes a result.

    Returns:
        One row for each expectation, effect of a trial and spread: what, name, coverage of 90 % intervals, mean
        width as a share of the prior's; and p of a chi-square test that all ranks are even (ranks of one world are not
        independent, so that a small p overstates).
    """
    import pandas as pd
    from scipy.special import chdtrc

    m, h = problem.size
    truths = prior_states(worlds, m + h, seed, "truths")
    pairs = effects(problem.evidence)
    names = [("expectation", name) for name in problem.evidence.ids] + [("effect", name) for name, _, _ in pairs]
    names += [("spread", s.name) for s in problem.evidence.spreads]

    prior_sd = _quantities(problem, prior_states(4_000, m + h, seed, "prior")).std(axis=0)
    told = list(executor.map(partial(_fitted_world, problem, truths, seed), range(worlds)))
    ranks, width = np.stack([rank for rank, _ in told]), np.stack([sd for _, sd in told]) / prior_sd
    edge = (1 - LEVEL) / 2
    inside = (ranks >= edge) & (ranks <= 1 - edge)
    table = pd.DataFrame({
        "what": [what for what, _ in names], "name": [name for _, name in names], "worlds": worlds,
        "coverage_90": inside.mean(axis=0), "width_left": width.mean(axis=0),
    })  # fmt: skip
    flat = ranks.ravel()
    counts = np.bincount(np.minimum((flat * 10).astype(int), 9), minlength=10)
    chi2 = float(np.sum((counts - flat.size / 10) ** 2 / (flat.size / 10)))
    return table, float(chdtrc(9, chi2)) if math.isfinite(chi2) else None
