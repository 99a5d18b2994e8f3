"""The rows of a study's design: how many there are, and what they are, from its table and its factors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from experiments.studies.definition import samplers
from experiments.studies.definition.factors import Declared
from experiments.studies.definition.plan import Value
from experiments.studies.definition.points import value_of
from experiments.studies.definition.schema import DesignTable
from simulation.config import Config

MORRIS_LEVELS = 4
"""Steps of each range in a Morris design that does not say."""


def row_count(design: DesignTable, declared: Sequence[Declared], columns: Mapping[str, Sequence[Value]]) -> int:
    """Rows of the design for one scenario, without making them; of one future where futures are drawn."""
    varied = _varied(design, declared)
    if design.kind == "grid":
        return math.prod(each.count or 1 for each in varied)
    if design.kind == "one-at-a-time":
        return 1 + sum(each.count or 2 for each in varied)
    if design.kind == "morris":
        return (design.trajectories or 0) * (len(varied) + 1)
    if design.kind == "list":
        return len(next(iter(columns.values())))
    return design.points or 0


def design_rows(
    design: DesignTable,
    declared: Sequence[Declared],
    columns: Mapping[str, Sequence[Value]],
    scenarios: Mapping[str, Config],
    seed: int,
) -> dict[str, list[samplers.Row]]:
    """Rows of the design by scenario: a value for each factor, levers first.

    Args:
        design: Table of the design.
        declared: Factors, levers first.
        columns: Values of a list design, by factor.
        scenarios: Base scenarios; one factor at a time moves away from what a scenario says.
        seed: Seed of sampled designs.
    """
    varied = _varied(design, declared)
    drawn = [each.span() for each in declared if each not in varied]
    futures: list[samplers.Row] = samplers.latin_hypercube(drawn, design.futures, seed) if design.futures else [()]
    return {
        name: [(*row, *future) for row in _rows(design, varied, columns, config, seed) for future in futures]
        for name, config in scenarios.items()
    }


def _varied(design: DesignTable, declared: Sequence[Declared]) -> list[Declared]:
    """Factors of the design itself: all of them, unless futures are drawn and crossed with the plans."""
    return [each for each in declared if each.role == "lever" or not design.futures]


def _rows(
    design: DesignTable,
    varied: Sequence[Declared],
    columns: Mapping[str, Sequence[Value]],
    config: Config,
    seed: int,
) -> list[samplers.Row]:
    if design.kind == "list":
        return list(zip(*(columns[each.name] for each in varied), strict=True))
    spans = [each.span() for each in varied]
    if design.kind == "grid":
        return list(samplers.grid([span for span in spans if isinstance(span, samplers.Levels)]))
    if design.kind == "one-at-a-time":
        return list(samplers.one_at_a_time(spans, [value_of(config, each.name) for each in varied]))
    if design.kind == "morris":
        return samplers.morris(spans, design.trajectories or 0, design.levels or MORRIS_LEVELS, seed)
    make = samplers.sobol if design.kind == "sobol" else samplers.latin_hypercube
    return make(spans, design.points or 0, seed)
