"""Explore: three levers, and at once what may change, by how much, how sure, and at what cost."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import solara

from dashboard.catalogue.address import Situation
from dashboard.catalogue.headline_outcomes import LOOKS, HeadlineOutcome
from dashboard.catalogue.levers import MAIN, MORE_UP_FRONT, SHORT, STARTS, Lever, clean, config, default
from dashboard.compute import attribution, pool
from dashboard.compute.budget import full_cost
from dashboard.compute.paired_summary import FEWEST, Band, Figure, kind, of_changes, picture
from dashboard.compute.posterior import drawn
from dashboard.compute.worker import Runs
from dashboard.pages.hospital import Hospital
from dashboard.pages.lever_curve import LeverCurve
from dashboard.pages.prior_alone import PriorAlone
from dashboard.pages.runs_csv import table_of_runs
from dashboard.session import state
from dashboard.session.background_work import Status, Work, use_work
from dashboard.session.tasks import use_plans
from dashboard.ui import drawings, print_header, render, sentences
from dashboard.ui.widgets import Button, Chart, Choice, File, Fold, Print, Save, Slider
from simulation.outcome_definitions import HEADLINES


@solara.component
def Explore() -> None:
    """The page."""
    s = state.situation.value
    base, plan = solara.use_memo(lambda: (config(s.world, s.now), config(s.world, s.plan)), [s.world, s.now, s.plan])
    work = use_plans({"now": base, "plan": plan})
    look = LOOKS[s.look]
    picture_ = _picture(look, work)
    stale = "" if work.fresh else " stale"
    with solara.v.Html(tag="section", class_="hero" + stale, attributes={"aria-label": "The answer"}):
        solara.HTML(tag="div", classes=["hero-in"], unsafe_innerHTML=_hero(picture_, s))
        if drawn(base.population.profile).kind != "prior":
            PriorAlone({"now": base, "plan": plan}, picture_, sentences.named(s.now, s.plan), work.fresh)
    Heard(picture_, s, work)
    with solara.v.Html(tag="div", class_="columns"):
        with solara.v.Html(tag="section", class_="side", attributes={"aria-label": "Your plan"}):
            Levers(work)
            if picture_ is not None:
                Mini(picture_)
        with solara.v.Html(tag="div", class_="results" + stale):
            if picture_ is None and (work.failed or work.stopped):
                Status(work, "", "")
            elif picture_ is None:
                solara.HTML(tag="div", classes=["empty"], unsafe_innerHTML=_first_words())
            else:
                Results(picture_, work)
                Below(picture_, work)


def _hero(p: Figure | None, s: Situation) -> str:
    if p is None:
        return ""
    return render.hero(p, sentences.named(s.now, s.plan), drawn(config(s.world).population.profile))


@solara.component
def Heard(p: Figure | None, s: Situation, work: Work[dict[str, Runs]]) -> None:
    """The answer for those who hear the page: told when it is final, and not at every step before."""
    told = solara.use_ref("")
    if p is not None and work.fresh:
        said = sentences.headline(p, sentences.named(s.now, s.plan), p.n >= FEWEST)
        told.current = f"Answer: {''.join(text for text, _ in said)}"
    solara.HTML(
        tag="p", classes=["sr"], unsafe_innerHTML=escape(told.current),
        attributes={"role": "status", "aria-live": "polite", "aria-atomic": "true", "data-testid": "heard"},
    )  # fmt: skip


def _first_words() -> str:
    if pool.POOL.ready.is_set():
        return "<p>Simulating the current service and your plan…</p>"
    return (
        "<p>Getting ready: the model is prepared for this machine. The very first time this takes up to a minute.</p>"
    )


def _picture(look: HeadlineOutcome, work: Work[dict[str, Runs]]) -> Figure | None:
    shown = work.shown
    key = (shown.key, len(shown.result["plan"]), look.outcome) if shown else None
    made: Figure | None = solara.use_memo(
        lambda: picture(look, shown.result["now"], shown.result["plan"]) if shown else None, [key]
    )
    return made


def _key(p: Figure, work: Work[dict[str, Runs]]) -> tuple[Any, ...]:
    """What a picture was made from."""
    return p.look.outcome, p.n, work.shown.key if work.shown else None


@solara.component
def Levers(work: Work[dict[str, Runs]]) -> None:
    """The levers, their starting points and the budget line."""
    s = state.situation.value
    solara.HTML(tag="h2", unsafe_innerHTML="Your plan")
    starts = [{"value": "", "text": "Choose…"}] + [
        {"value": n, "text": SHORT.get(n, x.title)} for n, x in STARTS.items()
    ]
    chosen = next((n for n, x in STARTS.items() if dict(x.settings) == s.plan | _people(s.world)), "")
    Choice(label="Start from", value=chosen, options=starts, testid="start", on_value=_begin)
    for lever in MAIN:
        _slider(lever)
        LeverCurve(lever, work.shown.result["plan"] if work.shown and work.fresh else None).key(f"curve-{lever.name}")
    cost = full_cost(config(s.world, s.plan))
    simulated = (
        float(np.nanmean(work.shown.result["plan"].values["programme_cost"])) if work.shown and work.fresh else None
    )
    solara.HTML(
        tag="p",
        classes=["budget"],
        unsafe_innerHTML=sentences.budget(cost, simulated, full_cost(config(s.world, s.now))),
        attributes={"data-testid": "budget"},
    )
    with solara.v.Html(tag="div", class_="row"):
        Button(label="Back to the current service", testid="reset", look="quiet",
               event_click=lambda *_: state.update(lambda x: replace(x, plan=dict(x.now))))  # fmt: skip
    with solara.v.Html(tag="details", class_="fold more"):
        solara.HTML(tag="summary", unsafe_innerHTML="Three more levers: lists, supervision, training")
        for lever in MORE_UP_FRONT:
            _slider(lever)
    Today()
    Hospital()


@solara.component
def Mini(p: Figure) -> None:
    """The change in a line that stays in sight on a narrow screen, where the cards are below the levers."""
    sure = f" · {sentences.sure(p)[0].lower()}" if p.change.clear and p.n >= FEWEST else ""
    said = sentences.headline_change(p) if p.same or p.n >= FEWEST else "…"
    text = f"{p.look.label}: <b>{said}</b>{sure}"
    solara.HTML(tag="p", classes=["mini"], unsafe_innerHTML=text, attributes={"aria-hidden": "true"})


@solara.component
def Today() -> None:
    """What there is today, with which every plan is compared."""
    s = state.situation.value
    with solara.v.Html(tag="details", class_="fold more", attributes={"data-testid": "today"}):
        said = f"The current service: <b>{sentences.describe(s.now).lower()}</b>"
        solara.HTML(tag="summary", unsafe_innerHTML=said)
        solara.HTML(tag="p", classes=["hint"], unsafe_innerHTML=(
            "Say here what you have today. Every page compares with it, and the link keeps it."
        ))  # fmt: skip
        for lever in MAIN if s.now else MAIN[:1]:
            _slider(lever, today=True)
        with solara.v.Html(tag="div", class_="row"):
            Button(label="Your plan is what we have today", testid="adopt", look="quiet", disabled=s.now == s.plan,
                   event_click=lambda *_: state.update(lambda x: replace(x, now=dict(x.plan))))  # fmt: skip
            if s.now:
                Button(label="No peer workers today", testid="nobody", look="quiet",
                       event_click=lambda *_: state.update(lambda x: replace(x, now={})))  # fmt: skip


def _people(world: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in world.items() if k.startswith("population.")}


def _begin(name: str) -> None:
    if name in STARTS:
        settings = dict(STARTS[name].settings)
        programme = {k: v for k, v in settings.items() if k.startswith("programme.")}
        people = {k: v for k, v in settings.items() if not k.startswith("programme.")}
        state.update(lambda s: replace(
            s, plan=programme, world={k: v for k, v in s.world.items() if not k.startswith("population.")} | people
        ))  # fmt: skip


def _slider(lever: Lever, today: bool = False) -> None:
    """A lever of the plan, or of the current service."""
    s = state.situation.value
    whole = isinstance(default(lever.name), int)

    def set_value(value: float) -> None:
        try:
            number = clean(lever.name, value)
        except (ValueError, OverflowError):
            return
        state.update(lambda x: (x.with_now if today else x.with_plan)(lever.name, number))

    usual = s.now.get(lever.name, default(lever.name))
    value = usual if today else s.plan.get(lever.name, default(lever.name))
    marked = not today and (lever.name == "programme.peers" or bool(s.now.get("programme.peers")))
    name = f"now.{lever.name}" if today else lever.name
    Slider(
        name=name, label=f"{lever.label} today" if today else lever.label, unit=lever.unit,
        one=sentences.one(lever.unit), acts="" if today else lever.acts, known=lever.known, value=value, base=usual,
        low=lever.low, high=lever.high, step=lever.step, whole=whole, showBase=marked, on_value=set_value,
    ).key(name)  # fmt: skip


@solara.component
def Results(p: Figure, work: Work[dict[str, Runs]]) -> None:
    """Cards and the main chart."""
    enough = p.n >= FEWEST
    with solara.v.Html(tag="div", class_="top"):
        Choice(label="Look at", value=p.look.outcome, testid="look",
               options=[{"value": k, "text": v.label} for k, v in LOOKS.items()],
               on_value=lambda v: state.update(lambda s: replace(s, look=v)))  # fmt: skip
        Status(work, sentences.made_from(p.n, p.kind), "Updating…")
    found = work.shown.result if work.shown else {}
    solara.HTML(tag="div", unsafe_innerHTML=(print_header.head(found["plan"]) if found else "") + render.cards(p))
    single = state.single.value
    Chart(
        series=solara.use_memo(lambda: _series(p, enough, single), [_key(p, work), single]),
        heading=p.look.title,
        finding=sentences.finding(p, enough),
        axis=p.look.axis,
        mark=p.look.mark,
        single=single,
        note=sentences.drawn(p.kind, single),
    )
    with solara.v.Html(tag="div", class_="row"):
        Button(
            label="Show the band" if single else f"Show 20 single {p.kind.split()[-1]}",
            testid="single",
            look="quiet",
            pressed=single,
            event_click=lambda *_: state.single.set(not single),
        )
        s = state.situation.value
        said = f"{sentences.finding(p, enough)} {p.look.title}, by {p.look.axis}."
        words = print_header.for_picture(s, said, [("Current service", s.now), ("Your plan", s.plan)])
        Save(name="peerbridge", picture=".chart svg", words=words, files=[
            File("csv", "Data (CSV)", "peerbridge.csv", "text/csv", lambda: table_of_runs(s, found))
        ])  # fmt: skip
        Print()
    solara.HTML(
        tag="p",
        classes=["hint"],
        unsafe_innerHTML=sentences.range_of(p, drawn(config(s.world).population.profile).kind),
    )


def _series(p: Figure, enough: bool, single: bool) -> str:
    """The chart's curves as JSON; `most` is the highest point of any, drawn or not, so that the axis stays."""
    curves = []
    for name, look, band in (("Current service", "now", p.base_band), ("Your plan", "plan", p.plan_band)):
        curves.append({
            "name": name, "look": look, "middle": _rounded(band.middle),
            "low": _rounded(band.low) if enough else [], "high": _rounded(band.high) if enough else [],
            "some": [_rounded(curve) for curve in band.some] if single else [],
        })  # fmt: skip
    most = max(float(np.nanmax(part)) for b in (p.base_band, p.plan_band) for part in (b.some, b.high))
    return json.dumps({"series": curves, "kind": p.kind, "most": most if math.isfinite(most) else 1.0})


