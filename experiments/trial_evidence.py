"""What published trials say of a posterior: each is run with its draws, and draws that give its effect weigh more.

Trials are small, so each enters as a likelihood with its full error, and none as a point. Effects are compared as
ratios where the trial reports shares: the people of a trial need not be at the same risk as the model's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments import abc, fitting
from experiments.errors import BadInput
from experiments.files import write_atomically
from experiments.parameter_draws import ParameterDraws
from scenarios.evidence import Target
from scenarios.trial_plan import TrialPlan

Array = NDArray[np.float64]

FOLDER = "trials"

TRIED = 0.2
"""Draws of the posterior that each trial is run with, as a share of the draws of the second wave."""

BATCH = 100
"""Virtual trials that are kept together: a kill loses at most one batch."""


class Stopped(Exception):
    """Ctrl-C; finished batches are kept."""


@dataclass(frozen=True)
class Evidence:
    """One trial beside what the model says of it.

    Attributes:
        target: What the trial found.
        observed: The same on the scale of the comparison.
        found: The model's effect with each draw that was tried, with the chance of a trial of that size, shape (n,).
        emulator: The effect without that chance, from the normal scores of the parameters.
    """

    target: Target
    observed: fitting.Observation
    found: Array
    emulator: fitting.Emulator

    def effect(self, scores: Array) -> Array:
        """The effect at `scores`, shape (n, p), on the scale; shape (n,)."""
        return self.emulator.predict(scores)[:, 0]

    def likelihood(self, scores: Array) -> Array:
        """Logarithm of the likelihood of the trial's effect at `scores`, up to a constant; shape (n,)."""
        off = (self.effect(scores) - self.observed.value) / self.observed.error
        return np.asarray(-0.5 * off**2)

    def natural(self, scores: Array) -> Array:
        """The effect in the target's unit; shape (n,)."""
        effect = self.effect(scores)
        return np.asarray(np.exp(effect) if self.observed.scale == "log" else effect)


