"""Shapley values: a fair split of a difference over its parts, exact or over sampled orders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from experiments.support.types import FloatArray
from simulation.draws import named_uniforms

Coalition = frozenset[str]
"""Parts that are in."""

MOST_EXACT = 6
"""Parts up to which every combination is run: 64 of them. With more parts orders are sampled."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one part adds to a difference.

    Attributes:
        part: Name of the part.
        values: What it adds in each run, shape (runs,), in the outcome's unit.
        error: Standard error that sampling orders leaves in its mean; 0 where the split is exact.
    """

    part: str
    values: FloatArray
    error: float = 0.0


def all_coalitions(parts: Sequence[str]) -> list[Coalition]:
    """Every combination of parts, from none to all."""
    return [frozenset(chosen) for k in range(len(parts) + 1) for chosen in combinations(parts, k)]


def exact(parts: Sequence[str], effects: Mapping[Coalition, FloatArray]) -> list[Share]:
    """Shapley values (Shapley 1953): the mean of what each part adds over all orders in which parts can come in.

    They sum to the effect of all parts less that of none, in every run.

    Args:
        parts: Names.
        effects: Effect of every combination of parts by run, arrays of one shape.

    Raises:
        KeyError: A combination is missing.
    """
    n = len(parts)
    shares = []
    for part in parts:
        others = [other for other in parts if other != part]
        total = np.zeros_like(effects[frozenset()])
        for k in range(n):
            weight = math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n)
            for chosen in combinations(others, k):
                before = frozenset(chosen)
                total = total + weight * (effects[before | {part}] - effects[before])
        shares.append(Share(part, total))
    return shares


def sampled_orders(parts: Sequence[str], number: int, seed: int = 0) -> list[tuple[str, ...]]:
    """Random orders of parts, each followed by its reverse (antithetic pairs; Mitchell and others 2022, JMLR 23(43)).

    Args:
        parts: Names.
        number: How many orders, at least 2; an odd number is rounded up.
        seed: Root seed.
    """
    found: list[tuple[str, ...]] = []
    for i in range(math.ceil(number / 2)):
        places = np.argsort(named_uniforms(seed, f"explain: order {i}", len(parts)))
        order = tuple(parts[int(place)] for place in places)
        found += [order, order[::-1]]
    return found


def coalitions_of(orders: Sequence[Sequence[str]]) -> list[Coalition]:
    """Every combination that orders go through, from none to all."""
    return list(dict.fromkeys(frozenset(order[:k]) for order in orders for k in range(len(order) + 1)))


def sampled(
    parts: Sequence[str], orders: Sequence[Sequence[str]], effects: Mapping[Coalition, FloatArray]
) -> list[Share]:
    """Estimate Shapley values from some orders; they sum to the effect of all parts less that of none all the same.

    The standard error is that between antithetic pairs of orders.

    Args:
        parts: Names.
        orders: Orders of these parts, as `sampled_orders` gives them.
        effects: Effect by run of every combination of `coalitions_of(orders)`.

    Raises:
        KeyError: A combination is missing.
    """
    shares = []
    for part in parts:
        added = []
        for order in orders:
            before = frozenset(order[: list(order).index(part)])
            added.append(effects[before | {part}] - effects[before])
        table = np.stack(added)
        pairs = np.mean(table.reshape(len(orders) // 2, 2, -1), axis=(1, 2))
        error = float(pairs.std(ddof=1) / math.sqrt(pairs.size)) if pairs.size > 1 else math.nan
        shares.append(Share(part, table.mean(axis=0), error))
    return shares