def _rounded(values: Any) -> list[float | None]:
    return [v if math.isfinite(v) else None for v in np.round(values, 2).tolist()]


@solara.component
def Below(p: Figure, work: Work[dict[str, Runs]]) -> None:
    """Icon arrays, the twenty dots, what else changes, and the numbers of the chart."""
    look = p.look
    s = state.situation.value
    enough = p.n >= FEWEST
    same = " Of 1,000 they differ, of 100 they hardly do." if p.out_of == 1000 else ""
    parts = [
        drawings.hundred(p.base_people, "now", f"Current service: of 100 {look.of}, {p.base_people} {look.event}."),
        drawings.hundred(p.plan_people, "plan", f"Your plan: of 100 {look.of}, {p.plan_people} {look.event}.{same}"),
    ]
    solara.HTML(tag="div", classes=["pictures"], unsafe_innerHTML="".join(parts))
    solara.HTML(tag="h2", unsafe_innerHTML="What else changes")
    if work.shown is not None:
        both = work.shown.result
        draws = drawn(config(s.world).population.profile)
        rows = render.rows(both["now"], both["plan"], HEADLINES, draws)
        solara.HTML(tag="div", unsafe_innerHTML=render.render("else_table.html", rows=rows, kind=p.kind))
    Why(look.outcome, work.shown.result if work.shown and work.fresh else None).key(look.outcome)
    Fold(summary="The numbers of the chart as a table", html=_numbers(p, enough), testid="table")
    solara.HTML(tag="div", unsafe_innerHTML=print_header.foot(s, [("Current service", s.now), ("Your plan", s.plan)]))


