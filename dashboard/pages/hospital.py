"""Start with my hospital: a short form whose numbers hold for every plan and are kept in the link."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import solara

from dashboard.catalogue.hospital import NAMES, fields, taken
from dashboard.session import state
from dashboard.ui import sentences


@solara.component_vue("../ui/hospital.vue")
def Form(fields: str, errors: list[str], said: str, event_sent: Any = None) -> None:
    """The form; `fields` is JSON, `said` is what was done with what was sent last."""


@solara.component
def Hospital() -> None:
    """The form, folded away."""
    s = state.situation.value
    errors: solara.Reactive[list[str]] = solara.use_reactive([])
    said = solara.use_reactive("")
    given = {name: value for name, value in s.world.items() if name in NAMES}

    def sent(values: dict[str, Any]) -> None:
        world, wrong = taken(state.situation.value.world, values)
        errors.value = wrong
        if wrong:
            said.value = ""
            return
        state.update(lambda x: replace(x, world=world))
        said.value = "Every page uses these numbers now, for every plan, and the link keeps them."

    with solara.v.Html(tag="details", class_="fold more hospital", attributes={"data-testid": "hospital"}):
        solara.HTML(tag="summary", unsafe_innerHTML="Start with my hospital" if not given else "My hospital")
        solara.HTML(tag="p", classes=["hint"], unsafe_innerHTML=(
            "Fill in what you know; what you leave empty stays as it is, in grey. Stays a year and their length follow "
            "from the model: to have it meet your own, use <code>peerbridge run</code> with <code>[local]</code>."
        ))  # fmt: skip
        Form(fields=json.dumps(fields(s.world)), errors=errors.value, said=said.value, event_sent=sent)
        if given:
            solara.HTML(tag="p", classes=["hint"], unsafe_innerHTML=f"Now: {sentences.listed(given)}.")
