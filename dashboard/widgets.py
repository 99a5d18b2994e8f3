"""Components that run in the browser (`ui/*.vue`), with the traits that Python gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

Call = Callable[..., None] | None


@solara.component_vue("ui/slider.vue")
def Slider(
    name: str,
    label: str,
    unit: str,
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


@solara.component_vue("ui/address.vue")
def Address(search: str, heading: str, event_went: Call = None) -> None:
    """Keeps the browser's address and title in step, hears its back button, copies the link."""


@solara.component_vue("ui/navigation.vue")
def Navigation(pages: list[dict[str, str]], current: str, event_go: Call = None) -> None:
    """Links between the pages."""


@solara.component_vue("ui/button.vue")
def Button(
    label: str, testid: str = "", look: str = "", disabled: bool = False, pressed: Any = None, event_click: Call = None
) -> None:
    """A plain button."""


@solara.component_vue("ui/choice.vue")
def Choice(label: str, value: str, options: list[dict[str, str]], testid: str, on_value: Call = None) -> None:
    """A list of which one is chosen."""


@solara.component_vue("ui/fold.vue")
def Fold(summary: str, html: str, testid: str = "", unfolded: bool = False) -> None:
    """Details that stay open while what is inside changes; `html` is trusted: it comes from our templates."""


@solara.component_vue("ui/save.vue")
def Save(name: str, files: list[dict[str, str]], picture: str = "") -> None:
    """Buttons that save texts, and the picture that a selector finds as SVG or PNG."""


@solara.component_vue("ui/chart.vue")
def Chart(
    series: list[dict[str, Any]],
    heading: str,
    finding: str,
    axis: str,
    note: str,
    mark: int = 0,
    single: bool = False,
    tall: int = 300,
) -> None:
    """Curves with bands, or twenty single runs; read out by pointer and arrow keys."""
