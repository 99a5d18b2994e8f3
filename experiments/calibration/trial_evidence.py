"""Update of a posterior by published trials, each simulated with the posterior's draws.

Trials are small, so each number enters with its full error, and none as a point. Effects are compared
as ratios where the trial reports shares: the people of a trial need not be at the same risk as the model's. Numbers of
one trial come from the same people; what chance they share is that of the virtual trials.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.calibration import fitting, regression_abc
from experiments.support.errors import BadInput
from experiments.trials import batches
from experiments.uncertainty.draws import ParameterDraws
from scenarios.calibration_targets import Target
from scenarios.trial_files.plan import TrialPlan

Array = NDArray[np.float64]

TRIED = 0.2
"""Draws of the posterior that each trial is run with, as a share of the draws of the second wave."""


@dataclass(frozen=True)
class Evidence:
    """One published number of a trial beside the model's prediction of it.

    Attributes:
        target: What the trial found.
        observed: The same on the scale of the comparison.
        own: Share of `observed.error` that is the trial's own, and not the model's discrepancy.
        emulator: What the model says without the chance of a trial, from the normal scores of the parameters.
        missed: What the emulator leaves of the virtual trials, shape (n,): the chance of a trial of that size. NaN
            where a virtual trial has no such number.
    """

    target: Target
    observed: fitting.Observation
    own: float
    emulator: fitting.Emulator
    missed: Array

    def number(self, scores: Array) -> Array:
        """Prediction at `scores`, shape (n, p), on the scale; shape (n,)."""
        return self.emulator.predict(scores)[:, 0]

    def found(self, scores: Array) -> Array:
        """What the virtual trials found that were run at `scores`, shape (n, p), on the scale; shape (n,)."""
        return self.number(scores) + self.missed

    def natural(self, scores: Array) -> Array:
        """The same in the target's unit; shape (n,)."""
        from scipy.special import expit

        back = {"log": np.exp, "logit": expit, "linear": np.asarray}[self.observed.scale]
        return np.asarray(back(self.number(scores)))


