"""The report of a study: one HTML file that needs nothing else, for a planner to read and to pass on."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.outcomes.assumptions import CARRIED
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import page as pages
from experiments.reporting import wording
from experiments.statistics.estimates import Estimate
from experiments.studies.analysis.findings import MOST_PICKS, Findings, Highlight, interval_words
from experiments.studies.analysis.uncertainty import READ, carried, of_plan, which
from experiments.studies.report.figures import headline, more, pictures
from experiments.studies.report.summary import cards, count_sentence
from experiments.support.atomic_files import write_text
from simulation.outcome_definitions import Outcome

if TYPE_CHECKING:
    from experiments.studies.analysis.results import StudyData
    from experiments.studies.definition.plan import Precision

MOST_ROWS = 200
"""Plans up to which the page holds the table of all; beyond, the tables beside it do."""

MOST_FAILURES = 20

HARM = "worker_harms_per_year"
"""What plans do to workers, which no price stands for: shown beside every amount."""

SHOWN = 5
"""Outcomes in the main table."""

MOST_LEVERS = 6
"""Levers that the tables show in columns of their own."""


def write_report(data: StudyData, path: Path) -> None:
    """Write the report of a study.

    Raises:
        InputError: There is nothing to report yet.
        OSError: The folder cannot be written.
    """
    write_text(path, render(data))


def render(data: StudyData) -> str:
    """The report as HTML. The same study gives the same bytes.

    Raises:
        InputError: There is nothing to report yet.
    """
    found = Findings(data)
    manifest = data.manifest
    plans, names = [pick.row for pick in found.picks], main_outcomes(found)
    return pages.page("study_report.html.j2", {
        "title": manifest.get("title") or manifest.get("name") or "A study",
        "question": manifest.get("question", ""),
        "description": [part.strip() for part in str(manifest.get("description", "")).split("\n\n") if part.strip()],
        "sources": list(manifest.get("sources", [])),
        "headline": headline(found),
        "found": found,
        "size": design_sentence(found),
        "state": state_sentence(data),
        "cards": cards(found),
        "count": count_sentence(found),
        "interval": interval_words(found),
        "levers": found.plans.levers if len(found.plans.levers) <= MOST_LEVERS else [],
        "columns": [{"label": OUTCOMES[name].label, "unit": wording.unit(OUTCOMES[name])} for name in names],
        "base": [wording.number(found.base(name).mean, OUTCOMES[name]) for name in names],
        "picks": [plan_row(found, pick.row, names, pick.reasons) for pick in found.picks],
        "every": [plan_row(found, i, names, []) for i in range(len(found))] if len(found) <= MOST_ROWS else [],
        "picked": [found.plans.names[i] for i in plans],
        "outcome_rows": outcome_rows(found, plans, tuple(OUTCOMES)),
        "pictures": pictures(found),
        "more": more(found),
        "money": money(found),
        "subgroups": subgroups(found),
        "factors": factors(found),
        "failed": failures(data),
        "spread": spread_sentence(found),
        "doubt": doubt(found),
        "standing": standing(found.data),
        "provenance": provenance(data),
    })  # fmt: skip


def standing(data: StudyData) -> tuple[str, str]:
    """What the numbers rest on: a word, and a sentence (`wording.standing`)."""
    sample = data.sample
    return wording.standing(sample.get("kind", "posterior"), sample["label"]) if sample else wording.standing(None)


def main_outcomes(found: Findings) -> tuple[str, ...]:
    """Outcomes of the main table: what leads, and what it is weighed against; few enough for a page."""
    return tuple(dict.fromkeys([*found.lead[:2], *found.weighed]))[:SHOWN]


def design_sentence(found: Findings) -> str:
    """How the study was made, in a sentence."""
    n, counts = len(found), found.counts
    runs = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    plans = f"{n} plans were" if n > 1 else "One plan was"
    words = {
        "grid": "every combination of the levels below", "latin-hypercube": "a Latin hypercube of the ranges below",
        "sobol": "a Sobol sequence in the ranges below", "one-at-a-time": "one factor changed at a time",
        "morris": "Morris' screening design", "list": "a list of plans",
    }.get(found.kind, found.kind)  # fmt: skip
    text = f"{plans} simulated ({words}), {runs} time{'s' * (runs != '1')} each, and compared with {found.baseline}"
    if found.futures > 1:
        text += f", in {found.futures} futures of the assumed parameters"
    rule = found.data.rule
    return f"{text}. {precision_sentence(rule)}" if rule else f"{text}."


def precision_sentence(rule: Precision) -> str:
    """Until when each plan was repeated."""
    o = OUTCOMES[rule.outcome]
    if rule.half_width is None:
        width = f"{rule.relative:.0%} of it" if rule.relative else "the width asked for"
    elif o.is_share:
        width = f"{100 * rule.half_width:g} in 100"
    else:
        width = f"{rule.half_width:g} ({o.unit})"
    return (
        f"Each plan was repeated until its difference in {o.label} was known to within {width} (95 % interval), "
        f"{rule.minimum} to {rule.maximum} times."
    )


def state_sentence(data: StudyData) -> str:
    """What a reader must know of a study that is not finished; empty for one that is."""
    state = str(data.manifest.get("state", "complete"))
    return (
        ""
        if state == "complete"
        else f"This study is not finished ({state}): it shows the {len(data.runs):,} runs made so far."
    )


def spread_sentence(found: Findings) -> str:
    """What the intervals are and are not."""
    if found.futures > 1:
        return (
            f"The study varies some of them over {found.futures} futures; the ranges shown are over these. No fit to "
            "data says yet which futures are likelier than others, and parameters that the study does not vary add "
            "doubt that is not shown."
        )
    if found.data.sample:
        return (
            "The intervals show how well the mean over the draws is known, the table of chance and of what nobody "
            "knows how far the answer moves between draws. What they leave out, the shape of the model above all, adds "
            "doubt that is not shown."
        )
    return (
        "The intervals show only how much one simulated run differs from the next; more runs narrow them. They do not "
        "include what nobody knows, which is more: this study keeps every assumed parameter at one value."
    )


def doubt(found: Findings) -> dict[str, Any] | None:
    """Chance beside what nobody knows for the plans that matter; None where runs use the start values."""
    if not found.data.sample:
        return None
    names = found.lead[:2]
    table = found.data.doubts(names)
    rows = []
    picks = found.picks or [Highlight(row) for row in range(min(len(found), MOST_PICKS))]
    for pick in picks:
        parts = [of_plan(table, found.plans.names[pick.row], name) for name in names]
        rows.append([found.name(pick.row), *(cell for part in parts for cell in part or [wording.NOT_DEFINED] * 3)])
    units = [found.quantity(name).per for name in names]
    heads = ("chance", "9 of 10 draws", "share of a run's variance that nobody knows")
    return {
        "which": which(found.data.sample), "read": wording.capital(READ), "rows": rows,
        "head": ["plan", *(f"{found.quantity(name).title}: {head}" for name in names for head in heads)],
        "unit": "; ".join(dict.fromkeys(units)), "carried_text": CARRIED, "carried_head": ["answer", "carried"],
        "carried": carried(found.data, [found.plans.names[pick.row] for pick in picks], names),
    }  # fmt: skip


def outcome_rows(found: Findings, plans: list[int], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of a table with an outcome per row and a plan per column."""
    return [
        {
            "label": OUTCOMES[name].label, "unit": wording.unit(OUTCOMES[name]),
            "definition": OUTCOMES[name].definition,
            "baseline": wording.number(found.base(name).mean, OUTCOMES[name]),
            "cells": [cell(found, name, plan) for plan in plans],
        }
        for name in names
    ]  # fmt: skip


