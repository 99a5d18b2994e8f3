"""What an explanation holds, from runs that are there: every outcome's difference, split over the parts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.comparisons.result import Comparison
from experiments.explanation import parts as breakdowns
from experiments.explanation import shapley
from experiments.explanation.lives import Moment, Parting
from experiments.explanation.parts import Breakdown, Over, Part
from experiments.outcomes.difference import Difference, compare_runs
from experiments.statistics.estimates import t_quantile
from experiments.support.errors import InputError
from experiments.support.types import FloatArray, IntArray
from simulation.outcome_definitions import HEADLINES

if TYPE_CHECKING:
    from experiments.studies.analysis.results import StudyData
    from simulation.config import Config

PAIRS = "pairs.json"
"""File of what changed for whom, in the folder."""

KIND = "combinations"
"""What the points of an explanation's study are, in its design."""


SHOWN = tuple(HEADLINES)
"""Outcomes that are split where none is asked for."""


@dataclass(frozen=True, slots=True)
class PartEffect:
    """What one part adds to the difference of one outcome.

    Attributes:
        part: The part.
        effect: What it adds, with the 95 % interval of its mean over shared draws, which includes what sampling orders
            leaves open, and its range over parameter draws.
    """

    part: Part
    effect: Difference


@dataclass(frozen=True, slots=True)
class Split:
    """The difference of one outcome, split.

    Attributes:
        outcome: Name of the outcome.
        total: The difference that is split: what `compare` prints, where every combination defines the outcome.
        parts: What each part adds, the rest first; means sum to that of `total`.
        replications: Runs in which every combination defines the outcome, of those that are complete.
    """

    outcome: str
    total: Difference
    parts: list[PartEffect]
    replications: int

    @property
    def gap(self) -> float:
        """What the sum of the parts differs by from the total: rounding only."""
        return math.fsum(p.effect.difference.mean for p in self.parts) - self.total.difference.mean


@dataclass
class Explanation:
    """Why one plan differs from another.

    Attributes:
        breakdown: The two plans and the parts.
        comparison: All runs; the two plans are among its scenarios.
        names: Of the two scenarios of each combination of parts, by the combination.
        orders: Orders that were sampled; empty where every combination was run.
        facts: What changed for whom (`experiments.explanation.pairs.pair_facts`), by name, one value a replication.
        lives: Where lives part, in replication 0: the first of all, then one of each kind.

    Example:
        >>> import peerbridge as pb
        >>> small = ["population.size=400", "run.warm_up_days=30", "run.days=60"]
        >>> why = pb.explain("usual-care", "bridge", parts=["advocacy"], settings=small, replications=2, workers=1)
        >>> why.difference("reach").difference.mean == why.split("reach").total.difference.mean
        True
        >>> sorted(why.comparison.configs)
        ['bridge', 'bridge-with-0', 'usual-care']
    """

    breakdown: Breakdown
    comparison: Comparison
    names: Mapping[shapley.Coalition, tuple[str, str]]
    orders: Sequence[tuple[str, ...]] = ()
    facts: dict[str, FloatArray] = field(default_factory=dict)
    lives: list[Parting] = field(default_factory=list)

    @property
    def before(self) -> str:
        """Name of the plan that is compared with."""
        return self.breakdown.before.name

    @property
    def after(self) -> str:
        """Name of the plan that is explained."""
        return self.breakdown.after.name

    @property
    def stopped(self) -> bool:
        """Whether it was ended early (Ctrl-C): then parts rest on the replications that every combination finished."""
        return self.comparison.stopped

    def values(self, scenario: str, outcome: str) -> FloatArray:
        """Values of an outcome in one of the scenarios, by complete replication."""
        return self.comparison.values(scenario)[outcome]

    def difference(self, outcome: str) -> Difference:
        """Difference of an outcome between the two plans, as `compare` gives it."""
        return compare_runs(
            self.after, self.before, outcome, self.values(self.after, outcome), self.values(self.before, outcome),
            self.comparison.clusters,
        )  # fmt: skip

    def split(self, outcome: str) -> Split:
        """Split the difference of an outcome over the parts.

        Raises:
            KeyError: There is no such outcome.
        """
        effects = {on: self.values(a, outcome) - self.values(b, outcome) for on, (a, b) in self.names.items()}
        keep = np.all([np.isfinite(x) for x in effects.values()], axis=0)
        draw = self.comparison.clusters
        draw = None if draw is None else draw[keep]
        effects = {on: x[keep] for on, x in effects.items()}
        names = self.breakdown.names
        shares = shapley.sampled(names, self.orders, effects) if self.orders else shapley.exact(names, effects)
        by_name = {part.name: part for part in self.breakdown.parts}
        pieces = [(by_name[share.part], share.values, share.error) for share in shares]
        if self.breakdown.rest is not None:
            pieces.insert(0, (self.breakdown.rest, effects[frozenset()], 0.0))
        zero = np.zeros(int(keep.sum()))
        found = [
            PartEffect(part, _widened(compare_runs(part.name, self.before, outcome, x, zero, draw), error, self.orders))
            for part, x, error in pieces
        ]
        one, other = (self.values(name, outcome)[keep] for name in (self.after, self.before))
        total = compare_runs(self.after, self.before, outcome, one, other, draw)
        return Split(outcome, total, found, int(keep.sum()))

    def fact(self, name: str) -> FloatArray:
        """One of `facts` by replication; NaN where there is none."""
        return self.facts.get(name, np.full(self.comparison.replications, np.nan))

    @property
    def fact_draws(self) -> IntArray | None:
        """Number of the parameter draw of each replication of `facts`; None at start values."""
        draws = self.comparison.draws
        n = max((x.size for x in self.facts.values()), default=0)
        return None if draws is None else np.array([draws.number(r) for r in range(n)], dtype=np.int64)


