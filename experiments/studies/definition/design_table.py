"""The table of a list design: a CSV file with a column per factor and a row per point."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from experiments.studies.definition.factors import check_name
from experiments.studies.definition.plan import Value
from experiments.studies.definition.points import checked_value, value_of
from scenarios.error_messages import kind_of
from scenarios.toml_files import read_text
from simulation.config import Config

LARGEST_LIST = 16 * 1024 * 1024
"""Bytes that the file of a list may have."""


def read_list(path: Path, wanted: Sequence[str] | None, config: Config) -> dict[str, list[Value]]:
    """Read the values of each factor, row by row.

    Args:
        path: A CSV file with commas and a line of names at the top.
        wanted: Names that the file must have, no more and no fewer; None for whatever factors it has.
        config: A base scenario, which says what values are allowed.

    Raises:
        ScenarioError: The file cannot be read, or is not text.
        ValueError: A column or a cell is not right, in a line that names it.
    """
    text = read_text(path, str(path), "list", LARGEST_LIST)
    try:
        lines = [(number, row) for number, row in _rows(text) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValueError(f"{path}: is not CSV: {error}") from None
    if not lines:
        raise ValueError(f"{path}: is empty; its first line must name the factors")
    names = [name.strip() for name in lines[0][1]]
    _check_names(f"{path}, line {lines[0][0]}", names, wanted)
    if len(lines) == 1:
        raise ValueError(f"{path}: has no row below the names of the factors")
    columns: dict[str, list[Value]] = {name: [] for name in names}
    seen: dict[tuple[Value, ...], int] = {}
    for number, row in lines[1:]:
        where = f"{path}, line {number}"
        if len(row) != len(names):
            raise ValueError(f"{where}: has {len(row)} cells, but line {lines[0][0]} names {len(names)} factors")
        values = tuple(_cell(where, config, name, cell.strip()) for name, cell in zip(names, row, strict=True))
        if values in seen:
            raise ValueError(f"{where}: is the same as line {seen[values]}; leave one of them out")
        seen[values] = number
        for name, value in zip(names, values, strict=True):
            columns[name].append(value)
    return columns


def _rows(text: str) -> list[tuple[int, list[str]]]:
    # Universal line ends: some spreadsheets for the Mac end lines with a carriage return alone.
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    return [(reader.line_num, row) for row in reader]


def _check_names(where: str, names: Sequence[str], wanted: Sequence[str] | None) -> None:
    if len(names) == 1 and re.search(r"[;\t]", names[0]):
        raise ValueError(f"{where}: columns must be separated by commas, not by semicolons or tabs")
    for position, name in enumerate(names):
        if not name:
            raise ValueError(f"{where}: column {position + 1} has no name")
        try:
            check_name(name)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        if name in names[:position]:
            raise ValueError(f"{where}: {name} is a column twice")
    if wanted is None:
        return
    if missing := [name for name in wanted if name not in names]:
        raise ValueError(f"{where}: has no column {missing[0]}")
    if unknown := [name for name in names if name not in wanted]:
        raise ValueError(f"{where}: column {unknown[0]} is not among the factors of the study")


def _cell(where: str, config: Config, name: str, cell: str) -> Value:
    kind = type(value_of(config, name))
    value: Value = cell
    if kind is bool:
        value = {"true": True, "false": False}.get(cell.lower(), cell)
    elif kind is int and re.fullmatch(r"[+-]?[0-9]{1,18}", cell):
        value = int(cell)
    elif kind in (int, float) and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", cell):
        value = float(cell)
    if kind in (int, float) and isinstance(value, str):
        noun = "a whole number" if kind is int else "a number"
        raise ValueError(f"{where}: {name}: must be {noun}; got {kind_of(cell) if cell else 'an empty cell'}")
    try:
        return checked_value(config, name, value)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
