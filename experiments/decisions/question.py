"""A question file: levers, prices, constraints and goals in a planner's words, read into a grid of plans."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import scenarios as scenario_files
from experiments.decisions.constraints import Constraint, Goal, contradiction, read_constraint, read_goal
from experiments.decisions.constraints import outcome_name as read_outcome
from experiments.decisions.prices import COST, FULL_COST, NET_BENEFIT, Perspective, Prices
from experiments.outcomes.cost_effectiveness import THRESHOLD
from experiments.outcomes.registry import OUTCOMES
from experiments.studies.definition.factors import declare
from experiments.studies.definition.plan import BASELINE, Factor, Fixed, Keep, Point, StudyPlan, Value
from experiments.studies.definition.points import value_of, with_values
from experiments.support.errors import InputError
from scenarios import ScenarioError, load
from scenarios.bundled import find
from scenarios.loader import clean_name
from scenarios.toml_files import one_line, read_toml
from simulation.config import Config

LIBRARY = Path(scenario_files.__file__).parent / "questions"
"""Folder of the bundled questions."""

MOST_PLANS = 20_000
"""Plans that the grid of a question may have."""

MOST_REPLICATIONS = 600
"""Replications that a plan may get: beyond, a choice that is not made by then would not be made."""

_TOP = {
    "schema", "title", "question", "description", "sources", "scenario", "baseline", "settings", "levers", "prices",
    "constraints", "goal", "front", "probability", "search", "hospital", "local",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """How hard to look.

    Attributes:
        runs: Most runs in all.
        first: Replications of each plan that the search looks at.
        plans: Most plans that the search looks at.
        error: Probability that the plan named is not the best, where the best is better by `indifference`.
        indifference: Difference in the goal that does not matter, in its unit.
        minutes: Time after which the search ends with what it has; None for no limit.
    """

    runs: int = 4_000
    first: int = 12
    plans: int = 160
    error: float = 0.05
    indifference: float = 0.0
    minutes: float | None = None


@dataclass(frozen=True)
class Question:
    """A question, ready to be answered.

    Attributes:
        name: Bundled name, or the file's name without `.toml`.
        title: In a few words.
        text: The question.
        levers: What a plan sets, each with its levels.
        grid: Level number of each lever in each plan, in the order of the plan's points less the baseline.
        plan: Study whose points are the baseline and every plan of the grid.
        constraints: What must hold.
        goal: What the best plan has most or least of.
        front: Outcomes of the trade-off, at least cost, patients and workers.
        prices: How money and health are weighed.
        search: How hard to look.
        source: The question file's text.
    """

    name: str
    title: str
    text: str
    levers: tuple[Factor, ...]
    grid: tuple[tuple[int, ...], ...]
    plan: StudyPlan
    constraints: tuple[Constraint, ...]
    goal: Goal
    front: tuple[str, ...]
    prices: Prices
    search: Search
    source: str = ""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes of a run that the answer needs."""
        names = [self.goal.outcome, *(c.outcome for c in self.constraints), *self.front, *SHOWN]
        return tuple(
            dict.fromkeys(n for name in names for n in (self.prices.outcomes if name == NET_BENEFIT else (name,)))
        )

    @property
    def levels(self) -> tuple[int, ...]:
        """Number of levels of each lever."""
        return tuple(len(lever.values or ()) for lever in self.levers)


SHOWN = (
    "programme_cost", "total_cost", "readmissions_30d_per_year", "readmission_30d", "patient_initiated_discharge",
    "deaths_per_1000_person_years", "peer_high_burnout", "peer_exits_per_year", "peer_returns_to_use_per_year",
    "worker_harms_per_year", "programme_cost_full",
)  # fmt: skip
"""Outcomes that every answer shows: money, patients, workers."""

FRONT = ("programme_cost", "readmission_30d", "peer_high_burnout")


def question_names() -> list[str]:
    """Names of the bundled questions."""
    return sorted(file.stem for file in LIBRARY.glob("*.toml"))


def read_question(name_or_path: str | os.PathLike[str], seed: int = 0, target: str | None = None) -> Question:
    """Read a question by its bundled name or from a file.

    Args:
        name_or_path: A bundled name (`question_names()`), or the path of a TOML file.
        seed: Root seed of all runs.
        target: A constraint to meet as cheaply as possible: it is added, limits on cost are left out, and the goal
            becomes "cheapest".

    Raises:
        InputError: The first thing that is wrong, in one line.
    """
    try:
        path, label = find(name_or_path, LIBRARY, question_names(), ("question", "questions"))
        file = read_toml(path, label, "question")
    except ScenarioError as error:
        raise InputError(str(error)) from None
    reader = _Reader(label, file.data, file.lines)
    found = reader.question(clean_name(path.name.removesuffix(".toml")), seed, target)
    return replace(found, source=path.read_text(encoding="utf-8-sig"))