def _numbers(p: Figure, enough: bool) -> str:
    last = len(p.base_band.middle) - 1
    days = [d for d in (1, 3, 7, 14, 30, 60, 90) if d <= last]

    def span(band: Band, d: int) -> str:
        return f"{band.low[d]:.0f} to {band.high[d]:.0f}" if enough else "–"

    rows = [
        {"day": d, "base": f"{p.base_band.middle[d]:.1f}", "base_range": span(p.base_band, d),
         "plan": f"{p.plan_band.middle[d]:.1f}", "plan_range": span(p.plan_band, d)}
        for d in days
    ]  # fmt: skip
    return render.render("chart_table.html", title=f"{p.look.title} (in 100)", axis=p.look.axis, rows=rows, kind=p.kind)


@solara.component
def Why(outcome: str, both: dict[str, Runs] | None) -> None:
    """Why did this change: asked for by a button, because it takes many runs."""
    s = state.situation.value
    asked = solara.use_reactive("")
    groups = attribution.grouped(s.now, s.plan)
    key = (repr(s.world), repr(s.now), repr(s.plan), outcome, asked.value)

    def make(alive: Any, progress: Any, report: Any) -> None:
        split = attribution.changes if asked.value == "changes" else attribution.ways
        report(split(s.world, s.now, s.plan, outcome, alive=alive, progress=progress), True)

    work = use_work(make, key, active=bool(asked.value) and bool(groups))
    solara.HTML(tag="h2", unsafe_innerHTML="Why did this change?")
    if not groups:
        solara.HTML(tag="p", unsafe_innerHTML="The plan is the current service: nothing was changed.")
        return
    with solara.v.Html(tag="div", class_="row"):
        Button(label="Split by how peer workers act", testid="why-ways", look="quiet", pressed=asked.value == "ways",
               event_click=lambda *_: asked.set("ways"))  # fmt: skip
        if len(groups) > 1:
            Button(label="Split by what was changed", testid="why-changes", look="quiet",
                   pressed=asked.value == "changes", event_click=lambda *_: asked.set("changes"))  # fmt: skip
        if asked.value:
            noun = kind(both["plan"]) if both else "simulated years"
            Status(work, f"{attribution.RUNS} {noun} for each combination.", "Working it out…")
    if asked.value and work.fresh and work.shown is not None:
        solara.HTML(tag="div", unsafe_innerHTML=_split(outcome, work.shown.result, asked.value))
    if both is not None:
        steps = sentences.chain(both["now"], both["plan"], config(s.world, s.plan).programme.peers)
        if steps:
            listed = "".join(f"<li>{step}</li>" for step in steps)
            solara.HTML(
                tag="div",
                classes=["chained"],
                unsafe_innerHTML=f"<h3>The chain, in numbers of this plan</h3><ol class='chain'>{listed}</ol>",
            )


_SUM = (
    "The shares sum to the whole, the mean change over these; it can differ a little from the change above, which is "
    "over more. In brackets: how well each mean is known."
)


def _split(outcome: str, found: attribution.Split, kind: str) -> str:
    whole = attribution.Part("All together", np.sum([part.values for part in found.parts], axis=0))
    told = [(part.name, of_changes(outcome, part.values, found.draw)) for part in [*found.parts, whole]]
    told[:-1] = sorted(told[:-1], key=lambda each: -abs(each[1].difference.mean))
    what = (
        "How much each way adds, as a fair share: it was switched on and off in every combination with the others."
        if kind == "ways"
        else "How much each change adds, as a fair share: it was made and undone in every combination with the others."
    )
    drawn = [(name, 100.0 * d.difference.mean, sentences.spread(d)) for name, d in told]
    verdict = sentences.VERDICTS.get(told[-1][1].reading, "Not clear").lower()
    caption = f"{what} {_SUM} All together: {verdict}."
    return drawings.bars(drawn, caption, f"{LOOKS[outcome].label}, change in 100")
