"""The content of a board's paper, from a folder that `compare`, `sweep` or `decide` finished."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.briefing.language import Sentences
from experiments.decisions.answers import difference_answer, values_of
from experiments.decisions.prices import NET_BENEFIT, PRICE_YEAR, Prices
from experiments.decisions.sensitivity import LEAST_DRAWS, parameter_shares, threshold
from experiments.decisions.value_of_information import draw_means, evppi, probability_best, without_monte_carlo_error
from experiments.outcomes.difference import compare_runs
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import figures, wording
from experiments.statistics.estimates import Estimate, mean_interval
from experiments.studies.analysis.results import read_study
from experiments.studies.definition.plan import BASELINE
from experiments.studies.report.page import provenance
from experiments.support.errors import InputError
from simulation.parameters import PARAMETERS

if TYPE_CHECKING:
    from experiments.studies.analysis.results import StudyData

ANSWER = "answer.json"
"""File of `peerbridge decide`."""

PATIENTS = ("patient_initiated_discharge", "readmission_30d", "deaths_per_1000_person_years")
WORKERS = ("peer_high_burnout", "peer_exits_per_year", "peer_returns_to_use_per_year", "worker_harms_per_year")
COSTS = ("programme_cost", "programme_cost_full", "total_cost")
TRADE = ("patient_initiated_discharge", "readmission_30d", "peer_high_burnout", "programme_cost")
"""Columns of the first picture: patients, workers, money."""

CHANGES = ("patient_initiated_discharge", "readmission_30d", "linkage_30d")
"""Rows of the second picture: patients' outcomes in 100."""

GROUPED = ("patient_initiated_discharge", "readmission_30d", "linkage_30d", "death_365d")
GROUPS = ("housed", "unhoused")

MOST_PLANS = 4
"""Plans beside today's that the paper shows."""

MOST_FIRST = 5
"""Assumptions that it names."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as SVG in the look of the reports, with its title (the finding) and a description."""

    title: str
    text: str
    svg: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row names it."""

    caption: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What is said of one plan.

    Attributes:
        name: As in the folder.
        settings: Its levers, or its title, in words.
        means: Mean by outcome.
        changes: Difference from today by outcome.
        groups: The same by outcome and housing; empty where it was not kept.
    """

    name: str
    settings: str
    means: Mapping[str, float]
    changes: Mapping[str, Estimate]
    groups: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assumption:
    """An assumption that an answer rests on.

    Attributes:
        what: What rests on it, in words.
        name: Parameter.
        share: Share of the variance between draws, 0 to 1.
        error: Its standard error.
        turn: Value at which the answer turns; NaN where none does.
        worth: What knowing it is worth to the choice, US$ a year; NaN where that was not computed.
        measured: Whether somebody has measured it.
    """

    what: str
    name: str
    share: float
    error: float
    turn: float
    worth: float = math.nan
    measured: bool = False


@dataclass
class Brief:
    """A paper, ready to be set; see `experiments/briefing/strings`."""

    title: str
    question: str
    uncalibrated: bool
    answer: list[str]
    sure: list[str]
    plans: Table
    numbers: Table
    costs: Table
    patients: Table | None
    workers: Table
    trade: Picture
    changes: Picture
    certainty: Picture | None
    whom: Picture | None
    first: Picture | None
    unmeasured: list[str]
    steps: list[str]
    sources: list[str]
    made: list[tuple[str, str]]


def brief_of(folder: Path, say: Sentences) -> Brief:
    """Read a folder and say what it found.

    Raises:
        InputError: The folder holds no finished study, or one plan only.
    """
    data = read_study(folder)
    path = folder / ANSWER
    if data.manifest.get("specification", {}).get("design", {}).get("kind") == "decision":
        if not path.exists():
            raise InputError(f"{folder}: has no answer yet; run peerbridge decide to its end")
        return _of_decision(data, json.loads(path.read_text(encoding="utf-8")), say)
    return _of_study(data, say)


# -- from `peerbridge decide`