def _widened(d: Difference, error: float, orders: Sequence[tuple[str, ...]]) -> Difference:
    """The interval with what sampling orders leaves open, as a root of the sum of squares."""
    e = d.difference
    if not error or math.isnan(e.low):
        return d
    half = math.hypot((e.high - e.low) / 2, t_quantile(0.95, len(orders) // 2 - 1) * error)
    return replace(d, difference=replace(e, low=e.mean - half, high=e.mean + half))


def breakdown_of(before: Config, after: Config, over: Over, parts: Sequence[str]) -> Breakdown:
    """The two plans and what is split.

    Raises:
        InputError: The plans have one name or the same settings, or there is no such mechanism.
    """
    if before.content_hash() == after.content_hash():
        raise InputError(f"{after.name} and {before.name} have the same settings: there is nothing to explain")
    if before.name == after.name:
        raise InputError(f"two scenarios are called {before.name!r}; give each file its own name")
    if over == "levers":
        return breakdowns.of_levers(before, after)
    return breakdowns.of_mechanisms(before, after, parts)


def explanation_of(made: Breakdown, result: Comparison, design: Mapping[str, Any]) -> Explanation:
    """Put finished runs together.

    Args:
        made: The plans and the parts.
        result: The runs of its study.
        design: Design of the study.
    """
    orders = orders_of(made, int(design["seed"]), int(design["orders"]))
    names, _ = scenarios_of(made, orders)
    return Explanation(made, result, names, orders)


def read_explanation(folder: Path | str) -> Explanation:
    """Read an explanation that `peerbridge explain --out` stored, with what changed for whom where it is there.

    Raises:
        InputError: The folder holds none.
    """
    from experiments.studies.analysis.results import read_study

    return explanation_of_study(read_study(folder))


def is_explanation(manifest: Mapping[str, Any]) -> bool:
    """Whether the points of a stored study are combinations of parts: then `explain` made it."""
    design = manifest.get("specification", {}).get("design", {})
    return bool(design.get("of") == KIND)


def explanation_of_study(data: StudyData) -> Explanation:
    """Read an explanation from the study that it is; see `read_explanation`."""
    design = data.manifest.get("specification", {}).get("design", {})
    if not is_explanation(data.manifest):
        raise InputError(f"{data.folder}: holds no explanation of peerbridge explain")
    result = Comparison.of_study(data)
    before, after = result.configs[design["before"]], result.configs[design["after"]]
    names = [members[0] for members in design["parts"]] if design["over"] == "mechanisms" else []
    why = explanation_of(breakdown_of(before, after, design["over"], names), result, design)
    path = data.folder / PAIRS
    if path.exists():
        take_people(why, json.loads(path.read_text(encoding="utf-8")))
    return why


def take_people(why: Explanation, kept: Mapping[str, Any]) -> None:
    """Put what `PAIRS` holds into an explanation."""
    why.facts = {name: np.array(values, dtype=np.float64) for name, values in kept["facts"].items()}
    why.lives = [
        Parting(**(p | {side: [Moment(**m) for m in p[side]] for side in ("before", "after")})) for p in kept["lives"]
    ]


def orders_of(made: Breakdown, seed: int, number: int) -> list[tuple[str, ...]]:
    """Orders that are sampled; empty where every combination is run."""
    if len(made.parts) <= shapley.MOST_EXACT:
        return []
    return shapley.sampled_orders(made.names, number, seed)


def scenarios_of(
    made: Breakdown, orders: Sequence[tuple[str, ...]]
) -> tuple[dict[shapley.Coalition, tuple[str, str]], dict[str, Config]]:
    """Names of the two scenarios of each combination, and the scenarios: equal ones are one."""
    coalitions = shapley.coalitions_of(orders) if orders else shapley.all_coalitions(made.names)
    configs = {made.before.name: made.before, made.after.name: made.after}
    of_hash = {config.content_hash(): name for name, config in configs.items()}
    names: dict[shapley.Coalition, tuple[str, str]] = {}
    for on in coalitions:
        pair = []
        for config in made.pair(on):
            digest = config.content_hash()
            if digest not in of_hash:
                bits = "".join("01"[name in on] for name in made.names)
                name = f"{config.name}-with-{bits}"
                of_hash[digest] = name
                configs[name] = config.model_copy(update={"name": name})
            pair.append(of_hash[digest])
        names[on] = (pair[0], pair[1])
    return names, configs
