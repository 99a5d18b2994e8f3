"""Pictures of what levers do: heat maps, lines, effects side by side, one lever alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import figures, lever_plots, svg, wording
from experiments.reporting import page as pages
from experiments.reporting.page import Figure
from experiments.reporting.quantity import Quantity
from experiments.statistics.estimates import NOT_DEFINED, Estimate
from experiments.studies.analysis.findings import Findings, as_difference, early_level, span
from experiments.studies.analysis.lever_effects import Effect, Lever, Places

MOST_PANELS = 8
MOST_LINES = 6
MOST_COLUMNS = 6
ONE = "plans"

Cells = Mapping[tuple[int, ...], Estimate]


def surface(found: Findings, outcome: str) -> Figure | None:
    """Heat maps, values printed: over the two levers that do most, a panel for each level of the third.

    Of a design that fills its ranges (levels in bins), a panel for each pair of the three levers that do most.
    """
    if not np.isfinite(found.means[outcome]).any():
        return None
    q, levers = found.quantity(outcome), _axes(found)
    binned = any(lever.binned for lever in found.plans.levers)
    pairs = binned or len(levers) < 3
    rest = [lever.label for lever in levers[2 if pairs else 3 :]]
    standing = found.standing(outcome) if not (rest or found.undecided(outcome)) else {}
    title = found.surface_title(outcome)
    grids: list[tuple[str, Lever, Lever, dict[tuple[int, ...], tuple[Estimate, Places]], list[str]]] = []
    if pairs:
        for across, upwards in combinations(levers[:3], 2):
            if len(across.levels) > max(len(upwards.levels), MOST_COLUMNS):
                across, upwards = upwards, across
            name = q.title if len(levers) == 2 else f"{across.label} and {upwards.label}"
            grids.append((name, across, upwards, found.plans.cells(outcome, [upwards, across]), []))
    else:
        across, upwards, third = levers[:3]
        if len(across.levels) > max(len(upwards.levels), MOST_COLUMNS):
            across, upwards = upwards, across
        cells = found.plans.cells(outcome, [third, upwards, across])
        for k, name in enumerate(third.levels):
            mine = {key[1:]: value for key, value in cells.items() if key[0] == k}
            grids.append((third.describe(k), across, upwards, mine, [f"{third.label}: {name}"]))
    shade = _shades(q, [e for *_, cells, _ in grids for e, _ in cells.values()])
    panels, body = [], []
    for name, across, upwards, cells, said in grids:
        drawn: list[list[lever_plots.Cell | None]] = [[None] * len(across.levels) for _ in upwards.levels]
        for (i, j), (e, rows) in cells.items():
            if math.isnan(e.mean):
                continue
            marks = {standing.get(int(row), "") for row in rows}
            mark = "best" if "best" in marks else "near" if marks == {"about as good"} else ""
            drawn[i][j] = lever_plots.Cell(q.cell(e), shade(e.mean), mark)
            where = [f"{across.label}: {across.levels[j]}", f"{upwards.label}: {upwards.levels[i]}", *said]
            body.append(["; ".join(where), q.describe(e), str(len(rows))])
        panels.append(
            lever_plots.heat_map(name, title, upwards.levels, across.levels, drawn, upwards.label, across.label)
        )
    text = _surface_text(q, bool(standing), rest, binned)
    return Figure(f"surface-{outcome}", title, text, panels, ["levers", q.sentence, "plans"], body)


def _surface_text(q: Quantity, marked: bool, rest: Sequence[str], binned: bool) -> str:
    deep = {
        "lower": "A stronger colour is lower, which is better.",
        "higher": "A stronger colour is higher, which is better.",
    }
    said = [
        f"{q.sentence}.",
        deep.get(q.outcome.better, "A stronger colour is higher; neither direction is better by itself."),
    ]
    if not q.level:
        said.append("? marks values that are not clearly different from zero.")
    if marked:
        said.append("Framed: the best plan; dashed: plans about as good.")
    if binned:
        said.append("Each value is a mean over the plans in its ranges; where there are none a cell is empty.")
    elif rest:
        said.append(f"Each value is a mean over {wording.listed(list(rest))}.")
    return " ".join(said)


def _axes(found: Findings) -> list[Lever]:
    """Levers, the one that does most first; one whose levels would make too many panels is not put third."""
    levers = [effect.lever for effect in found.effects(found.lead[0])]
    return levers[:2] + sorted(levers[2:], key=lambda lever: len(lever.levels) > MOST_PANELS)


def _shades(q: Quantity, cells: Sequence[Estimate]) -> Callable[[float], float]:
    """Stronger is better. The range is at least four half-intervals wide, so that chance does not look like more."""
    means = np.array([e.mean for e in cells if math.isfinite(e.mean)])
    halves = [(e.high - e.low) / 2 for e in cells if math.isfinite(e.low)]
    low, high = float(means.min()), float(means.max())
    width = max(high - low, 4 * float(np.median(halves)) if halves else 0.0, 1e-12)
    middle, sign = (low + high) / 2, -1.0 if q.outcome.better == "lower" else 1.0
    return lambda value: min(max(0.5 + sign * (value - middle) / width, 0.0), 0.999)


def lines(found: Findings, outcome: str) -> Figure | None:
    """Lines over the lever that does most, panels over another, colour and dash for the third."""
    across, series, aside = _roles(found, outcome)
    panels, body = _line_panels(found, outcome, across, series, aside)
    q, names = found.quantity(outcome), _names(series)
    text = f"{q.sentence}. Bars are 95 % intervals of chance between runs; all panels have one axis."
    others = [lever.label for lever in found.plans.levers if lever not in (across, series, aside)]
    if others:
        text += f" Each value is a mean over {wording.listed(others)}."
    order = ["", *names]  # the first look is the baseline's
    made = figures.small_multiples(
        text, np.array(across.places), panels, order, across.label, names=thinned(across), shared=True
    )
    if not made:
        return None
    legend = pages.legend(names, order, lines=True) if series else []
    title = lines_title(found, outcome, across, series, aside)
    return Figure(f"lines-{outcome}", title, text, made, [across.label, *across.levels], body, legend)


def lines_together(found: Findings, outcomes: Sequence[str]) -> Figure | None:
    """A panel per outcome: lines over the lever that does most, colour and dash for the next, the rest averaged."""
    across, series, _ = _roles(found, outcomes[0])
    panels, body = [], []
    for outcome in outcomes:
        q = found.quantity(outcome)
        (panel,), rows = _line_panels(found, outcome, across, series, None)
        panels.append(replace(panel, title=q.title, unit=q.unit))
        body += [[f"{q.title}: {row[0]}", *row[1:]] for row in rows]
    text = (
        f"Differences from {found.baseline} (values where it has none), with 95 % intervals of chance between runs. "
        "Each panel has its own axis."
    )
    others = [lever.label for lever in found.plans.levers if lever not in (across, series)]
    if others:
        text += f" Averaged over {wording.listed(others)}, of which little or nothing depends here."
    names = _names(series)
    order = ["", *names]
    made = figures.small_multiples(
        text, np.array(across.places), panels, order, across.label, names=thinned(across)
    )  # fmt: skip
    title = lines_title(found, outcomes[0], across, series, None)
    second = next((name for name in outcomes[1:2] if _effect(found, name, across).clear), None)
    if second and _effect(found, outcomes[0], across).clear:
        title += f"; {OUTCOMES[second].label}: {_line_amounts(found, second, across, series, None)}"
    legend = pages.legend(names, order, lines=True)
    return Figure("lines", title, text, made, [across.label, *across.levels], body, legend) if made else None


def _roles(found: Findings, outcome: str) -> tuple[Lever, Lever | None, Lever | None]:
    """The lever across, the one that tells lines apart, and the one that tells panels apart."""
    levers = sorted((effect.lever for effect in found.effects(outcome)[:3]), key=lambda lever: not lever.numeric)
    across, rest = levers[0], levers[1:]
    series = next((lever for lever in rest if len(lever.levels) <= MOST_LINES), None)
    aside = next((lever for lever in rest if lever is not series and len(lever.levels) <= MOST_PANELS), None)
    return across, series, aside


def _names(series: Lever | None) -> list[str]:
    return [series.describe(k) for k in range(len(series.levels))] if series else [ONE]


def _line_panels(
    found: Findings, outcome: str, across: Lever, series: Lever | None, aside: Lever | None
) -> tuple[list[figures.Panel], list[list[str]]]:
    q, cells = found.quantity(outcome), _line_cells(found, outcome, across, series, aside)
    panels, body = [], []
    for k in range(len(aside.levels) if aside else 1):
        held, spans = {}, {}
        for s, name in enumerate(_names(series)):
            start = tuple(at for at, lever in ((k, aside), (s, series)) if lever)
            estimates = [cells.get((*start, a), NOT_DEFINED) for a in range(len(across.levels))]
            held[name], spans[name] = _drawn(q, estimates)
            words = [*([aside.describe(k)] if aside else []), *([name] if series else [])]
            body.append([", ".join(words) or ONE, *map(q.describe, estimates)])
        panels.append(figures.Panel(aside.describe(k) if aside else "", held, svg.short, spans, dots=True))
    return panels, body


def _line_cells(found: Findings, outcome: str, across: Lever, series: Lever | None, aside: Lever | None) -> Cells:
    axes = [lever for lever in (aside, series, across) if lever]
    return {key: e for key, (e, _) in found.plans.cells(outcome, axes).items()}


def _drawn(q: Quantity, estimates: Sequence[Estimate]) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Means and ends of intervals in the unit of pictures; a share's interval does not go below zero."""
    scaled = [q.scaled(e) for e in estimates]
    low = np.array([e.low for e in scaled])
    if q.level and q.is_share:
        low = np.maximum(low, 0.0)
    return np.array([e.mean for e in scaled]), (low, np.array([e.high for e in scaled]))


