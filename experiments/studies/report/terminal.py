"""What the terminal shows of a study that ran: the few results that matter, what failed, and what nobody knows."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.text import Text

from experiments.outcomes.assumptions import CARRIED
from experiments.outcomes.difference import Reading
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.reporting.terminal import console, plain_table
from experiments.statistics.estimates import LEVEL, Estimate
from experiments.studies.analysis.uncertainty import READ, carried, typical, which
from experiments.studies.definition.plan import BASELINE
from scenarios.toml_files import one_line
from simulation.outcome_definitions import Outcome

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.analysis.results import StudyData
    from experiments.studies.definition.plan import StudyPlan

ALL_PLANS = 12
"""Up to how many plans each one has a row; of more only the best are shown."""

CARRIED_PLANS = 2
"""Plans of which it is told what carries their leading outcomes."""

BEST, COLUMNS = 3, 4
"""Most best plans side by side, and most outcomes beside plans as rows, where the terminal is wide enough."""

LABEL, LEVER, BASE, CELL = 21, 13, 11, 22
"""Columns that an outcome's label, a lever, the baseline and a cell with its interval need."""

_STYLE = {"✓": "green", "✗": "red", "▲": "cyan", "▼": "cyan", "?": "dim", "=": "dim"}
_UNKNOWN = "What no trial has shown:"


class _Cell(NamedTuple):
    """A plan's mean of one outcome and its difference from the baseline, as they are shown."""

    mean: float
    difference: Estimate
    mark: str


Cells = dict[tuple[str, str], _Cell]
"""By plan and outcome."""


def show_study(plan: StudyPlan, data: StudyData) -> None:
    """Show a study's result: the question, what ran, the plans that matter, failures, what is not known."""
    out = console()
    out.print(Text(plan.title, style="bold"))
    out.print(f"{plan.question}\n")
    sample = data.sample or {"kind": None, "label": ""}
    out.print(" ".join(wording.standing(sample.get("kind", "posterior"), sample["label"])) + "\n")
    out.print(_what_ran(plan, data))
    names = [name for name in data.outcomes if name in OUTCOMES]
    cells = _cells(plan, data, names)
    if cells:
        out.print()
        if plan.plans <= ALL_PLANS:
            _show_all(out, plan, names, cells)
        else:
            _show_best(out, plan, data, names, cells)
        out.print(_legend(plan, data.sample is not None))
        _show_doubt(out, data)
        _show_carried(out, data, [p for p in _settings(plan) if p != BASELINE][:CARRIED_PLANS], names[:2])
    _show_rest(out, plan, data)


def as_json(plan: StudyPlan, data: StudyData) -> dict[str, Any]:
    """The study's tables for scripts; numbers in the units stated, null where not defined."""
    found: dict[str, Any] = {
        "format": "peerbridge sweep 1", "name": plan.name, "question": plan.question, "out": str(data.folder),
        "baseline": plan.baseline, "plans": plan.plans, "futures": plan.futures, "replications": data.replications,
        "runs": len(data.runs), "failed": len(data.failed), "state": data.state, "level": LEVEL,
        "differences": _records(data.differences()),
    }  # fmt: skip
    if plan.futures > 1:
        found["across_futures"] = _records(data.across_futures())
    if data.sample:
        found |= {"draws": data.sample, "doubts": _records(data.doubts())}
    return found


def _what_ran(plan: StudyPlan, data: StudyData) -> str:
    futures = f", in {plan.futures:,} futures" if plan.futures > 1 else ""
    done, failed = len(data.runs), len(data.failed)
    wanted = len(plan.points) * plan.replications.most
    of_all = "" if data.state == "complete" else f" of {wanted:,}"
    return (
        f"Simulated: {plan.plans:,} plan{'s' * (plan.plans != 1)} and {plan.baseline}{futures}, on shared draws, "
        f"seed {plan.seed}. {done:,}{of_all} runs finished{f', {failed:,} failed' if failed else ', none failed'}."
    )


def _cells(plan: StudyPlan, data: StudyData, names: Sequence[str]) -> Cells:
    """Means and differences by plan and outcome."""
    if not len(data.runs):
        return {}
    table = data.differences(names)
    levels = data.means(names).groupby(["plan", "outcome"])["mean"].mean()
    found: Cells = {}
    if plan.futures == 1:
        for row in _records(table):
            e = Estimate(row["n"], *(_nan(row[key]) for key in ("difference", "low", "high", "sd")))
            mark = wording.mark(row["reading"], OUTCOMES[row["outcome"]], e)
            found[row["plan"], row["outcome"]] = _Cell(levels[row["plan"], row["outcome"]], e, mark)
    else:
        for row in _records(data.across_futures(names)):
            key = row["plan"], row["outcome"]
            e = Estimate(row["n"], *(_nan(row[k]) for k in ("difference", "low", "high")))
            found[key] = _Cell(levels[key], e, _mark_over_futures(row))
    nothing = Estimate(0, math.nan, math.nan, math.nan)
    for key in ((p, name) for p in [BASELINE, *_settings(plan)] for name in names):
        if key not in found and key in levels.index and not math.isnan(levels[key]):
            found[key] = _Cell(levels[key], nothing, "")
    return found


