"""The report of a comparison: one HTML file that needs nothing else, for a planner to read and to pass on."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from experiments.comparisons import beside
from experiments.comparisons.remarks import remarks
from experiments.comparisons.result import Comparison
from experiments.comparisons.terminal import money_sentence, net_cost_sentence, parameters_sentence, standing
from experiments.outcomes.assumptions import CARRIED
from experiments.outcomes.difference import Difference
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import figures, svg, wording
from experiments.reporting import page as pages
from experiments.reporting.page import Figure
from experiments.reporting.settings import settings, unit
from experiments.statistics.estimates import Estimate
from experiments.studies.report.page import provenance
from experiments.support.atomic_files import write_text
from experiments.support.types import FloatArray
from simulation.outcome_definitions import HEADLINES, TRADE_OFFS
from simulation.parameters import PARAMETERS

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.analysis.results import StudyData

RATES = tuple(name for name in HEADLINES if OUTCOMES[name].group in ("discharge", "after discharge"))
"""Outcomes of the plot of differences; all in per cent, so that they share an axis."""

DAILY = {
    "census": ("People in hospital (of this population)", "count"),
    "clinician_credibility": ("Credibility that clinicians give peers", "state"),
    "clinician_burnout": ("Burnout of clinicians (mean)", "state"),
    "worker_burnout": ("Burnout of peer workers (mean)", "state"),
}

HORIZON = 90

WINDOW = 14
"""Days over which daily series are smoothed."""


def write_report(result: Comparison, data: StudyData, path: Path) -> None:
    """Write the report of a comparison.

    Args:
        result: The comparison, with a baseline and at least one complete replication.
        data: The study that it is, with its curves and daily series.
        path: Where; its tables lie beside it.

    Raises:
        OSError: The folder cannot be written.
    """
    write_text(path, render(result, data))


def render(result: Comparison, data: StudyData) -> str:
    """The report as HTML."""
    order = [result.baseline, *result.plans]
    used = pages.parameters_used(result.configs.values(), result.draws.names if result.draws else ())
    return pages.page("report.html.j2", {
        "result": result,
        "order": order,
        "configs": result.configs,
        "changed": {name: result.changed.get(name, []) for name in order},
        "remarks": {name: remarks(result.configs[name]) for name in order},
        "n": len(result.complete),
        "settings": _settings(result, order),
        "answers": [(name, _answer(result, name)) for name in result.plans],
        "headlines": _rows(result, HEADLINES),
        "all_rows": _rows(result, tuple(OUTCOMES)),
        "money": [_money(result, name) for name in result.plans],
        "fitted": result.draws.label if result.draws else "",
        "parameters_used": parameters_sentence(result),
        "doubt_head": ["plan and outcome", "difference", "more runs would narrow this", "only more knowledge this",
                       "share of one run's spread that is not chance"],
        "doubt": _doubt(result),
        "carried_text": CARRIED,
        "carried_head": ["answer", "carried"],
        "carried": [(answer, f"{said}.") for answer, said in beside.carried(result)],
        "alone_text": beside.ALONE,
        "alone_head": ["answer", "fit", "prior alone"],
        "alone": [tuple(row) for row in beside.beside_prior(result)],
        "threshold": f"${result.threshold:,.0f}",
        "dollars": wording.dollars(result.price_year),
        "standing": standing(result),
        "pictures": _pictures(result, order, data),
        "key": lambda name: Markup(svg.key(name, order)),
        "provenance": provenance(data),
    }, used)  # fmt: skip


def _answer(result: Comparison, plan: str) -> list[str]:
    """What a plan changes, in sentences, most wanted first."""
    said = []
    for name in ("patient_initiated_discharge", "readmission_30d", "linkage_30d", "deaths_per_1000_person_years"):
        d = result.difference(plan, name)
        said.append(f"{OUTCOMES[name].label[0].upper()}{OUTCOMES[name].label[1:]}: {wording.finding(d)}.")
    burnt = result.mean(plan, "peer_high_burnout")
    if not math.isnan(burnt.mean):
        outcome = OUTCOMES["peer_high_burnout"]
        spread = wording.interval(burnt, outcome, sign=False)
        said.append(f"Peer workers with high burnout: {_with(wording.number(burnt.mean, outcome), spread)}.")
    cost = result.difference(plan, "programme_cost")
    said.append(f"Programme cost: {wording.finding(cost)}, {wording.dollars(result.price_year)} a year.")
    return [*said, net_cost_sentence(result, plan), wording.capital(money_sentence(result, plan))]


def _rows(result: Comparison, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "label": OUTCOMES[name].label, "unit": wording.unit(OUTCOMES[name]),
            "definition": OUTCOMES[name].definition,
            "baseline": wording.number(result.mean(result.baseline, name).mean, OUTCOMES[name]),
            "cells": [wording.cell(result.difference(plan, name)) for plan in result.plans],
        }
        for name in names
    ]  # fmt: skip


def _doubt(result: Comparison) -> list[tuple[str, ...]]:
    """Differences with what more runs would narrow and what only more knowledge would; empty without draws."""
    found: list[tuple[str, ...]] = []
    for plan in result.plans:
        for name in HEADLINES:
            d, outcome = result.difference(plan, name), OUTCOMES[name]
            drawn = wording.unknown(d)
            if not drawn:
                continue
            half = (d.difference.high - d.difference.low) / 2
            found.append((
                f"{plan}: {outcome.label}, {wording.unit(outcome)}", wording.signed(d.difference.mean, outcome, 1),
                f"± {wording.signed(half, outcome, 1).lstrip('+')}", drawn, f"{100 * d.doubt.share_unknown:.0f} %",
            ))  # fmt: skip
    return found


def _money(result: Comparison, plan: str) -> dict[str, str]:
    """A row of the table on money: each amount with its whole doubt, beside what is not priced."""
    m = result.money(plan)

    def amount(field: str, show: Callable[[float], str] = wording.unbroken_money) -> str:
        doubt = m.doubts[field]
        drawn = "" if math.isnan(doubt.low) else f"; {show(doubt.low)} to {show(doubt.high)} in {wording.OF_DRAWS}"
        return f"{_estimate(getattr(m, field), show)}{drawn}"

    harm = result.difference(plan, "worker_harms_per_year")
    return {
        "name": plan,
        "averted": amount("averted", lambda x: f"{x:,.0f}".replace("-", wording.MINUS)),
        "cost": amount("cost"),
        "per": m.reading or _estimate(m.per_readmission, wording.money),
        "net": amount("net_benefit"),
        "total": amount("total_cost"),
        "marginal": amount("total_cost_marginal"),
        "harm": wording.finding(harm),
    }


def _estimate(e: Estimate, show: Callable[[float], str]) -> str:
    if math.isnan(e.mean):
        return "not defined"
    return show(e.mean) if math.isnan(e.low) or e.sd == 0 else f"{show(e.mean)} ({show(e.low)} to {show(e.high)})"


def _settings(result: Comparison, order: list[str]) -> list[dict[str, Any]]:
    """Settings in which the scenarios differ, with the words of the configuration."""
    rows = []
    every = {name: settings(result.configs[name]) for name in order}
    for key in dict.fromkeys(key for found in every.values() for key in found):
        values = [found.get(key) for found in every.values()]
        if any(value != values[0] for value in values):
            rows.append({
                "name": key, "text": wording.setting_text(key), "unit": unit(key),
                "values": ["none" if value is None else wording.setting(value) for value in values],
            })  # fmt: skip
    changed = sorted({key for name in order for key in result.configs[name].parameters})
    for key in changed:
        values = [result.configs[name].parameters.get(key) for name in order]
        text = [wording.setting(value) if value is not None else "as in the model" for value in values]
        rows.append(
            {
                "name": f"parameters.{key}",
                "text": wording.setting_text(f"parameters.{key}"),
                "unit": PARAMETERS[key].unit,
                "values": text,
            }
        )
    return rows


def _pictures(result: Comparison, order: list[str], data: StudyData) -> list[Figure]:
    made = [differences_picture(result, order), _curves_picture(result, order, data), _trade_off_picture(result, order)]
    return [picture for picture in [*made, _daily_picture(result, order, data)] if picture]


def _line(table: pd.DataFrame, days: FloatArray, factor: float = 1.0) -> FloatArray:
    """Means of one series of one scenario at `days`; NaN where it has none."""
    values = np.full(days.size, np.nan)
    values[np.searchsorted(days, table["x"])] = factor * table["value"]
    return values


def smooth(values: FloatArray, window: int = WINDOW) -> FloatArray:
    """Mean over the last `window` days (fewer at the start), leaving out days that are not defined."""
    defined = np.isfinite(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(defined, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(defined)])
    end = np.arange(1, values.size + 1)
    start = np.maximum(end - window, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: FloatArray = (total[end] - total[start]) / (count[end] - count[start])
    return np.where(defined, mean, np.nan)


def differences_picture(result: Comparison, order: list[str]) -> Figure:
    """Differences of the rates, a dot for each plan; `order` holds the baseline, then the plans."""
    rows, body = [], []
    for name in RATES:
        found = {plan: _shown(result.difference(plan, name)) for plan in result.plans}
        rows.append(figures.Row(OUTCOMES[name].label, {plan: _times(e, 100) for plan, e in found.items()}))
        body.append([OUTCOMES[name].label, *(wording.difference(e, OUTCOMES[name]) for e in found.values())])
    title = _leader(result, "patient_initiated_discharge", "patient-initiated discharges", RATES[0])
    lines = "with 95 % intervals" if result.draws is None else f"and their range over {wording.OF_DRAWS}"
    text = (
        f"Differences from {result.baseline} {lines}, in 100 stays or discharges. A dot left of zero means "
        "fewer, right of zero more; fewer is better except for linkage to care."
    )
    axis = f"difference from {result.baseline}, in 100 stays or discharges"
    picture = figures.differences(title, text, rows, order, axis)
    head = ["outcome (in 100)", *result.plans]
    return Figure("differences", title, text, [picture], head, body, pages.legend(result.plans, order))


def _shown(d: Difference) -> Estimate:
    """A difference with what its line shows: nine of ten draws where there are draws, else the interval of the mean."""
    e = d.difference
    return e if math.isnan(d.doubt.low) else Estimate(e.n, e.mean, d.doubt.low, d.doubt.high, e.sd)


def _leader(result: Comparison, name: str, plural: str, outcome: str) -> str:
    """Which plan changes an outcome most, in a sentence made from the numbers."""
    found = [result.difference(plan, outcome) for plan in result.plans]
    better = [d for d in found if d.reading == "better"]
    if not better:
        worse = [d.scenario for d in found if d.reading == "worse"]
        if worse:
            return f"No plan lowers {plural}; {wording.listed(worse)} raise{'s' * (len(worse) == 1)} them"
        return f"No plan clearly changes {plural}"
    best = min(better, key=lambda d: d.difference.mean)
    amount = wording.amount(best)
    lead = f"{wording.capital(plural)}: {best.scenario} has {amount} than {best.baseline}"
    rest = [d for d in better if d is not best]
    overlapping = [d.scenario for d in rest if d.difference.low < best.difference.high]
    return f"{lead}; {wording.listed(overlapping)} about as few" if overlapping else lead


def _curves_picture(result: Comparison, order: list[str], data: StudyData) -> Figure | None:
    table = data.series("curve:readmission")
    if table.empty:
        return None
    table = table[table["x"] <= HORIZON]
    days = np.arange(HORIZON + 1.0)
    lines = {name: _line(table[table["scenario"] == name], days, 100.0) for name in order}
    last = min(int(np.flatnonzero(np.isfinite(line)).max(initial=0)) for line in lines.values())
    ends = {name: float(line[last]) for name, line in lines.items()}
    lowest, highest = min(ends, key=lambda k: ends[k]), max(ends, key=lambda k: ends[k])
    readings = {result.difference(name, f"readmission_{HORIZON}d").reading for name in result.plans}
    title = f"Within {last} days {ends[highest]:.1f} of 100 discharges are followed by a readmission in {highest}"
    if readings & {"better", "worse"}:
        title += f", {ends[lowest]:.1f} in {lowest}"
    else:
        title = (
            f"Within {last} days {ends[lowest]:.1f} to {ends[highest]:.1f} of 100 discharges are followed by a "
            f"readmission; no plan clearly differs from {result.baseline}"
        )
    text = (
        "Share readmitted by days since discharge, mean over runs (Aalen–Johansen: death competes, the end of the run "
        "censors)."
    )
    panel = figures.Panel("", lines, lambda x: f"{x:g} %")
    body = [[name, *(_share(lines[name][day]) for day in (7, 14, 30, 60, 90))] for name in order]
    picture = figures.curves(title, text, days, panel, order, "days since discharge")
    head = ["scenario", "7 days", "14 days", "30 days", "60 days", "90 days"]
    return Figure("curves", title, text, [picture], head, body)


def _trade_off_picture(result: Comparison, order: list[str]) -> Figure:
    columns, body = [], [[name] for name in order]
    for name in TRADE_OFFS:
        outcome = OUTCOMES[name]
        factor, show = (100.0, _percent) if outcome.is_share else (1.0, wording.money)
        found = {scenario: result.mean(scenario, name) for scenario in order}
        columns.append((outcome.label, {k: _times(e, factor) for k, e in found.items()}, show))
        for row, e in zip(body, found.values(), strict=True):
            row.append(_with(wording.number(e.mean, outcome), wording.interval(e, outcome, sign=False)))
    fewest = min(order, key=lambda k: result.mean(k, "patient_initiated_discharge").mean)
    cost = result.mean(fewest, "programme_cost").mean
    burnout = result.mean(fewest, "peer_high_burnout").mean
    if all(result.difference(name, "patient_initiated_discharge").reading != "better" for name in result.plans):
        title = f"No plan has clearly fewer patient-initiated discharges than {result.baseline}"
    else:
        title = f"The plan with the fewest patient-initiated discharges, {fewest}, costs {wording.money(cost)} a year"
        if not math.isnan(burnout):
            title += f", with high burnout in {100 * burnout:.0f} of 100 peer workers at a time"
    text = (
        "Mean of each scenario with its 95 % interval. Left is better in every column; a plan that gives something up "
        "lies to the right there."
    )
    head = ["scenario", *(OUTCOMES[name].label for name in TRADE_OFFS)]
    return Figure("trade-offs", title, text, [figures.strips(title, text, columns, order)], head, body)


def _daily_picture(result: Comparison, order: list[str], data: StudyData) -> Figure | None:
    found: dict[str, dict[str, FloatArray]] = {}
    days: FloatArray = np.empty(0)
    for column in DAILY:
        table = data.series(f"daily:{column}")
        table = table[table["series"] == f"daily:{column}"] if len(table) else table
        if len(table):
            days = np.sort(table["x"].unique()).astype(np.float64)
            found[column] = {name: smooth(_line(table[table["scenario"] == name], days)) for name in order}
    panels = []
    body = []
    for column, lines in found.items():
        shown = {name: line for name, line in lines.items() if np.isfinite(line).any() and np.nanmax(np.abs(line)) > 0}
        if not shown:
            continue
        label, kind = DAILY[column]
        show = partial(_decimals, 0 if kind == "count" else 2)
        panels.append(figures.Panel(label, shown, show))
        ends = [float(np.nanmean(lines[name][-30:])) if name in shown else math.nan for name in order]
        body.append([label, *("–" if math.isnan(x) else f"{x:.{1 if kind == 'count' else 2}f}" for x in ends)])
    if not panels:
        return None
    warm_up = result.configs[result.baseline].run.warm_up_days
    title = _daily_title(found, order)
    text = (
        f"Means over runs, smoothed over {WINDOW} days. Outcomes are counted from day {warm_up}"
        " (vertical line); before it the simulated hospital settles."
    )
    drawn = figures.small_multiples(text, days, panels, order, "day of the run", mark=warm_up)
    head = ["mean of the last 30 days", *order]
    return Figure("daily", title, text, drawn, head, body, pages.legend(order, order, lines=True))


def _daily_title(found: dict[str, dict[str, Any]], order: list[str]) -> str:
    lines = found.get("clinician_credibility", {})
    ends = {name: float(np.nanmean(line[-30:])) for name, line in lines.items() if np.isfinite(line).any()}
    if order[0] not in ends or len(ends) < 2:
        return "Day by day"
    top = max(order[1:], key=lambda name: ends.get(name, -1.0))
    if ends[top] - ends[order[0]] < 0.01:
        return "Clinicians give the peer role about the same credibility in every scenario"
    return (
        f"By the end clinicians give the peer role most credibility in {top} ({ends[top]:.2f}, against "
        f"{ends[order[0]]:.2f} in {order[0]})"
    )


def _times(e: Estimate, factor: float) -> Estimate:
    return Estimate(e.n, e.mean * factor, e.low * factor, e.high * factor, e.sd * factor)


def _with(value: str, spread: str) -> str:
    return f"{value} ({spread})" if spread else value


def _share(percent: float) -> str:
    return wording.NOT_DEFINED if math.isnan(percent) else f"{percent:.1f} %"


def _percent(value: float) -> str:
    return f"{value:g} %"


def _decimals(places: int, value: float) -> str:
    return f"{value:.{places}f}"
