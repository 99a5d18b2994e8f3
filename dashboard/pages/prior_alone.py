"""The answer of the first view under the prior alone: what the assumptions say before any number is fitted."""

from __future__ import annotations

from collections.abc import Mapping

import solara

from dashboard.compute.paired_summary import FEWEST, Figure, picture
from dashboard.session import state
from dashboard.session.background_work import Status
from dashboard.session.tasks import use_prior
from dashboard.ui import render, sentences
from dashboard.ui.widgets import Button
from experiments.comparisons.beside import ALONE
from simulation.config import Config


@solara.component
def PriorAlone(configs: Mapping[str, Config], fitted: Figure | None, plan: str, fresh: bool) -> None:
    """The button, and once it was asked for the answer beside that of the fit; `fresh` says that the fit's is there."""
    asked = state.prior_alone.value
    work = use_prior(configs, asked and fresh)
    with solara.v.Html(tag="div", class_="prior-alone", attributes={"data-testid": "prior-alone"}):
        Button(
            label="Hide the answer before any fit" if asked else "The same before any fit (the prior alone)",
            look="quiet", testid="ask-prior", pressed=asked,
            event_click=lambda *_: state.prior_alone.set(not asked),
        )  # fmt: skip
        if not asked:
            return
        if fitted is not None and work.shown is not None:
            alone = picture(fitted.look, work.shown.result["now"], work.shown.result["plan"])
            if alone.n >= FEWEST:
                line = "".join(text for text, _ in sentences.headline(alone, plan, True))
                rows = [
                    ("fit, in 100", sentences.spread(fitted.change)),
                    ("prior alone", sentences.spread(alone.change)),
                ]
                html = render.render("prior_alone.html", line=line, rows=rows, note=ALONE)
                solara.HTML(tag="div", classes=[] if work.fresh else ["stale"], unsafe_innerHTML=html)
        Status(work, sentences.of_the_prior(len(work.shown.result["plan"]) if work.shown else 0), "Working it out…",
               testid="status-prior")  # fmt: skip