def plan_row(found: Findings, plan: int, names: tuple[str, ...], reasons: list[str]) -> dict[str, Any]:
    """A row of a table with a plan per row and an outcome per column."""
    return {
        "name": found.plans.names[plan], "said": found.plans.describe(plan),
        "reasons": reasons, "n": found.counts[plan],
        "settings": [wording.setting(value) for value in found.plans.settings(plan).values()],
        "cells": [cell(found, name, plan) for name in names],
    }  # fmt: skip


def cell(found: Findings, name: str, plan: int) -> dict[str, str]:
    """Mean, difference, mark and look of an outcome of a plan."""
    return wording.cell(found.difference(name, plan))


def money(found: Findings) -> dict[str, Any] | None:
    """Value for money of the plans that matter."""
    table = found.data.money()
    rows = []
    for pick in found.picks:
        mine = table[table["plan"] == found.plans.names[pick.row]]
        if mine.empty:
            continue
        cells = [money_cell(mine, what) for what in (
            "readmissions_averted_per_year", "programme_cost_per_year", "total_cost_per_year",
            "total_cost_marginal_per_year", "cost_per_readmission_averted", "net_benefit_per_year",
        )]  # fmt: skip
        harm = found.difference(HARM, pick.row) if HARM in found.outcomes else None
        rows.append([found.name(pick.row), *cells, wording.finding(harm) if harm else wording.NOT_DEFINED])
    if not rows:
        return None
    return {
        "rows": rows, "threshold": wording.money(float(table["threshold"].iloc[0])),
        "dollars": wording.dollars(found.data.price_year),
    }  # fmt: skip


def money_cell(mine: Any, what: str) -> str:
    """An amount with its interval, or with its range over futures."""
    values = mine[what].to_numpy(dtype=np.float64)
    show = _count if what.startswith("readmissions") else wording.unbroken_money
    missing = int(np.isnan(values).sum())
    if missing:
        return "not defined" if len(values) == 1 else f"not defined in {missing} of {len(values)} futures"
    ends = [float(mine[f"{what}{end}"].iloc[0]) for end in ("_low", "_high")]
    low, high = ends if len(values) == 1 else (float(values.min()), float(values.max()))
    middle = show(float(values.mean()))
    if math.isnan(low) or low == high:
        return middle
    unknown = (
        [float(mine[f"{what}_unknown{end}"].iloc[0]) for end in ("_low", "_high")]
        if len(values) == 1 and (f"{what}_unknown_low" in mine)
        else [math.nan]
    )
    drawn = "" if math.isnan(unknown[0]) else f"; {show(unknown[0])} to {show(unknown[1])} in {wording.OF_DRAWS}"
    return f"{middle} ({show(low)} to {show(high)}){drawn}"


