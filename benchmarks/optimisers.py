"""Which optimiser finds the best of a grid of plans with few looks: Optuna and pymoo (`pip install pymoo`).

A made-up problem in the shape of `peerbridge decide`: four whole-number levers with 2,184 plans, a cost to be small,
two constraints, three objectives of a front. Each optimiser looks at 120 plans; what counts is the rank, among all
plans, of the best plan that it looked at (0 is the best). Run: `python -m benchmarks.optimisers`.
"""

import itertools
import math
import time
import warnings
from collections.abc import Callable

import optuna

Plan = tuple[int, ...]

LEVELS = (13, 7, 4, 6)
"""Posts for peers and navigators, workers per supervisor, follow-up."""
NAMES = ("peers", "navigators", "ratio", "follow_up")
LOOKS, SEEDS = 120, 8


def scores(plan: Plan) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """Objectives that are to be small (cost, harm, burnout), and what is violated where it is above 0."""
    peers, navigators, ratio, days = plan
    x, y = ratio / (LEVELS[2] - 1), days / (LEVELS[3] - 1)
    cost = 90 * peers + 70 * navigators + 8 * (3 - ratio) * peers + 5 * days
    spent = (peers + 0.8 * navigators) / 4 * (0.5 + 0.5 * y) * (1 - 0.2 * x)
    gain = 1 - math.exp(-spent) - 0.1 * y * (peers + navigators > 8)
    burnout = 0.2 + 0.25 * x + 0.1 * y
    return (cost, -gain, burnout), (0.6 - gain, burnout - 0.3)


def order(plan: Plan) -> tuple[float, float]:
    """Plans that violate nothing first, by cost."""
    objectives, violated = scores(plan)
    return sum(max(0.0, v) for v in violated), objectives[0]


def with_optuna(sampler: optuna.samplers.BaseSampler, objectives: int) -> set[Plan]:
    study = optuna.create_study(directions=["minimize"] * objectives, sampler=sampler)
    seen: set[Plan] = set()
    for _ in range(4 * LOOKS):
        trial = study.ask()
        plan = tuple(trial.suggest_int(name, 0, n - 1) for name, n in zip(NAMES, LEVELS, strict=True))
        found, violated = scores(plan)
        for i, v in enumerate(violated):
            trial.set_constraint(str(i), v)
        study.tell(trial, list(found[:objectives]))
        seen.add(plan)
        if len(seen) == LOOKS:
            break
    return seen


def with_pymoo(seed: int) -> set[Plan]:
    from pymoo.algorithms.moo.nsga2 import RankAndCrowdingSurvival
    from pymoo.core.mixed import MixedVariableGA
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.core.variable import Integer
    from pymoo.optimize import minimize

    seen: set[Plan] = set()

    class Problem(ElementwiseProblem):
        def __init__(self) -> None:
            variables = {name: Integer(bounds=(0, n - 1)) for name, n in zip(NAMES, LEVELS, strict=True)}
            super().__init__(vars=variables, n_obj=3, n_ieq_constr=2)

        def _evaluate(self, x: dict[str, int], out: dict[str, list[float]], *_: object, **__: object) -> None:
            plan = tuple(int(x[name]) for name in NAMES)
            if len(seen) < LOOKS:
                seen.add(plan)
            found, violated = scores(plan)
            out["F"], out["G"] = list(found), list(violated)

    algorithm = MixedVariableGA(pop_size=20, survival=RankAndCrowdingSurvival())
    minimize(Problem(), algorithm, ("n_eval", 3 * LOOKS), seed=seed, verbose=False)
    return seen


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    samplers = optuna.samplers
    ways: dict[str, Callable[[int], set[Plan]]] = {
        "Optuna TPE, goal": lambda s: with_optuna(samplers.TPESampler(seed=s, multivariate=True), 1),
        "Optuna TPE, front": lambda s: with_optuna(samplers.TPESampler(seed=s, multivariate=True), 3),
        "Optuna NSGA-II, goal": lambda s: with_optuna(samplers.NSGAIISampler(population_size=20, seed=s), 1),
        "Optuna NSGA-II, front": lambda s: with_optuna(samplers.NSGAIISampler(population_size=20, seed=s), 3),
        "pymoo mixed NSGA-II, front": with_pymoo,
    }
    grid = itertools.product(*(range(n) for n in LEVELS))
    rank = {plan: i for i, plan in enumerate(sorted(grid, key=order))}
    for name, way in ways.items():
        began = time.perf_counter()
        best = sorted(min(rank[plan] for plan in way(seed)) for seed in range(SEEDS))
        print(f"{name:28} ranks {best}  {(time.perf_counter() - began) / SEEDS:.1f} s each", flush=True)


if __name__ == "__main__":
    main()