def _of_decision(data: StudyData, d: Mapping[str, Any], say: Sentences) -> Brief:
    q = d["question"]
    shown = (d["recommended"], *d["runners_up"][: MOST_PLANS - 1])
    plans = [_plan(p, say("lettered", letter="ABCD"[i]), say) for i, p in enumerate(shown)]
    today = _plan(d["today"], say("today"))
    first = plans[0]
    answer = [
        say("met" if d["met"] else "not_met", grid=f"{d['grid']:,}", plan=first.name, goal=_goal(q["goal"])),
        say("recommended", plan=first.name, settings=first.settings),
    ]
    for constraint, chance in zip(q["constraints"], d["recommended"]["constraints"], strict=True):
        if chance["probability"] < constraint["probability"]:
            answer.append(say("misses", constraint=constraint["text"], probability=f"{chance['probability']:.2f}",
                              wanted=f"{constraint['probability']:.2f}"))  # fmt: skip
    answer += [_change(say, name, first) for name in (*PATIENTS[:2], WORKERS[0], COSTS[0])]
    sure = []
    if d["met"]:
        money = "cost" in q["goal"] or "benefit" in q["goal"] or q["goal"] == "cheapest"
        zone = wording.money(d["indifference"]) if money else f"{d['indifference']:.3g}"
        sure.append(say("decided", sure=f"{1 - q['search']['error']:.2f}", zone=zone) if d["selection"]["decided"]
                    else say("undecided"))  # fmt: skip
        if d["probability_best"] is not None:
            sure.append(say("best_in", share=f"{100 * d['probability_best']:.0f} %", draws=d["selection"]["draws"]))
    sure.append(say("looked_at", runs=f"{d['runs']:,}", looked=f"{d['looked_at']:,}", grid=f"{d['grid']:,}"))
    sure += [say("failed", failed=d["failed"])] if d["failed"] else []
    sure += [say("cut_short", why=d["cut_short"])] if d["cut_short"] else []
    rows = [
        figures.Row(f"{c['text']} ({100 * c['probability']:.0f} %)",
                    {first.name: Estimate(x["draws"], *(100 * x[k] for k in ("probability", "low", "high")))})
        for c, x in zip(q["constraints"], d["recommended"]["constraints"], strict=True)
    ]  # fmt: skip
    certainty = _dots(say("picture_sure"), say("picture_sure_text", plan=first.name), rows, [say("today"), first.name],
                      say("picture_sure_axis")) if rows else None  # fmt: skip
    found = [
        Assumption(c["what"], s["name"], s["share"], s["error"], math.nan if t is None else t,
                   measured=s["kind"] == "measured")
        for c in (*d["carrying"], *d["settings"]) if c["clear"]
        for s, t in zip(c["shares"], c["turns"], strict=True) if s["clear"]
    ]  # fmt: skip
    prices = q["prices"]
    made = [
        *provenance(data)[:8],
        (say("prices"), say("prices_text", year=PRICE_YEAR, perspective=prices["perspective"],
                            threshold=wording.money(prices["threshold"]))),
    ]  # fmt: skip
    return _set(say, q["title"], q["text"], bool(d["uncalibrated"]), answer, sure, today, plans, certainty, found,
                list(q["sources"]), made)  # fmt: skip


def _plan(p: Mapping[str, Any], name: str, say: Sentences | None = None) -> PlanFacts:
    settings = ", ".join(
        f"{wording.lever(lever)} {wording.setting(value)}" for lever, value in p["levers"].items()
    )  # fmt: skip
    if say is not None:
        settings = say("in_folder", settings=settings, plan=p["plan"])
    return PlanFacts(
        name, settings, {k: _number(v) for k, v in p["outcomes"].items()},
        {k: _estimate(v) for k, v in p["differences"].items()},
        {k: {g: _estimate(e) for g, e in v.items()} for k, v in p.get("groups", {}).items()},
    )  # fmt: skip


def _estimate(e: Mapping[str, Any]) -> Estimate:
    return Estimate(int(e["n"]), *(_number(e[k]) for k in ("mean", "low", "high", "sd")))


def _number(x: float | None) -> float:
    return math.nan if x is None else float(x)


def _goal(text: str) -> str:
    return "lowest cost" if text == "cheapest" else text


# -- from `peerbridge compare` and `peerbridge sweep`


