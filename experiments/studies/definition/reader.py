"""Read a study file into a [`StudyPlan`][experiments.studies.definition.plan.StudyPlan]; one line says what is wrong.

The tables and keys of the file are in `study_format`, factors in `study_factors`, designs in `designs`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import scenarios as scenario_files
from experiments.studies.definition.design_rows import MORRIS_LEVELS, design_rows, row_count
from experiments.studies.definition.design_table import read_list
from experiments.studies.definition.factors import COLUMN, PRIOR, Declared, declare
from experiments.studies.definition.plan import Keep, Limits, StudyPlan, Value
from experiments.studies.definition.points import Built, build_points, value_of
from experiments.studies.definition.schema import (
    FORMAT,
    MOST_POINTS,
    MOST_RUNS,
    DesignTable,
    StudyTable,
    Wrong,
    check_design,
    leading_outcomes,
    replications_of,
)
from experiments.support.errors import InputError
from experiments.support.limits import check_replications, check_seed
from scenarios import ScenarioError
from scenarios.bundled import find
from scenarios.checked_toml import CheckedFile
from scenarios.loader import clean_name
from scenarios.toml_files import ScenarioFile, one_line, read_text, read_toml
from simulation.config import Config

LIBRARY = Path(scenario_files.__file__).parent / "studies"
"""Folder of the bundled studies."""


def study_names() -> list[str]:
    """Names of the bundled studies, the three-lever grid first.

    Example:
        >>> import peerbridge as pb
        >>> pb.study_names()[0]
        'staffing-supervision-followup'
    """
    first = "staffing-supervision-followup"
    return sorted((file.stem for file in LIBRARY.glob("*.toml")), key=lambda name: (name != first, name))


def read_study_file(
    name_or_path: str | os.PathLike[str],
    *,
    replications: int | None = None,
    seed: int = 0,
    settings: Sequence[str] = (),
) -> StudyPlan:
    """Read a study by its bundled name or from a file.

    Args:
        name_or_path: A bundled name (`study_names()`), or the path of a TOML file.
        replications: Instead of what the file says: this number for every point.
        seed: Root seed of all draws and of sampled designs, 0 to 2**64 - 1.
        settings: Overrides such as "run.days=365" for every scenario, the baseline too; a lever cannot be overridden.

    Raises:
        InputError: The first thing that is wrong, in one line: file, line, key, what is allowed, what was found.
    """
    if replications is not None:
        check_replications(replications)
    check_seed(seed)
    try:
        path, label = _find(name_or_path)
        file = read_toml(path, label, "study")
        return _Reader(file).plan(replications, seed, tuple(settings))
    except ScenarioError as error:
        raise InputError(str(error)) from None


def study_text(name_or_path: str | os.PathLike[str]) -> str:
    """The text of a study's file, as it stands.

    Raises:
        InputError: There is no such study, or its file cannot be read.
    """
    try:
        path, label = _find(name_or_path)
        return read_text(path, label, "study")
    except ScenarioError as error:
        raise InputError(str(error)) from None


def _find(name_or_path: str | os.PathLike[str]) -> tuple[Path, str]:
    return find(name_or_path, LIBRARY, study_names(), ("study", "studies"))


class _Reader(CheckedFile[StudyTable]):
    """One study file on its way to a plan."""

    def __init__(self, file: ScenarioFile) -> None:
        super().__init__(file, FORMAT, "a study needs title, question, scenarios, [design] and [levers]")

    def plan(self, replications: int | None, seed: int, settings: tuple[str, ...]) -> StudyPlan:
        """Check everything and make the points."""
        table = self.table
        try:
            check_design(table.design)
            outcomes = leading_outcomes(table.outcomes)
            repeats = replications_of(table.replications, replications)
        except Wrong as error:
            self.bad(error.path, str(error))
        bases, baseline = self._scenarios(settings)
        declared = self._factors(bases, settings)
        kind = table.design.kind
        columns: dict[str, list[Value]] = {}
        if kind == "list":
            declared, columns = self._list(declared, next(iter(bases.values())))
        self._check_size(declared, columns, len(bases), repeats.most)
        built = self._points(bases, baseline, declared, columns, seed)
        self._check_most(len(built.points), repeats.most)
        first = next(iter(bases.values()))
        design = {key: value for key, value in table.design.model_dump().items() if value is not None}
        design |= {"levels": self.table.design.levels or MORRIS_LEVELS} if kind == "morris" else {}
        if kind in ("morris", "sobol"):
            design["order"] = built.order
        return StudyPlan(
            name=clean_name(self.file.path.name.removesuffix(".toml")),
            title=table.title,
            question=table.question.strip(),
            description=table.description.strip(),
            sources=tuple(table.sources),
            baseline=baseline.name,
            scenarios={baseline.name: baseline} | bases,
            design=design,
            factors=tuple(each.factor(value_of(first, each.name), columns.get(each.name, ())) for each in declared),
            points=built.points,
            outcomes=outcomes,
            seed=seed,
            replications=repeats,
            keep=Keep(**table.keep.model_dump()),
            limits=Limits(**table.limits.model_dump()),
            notes=built.notes,
        )

    def _scenarios(self, settings: tuple[str, ...]) -> tuple[dict[str, Config], Config]:
        bases: dict[str, Config] = {}
        for given in self.table.scenarios:
            config = self._scenario("scenarios", given, settings)
            if config.name in bases:
                self.bad(("scenarios",), f"scenarios: two are called {config.name!r}; give each file its own name")
            for other in bases.values():
                if other.content_hash() == config.content_hash():
                    self.bad(("scenarios",), f"scenarios: {other.name!r} and {config.name!r} are the same plan")
            bases[config.name] = config
        if self.table.baseline is None:
            return bases, next(iter(bases.values()))
        baseline = self._scenario("baseline", self.table.baseline, settings)
        twin = bases.get(baseline.name)
        if twin is not None and twin.content_hash() != baseline.content_hash():
            self.bad(("baseline",), f"baseline: is called {baseline.name!r} like another of the scenarios; rename it")
        return bases, baseline

    def _scenario(self, key: str, given: str, settings: tuple[str, ...]) -> Config:
        source = given if given in scenario_files.names() else self.file.path.parent / given
        try:
            if "\0" in given:
                raise ScenarioError(f"{given}: cannot be a path")
            config = scenario_files.load(source)
        except ScenarioError as error:
            self.bad((key,), f"{key}: {error}")
        if not settings:
            return config
        try:
            return scenario_files.load(source, settings)
        except ScenarioError as error:
            raise InputError(str(error)) from None

    def _factors(self, bases: Mapping[str, Config], settings: tuple[str, ...]) -> list[Declared]:
        overridden = {text.partition("=")[0].replace('"', "").replace(" ", ""): text for text in settings}
        found: dict[str, Declared] = {}
        for table in ("levers", "uncertainties"):
            for name, spec in self._flat(table, getattr(self.table, table)):
                if name in found:
                    role = found[name].role
                    self.bad((table, name), f"{name}: is already a{'n' * (role != 'lever')} {role}; name it once")
                try:
                    found[name] = declare(name, "lever" if table == "levers" else "uncertainty", spec, bases)
                except ValueError as error:
                    self.bad((table, name), str(error))
                if name in overridden:
                    text = one_line(f"{overridden[name]}: {name} is varied by the study itself")
                    raise InputError(text, argument="settings")
                self._check_form(table, found[name])
        return list(found.values())

    def _flat(self, table: str, data: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """Names and what stands behind them; `programme.peers` may be written with quotes or without."""
        flat: dict[str, Any] = {}
        waiting = [(name, spec) for name, spec in reversed(list(data.items()))]
        while waiting:
            name, spec = waiting.pop()
            if isinstance(spec, dict) and spec and all(isinstance(inner, dict | str) for inner in spec.values()):
                if spec.keys() - {"label", "values", "low", "high", "step"}:
                    waiting += [(f"{name}.{inner}", deeper) for inner, deeper in reversed(list(spec.items()))]
                    continue
            if name in flat:
                self.bad((table, name), f"{name[:80]}: is given twice")
            flat[name] = spec
        return list(flat.items())

    def _check_form(self, table: str, declared: Declared) -> None:
        design: DesignTable = self.table.design
        name, drawn = declared.name, table == "uncertainties" and design.futures is not None
        if declared.column and (design.kind != "list" or drawn):
            self.bad((table, name), f'{name}: "{COLUMN}" is for the columns of a list; give values or a range')
        if design.kind == "list" and not drawn and not declared.column:
            self.bad((table, name), f'{name}: takes its values from the file of the list; write "{COLUMN}"')
        if design.kind == "grid" and not drawn and declared.count is None:
            what = f'"{PRIOR}"' if declared.prior else "a range without step"
            more = ", or futures = 30 (say) under [design]" if table == "uncertainties" else ""
            self.bad((table, name), f"{name}: {what} has no levels, and a grid needs them; give values or a step{more}")

    def _list(self, declared: list[Declared], config: Config) -> tuple[list[Declared], dict[str, list[Value]]]:
        design: DesignTable = self.table.design
        path = self.file.path.parent / (design.file or "")
        wanted = [each.name for each in declared if each.column]
        try:
            columns = read_list(path, wanted or None, config)
        except (ScenarioError, ValueError) as error:
            self.bad(("design", "file"), f"design.file: {error}")
        known = {each.name for each in declared}
        for name in columns:
            if name not in known:
                uncertain = name.startswith("parameters.")
                if uncertain and design.futures is not None:
                    self.bad(("design", "futures"), f"design.futures: {name} is a column of the list already")
                declared.append(Declared(name, "uncertainty" if uncertain else "lever", "", column=True))
        return sorted(declared, key=lambda each: each.role != "lever"), columns

    def _check_size(
        self, declared: list[Declared], columns: Mapping[str, list[Value]], scenarios: int, replications: int
    ) -> None:
        """Refuse designs that are empty or too large before anything of them is made."""
        design: DesignTable = self.table.design
        levers = [each for each in declared if each.role == "lever"]
        uncertain = [each for each in declared if each.role != "lever"]
        if not declared:
            self.bad(
                ("design",),
                "no factors: name at least one under [levers] or [uncertainties] (peerbridge compare is for scenarios "
                "as they are)",
            )
        if design.futures and not uncertain:
            self.bad(("design", "futures"), "design.futures: needs at least one factor under [uncertainties]")
        if design.futures and not levers:
            self.bad(("design", "futures"), "design.futures: needs levers; leave it out to vary uncertainties alone")
        rows = row_count(design, declared, columns)
        futures = design.futures or 1
        self._check_most(rows * futures * scenarios + futures, replications)
        widest = max((each.count or 0 for each in declared), default=0)
        if widest > MOST_POINTS:
            self.bad(("design",), f"design: a factor has {widest:,} levels; at most {MOST_POINTS:,} are allowed")

    def _check_most(self, points: int, replications: int) -> None:
        if points > MOST_POINTS:
            self.bad(("design",), f"design: has {points:,} points; at most {MOST_POINTS:,} are allowed")
        if points * replications > MOST_RUNS:
            self.bad(
                ("replications",),
                f"{points:,} points with up to {replications:,} replications are {points * replications:,} runs; "
                f"at most {MOST_RUNS:,} are allowed",
            )

    def _points(
        self,
        bases: Mapping[str, Config],
        baseline: Config,
        declared: list[Declared],
        columns: Mapping[str, list[Value]],
        seed: int,
    ) -> Built:
        rows = design_rows(self.table.design, declared, columns, bases, seed)
        first = next(iter(bases.values()))
        factors = [each.factor(value_of(first, each.name), columns.get(each.name, ())) for each in declared]
        try:
            return build_points(bases, baseline, factors, rows)
        except ValueError as error:
            self.bad(("design",), f"design: {error}")