def trial_targets(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Targets that are predicted by a virtual trial."""
    return tuple(t for t in targets if t.trial and t.prediction)


def read_plans(targets: Sequence[Target], profile: str, discrepancy: float) -> dict[str, TrialPlan]:
    """Read the trial file of each target, by the name that the target gives.

    Args:
        targets: As from `trial_targets`.
        profile: Population profile of the fit.
        discrepancy: See `fitting.DISCREPANCY`.

    Raises:
        BadInput: A trial, its outcome, arm or population does not fit its target, or the target has no error.
    """
    from scenarios import ScenarioError
    from scenarios.trial_files.read import read_trial

    plans: dict[str, TrialPlan] = {}
    for target in targets:
        name = str(target.trial)
        try:
            plan = plans.setdefault(name, read_trial(name))
        except ScenarioError as error:
            raise BadInput(f"target {target.id}: {error}") from None
        _check(target, plan, profile)
        if not fitting.observe(target, discrepancy).error > 0:
            raise BadInput(f"target {target.id}: without an error it cannot be compared; give one, or a discrepancy")
    if len({plan.name for plan in plans.values()}) < len(plans):
        raise BadInput(f"two of the trials {', '.join(plans)} have one name; give each file its own")
    return plans


def fingerprint(plans: Mapping[str, TrialPlan]) -> dict[str, str]:
    """A hash of each trial, so that results of another trial are not taken for it."""
    return {
        name: sha256(f"{plan.config.content_hash()} {plan.trial} {plan.endpoints}".encode()).hexdigest()[:24]
        for name, plan in sorted(plans.items())
    }


def learn(
    posterior: regression_abc.Posterior, evidence: Sequence[Evidence], seed: int, found: Array | None = None
) -> regression_abc.Posterior:
    """Return the posterior updated by the trials' numbers, by regression on its draws.

    Draws that only weighed more or less would soon be few: four numbers of two trials left 15 of 135.

    Args:
        posterior: The posterior before.
        evidence: k numbers of the trials.
        seed: Seed of the noise that stands for their errors.
        found: What the trials found, on the scales, shape (k,); what was published if None.

    Raises:
        ValueError: There are too few draws.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    if not evidence:
        return posterior
    if found is None:
        found = np.array([one.observed.value for one in evidence])
    error = np.array([one.observed.error for one in evidence])
    said = np.column_stack([one.number(posterior.draws) for one in evidence])
    noise = ndtri(qmc.LatinHypercube(len(evidence), rng=seed).random(len(said))) @ _root(evidence).T
    after = regression_abc.fit(posterior.draws, said, found, error, noise, share=1.0, weights=posterior.weights)
    return replace(after, rows=posterior.rows[after.rows])


def pretend(evidence: Sequence[Evidence], truth: Array, chance: Array) -> Array:
    """Simulated observations of the trials at a known truth, on their scales, with their errors.

    Args:
        evidence: k numbers of the trials.
        truth: Normal scores of the parameters, shape (p,).
        chance: Standard normal numbers, shape (k,).
    """
    said = np.array([one.number(truth[None, :])[0] for one in evidence])
    return np.asarray(said + np.array([one.observed.error for one in evidence]) * (_root(evidence) @ chance))


def _root(evidence: Sequence[Evidence]) -> Array:
    """Root of the covariance of the errors, each in units of its own size: lower triangular, shape (k, k)."""
    k = len(evidence)
    shared = np.zeros((k, k))
    for trial in dict.fromkeys(one.target.trial for one in evidence):
        mine = [i for i, one in enumerate(evidence) if one.target.trial == trial]
        missed = np.column_stack([evidence[i].missed for i in mine])
        missed = missed[np.isfinite(missed).all(axis=1)]
        shared[np.ix_(mine, mine)] = np.corrcoef(missed, rowvar=False) if len(mine) > 1 else 1.0
    own = np.array([one.own for one in evidence])
    covariance = own[:, None] * shared * own
    np.fill_diagonal(covariance, 1.0)
    return np.linalg.cholesky(covariance)


def collect(
    folder: Path,
    targets: Sequence[Target],
    plans: Mapping[str, TrialPlan],
    draws: ParameterDraws,
    scores: Array,
    *,
    discrepancy: float,
    seed: int,
    workers: int | None = None,
    dask: str | None = None,
    on_start: Callable[[str, int, int], None] | None = None,
    on_done: Callable[[int], None] | None = None,
    on_message: Callable[[str], None] | None = None,
) -> list[Evidence]:
    """Run the trials that targets name, once with each draw, as `trial_runs.run_trials` does.

    Args:
        folder: Where finished batches are kept; the same call goes on there.
        targets: As from `trial_targets`.
        plans: As from `read_plans`.
        draws: n parameter sets.
        scores: Their normal scores, shape (n, p).
        discrepancy: See `fitting.DISCREPANCY`.
        seed: Root seed of the trials.
        workers: As for `run_trials`, and so are the others.
        dask: Address of a Dask scheduler.
        on_start: Called for each trial.
        on_done: Called as virtual trials finish.
        on_message: Called with lines for people.

    Raises:
        BadInput: Most virtual trials have no such number, or the cluster cannot be used.
        trial_runs.Stopped: Ctrl-C.
    """
    means = batches.run_trials(
        folder, plans, draws, seed, workers=workers, dask=dask, on_start=on_start, on_done=on_done,
        on_message=on_message,
    )  # fmt: skip
    evidence = []
    for target in targets:
        one = fitting.observe(target, discrepancy)
        found = _number(one, plans[str(target.trial)], means[str(target.trial)])
        known = np.isfinite(found)
        if known.sum() < max(2, len(found) // 2):
            raise BadInput(f"target {target.id}: most virtual trials of {target.trial} have no such number")
        emulator = fitting.emulate(scores[known], found[known, None])
        own = fitting.observe(target, 0.0).error / one.error
        evidence.append(Evidence(target, one, own, emulator, found - emulator.predict(scores)[:, 0]))
    return evidence


def _check(target: Target, plan: TrialPlan, profile: str) -> None:
    if plan.config.population.profile != profile:
        raise BadInput(f"target {target.id}: the trial {target.trial} is of another population than {profile}")
    if target.prediction not in {endpoint.name for endpoint in plan.endpoints}:
        raise BadInput(f"target {target.id}: the trial {target.trial} has no outcome {target.prediction}")
    if target.arm is not None and target.arm not in plan.arms:
        raise BadInput(f"target {target.id}: the trial {target.trial} has no arm {target.arm}")
    if target.arm is None and target.unit == "share":
        raise BadInput(
            f"target {target.id}: the effect of a trial is no share; give the unit risk ratio, odds ratio or difference"
        )


def _number(observed: fitting.Observation, plan: TrialPlan, means: batches.Means) -> Array:
    """What virtual trials found, on the target's scale: the mean in an arm, or the effect of the first comparison."""
    target, outcome = observed.target, str(observed.target.prediction)
    if target.arm is not None:
        return np.asarray(observed.on_scale(means[outcome, target.arm]))
    arm, other = plan.comparisons[0]
    one, two = means[outcome, arm], means[outcome, other]
    with np.errstate(divide="ignore", invalid="ignore"):
        if target.unit == "risk ratio":
            return np.asarray(np.log(np.where((one > 0) & (two > 0), one / two, math.nan)))
        if target.unit == "odds ratio":
            inside = (one > 0) & (one < 1) & (two > 0) & (two < 1)
            return np.asarray(np.log(np.where(inside, one / (1 - one) / (two / (1 - two)), math.nan)))
    return np.asarray(one - two)