def _of_study(data: StudyData, say: Sentences) -> Brief:
    names = list(dict.fromkeys(data.design["plan"]))
    if len(names) < 2 or BASELINE not in names:
        raise InputError(f"{data.folder}: has no plan beside a baseline; compare two plans or more")
    wanted = tuple(dict.fromkeys((*PATIENTS, *WORKERS, *COSTS, "linkage_30d", "readmissions_30d_per_year")))
    data.load(wanted)
    prices = Prices(threshold=data.threshold)
    benefit = values_of(data, NET_BENEFIT, prices)
    whole = ~np.isnan(benefit).any(axis=0)
    if whole.sum() < 2:
        raise InputError(f"{data.folder}: fewer than two replications are finished in every plan")
    draw = data.draw_numbers(benefit.shape[1]) if data.sample is not None else None
    means = benefit[:, whole].mean(axis=1)
    ranked = sorted(range(len(names)), key=lambda i: -means[i])
    plans_at = [i for i in ranked if names[i] != BASELINE][:MOST_PLANS]
    base = names.index(BASELINE)
    groups = _groups(data)
    facts = [_study_plan(data, names[i], wanted, prices, draw, groups.get(names[i], {})) for i in plans_at]
    today = PlanFacts(say("today"), data.baseline, _means(data, BASELINE, wanted, prices), {})
    money = wording.money(data.threshold)
    first = facts[0]
    answer = [
        say("today_best", plan=first.name, threshold=money) if ranked[0] == base
        else say("best_value", plan=first.name, threshold=money),
        say("recommended", plan=first.name, settings=first.settings),
    ]  # fmt: skip
    answer += [_change(say, name, first) for name in (*PATIENTS[:2], WORKERS[0], COSTS[0])]
    sure, rows = [], []
    found: list[Assumption] = []
    if draw is not None:
        table, error = draw_means(benefit[:, whole].T, draw[whole])
        chance = probability_best(without_monte_carlo_error(table, error))
        sure.append(say("most_benefit", plan=first.name, share=f"{100 * chance[plans_at[0]]:.0f} %", draws=len(table)))
        sure.append(say("today_in", share=f"{100 * chance[base]:.0f} %"))
        for name in (*PATIENTS, "linkage_30d"):
            better = compare_runs(first.name, BASELINE, name, *_pair(data, names[plans_at[0]], name, prices), draw)
            if math.isfinite(better.draws_better):
                rows.append(figures.Row(OUTCOMES[name].label, {first.name: _fixed(100 * better.draws_better)}))
        if len(table) >= LEAST_DRAWS:
            found = _assumptions(data, names[plans_at[0]], prices, table, draw[whole], say, first.name)
    certainty = _dots(say("picture_better", plan=first.name), say("picture_better_text", plan=first.name), rows,
                      [say("today"), first.name], say("picture_better_axis")) if rows else None  # fmt: skip
    sure.append(say("runs_of", runs=f"{int(data.finished.sum()):,}", plans=len(names) - 1))
    failed = len(data.failed)
    sure += [say("failed", failed=failed)] if failed else []
    uncalibrated = data.parameter_draws is None or data.parameter_draws.kind == "prior"
    manifest = data.manifest
    sources = list(dict.fromkeys([*manifest.get("sources", []), *_scenario_sources(manifest)]))
    return _set(say, manifest.get("title") or "", manifest.get("question", ""), uncalibrated, answer, sure, today,
                facts, certainty, found, sources, provenance(data)[:9])  # fmt: skip


def _scenario_sources(manifest: Mapping[str, Any]) -> list[str]:
    return [source for said in manifest.get("scenarios", {}).values() for source in said.get("sources", [])]


def _pair(data: StudyData, plan: str, outcome: str, prices: Prices) -> tuple[Any, Any]:
    names = list(dict.fromkeys(data.design["plan"]))
    values = values_of(data, outcome, prices)
    return values[names.index(plan)], values[names.index(BASELINE)]


def _means(data: StudyData, plan: str, outcomes: Sequence[str], prices: Prices) -> dict[str, float]:
    return {o: mean_interval(_pair(data, plan, o, prices)[0]).mean for o in outcomes}


def _study_plan(
    data: StudyData, plan: str, outcomes: Sequence[str], prices: Prices, draw: Any,
    groups: Mapping[str, Mapping[str, Estimate]],
) -> PlanFacts:  # fmt: skip
    row = data.design[data.design["plan"] == plan].iloc[0]
    levers = [f["name"] for f in data.factors if f.get("role") == "lever" and f["name"] in data.design]
    scenario = str(row["scenario"])
    title = data.manifest["scenarios"].get(scenario, {}).get("title") or scenario
    settings = ", ".join(f"{wording.lever(n)} {wording.setting(row[n])}" for n in levers) or title
    changes = {}
    for outcome in outcomes:
        x, y = _pair(data, plan, outcome, prices)
        y = np.zeros_like(x) if outcome in WORKERS and np.isnan(y).all() else y  # nobody works, nobody is harmed
        changes[outcome] = mean_interval(x - y, clusters=draw)
    name = plan if levers else scenario
    return PlanFacts(name, settings, _means(data, plan, outcomes, prices), changes, groups)


