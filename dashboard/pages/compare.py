"""Compare plans: up to four that were set aside, your plan and the current service, side by side; also on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import solara

from dashboard.catalogue.address import LOOKS as LOOK_NAMES
from dashboard.catalogue.address import MOST_PINS, Pin, Situation
from dashboard.catalogue.headline_outcomes import LOOKS, direction, outcome
from dashboard.catalogue.levers import SHORT, STARTS, Settings, config
from dashboard.compute import pool
from dashboard.compute.paired_summary import FEWEST, compare_plans, kind, on_the_better_side, twenty
from dashboard.compute.worker import Runs
from dashboard.pages.runs_csv import table_of_runs
from dashboard.session import state
from dashboard.session.background_work import Status
from dashboard.session.tasks import use_plans
from dashboard.ui import drawings, print_header, render, sentences
from dashboard.ui.widgets import Button, Choice, File, Print, Save
from experiments.outcomes.difference import level
from experiments.reporting import figures
from experiments.reporting.wording import number
from experiments.statistics.estimates import mean_interval
from experiments.support.types import FloatArray
from simulation.outcome_definitions import HEADLINES, TRADE_OFFS, Outcome

NOW, YOURS = "Current service", "Your plan"

SUGGESTED = ("hospital-only", "thin-supervision", "peer-mentors", "all-recommendations")
"""Bundled plans that answer one question each against the bridge."""


def plans(s: Situation) -> dict[str, Settings]:
    """Every plan of the page by a name of its own: the current service first."""
    named = {NOW: s.now, YOURS: s.plan}
    for pin in s.pins:
        name, again = pin.name, 2
        while name in named:
            name, again = f"{pin.name} ({again})", again + 1
        named[name] = pin.plan
    return named


def pin(name: str, plan: Settings) -> None:
    """Set a plan aside; there is room for four."""
    state.update(lambda s: s if len(s.pins) >= MOST_PINS else replace(s, pins=(*s.pins, Pin(name, dict(plan)))))


def pin_named(name: str) -> None:
    """Set a bundled plan aside."""
    if name in STARTS:
        pin(SHORT.get(name, STARTS[name].title), dict(STARTS[name].settings))


def pin_suggested() -> None:
    """Set the four bundled plans aside."""
    chosen = tuple(Pin(SHORT.get(n, STARTS[n].title), dict(STARTS[n].settings)) for n in SUGGESTED)
    state.update(lambda s: replace(s, pins=chosen))


@solara.component
def Compare() -> None:
    """The page."""
    s = state.situation.value
    named = plans(s)
    configs = {name: config(s.world, settings) for name, settings in named.items()}
    work = use_plans(configs)
    solara.HTML(tag="h2", unsafe_innerHTML="Plans side by side")
    with solara.v.Html(tag="div", class_="row"):
        if len(s.pins) < MOST_PINS:
            Button(label="Set your plan aside", testid="pin", look="quiet",
                   event_click=lambda *_: pin(sentences.describe(s.plan), s.plan))  # fmt: skip
            options = [{"value": "", "text": "Choose…"}] + [
                {"value": n, "text": SHORT.get(n, x.title)}
                for n, x in STARTS.items()
                if n not in ("usual-care", "smi-discharge")
            ]
            Choice(label="Add a named plan", value="", options=options, testid="add-named", on_value=pin_named)
        if not s.pins:
            Button(label="Compare with four named plans", testid="pin-four", event_click=lambda *_: pin_suggested())
        Choice(label="Look at", value=s.look, testid="look",
               options=[{"value": k, "text": LOOKS[k].label} for k in LOOK_NAMES],
               on_value=lambda v: state.update(lambda x: replace(x, look=v)))  # fmt: skip
        Print()
        noun = kind(work.shown.result[NOW]) if work.shown else ""
        Status(work, f"{pool.FULL} {noun} of each plan, the same people and the same luck in all.", "Updating…")
    for i, pinned in enumerate(s.pins):
        with solara.v.Html(tag="div", class_="pinned"):
            text = f"<b>{escape(pinned.name)}</b>: {escape(sentences.plan(pinned.plan))}"
            solara.HTML(tag="p", unsafe_innerHTML=text)
            Button(label="Use as your plan", look="quiet", testid=f"use-{i}",
                   event_click=lambda *_, p=pinned: state.update(lambda x: replace(x, plan=dict(p.plan))))  # fmt: skip
            Button(label="Remove", look="quiet", testid=f"remove-{i}", event_click=lambda *_, i=i: _remove(i))
    if work.shown is None:
        solara.HTML(tag="p", classes=["empty"], unsafe_innerHTML="Simulating the plans…")
        return
    found: dict[str, Runs] = work.shown.result
    with solara.v.Html(tag="div", class_="" if work.fresh else "stale"):
        solara.HTML(tag="div", unsafe_innerHTML=page(s, found))
        words = print_header.for_picture(s, "What is gained here is paid there", _named(s))
        Save(name="peerbridge-plans", picture=".plot", words=words, files=[
            File("csv", "Data (CSV)", "peerbridge-plans.csv", "text/csv", lambda: table_of_runs(s, found))
        ])  # fmt: skip


def _remove(i: int) -> None:
    state.update(lambda s: replace(s, pins=s.pins[:i] + s.pins[i + 1 :]))


def page(s: Situation, found: dict[str, Runs]) -> str:
    """Table, small multiples and trade-offs, as HTML."""
    look = LOOKS[s.look]
    base = found[NOW]
    others = [name for name in found if name != NOW]
    dots = {name: twenty(100.0 * _less(s.look, found[name], base)) for name in others}
    reach = max([1e-6, *(float(np.max(np.abs(d))) for d in dots.values() if np.isfinite(d).all())])
    drawn = []
    for name, each in dots.items():
        good, bad = (on_the_better_side(each, lower) for lower in (look.lower_is_better, not look.lower_is_better))
        counted = "first estimate" if len(base) < FEWEST else f"{sentences.counts(good, bad)} {kind(base)}"
        caption = f"{name}: {counted if each.any() else 'the same as the current service'}"
        drawn.append(drawings.twenty(each, look.lower_is_better, caption, "", reach=reach))
    return render.render(
        "compare.html",
        look=look,
        names=list(found),
        rows=[_row(name, found) for name in HEADLINES],
        dots=drawn,
        trades=_trades(found),
        n=len(base),
        kind=kind(base),
        head=print_header.head(base),
        foot=print_header.foot(s, _named(s)),
    )


def _named(s: Situation) -> list[tuple[str, Settings]]:
    return [(NOW, s.now), (YOURS, s.plan), *((p.name, p.plan) for p in s.pins)]


def _less(name: str, plan: Runs, base: Runs) -> FloatArray:
    n = min(len(base), len(plan))
    return plan.values[name][:n] - base.values[name][:n]


def _row(name: str, found: dict[str, Runs]) -> dict[str, Any]:
    what = outcome(name)
    cells = []
    for plan, made in found.items():
        d = compare_plans(name, found[NOW], made)
        told = render.change(d, len(made)) if plan != NOW else {"change": "", "reading": "", "look": "none"}
        cells.append({"value": number(d.plan.mean, what), "interval": "", "drawn": ""} | told)
    return {"label": what.plain_label or what.label, "better": direction(name), "cells": cells}


def _trades(found: dict[str, Runs]) -> str:
    columns = []
    for name in TRADE_OFFS:
        what = outcome(name)
        estimates = {
            plan: level(name, mean_interval(made.values[name], clusters=made.draw)) for plan, made in found.items()
        }
        columns.append((what.plain_label or what.label, estimates, _short(what)))
    return figures.strips(
        "What is gained here is paid there",
        "Each plan on four measures: the mean, and how well it is known (95 % interval). Left is less.",
        columns,
        list(found),
    )


def _short(what: Outcome) -> Callable[[float], str]:
    return lambda value: number(value, what).replace(" million", " m").replace(".0 ", " ")
