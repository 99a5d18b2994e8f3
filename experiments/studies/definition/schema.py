"""The tables of a study file, each key with what it must be; and what is wrong with one, in a plain line."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from experiments.studies.definition.plan import Limits
from experiments.studies.definition.samplers import KINDS
from experiments.support.limits import MOST_REPLICATIONS
from scenarios.error_messages import kind_of
from scenarios.key_lines import KeyPath

MOST_POINTS = 100_000
"""Points that a study may have, baselines counted. Reading such a study takes some ten seconds."""

MOST_RUNS = 10_000_000
"""Runs that a study may have: about three days on one core."""

DEFAULT_REPLICATIONS = 50

DESCRIBED = "title", "question", "description", "sources"


def _key(default: Any, must: str, text: str, **bounds: Any) -> Any:
    """Declare a key with what it must be, the end of a sentence, and what it is for."""
    return Field(default, description=text, json_schema_extra={"must": must}, **bounds)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DesignTable(_Table):
    """`[design]`: which combinations of the factors are run."""

    kind: str = _key(..., f"one of {', '.join(KINDS)}", "Which design.")
    points: int | None = _key(
        None, f"a whole number from 2 to {MOST_POINTS:,}",
        "Rows of a latin-hypercube or sobol design (sobol: a power of two).", ge=2, le=MOST_POINTS,
    )  # fmt: skip
    trajectories: int | None = _key(None, "a whole number from 2 to 1,000", "Walks of a morris design.", ge=2, le=1_000)
    levels: int | None = _key(
        None, "an even whole number from 2 to 100", "Steps of each range in a morris design; 4 if left out.",
        ge=2, le=100, multiple_of=2,
    )  # fmt: skip
    file: str | None = _key(
        None, "the path of a CSV file, in quotes", "Table of a list design, from the folder of the study file.",
        min_length=1,
    )  # fmt: skip
    futures: int | None = _key(
        None, f"a whole number from 2 to {MOST_POINTS:,}",
        "Draw this many settings of the uncertainties (Latin hypercube) and run every plan under each; if left out, "
        "the uncertainties are factors of the design like the levers.", ge=2, le=MOST_POINTS,
    )  # fmt: skip


class FactorTable(_Table):
    """What stands behind the name of a lever or an uncertainty."""

    values: list[Any] | None = _key(None, "a list of values, as in [2, 4, 6]", "The levels.", min_length=1)
    low: int | float | None = _key(None, "a number", "Least value of a range.")
    high: int | float | None = _key(None, "a number", "Greatest value of a range.")
    step: int | float | None = _key(
        None, "a number above 0", "Distance of the levels of a range, from low to high.", gt=0
    )
    label: str = _key("", "text in quotes, at most 60 characters", "A few words for axes and tables.", max_length=60)


class ReplicationsTable(_Table):
    """`[replications]`: how many runs each point gets, each with its own draws."""

    number: int | None = _key(
        None, f"a whole number from 1 to {MOST_REPLICATIONS:,}",
        f"The same number for every point; {DEFAULT_REPLICATIONS} if the table is left out.",
        ge=1, le=MOST_REPLICATIONS,
    )  # fmt: skip
    outcome: str | None = _key(
        None, "the name of an outcome, in quotes",
        "Instead of a number: run until the difference in this outcome from the baseline is precise enough.",
    )  # fmt: skip
    half_width: float | None = _key(
        None, "a number above 0", "Half of the 95 % interval at most this, in the outcome's unit (0.005 is half a "
        "percentage point).", gt=0,
    )  # fmt: skip
    relative: float | None = _key(
        None, "a number above 0 and at most 1", "Half of the 95 % interval at most this share of the difference.",
        gt=0, le=1,
    )  # fmt: skip
    minimum: int | None = _key(
        None, f"a whole number from 2 to {MOST_REPLICATIONS:,}", "Fewest replications of a point; 10 if left out.",
        ge=2, le=MOST_REPLICATIONS,
    )  # fmt: skip
    maximum: int | None = _key(
        None, f"a whole number from 2 to {MOST_REPLICATIONS:,}", "Most replications of a point; 400 if left out.",
        ge=2, le=MOST_REPLICATIONS,
    )  # fmt: skip


class KeepTable(_Table):
    """`[keep]`: what is stored of each run besides its outcomes; each takes much more disk than the outcomes."""

    daily: bool = _key(False, "true or false", "Series by day: people in hospital, workers in post and so on.")
    curves: bool = _key(False, "true or false", "Curves of readmission, linkage and death by day since discharge.")
    subgroups: bool = _key(False, "true or false", "Outcomes of groups of people.")


class LimitsTable(_Table):
    """`[limits]`: time."""

    run_seconds: float = _key(
        Limits().run_seconds, "a number above 0 and at most 86,400 (unit: seconds)",
        "A run that takes longer is given up and noted.", gt=0, le=86_400,
    )  # fmt: skip
    max_minutes: float | None = _key(
        None, "a number above 0 and at most 100,000 (unit: minutes)",
        "Stop in an orderly way after this time; the same command goes on.", gt=0, le=100_000,
    )  # fmt: skip


class StudyTable(_Table):
    """A study file."""

    schema_version: int = _key(1, "1", "Version of the format.", alias="schema", ge=1, le=1)
    title: str = _key(..., "text in quotes, up to 200 characters", "A few words.", min_length=1, max_length=200)
    question: str = _key(
        ..., "text in quotes, up to 1,000 characters", "What the study asks, in plain words.",
        min_length=1, max_length=1_000,
    )  # fmt: skip
    description: str = _key(
        "", "text in quotes, up to 4,000 characters", "What it rests on, and what nobody knows.", max_length=4_000
    )
    sources: list[str] = _key([], 'a list of texts, as in ["Lennox 2021, 10.1186/s12954-021-00467-7"]', "Studies.")
    scenarios: list[str] = _key(
        ..., 'a list of scenarios, as in ["bridge"]',
        "Base scenarios: bundled names, or files from the folder of the study file. Each is crossed with the design.",
        min_length=1, max_length=100,
    )  # fmt: skip
    baseline: str | None = _key(
        None, "the name or file of a scenario, in quotes",
        "Scenario that every plan is compared with; the first of scenarios if left out.",
    )  # fmt: skip
    outcomes: list[str] | None = _key(
        None, 'a list of outcomes, as in ["readmission_30d"]',
        "Outcomes that lead in tables and report; the short list if left out. All outcomes are always stored.",
        min_length=1,
    )  # fmt: skip
    design: DesignTable = _key(..., "a table, [design]", "")
    levers: dict[str, Any] = _key({}, "a table, [levers]", "What plans set.")
    uncertainties: dict[str, Any] = _key({}, "a table, [uncertainties]", "What nobody knows.")
    replications: ReplicationsTable = _key(ReplicationsTable(), "a table, [replications]", "")
    keep: KeepTable = _key(KeepTable(), "a table, [keep]", "")
    limits: LimitsTable = _key(LimitsTable(), "a table, [limits]", "")


TABLES: dict[str, type[_Table]] = {
    "design": DesignTable, "replications": ReplicationsTable, "keep": KeepTable, "limits": LimitsTable,
}  # fmt: skip


def keys(table: type[BaseModel]) -> dict[str, FieldInfo]:
    """Keys of a table as they are written in the file."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def must(field: FieldInfo) -> str:
    """What a key must be, as the end of a sentence."""
    extra = field.json_schema_extra
    return str(extra["must"]) if isinstance(extra, dict) else ""


