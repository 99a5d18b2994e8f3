"""Why a plan changes an outcome: a fair split (Shapley) over the ways peer workers act, or over what was changed.

The split itself is that of `peerbridge explain` (`experiments.explanation`); only the runs come from the pool here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.catalogue.levers import Settings, config, label
from dashboard.compute.pool import get
from dashboard.compute.posterior import drawn
from dashboard.compute.worker import Numbers
from experiments.explanation.parts import of_mechanisms
from experiments.explanation.shapley import Coalition, all_coalitions, exact
from experiments.support.types import FloatArray
from simulation.config import Config

RUNS = 16
"""Runs for each combination of parts."""

MOST_PARTS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """What one part adds to a change.

    Attributes:
        name: The part, in words.
        values: Its share of the change, one for each simulated year, in the outcome's unit.
    """

    name: str
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Split:
    """A change split into parts.

    Attributes:
        parts: What each part adds; they sum to the change in every simulated year.
        draw: Number of the parameter draw of each simulated year.
    """

    parts: list[Part]
    draw: Numbers


def ways(world: Settings, now: Settings, plan: Settings, outcome: str, **work: Callable[..., object]) -> Split:
    """Split the change of `outcome` over the ways peer workers act; parts sum to the change in each year.

    Args:
        world: People, hospital and assumptions.
        now: Programme of the current service.
        plan: Programme of the plan.
        outcome: Name of the outcome.
        work: `alive` and `progress` as `dashboard.compute.pool.get` takes them; progress gets shares.

    Raises:
        Stopped: As `dashboard.compute.pool.get`.
    """
    made = of_mechanisms(config(world, now), config(world, plan))

    def effect(on: Coalition) -> FloatArray:
        after, before = (_values(scenario, outcome, work["alive"]) for scenario in made.pair(on))
        return np.asarray(after - before)

    effects = _all(made.names, effect, work["progress"])
    labels = {part.name: part.label for part in made.parts}
    parts = [Part(labels[share.part], share.values) for share in exact(made.names, effects)]
    rest = [] if made.rest is None else [Part(made.rest.label, effects[frozenset()])]
    return Split([*rest, *parts], _draws_of(made.after))


def _draws_of(made: Config) -> Numbers:
    draws = drawn(made.population.profile)
    return np.array([draws.number(r) for r in range(RUNS)])


def _values(made: Config, outcome: str, alive: Callable[..., Any]) -> FloatArray:
    return get(made, RUNS, alive=alive, draws=drawn(made.population.profile)).values[outcome]


def changes(world: Settings, now: Settings, plan: Settings, outcome: str, **work: Callable[..., object]) -> Split:
    """Split the change of `outcome` over the settings in which `plan` differs from `now`; see `ways`."""
    groups = grouped(now, plan)

    def value(on: Coalition) -> FloatArray:
        mixed = dict(now)
        for name in groups:
            if name in on:
                for key in groups[name]:
                    mixed.pop(key, None)
                    if key in plan:
                        mixed[key] = plan[key]
        return _values(config(world, mixed), outcome, work["alive"])

    effects = _all(list(groups), value, work["progress"])
    parts = [Part(share.part, share.values) for share in exact(list(groups), effects)]
    return Split(parts, _draws_of(config(world, plan)))


def grouped(now: Settings, plan: Settings) -> dict[str, list[str]]:
    """What was changed, as at most five parts: label → settings. Shares of posts go together; the rest of many too."""
    changed = [name for name in {**now, **plan} if now.get(name) != plan.get(name)]
    parts: dict[str, list[str]] = {}
    for name in changed:
        title = "Where the workers are based" if name.startswith("programme.share_") else label(name)
        parts.setdefault(title, []).append(name)
    names = list(parts)
    if len(names) > MOST_PARTS:
        kept = {name: parts[name] for name in names[: MOST_PARTS - 1]}
        return kept | {"All other changes": [key for name in names[MOST_PARTS - 1 :] for key in parts[name]]}
    return parts


def _all(
    names: Sequence[str], value: Callable[[Coalition], FloatArray], progress: Callable[..., object]
) -> dict[Coalition, FloatArray]:
    coalitions = all_coalitions(names)
    found = {}
    for i, on in enumerate(coalitions):
        found[on] = value(on)
        progress((i + 1) / len(coalitions))
    return found
