"""The Solara app: shell, navigation, error boundary, pages."""

from __future__ import annotations

from dashboard.server import solara_setup

solara_setup.apply()

import json  # noqa: E402  (settings must stand before anything of Solara is used)
from collections.abc import Callable  # noqa: E402
from dataclasses import replace  # noqa: E402
from html import escape  # noqa: E402
from typing import Any  # noqa: E402

import solara  # noqa: E402

from dashboard.catalogue.address import read, write  # noqa: E402
from dashboard.catalogue.levers import config  # noqa: E402
from dashboard.compute.posterior import drawn  # noqa: E402
from dashboard.log import log, reference  # noqa: E402
from dashboard.pages.assumptions import Assumptions  # noqa: E402
from dashboard.pages.compare import Compare  # noqa: E402
from dashboard.pages.explore import Explore  # noqa: E402
from dashboard.pages.researchers import Researchers  # noqa: E402
from dashboard.pages.sure import Sure  # noqa: E402
from dashboard.pages.takes import Takes  # noqa: E402
from dashboard.pages.titles import TITLES  # noqa: E402
from dashboard.pages.watch import Watch  # noqa: E402
from dashboard.session import state  # noqa: E402
from dashboard.ui import sentences  # noqa: E402
from dashboard.ui.widgets import Address, Button, Navigation  # noqa: E402

COMPONENTS: dict[str, Callable[[], solara.Element]] = {
    "explore": Explore, "compare": Compare, "takes": Takes, "sure": Sure, "assumptions": Assumptions, "watch": Watch,
    "researchers": Researchers,
}  # fmt: skip
"""Component of each page of `TITLES`."""

KEYS = tuple(TITLES)


@solara.component
def Page() -> None:
    """One visitor's page."""
    router = solara.use_router()
    step = solara.use_reactive(0)

    def load(search: str | None) -> None:
        state.situation.value, state.problems.value = read(search, KEYS)

    def went(sent: dict[str, Any]) -> None:
        load(str(sent["search"]))
        step.value = int(sent["step"])  # last: with it the browser takes the place that is said for its own

    solara.use_memo(lambda: load(router.search), [])
    s = state.situation.value
    title = TITLES[s.page]
    solara.HTML(tag="a", attributes={"href": "#main", "class": "skip"}, unsafe_innerHTML="Skip to the content")
    with solara.v.Html(tag="header", class_="head"):
        solara.HTML(tag="h1", unsafe_innerHTML="Peerbridge")
        Navigation(
            pages=[{"key": k, "title": t, "href": write(replace(s, page=k), KEYS)} for k, t in TITLES.items()],
            current=s.page,
            event_go=lambda page: state.go(page) if page in KEYS else None,
        )
        place = json.dumps({"search": write(s, KEYS), "step": step.value})
        Address(place=place, heading=f"{title} · Peerbridge", event_went=went)
        solara.HTML(tag="p", unsafe_innerHTML=f"{sentences.PURPOSE} <strong>{sentences.LIMITS}</strong>")
    with solara.v.Html(tag="main", attributes={"id": "main", "tabindex": "-1"}):
        if standing := sentences.standing(drawn(config(s.world).population.profile)):
            solara.HTML(
                tag="p", classes=["changed-note", "standing"], attributes={"data-testid": "standing"},
                unsafe_innerHTML=f"<b>{standing}</b>",
            )  # fmt: skip
        if state.problems.value:
            Problems()
        if s.world and s.page != "assumptions":
            Changed()
        Guard(s.page).key(s.page)
    solara.HTML(tag="footer", classes=["foot"], unsafe_innerHTML=_foot())


def _foot() -> str:
    return (
        "<p>Everything here is simulated: it shows what the model's assumptions imply, not what was observed. "
        "No trial has compared levels of staffing, supervision or follow-up, and none has measured what peer workers "
        "do to early departures.</p>"
    )


@solara.component
def Changed() -> None:
    """Says on every page that assumptions were changed."""
    s = state.situation.value
    listed = "; ".join(sentences.setting(name, value) for name, value in list(s.world.items())[:4])
    more = f" and {len(s.world) - 4} more" if len(s.world) > 4 else ""
    with solara.v.Html(tag="div", class_="changed-note", attributes={"data-testid": "changed-note"}):
        solara.HTML(tag="p", unsafe_innerHTML=f"<b>Changed assumptions, for every plan:</b> {escape(listed)}{more}.")
        Button(label="Undo", look="quiet", event_click=lambda *_: state.update(lambda x: replace(x, world={})))


@solara.component
def Problems() -> None:
    """What in the link could not be used."""
    listed = "".join(f"<li>{escape(text)}</li>" for text in state.problems.value[:6])
    with solara.v.Html(tag="div", class_="notice", attributes={"role": "alert", "data-testid": "bad-link"}):
        solara.HTML(
            tag="div",
            unsafe_innerHTML="<p>Part of the link could not be used as it is. Where nothing else is said, usual values "
            f"stand in.</p><ul>{listed}</ul>",
        )
        Button(label="Close", look="quiet", event_click=lambda *_: state.problems.set([]))


@solara.component
def Guard(page: str) -> None:
    """The error boundary: each branch is the root and has its own key, or reacton would mix them up."""
    error, clear = solara.use_exception()
    if error is not None:
        Crash(error, clear).key("crash")
    else:
        COMPONENTS[page]().key("page")


@solara.component
def Crash(error: BaseException, clear: Callable[[], None]) -> None:
    """What a visitor sees instead of a page that failed."""
    number = solara.use_memo(lambda: _logged(error), [])
    with solara.v.Html(tag="div", class_="notice", attributes={"role": "alert", "data-testid": "crash"}):
        solara.HTML(
            tag="p",
            unsafe_innerHTML="Something went wrong on our side. Your link still holds your plan. "
            f"Try again, or copy the link and tell us this reference: {number}.",
        )
        Button(label="Try again", event_click=lambda *_: clear())


def _logged(error: BaseException) -> str:
    number = reference()
    log.error("reference %s", number, exc_info=error)
    return number


@solara.component
def Layout(children: list[solara.Element] = []) -> None:  # noqa: B006  (Solara passes the children by this name)
    """Our own shell: semantic, no drawer, no app bar."""
    with solara.v.Html(tag="div", class_="peerbridge", children=children):
        pass
