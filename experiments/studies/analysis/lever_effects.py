"""What the levers of a study do to its outcomes: plans as rows, levers as levels, paired differences as values.

Replication r of every point shares its draws, so everything here is computed from differences within a replication:
first over plans (and futures), then over replications, whose spread gives the interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.outcomes.difference import CLEAR, read_difference
from experiments.reporting import wording
from experiments.statistics.estimates import Estimate, mean_interval
from experiments.statistics.variance_components import NO_DOUBT, Doubt, split
from experiments.support.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.analysis.results import StudyData

BASELINE = "baseline"
MOST_LEVELS = 8
"""A lever with more different values is put into bins, unless the study lists them: then it may have twice as many."""

BINS = 4

NEGLIGIBLE = 0.15
"""An effect below this share of the largest lever's effect counts as little."""

Places = IntArray


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever, or an uncertainty, with the levels that a picture shows.

    Attributes:
        name: Dotted name; "scenario" for the base scenario of a plan.
        label: Short name.
        unit: Unit of the values.
        text: What it sets, in a sentence.
        levels: Each level as text, in order.
        places: Where the levels lie on an axis: their values, or 0, 1, ... for words and switches.
        index: Level of each row.
        numeric: Whether levels are numbers.
        binned: Whether a level is a range of values.
    """

    name: str
    label: str
    unit: str
    text: str
    levels: tuple[str, ...]
    places: tuple[float, ...]
    index: Places
    numeric: bool = True
    binned: bool = False

    def describe(self, level: int) -> str:
        """A level in a sentence: "6 peer workers", "door: both"."""
        return self.words(self.levels[level])

    def words(self, value: str) -> str:
        """A value, written, in a sentence."""
        if self.name == "scenario":
            return value
        if self.name in wording.LEVERS:
            return f"{value} {wording.counted_lever(self.name, value)}"
        return f"{self.label}: {value}"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one lever does to one outcome, averaged over everything else.

    Attributes:
        lever: The lever.
        levels: Estimate at each level.
        low: Level that the change is counted from.
        high: Level that the change is counted to.
        change: Difference between the two, with its interval.
        doubt: How that difference varies between parameter draws; not defined without draws.
    """

    lever: Lever
    levels: tuple[Estimate, ...]
    low: int
    high: int
    change: Estimate
    doubt: Doubt = NO_DOUBT

    @property
    def size(self) -> float:
        """Size of the change; 0 where it is not defined."""
        return 0.0 if math.isnan(self.change.mean) else abs(self.change.mean)

    @property
    def clear(self) -> bool:
        """Whether the change is clear (`experiments.outcomes.difference.read_difference`)."""
        return read_difference("", self.change, self.doubt) in CLEAR


