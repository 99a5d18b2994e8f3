"""What a study found, in words and choices: which plans matter, what each lever does, what stays open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from experiments.outcomes.difference import Difference, level, read_difference
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.reporting.quantity import Quantity
from experiments.statistics.estimates import Estimate, mean_interval
from experiments.statistics.pareto import unbeaten
from experiments.statistics.ranking_selection import rank_plans
from experiments.statistics.variance_components import NO_DOUBT, Doubt, split
from experiments.studies.analysis.lever_effects import BASELINE, NEGLIGIBLE, Effect, Responses
from experiments.support.errors import InputError
from experiments.support.types import FloatArray
from simulation.outcome_definitions import TRADE_OFFS, Outcome

if TYPE_CHECKING:
    from experiments.studies.analysis.results import StudyData

COST = "programme_cost"
MOST_PICKS = 10
FEW_FUTURES = 10
"""With fewer futures their whole range is shown, else the middle 90 %."""


@dataclass
class Highlight:
    """A plan that matters and why."""

    row: int
    reasons: list[str] = field(default_factory=list)


class Findings:
    """Everything the report and the tables say, from the data of a study.

    Args:
        data: The study.

    Raises:
        InputError: No plan has a finished run that its baseline has too.
    """

    def __init__(self, data: StudyData) -> None:
        self.data = data
        data.load(tuple(OUTCOMES))
        self.plans = Responses(data)
        self.baseline = data.baseline or BASELINE
        self._bases: dict[str, Estimate] = {}
        self._differences: dict[tuple[str, int], Difference] = {}
        self._standings: dict[str, dict[int, str]] = {}
        self.outcomes = [name for name in data.outcomes if name in OUTCOMES]
        finished = [name for name in self.outcomes if np.isfinite(self.plans.gains(name)).any()] if len(self) else []
        if not finished:
            raise InputError(
                f"{data.folder}: no plan has a finished run beside one of its baseline yet; nothing to report"
            )

    def __len__(self) -> int:
        return len(self.plans.names)

    @property
    def kind(self) -> str:
        """Kind of the design: grid, latin-hypercube, sobol, one-at-a-time, morris, list."""
        manifest = self.data.manifest
        design = manifest.get("design") or manifest.get("specification", {}).get("design") or {}
        return str(design.get("kind", "list"))

    @property
    def futures(self) -> int:
        """Settings of the assumed parameters."""
        return self.plans.futures

    @cached_property
    def lead(self) -> list[str]:
        """Outcomes that can be better or worse and are no money, those of the study that lead first."""
        found = [name for name in self.outcomes if OUTCOMES[name].better != "none" and not OUTCOMES[name].is_money]
        return found or self.outcomes[:1]

    @cached_property
    def counts(self) -> list[int]:
        """Finished pairs of runs of each plan."""
        return [int(np.isfinite(row).sum()) for row in self.plans.gains(self._counted)]

    @property
    def _counted(self) -> str:
        return COST if not self.plans.level_mode(COST) else self.outcomes[0]

    def name(self, row: int) -> str:
        """A plan in words with its number: "6 peer workers, 90 days of follow-up (P012)"."""
        said = self.plans.describe(row)
        number = self.plans.names[row]
        return number if said == number else f"{said} ({number})"

    def base(self, outcome: str) -> Estimate:
        """Mean of the baseline, futures averaged."""
        if outcome not in self._bases:
            self._bases[outcome] = self._mean(outcome, BASELINE)
        return self._bases[outcome]

    def value(self, outcome: str, row: int) -> Estimate:
        """Mean of a plan, futures averaged."""
        return self._mean(outcome, self.plans.names[row])

    def _mean(self, outcome: str, plan: str) -> Estimate:
        values = self.data.matrix(outcome)[self._rows[plan]].mean(axis=0)
        return level(outcome, mean_interval(values, clusters=self.data.clusters(len(values))))

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        """Rows of the design by plan."""
        found: dict[str, list[int]] = {}
        for i, plan in enumerate(self.data.design["plan"]):
            found.setdefault(str(plan), []).append(i)
        return found

    def difference(self, outcome: str, row: int) -> Difference:
        """A plan against the baseline. With several futures the interval is their range, or chance where wider."""
        key = outcome, row
        if key not in self._differences:
            if self.plans.level_mode(outcome):
                estimate = Estimate(0, math.nan, math.nan, math.nan)
            elif self.futures > 1:
                estimate = wider(range_of(self.plans.by_future(outcome, row)), self.plans.estimate(outcome, row))
            else:
                estimate = self.plans.estimate(outcome, row)
            gains, doubt = self.plans.gains(outcome)[row], NO_DOUBT
            clusters = self.data.clusters(len(gains))
            if clusters is not None and not self.plans.level_mode(outcome):
                doubt = split(gains, clusters)
            self._differences[key] = Difference(
                self.plans.names[row], self.baseline, outcome, self.value(outcome, row), self.base(outcome), estimate,
                read_difference(outcome, estimate, doubt), doubt,
            )  # fmt: skip
        return self._differences[key]

    @cached_property
    def means(self) -> dict[str, FloatArray]:
        """Mean of each plan's gains by outcome (differences, or values where the baseline has none)."""
        return {
            name: np.array([self.plans.estimate(name, row).mean for row in range(len(self))])
            for name in dict.fromkeys([*self.outcomes, *TRADE_OFFS])
        }

    def quantity(self, outcome: str) -> Quantity:
        """How an outcome is drawn and printed here."""
        return Quantity(outcome, self.baseline, self.plans.level_mode(outcome))

    def ranked(self, outcome: str) -> list[int]:
        """Rows from the best mean to the worst; those that have none last."""
        sign = -1.0 if OUTCOMES[outcome].better == "higher" else 1.0
        values = np.nan_to_num(sign * self.means[outcome], nan=math.inf)
        return [int(i) for i in np.argsort(values, kind="stable")]

    def standing(self, outcome: str) -> dict[int, str]:
        """Row to "best", "about as good" or "clearly worse"; empty where no direction is better."""
        if outcome not in self._standings:
            self._standings[outcome] = self._standing(outcome)
        return self._standings[outcome]

    def _standing(self, outcome: str) -> dict[int, str]:
        if OUTCOMES[outcome].better == "none" or not np.isfinite(self.means[outcome]).any():
            return {}
        words = {"best": "about as good", "may be best": "about as good", "clearly worse": "clearly worse"}
        ranks, said = self._ranking(outcome)
        standing = {row: words.get(reading, "") for row, reading in enumerate(said)}
        placed = [row for row, rank in enumerate(ranks) if rank > 0]
        if placed:
            standing[min(placed, key=lambda row: ranks[row])] = "best"
        return {row: reading for row, reading in standing.items() if reading}

    def _ranking(self, outcome: str) -> tuple[list[int], list[str]]:
        """Rank (0 for none) and standing of each row, futures averaged.

        Doing nothing is a candidate too, unless it is the best, or futures do not have the same plans: then plans are
        ranked among themselves, by their differences from the baseline.
        """
        table = self.data.best(outcome, "mean" if self.futures > 1 else "each").set_index("plan")
        names = self.plans.names
        if set(names) <= set(table.index) and table["rank"].get(BASELINE, 0) != 1:
            mine = table.loc[names]
            return [int(rank) for rank in mine["rank"]], [str(said) for said in mine["standing"]]
        lower = OUTCOMES[outcome].better == "lower"
        ranking = rank_plans(self.plans.gains(outcome), lower_is_better=lower, together=self.data.together)
        return [int(rank) for rank in ranking.rank], [str(said) for said in ranking.standing]

    def best(self, outcome: str) -> int | None:
        """The row with the best mean; None where no plan is better than another."""
        standing = self.standing(outcome)
        return next((row for row, reading in standing.items() if reading == "best"), None)

    def as_good(self, outcome: str) -> list[int]:
        """Rows that are not clearly worse than the best, without it."""
        return [row for row, reading in self.standing(outcome).items() if reading == "about as good"]

    def undecided(self, outcome: str) -> bool:
        """Whether no plan is clearly worse than another."""
        return not any(reading == "clearly worse" for reading in self.standing(outcome).values())

    def cheapest(self, rows: Sequence[int]) -> int | None:
        """The row with the least programme cost."""
        costs = self.means[COST]
        held = [row for row in rows if math.isfinite(costs[row])]
        return min(held, key=lambda row: (costs[row], row)) if held else None

    @cached_property
    def front(self) -> list[int]:
        """Plans that no other beats in the trade-offs; differences too small to be printed do not count."""
        objectives = []
        for name in self.weighed:
            sign = -1.0 if OUTCOMES[name].better == "higher" else 1.0
            objectives.append((sign * self.plans.gains(name), least_shown(self.means[name], OUTCOMES[name])))
        return [int(i) for i in np.flatnonzero(unbeaten(objectives))]

    @property
    def weighed(self) -> list[str]:
        """The trade-offs that are defined in this study."""
        return [name for name in TRADE_OFFS if np.isfinite(self.means[name]).any()]

    @cached_property
    def picks(self) -> list[Highlight]:
        """The plans that matter, each with its reasons; in the order of the reasons."""
        found: dict[int, Highlight] = {}

        def pick(row: int | None, reason: str) -> None:
            if row is not None and (row in found or len(found) < MOST_PICKS):
                found.setdefault(row, Highlight(row)).reasons.append(reason)

        for outcome in [*self.lead[:3], *(["peer_high_burnout"] if "peer_high_burnout" in self.lead[3:] else [])]:
            if self.undecided(outcome):
                continue
            label, best, near = OUTCOMES[outcome].label, self.best(outcome), self.as_good(outcome)
            pick(best, f"best: {label}")
            cheap = self.cheapest([row for row in (best, *near) if row is not None])
            if cheap != best and outcome in self.lead[:2]:
                pick(cheap, f"cheapest about as good: {label}")
        pick(self._best_value(), "most net benefit")
        first = self.lead[0]
        worse = [row for row in range(len(self)) if self.difference(first, row).reading == "worse"]
        if worse:
            sign = 1.0 if OUTCOMES[first].better == "lower" else -1.0
            pick(max(worse, key=lambda row: sign * self.means[first][row]), f"clearly worse than {self.baseline}")
        pick(self.cheapest(range(len(self))), "cheapest of all")
        return list(found.values())

    def _best_value(self) -> int | None:
        net = self.net_benefit
        return int(np.nanargmax(net)) if np.isfinite(net).any() and len(self) > 1 else None

    @cached_property
    def net_benefit(self) -> FloatArray:
        """Net benefit of each plan a year, US$ of 2022, futures averaged."""
        table = self.data.money().groupby("plan", sort=False)["net_benefit_per_year"].mean()
        return np.array([table.get(name, math.nan) for name in self.plans.names], dtype=np.float64)

    def effects(self, outcome: str) -> list[Effect]:
        """What each lever does to an outcome, the largest first."""
        return self.plans.effects(outcome)

    def small(self, effect: Effect, outcome: str) -> bool:
        """Whether a lever does little beside the one that does most."""
        most = max((e.size for e in self.effects(outcome)), default=0.0)
        return effect.size < NEGLIGIBLE * most

    def headline(self) -> str:
        """The finding of the study in a line, for the top of the page."""
        outcome = self.lead[0]
        label = wording.capital(OUTCOMES[outcome].label)
        if self.kind in ("list", "one-at-a-time", "morris") or not self.plans.levers:
            return self.surface_title(outcome)
        effects = self.effects(outcome)
        clear = [e for e in effects if e.clear and not self.small(e, outcome)]
        if not clear:
            return f"{label}: no lever of this study makes a clear difference"
        amount = wording.amount(as_difference(outcome, clear[0].change, clear[0].doubt))
        return f"{label}: {amount} {span(clear[0])}{early_words(clear[0])}"

    def surface_title(self, outcome: str) -> str:
        """Which plan is best for an outcome, how good, and how many are about as good."""
        label, n = wording.capital(OUTCOMES[outcome].label), len(self)
        best = self.best(outcome)
        if best is None:
            return f"{label} over the levers"
        d = self.difference(outcome, best)
        if n == 1:
            return f"{label}: {against(d)}"
        if self.undecided(outcome):
            return f"{label}: no clear difference between the {n} plans"
        word = "lowest" if OUTCOMES[outcome].better == "lower" else "highest"
        if d.reading == "not defined":
            amount = wording.number(self.value(outcome, best).mean, OUTCOMES[outcome])
        else:
            amount = against(d)
        near = len(self.as_good(outcome))
        rest = f"; {near} other plan{'s are' if near > 1 else ' is'} about as good" if near else ""
        return f"{label}: {word} with {self.plans.describe(best)} ({amount}){rest}"