def _mark_over_futures(row: dict[str, Any]) -> str:
    n, outcome = row["futures"], OUTCOMES[row["outcome"]]
    up, down = row["share_better"], row["share_worse"]
    words: tuple[Reading, Reading] = ("higher", "lower") if outcome.better == "none" else ("better", "worse")
    reading, share = (words[0], up) if up >= down else (words[1], down)
    if outcome.is_money:
        return f"{'▲ more' if row['difference'] > 0 else '▼ less'}"
    if round(share * n) == 0:
        return "? unclear"
    return f"{wording.MARKS[reading]} in {round(share * n)} of {n}"


def _settings(plan: StudyPlan) -> dict[str, list[str]]:
    """What each plan sets, the scenario first where there are several."""
    several = _several_scenarios(plan)
    return {
        p.plan: [p.scenario] * several + [_value(p.values[factor.name]) for factor in plan.levers]
        for p in plan.points
        if p.plan != BASELINE
    }


def _several_scenarios(plan: StudyPlan) -> bool:
    """Whether plans must be told apart by their scenario."""
    return len({point.scenario for point in plan.points if point.plan != BASELINE}) > 1 or not plan.levers


def _in_words(plan: StudyPlan) -> dict[str, str]:
    """What each plan sets, in a line: "peer workers 4, days of follow-up 30"."""
    heads = [""] * _several_scenarios(plan) + [f"{factor.label} " for factor in plan.levers]
    return {
        p: ", ".join(head + value for head, value in zip(heads, values, strict=True))
        for p, values in _settings(plan).items()
    }


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _legend(plan: StudyPlan, drawn: bool) -> str:
    undefined = "–: not defined (no workers, say)."
    if plan.futures > 1:
        return (
            f"✓ better, ✗ worse: 3 of {plan.futures} means that in 3 futures the interval leaves out zero. {undefined}"
        )
    if drawn:
        return f"✓ better, ✗ worse: the interval and 9 of 10 draws leave out zero. ? unclear: not so. {undefined}"
    return f"✓ better, ✗ worse: the interval leaves out zero. ? unclear: it does not. {undefined}"