class _Reader:
    def __init__(self, label: str, data: Mapping[str, Any], lines: Mapping[Any, int]) -> None:
        self.label, self.data, self.lines = label, data, lines

    def question(self, name: str, seed: int, target: str | None) -> Question:
        for key in self.data:
            if key not in _TOP:
                self._bad((key,), f"{key}: is no part of a question; there are {', '.join(sorted(_TOP))}")
        for key in ("title", "question", "levers", "goal") if target is None else ("title", "question", "levers"):
            if key not in self.data:
                self._bad((), f"lacks {key}")
        prices = self._prices()
        constraints, goal = self._wanted(prices, target)
        configs = self._scenarios()
        declared = []
        levers = self._table("levers")
        if not levers:
            self._bad(("levers",), "levers: names none")
        for lever, spec in levers.items():
            try:
                one = declare(lever, "lever", spec, {c.name: c for c in configs})
            except ValueError as error:
                self._bad(("levers", lever), str(error))
            if one.count is None:
                self._bad(("levers", lever), f"{lever}: lacks a step, or values")
            declared.append(one)
        number = math.prod(one.count or 1 for one in declared)
        if number > MOST_PLANS:
            self._bad(("levers",), f"levers: make {number:,} plans; at most {MOST_PLANS:,}: take larger steps")
        factors = tuple(one.factor(value_of(configs[1], one.name)) for one in declared)
        search = self._search()
        grid, points = _points(configs[0], configs[1], factors)
        front = self._front(goal)
        title, text = (self._text(key) for key in ("title", "question"))
        shown = tuple(n for n in dict.fromkeys((*front, *SHOWN)) if n in OUTCOMES)
        plan = StudyPlan(
            name, title, text, str(self.data.get("description", "")), tuple(self.data.get("sources", ())),
            configs[0].name, {c.name: c for c in configs}, {"kind": "decision"}, factors, points, shown, seed,
            Fixed(min(search.runs, MOST_REPLICATIONS)), Keep(subgroups=True),
        )  # fmt: skip
        return Question(name, title, text, factors, grid, plan, tuple(constraints), goal, front, prices, search)

    def _wanted(self, prices: Prices, target: str | None) -> tuple[list[Constraint], Goal]:
        lines = self.data.get("constraints", [])
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            self._bad(("constraints",), "constraints: must be a list of sentences in quotes")
        probability = self.data.get("probability")
        if probability is not None and not (isinstance(probability, float) and 0 < probability < 1):
            self._bad(("probability",), f"probability: must lie between 0 and 1; got {probability}")
        constraints = []
        for line in lines:
            try:
                constraints.append(read_constraint(line, prices.perspective, probability))
            except ValueError as error:
                self._bad(("constraints",), f"constraints: {error}")
        goal_text = self.data.get("goal", "cheapest")
        if target is not None:
            try:
                wanted = read_constraint(target, prices.perspective, probability)
            except ValueError as error:
                raise InputError(f"--target {error}") from None
            limits = (*COST.values(), FULL_COST, wanted.outcome)
            constraints = [c for c in constraints if c.outcome not in limits] + [wanted]
            goal_text = "cheapest"
        if clash := contradiction(constraints):
            self._bad(("constraints",), clash)
        try:
            return constraints, read_goal(str(goal_text), prices.perspective)
        except ValueError as error:
            self._bad(("goal",), f"goal: {error}")
        raise AssertionError

    def _prices(self) -> Prices:
        table = self._table("prices")
        perspective = table.get("perspective", "programme")
        for key in table:
            if key not in ("perspective", "threshold", "discount"):
                self._bad(("prices", key), f"prices.{key}: is no price; there are perspective, threshold, discount")
        if perspective not in COST:
            self._bad(("prices", "perspective"), f"prices.perspective: must be one of {', '.join(COST)}")
        chosen: Perspective = "hospital" if perspective == "hospital" else "programme"
        threshold = self._number(table, "prices", "threshold", THRESHOLD, 0, 1e9)
        return Prices(chosen, threshold, self._number(table, "prices", "discount", 0.03, 0, 1))

    def _search(self) -> Search:
        table, usual = self._table("search"), Search()
        limits = {
            "runs": (100, 1_000_000), "first": (4, 1_000), "plans": (4, MOST_PLANS), "error": (0.001, 0.5),
            "indifference": (0, 1e12), "minutes": (0.01, 1e5),
        }  # fmt: skip
        for key in table:
            if key not in limits:
                self._bad(("search", key), f"search.{key}: is no setting of the search; there are {', '.join(limits)}")
        found = {k: self._number(table, "search", k, getattr(usual, k), *limits[k]) for k in limits if k in table}
        whole = {k: int(v) if k in ("runs", "first", "plans") else v for k, v in found.items()}
        return replace(usual, **whole)

    def _scenarios(self) -> list[Any]:
        settings = tuple(f"{name}={_written(value)}" for name, value in self._table("settings").items())
        configs = []
        for key, default in (("baseline", "usual-care"), ("scenario", "bridge")):
            try:
                configs.append(self._placed(load(str(self.data.get(key, default)), settings)))
            except ScenarioError as error:
                self._bad((key,), f"{key}: {error}")
        return configs

    def _placed(self, config: Config) -> Config:
        """A scenario with the hospitals and the known totals of the question."""
        data = config.model_dump()
        sites, local = self.data.get("hospital", []), self._table("local")
        if not isinstance(sites, list):
            self._bad(("hospital",), "hospital: must be [[hospital]] tables, one for each")
        if not sites and not local:
            return config
        if sites:
            data |= {"hospitals": sites, "hospital": data["hospital"] | {"count": len(sites)}}
        data["local"] |= local
        try:
            return Config.model_validate(data)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(str(part) for part in problem["loc"]).replace("hospitals.", "hospital.")
            said = str(problem["msg"]).removeprefix("Value error, ")
            self._bad((place.partition(".")[0],), f"{place}: {said}" if place else said)
        raise AssertionError

    def _front(self, goal: Goal) -> tuple[str, ...]:
        given = self.data.get("front", list(FRONT))
        if not isinstance(given, list) or not given:
            self._bad(("front",), "front: must be a list of outcomes")
        names = []
        for text in given:
            try:
                name = read_outcome(str(text))
            except ValueError as error:
                self._bad(("front",), f"front: {error}")
            if name != NET_BENEFIT and OUTCOMES[name].better == "none":
                self._bad(("front",), f"front: neither more nor less of {name} is better")
            names.append(name)
        return tuple(dict.fromkeys([*names, goal.outcome]))

    def _table(self, key: str) -> dict[str, Any]:
        found = self.data.get(key, {})
        if not isinstance(found, dict):
            self._bad((key,), f"{key}: must be a table")
        return dict(found)

    def _text(self, key: str) -> str:
        found = self.data[key]
        if not isinstance(found, str) or not found.strip():
            self._bad((key,), f"{key}: must be a text")
        return str(found).strip()

    def _number(self, table: Mapping[str, Any], name: str, key: str, default: Any, low: float, high: float) -> Any:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self._bad((name, key), f"{name}.{key}: must be a number from {low:g} to {high:g}; got {value!r}")
        return value

    def _bad(self, path: tuple[str, ...], message: str) -> None:
        line = self.lines.get(path) or self.lines.get(path[:1])
        raise InputError(one_line(f"{self.label}{f', line {line}' if line else ''}: {message}"))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _points(
    baseline: Any, base: Any, levers: Sequence[Factor]
) -> tuple[tuple[tuple[int, ...], ...], tuple[Point, ...]]:
    """The baseline and every plan of the grid that fits the scenario and is not the baseline."""
    at: dict[str, Value] = {lever.name: value_of(baseline, lever.name) for lever in levers}
    points = [Point(0, BASELINE, 0, baseline.name, at, baseline, baseline.content_hash())]
    seen = {points[0].content_hash}
    grid: list[tuple[int, ...]] = []
    for numbers in itertools.product(*(range(len(lever.values or ())) for lever in levers)):
        values = {lever.name: (lever.values or ())[i] for lever, i in zip(levers, numbers, strict=True)}
        try:
            config = with_values(base, values)
        except ValueError:
            continue
        digest = config.content_hash()
        if digest in seen:
            continue
        seen.add(digest)
        grid.append(numbers)
        points.append(Point(len(points), f"P{len(points):05d}", 0, base.name, values, config, digest))
    if not grid:
        raise InputError("no plan of the grid fits the scenario")
    return tuple(grid), tuple(points)