def thinned(lever: Lever) -> list[str]:
    """Names of levels for an axis; those that would lie over the one before are left out."""
    low, high = lever.places[0], lever.places[-1]
    shown, last = [], -math.inf
    for name, place in zip(lever.levels, lever.places, strict=True):
        at = 0.7 * svg.PANEL_WIDTH * (place - low) / ((high - low) or 1.0)
        wide = svg.CHARACTER * len(name) + 4
        fits = at - last >= wide
        shown.append(name if fits else "")
        last = at if fits else last
    return shown


def lines_title(
    found: Findings, outcome: str, across: Lever, series: Lever | None = None, aside: Lever | None = None
) -> str:
    """How much the lever across changes an outcome, at least and at most, and where most of it has come."""
    label, effect = wording.capital(OUTCOMES[outcome].label), _effect(found, outcome, across)
    if not effect.clear:
        return f"{label}: no clear change with {across.label}"
    title = f"{label}: {_line_amounts(found, outcome, across, series, aside)} {span(effect)}"
    early = early_level(effect)
    return f"{title}, most of it by {across.levels[early]}" if early is not None else title


def _effect(found: Findings, outcome: str, lever: Lever) -> Effect:
    return next(e for e in found.effects(outcome) if e.lever is lever)


def _line_amounts(found: Findings, outcome: str, across: Lever, series: Lever | None, aside: Lever | None) -> str:
    """The least and the greatest change along the lines."""
    effect = _effect(found, outcome, across)
    lines_of: dict[tuple[int, ...], dict[int, float]] = {}
    for key, e in _line_cells(found, outcome, across, series, aside).items():
        lines_of.setdefault(key[:-1], {})[key[-1]] = e.mean
    changes = [c[effect.high] - c[effect.low] for c in lines_of.values() if effect.high in c and effect.low in c]
    changes = [change for change in changes if math.isfinite(change)] or [effect.change.mean]
    return _amounts(changes, outcome)