def against(d: Difference) -> str:
    """A difference in words without its interval: "2.1 fewer in 100 stays than usual-care"."""
    if d.reading in ("same", "unclear", "not defined"):
        text = {"same": "no difference from", "unclear": "no clear difference from"}.get(
            d.reading, "not defined against"
        )
        return f"{text} {d.baseline}"
    return f"{wording.amount(d)} than {d.baseline}"


def as_difference(outcome: str, e: Estimate, doubt: Doubt = NO_DOUBT) -> Difference:
    """A change put in the form that `wording` reads."""
    return Difference("", "", outcome, e, e, e, read_difference(outcome, e, doubt), doubt)


def span(effect: Effect) -> str:
    """The levels that a change lies between: "from 2 to 12 peer workers"."""
    lever = effect.lever
    low, high = lever.levels[effect.low], lever.levels[effect.high]
    if lever.name in wording.LEVERS:
        return f"from {low} to {high} {wording.LEVERS[lever.name]}"
    return f"from {lever.label} {low} to {high}"


def early_level(effect: Effect) -> int | None:
    """The first level by which nine tenths of the change have come, if it is not the last."""
    if effect.low != 0 or len(effect.levels) < 3:
        return None
    start, whole = effect.levels[0].mean, effect.change.mean
    for k in range(1, effect.high):
        if whole and (effect.levels[k].mean - start) / whole >= 0.9:
            return k
    return None