class Responses:
    """Rows (plans, or single points) with their levers and paired differences from the baseline.

    Args:
        data: The study.
        points: Whether every point is a row; else a row is a plan, its differences averaged over futures.
        roles: Which factors count as levers.
    """

    def __init__(self, data: StudyData, *, points: bool = False, roles: Sequence[str] = ("lever",)) -> None:
        self.data = data
        design = data.design
        plan, future = design["plan"].to_numpy(), design["future"].to_numpy()
        base = {future[i]: i for i in np.flatnonzero(plan == BASELINE)}
        rows = [i for i in range(len(plan)) if plan[i] != BASELINE and future[i] in base]
        groups: dict[str, list[int]] = {}
        for i in rows:
            groups.setdefault(f"{plan[i]}" if not points else f"{plan[i]}/{future[i]}", []).append(i)
        self.names = list(groups)
        self._rows = np.array(rows, dtype=np.int64)
        self._bases = np.array([base[future[i]] for i in rows], dtype=np.int64)
        place = {i: k for k, i in enumerate(rows)}
        self._groups = [np.array([place[i] for i in members]) for members in groups.values()]
        self._table = design.iloc[[members[0] for members in groups.values()]].reset_index(drop=True)
        self._roles = roles
        self._gains: dict[str, FloatArray] = {}

    @cached_property
    def futures(self) -> int:
        """Settings of the uncertainties."""
        return int(self.data.design["future"].nunique())

    @cached_property
    def levers(self) -> list[Lever]:
        """Factors that vary between rows, and the base scenario if that does."""
        said = {f["name"]: f for f in self.data.factors if f["role"] in self._roles}
        found = []
        if self._table["scenario"].nunique() > 1:
            found.append(_lever("scenario", {}, self._table["scenario"]))
        found += [_lever(name, f, self._table[name]) for name, f in said.items() if name in self._table]
        return [lever for lever in found if len(lever.levels) > 1]

    @cached_property
    def steps(self) -> list[tuple[int, int]]:
        """Consecutive rows of the walks of a screening design, where the study says them; for rows that are points."""
        manifest = self.data.manifest
        said = (manifest.get("design") or manifest.get("specification", {}).get("design") or {}).get("order") or {}
        length = len(self.data.factors) + 1
        place = {int(number): i for i, number in enumerate(self.data.design["point"].to_numpy()[self._rows])}
        found = []
        for order in said.values() if isinstance(said, dict) else ():
            walk = [place.get(int(number), -1) for number in order]
            for start in range(0, len(walk), length):
                part = walk[start : start + length]
                found += [(a, b) for a, b in zip(part, part[1:], strict=False) if a >= 0 and b >= 0 and a != b]
        return found

    def settings(self, row: int) -> dict[str, Any]:
        """Every lever's value in a row, in the order of `levers`."""
        return {lever.name: _plain(self._table[lever.name].iloc[row]) for lever in self.levers}

    def describe(self, row: int) -> str:
        """A plan in words: "6 peer workers, 2 workers per supervisor, 90 days of follow-up"."""
        if not self.levers or len(self.levers) > 4:
            return self.names[row]
        settings = self.settings(row)
        return ", ".join(lever.words(wording.setting(settings[lever.name])) for lever in self.levers)

    def level_mode(self, outcome: str) -> bool:
        """Whether an outcome is shown by its values because the baseline has none, as of burnout where no peers are."""
        return bool(np.isnan(self.data.matrix(outcome)[self._bases]).all())

    def gains(self, outcome: str) -> FloatArray:
        """Differences from the baseline by row and replication, futures averaged; values where `level_mode`."""
        if outcome not in self._gains:
            matrix = self.data.matrix(outcome)
            values = matrix[self._rows] if self.level_mode(outcome) else matrix[self._rows] - matrix[self._bases]
            self._gains[outcome] = _grouped(values, self._groups)
        return self._gains[outcome]

    def by_future(self, outcome: str, row: int) -> FloatArray:
        """Mean difference of a row in each of its futures."""
        matrix = self.data.matrix(outcome)
        members = self._groups[row]
        return np.array([mean_interval(x).mean for x in matrix[self._rows[members]] - matrix[self._bases[members]]])

    def _interval(self, values: FloatArray) -> Estimate:
        """Mean over replications, those that share a draw of the parameters together."""
        return mean_interval(values, clusters=self.data.clusters(len(values)))

    def _change(self, values: FloatArray) -> tuple[Estimate, Doubt]:
        """A difference between two levels, and how it varies between parameter draws."""
        clusters = self.data.clusters(len(values))
        return self._interval(values), NO_DOUBT if clusters is None else split(values, clusters)

    def estimate(self, outcome: str, row: int) -> Estimate:
        """Difference of a row from the baseline (or its value), with the interval of chance between runs."""
        return self._interval(self.gains(outcome)[row])

    def over(self, outcome: str, rows: BoolArray) -> Estimate:
        """The same, averaged over several rows."""
        return self._interval(_together(self.gains(outcome)[rows]))

    def effect(
        self, outcome: str, lever: Lever, rows: BoolArray | None = None, ends: tuple[int, int] | None = None
    ) -> Effect:
        """What a lever does to an outcome, averaged over everything else (of `rows`, where these are given).

        The change is counted from the first level to the last; where another pair of levels differs much more (the
        response turns), and for words and switches, between the levels with the lowest and the highest mean. `ends`
        fixes the two.
        """
        gains = self.gains(outcome)
        wanted = np.ones(len(gains), dtype=bool) if rows is None else rows
        columns = [_together(gains[wanted & (lever.index == k)]) for k in range(len(lever.levels))]
        levels = tuple(self._interval(column) for column in columns)
        if ends is not None:
            return Effect(lever, levels, *ends, *self._change(columns[ends[1]] - columns[ends[0]]))
        means = np.array([e.mean for e in levels])
        low, high = 0, len(levels) - 1
        if np.isfinite(means).sum() >= 2:
            least, most = int(np.nanargmin(means)), int(np.nanargmax(means))
            ends = abs(means[high] - means[low])
            if not lever.numeric or not ends >= 0.75 * (means[most] - means[least]):
                low, high = min(least, most), max(least, most)
        return Effect(lever, levels, low, high, *self._change(columns[high] - columns[low]))

    def effects(self, outcome: str) -> list[Effect]:
        """All levers, the largest change first."""
        return sorted((self.effect(outcome, lever) for lever in self.levers), key=lambda e: -e.size)

    def turning(self, outcome: str) -> tuple[Lever, Lever, Effect, Effect, int, int] | None:
        """A lever whose effect clearly changes its sign with another lever: what it does depends on that one.

        Returns: The lever, the other, the lever's effect at the two levels of the other, and those levels; None if
            there is no such pair. Of several, the one with the largest opposite effects.
        """
        found, most = None, 0.0
        for lever in self.levers:
            ends = (0, len(lever.levels) - 1)
            for other in self.levers:
                if other is lever:
                    continue
                effects = [self.effect(outcome, lever, other.index == k, ends) for k in range(len(other.levels))]
                clear = [(e.change.mean, k) for k, e in enumerate(effects) if e.clear]
                if not clear:
                    continue
                (least, low), (highest, high) = min(clear), max(clear)
                if least < 0 < highest and min(-least, highest) > most:
                    most = min(-least, highest)
                    first, last = sorted((low, high))
                    found = lever, other, effects[first], effects[last], first, last
        return found

    def cells(self, outcome: str, levers: Sequence[Lever]) -> dict[tuple[int, ...], tuple[Estimate, Places]]:
        """Estimate and rows of every combination of levels that has a row."""
        index = np.stack([lever.index for lever in levers], axis=1)
        found: dict[tuple[int, ...], tuple[Estimate, Places]] = {}
        for combination in sorted({tuple(int(k) for k in row) for row in index}):
            rows = (index == combination).all(axis=1)
            found[combination] = self.over(outcome, rows), np.flatnonzero(rows)
        return found


