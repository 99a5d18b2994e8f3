"""A model whose expectations are known exactly, in the place of the simulator: smooth in the scores, with chance."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import expit, ndtri

from experiments.calibration import fitting
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.priors import prior_share
from scenarios.calibration_targets import Target
from simulation.draws import named_uniforms
from simulation.parameters import PARAMETERS

Array = Any
CHANCE = 0.1
"""Standard deviation of a run by chance, on the scale of comparison."""


def normal(name: str, n: int, seed: int = 0) -> Array:
    return ndtri(named_uniforms(seed, name, n))


def expectation(target: Target, scores: Array, names: tuple[str, ...]) -> Array:
    """A level that depends on five parameters, the second of them squared, and effects of trials on two others."""
    p = len(names)
    if target.trial is not None and not target.comparator:
        level = target.model_copy(
            update={"comparator": True, "arm": "other", "id": f"{target.trial} {target.prediction}"}
        )
        slopes = named_uniforms(0, f"effect {target.trial}", 2)
        which = (named_uniforms(1, "effect", 2) * p).astype(int)
        return expectation(level, scores, names) + scores[:, which] @ (0.2 * slopes)
    key = f"{target.trial} {target.prediction}" if target.trial else f"{target.study} {target.kind}"
    which = (named_uniforms(2, key, 5) * p).astype(int)
    slopes = 0.6 * normal(f"slopes {key}", 5)
    start = 0.3 * normal(f"start {key}", 1)[0]
    own = 0.1 * normal(f"own {target.id}", 1)[0] * scores[:, which[0]]
    return start + scores[:, which] @ slopes + 0.15 * (scores[:, which[1]] ** 2 - 1) + own


class InventedSimulator:
    """Takes the place of `expectations.Simulator`."""

    def __init__(self, out: Any, numbers: Any, names: Any, seed: int, running: Any, pools: Any = None) -> None:
        self.numbers, self.names = numbers, tuple(names)
        self.ran: list[str] = []

    def said(self, name: str, scores: Array, configs: Any = None) -> Array:
        self.ran.append(name)
        columns = []
        for target in self.numbers.targets:
            middle = fitting.observe(target).value if target.value is not None else -0.5
            on_scale = middle + expectation(target, scores, self.names)
            columns.append(on_scale + CHANCE * normal(f"{name} {target.id}", len(scores)))
        found = np.column_stack(columns)
        if configs is not None:  # of the wrong model: everything is far off, trials are missing
            found = found + 3.0
            found[:, [i for i, t in enumerate(self.numbers.targets) if t.trial]] = np.nan
        return found

    def run(self, name: str, draws: ParameterDraws, configs: Mapping[str, Any] | None = None) -> Array:
        shares = np.column_stack([
            prior_share(fitting.prior_of(n, draws.profile), PARAMETERS[n].low, PARAMETERS[n].high, draws.values[:, j])
            for j, n in enumerate(draws.names)
        ])  # fmt: skip
        return self.said(name, ndtri(np.clip(shares, 1e-9, 1 - 1e-9)), configs)

    def seconds(self) -> float:
        return 0.0


def natural(scale: str, values: Array) -> Array:
    return {"logit": expit, "log": np.exp, "linear": np.asarray}[scale](values)
