"""Pictures of screening designs and of assumed parameters: which factor matters most."""

from __future__ import annotations

import math

import numpy as np

from experiments.reporting import figures, lever_plots, wording
from experiments.reporting.page import Figure
from experiments.reporting.quantity import figure
from experiments.studies.analysis.findings import Findings
from experiments.studies.analysis.lever_effects import Responses
from experiments.studies.analysis.morris import elementary_effects
from experiments.studies.report.lever_figures import MOST_PANELS

ONE = "plans"

_BAR = (
    '<svg class="key" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">'
    '<rect class="{kind}" x="0" y="1" width="14" height="12"/></svg>'
)


def tornado(found: Findings, outcome: str) -> Figure | None:
    """One factor at a time: bars from the middle plan to each end, the longest first."""
    q = found.quantity(outcome)
    rows = Responses(found.data, points=True, roles=("lever", "uncertainty"))
    if not rows.levers or q.level:
        return None
    index = np.stack([lever.index for lever in rows.levers], axis=1)
    usual = np.array([np.bincount(column).argmax() for column in index.T])
    middle_rows = np.flatnonzero((index == usual).all(axis=1))
    if not middle_rows.size:
        return None
    middle = q.scaled(rows.estimate(outcome, int(middle_rows[0]))).mean
    bars = []
    for k, lever in enumerate(rows.levers):
        alone = np.flatnonzero((np.delete(index, k, axis=1) == np.delete(usual, k)).all(axis=1))
        alone = alone[np.argsort(index[alone, k], kind="stable")]
        first, last = int(alone[0]), int(alone[-1])
        settings = lever.levels[index[first, k]], lever.levels[index[last, k]]
        ends = q.scaled(rows.estimate(outcome, first)), q.scaled(rows.estimate(outcome, last))
        bars.append(lever_plots.Bar(lever.label, *ends, *settings))

    def reach(bar: lever_plots.Bar) -> float:
        return max((abs(e.mean - middle) for e in (bar.low, bar.high) if math.isfinite(e.mean)), default=0.0)

    bars.sort(key=lambda bar: -reach(bar))
    text = (
        f"{q.sentence}: how far each factor alone moves it from the middle plan, to its lowest and its highest setting "
        "(printed at the ends). What factors do together is not seen here."
    )
    most = q.amount(reach(bars[0]))
    title = f"{wording.capital(bars[0].label)}: what alone changes {q.outcome.label} most, by up to {most}"
    if reach(bars[0]) == 0:
        title = f"{q.title}: no factor alone makes a difference"
    picture = lever_plots.tornado(title, text, bars, middle, q.unit)
    body = [[b.label, b.low_setting, figure(b.low.mean), b.high_setting, figure(b.high.mean)] for b in bars]
    head = ["factor", "from", "outcome there", "to", "outcome there"]
    legend = [
        (_BAR.format(kind=kind), name) for kind, name in (("bar low", "lowest setting"), ("bar", "highest setting"))
    ]
    return Figure(f"tornado-{outcome}", title, text, [picture], head, body, legend)


def screening(found: Findings, outcome: str) -> Figure | None:
    """Morris: how strongly (mu*) and how unevenly (sigma) each factor moves an outcome."""
    q = found.quantity(outcome)
    effects = elementary_effects(Responses(found.data, points=True, roles=("lever", "uncertainty")), outcome)
    if not effects:
        return None
    first = effects[0]
    size = q.amount(q.factor * first.star)
    spots = [lever_plots.Spot(e.label, q.factor * e.star, q.factor * e.sigma, "front", True) for e in effects]
    title = f"{wording.capital(first.label)}: what changes {q.outcome.label} most, {size} over its range"
    if first.star == 0:
        title = f"{q.title}: no factor makes a difference"
    text = (
        "Screening by Morris' elementary effects. To the right: the factor matters more (mu*, the mean size of the "
        "change over its whole range). Upwards: its effect depends more on the other factors, or is no straight line "
        "(sigma)."
    )
    picture = lever_plots.plane(q.title, f"sigma, {q.per}", text, spots, f"mu*, {q.per}", figure)
    body = [[e.label, *(figure(q.factor * x) for x in (e.star, e.mu, e.sigma)), str(e.number)] for e in effects]
    head = ["factor", "mu*", "mu", "sigma", "effects"]
    return Figure(f"screening-{outcome}", title, text, [picture], head, body)


def assumptions(found: Findings) -> Figure | None:
    """Which assumed parameter the answer depends on most: differences by its values."""
    outcome = found.lead[0]
    q = found.quantity(outcome)
    rows = Responses(found.data, points=True, roles=("uncertainty",))
    levers = [lever for lever in rows.levers if lever.name != "scenario"]
    if not levers or q.level:
        return None
    effects = sorted((rows.effect(outcome, lever) for lever in levers), key=lambda e: -e.size)[:MOST_PANELS]
    drawn = [figures.Row(e.lever.label, {ONE: q.scaled(e.change)}) for e in effects]
    body = [
        [f"{e.lever.text} ({e.lever.name})", e.lever.levels[e.low], e.lever.levels[e.high], q.describe(e.change)]
        for e in effects
    ]
    title = f"{q.title}: of the assumed parameters, the answer depends most on {effects[0].lever.label}"
    if not effects[0].clear:
        title = f"{q.title}: no assumed parameter clearly changes the answer within its range"
    text = (
        "How far the mean difference of all plans from the baseline moves from the lowest to the highest values of "
        "each assumed parameter."
    )
    picture = figures.differences(title, text, drawn, ["", ONE], f"change of the difference, {q.per}")
    return Figure("assumptions", title, text, [picture], ["parameter", "from", "to", "change"], body)
