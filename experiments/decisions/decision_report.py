"""What `peerbridge decide` prints: the plan, how sure, what it rests on, the trade-offs, what was needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.decisions.decide import Carrying, Decision, PlanAnswer
from experiments.decisions.prices import CURRENCY, NET_BENEFIT, PRICE_YEAR
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.reporting.terminal import console, plain_table
from experiments.statistics.estimates import Estimate
from simulation.parameters import PARAMETERS

FULL_REPLICATIONS = 200
"""Replications of each plan in the fixed grid that the runs are compared with."""


def show(d: Decision) -> None:
    """Print an answer."""
    out = console()
    q = d.question
    out.print(q.title, style="bold")
    out.print(f"{q.text}\n")
    for line in headline(d):
        out.print(line)
    out.print()
    out.print(_plans([d.recommended, *d.runners_up], d))
    out.print("\nConstraints (probability over draws, 95 % interval)")
    table = plain_table()
    table.add_column("Constraint")
    table.add_column("wanted", justify="right")
    for plan in [d.recommended, *d.runners_up]:
        table.add_column(plan.plan, justify="right")
    for i, c in enumerate(q.constraints):
        cells = [p.constraints[i] for p in [d.recommended, *d.runners_up]]
        table.add_row(
            c.text, f"{c.probability:.2f}", *(f"{x.probability:.2f} ({x.low:.2f}-{x.high:.2f})" for x in cells)
        )
    out.print(table)
    if d.front:
        out.print("\nTrade-offs: plans that no other beats in " + ", ".join(label(o) for o in q.front))
        out.print(_plans(d.front, d, tuple(q.front)))
    if d.carrying:
        out.print("\nWhat the choice rests on")
        for carrying in d.carrying:
            out.print("  " + rests_on(carrying))
    if d.settings:
        out.print("\nWhat each lever's setting rests on")
        for carrying in d.settings:
            out.print("  " + rests_on(carrying))
    out.print("\nFor whom: difference from today (95 % interval)")
    out.print(_for_whom(d))
    for line in unmeasured(d):
        out.print(line)
    out.print()
    for line in how_made(d):
        out.print(line)


def headline(d: Decision) -> list[str]:
    """The answer in a few lines."""
    plan, q = d.recommended, d.question
    lead = "Recommended" if d.met else "No plan meets this. Nearest"
    lines = [f"{lead}: {plan.plan}, {levers(plan)}"]
    lines.append(f"{label(q.goal.outcome)}: {value(q.goal.outcome, plan.goal)}")
    if not d.met:
        short = [
            f'"{c.text}" holds with probability {x.probability:.2f}, not {c.probability:.2f}'
            for c, x in zip(q.constraints, plan.constraints, strict=True)
            if x.probability < c.probability
        ]
        lines += [f"It misses: {text}" for text in short]
        return lines
    if not d.selection.draws:
        return [*lines, "How sure: not known; there were no runs left to select with"]
    sure = f"best of those left in {100 * d.probability_best:.0f} % of {d.selection.draws} draws"
    if d.selection.decided:
        zone = number(q.goal.outcome, d.indifference)
        lines.append(
            f"How sure: with probability {1 - q.search.error:.2f} no plan of those selected from is better by more "
            f"than {zone}; {sure}"
        )
    else:
        lines.append(f"How sure: not told apart from its runners-up with the runs there were; {sure}")
    return lines


def unmeasured(d: Decision) -> list[str]:
    """The assumptions that nobody has measured and that the answer rests on, in a line; empty where none stands out."""
    found: dict[str, list[str]] = {}
    for c in (*d.carrying, *d.settings):
        for share in c.shares if c.clear else ():
            if share.clear and share.kind == "assumed":
                found.setdefault(share.name, []).append(c.what.partition(":")[0])
    if not found:
        return []
    said = [f"{name} ({', '.join(dict.fromkeys(what))})" for name, what in found.items()]
    return ["", f"Nobody has measured, and the answer rests on: {'; '.join(said)}."]


def how_made(d: Decision) -> list[str]:
    """Runs, grid, draws and prices in words."""
    q = d.question
    full = d.grid * FULL_REPLICATIONS
    lines = [
        f"{d.runs:,} runs ({d.fresh:,} made now) on {d.looked_at:,} of {d.grid:,} plans; the full grid at "
        f"{FULL_REPLICATIONS} replications takes {full:,}, {full / max(d.runs, 1):.0f} times as many.",
        f"Over {d.draws}.",
        f"Prices: {CURRENCY} of {PRICE_YEAR}, perspective of the {q.prices.perspective}; a readmission averted counts "
        f"{q.prices.threshold:,.0f}.",
    ]
    if d.failed:
        lines.append(f"{d.failed} runs failed.")
    if d.cut_short:
        lines.append(f"Note: {d.cut_short}; more with search.runs or search.minutes.")
    if d.uncalibrated:
        lines.append("UNCALIBRATED: the draws are those of the prior. This is what the assumptions imply, no finding.")
    return lines


def rests_on(c: Carrying) -> str:
    """What one comparison rests on, in a sentence."""
    head = f"{c.what}: {c.mean.mean:.3g} ({c.mean.low:.3g} to {c.mean.high:.3g})"
    if not c.clear:
        return f"{head}; no single assumption stands out from chance"
    parts = []
    for share, turn in zip(c.shares, c.turns, strict=True):
        if not share.clear:
            continue
        known = {"assumed": "assumed, nobody has measured it", "calibrated": "fitted, not measured"}.get(
            share.kind, share.kind
        )
        unit = PARAMETERS[share.name].unit if share.name in PARAMETERS else ""
        turned = f"changes sign at {turn:.3g} {unit}".rstrip() if not math.isnan(turn) else "no value of it turns this"
        parts.append(f"{share.name} ({known}) {100 * share.share:.0f} % ± {200 * share.error:.0f}, {turned}")
    return f"{head}; rests on " + "; ".join(parts)


def levers(plan: PlanAnswer) -> str:
    """A plan's settings in words."""
    return ", ".join(
        f"{name.partition('.')[2].replace('_', ' ')} {setting:g}"
        if isinstance(setting, float | int)
        else f"{name.partition('.')[2].replace('_', ' ')} {setting}"
        for name, setting in plan.levers.items()
    )


