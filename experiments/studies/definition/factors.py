"""Levers and uncertainties as a study file declares them: names, forms and values, each checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from pydantic import ValidationError

from experiments.studies.definition.plan import Factor, Value
from experiments.studies.definition.points import PARAMETERS_TABLE, checked_value, value_of
from experiments.studies.definition.samplers import Between, ByPrior, Levels, Span, rounded
from experiments.studies.definition.schema import FactorTable, explain_factor
from experiments.uncertainty.priors import for_profile, prior_quantile, prior_words
from scenarios.error_messages import fields, kind_of, unit
from simulation.config import Config
from simulation.parameter_types import Prior
from simulation.parameters import PARAMETERS

PRIOR, COLUMN = "prior", "column"
"""Forms of a factor that are a word: drawn from the parameter's prior; a column of the CSV file of a list design."""

NO_FACTOR = "programme.contact_schedule"
NO_NUMBERS = (NO_FACTOR, "population.seasons")
"""The one setting that is not a single value."""

Role = Literal["lever", "uncertainty"]


@dataclass(frozen=True, slots=True)
class Declared:
    """A factor as declared: levels are counted, and made only when the whole design is known to be small enough."""

    name: str
    role: Role
    label: str
    values: tuple[Value, ...] | None = None
    low: Value = 0
    high: Value = 0
    step: Decimal | None = None
    prior: Prior | None = None
    column: bool = False

    @property
    def count(self) -> int | None:
        """How many levels there are; None where the factor has no levels."""
        if self.values is not None:
            return len(self.values)
        return None if self.step is None else int((_exact(self.high) - _exact(self.low)) / self.step) + 1

    def span(self) -> Span:
        """Where the factor's values come from."""
        if self.prior is not None:
            return ByPrior(self.prior, PARAMETERS[self.parameter].low, PARAMETERS[self.parameter].high)
        if self.values is not None:
            return Levels(self.values)
        if self.step is None:
            return Between(float(self.low), float(self.high), isinstance(self.low, int))
        start, step, kind = _exact(self.low), self.step, type(self.low)
        return Levels(tuple(kind(start + i * step) for i in range(self.count or 0)))

    @property
    def parameter(self) -> str:
        """Name of the model's parameter, without the table."""
        return self.name.removeprefix(f"{PARAMETERS_TABLE}.")

    def factor(self, default: Value, column: Sequence[Value] = ()) -> Factor:
        """The factor for people and tables; `column` holds the values of a list design."""
        values = tuple(dict.fromkeys(column)) if self.column else self.values
        span = None if self.column else self.span()
        if isinstance(span, Levels):
            values = span.values
        low: float | None = None
        high: float | None = None
        if self.prior is not None:
            bounds = PARAMETERS[self.parameter].low, PARAMETERS[self.parameter].high
            low, high = (rounded(float(prior_quantile(self.prior, *bounds, share))) for share in (0.025, 0.975))
        elif values is None:
            low, high = float(self.low), float(self.high)
        else:
            numbers = [float(value) for value in values if not isinstance(value, bool | str)]
            low, high = (min(numbers), max(numbers)) if numbers else (None, None)
        words = "" if self.prior is None else prior_words(self.prior)
        unit_of, text = described(self.name)
        label = self.label or label_of(self.name)
        return Factor(self.name, self.role, unit_of, label, text, low, high, values, default, words)


def described(name: str) -> tuple[str, str]:
    """Unit of a setting, and the sentence that says what it is."""
    if name.startswith(f"{PARAMETERS_TABLE}."):
        parameter = PARAMETERS[name.partition(".")[2]]
        return parameter.unit, parameter.text
    field = fields()[name]
    if field.annotation is bool:
        return "yes/no", field.description or f"Mechanism {label_of(name)}, on or off."
    return unit(field), field.description or ""


def label_of(name: str) -> str:
    """Make a label of a name: `programme.follow_up_days` becomes "follow up days"."""
    table, _, rest = name.partition(".")
    return (rest.replace(".", ": ") if table == PARAMETERS_TABLE else rest).replace("_", " ")


def factor_names() -> list[str]:
    """Every name that a factor can have: settings of a scenario, and parameters of the model."""
    single = [name for name, field in fields().items() if field.default is not None and name not in NO_NUMBERS]
    return single + [f"{PARAMETERS_TABLE}.{name}" for name in PARAMETERS]


def check_name(name: str) -> None:
    """Check that a factor exists.

    Raises:
        ValueError: It does not; the message names the nearest that does.
    """
    if name == NO_FACTOR:
        raise ValueError(f"{name} is not one value; write a scenario for each schedule and list them in scenarios")
    known = factor_names()
    if name not in known:
        raise ValueError(f"{name[:80]}: is neither a setting of a scenario nor a parameter; {_nearest(name, known)}")