def _groups(data: StudyData) -> dict[str, dict[str, dict[str, Estimate]]]:
    """Plan to outcome to housing to difference; empty where subgroups were not kept."""
    table = data.subgroups()
    if table.empty:
        return {}
    table = table[(table["variable"] == "housing") & table["outcome"].isin(GROUPED)]
    found: dict[str, dict[str, dict[str, Estimate]]] = {}
    for row in table.to_dict("records"):
        e = Estimate(int(row["n"]), row["difference"], row["difference_low"], row["difference_high"])
        found.setdefault(str(row["plan"]), {}).setdefault(str(row["outcome"]), {})[str(row["subgroup"])] = e
    return found


def _fixed(x: float) -> Estimate:
    return Estimate(1, x, math.nan, math.nan)


def _assumptions(
    data: StudyData, plan: str, prices: Prices, benefit: Any, draw: Any, say: Sentences, name: str
) -> list[Assumption]:
    """What the difference in readmission and in net benefit rests on, and what knowing it is worth to the choice."""
    used = np.unique(draw)
    found = []
    for outcome in ("readmission_30d", NET_BENEFIT):
        answer = difference_answer(data, outcome, plan, prices=prices)
        if answer.parameter_variance <= 0:
            continue
        for share in parameter_shares(answer)[:3]:
            if not share.clear:
                continue
            column = answer.names.index(share.name)
            sample = data.parameter_draws
            worth = math.nan
            if sample is not None and len(benefit) >= 20:
                worth = evppi(benefit, sample.values[used, column]).value
            label = OUTCOMES[outcome].label if outcome in OUTCOMES else say("net_benefit")
            found.append(Assumption(say("less_today", outcome=label, plan=name), share.name, share.share, share.error,
                                    threshold(answer, share.name).value, worth, share.kind == "measured"))  # fmt: skip
    return found


# -- both


def _set(
    say: Sentences, title: str, question: str, uncalibrated: bool, answer: list[str], sure: list[str],
    today: PlanFacts, plans: list[PlanFacts], certainty: Picture | None, found: list[Assumption],
    sources: list[str], made: list[tuple[str, str]],
) -> Brief:  # fmt: skip
    first = plans[0]
    rows = [today, *plans]
    order = [p.name for p in rows]
    named: dict[str, Assumption] = {}
    for a in sorted(found, key=lambda a: -a.share):
        named.setdefault(a.name, a)
    top = list(named.values())[:MOST_FIRST]
    unmeasured = [_unmeasured(say, a) for a in top if not a.measured] or [say("unmeasured_none")]
    steps = [
        say("first_worth", text=_text(a.name), name=a.name, value=wording.money(a.worth)) if a.worth > 0
        else say("first_each", text=_text(a.name), name=a.name)
        for a in sorted(top, key=lambda a: -(a.worth if math.isfinite(a.worth) else a.share))
    ] or [say("first_none")]  # fmt: skip
    return Brief(
        title=title, question=question, uncalibrated=uncalibrated, answer=answer, sure=sure,
        plans=Table(say("settings_of"), [say("plan"), say("settings")], [[p.name, p.settings] for p in rows]),
        numbers=Table(say("numbers_of"), [say("outcome"), *order],
                      [[_label(o), *(_level(o, p) for p in rows)] for o in (*PATIENTS, *WORKERS[:2])]),
        costs=Table(say("cost_note", year=PRICE_YEAR), [say("plan"), say("paid"), say("budget"), say("total")],
                    [[p.name, *(_level(o, p) for o in COSTS)] for p in rows]),
        patients=_patients(say, plans),
        workers=Table(say("workers_note"), [say("outcome"), *(p.name for p in plans)],
                      [[_label(o), *(_shown(o, p.changes.get(o)) for p in plans)] for o in WORKERS]),
        trade=_trade(say, rows, order), changes=_changes(say, plans, order), certainty=certainty,
        whom=_whom(say, first), first=_first(say, top),
        unmeasured=[*unmeasured, say("no_trial"), say("left_out")], steps=[*steps, say("first_records")],
        sources=sources, made=made,
    )  # fmt: skip


