"""The tables of a study file, each key with what it must be, and the rules that bind keys of one table."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, NoReturn

from pydantic_core import ErrorDetails

from experiments.studies.definition.plan import Fixed, Limits, Precision
from experiments.studies.definition.samplers import KINDS
from experiments.support.limits import MOST_REPLICATIONS
from scenarios.checked_toml import Format, must, short
from scenarios.checked_toml import Table as _Table
from scenarios.checked_toml import key as _key
from scenarios.error_messages import kind_of
from scenarios.key_lines import KeyPath

MOST_POINTS = 100_000
"""Points that a study may have, baselines counted. Reading such a study takes some ten seconds."""

MOST_RUNS = 10_000_000
"""Runs that a study may have: about three days on one core."""

DEFAULT_REPLICATIONS = 50

DESCRIBED = "title", "question", "description", "sources"


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

FORMAT = Format("a study file", StudyTable, TABLES, described=DESCRIBED)
"""What a study file may hold."""


def explain_factor(detail: ErrorDetails) -> str:
    """Return what pydantic finds wrong with the table of one factor, without its name."""
    key = str(detail["loc"][0])
    field = FactorTable.model_fields.get(key)
    if field is None:
        near = difflib.get_close_matches(key, FactorTable.model_fields, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"a factor takes {', '.join(FactorTable.model_fields)}"
        return f"{short(key)} is not a key of a factor; {hint}"
    return f"{key} must be {must(field)}; got {kind_of(detail['input'])}"


_TAKES: dict[str, tuple[str, ...]] = {
    "grid": ("futures",),
    "latin-hypercube": ("points", "futures"),
    "sobol": ("points", "futures"),
    "one-at-a-time": ("futures",),
    "morris": ("trajectories", "levels"),
    "list": ("file", "futures"),
}
"""Keys of `[design]` that each kind takes besides `kind`."""


class Wrong(ValueError):
    """Something is wrong with a study file.

    Attributes:
        path: The key to blame.
    """

    def __init__(self, path: KeyPath, message: str) -> None:
        super().__init__(message)
        self.path = path


def check_design(design: DesignTable) -> None:
    """Check that the keys of `[design]` belong to its kind.

    Raises:
        Wrong: They do not.
    """
    kind = design.kind
    if kind not in _TAKES:
        near = difflib.get_close_matches(kind.lower().replace("_", "-")[:100], _TAKES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_TAKES)}"
        _wrong(("design", "kind"), f"design.kind: {kind[:60]} is no design; {hint}")
    for key, value in design.model_dump().items():
        if key == "kind":
            continue
        if value is not None and key not in _TAKES[kind]:
            owners = [other for other, taken in _TAKES.items() if key in taken]
            _wrong(("design", key), f"design.{key}: is not for kind = {kind} but for {', '.join(owners)}")
        if value is None and key in _TAKES[kind] and key not in ("futures", "levels"):
            _wrong(("design", "kind"), f"design.{key}: is missing; kind = {kind} needs it")
    n = design.points
    if kind == "sobol" and n and n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        _wrong(
            ("design", "points"),
            f"design.points: a Sobol sequence is even only at powers of two; take {below:,} or {2 * below:,}, "
            f"not {n:,}",
        )


def leading_outcomes(chosen: Sequence[str] | None) -> tuple[str, ...]:
    """Outcomes that lead: those chosen, or the short list.

    Raises:
        Wrong: One of them does not exist, or is named twice.
    """
    from simulation.outcome_definitions import HEADLINES

    for position, name in enumerate(chosen or ()):
        _check_outcome(("outcomes",), "outcomes", name)
        if name in (chosen or ())[:position]:
            _wrong(("outcomes",), f"outcomes: {name} is named twice")
    return tuple(chosen) if chosen else HEADLINES


def replications_of(table: ReplicationsTable, number: int | None) -> Fixed | Precision:
    """How many replications a point gets; `number` counts more than what the table says.

    Raises:
        Wrong: The table contradicts itself or lacks something.
    """
    given = [key for key, value in table.model_dump().items() if value is not None]
    at = ("replications", given[-1]) if given else ("replications",)
    if table.number is not None and len(given) > 1:
        other = next(key for key in given if key != "number")
        _wrong(at, f"replications: has both number and {other}; give a fixed number or a precision, not both")
    if table.outcome is None and table.number is None and given:
        _wrong(at, f"replications.{given[0]}: needs outcome, the outcome whose difference is to be precise")
    fixed = Fixed(number or table.number or DEFAULT_REPLICATIONS)
    if table.outcome is None:
        return fixed
    _check_outcome(("replications", "outcome"), "replications.outcome", table.outcome)
    if table.half_width is not None and table.relative is not None:
        _wrong(at, "replications: has both half_width and relative; give one of them")
    if table.half_width is None and table.relative is None:
        _wrong(at, "replications: lacks half_width or relative, which say how precise is enough")
    minimum = 10 if table.minimum is None else table.minimum
    maximum = 400 if table.maximum is None else table.maximum
    if minimum > maximum:
        _wrong(at, f"replications: minimum = {minimum} lies above maximum = {maximum}")
    if number is not None:
        return fixed
    return Precision(table.outcome, table.half_width, table.relative, minimum, maximum)


def _check_outcome(path: KeyPath, key: str, name: str) -> None:
    from experiments.outcomes.registry import OUTCOMES

    if name not in OUTCOMES:
        near = difflib.get_close_matches(name[:100], OUTCOMES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "docs/reference/outcomes.md lists them"
        _wrong(path, f"{key}: {name[:80]} is no outcome; {hint}")


def _wrong(path: KeyPath, message: str) -> NoReturn:
    raise Wrong(path, message)