def _amounts(changes: Sequence[float], outcome: str) -> str:
    """The least and the greatest of several changes: "0.9 to 1.3 fewer in 100 stays"."""
    o = OUTCOMES[outcome]
    ends = []
    for change in (min(changes, key=abs), max(changes, key=abs)):
        said = wording.finding(as_difference(outcome, Estimate(2, change, change, change, 0.0)))
        ends.append(said if any(c in "123456789" for c in said.split(" in 100")[0]) else "no change")
    if min(changes) < 0 < max(changes):
        low, high = (wording.signed(x, o) for x in (min(changes), max(changes)))
        unit = "" if o.is_money else f" in 100 {o.counted}" if o.is_share else f" {o.unit}"
        return f"{low} to {high}{unit}, depending on the other levers,"
    first, _, rest = ends[0].partition(" ")
    second, _, same = ends[1].partition(" ")
    return ends[1] if ends[0] == ends[1] else f"{first} to {second} {same}" if rest == same else " to ".join(ends)


def side_by_side(found: Findings) -> Figure:
    """What each lever does to the outcomes that lead, averaged over the others: a panel per outcome."""
    names = [name for name in found.outcomes if np.isfinite(found.means[name]).any()]
    order = [effect.lever.label for effect in found.effects(found.lead[0])]
    panels, body = [], []
    for name in names:
        q = Quantity(name, found.baseline, False)
        mine = {effect.lever.label: effect for effect in found.effects(name)}
        estimates = {label: q.scaled(mine[label].change) for label in order}
        title = f"{q.title}: change, {q.per}"
        panels.append(figures.changes(q.title, f"change, {q.per}", title, estimates, ["", *order]))
        body += [[f"{q.title}: {span(mine[label])}", q.describe(mine[label].change)] for label in order]
    text = (
        "How far each lever alone changes each outcome, averaged over all settings of the other levers, with 95 % "
        "intervals of chance between runs. The table says between which settings."
    )
    title = side_by_side_title(found)
    return Figure("levers", title, text, panels, ["outcome and lever", "change (95 % interval)"], body)