def _patients(say: Sentences, plans: Sequence[PlanFacts]) -> Table | None:
    if not plans[0].groups:
        return None
    rows = [
        [f"{OUTCOMES[o].label}, {say(g)}", *(_shown(o, p.groups.get(o, {}).get(g)) for p in plans)]
        for o in GROUPED for g in GROUPS
    ]  # fmt: skip
    return Table(say("whom_note"), [say("outcome"), *(p.name for p in plans)], rows)


def _trade(say: Sentences, rows: Sequence[PlanFacts], order: Sequence[str]) -> Picture:
    columns = []
    for name in TRADE:
        outcome = OUTCOMES[name]
        factor = 100.0 if outcome.is_share else 1.0
        show = (lambda x: f"{x:g} %") if outcome.is_share else wording.money
        columns.append((outcome.label, {p.name: _fixed(factor * p.means.get(name, math.nan)) for p in rows}, show))
    title, text = say("picture_trade"), say("picture_trade_text")
    return Picture(title, text, figures.strips(title, text, columns, order))


def _changes(say: Sentences, plans: Sequence[PlanFacts], order: Sequence[str]) -> Picture:
    rows = [
        figures.Row(OUTCOMES[o].label, {p.name: _times(p.changes[o], 100) for p in plans if o in p.changes})
        for o in CHANGES if any(o in p.changes for p in plans)
    ]  # fmt: skip
    return _dots(say("picture_changes"), say("picture_changes_text"), rows, order, say("picture_whom_axis"))


def _whom(say: Sentences, plan: PlanFacts) -> Picture | None:
    if not plan.groups:
        return None
    rows = [
        figures.Row(OUTCOMES[o].label, {say(g): _times(plan.groups[o][g], 100) for g in GROUPS if g in plan.groups[o]})
        for o in GROUPED if o in plan.groups
    ]  # fmt: skip
    order = [say("today"), *(say(g) for g in GROUPS)]
    return _dots(say("picture_whom", plan=plan.name), say("picture_whom_text"), rows, order, say("picture_whom_axis"))


def _first(say: Sentences, top: Sequence[Assumption]) -> Picture | None:
    if not top:
        return None
    series = say("first")
    rows = [
        figures.Row(_text(a.name), {series: _interval(100 * a.share, 200 * a.error)}) for a in top
    ]  # fmt: skip
    text = say("picture_first_text", what="; ".join(dict.fromkeys(a.what for a in top)))
    return _dots(say("picture_first"), text, rows, [say("today"), series], say("picture_first_axis"))


def _dots(title: str, text: str, rows: Sequence[figures.Row], order: Sequence[str], axis: str) -> Picture:
    return Picture(title, text, figures.differences(title, text, rows, order, axis))


def _interval(mean: float, half: float) -> Estimate:
    return Estimate(2, mean, max(0.0, mean - half), min(100.0, mean + half))


def _times(e: Estimate, factor: float) -> Estimate:
    return Estimate(e.n, e.mean * factor, e.low * factor, e.high * factor, e.sd * factor)


def _unmeasured(say: Sentences, a: Assumption) -> str:
    unit = PARAMETERS[a.name].unit if a.name in PARAMETERS else ""
    turn = say("turns", value=f"{a.turn:.3g}", unit=unit) if math.isfinite(a.turn) else say("turns_not")
    said = say("unmeasured_parameter", text=_text(a.name), name=a.name, share=f"{100 * a.share:.0f} %", turn=turn)
    return say("unmeasured_each", what=wording.capital(a.what), parameters=said)


def _text(name: str) -> str:
    return wording.setting_text(f"parameters.{name}") if name in PARAMETERS else name


def _change(say: Sentences, outcome: str, plan: PlanFacts) -> str:
    e = plan.changes.get(outcome)
    change = wording.NOT_DEFINED if e is None else _shown(outcome, e)
    unit = f" in 100 {OUTCOMES[outcome].counted}" if OUTCOMES[outcome].is_share else ""
    return say("change", outcome=wording.capital(OUTCOMES[outcome].label), change=f"{change}{unit}")


def _shown(outcome: str, e: Estimate | None) -> str:
    if e is None or not math.isfinite(e.mean):
        return wording.NOT_DEFINED
    return wording.difference(e, OUTCOMES[outcome])


def _level(outcome: str, plan: PlanFacts) -> str:
    x = plan.means.get(outcome, math.nan)
    return wording.number(x, OUTCOMES[outcome]) if math.isfinite(x) else wording.NOT_DEFINED


def _label(outcome: str) -> str:
    o = OUTCOMES[outcome]
    return f"{o.label}, {f'in 100 {o.counted}' if o.is_share else wording.unit(o)}"