def _show_all(out: Console, plan: StudyPlan, names: list[str], cells: Cells) -> None:
    shown = [name for name in names if any(outcome == name for _, outcome in cells)]
    heads = ["scenario"] * _several_scenarios(plan) + [factor.label for factor in plan.levers]
    room = out.width - sum(1 + min(LEVER, len(head)) for head in heads)
    fit = max(1, min(COLUMNS, room // (CELL - 1)))
    table = plain_table()
    for head in heads:
        table.add_column(head, overflow="fold", max_width=LEVER)
    for name in shown[:fit]:
        table.add_column(f"{_label(name)}\n{plan.baseline}: {_base(cells, name)}", overflow="fold", min_width=CELL - 2)
    for p, settings in _settings(plan).items():
        table.add_row(*settings, *(_shown(cells.get((p, name)), OUTCOMES[name]) for name in shown[:fit]))
    out.print(f"Differences from {plan.baseline}{_interval_words(plan)}:")
    out.print(table)
    if (more := len(shown) - fit) > 0:
        out.print(f"{more} more leading outcome{'s are' if more > 1 else ' is'} in the report.")


def _show_best(out: Console, plan: StudyPlan, data: StudyData, names: list[str], cells: Cells) -> None:
    words = _in_words(plan)
    best: dict[str, str] = {}
    for name in names:
        outcome = OUTCOMES[name]
        own = {p: cells[p, name].mean for p in words if (p, name) in cells}
        if own and outcome.better != "none" and not outcome.is_money:
            best[name] = (min if outcome.better == "lower" else max)(own, key=lambda p: own[p])
    fit = max(1, min(BEST, (out.width - LABEL - BASE) // CELL))
    chosen = list(dict.fromkeys(best.values()))[:fit]
    ran = len({p for p, _ in cells} - {BASELINE})
    which = f"{plan.plans:,} plans" if ran == plan.plans else f"the {ran:,} plans that ran so far"
    out.print(f"Of {which}, those that are best in an outcome (★):")
    for p in chosen:
        out.print(f"  {p}  {words[p]}")
    out.print(f"\nEach plan: its mean, then the difference from {plan.baseline}{_interval_words(plan)}")
    table = plain_table()
    table.add_column("outcome", overflow="fold", min_width=LABEL, max_width=2 * LABEL)
    table.add_column(plan.baseline, justify="right", no_wrap=True)
    for p in chosen:
        table.add_column(p, overflow="fold", min_width=CELL - 1)
    for name in names:
        shown = (_shown(cells.get((p, name)), OUTCOMES[name], True, best.get(name) == p) for p in chosen)
        table.add_row(_label(name), _base(cells, name), *shown)
    out.print(table)
    tied = ((name, _may_be_best(data, name, best[name], plan.futures)) for name in names if name in best)
    if said := [f"{OUTCOMES[name].label} {n}" for name, n in tied if n is not None]:
        out.print(f"How many other plans may be as good as ★, for all that chance allows: {'; '.join(said)}.")


def _may_be_best(data: StudyData, name: str, best: str, futures: int) -> int | None:
    """How many other plans may be as good; None where that cannot be said."""
    if data.replications < 2:
        return None
    table = data.best(name, "mean" if futures > 1 else "each")
    if best not in set(table["plan"]):  # plans of a sampled design are not in every future
        return None
    others = table[~table["plan"].isin([best, BASELINE])]
    return int(others["standing"].isin(["best", "may be best"]).sum())


def _base(cells: Cells, name: str) -> str:
    cell = cells.get((BASELINE, name))
    return wording.NOT_DEFINED if cell is None else _plain(cell.mean, OUTCOMES[name])


def _interval_words(plan: StudyPlan) -> str:
    return " (and the middle 90 % of futures)" if plan.futures > 1 else " (95 % interval)"


def _label(name: str) -> str:
    unit = wording.unit(OUTCOMES[name])
    return f"{OUTCOMES[name].label}, {'1,000 ' if OUTCOMES[name].is_money else ''}{unit}"


def _plain(value: float, outcome: Outcome) -> str:
    return wording.thousands(value) if outcome.is_money else wording.number(value, outcome)


def _shown(cell: _Cell | None, outcome: Outcome, with_mean: bool = False, best: bool = False) -> Text:
    if cell is None:
        return Text(wording.NOT_DEFINED)
    undefined = math.isnan(cell.difference.mean)
    first = f"{_plain(cell.mean, outcome)} {'★' if best else ' '}" if with_mean or undefined else ""
    if undefined:
        return Text(first)
    e = cell.difference
    difference = _thousands(e) if outcome.is_money else wording.difference(e, outcome)
    text = Text(first)
    mark = re.sub(r" (better|worse|higher|lower) in ", " ", cell.mark) if with_mean else cell.mark
    text.append(mark, style="" if outcome.is_money else _STYLE.get(cell.mark[:1], ""))
    return text.append("" if cell.mark.startswith("=") else f"\n{difference}")


def _thousands(e: Estimate) -> str:
    mean, low, high = (("+" if x > 0 else "") + wording.thousands(x) for x in (e.mean, e.low, e.high))
    return mean if math.isnan(e.low) or e.sd == 0 else f"{mean} ({low} to {high})"


def _show_doubt(out: Console, data: StudyData) -> None:
    """Chance beside what nobody knows, where runs drew their parameters."""
    if not data.sample:
        return
    out.print(f"\nParameters: {which(data.sample)}.")
    parts = typical(data.doubts())
    if not parts:
        out.print("Too few draws to tell chance from what nobody knows: ask for 20 replications or more.")
        return
    table = plain_table()
    table.add_column("differences, median over plans", overflow="fold")
    for head in ("chance", "nobody knows", "share that nobody knows"):
        table.add_column(head, justify="right")
    for part in parts:
        table.add_row(*part)
    out.print(table)
    out.print(f"{wording.capital(READ)}. The share is that of the variance of a run.")


def _show_carried(out: Console, data: StudyData, plans: Sequence[str], names: Sequence[str]) -> None:
    """The assumptions that carry the leading outcomes of the first plans."""
    if rows := carried(data, plans, names):
        out.print(f"\n{CARRIED}")
        for answer, said in rows:
            out.print(f"  {answer}: {said}.")
        out.print(
            "For other plans, and beside the prior alone: peerbridge sensitivity FOLDER --plan P [--prior FOLDER]."
        )


def _show_rest(out: Console, plan: StudyPlan, data: StudyData) -> None:
    if len(data.failed):
        first = data.failed.iloc[0]
        out.print(
            f"\nFailed: {len(data.failed):,} runs, which are left out. The first: plan {first['plan']}, replication "
            f"{first['replication']}, {first['status']}: {one_line(str(first['message'] or first['stage']))[:200]}\n"
            "  To run them again: the same command with --retry-failed"
        )
    unknown = next((p for p in plan.description.split("\n\n") if p.startswith(_UNKNOWN)), "")
    if plan.futures > 1:
        spread = "Ranges show how far the answer moves when the uncertainties do; other things nobody knows are not "
        spread += "in them."
    elif data.sample:
        spread = (
            "Intervals show how well the mean over the draws is known; how far single draws lie apart stands above."
        )
    else:
        spread = "Intervals show run-to-run variation only, not what nobody knows."
    out.print(
        f"\nNot known. {unknown.removeprefix(_UNKNOWN).strip()[:1].upper()}{unknown.removeprefix(_UNKNOWN).strip()[1:]}"
        f"{' ' if unknown else ''}{spread}"
    )
    out.print(f"\nFiles are in {data.folder}: a row per run under runs/, the plans in design.csv")
    out.print(f"Next: peerbridge report {data.folder}")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return [{str(key): plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def _nan(value: float | None) -> float:
    return math.nan if value is None else value
