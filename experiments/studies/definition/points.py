"""From rows of values to points: configurations, plans, futures, and each future's own baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from experiments.studies.definition.plan import BASELINE, Factor, Point, Value
from experiments.studies.definition.samplers import Row
from scenarios.error_messages import SECTIONS, explain
from simulation.config import Config
from simulation.parameters import check_values, defaults

PARAMETERS_TABLE = "parameters"


class Built(NamedTuple):
    """The points of a study and what was merged on the way."""

    points: tuple[Point, ...]
    order: dict[str, list[int]]
    """Number of the point of each row, by scenario."""
    notes: tuple[str, ...]


def value_of(config: Config, name: str) -> Value:
    """Value of a setting of a scenario by its dotted name; of a parameter its start value unless it is overridden."""
    table, _, key = name.partition(".")
    if table == PARAMETERS_TABLE:
        return config.parameters.get(key, defaults(config.population.profile)[key])
    value: Value = getattr(getattr(config, table), key)
    return value


def checked_value(config: Config, name: str, value: object) -> Value:
    """Return `value` as the setting `name` takes it; rules across several settings are not looked at.

    Raises:
        ValueError: It has the wrong type or lies outside the bounds; the message begins with the name.
    """
    table, _, key = name.partition(".")
    if table == PARAMETERS_TABLE:
        try:
            return check_values({key: value})[key]  # type: ignore[dict-item]
        except ValueError as error:
            raise ValueError(f"{name}: {str(error).removeprefix(f'parameter {key!r} ')}") from None
    model = SECTIONS[table]
    assert model is not None
    try:
        return getattr(model.model_validate(dict(getattr(config, table)) | {key: value}), key)  # type: ignore[no-any-return]
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["loc"][:1] == (key,):
                raise ValueError(explain(detail, (table, key))) from None
    return value  # type: ignore[return-value]


def with_values(config: Config, values: Mapping[str, Value]) -> Config:
    """Return `config` with settings changed, each of which has been checked by itself.

    Raises:
        ValueError: Together they break a rule across several settings.
    """
    changed: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        table, _, key = name.partition(".")
        changed.setdefault(table, {})[key] = value
    update: dict[str, Any] = {}
    if config.hospitals and "hospital" in changed:
        name = f"hospital.{next(iter(changed['hospital']))}"
        raise ValueError(f"{name}: the scenario has [[hospital]] tables, which say their own")
    if "peers_per_supervisor" in changed.get("programme", {}):
        changed["programme"].setdefault("supervisors", None)
    for table, items in changed.items():
        if table == PARAMETERS_TABLE:
            update[table] = config.parameters | items
            continue
        model = SECTIONS[table]
        assert model is not None
        try:
            update[table] = model.model_validate(dict(getattr(config, table)) | items)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            raise ValueError(str(detail.get("ctx", {}).get("error", detail["msg"]))) from None
    return config.model_copy(update=update)


def build_points(
    scenarios: Mapping[str, Config], baseline: Config, factors: Sequence[Factor], rows: Mapping[str, Sequence[Row]]
) -> Built:
    """Make the points of a study.

    Args:
        scenarios: Base scenarios by name.
        baseline: Scenario of the baseline points.
        factors: Levers, then uncertainties: the columns of the rows.
        rows: Rows of the design for each scenario; equal ones are merged.

    Raises:
        ValueError: Settings that do not fit together, two plans that are the same, or no plan besides the baseline.
    """
    names = [factor.name for factor in factors]
    levers = sum(factor.role == "lever" for factor in factors)
    futures: dict[Row, int] = {}
    for row in (row for each in rows.values() for row in each):
        futures.setdefault(row[levers:], len(futures))

    points: list[Point] = []
    owner: dict[str, int] = {}
    for future, number in futures.items():
        config = _config(baseline, dict(zip(names[levers:], future, strict=True)))
        values = {name: value_of(config, name) for name in names[:levers]} | dict(
            zip(names[levers:], future, strict=True)
        )
        points.append(Point(number, BASELINE, number, baseline.name, values, config, config.content_hash()))
        owner[points[-1].content_hash] = number

    plans: dict[tuple[str, Row], str] = {}
    width = max(3, len(str(sum(map(len, rows.values())))))
    order: dict[str, list[int]] = {}
    seen: dict[tuple[str, Row], int] = {}
    merged = as_baseline = 0
    for scenario, own in rows.items():
        order[scenario] = []
        for row in own:
            if (scenario, row) in seen:
                merged += 1
                order[scenario].append(seen[scenario, row])
                continue
            values = dict(zip(names, row, strict=True))
            config = _config(scenarios[scenario], values)
            digest = config.content_hash()
            number = owner.get(digest, -1)
            if number >= len(futures):
                raise ValueError(_same_plan(points[number], scenario, values))
            if number >= 0:
                as_baseline += 1
            else:
                number = len(points)
                plan = plans.setdefault((scenario, row[:levers]), f"P{len(plans) + 1:0{width}d}")
                points.append(Point(number, plan, futures[row[levers:]], scenario, values, config, digest))
                owner[digest] = number
            seen[scenario, row] = number
            order[scenario].append(number)
    if not plans:
        raise ValueError(f"every plan is the same as the baseline {baseline.name!r}; name another baseline")
    notes = [f"{merged:,} of the design's rows are equal to another one and are run once"] if merged else []
    if as_baseline:
        notes.append(f"{as_baseline:,} of the design's rows are the baseline {baseline.name!r} itself")
    return Built(tuple(points), order, tuple(notes))


def _config(base: Config, values: Mapping[str, Value]) -> Config:
    try:
        return with_values(base, values)
    except ValueError as error:
        raise ValueError(f"{_settings(values)} do not fit scenario {base.name!r}: {error}") from None


def _same_plan(other: Point, scenario: str, values: Mapping[str, Value]) -> str:
    return (
        f"scenario {scenario!r} with {_settings(values)} is the same plan as scenario {other.scenario!r} with "
        f"{_settings(other.values)}; leave out one of them"
    )


def _settings(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in list(values.items())[:4]) + (", ..." * (len(values) > 4))