def declare(name: str, role: Role, spec: object, scenarios: Mapping[str, Config]) -> Declared:
    """Read what a study file says about one factor.

    Args:
        name: Dotted name.
        role: Table in which it stands.
        spec: What stands behind its name.
        scenarios: Base scenarios, which say what values are allowed.

    Raises:
        ValueError: Anything that is wrong with it, in a line that begins with the name.
    """
    check_name(name)
    first = next(iter(scenarios.values()))
    if spec == COLUMN:
        return Declared(name, role, "", column=True)
    if spec == PRIOR:
        return Declared(name, role, "", prior=_prior(name, role, scenarios))
    if not isinstance(spec, dict):
        forms = "{ values = [...] }, { low = ..., high = ... }" + (' or "prior"' if role == "uncertainty" else "")
        raise ValueError(f"{name}: must be {forms}; got {kind_of(spec)}")
    try:
        table = FactorTable.model_validate(spec)
    except ValidationError as error:
        raise ValueError(f"{name}: {explain_factor(error.errors(include_url=False)[0])}") from None
    ranged = [key for key in ("low", "high", "step") if getattr(table, key) is not None]
    if table.values is not None:
        if ranged:
            raise ValueError(f"{name}: has both values and {ranged[0]}; give either values or a range")
        return Declared(name, role, table.label, _levels(name, table.values, first))
    if "low" not in ranged or "high" not in ranged:
        missing = "values, or low and high" if not ranged else "high" if "low" in ranged else "low"
        raise ValueError(f"{name}: lacks {missing}")
    if isinstance(value_of(first, name), bool | str):
        raise ValueError(f"{name}: has no range; give values")
    low, high = (checked_value(first, name, end) for end in (table.low, table.high))
    if not float(low) < float(high):
        raise ValueError(f"{name}: low must lie below high; got low = {low} and high = {high}")
    step = None if table.step is None else _exact(table.step)
    if step is not None:
        _check_step(name, low, high, step)
    return Declared(name, role, table.label, None, low, high, step)


def _levels(name: str, values: Sequence[Any], config: Config) -> tuple[Value, ...]:
    levels = tuple(checked_value(config, name, value) for value in values)
    for position, value in enumerate(levels):
        if value in levels[:position]:
            raise ValueError(f"{name}: has the value {value} twice")
    return levels


def _check_step(name: str, low: Value, high: Value, step: Decimal) -> None:
    start, end = _exact(low), _exact(high)
    if isinstance(low, int) and step % 1:
        raise ValueError(f"{name}: step must be a whole number, as the setting is one; got {step}")
    count = int((end - start) / step)
    if count <= 10**15 and start + count * step != end:
        last = start + count * step
        raise ValueError(f"{name}: steps of {step} from {low} do not end on high = {high}; the last would be {last}")


def _prior(name: str, role: Role, scenarios: Mapping[str, Config]) -> Prior:
    if role != "uncertainty":
        raise ValueError(f'{name}: "prior" is for uncertainties; a lever takes values or a range')
    parameter = PARAMETERS.get(name.partition(".")[2]) if name.startswith(f"{PARAMETERS_TABLE}.") else None
    if parameter is None:
        raise ValueError(f"{name}: only parameters have a prior; give values, or low and high")
    found = {for_profile(parameter, config.population.profile).prior for config in scenarios.values()}
    if len(found) > 1:
        raise ValueError(f"{name}: has different priors for the population profiles of the scenarios; make two studies")
    prior = found.pop()
    if prior.shape == "fixed":
        raise ValueError(f"{name}: was measured and has no prior; give low and high")
    return prior


def _exact(value: object) -> Decimal:
    return Decimal(repr(value))


def _nearest(name: str, known: Sequence[str]) -> str:
    ends = [other for other in known if other.endswith(f".{name}")]
    last = [other for other in known if other.rpartition(".")[2] == name.rpartition(".")[2]]
    near = ends or difflib.get_close_matches(name[:200], known, n=1, cutoff=0.7) or last
    if not near:
        tails = {other.partition(".")[2]: other for other in known}
        tail = name.partition(".")[2] if name.partition(".")[0] in ("programme", PARAMETERS_TABLE) else name
        near = [tails[found] for found in difflib.get_close_matches(tail[:200], tails, n=1, cutoff=0.6)]
    return f"did you mean {near[0]}?" if near else "docs/reference/ lists them (scenarios.md, parameters.md)"
