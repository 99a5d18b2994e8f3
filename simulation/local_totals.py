"""A hospital's own totals: what population and rates give them under usual care, with a run's own draws.

For each draw of the parameters, seed and replication, usual care is run over the same days as the plan until it has
the totals of `[local]`; then the plan runs with what was found. People share their draws whatever the size of the
population, so that few runs suffice. Which number is solved for which total:

* `stays_per_year`: `population.size`, or `acute_need.rate` where `solve` says so; the other is held;
* `length_of_stay`: `discharge.stay_median`;
* `readmission_30d`: `acute_need.residual`, the excess of need that a stay leaves.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

from simulation.config import Config, Programme
from simulation.parameters import PARAMETERS

STAYS_WITHIN, DAYS_WITHIN, SHARE_WITHIN = 0.009, 0.02, 0.01
"""How near a total must come: of stays and days as a share of the total, of readmission in absolute terms."""

MOST_RUNS = 16
"""Runs of usual care for one draw."""

LARGEST = 2_000_000
"""Most people of a population."""

_SOLVED = {"length_of_stay": "discharge.stay_median", "readmission_30d": "acute_need.residual"}
_KEPT = 4_096

_kept: OrderedDict[object, tuple[int, dict[str, float]]] = OrderedDict()
_lock = threading.Lock()

Measure = Callable[[Config, Mapping[str, float]], Mapping[str, float]]


class NoSolution(ValueError):
    """No population and rates give the totals; the message says which, and how near they came."""


def solve(
    config: Config, values: Mapping[str, float], ident: object, measure: Measure
) -> tuple[Config, dict[str, float]]:
    """The scenario with the population and parameter values that give its local totals under usual care.

    Args:
        config: A scenario with `local` totals.
        values: Every parameter by name.
        ident: What tells one seed and replication from others.
        measure: Runs a scenario with these draws and returns its outcomes.

    Returns: The scenario without `local`, and the parameter values that were solved.

    Raises:
        NoSolution: No value within its bounds gives a total, or not within `MOST_RUNS` runs.
    """
    usual = _usual_care(config)
    key = (usual.content_hash(), config.local.model_dump_json(), tuple(values.values()), ident)
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = _search(usual, config, values, measure)
        with _lock:
            _kept[key] = found
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
    size, solved = found
    data = config.model_dump() | {"local": {}}
    data["population"] |= {"size": size}
    data["parameters"] = config.parameters | {name: x for name, x in solved.items() if name in config.parameters}
    return Config.model_validate(data), solved


def _usual_care(config: Config) -> Config:
    """The scenario without its programme, over the same days."""
    return config.model_copy(
        update={"programme": Programme(), "phases": (), "local": type(config.local)(), "name": "", "parameters": {}}
    )


def _search(
    usual: Config, config: Config, values: Mapping[str, float], measure: Measure
) -> tuple[int, dict[str, float]]:
    local = config.local
    wanted = {
        name: total
        for name, total in (
            ("stays_per_year", local.stays_per_year),
            ("length_of_stay", local.length_of_stay),
            ("readmission_30d", local.readmission_30d),
        )
        if total is not None
    }
    unknown = {"stays_per_year": local.solve} | _SOLVED
    at = {name: _start(unknown[name], usual, values) for name in wanted}
    before: dict[str, tuple[float, float]] = {}
    got: dict[str, float] = {}
    for _ in range(MOST_RUNS):
        size = int(round(at["stays_per_year"])) if "stays_per_year" in at and local.solve == "population.size" else None
        solved = {unknown[name]: x for name, x in at.items() if unknown[name] != "population.size"}
        trial = (
            usual
            if size is None
            else usual.model_copy(update={"population": usual.population.model_copy(update={"size": size})})
        )
        outcomes = measure(trial, {**values, **solved})
        got = {
            "stays_per_year": outcomes["stays_per_year"],
            "length_of_stay": outcomes["length_of_stay_mean"],
            "readmission_30d": outcomes["readmission_30d"],
        }
        if all(_is_met(name, got[name], total) for name, total in wanted.items()):
            return trial.population.size, solved
        moved = False
        for name, total in wanted.items():
            new = _bounded(unknown[name], _next(at[name], got[name], total, before.get(name)))
            moved |= not math.isclose(new, at[name], rel_tol=1e-6)
            before[name] = (at[name], got[name])
            at[name] = new
        if not moved:
            break
    missed = next(name for name in wanted if not _is_met(name, got[name], wanted[name]))
    raise NoSolution(
        f"local.{missed}: {wanted[missed]:,g} cannot be met with these parameters; the nearest found was "
        f"{got[missed]:,.4g}, with {unknown[missed]} at {before[missed][0]:,.4g}"
    )


def _start(name: str, usual: Config, values: Mapping[str, float]) -> float:
    return float(usual.population.size) if name == "population.size" else values[name]


def _bounded(name: str, x: float) -> float:
    low, high = (1.0, float(LARGEST)) if name == "population.size" else (PARAMETERS[name].low, PARAMETERS[name].high)
    return min(max(x, low), high)


def _is_met(name: str, got: float, total: float) -> bool:
    if not math.isfinite(got):
        return False
    within = (
        SHARE_WITHIN
        if name == "readmission_30d"
        else total * (STAYS_WITHIN if name == "stays_per_year" else DAYS_WITHIN)
    )
    return abs(got - total) <= within


def _next(x: float, got: float, total: float, before: tuple[float, float] | None) -> float:
    """The next value to try: a power of the ratio that is missing, its exponent from the last two runs."""
    if not got > 0.0 or not math.isfinite(got):
        return x * 2.0
    power = 1.0
    if before is not None and x > 0 and before[0] > 0 and before[1] > 0:
        moved, changed = math.log(x / before[0]), math.log(got / before[1])
        if abs(moved) > 1e-4 and changed / moved > 0.05:
            power = min(max(moved / changed, 0.3), 8.0)
    return max(x, 1e-6) * min(max((total / got) ** power, 0.1), 10.0)