def early_words(effect: Effect) -> str:
    """Where most of the change has come, if that is before the last level: ", most of it by 8"."""
    early = early_level(effect)
    return "" if early is None else f", most of it by {effect.lever.levels[early]}"


def range_of(means: FloatArray) -> Estimate:
    """Mean over futures with their range: all of it for a few futures, else the middle 90 %."""
    x = means[np.isfinite(means)]
    if not x.size:
        return Estimate(0, math.nan, math.nan, math.nan)
    low, high = (x.min(), x.max()) if x.size < FEW_FUTURES else np.quantile(x, (0.05, 0.95))
    sd = float(x.std(ddof=1)) if x.size > 1 and not np.all(x == x[0]) else 0.0
    return Estimate(int(x.size), float(x.mean()), float(low), float(high), sd)


def wider(e: Estimate, other: Estimate) -> Estimate:
    """An estimate whose interval covers that of `other` too."""
    if math.isnan(e.mean) or math.isnan(other.low):
        return e
    return Estimate(e.n, e.mean, min(e.low, other.low), max(e.high, other.high), max(e.sd, other.sd))


def least_shown(values: FloatArray, outcome: Outcome) -> FloatArray:
    """The least difference that counts beside each value: a tenth in 100, a percent of an amount of money."""
    if outcome.is_money:
        return np.asarray(0.01 * np.abs(np.nan_to_num(values)))
    return np.full(len(values), 0.001 if outcome.is_share else 0.01)


def interval_words(found: Findings) -> str:
    """What an interval of a plan is in this study."""
    if found.futures > 1:
        return (
            f"range over {found.futures} futures of the assumed parameters, or the play of chance where that is wider"
        )
    if found.data.sample:
        return "95 % interval of the mean over runs and parameter draws"
    return "95 % interval of chance between runs"
