"""Watch a year: one glyph a person, coloured by trust, shaped by place; and one person's two lives side by side."""

from __future__ import annotations

from html import escape
from typing import Any

import solara

from dashboard.catalogue.levers import Settings, config
from dashboard.compute import histories, pool
from dashboard.compute.posterior import drawn
from dashboard.session import state
from dashboard.session.background_work import Status, use_work
from dashboard.ui import print_header
from dashboard.ui.widgets import Button, Number, Print
from simulation.config import Config

YEAR = 0
"""Which replication is shown: the same year in every plan."""

NAMES = {"plan": "Your plan", "now": "Current service"}


@solara.component_vue("../ui/watch.vue")
def Figure(text: str, chosen: int, event_person: Any = None, event_worker: Any = None) -> None:
    """The picture, with play, pause, step and scrub; `text` is a `lives.Film` as JSON."""


def of_the_year(world: Settings, programme: Settings) -> Config:
    """The scenario of the year that is shown: with the parameters that this year has on the other pages."""
    made = config(world, programme)
    draws = drawn(made.population.profile)
    return made.model_copy(update={"parameters": draws.of(YEAR) | made.parameters})


@solara.component
def Watch() -> None:
    """The page."""
    s = state.situation.value
    which = solara.use_reactive("plan")
    person = solara.use_reactive(-1)
    worker = solara.use_reactive(-1)
    shown = of_the_year(s.world, s.now if which.value == "now" else s.plan)
    filmed = use_work(
        lambda alive, progress, report: report(
            pool.ask(histories.film_text, shown, pool.SEED, YEAR, alive=alive), True
        ),
        ("film", shown.content_hash()),
    )
    solara.HTML(tag="h2", unsafe_innerHTML="Watch a year")
    solara.HTML(
        tag="p",
        unsafe_innerHTML="One simulated year; nobody here is real. Every mark is a person; a number is the same "
        "person in every plan, with the same luck. Before day 1 the model runs "
        f"{shown.run.warm_up_days} days, so that beds and lists fill; those who died then are marked too. Other "
        "patients are not drawn. Click somebody to read the story.",
    )
    with solara.v.Html(tag="div", class_="row"):
        for key, name in NAMES.items():
            Button(label=name, testid=f"watch-{key}", look="quiet", pressed=which.value == key,
                   event_click=lambda *_, key=key: which.set(key))  # fmt: skip
        Print()
        Status(filmed, "", "Simulating the year…")
    solara.HTML(tag="div", unsafe_innerHTML=print_header.one_year(NAMES[which.value].lower()))

    def choose(number: int) -> None:
        person.value, worker.value = int(number), -1

    def choose_worker(number: int) -> None:
        person.value, worker.value = -1, int(number)

    if filmed.shown is None:
        solara.HTML(tag="p", classes=["empty"], unsafe_innerHTML="Simulating the year…")
    else:
        with solara.v.Html(tag="div", class_="" if filmed.fresh else "stale"):
            Figure(text=filmed.shown.result, chosen=person.value, event_person=choose, event_worker=choose_worker)
    solara.HTML(tag="h2", unsafe_innerHTML="One person, two lives")
    Suggestions(choose)
    with solara.v.Html(tag="div", class_="row"):
        Number(label="Person number", action="Show the story", value=max(person.value, 0), low=0,
               high=shown.population.size - 1, testid="person", event_chosen=choose)  # fmt: skip
        posts = shown.programme.peers + shown.programme.navigators
        if posts:
            Number(label="Worker number", action="Show the worker", value=max(worker.value, 0), low=0,
                   high=posts - 1, testid="worker", event_chosen=choose_worker)  # fmt: skip
    if person.value >= 0:
        Lives(person.value).key(f"person-{person.value}")
    elif worker.value >= 0 and worker.value < posts:
        WorkerStory(which.value, worker.value).key(f"worker-{which.value}-{worker.value}")
    solara.HTML(tag="div", unsafe_innerHTML=print_header.foot(s, [("Current service", s.now), ("Your plan", s.plan)]))


