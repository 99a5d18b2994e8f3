"""Answer a question: search, selection, trade-offs, and which assumption carries the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from experiments.decisions.choice import Chance, Selection, chance_of, select
from experiments.decisions.constraints import Constraint
from experiments.decisions.evaluation import Evaluator, OutOfRuns, Wanted
from experiments.decisions.plan_search import Numbers, Score, search
from experiments.decisions.prices import COST, FULL_COST, NET_BENEFIT
from experiments.decisions.question import SHOWN, Question
from experiments.decisions.sensitivity import LEAST_DRAWS, Answer, Share, parameter_shares, threshold
from experiments.decisions.value_of_information import draw_means
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.statistics.estimates import LEVEL, Estimate, mean_interval
from experiments.statistics.pareto import unbeaten
from experiments.support.errors import InputError
from experiments.support.types import FloatArray
from experiments.uncertainty.draws import ParameterDraws

CANDIDATES = 12
"""Plans that go from the search to the selection."""

RUNNERS_UP = 3

CARRYING_DRAWS = 60
"""Draws of the recommended plan, its runner-up and today's plan from which it is told what carries the choice."""

FRONT_SHOWN = 12
"""Plans of the front that are shown at most."""

HOUSING = (("housing", "housed"), ("housing", "unhoused"))
"""Groups of people whose outcomes stand beside those of everyone."""

BY_HOUSING = ("patient_initiated_discharge", "readmission_30d", "linkage_30d", "death_365d")
"""Outcomes that are shown for each of `HOUSING`."""

SEARCH_SHARE = 0.5
"""Share of the runs that the search may use at most; the rest is for the selection and for what carries the choice."""


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """One plan of the answer.

    Attributes:
        plan: Its name in the study folder.
        levers: Lever to value.
        constraints: By constraint: probability that it holds, its interval, the mean of what it limits.
        goal: Mean of the goal, in its own direction, with the interval over draws.
        outcomes: Mean of each outcome that is shown.
        differences: Paired difference of each from today's plan, with its interval over draws.
        groups: The same by outcome of `BY_HOUSING` and group ("housed", "unhoused").
    """

    plan: str
    levers: dict[str, Any]
    constraints: list[Chance]
    goal: Estimate
    outcomes: dict[str, float]
    differences: dict[str, Estimate]
    groups: dict[str, dict[str, Estimate]]


@dataclass(frozen=True, slots=True)
class Carrying:
    """What one comparison of the answer rests on.

    Attributes:
        what: The comparison in words.
        mean: Mean difference with its interval over draws.
        shares: Parameters that explain most of it, largest first.
        turns: By parameter of `shares`: value at which the difference changes its sign; NaN where none does.
        clear: Whether any parameter stands out from chance.
    """

    what: str
    mean: Estimate
    shares: list[Share]
    turns: list[float]
    clear: bool


@dataclass(slots=True)
class Decision:
    """The answer to a question.

    Attributes:
        question: The question.
        met: Whether a plan meets all constraints; where none does, `recommended` is the nearest.
        recommended: The plan, and `runners_up` those after it.
        selection: How sure the choice is.
        probability_best: Probability over draws that the recommended plan is the best of those left.
        indifference: Difference of the goal that counts as none.
        front: Plans that no other beats in the outcomes of the trade-off.
        carrying: What the choice rests on.
        settings: What the setting of each lever rests on: the plan less the same with that lever at its other end.
        looked_at: Plans that the search looked at.
        runs: Runs used; `fresh` of them made now, `failed` failed.
        grid: Plans of the full grid.
        draws: What the parameters were drawn from, in words; `uncalibrated` where it is the prior.
        cut_short: Why the answer rests on fewer runs than wanted; empty where it does not.
    """

    question: Question
    met: bool
    recommended: PlanAnswer
    runners_up: list[PlanAnswer]
    selection: Selection
    probability_best: float
    indifference: float
    front: list[PlanAnswer]
    carrying: list[Carrying]
    looked_at: int
    runs: int
    fresh: int
    failed: int
    grid: int
    draws: str
    uncalibrated: bool
    cut_short: str = ""
    today: PlanAnswer | None = field(default=None)
    settings: list[Carrying] = field(default_factory=list)


