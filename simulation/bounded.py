"""Bounded steps of psychological states in [0, 1]."""

from __future__ import annotations

import math

from simulation.kernel import kernel


@kernel
def gain(x, g):
    """x moved towards 1 by share g."""
    return x + g * (1.0 - x)


@kernel
def loss(x, share):
    """x moved towards 0 by a share."""
    return x - share * x


@kernel
def clip(x):
    """x bounded to [0, 1]."""
    return min(1.0, max(0.0, x))


@kernel
def logit(p):
    """Log odds of p in (0, 1)."""
    return math.log(p / (1.0 - p))


@kernel
def expit(x):
    """Probability of log odds x."""
    return 1.0 / (1.0 + math.exp(-x))