def _count(value: float) -> str:
    return f"{value:,.0f}".replace("-", wording.MINUS)


def subgroups(found: Findings) -> list[dict[str, Any]]:
    """Differences by subgroup of the plans that matter; empty where none were kept."""
    table = found.data.subgroups()
    if table.empty:
        return []
    wanted = {found.plans.names[pick.row]: found.name(pick.row) for pick in found.picks}
    table = table[table["plan"].isin(wanted) & table["outcome"].isin(found.lead[:2])]
    made = []
    for (variable, outcome), part in table.groupby(["variable", "outcome"], sort=False):
        q = found.quantity(str(outcome))
        groups = list(dict.fromkeys(part["subgroup"]))
        body = []
        for plan, said in wanted.items():
            mine = part[part["plan"] == plan]
            body.append([said, *(subgroup_cell(mine[mine["subgroup"] == group], q.outcome) for group in groups)])
        caption = f"{q.title} by {str(variable).replace('_', ' ')}: difference from {found.baseline}"
        caption += f", in 100 {q.outcome.counted}" if q.is_share else f", {q.outcome.unit}"
        made.append({"caption": caption, "head": ["plan", *map(str, groups)], "body": body})
    return made


def subgroup_cell(mine: Any, outcome: Outcome) -> str:
    """A subgroup's difference with its interval, and a warning where it holds few stays."""
    if mine.empty or math.isnan(float(mine["difference"].mean())):
        return wording.NOT_DEFINED
    ends = [float(mine[f"difference_{end}"].mean()) for end in ("low", "high")]
    text = wording.difference(Estimate(len(mine), float(mine["difference"].mean()), *ends), outcome)
    return f"{text}, few stays" if bool(mine["small"].any()) else text


def factors(found: Findings) -> list[list[str]]:
    """Levers and uncertainties with their levels and units, as a table."""
    rows = []
    held = {lever.name: lever for lever in found.plans.levers}
    for factor in found.data.factors:
        name, role = str(factor["name"]), str(factor["role"])
        lever = held.get(name)
        if lever and not lever.binned:
            levels = ", ".join(lever.levels)
        elif factor.get("low") is not None:
            levels = f"{factor['low']:g} to {factor['high']:g}"
            levels += f", {factor['prior']}" if factor.get("prior") else ""
        else:
            levels = ", ".join(wording.setting(value) for value in factor.get("values") or [])
        kind = "lever" if role == "lever" else "assumed parameter"
        rows.append(
            [str(factor.get("text") or factor.get("label") or name), kind, levels, str(factor.get("unit", "")), name]
        )
    return rows


def failures(data: StudyData) -> dict[str, Any] | None:
    """Failed runs by message."""
    failed = data.failed
    if not len(failed):
        return None
    counts = Counter(zip(failed["status"], failed["stage"], failed["message"], strict=True))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = [[str(n), *map(str, what)] for what, n in ordered]
    return {"number": len(failed), "rows": rows[:MOST_FAILURES], "more": max(0, len(rows) - MOST_FAILURES)}


def provenance(data: StudyData) -> list[tuple[str, str]]:
    """What made the numbers, from the study's own record."""
    manifest = data.manifest
    sessions = list(manifest.get("sessions") or [])
    made = manifest.get("provenance") or (sessions[0] if sessions else {})
    specification = manifest.get("specification") or {}
    rows: list[tuple[str, str]] = []
    versions = made.get("versions") or {}
    rows.append(("Parameters", which(data.sample)))
    if versions:
        rows.append(("Versions", ", ".join(f"{name} {number}" for name, number in versions.items())))
    git = made.get("git") or {}
    commit = made.get("commit") or (f"{git['commit']}{' (with changes)' if git.get('dirty') else ''}" if git else "")
    rows.append(("Commit", str(commit) or "not a checkout"))
    for label, key in (("Model", "model"), ("Points", "points_hash"), ("Constraints", "constraints")):
        value = specification.get(key) or made.get(key)
        if value:
            rows.append((label, str(value)))
    rows.append(("Root seed", str(manifest.get("seed", specification.get("seed", "")))))
    scenarios = specification.get("scenarios")
    if isinstance(scenarios, dict):
        rows.append(("Scenarios", ", ".join(f"{name} {value}" for name, value in scenarios.items())))
    machine = made.get("machine")
    if machine:
        rows.append(
            (
                "Machine",
                ", ".join(str(value) for value in machine.values()) if isinstance(machine, dict) else str(machine),
            )
        )
    if sessions and sessions[0].get("started"):
        rows.append(("Started", str(sessions[0]["started"])))
    commands = [str(session.get("command_line") or "") for session in sessions]
    rows += [("Command", line) for line in dict.fromkeys(commands) if line]
    return rows
