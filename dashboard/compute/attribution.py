"""Why a plan changes an outcome: a fair split (Shapley) over the ways peer workers act, or over what was changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from dashboard.catalogue.levers import Settings, config, label
from dashboard.compute.pool import get
from dashboard.compute.posterior import drawn
from dashboard.compute.worker import Numbers
from experiments.support.types import FloatArray
from simulation.config import Config

RUNS = 16
"""Runs for each combination of parts."""

MOST_PARTS = 5

WAYS: dict[str, tuple[str, ...]] = {
    "Trust: a trusted worker lends clinicians trust": ("bridging",),
    "A voice at the bedside: stigma softened, pain believed": ("advocacy",),
    "Help with housing, cover, transport, a treatment bed": ("barriers",),
    "Clinicians change by working with peer workers": ("clinicians_change",),
    "Keeping in touch after going home": ("follow_up",),
}
"""Ways in which peer workers act, in words, and the mechanisms that are switched off to see what is lost."""

REST = "Planning the way home, and speaking openly"
"""What still works with all `WAYS` switched off."""

ONLY_WITH_WORKERS = ("bridging", "advocacy", "follow_up")
"""Mechanisms that nothing happens by where there are no workers."""


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
    names = list(WAYS)

    def effect(on: frozenset[str]) -> FloatArray:
        off = tuple(m for name in names if name not in on for m in WAYS[name])
        made = []
        for settings in (plan, now):
            without = off
            if not settings.get("programme.peers", 0) and not settings.get("programme.navigators", 0):
                without = tuple(m for m in off if m not in ONLY_WITH_WORKERS)  # the same bits, made once
            made.append(_values(config(world, settings, off=without), outcome, work["alive"]))
        return np.asarray(made[0] - made[1])

    effects = _all(names, effect, work["progress"])
    return Split([Part(REST, effects[frozenset()]), *shapley(names, effects)], _draws_of(config(world, plan)))


def _draws_of(made: Config) -> Numbers:
    draws = drawn(made.population.profile)
    return np.array([draws.number(r) for r in range(RUNS)])


def _values(made: Config, outcome: str, alive: Callable[..., Any]) -> FloatArray:
    return get(made, RUNS, alive=alive, draws=drawn(made.population.profile)).values[outcome]


def changes(world: Settings, now: Settings, plan: Settings, outcome: str, **work: Callable[..., object]) -> Split:
    """Split the change of `outcome` over the settings in which `plan` differs from `now`; see `ways`."""
    groups = grouped(now, plan)

    def value(on: frozenset[str]) -> FloatArray:
        mixed = dict(now)
        for name in groups:
            if name in on:
                for key in groups[name]:
                    mixed.pop(key, None)
                    if key in plan:
                        mixed[key] = plan[key]
        return _values(config(world, mixed), outcome, work["alive"])

    effects = _all(list(groups), value, work["progress"])
    return Split(shapley(list(groups), effects), _draws_of(config(world, plan)))


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
    names: list[str], value: Callable[[frozenset[str]], FloatArray], progress: Callable[..., object]
) -> dict[frozenset[str], FloatArray]:
    sets = [frozenset(chosen) for k in range(len(names) + 1) for chosen in combinations(names, k)]
    found = {}
    for i, chosen in enumerate(sets):
        found[chosen] = value(chosen)
        progress((i + 1) / len(sets))
    return found


def shapley(names: list[str], effects: Mapping[frozenset[str], FloatArray]) -> list[Part]:
    """Shapley values: the mean of what each part adds, over all orders in which parts may come in.

    They sum to the difference between all parts and none, in every year.
    """
    n = len(names)
    parts = []
    for name in names:
        others = [other for other in names if other != name]
        total = np.zeros_like(effects[frozenset()])
        for k in range(n):
            weight = math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n)
            for chosen in combinations(others, k):
                before = frozenset(chosen)
                total = total + weight * (effects[before | {name}] - effects[before])
        parts.append(Part(name, total))
    return parts
