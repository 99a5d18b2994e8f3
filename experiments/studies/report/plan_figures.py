"""Pictures of plans: trade-offs, plans of a list, futures, curves."""

from __future__ import annotations

import math

import numpy as np

from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import figures, lever_plots, svg, wording
from experiments.reporting import page as pages
from experiments.reporting.page import Figure
from experiments.statistics.estimates import Estimate
from experiments.studies.analysis.findings import COST, Findings, interval_words, range_of

MOST_DOTS = 20
MOST_NAMED = 12
MOST_CURVES = 6
ONE = "plans"

_FAINT = (
    '<svg class="key" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">'
    '<circle class="faint" cx="7" cy="7" r="4"/></svg>'
)


def trade_offs(found: Findings) -> Figure | None:
    """Programme cost against each other trade-off; plans that no other beats stand out."""
    upwards = [name for name in found.weighed if name != COST]
    if COST not in found.weighed or len(found) < 2 or not upwards:
        return None
    front, named = set(found.front), _named(found)
    costs = found.means[COST] / 1000
    panels = []
    for name in upwards:
        q = found.quantity(name)
        spots = [
            lever_plots.Spot(plan, costs[i], q.factor * found.means[name][i], "front" * (i in front), i in named)
            for i, plan in enumerate(found.plans.names)
        ]
        if not q.level:
            spots.append(lever_plots.Spot(found.baseline, 0.0, 0.0, "baseline"))
        text = f"{q.sentence}, against programme cost; one spot for each plan."
        panels.append(lever_plots.plane(q.title, q.unit, text, spots, "programme cost, 1,000 US$ a year", svg.short))
    looks = ["base", "plan"]
    legend = [(svg.key("plan", looks), "not beaten"), (_FAINT, "beaten"), (svg.key("base", looks), found.baseline)]
    body = [
        [found.name(i), *(found.quantity(name).describe(found.plans.estimate(name, i)) for name in found.weighed)]
        for i in sorted(front, key=lambda i: costs[i])[: 2 * MOST_DOTS]
    ]
    head = ["plan that is not beaten", *(OUTCOMES[name].label for name in found.weighed)]
    text = (
        f"Each spot is a plan, as a difference from {found.baseline} where that is defined; lower is better in all. "
        "A plan is beaten where another is clearly better in one of them and, by its mean, no worse in the others (to "
        "0.1 in 100 and 1 % of cost)."
    )
    return Figure("trade-offs", trade_off_title(found), text, panels, head, body, legend)


def _named(found: Findings) -> set[int]:
    """Unbeaten plans that get a name: those that matter, then evenly along the cost."""
    front = sorted(found.front, key=lambda i: found.means[COST][i])
    if len(front) <= MOST_NAMED:
        return set(front)
    steps = np.linspace(0, len(front) - 1, MOST_NAMED - 3).round().astype(int)
    return {*[pick.row for pick in found.picks if pick.row in front][:3], *(front[i] for i in steps)}


def trade_off_title(found: Findings) -> str:
    """How many plans no other beats, and what they cost."""
    front = found.front
    names = wording.listed([OUTCOMES[name].label for name in found.weighed])
    if len(front) == 1:
        return f"One plan is not beaten in {names}: {found.plans.describe(front[0])}"
    costs = sorted(found.means[COST][i] for i in front)
    ends = " to ".join(dict.fromkeys((wording.money(costs[0]), wording.money(costs[-1]))))
    return (
        f"{len(front)} of {len(found)} plans are not beaten once {names} all count; they cost {ends} more a year than "
        f"{found.baseline}"
    )


def dots(found: Findings, outcome: str) -> Figure | None:
    """Plans of a list as dots with intervals, the best first."""
    q = found.quantity(outcome)
    if not np.isfinite(found.means[outcome]).any() or q.level:
        return None
    order = found.ranked(outcome)[:MOST_DOTS]
    held = [(found.name(row), found.difference(outcome, row).difference) for row in order]
    rows = [figures.Row(name, {ONE: q.scaled(e)}) for name, e in held]
    text = f"{q.sentence}; {interval_words(found)}."
    if len(found) > len(order):
        text += f" The first {len(order)} of {len(found)} plans, best first."
    title = found.surface_title(outcome)
    picture = figures.differences(title, text, rows, ["", ONE], q.unit)
    body = [[name, q.describe(e)] for name, e in held]
    return Figure(f"plans-{outcome}", title, text, [picture], ["plan", q.sentence], body)


