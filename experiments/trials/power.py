"""Sample size of a planned trial, under the model; checked on virtual trials of that size."""

from __future__ import annotations

import math

import numpy as np

from experiments.support.types import FloatArray
from experiments.trials.effects import compare
from experiments.trials.run import ITT, TrialResult
from experiments.trials.summary import SampleSize, spread
from scenarios.trial_files.plan import Endpoint


def sample_size(result: TrialResult, pair: tuple[str, str], power: float) -> SampleSize:
    """Sample size for the primary outcome of a trial that assigns people, from the virtual trials together.

    The effect and its error come from everybody at once; the error of a trial of another size follows from the number
    of people. That size is then checked on slices of the same people, each analysed as a trial of its own.
    """
    from scipy.special import ndtri

    plan = result.plan
    endpoint = plan.primary
    one, other = (_pool(result, name) for name in pair)
    whole = compare(endpoint.effect, one[0], other[0], one[1], other[1])
    now = spread(result.effects(endpoint.name, pair, ITT), endpoint, plan.alpha).right
    if not math.isfinite(whole.value) or whole.error == 0:
        return SampleSize(power, pair, whole.value, whole.low, whole.high, None, None, None, math.nan, 0, now)
    scale = math.log(whole.value) if whole.ratio else whole.value
    ends = [scale - 1.96 * whole.error, scale + 1.96 * whole.error]
    alpha = plan.alpha if endpoint.one_sided else plan.alpha / 2
    needed = float(ndtri(1 - alpha) + ndtri(power))
    shares = {arm.name: arm.share for arm in plan.trial.arms}

    def people(effect: float) -> tuple[int, int] | None:
        if effect * scale <= 0:
            return None
        # The error shrinks with the root of the number of people; groups are taken in the ratio of the arms.
        factor = (needed * _error(one, other, endpoint, shares, pair) / effect) ** 2
        if factor > 1e9:
            return None
        return max(2, math.ceil(factor * shares[pair[0]])), max(2, math.ceil(factor * shares[pair[1]]))

    per_arm = people(scale)
    close, far = sorted(ends, key=abs)
    checked, slices = _check(one, other, endpoint, plan.alpha, per_arm) if per_arm else (math.nan, 0)
    clear = ends[0] * ends[1] > 0
    return SampleSize(
        power,
        pair,
        whole.value,
        whole.low,
        whole.high,
        per_arm if clear else None,
        people(far) if clear else None,
        people(close) if clear else None,
        checked,
        slices,
        now,
    )


_Sample = tuple[FloatArray, FloatArray]


def _pool(result: TrialResult, arm: str) -> _Sample:
    parts = [t.primary[arm] for t in result.fine if arm in t.primary]
    if not parts:
        return np.zeros(0), np.zeros(0)
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _error(one: _Sample, other: _Sample, endpoint: Endpoint, shares: dict[str, int], pair: tuple[str, str]) -> float:
    """Standard error of the effect with one "unit" of people (the shares of the two arms)."""
    n, m = one[0].size, other[0].size
    whole = compare(endpoint.effect, one[0], other[0], one[1], other[1]).error ** 2
    # Split the variance between the groups as for two means: what matters is the ratio of the arms in the pool.
    a, b = float(one[0].var()) / n, float(other[0].var()) / m
    if endpoint.effect == "odds ratio":  # the variance of log odds is 1 / (n p (1 - p))
        a, b = (1.0 / (m * m * x) if x > 0 else 1.0 for m, x in ((n, a), (m, b)))
    elif endpoint.null == 1:
        a, b = a / float(one[0].mean()) ** 2, b / float(other[0].mean()) ** 2
    part = a / (a + b) if a + b > 0 else 0.5
    return math.sqrt(whole * part * n / shares[pair[0]] + whole * (1 - part) * m / shares[pair[1]])


def _check(
    one: _Sample, other: _Sample, endpoint: Endpoint, alpha: float, per_arm: tuple[int, int]
) -> tuple[float, int]:
    """Share of slices of that size in which the effect is found, and how many slices there are."""
    slices = min(one[0].size // per_arm[0], other[0].size // per_arm[1], 2_000)
    side = endpoint.better if endpoint.one_sided else 0
    found = 0
    for k in range(slices):
        a, b = (slice(k * n, (k + 1) * n) for n in per_arm)
        effect = compare(endpoint.effect, one[0][a], other[0][b], one[1][a], other[1][b])
        found += effect.significant(alpha, side)
    return (found / slices if slices else math.nan), slices