def decide(
    question: Question,
    draws: ParameterDraws,
    out: Path,
    *,
    workers: int | None = None,
    on_progress: Callable[[int, float], None] | None = None,
    on_stage: Callable[[str], None] | None = None,
    command_line: str = "",
) -> Decision:
    """Answer a question over draws of the parameters; the same call goes on where an earlier one stopped.

    Args:
        question: What is asked.
        draws: Sample of the parameters, never a single value.
        out: Folder in which all runs are kept, as a study.
        workers: Most processes; None for one per core.
        on_progress: Called with runs used and seconds.
        on_stage: Called with a line for people when a stage begins.
        command_line: Kept in the record.

    Raises:
        InputError: The folder or the sample does not fit; or no run ended well.
        KeyboardInterrupt: Ctrl-C; finished runs are stored.
    """
    plan = question.plan.with_draws(draws)
    tell = on_stage or (lambda _: None)
    wanted: list[Wanted] = [(name, None) for name in question.outcomes]
    wanted += [(c.outcome, c.group) for c in question.constraints if c.group]
    wanted += [(outcome, group) for outcome in BY_HOUSING for group in HOUSING]
    with Evaluator(
        plan, out, wanted, question.search.runs, minutes=question.search.minutes, workers=workers,
        on_progress=on_progress, tell=on_stage, command_line=command_line,
    ) as runs:  # fmt: skip
        return _Deciding(question, draws, runs, tell).answer()


