"""Known truths: worlds made from the fitted structure, in which the method must find what made them."""

from __future__ import annotations

import math
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


def known_truths(problem: Problem, seed: int, worlds: int = WORLDS) -> tuple[pd.DataFrame, float | None]:
    """Simulation-based calibration at the observed design (Talts and others 2018, arXiv 1804.06788).

    Worlds are drawn from the prior of parameters and spreads; each is fitted as the real one is.

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

    def quantities(states: FloatArray) -> FloatArray:
        expected = problem.emulator.at(states[:, :m])
        differences = [expected[:, i] - expected[:, j] for _, i, j in pairs]
        return np.column_stack([expected, *differences, states[:, m:]])

    ranks = np.empty((worlds, len(names)))
    width = np.empty_like(ranks)
    prior_sd = quantities(prior_states(4_000, m + h, seed, "prior")).std(axis=0)
    for w in range(worlds):
        found = problem.found(make_world(problem, truths[w], seed, str(w)))
        chains = sample(found, seed, chains=CHAINS, steps=STEPS, name=f"world {w}")
        told = quantities(chains.thinned(800))
        ranks[w] = np.mean(told < quantities(truths[w][None, :]), axis=0)
        width[w] = told.std(axis=0) / prior_sd
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