def side_by_side_title(found: Findings) -> str:
    """Which lever does most to each of the outcomes that lead."""
    most: dict[str, list[str]] = {}
    for name in found.lead:
        effects = found.effects(name)
        if effects and effects[0].clear:
            most.setdefault(effects[0].lever.label, []).append(OUTCOMES[name].label)
    if not most:
        return f"No lever clearly changes {wording.listed([OUTCOMES[name].label for name in found.lead[:3]])}"
    if len(most) == 1:
        outcomes = next(iter(most.values()))
        what = f"all {len(outcomes)} outcomes" if len(outcomes) == len(found.lead) > 1 else wording.listed(outcomes)
        return f"The lever that changes {what} most: {next(iter(most))}"
    parts = []
    for label, outcomes in sorted(most.items(), key=lambda item: -len(item[1])):
        what = wording.listed(outcomes) if len(outcomes) < 3 else f"{len(outcomes)} of {len(found.lead)} outcomes"
        parts.append(f"by {label}: {what}")
    return f"Most changed {'; '.join(parts)}"


def one_by_one(found: Findings, outcome: str) -> Figure | None:
    """A panel per lever: the outcome along it, averaged over everything else."""
    if not np.isfinite(found.means[outcome]).any():
        return None
    q, effects = found.quantity(outcome), found.effects(outcome)[:MOST_PANELS]
    panels, body = [], []
    every = [end for effect in effects for part in _drawn(q, effect.levels) for end in np.atleast_2d(part)]
    values = np.concatenate([x for x in every if x.size])
    span_of = float(np.nanmin(values)), float(np.nanmax(values))
    text = (
        f"{q.sentence}, along each lever: means over the plans at each level or in each range, with 95 % intervals of "
        "chance between runs; all panels have one axis."
    )
    for effect in effects:
        means, ends = _drawn(q, effect.levels)
        panel = figures.Panel(effect.lever.label, {ONE: means}, svg.short, {ONE: ends}, dots=True)
        panels += figures.small_multiples(
            text, np.array(effect.lever.places), [panel], ["", ONE], "", names=thinned(effect.lever), ends=span_of
        )
        body += [
            [f"{effect.lever.label}: {level}", q.describe(e)]
            for level, e in zip(effect.lever.levels, effect.levels, strict=True)
        ]
    first = effects[0]
    title = f"{q.title}: no lever makes a clear difference"
    if first.clear:
        change = wording.amount(as_difference(outcome, first.change, first.doubt))
        title = f"{q.title}: {change} {span(first)}, the lever that changes it most"
    return Figure(f"levers-{outcome}", title, text, panels, ["lever", q.sentence], body)


def response(found: Findings) -> Figure | None:
    """One lever: a panel per outcome, a line with intervals."""
    lever = found.plans.levers[0]
    names = [name for name in found.outcomes if np.isfinite(found.means[name]).any()][:MOST_PANELS]
    drawn, body = [], []
    for name in names:
        q, effect = found.quantity(name), found.plans.effect(name, lever)
        means, ends = _drawn(q, effect.levels)
        drawn.append(figures.Panel(q.title, {ONE: means}, svg.short, {ONE: ends}, dots=True, unit=q.unit))
        body.append([q.sentence, *map(q.describe, effect.levels)])
    text = (
        f"Difference from {found.baseline} (values where it has none) at each level, with 95 % intervals of chance "
        "between runs."
    )
    places = np.array(lever.places)
    made = figures.small_multiples(text, places, drawn, ["", ONE], lever.label, names=thinned(lever))
    title = lines_title(found, found.lead[0], lever)
    return Figure("response", title, text, made, ["outcome", *lever.levels], body)
