"""Components that run in the browser (`ui/*.vue`), with the traits that Python gives them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import solara

Call = Callable[..., None] | None


@solara.component_vue("slider.vue")
def Slider(
    name: str,
    label: str,
    unit: str,
    one: str,
    acts: str,
    known: str,
    value: float,
    base: float,
    low: float,
    high: float,
    step: float,
    whole: bool = False,
    showBase: bool = True,
    on_value: Call = None,
) -> None:
    """One lever: slider, number box, mark of the current service, how it acts, what is known."""


@solara.component_vue("address.vue")
def Address(place: str, heading: str, event_went: Call = None) -> None:
    """Keeps the browser's address and title in step, hears its back button, copies the link.

    `place` is JSON: the query, and the number of the last step back or forward that was heard.
    """


@solara.component_vue("navigation.vue")
def Navigation(pages: list[dict[str, str]], current: str, event_go: Call = None) -> None:
    """Links between the pages."""


@solara.component_vue("button.vue")
def Button(
    label: str, testid: str = "", look: str = "", disabled: bool = False, pressed: Any = None, event_click: Call = None
) -> None:
    """A plain button."""


@solara.component_vue("choice.vue")
def Choice(label: str, value: str, options: list[dict[str, str]], testid: str, on_value: Call = None) -> None:
    """A list of which one is chosen."""


@solara.component_vue("number.vue")
def Number(
    label: str, action: str, value: int, low: int, high: int, testid: str, event_chosen: Call = None
) -> None:  # fmt: skip
    """A whole number that is sent by a button."""


@solara.component_vue("print.vue")
def Print() -> None:
    """Prints the page: its style for paper is one sheet with its date, plans and link."""


@solara.component_vue("fold.vue")
def Fold(summary: str, html: str, testid: str = "", unfolded: bool = False) -> None:
    """Details that stay open while what is inside changes; `html` is trusted: it comes from our templates."""


@dataclass(frozen=True, slots=True)
class File:
    """A text that can be saved: made when somebody asks for it, because most never do.

    Attributes:
        kind: Short name, unique on its page.
        label: Words of the button.
        name: Name of the file.
        type: Media type.
        make: Makes the text.
    """

    kind: str
    label: str
    name: str
    type: str
    make: Callable[[], str]


@solara.component_vue("save.vue")
def _Save(
    name: str, files: list[dict[str, str]], made: str, picture: str, words: list[str], event_wanted: Call = None
) -> None:  # fmt: skip
    """The buttons; `made` is JSON with the file that was asked for last."""


@solara.component
def Save(name: str, files: Sequence[File], picture: str = "", words: Sequence[str] = ()) -> None:
    """Buttons that save texts, and the picture that a selector finds as SVG or PNG.

    In a picture the first of `words` stands above as its title, the others below.
    """
    made = solara.use_reactive("")
    times = solara.use_ref(0)

    def wanted(kind: str) -> None:
        for file in files:
            if file.kind == kind:
                times.current += 1  # the same text asked for again is another message
                made.value = json.dumps(
                    {"time": times.current, "name": file.name, "type": file.type, "text": file.make()}
                )

    shown = [{"kind": file.kind, "label": file.label} for file in files]
    _Save(name=name, files=shown, made=made.value, picture=picture, words=list(words), event_wanted=wanted)


@solara.component_vue("chart.vue")
def Chart(
    series: str,
    heading: str,
    finding: str,
    axis: str,
    note: str,
    mark: int = 0,
    single: bool = False,
    tall: int = 300,
) -> None:
    """Curves with bands, or twenty single runs; read out by pointer and arrow keys.

    `series` is JSON: a list would be searched for components, number by number, at every change.
    """
