"""What one open page knows. Reactive values belong to the page that made them, so visitors never share any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import solara

from dashboard.catalogue.address import Situation, is_sound

situation: solara.Reactive[Situation] = solara.reactive(Situation())
problems: solara.Reactive[list[str]] = solara.reactive([])
single: solara.Reactive[bool] = solara.reactive(False)
"""Whether charts show twenty single years instead of a band."""
curves: solara.Reactive[frozenset[str]] = solara.reactive(frozenset())
"""Levers whose curve is shown."""
prior_alone: solara.Reactive[bool] = solara.reactive(False)
"""Whether the answer before any fit stands beside the first one."""


def update(change: Callable[[Situation], Situation]) -> None:
    """Change the situation by a function of the present one; a change that does not fit is not made."""
    after = change(situation.value)
    if is_sound(after):
        situation.value = after


def go(page: str) -> None:
    """Open a page."""
    update(lambda s: replace(s, page=page))
