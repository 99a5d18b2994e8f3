"""Under a main lever: on request, what it does over its whole range, with the rest of the plan as it is."""

from __future__ import annotations

import solara

from dashboard.catalogue.headline_outcomes import LOOKS
from dashboard.catalogue.levers import Lever, default
from dashboard.compute import response
from dashboard.compute.paired_summary import kind
from dashboard.compute.worker import Runs
from dashboard.session import state
from dashboard.session.background_work import Status
from dashboard.session.tasks import use_levels
from dashboard.ui import response as drawn
from dashboard.ui import sentences
from dashboard.ui.widgets import Button


@solara.component
def LeverCurve(lever: Lever, page: Runs | None) -> None:
    """The button, and the curve once it was asked for; `page` is the plan's runs of the page; without it waits."""
    s = state.situation.value
    asked = lever.name in state.curves.value
    value = float(s.plan.get(lever.name, default(lever.name)))
    has_today = lever.name == "programme.peers" or bool(s.now.get("programme.peers"))
    today = float(s.now.get(lever.name, default(lever.name))) if has_today else None
    at = response.levels(lever, value, *([] if today is None else [today]))
    configs = solara.use_memo(lambda: response.configs(lever, s.world, s.plan, at), [s.world, s.plan, at])
    work = use_levels(configs, asked and page is not None)

    kept = solara.use_ref("")  # the last finished curve, dimmed while the next is made

    def toggle(*_: object) -> None:
        state.curves.value = state.curves.value ^ {lever.name}

    with solara.v.Html(tag="div", class_="lever-curve", attributes={"data-testid": f"curve-{lever.name}"}):
        label = f"{'Hide' if asked else 'Show'} its curve: {lever.label.lower()}"
        Button(label=label, look="quiet", testid=f"ask-{lever.name}", pressed=asked, event_click=toggle)
        if not asked:
            return
        fresh = work.fresh and page is not None
        if fresh and work.shown is not None and page is not None:
            found = response.Response(lever, at, tuple(work.shown.result.values()), (value, page))
            kept.current = drawn.html(found, LOOKS[s.look], value, today if today in at else None)
        if kept.current:
            solara.HTML(tag="div", classes=[] if fresh else ["stale"], unsafe_innerHTML=kept.current)
        made = next(iter(work.shown.result.values())) if work.shown else None
        ready = sentences.made_at_each(len(made), kind(made)) if made else ""
        Status(work, ready, "Working it out…", testid=f"status-{lever.name}")