def futures(found: Findings) -> Figure | None:
    """The plans that matter: chance between runs beside the range over futures."""
    outcome = found.lead[0]
    q = found.quantity(outcome)
    if q.level or not found.picks:
        return None
    order = ["", "range over futures", "chance between runs"]
    rows, body, times = [], [], []
    across = found.data.across_futures([outcome]).set_index("plan")["half_width"]
    for pick in found.picks:
        name = found.name(pick.row)
        e = range_of(found.plans.by_future(outcome, pick.row))
        half = float(across.get(found.plans.names[pick.row], math.nan))
        chance = Estimate(e.n, e.mean, e.mean - half, e.mean + half, e.sd)
        rows.append(figures.Row(name, {order[1]: q.scaled(e), order[2]: q.scaled(chance)}))
        means = found.plans.by_future(outcome, pick.row)
        better = means < 0 if q.outcome.better == "lower" else means > 0
        body.append([name, q.describe(e), q.describe(chance), f"{int(better.sum())} of {found.futures}"])
        if _width(chance) > 0:
            times.append(_width(e) / _width(chance))
    text = (
        f"{q.sentence}. Each future is another setting of assumed parameters; more runs narrow the play of chance "
        "(the 95 % interval of one future, on average), never the range over futures beyond it."
    )
    ratio = float(np.median(times)) if times else math.nan
    title = "What nobody knows matters more than chance"
    if ratio > 1:
        title += f": the range over {found.futures} futures is about {ratio:.2g} times as wide as that of chance"
    elif ratio <= 1:
        title = f"Chance between runs still hides how far the {found.futures} futures differ; more runs would show it"
    picture = figures.differences(title, text, rows, order, q.unit)
    head = ["plan", "range over futures", "chance between runs", "better in futures"]
    return Figure("futures", title, text, [picture], head, body, pages.legend(order[1:], order))


def _width(e: Estimate) -> float:
    return e.high - e.low


def incidence(found: Findings) -> Figure | None:
    """Cumulative incidence after discharge with bands, of the baseline and the plans that matter, where kept."""
    table = found.data.curves()
    if table.empty:
        return None
    series = str(table["series"].iloc[0])
    wanted = {"baseline": found.baseline}
    wanted |= {found.plans.names[pick.row]: found.plans.names[pick.row] for pick in found.picks[: MOST_CURVES - 1]}
    table = table[(table["series"] == series) & table["plan"].isin(wanted)]
    grouped = table.groupby(["plan", "x"], sort=True)[["value", "low", "high"]].mean().mul(100)
    days = np.unique(table["x"].to_numpy(dtype=np.float64))
    lines, spans, body = {}, {}, []
    for plan, name in wanted.items():
        if plan not in grouped.index.get_level_values("plan"):
            continue
        mine = grouped.loc[plan].reindex(days)
        lines[name] = mine["value"].to_numpy(dtype=np.float64)
        spans[name] = mine["low"].to_numpy(dtype=np.float64), mine["high"].to_numpy(dtype=np.float64)
        body.append([name, *(_at(days, lines[name], day) for day in (7, 30, 90, 180, 365))])
    if not lines:
        return None
    what = series.removeprefix("curve:").replace("_", " ")
    ends = {name: float(line[np.isfinite(line)][-1]) for name, line in lines.items()}
    low, high = min(ends, key=lambda name: ends[name]), max(ends, key=lambda name: ends[name])
    last = f"Within {days[-1]:.0f} days of discharge"
    title = f"{last}: {what} after {ends[high]:.1f} of 100 discharges with {high}, after {ends[low]:.1f} with {low}"
    if spans[low][1][-1] >= spans[high][0][-1]:
        title = f"{last}: {what} after {ends[low]:.1f} to {ends[high]:.1f} of 100 discharges; no clear difference"
    text = (
        f"Share with {what} by days since discharge (Aalen–Johansen: death competes, the end of the run censors). "
        "Bands are 95 % intervals of chance between runs."
    )
    order = list(wanted.values())
    panel = figures.Panel("", lines, lambda x: f"{x:g} %", spans)
    picture = figures.curves(title, text, days, panel, order, "days since discharge")
    head = ["plan", "7 days", "30 days", "90 days", "180 days", "365 days"]
    return Figure("curves", title, text, [picture], head, body)


def _at(days: np.ndarray, line: np.ndarray, day: int) -> str:
    place = int(np.searchsorted(days, day))
    return f"{line[place]:.1f} %" if place < len(days) and math.isfinite(line[place]) else wording.NOT_DEFINED
