"""Search over a grid of plans for the goal and for the front of trade-offs, then in steps of one lever.

The search works on means over few draws, the same in every plan (common random numbers), and hands on a short list:
which plan is best is decided by a selection with a stated error (`experiments.decisions.choice`).
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Numbers = tuple[int, ...]
"""A plan of the grid: the number of the level of each lever."""

GOAL_SHARE, FRONT_SHARE = 0.4, 0.55
"""Share of the plans that have been looked at when the search for the goal, and that for the front, ends. The rest is
for steps from the best: with few plans to look at, a search that spends more before it takes steps misses the best."""

BATCH, POPULATION = 2, 20
"""Plans that are looked at together: in the search for the goal, and of a generation of the search for the front."""

PATIENCE = 8
"""Batches without a new plan after which a search ends."""

SEED = 16


@dataclass(frozen=True, slots=True)
class Score:
    """What the search knows of a plan.

    Attributes:
        objectives: Means that are to be small, one per objective, the goal first.
        violations: How far each constraint is from being met; 0 or less where it is met.
    """

    objectives: tuple[float, ...]
    violations: tuple[float, ...]

    @property
    def missing(self) -> float:
        """Sum of what is not met."""
        return sum(max(0.0, v) for v in self.violations)

    @property
    def order(self) -> tuple[float, float, float]:
        """Plans that meet all constraints come first, by the goal, the surer of two equal ones; then who miss least."""
        return self.missing, self.objectives[0], max(self.violations, default=0.0)


Evaluate = Callable[[Sequence[Numbers]], list[Score]]
"""Scores of several plans at once, in their order."""


def corners(levels: Sequence[int]) -> list[Numbers]:
    """The ends of all levers, at most 16 of them, and the middle: where a front ends."""
    ends = itertools.product(*({0, n - 1} for n in levels))
    found = [tuple(p) for p in itertools.islice(ends, 16)]
    return list(dict.fromkeys([tuple(n // 2 for n in levels), *found]))


def neighbours(plan: Numbers, levels: Sequence[int], steps: int = 1) -> list[Numbers]:
    """Plans that differ by one step of one lever, or with two steps by one of each of two levers."""
    found = []
    for moved in itertools.combinations(range(len(levels)), steps):
        for way in itertools.product((-1, 1), repeat=steps):
            other = list(plan)
            for i, step in zip(moved, way, strict=True):
                other[i] += step
            if all(0 <= x < n for x, n in zip(other, levels, strict=True)):
                found.append(tuple(other))
    return found


def search(
    levels: Sequence[int], there: Callable[[Numbers], bool], evaluate: Evaluate, most: int, seed: int = SEED
) -> dict[Numbers, Score]:
    """Search a grid: corners, TPE for the goal, NSGA-II for the front (both Optuna), steps from the best plan.

    Args:
        levels: Number of levels of each lever.
        there: Whether a plan is one of the grid (some do not fit the scenario).
        evaluate: Gives the scores; plans that were scored are not asked for again.
        most: Most plans to look at.
        seed: Seed of the search itself.

    Returns: Every plan that was looked at, with its score.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found: dict[Numbers, Score] = {}

    def look(plans: Sequence[Numbers]) -> int:
        new = [p for p in dict.fromkeys(plans) if p not in found and there(p)][: max(0, most - len(found))]
        if new:
            found.update(zip(new, evaluate(new), strict=True))
        return len(new)

    look(corners(levels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        tpe = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True, n_startup_trials=20)
        _ask(tpe, levels, look, found, GOAL_SHARE * most, BATCH, lambda score: score.objectives[:1])
        nsga = optuna.samplers.NSGAIISampler(population_size=POPULATION, seed=seed)
        _ask(nsga, levels, look, found, FRONT_SHARE * most, POPULATION, lambda score: score.objectives)
        while found and len(found) < most:
            best = min(found, key=lambda p: found[p].order)
            if look(neighbours(best, levels)) or look(neighbours(best, levels, 2)):
                continue
            before = len(found)  # the best of all that is near: look further away with what is left
            _ask(tpe, levels, look, found, min(most, before + BATCH), BATCH, lambda score: score.objectives[:1])
            if len(found) == before:
                break
    return found


def _ask(
    sampler: Any,
    levels: Sequence[int],
    look: Callable[[Sequence[Numbers]], int],
    found: dict[Numbers, Score],
    most: float,
    batch: int,
    objectives: Callable[[Score], tuple[float, ...]],
) -> None:
    """Let a sampler ask for plans until `most` have been looked at or nothing new comes."""
    import optuna
    from optuna.trial import TrialState, create_trial

    if not found:
        return
    names = [f"lever {i}" for i in range(len(levels))]
    spaces: dict[str, Any] = {
        name: optuna.distributions.IntDistribution(0, n - 1) for name, n in zip(names, levels, strict=True)
    }
    width = len(objectives(next(iter(found.values()))))
    study = optuna.create_study(directions=["minimize"] * width, sampler=sampler)
    for plan, score in found.items():
        params = dict(zip(names, plan, strict=True))
        constraints = {f"constraint {i}": v for i, v in enumerate(score.violations)}
        study.add_trial(
            create_trial(params=params, distributions=spaces, values=list(objectives(score)), constraints=constraints)
        )
    idle = 0
    while len(found) < most and idle < PATIENCE:
        trials = [study.ask(spaces) for _ in range(batch)]
        plans = [tuple(int(trial.params[name]) for name in names) for trial in trials]
        idle = 0 if look(plans) else idle + 1
        for trial, plan in zip(trials, plans, strict=True):
            if plan not in found:  # it does not fit the scenario, or there is no room for it
                study.tell(trial, state=TrialState.FAIL)
                continue
            for i, value in enumerate(found[plan].violations):
                trial.set_constraint(f"constraint {i}", value)
            study.tell(trial, list(objectives(found[plan])))
