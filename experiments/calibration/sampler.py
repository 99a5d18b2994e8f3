"""Posterior sampling where the prior is a standard normal: elliptical slice sampling, many chains at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.support.types import FloatArray, IntArray
from simulation.draws import named_uniforms

MOST_SHRINKS = 200
"""Times that a bracket may shrink before its chain stays where it is."""


@dataclass(frozen=True)
class Chains:
    """What the chains visited.

    Attributes:
        states: Shape (steps, chains, d).
        log_likelihood: Shape (steps, chains).
    """

    states: FloatArray
    log_likelihood: FloatArray

    def late(self) -> FloatArray:
        """States of the second half of all chains, shape (n, d)."""
        kept = self.states[len(self.states) // 2 :]
        return kept.reshape(-1, kept.shape[2])

    def thinned(self, n: int) -> FloatArray:
        """`n` states evenly over chains and the second half of the steps, shape (n, d)."""
        all_ = self.late()
        return all_[np.linspace(0, len(all_) - 1, n).round().astype(np.int64)]

    def split_r_hat(self) -> FloatArray:
        """Split R-hat of each dimension (Gelman and others 2013), shape (d,); 1 is converged."""
        kept = self.states[len(self.states) // 2 :]
        half = len(kept) // 2
        parts = np.concatenate([kept[:half], kept[half : 2 * half]], axis=1)
        within = parts.var(axis=0, ddof=1).mean(axis=0)
        between = half * parts.mean(axis=0).var(axis=0, ddof=1)
        return np.asarray(np.sqrt(((half - 1) / half * within + between / half) / within))

    def size(self) -> FloatArray:
        """Effective number of draws of each dimension, from the spread of the chains' means; shape (d,)."""
        kept = self.states[len(self.states) // 2 :]
        whole = kept.reshape(-1, kept.shape[2]).var(axis=0)
        of_means = kept.mean(axis=0).var(axis=0, ddof=1)
        return np.asarray(np.minimum(kept.shape[1] * whole / np.maximum(of_means, 1e-12), kept[:, :, 0].size))


def elliptical_slice(
    log_likelihood: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    steps: int,
    seed: int,
    name: str = "chains",
    blocks: Sequence[Sequence[int]] = (),
) -> Chains:
    """Sample a density that is a standard normal times a likelihood (Murray, Adams & MacKay 2010, arXiv 1001.0175).

    It has no step size to tune: each step walks an ellipse through the state and a draw of the prior.

    Args:
        log_likelihood: Of states of shape (n, d); shape (n,), finite at `start`.
        start: First states, shape (chains, d).
        steps: Steps, 2 or more.
        seed: Seed of the chains.
        name: Tells chains of one seed apart.
        blocks: Dimensions that move together, one block after the other in each step; all at once without any.
    """
    chains, d = start.shape
    state, at = start.copy(), log_likelihood(start)
    states, found = np.empty((steps, chains, d)), np.empty((steps, chains))
    everything = [list(range(d))]
    for t in range(steps):
        for b, block in enumerate(blocks or everything):
            _move(log_likelihood, state, at, np.asarray(block, dtype=np.int64), seed, f"{name} {t} {b}")
        states[t], found[t] = state, at
    return Chains(states, found)


def _move(
    log_likelihood: Callable[[FloatArray], FloatArray],
    state: FloatArray,
    at: FloatArray,
    block: IntArray,
    seed: int,
    name: str,
) -> None:
    """Move all chains once in the dimensions of a block, in place."""
    from scipy.special import ndtri

    chains, d = len(state), block.size
    u = named_uniforms(seed, name, chains * (d + 2)).reshape(chains, d + 2)
    other = ndtri(u[:, :d])
    level = at + np.log(u[:, d])
    angle = 2 * np.pi * u[:, d + 1]
    low, high = angle - 2 * np.pi, angle.copy()
    start = state[:, block]
    waiting = np.arange(chains)
    for shrink in range(MOST_SHRINKS):
        a = angle[waiting, None]
        tried = state[waiting].copy()
        tried[:, block] = start[waiting] * np.cos(a) + other[waiting] * np.sin(a)
        said = log_likelihood(tried)
        fine = said > level[waiting]
        state[waiting[fine]], at[waiting[fine]] = tried[fine], said[fine]
        waiting = waiting[~fine]
        if not waiting.size:
            break
        left = angle[waiting] < 0
        low[waiting[left]], high[waiting[~left]] = angle[waiting[left]], angle[waiting[~left]]
        v = named_uniforms(seed, f"{name} {shrink}", waiting.size)
        angle[waiting] = low[waiting] + v * (high[waiting] - low[waiting])