@solara.component
def Suggestions(choose: Any) -> None:
    """People worth a look: helped, not helped, harmed, never met."""
    s = state.situation.value
    now, plan = of_the_year(s.world, s.now), of_the_year(s.world, s.plan)
    found = use_work(
        lambda alive, progress, report: report(
            pool.ask(histories.telling, now, plan, pool.SEED, YEAR, alive=alive), True
        ),
        ("telling", now.content_hash(), plan.content_hash()),
        active=s.now != s.plan,
    )
    if found.shown is None or not found.fresh:
        return
    with solara.v.Html(tag="div", class_="row", attributes={"data-testid": "suggestions"}):
        solara.HTML(tag="span", classes=["hint"], unsafe_innerHTML="For example somebody who …")
        for each in found.shown.result:
            Button(label=f"{each.why}: person {each.person}", look="quiet", testid=f"telling-{each.person}",
                   event_click=lambda *_, p=each.person: choose(p))  # fmt: skip


@solara.component
def Lives(person: int) -> None:
    """The same person under the current service and under the plan, and the day on which the lives part."""
    s = state.situation.value
    now, plan = of_the_year(s.world, s.now), of_the_year(s.world, s.plan)

    def make(alive: Any, progress: Any, report: Any) -> None:
        both = [pool.ask(histories.story, c, pool.SEED, YEAR, person, alive=alive) for c in (now, plan)]
        report(both, True)

    told = use_work(make, ("lives", person, now.content_hash(), plan.content_hash()))
    if told.shown is None or not told.fresh:
        Status(told, "", "Looking the story up…")
        return
    one, other = told.shown.result
    solara.HTML(tag="div", unsafe_innerHTML=_two_lives(person, one, other), attributes={"data-testid": "lives"})


def _two_lives(person: int, now: list[histories.Moment], plan: list[histories.Moment]) -> str:
    apart = histories.parting(now, plan)
    if apart is None:
        said = "The two lives are the same: the plan never touches this person."
        day = None
    else:
        day, a, b = apart
        when = f"on day {day} of the year" if day > 0 else f"{1 - day} days before the year that is counted"
        said = (
            f"The two lives part <b>{when}</b>. With the current service: {escape(a)}. With your plan: {escape(b)}. "
            "Until then they are the same, and so is the person's luck after it; what differs follows from that day."
        )
    columns = "".join(
        f"<section><h3>{name}</h3>{_list(moments, day)}</section>"
        for name, moments in (("Current service", now), ("Your plan", plan))
    )
    return f"<p class='parting' data-testid='parting'>Person {person}. {said}</p><div class='two'>{columns}</div>"


NOTHING = "Nothing happened in this year: no illness that needed a hospital."


def _list(moments: list[histories.Moment], apart: int | None, nothing: str = NOTHING) -> str:
    year = [m for m in moments if m.day > 0]
    before = len(moments) - len(year)
    death = next((m for m in moments if m.mark == histories.DEATH), None)
    if death is not None and death.day <= 0:
        when = f"{1 - death.day} day{'s' * (death.day < 0)} before the year that is counted"
        return f"<p data-testid='died'>This person died {when}: {escape(death.text).removeprefix('dies ')}.</p>"
    items = "".join(_item(e, apart is not None and e.last >= apart) for e in histories.entries(year))
    early = (
        f"<p class='hint'>{before} {'thing' if before == 1 else 'things'} happened before the year that is counted.</p>"
        if before
        else ""
    )
    return early + (f"<ol class='story'>{items}</ol>" if items else f"<p>{nothing}</p>")


def _item(e: histories.Entry, after: bool) -> str:
    days = f"Day {e.first}" if e.first == e.last else f"Days {e.first} to {e.last}"
    looks = " ".join(name for name, on in (("after", after), ("death", e.dies)) if on)
    shown = f" class='{looks}'" if looks else ""
    return f"<li{shown}><b>{days}</b> {escape(e.text)}</li>"


@solara.component
def WorkerStory(which: str, worker: int) -> None:
    """One post over the year."""
    s = state.situation.value
    chosen = of_the_year(s.world, s.now if which == "now" else s.plan)
    told = use_work(
        lambda alive, progress, report: report(
            pool.ask(histories.worker_story, chosen, pool.SEED, YEAR, worker, alive=alive), True
        ),
        ("worker", worker, chosen.content_hash()),
    )
    if told.shown is None or not told.fresh:
        Status(told, "", "Looking the story up…")
        return
    told_of = _list(told.shown.result, None, "Nobody worked at this post in the year.")
    html = f"<h3>Post {worker} of the peer workers, {NAMES[which].lower()}</h3>{told_of}"
    solara.HTML(tag="div", unsafe_innerHTML=html, attributes={"data-testid": "worker-story"})