def label(outcome: str) -> str:
    """Label of an outcome, or of the net benefit."""
    return "net benefit a year" if outcome == NET_BENEFIT else OUTCOMES[outcome].label


def number(outcome: str, x: float) -> str:
    """A number in the outcome's unit."""
    if math.isnan(x):
        return "not defined"
    if outcome == NET_BENEFIT or CURRENCY in OUTCOMES[outcome].unit:
        return f"{x:,.0f} {CURRENCY}"
    return f"{100 * x:.1f} %" if OUTCOMES[outcome].is_share else f"{x:.3g}"


def value(outcome: str, e: Estimate) -> str:
    """A mean with its interval."""
    return f"{number(outcome, e.mean)} ({number(outcome, e.low)} to {number(outcome, e.high)})"


WORKERS = ("peer_high_burnout", "peer_exits_per_year", "peer_returns_to_use_per_year", "worker_harms_per_year")
"""Outcomes of workers; 0 where a plan has none, since nobody is harmed."""

HOUSING_WORDS = {"housed": "housed people", "unhoused": "people without housing"}


def _for_whom(d: Decision) -> object:
    table = plain_table()
    table.add_column("Outcome", no_wrap=True)
    plans = [d.recommended, *d.runners_up[:1]]
    for plan in plans:
        table.add_column(plan.plan, justify="right")
    for outcome in d.recommended.groups:
        for group, words in HOUSING_WORDS.items():
            table.add_row(f"{label(outcome)}, {words}", *(change(outcome, p.groups[outcome][group]) for p in plans))
    for outcome in WORKERS:
        table.add_row(f"{label(outcome)} (0 today)", *(change(outcome, p.differences[outcome]) for p in plans))
    return table


def change(outcome: str, e: Estimate) -> str:
    """A difference with its interval."""
    if math.isnan(e.mean):
        return "not defined"
    return wording.difference(e, OUTCOMES[outcome])


def _plans(plans: Sequence[PlanAnswer], d: Decision, outcomes: Sequence[str] = ()) -> object:
    table = plain_table()
    names = list(outcomes or dict.fromkeys((d.question.goal.outcome, *d.question.front)))
    table.add_column("Plan")
    for lever in d.question.levers:
        table.add_column(lever.name.partition(".")[2].replace("_", " "), justify="right")
    for name in names:
        table.add_column(label(name), justify="right")
    rows = [*plans, *([d.today] if d.today else [])]
    for plan in rows:
        settings = [f"{x:g}" if isinstance(x, float | int) else str(x) for x in plan.levers.values()]
        cells = [
            value(name, plan.goal) if name == d.question.goal.outcome and not outcomes
            else number(name, plan.outcomes.get(name, plan.goal.mean)) for name in names
        ]  # fmt: skip
        table.add_row("today" if plan is d.today else plan.plan, *settings, *cells)
    return table