def _lever(name: str, said: dict[str, Any], values: pd.Series[Any]) -> Lever:
    """Levels of a factor from the values that occur: in the study file's order for words, sorted for numbers."""
    plain = [_plain(value) for value in values]
    distinct = list(dict.fromkeys(plain))
    label = (
        "scenario" if name == "scenario" else wording.LEVERS.get(name) or str(said.get("label") or wording.lever(name))
    )
    unit = str(said.get("unit", ""))
    text = str(said.get("text") or said.get("label") or wording.setting_text(name))
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in distinct)
    if not numeric:
        order = [value for value in said.get("values") or [] if value in distinct]
        levels = [*order, *(value for value in distinct if value not in order)]
        index = np.array([levels.index(value) for value in plain], dtype=np.int64)
        written = tuple(wording.setting(value) for value in levels)
        return Lever(name, label, unit, text, written, tuple(map(float, range(len(levels)))), index, False)
    numbers = np.array(plain, dtype=np.float64)
    levels = sorted(distinct)
    if len(levels) <= MOST_LEVELS * (2 if said.get("values") else 1):
        index = np.searchsorted(np.array(levels, dtype=np.float64), numbers)
        written = tuple(wording.setting(value) for value in levels)
        return Lever(name, label, unit, text, written, tuple(map(float, levels)), index.astype(np.int64))
    edges = np.linspace(numbers.min(), numbers.max(), BINS + 1)
    index = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, BINS - 1)
    used = sorted(set(index.tolist()))
    held = [numbers[index == k] for k in used]
    written = tuple(f"{_tidy(x.min())}–{_tidy(x.max())}" if x.min() < x.max() else _tidy(x.min()) for x in held)
    middles = tuple(float(x.mean()) for x in held)
    return Lever(name, label, unit, text, written, middles, np.searchsorted(used, index).astype(np.int64), binned=True)


def _tidy(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or float(value).is_integer() else f"{value:.2g}"


def _plain(value: Any) -> Any:
    """A cell of the design as a plain Python value; floats that are whole become integers."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.integer | np.floating):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def _grouped(values: FloatArray, groups: Sequence[NDArray[Any]]) -> FloatArray:
    """Mean over the members of each group by replication; a replication that a member lacks is left out."""
    if all(len(group) == 1 for group in groups):
        return values[np.concatenate(groups)] if groups else values
    return np.stack([values[group].mean(axis=0) for group in groups])


def _together(gains: FloatArray) -> FloatArray:
    """Mean over rows by replication: of rows that are defined anywhere, in replications that all of those have.

    Where no replication is common to all, each replication averages the rows that have it.
    """
    defined = ~np.isnan(gains)
    rows = defined.any(axis=1)
    gains, defined = gains[rows], defined[rows]
    if not len(gains):
        return np.full(gains.shape[1], np.nan)
    whole = defined.all(axis=0)
    if whole.any():
        return np.where(whole, np.where(defined, gains, 0.0).sum(axis=0) / len(gains), np.nan)
    count = defined.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count, np.where(defined, gains, 0.0).sum(axis=0) / count, np.nan))