def trial_targets(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Those that a virtual trial predicts."""
    return tuple(t for t in targets if t.trial and t.prediction)


def fingerprint(targets: Sequence[Target]) -> dict[str, str]:
    """A hash of each trial that targets name, so that results of another trial are not taken for it."""
    from scenarios.trial_file import read_trial

    names = sorted({str(target.trial) for target in targets})
    plans = {name: read_trial(name) for name in names}
    return {
        name: sha256(f"{plan.config.content_hash()} {plan.trial} {plan.endpoints}".encode()).hexdigest()[:24]
        for name, plan in plans.items()
    }


def weigh(posterior: abc.Posterior, evidence: Sequence[Evidence]) -> abc.Posterior:
    """The posterior after the trials: the same draws with other weights."""
    logarithm = np.log(np.maximum(posterior.weights, 1e-300))
    for one in evidence:
        logarithm = logarithm + one.likelihood(posterior.draws)
    weights = np.exp(logarithm - logarithm.max())
    return replace(posterior, weights=weights / weights.sum())


def collect(
    folder: Path,
    targets: Sequence[Target],
    draws: ParameterDraws,
    scores: Array,
    *,
    discrepancy: float,
    seed: int,
    workers: int | None = None,
    on_start: Callable[[str, int, int], None] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> list[Evidence]:
    """Run the trials that targets name, once with each draw.

    Args:
        folder: Where finished batches are kept; the same call goes on there.
        targets: As from `trial_targets`.
        draws: n parameter sets.
        scores: Their normal scores, shape (n, p).
        discrepancy: See `fitting.DISCREPANCY`.
        seed: Root seed of the trials.
        workers: Most threads.
        on_start: Called for each trial with its name, virtual trials to do and found.
        on_done: Called with the number that have finished since the last call.

    Raises:
        BadInput: A trial, its outcome or its population does not fit the target.
        Stopped: Ctrl-C.
    """
    plans = {target.id: _plan(target, draws.profile) for target in targets}
    arms: dict[str, dict[tuple[str, str], Array]] = {}
    for name in dict.fromkeys(str(target.trial) for target in targets):
        plan = next(plans[t.id] for t in targets if t.trial == name)
        arms[name] = _means(folder / FOLDER, name, plan, draws, seed, workers, on_start, on_done)
    found = []
    for target in targets:
        observed = fitting.observe(target, discrepancy)
        effect = _effect(target, plans[target.id], arms[str(target.trial)])
        known = np.isfinite(effect)
        if known.sum() < max(2, len(effect) // 2):
            raise BadInput(f"target {target.id}: most virtual trials of {target.trial} have no such effect")
        found.append(Evidence(target, observed, effect, fitting.emulate(scores[known], effect[known, None])))
    return found


def _plan(target: Target, profile: str) -> TrialPlan:
    from scenarios.trial_file import read_trial

    plan = read_trial(str(target.trial))
    if plan.config.population.profile != profile:
        raise BadInput(f"target {target.id}: the trial {target.trial} is of another population than {profile}")
    if target.prediction not in {endpoint.name for endpoint in plan.endpoints}:
        raise BadInput(f"target {target.id}: the trial {target.trial} has no outcome {target.prediction}")
    return plan


def _means(
    folder: Path, name: str, plan: TrialPlan, draws: ParameterDraws, seed: int, workers: int | None,
    on_start: Callable[[str, int, int], None] | None, on_done: Callable[[int], None] | None,
) -> dict[tuple[str, str], Array]:  # fmt: skip
    """Means by outcome and arm, each of shape (n,), NaN where a virtual trial failed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = len(draws)
    starts = range(0, n, BATCH)
    paths = [folder / f"{name}-{start:05d}.parquet" for start in starts]
    there = sum(path.exists() for path in paths)
    if on_start is not None:
        on_start(name, n - min(n, there * BATCH), min(n, there * BATCH))
    columns = {f"{e.name}|{arm}": (e.name, arm) for e in plan.endpoints for arm in plan.arms}
    folder.mkdir(parents=True, exist_ok=True)
    tables = []
    for start, path in zip(starts, paths, strict=True):
        if not path.exists():
            rows = _batch(plan, draws, range(start, min(n, start + BATCH)), seed, workers, on_done)
            table = pa.table({key: [row.get(pair, math.nan) for row in rows] for key, pair in columns.items()})
            write_atomically(path, partial(pq.write_table, table))
        tables.append(pq.read_table(path))
    whole = pa.concat_tables(tables)
    return {pair: whole[key].to_numpy() for key, pair in columns.items()}


def _batch(
    plan: TrialPlan, draws: ParameterDraws, numbers: range, seed: int, workers: int | None,
    on_done: Callable[[int], None] | None,
) -> list[Mapping[tuple[str, str], float]]:  # fmt: skip
    from experiments.trials import VirtualTrial, run_numbers, run_replication

    def one(number: int) -> VirtualTrial:
        values = dict(zip(draws.names, draws.values[number].tolist(), strict=True))
        return run_replication(plan, seed, number, values)

    trials, stopped = run_numbers(one, numbers, workers=workers, on_done=on_done)
    if stopped:
        raise Stopped
    return [{pair: mean for pair, (mean, _) in trial.means.items()} for trial in trials]


def _effect(target: Target, plan: TrialPlan, means: Mapping[tuple[str, str], Array]) -> Array:
    """Effect of the first comparison on the target's scale, shape (n,)."""
    arm, other = plan.comparisons[0]
    one, two = means[str(target.prediction), arm], means[str(target.prediction), other]
    with np.errstate(divide="ignore", invalid="ignore"):
        if target.unit == "risk ratio":
            return np.asarray(np.log(np.where((one > 0) & (two > 0), one / two, math.nan)))
        if target.unit == "odds ratio":
            inside = (one > 0) & (one < 1) & (two > 0) & (two < 1)
            return np.asarray(np.log(np.where(inside, one / (1 - one) / (two / (1 - two)), math.nan)))
    return np.asarray(one - two)
