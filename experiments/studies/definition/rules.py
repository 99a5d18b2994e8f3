"""Rules within one table of a study file that go beyond the type and the bounds of each key."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NoReturn

from experiments.studies.definition.plan import Fixed, Precision
from experiments.studies.definition.schema import DEFAULT_REPLICATIONS, DesignTable, ReplicationsTable
from scenarios.key_lines import KeyPath

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
