"""Load a scenario: follow `extends`, apply settings, check every setting, and remember which file set what."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from scenarios.bundled import find
from scenarios.error_messages import LISTED, SECTIONS, explain, kind_of, problem_path
from scenarios.key_lines import KeyPath
from scenarios.toml_files import ScenarioError, ScenarioFile, one_line, read_file
from simulation.config import FOR_PEOPLE, Config

SCHEMA = 1
"""Version of the file format; a file may state it as `schema = 1`."""

LIBRARY = Path(__file__).parent / "library"
LONGEST_CHAIN = 16
LONGEST_NAME = 80
LONGEST_TEXT = 4_000


class Origin(NamedTuple):
    """Where a value was set."""

    label: str
    line: int

    def __str__(self) -> str:
        return f"{self.label}, line {self.line}" if self.line else self.label


class _Layer(NamedTuple):
    """Settings of one file or override, as flat keys: `("programme", "peers")`."""

    values: dict[KeyPath, Any]
    origins: dict[KeyPath, Origin]


def names() -> list[str]:
    """Return the names of the bundled scenarios, `usual-care` first.

    Example:
        >>> import peerbridge as pb
        >>> pb.scenario_names()[0], "bridge" in pb.scenario_names()
        ('usual-care', True)
    """
    return sorted((file.stem for file in LIBRARY.glob("*.toml")), key=lambda name: (name != "usual-care", name))


def load(name_or_path: str | os.PathLike[str], settings: Sequence[str] = ()) -> Config:
    """Load a scenario by its bundled name or from a file, with settings such as `programme.peers=6` on top.

    A string without a slash and without `.toml` that is a bundled name means that scenario; anything else is a path.

    Raises:
        ScenarioError: On the first thing that is wrong, in one line that names file, line, field and what is allowed.

    Example:
        >>> import peerbridge as pb
        >>> pb.load("bridge", ["programme.peers=6"]).programme.peers
        6
    """
    return load_with_origins(name_or_path, settings)[0]


def load_with_origins(
    name_or_path: str | os.PathLike[str], settings: Sequence[str] = ()
) -> tuple[Config, dict[str, str]]:
    """Load as `load` does, and say for every key that was set where: `{"programme.peers": "bridge.toml, line 9"}`.

    Keys that are not in the second value keep the default of the model.

    Raises:
        ScenarioError: As `load`.
    """
    config, origins, problems = _load(name_or_path, settings)
    if config is None or problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ScenarioError(problems[0] + more)
    return config, {".".join(path): str(origin) for path, origin in origins.items()}


def check(name_or_path: str | os.PathLike[str], settings: Sequence[str] = ()) -> list[str]:
    """Return everything that is wrong with a scenario, one line each; an empty list means that it can be run."""
    try:
        return _load(name_or_path, settings)[2]
    except ScenarioError as error:
        return [str(error)]


def clean_name(text: str) -> str:
    """Return `text` as a name that a scenario may have: printable, no slashes, 1 to 80 characters."""
    printable = "".join(c for c in text if c.isprintable())[:LONGEST_NAME]
    return re.sub(r"[/\\]|^[.\s]+|\s+$", "-", printable) or "unnamed"


def clean_text(text: str) -> str:
    """Return `text` without control characters (line breaks and tabs stay), at most 4,000 characters.

    Those that turn the direction of what follows are control characters too; joiners within words are none.
    """
    kept = "\n\t\u200c\u200d"
    return "".join(c for c in text if c in kept or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))[:LONGEST_TEXT]


def _load(
    name_or_path: str | os.PathLike[str], settings: Sequence[str]
) -> tuple[Config | None, dict[KeyPath, Origin], list[str]]:
    layers = _chain(_find(name_or_path, Path()))
    layers += [_override(text) for text in ([settings] if isinstance(settings, str) else settings)]
    values: dict[KeyPath, Any] = {}
    origins: dict[KeyPath, Origin] = {}
    for layer in layers:
        for path in _replaced(layer):
            values.pop(path, None)
            origins.pop(path, None)
        values.update(layer.values)
        for path, origin in layer.origins.items():
            origins.pop(path, None)  # so that the order of keys is the order in which they were last set
            origins[path] = origin
    problems = _text_problems(values, origins) + _too_long_numbers(values, origins)
    if problems:
        return None, origins, problems
    try:
        return Config.model_validate(_nested(values)), origins, []
    except ValidationError as error:
        # several files may be at fault: report in the order in which their keys were read
        order = {path: position for position, path in enumerate(origins)}
        found = []
        for detail in error.errors(include_url=False):
            path = problem_path(detail, origins)
            at = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in origins), path)
            found.append((order.get(at, len(order)), f"{origins.get(at, name_or_path)}: {explain(detail, path)}"))
        return None, origins, [one_line(message) for _, message in sorted(found)]


def _replaced(layer: _Layer) -> list[KeyPath]:
    """Settings of more general layers that those of `layer` replace, though they have other names."""
    found: list[KeyPath] = []
    ratio, number = ("programme", "peers_per_supervisor"), ("programme", "supervisors")
    if ratio in layer.values and number in layer.values:
        raise ScenarioError(
            f"{layer.origins[number]}: programme.supervisors: peers_per_supervisor says how many already; "
            "leave one of the two out"
        )
    if ratio in layer.values:
        found.append(number)
    if ("hospitals",) in layer.values:
        found.append(("hospital", "count"))
    return found


def _find(name_or_path: str | os.PathLike[str], folder: Path) -> tuple[Path, str]:
    """Return path and label of the scenario meant by a bundled name or a path relative to `folder`."""
    return find(name_or_path, LIBRARY, names(), ("scenario", "scenarios"), folder)


def _chain(found: tuple[Path, str]) -> list[_Layer]:
    """Read a file and what it extends; the most general comes first."""
    layers: list[_Layer] = []
    seen: list[tuple[str, str]] = []
    at = ""
    while True:
        path, label = found
        identity = os.path.realpath(path)
        if identity in [known for known, _ in seen]:
            circle = " -> ".join([*(name for _, name in seen), label])
            raise ScenarioError(f"{at}: goes round in a circle ({circle})")
        if len(seen) == LONGEST_CHAIN:
            raise ScenarioError(f"{at}: is a chain of more than {LONGEST_CHAIN} files")
        seen.append((identity, label))
        try:
            file = read_file(path, label)
        except ScenarioError as error:
            raise ScenarioError(f"{at}: {error}" if at else str(error)) from None
        layers.insert(0, _layer(file, only_settings=bool(at)))
        if "extends" not in file.data:
            return layers
        at = f"{label}, line {file.lines.get(('extends',), 1)}: extends"
        parent = file.data["extends"]
        if not isinstance(parent, str):
            raise ScenarioError(f"{at}: must be the name of a scenario or a path, in quotes; got {kind_of(parent)}")
        try:
            found = _find(parent, path.parent)
        except ScenarioError as error:
            raise ScenarioError(f"{at}: {error}") from None


def _layer(file: ScenarioFile, only_settings: bool) -> _Layer:
    """Flatten one file. What is for people (`FOR_PEOPLE`) is that of the file asked for, never inherited."""
    schema = file.data.get("schema", SCHEMA)
    if type(schema) is not int or schema != SCHEMA:
        where = f"{file.label}, line {file.lines.get(('schema',), 1)}"
        raise ScenarioError(f"{where}: schema: this version reads schema = {SCHEMA}; got {kind_of(schema)}")
    data = {"name": clean_name(file.path.name.removesuffix(".toml"))} | _lists(file)
    skip = {"schema", "extends"} | (set(FOR_PEOPLE) if only_settings else set())
    values: dict[KeyPath, Any] = {}
    origins: dict[KeyPath, Origin] = {}
    for read, path, value in _flat({key: value for key, value in data.items() if key not in skip}):
        stands = (LISTED[read[0]][0], *read[1:]) if read[0] in LISTED else read
        line = next((file.lines[stands[:n]] for n in range(len(stands), 0, -1) if stands[:n] in file.lines), 0)
        if path in values:
            raise ScenarioError(f"{file.label}, line {line}: {'.'.join(path)}: is set twice")
        values[path] = value
        if read[0] in file.data or read[0] in LISTED:
            origins[path] = Origin(file.label, line)
    for name, (table, _) in LISTED.items():
        for path, line in file.lines.items() if (name,) in values else ():
            if path[0] == table and len(path) >= 2 and path[1].isdigit():
                origins[(name, *path[1:3])] = Origin(file.label, line)
    return _Layer(values, dict(sorted(origins.items(), key=lambda item: item[1].line)))


def _lists(file: ScenarioFile) -> dict[str, Any]:
    """The data of a file with its `[[hospital]]` and `[[phase]]` under the names that the configuration has."""
    data = dict(file.data)
    for name, (table, _) in LISTED.items():
        if name in data:
            where = f"{file.label}, line {file.lines.get((name,), 1)}"
            raise ScenarioError(f"{where}: {name}: is not a setting; did you mean tables, [[{table}]]?")
        if isinstance(data.get(table), list):
            data[name] = data.pop(table)
        elif table not in SECTIONS and table in data:
            where = f"{file.label}, line {file.lines.get((table,), 1)}"
            raise ScenarioError(f"{where}: {table}: must be tables, [[{table}]]; got {kind_of(data[table])}")
    return data


def _flat(data: dict[str, Any]) -> Iterator[tuple[KeyPath, KeyPath, Any]]:
    """Yield (key as read, key as meant, value): names of parameters have dots, so `discharge.x` is one key there."""
    for key, value in data.items():
        if key not in SECTIONS or not isinstance(value, dict):
            yield (key,), (key,), value
        elif key != "parameters":
            yield from (((key, name), (key, name), item) for name, item in value.items())
        else:
            waiting: list[tuple[KeyPath, Any]] = [((key, name), item) for name, item in reversed(value.items())]
            while waiting:
                read, item = waiting.pop()
                if isinstance(item, dict) and item and len(read) < 6:
                    waiting += [((*read, name), inner) for name, inner in reversed(item.items())]
                else:
                    yield read, (key, ".".join(read[1:])), item


def _override(text: str) -> _Layer:
    label = f"settings {text if len(text) <= 80 else text[:80] + '...'}"
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not text.isprintable():
        raise ScenarioError(f"{label}: must read key=value, for example programme.peers=6")
    try:
        data = tomllib.loads(f"{key} = 0")
    except ValueError:
        data = {}
    if not data:
        raise ScenarioError(f"{label}: the key must be words with dots between, for example programme.peers=6")
    try:
        parsed: Any = tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        parsed = value.strip()
    inner = data
    while isinstance(deeper := next(iter(inner.values())), dict):
        inner = deeper
    inner[next(iter(inner))] = parsed
    if refused := data.keys() & {
        "extends",
        "schema",
        *LISTED,
        *(table for table, _ in LISTED.values() if table not in SECTIONS),
    }:
        raise ScenarioError(f"{label}: {refused.pop()} can be set in a file only")
    values = {path: item for _, path, item in _flat(data)}
    return _Layer(values, dict.fromkeys(values, Origin(label, 0)))


def _nested(values: dict[KeyPath, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for (first, *rest), value in values.items():
        if not rest:
            nested[first] = value
        elif isinstance(nested.setdefault(first, {}), dict):
            nested[first][rest[0]] = value
    return nested


def _text_problems(values: dict[KeyPath, Any], origins: dict[KeyPath, Origin]) -> list[str]:
    """Check texts for people beyond what the model needs: they become file names and are printed on terminals."""
    problems = []
    name = values.get(("name",))
    if isinstance(name, str) and name != clean_name(name):
        rule = f"1 to {LONGEST_NAME} printable characters, no slashes, no dot or space at the start"
        problems.append(f"{origins[('name',)]}: name: must have {rule}; got {kind_of(name)}")
    for key in FOR_PEOPLE[1:]:
        value = values.get((key,))
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text != clean_text(text):
                rule = f"at most {LONGEST_TEXT:,} characters and no control characters"
                problems.append(f"{origins[(key,)]}: {key}: must have {rule}; got {kind_of(text)}")
    return [one_line(problem) for problem in problems]


def _too_long_numbers(values: dict[KeyPath, Any], origins: dict[KeyPath, Origin]) -> list[str]:
    problems = []
    for path, value in values.items():
        if type(value) is int and not -(2**63) <= value < 2**63:
            problems.append(f"{origins[path]}: {'.'.join(path)}: is a whole number of more than 64 bits")
    return [one_line(problem) for problem in problems]
