"""What would it take: a goal or a budget, and the plan that `peerbridge decide` finds for it, one click away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import solara

from dashboard.catalogue.headline_outcomes import LOOKS
from dashboard.catalogue.levers import clean, differing
from dashboard.compute import decision
from dashboard.compute.decision import Asked
from dashboard.session import state
from dashboard.session.background_work import Status, use_work
from dashboard.ui import render, sentences
from dashboard.ui.widgets import Button, Choice, Number
from experiments.decisions.decide import Decision
from experiments.decisions.decision_report import change, headline, how_made, rests_on
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.support.errors import InputError

KINDS_OF_PLAN = {"goal": "cheapest", "budget": "best"}
KINDS = {"goal": "A goal to reach", "budget": "A budget to spend"}

SURE = {"0.5": "5 of 10 draws", "0.8": "8 of 10 draws", "0.9": "9 of 10 draws"}
"""Share of draws in which it must hold, and how the page says it."""

CAUTIOUS = (
    "Too few years were simulated to be sure that it holds so often: the range in brackets reaches below what was "
    "asked. Look at the plan on Explore, and search on with <code>peerbridge decide</code> before you rely on it."
)

SHOWN = ("programme_cost", "readmission_30d", "patient_initiated_discharge", "deaths_per_1000_person_years",
         "peer_high_burnout", "total_cost")  # fmt: skip
"""Outcomes of the answer: money, patients, workers."""


@solara.component
def Takes() -> None:
    """The page."""
    s = state.situation.value
    kind = solara.use_reactive("goal")
    sure = solara.use_reactive("0.8")
    cases = solara.use_reactive(1)
    dollars = solara.use_reactive(300)
    asked: solara.Reactive[Asked | None] = solara.use_reactive(None)

    def make(alive: Any, progress: Any, report: Any) -> None:
        assert asked.value is not None
        try:
            report(decision.answer(s.world, s.now, s.plan, asked.value, alive=alive, progress=progress), True)
        except InputError as error:
            report(str(error), True)

    key = (repr(s.world), repr(s.now), repr(s.plan), asked.value)
    work = use_work(make, key, active=asked.value is not None)

    def ask(size: int) -> None:
        (cases if kind.value == "goal" else dollars).value = int(size)
        asked.value = Asked(
            "budget" if kind.value == "budget" else "goal", s.look, cases.value, 1000 * dollars.value, float(sure.value)
        )

    solara.HTML(tag="h2", unsafe_innerHTML="What would it take?")
    solara.HTML(tag="p", unsafe_innerHTML=(
        "Say what you want to reach, or what you can spend. Plans are searched over the three main levers; the rest is "
        "as in your plan, and every plan is compared with the current service on the same people and the same luck."
    ))  # fmt: skip
    with solara.v.Html(tag="div", class_="row asking"):
        Choice(label="I have", value=kind.value, testid="kind",
               options=[{"value": k, "text": t} for k, t in KINDS.items()], on_value=kind.set)  # fmt: skip
        Choice(label="For", value=s.look, testid="look",
               options=[{"value": k, "text": v.label} for k, v in LOOKS.items()],
               on_value=lambda v: state.update(lambda x: replace(x, look=v)))  # fmt: skip
        Choice(label="It must hold in", value=sure.value, testid="sure",
               options=[{"value": k, "text": t} for k, t in SURE.items()], on_value=sure.set)  # fmt: skip
    with solara.v.Html(tag="div", class_="row asking"):
        if kind.value == "goal":
            more = "Fewer" if LOOKS[s.look].lower_is_better else "More"
            Number(label=f"{more} in 100 than today", action="Find the cheapest plan", value=cases.value, low=1,
                   high=50, testid="cases", event_chosen=ask).key("cases")  # fmt: skip
        else:
            Number(label="Thousand US$ a year, every post filled", action="Find the best plan", value=dollars.value,
                   low=10, high=20_000, testid="dollars", event_chosen=ask).key("dollars")  # fmt: skip
    if asked.value is None:
        return
    Status(work, "", "Searching plans; this takes some minutes…")
    if work.shown is None or not work.fresh:
        return
    found = work.shown.result
    if isinstance(found, str):
        solara.HTML(tag="p", classes=["notice"], unsafe_innerHTML=str(render.linked(found)),
                    attributes={"role": "alert", "data-testid": "no-answer"})  # fmt: skip
        return
    solara.HTML(tag="div", unsafe_innerHTML=told(found, asked.value), attributes={"data-testid": "answer"})
    with solara.v.Html(tag="div", class_="row"):
        Button(label="Use as your plan", testid="use-plan", event_click=lambda *_: _use(found))


def _use(found: Decision) -> None:
    chosen = {name: clean(name, value) for name, value in found.recommended.levers.items()}
    state.update(lambda s: replace(s, plan=differing(s.plan | chosen), page="explore"))


def told(found: Decision, asked: Asked) -> str:
    """The answer as HTML: the plan, what it reaches and costs, how sure, what it rests on."""
    plan, today = found.recommended, found.today
    known = all(
        x.low >= c.probability for c, x in zip(found.question.constraints, plan.constraints, strict=True)
    )  # fmt: skip
    lead = (
        "No plan within the ends of the levers meets this. The nearest is"
        if not found.met
        else f"The {KINDS_OF_PLAN[asked.kind]} plan that {'meets' if known else 'may meet'} this is"
    )
    rows = [
        {
            "label": OUTCOMES[name].plain_label or OUTCOMES[name].label,
            "today": wording.number(today.outcomes[name], OUTCOMES[name]) if today else "",
            "plan": wording.number(plan.outcomes[name], OUTCOMES[name]),
            "change": change(name, plan.differences[name]),
        }
        for name in SHOWN
    ]  # fmt: skip
    holds = [
        f"“{_wish(asked)}” holds in {sentences.percent(x.probability)} of draws ({sentences.percent(x.low)} to "
        f"{sentences.percent(x.high)}); asked for: {sentences.percent(c.probability)}."
        for c, x in zip(found.question.constraints, plan.constraints, strict=True)
    ]  # fmt: skip
    return render.render(
        "takes.html", lead=lead, plan=sentences.listed({k: v for k, v in plan.levers.items()}), holds=holds, rows=rows,
        sure=headline(found)[2:] if found.met else [],
        cautious=CAUTIOUS if found.met and not known else "", rests=[rests_on(c) for c in found.carrying],
        made=[_searched(found), *how_made(found)[1:]],
    )  # fmt: skip


def _wish(asked: Asked) -> str:
    if asked.kind == "budget":
        return f"at most {wording.money(asked.dollars)} a year with every post filled"
    look = LOOKS[asked.outcome]
    return f"{look.label}: at least {asked.cases} {'fewer' if look.lower_is_better else 'more'} in 100"


def _searched(found: Decision) -> str:
    return f"{found.runs:,} simulated years of {found.looked_at:,} of {found.grid:,} plans."