class _Deciding:
    def __init__(self, question: Question, draws: ParameterDraws, runs: Evaluator, tell: Callable[[str], None]) -> None:
        self.q, self.draws, self.runs, self.tell = question, draws, runs, tell
        self.number = {numbers: i + 1 for i, numbers in enumerate(question.grid)}
        self.cut = ""

    # -- values

    def values(self, point: int, outcome: str, n: int, group: tuple[str, str] | None = None) -> FloatArray:
        """Values of an outcome; of workers' outcomes 0 where a plan has no workers, as nobody is harmed."""
        if outcome == NET_BENEFIT:
            return self.q.prices.net_benefit({o: self.values(point, o, n) for o in self.q.prices.outcomes})
        x = self.runs.values(point, (outcome, group), n)
        if group is None and outcome.startswith("peer_") and self._without_workers(point):
            return np.zeros(n)
        return x

    def _without_workers(self, point: int) -> bool:
        programme = self.q.plan.points[point].config.programme
        return programme.peers + programme.navigators == 0

    def limited(self, point: int, c: Constraint, n: int) -> FloatArray:
        """What a constraint limits, by replication."""
        x = self.values(point, c.outcome, n, c.group)
        return np.asarray(x - self.values(0, c.outcome, n, c.group) if c.difference else x)

    def chances(self, point: int, n: int, smooth: bool = False) -> list[Chance]:
        """How sure each constraint holds."""
        draw = np.arange(n) // self.draws.runs_per_draw % len(self.draws)
        return [chance_of(self.limited(point, c, n), draw, c.bound, c.side, smooth) for c in self.q.constraints]

    def goal(self, point: int, n: int) -> FloatArray:
        return np.asarray(self.q.goal.sign * self.values(point, self.q.goal.outcome, n))

    # -- stages

    def answer(self) -> Decision:
        """All stages, one after the other."""
        first = self.q.search.first
        self.tell(f"Searching {len(self.q.grid):,} plans.")
        self.runs.need([0], first)
        if np.isnan(self.goal(0, first)).all():
            raise InputError(f"no run of today's plan has a value of {self.q.goal.outcome}: {self.runs.failed} failed")
        try:
            room = int(SEARCH_SHARE * self.q.search.runs / first)
            found = search(self.q.levels, self.number.__contains__, self._scores, min(self.q.search.plans, room))
        except _Enough as enough:
            found = enough.found
        if not found:
            raise InputError("search.runs: too few to look at a single plan")
        ranked = sorted(found, key=lambda p: found[p].order)
        hopeful = [
            p for p in ranked
            if all(c.high >= k.probability for c, k in zip(self.chances(self.number[p], first, True),
                                                           self.q.constraints, strict=True))
        ]  # fmt: skip
        candidates = [self.number[p] for p in hopeful[:CANDIDATES]]
        base = float(np.nanmean(self.goal(0, first)))
        spread = abs(found[ranked[0]].objectives[0] + base)
        indifference = self.q.search.indifference or max(0.02 * spread, 1e-9)
        selection = Selection([], [], [], False, [], 0)
        if candidates:
            self.tell(f"Selecting among the {len(candidates)} best of {len(found)} plans looked at.")
            selection = select(
                candidates, self.goal, self._meets, self._more, runs_per_draw=self.draws.runs_per_draw,
                most_draws=min(self.runs.most // self.draws.runs_per_draw, len(self.draws)),
                indifference=indifference, error=self.q.search.error,
            )  # fmt: skip
        if candidates and not selection.draws:  # no runs for it: what the search saw is all there is
            good = [p for p in candidates if self._shortfall(p) == 0]
            means = [_mean(self.goal(p, first)) for p in good]
            selection = Selection(good, means, [0.0] * len(good), False, [], 0)
        met = bool(selection.order)
        order = selection.order or sorted(
            candidates or [self.number[p] for p in ranked[: RUNNERS_UP + 1]], key=self._shortfall
        )
        carried = self._carry(order[:2])
        carrying = self._carrying(order[:2]) if carried else []
        settings = self._settings(order[0]) if carried else []
        front = self._front([self.number[p] for p in found])
        return Decision(
            self.q, met, self.plan_answer(order[0]), [self.plan_answer(p) for p in order[1 : RUNNERS_UP + 1]],
            selection, selection.best[0] if selection.best else math.nan, indifference,
            [self.plan_answer(p) for p in front], carrying, len(found), self.runs.used, self.runs.fresh,
            self.runs.failed, len(self.q.grid), self.draws.label, self.draws.kind == "prior", self.cut,
            self.plan_answer(0), settings,
        )  # fmt: skip

    def _scores(self, plans: Any) -> list[Score]:
        n = self.q.search.first
        points = [self.number[p] for p in plans]
        try:
            self.runs.need(points, n)
        except OutOfRuns:
            self.cut = "the search ended early: no more runs or time"
            raise _Enough(self._scored) from None
        made = []
        for plan, point in zip(plans, points, strict=True):
            wanted = [self.q.goal.outcome, *(o for o in self.q.front if o != self.q.goal.outcome)]
            values = []
            for i, outcome in enumerate(wanted):
                sign = self.q.goal.sign if i == 0 else _sign(outcome)
                values.append(-sign * _mean(self.values(point, outcome, n)))
            chances = self.chances(point, n, smooth=True)
            short = tuple(k.probability - c.probability for c, k in zip(chances, self.q.constraints, strict=True))
            objectives = tuple(v if math.isfinite(v) else 1e12 for v in values)
            made.append(Score(objectives, short))
            self._scored[plan] = made[-1]
        return made

    @property
    def _scored(self) -> dict[Numbers, Score]:
        held: dict[Numbers, Score] = self.__dict__.setdefault("_held", {})
        return held

    def _meets(self, point: int, n: int) -> list[tuple[Chance, float]]:
        return [(c, k.probability) for c, k in zip(self.chances(point, n), self.q.constraints, strict=True)]

    def _more(self, points: Any, n: int) -> bool:
        try:
            self.runs.need([0, *points], n)
        except OutOfRuns:
            self.cut = self.cut or "the selection ended early: no more runs or time"
            return False
        return True

    def _shortfall(self, point: int) -> float:
        n = self.runs.asked(point)
        return sum(max(0.0, wanted - c.probability) for c, wanted in self._meets(point, n))

    def _front(self, points: list[int]) -> list[int]:
        n = self.q.search.first
        objectives = []
        for outcome in dict.fromkeys(self.q.front):
            x = np.stack([-_sign(outcome) * self.values(p, outcome, n) for p in points])
            objectives.append((x, np.zeros(len(points))))
        good = [p for p, keep in zip(points, unbeaten(objectives), strict=True) if keep]
        cost = self.q.front[0]
        good.sort(key=lambda p: _mean(self.values(p, cost, n)))
        if len(good) > FRONT_SHOWN:
            good = [good[i] for i in np.linspace(0, len(good) - 1, FRONT_SHOWN).round().astype(int)]
        return good

    # -- what carries the choice

    def _carry(self, points: list[int]) -> bool:
        n = CARRYING_DRAWS * self.draws.runs_per_draw
        while n >= LEAST_DRAWS * self.draws.runs_per_draw:
            if n <= self.runs.most:
                try:
                    self.runs.need([0, *points], n)
                except OutOfRuns:
                    pass
                else:
                    return True
            n -= 10 * self.draws.runs_per_draw
        self.cut = self.cut or "too few runs to tell what carries the choice"
        return False

    def _carrying(self, points: list[int]) -> list[Carrying]:
        self.tell("Asking which assumption carries the choice.")
        n = min(self.runs.asked(p) for p in (0, *points))
        goal, first = self.q.goal.outcome, points[0]
        asked = [(f"{_label(goal)}: recommended less today", self.goal(first, n) - self.goal(0, n))]
        if len(points) > 1:
            second = self.goal(points[1], n)
            asked.append((f"{_label(goal)}: recommended less runner-up", self.goal(first, n) - second))
        for c in self.q.constraints:
            words = _label(c.outcome) + (" (" + " ".join(c.group[1:]) + ")" if c.group else "")
            asked.append((f'margin of "{c.text}", {words}', c.side * (self.limited(first, c, n) - c.bound)))
        return self._told(asked)

    def _settings(self, point: int) -> list[Carrying]:
        """What the setting of each lever rests on: outcomes of the plan less those with the lever at its other end."""
        asked = []
        outcomes = [o for o in self.q.front if o not in (NET_BENEFIT, *COST.values(), FULL_COST)]
        numbers = self.q.grid[point - 1] if point else None
        for i, lever in enumerate(self.q.levers if numbers else ()):
            assert numbers is not None
            last = len(lever.values or ()) - 1
            other = (*numbers[:i], last if 2 * numbers[i] <= last else 0, *numbers[i + 1 :])
            twin = self.number.get(other)
            if twin is None or twin == point or not self._carry([point, twin]):
                continue
            n = min(self.runs.asked(p) for p in (point, twin))
            setting = (lever.values or ())[other[i]]
            asked += [
                (f"{_label(o)}: recommended less the same with {wording.lever(lever.name)} {wording.setting(setting)}",
                 self.values(point, o, n) - self.values(twin, o, n))
                for o in outcomes
            ]  # fmt: skip
        return self._told(asked)

    def _told(self, asked: Sequence[tuple[str, FloatArray]]) -> list[Carrying]:
        found = []
        for what, values in asked:
            answer = self._answer(values, what)
            if answer is None or answer.parameter_variance <= 0:
                continue
            shares = parameter_shares(answer)[:3]
            turns = [threshold(answer, s.name).value for s in shares]
            found.append(Carrying(what, answer.mean, shares, turns, any(s.clear for s in shares)))
        return found

    def _answer(self, values: FloatArray, what: str) -> Answer | None:
        draw = np.arange(values.size) // self.draws.runs_per_draw % len(self.draws)
        there = ~np.isnan(values)
        if np.unique(draw[there]).size < LEAST_DRAWS:
            return None
        means, error = draw_means(values[there, None], draw[there])
        used = self.draws.values[np.unique(draw[there])]
        return Answer(means[:, 0], float(error[0, 0]), self.draws.names, used, what, self.draws.kind)

    def plan_answer(self, point: int) -> PlanAnswer:
        """Everything that is said of one plan."""
        n = self.runs.asked(point)
        m = min(n, self.runs.asked(0))
        draw = np.arange(n) // self.draws.runs_per_draw % len(self.draws)
        goal = self.q.goal.sign * self.goal(point, n)
        names = list(dict.fromkeys([*self.q.front, *SHOWN, *(c.outcome for c in self.q.constraints)]))
        outcomes = {o: _mean(self.values(point, o, n)) for o in names}
        differences = {
            o: mean_interval(self.values(point, o, m) - self.values(0, o, m), LEVEL, draw[:m]) for o in names
        }
        groups = {
            o: {
                g[1]: mean_interval(self.values(point, o, m, g) - self.values(0, o, m, g), LEVEL, draw[:m])
                for g in HOUSING
            }
            for o in BY_HOUSING
        }
        p = self.q.plan.points[point]
        return PlanAnswer(
            p.plan, dict(p.values), self.chances(point, m), mean_interval(goal, LEVEL, draw), outcomes, differences,
            groups,
        )  # fmt: skip


class _Enough(Exception):
    """The search has no more runs; what it looked at is kept."""

    def __init__(self, found: dict[Numbers, Score]) -> None:
        super().__init__()
        self.found = dict(found)


def _mean(values: FloatArray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else math.nan


def _sign(outcome: str) -> int:
    if outcome == NET_BENEFIT:
        return 1
    return 1 if OUTCOMES[outcome].better == "higher" else -1


def _label(outcome: str) -> str:
    return OUTCOMES[outcome].label if outcome in OUTCOMES else "net benefit"


def as_json(d: Decision) -> dict[str, Any]:
    """The answer as plain data for scripts and for the board's paper; what is not defined is null."""
    said = asdict(d)
    q = said.pop("question")
    said["question"] = {
        "title": q["title"], "text": q["text"], "goal": q["goal"]["text"], "front": list(q["front"]),
        "constraints": [asdict(c) for c in d.question.constraints], "prices": q["prices"], "search": q["search"],
        "levers": [factor.as_dict() for factor in d.question.levers], "baseline": d.question.plan.baseline,
        "sources": list(d.question.plan.sources),
    }  # fmt: skip
    return dict(_plain(said))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return bool(value) if isinstance(value, np.bool_) else value
