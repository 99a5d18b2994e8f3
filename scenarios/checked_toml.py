"""A TOML file checked against the tables of its format: one line says where and what is wrong, and what would be right.

A format is a tree of pydantic models; each key is declared with `key`, which says what it must be in plain words.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from scenarios.error_messages import kind_of
from scenarios.key_lines import KeyPath
from scenarios.loader import clean_text
from scenarios.toml_files import ScenarioError, ScenarioFile


class Table(BaseModel):
    """A table of a file: no other keys, no other types, no numbers that are none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


T = TypeVar("T", bound=Table)


def key(default: Any, must: str, text: str, **bounds: Any) -> Any:
    """Declare a key of a table.

    Args:
        default: Its value where the file does not name it; `...` where it has to.
        must: What it must be, as the end of a sentence; allowed words stand in double quotes.
        text: What it is for.
        bounds: What pydantic checks, such as `ge=0`.
    """
    return Field(default, description=text, json_schema_extra={"must": must}, **bounds)


def keys(table: type[BaseModel]) -> dict[str, FieldInfo]:
    """Keys of a table as they are written in the file."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def must(field: FieldInfo) -> str:
    """What a key must be, as the end of a sentence."""
    extra = field.json_schema_extra
    return str(extra["must"]) if isinstance(extra, dict) else ""


def short(name: str) -> str:
    """Shorten a name for a message."""
    return name if len(name) <= 80 else f"{name[:80]}..."


def nearest_word(got: object, allowed: str) -> str:
    """A hint where `got` is nearly one of the words that stand in quotes in `allowed`."""
    if not isinstance(got, str) or '"' not in allowed:
        return ""
    near = difflib.get_close_matches(got[:100].lower(), allowed.split('"')[1::2], n=1, cutoff=0.5)
    return f' (did you mean "{near[0]}"?)' if near else ""


@dataclass(frozen=True)
class Format(Generic[T]):
    """The tables of one kind of file.

    Attributes:
        what: What such a file is called, with its article: "a study file".
        root: The keys at its top.
        tables: Models of `[NAME]`.
        named: Models of `[NAME.ANY]`, of which there may be several.
        nested: Models of `[NAME.ANY.KEY]`, by (NAME, KEY).
        described: Keys at the top that hold text for people.
    """

    what: str
    root: type[T]
    tables: Mapping[str, type[Table]]
    named: Mapping[str, type[Table]] = field(default_factory=dict)
    nested: Mapping[tuple[str, str], type[Table]] = field(default_factory=dict)
    described: Sequence[str] = ()

    def explain(self, detail: ErrorDetails) -> tuple[KeyPath, str]:
        """Return the key that pydantic blames and the message: `design.points: must be a whole number ...`."""
        path, table = self._place_of(detail["loc"])
        name = ".".join(path)
        found = keys(table).get(path[-1])
        if path[0] in self.named and len(path) == 2:
            return path, f"{short(name)}: must be a table, [{short(name)}]; got {kind_of(detail['input'])}"
        if detail["type"] == "extra_forbidden" or found is None:
            return path, f"{short(name)}: is not a key of {self.what}; {self._nearest(path, table)}"
        if detail["type"] == "missing":
            return path, f"{name}: is missing; it must be {must(found)}"
        got = detail["input"]
        return path, f"{name}: must be {must(found)}{nearest_word(got, must(found))}; got {kind_of(got)}"

    def _place_of(self, loc: tuple[str | int, ...]) -> tuple[KeyPath, type[BaseModel]]:
        """The key to which pydantic's error belongs, and its table."""
        path = tuple(str(part) for part in loc)
        if path[0] in self.named and len(path) >= 3:
            inner = self.nested.get((path[0], path[2])) if len(path) >= 4 else None
            return (path[:4], inner) if inner is not None else (path[:3], self.named[path[0]])
        if path[0] in self.tables and len(path) >= 2:
            return path[:2], self.tables[path[0]]
        return path[: 2 if path[0] in self.named else 1], self.root

    def _nearest(self, path: KeyPath, table: type[BaseModel]) -> str:
        here = list(keys(table))
        if near := difflib.get_close_matches(path[-1], here, n=1, cutoff=0.6):
            return f"did you mean {'.'.join((*path[:-1], near[0]))}?"
        for name, other in {**self.tables, **self.named}.items():
            if path[-1] in keys(other):
                return f"did you mean {name}.{'NAME.' if name in self.named else ''}{path[-1]}?"
        if path[-1] in keys(self.root):
            return f"did you mean {path[-1]}, at the top of the file?"
        where = f"[{'.'.join(path[:-1])}]" if len(path) > 1 else self.what
        return f"{where} takes {', '.join(here)}"


class CheckedFile(Generic[T]):
    """A file whose tables and keys are as its format says.

    Args:
        file: The file as read.
        form: Its format.
        needs: What a file of this kind has at least, for one that is empty: "a study needs title, ...".

    Attributes:
        table: Its content.

    Raises:
        ScenarioError: It is not as the format says; the message is one line, about the first key that is wrong.
    """

    def __init__(self, file: ScenarioFile, form: Format[T], needs: str) -> None:
        self.file = file
        if not file.data.keys() - {"schema"}:
            raise ScenarioError(f"{file.label}: is empty; {needs}")
        try:
            self.table: T = form.root.model_validate(file.data)
        except ValidationError as error:
            problems = dict(form.explain(detail) for detail in reversed(error.errors(include_url=False)))
            first = min(problems, key=lambda path: self.line(path) or 10**9)
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self.bad(first, problems[first] + more)
        for name in form.described:
            for text in [value] if isinstance(value := getattr(self.table, name), str) else value:
                if text != clean_text(text):
                    self.bad((name,), f"{name}: must have at most 4,000 characters and no control characters")

    def line(self, path: KeyPath) -> int:
        """Line on which a key, or else the table around it, stands; 0 if neither does."""
        dotted = (path[0], *path[1].split("."), *path[2:]) if len(path) > 1 else path  # as in [levers] run.days
        lines = self.file.lines
        found = (lines.get(each[:n]) for each in (path, dotted) for n in range(len(each), 1, -1))
        return next(filter(None, found), lines.get(path[:1], 0))

    def bad(self, path: KeyPath, message: str) -> NoReturn:
        """Refuse the file because of the key `path`."""
        line = self.line(path)
        raise ScenarioError(f"{self.file.label}{f', line {line}' if line else ''}: {message}")

    def unknown(self, name: str, allowed: Iterable[str], what: str) -> str:
        """Words for a name that is not among those allowed."""
        words = ", ".join(f'"{word}"' for word in allowed)
        return f'"{name[:60]}" is no {what}{nearest_word(name, words)}; there are {words}'