def explain(detail: ErrorDetails) -> tuple[KeyPath, str]:
    """Return the key that pydantic blames and the message: `design.points: must be a whole number ...`."""
    path = tuple(str(part) for part in detail["loc"] if not isinstance(part, int))
    path = path[: 2 if path[0] in TABLES else 1]
    table: type[BaseModel] = TABLES[path[0]] if len(path) == 2 else StudyTable
    name, field = ".".join(path), keys(table).get(path[-1])
    if detail["type"] == "extra_forbidden" or field is None:
        return path, f"{_short(name)}: is not a key of a study file; {_nearest(path, table)}"
    if detail["type"] == "missing":
        return path, f"{name}: is missing; it must be {must(field)}"
    return path, f"{name}: must be {must(field)}; got {kind_of(detail['input'])}"


def explain_factor(detail: ErrorDetails) -> str:
    """Return what pydantic finds wrong with the table of one factor, without its name."""
    key = str(detail["loc"][0])
    field = FactorTable.model_fields.get(key)
    if field is None:
        near = difflib.get_close_matches(key, FactorTable.model_fields, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"a factor takes {', '.join(FactorTable.model_fields)}"
        return f"{_short(key)} is not a key of a factor; {hint}"
    return f"{key} must be {must(field)}; got {kind_of(detail['input'])}"


def _nearest(path: KeyPath, table: type[BaseModel]) -> str:
    here = list(keys(table))
    if near := difflib.get_close_matches(path[-1], here, n=1, cutoff=0.6):
        return f"did you mean {'.'.join((*path[:-1], near[0]))}?"
    for name, other in TABLES.items():
        if path[-1] in keys(other):
            return f"did you mean {name}.{path[-1]}?"
    if path[-1] in keys(StudyTable):
        return f"did you mean {path[-1]}, at the top of the file?"
    return f"[{path[0]}] takes {', '.join(here)}" if len(path) == 2 else f"there are {', '.join(here)}"


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:80]}..."
