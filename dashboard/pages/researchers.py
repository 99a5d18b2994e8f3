"""For researchers: the model against published numbers, what is not fitted yet, downloads, and the live Mesa model."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import solara

from dashboard.catalogue.levers import config
from dashboard.compute import pool
from dashboard.pages.posterior import Posterior
from dashboard.session import state
from dashboard.session.background_work import Status, use_work
from dashboard.ui import render, sentences
from dashboard.ui.widgets import Button, File, Save
from experiments.support.csv_text import csv_text
from simulation.config import Config
from simulation.parameters import PARAMETERS, defaults

TARGET_RUNS = 8
"""Runs of two years for each scenario that a target names."""


@solara.component
def Researchers() -> None:
    """The page."""
    s = state.situation.value
    plan = config(s.world, s.plan)
    solara.HTML(tag="h2", unsafe_innerHTML="For researchers")
    solara.HTML(tag="p", unsafe_innerHTML=_about())
    with solara.v.Html(tag="div", class_="row"):
        Save(name="peerbridge", files=[
            File("toml", "Plan (TOML)", "plan.toml", "text/plain", lambda: plan_file(plan)),
            File("parameters", "Parameters (CSV)", "parameters.csv", "text/csv", lambda: parameters_file(plan)),
        ])  # fmt: skip
    Targets(s.world)
    Posterior(plan.population.profile)
    Live(plan)


def _about() -> str:
    from simulation import SOURCE_HASH

    return (
        f"{escape(sentences.version())}, sources {SOURCE_HASH}; root seed {pool.SEED}, "
        f"{pool.FULL} replications of each plan, paired. The plan opens in Python with "
        "<code>scenarios.load</code> from the TOML file below; <code>peerbridge compare</code> and "
        "<code>peerbridge sweep</code> do the rest on your own machine."
    )


def plan_file(plan: Config) -> str:
    """The plan as a scenario file."""
    from scenarios import dump

    return dump(plan.model_copy(update={"name": "dashboard-plan", "title": "A plan from the dashboard"}))


def parameters_file(plan: Config) -> str:
    """Every parameter with its value in the plan, prior, kind and source, as CSV."""
    from experiments.uncertainty.priors import for_profile, prior_words

    rows = []
    values = defaults(plan.population.profile) | plan.parameters
    for name, p in PARAMETERS.items():
        used = for_profile(p, plan.population.profile)
        prior = prior_words(used.prior)
        rows.append([name, values[name], p.unit, p.low, p.high, prior, used.kind, used.source, p.text])
    return csv_text(["parameter", "value", "unit", "low", "high", "prior", "kind", "source", "text"], rows)


@solara.component
def Targets(world: dict[str, Any]) -> None:
    """Published numbers beside those of the model as it stands, misses included; on request."""
    asked = solara.use_reactive(False)
    work = use_work(
        lambda alive, progress, report: report(pool.ask(against, world, alive=alive), True),
        ("targets", repr(world)),
        active=asked.value,
    )
    solara.HTML(tag="h2", unsafe_innerHTML="Published numbers against the model's")
    solara.HTML(
        tag="p",
        unsafe_innerHTML="The start values, with the assumptions changed here, and not draws of a posterior. They were "
        "set by hand so that the default scenario is plausible. A number inside its interval is no validation: other "
        "settings would do as well. Ratios of the model are crude.",
    )
    with solara.v.Html(tag="div", class_="row"):
        Button(label="Compare with published numbers", testid="targets", look="quiet", pressed=asked.value,
               event_click=lambda *_: asked.set(True))  # fmt: skip
        if asked.value:
            Status(work, f"{TARGET_RUNS} replications of two years.", "Simulating two-year runs…")
    if asked.value and work.fresh and work.shown is not None:
        solara.HTML(tag="div", unsafe_innerHTML=render.render("targets.html", rows=work.shown.result))


def against(world: dict[str, Any]) -> list[dict[str, str]]:
    """A row for each published number that the model has too, with the assumptions of the page; runs in a worker."""
    from experiments.outcomes.target_predictions import predict
    from scenarios import load
    from scenarios.calibration_targets import targets
    from simulation import simulate

    assumed = {name: float(value) for name, value in world.items() if name in PARAMETERS}
    compared = [t for t in targets(profile="people_who_use_drugs") if t.prediction and t.scenario]
    found: dict[str, dict[str, float]] = {}
    for scenario in dict.fromkeys(t.scenario for t in compared if t.scenario):
        chosen = load(scenario, ["run.days=730"])
        made = [simulate(chosen, pool.SEED, replication=r, parameters=assumed) for r in range(TARGET_RUNS)]
        found[scenario] = predict([t.prediction for t in compared if t.scenario == scenario and t.prediction], made)
    return [_row(t, found[t.scenario or ""][t.prediction or ""]) for t in compared]


def _row(target: Any, value: float) -> dict[str, str]:
    from scenarios.calibration_targets import is_ratio

    share = target.unit == "share" and not is_ratio(target.quantity)

    def shown(x: float) -> str:
        return "–" if math.isnan(x) else f"{100 * x:.1f} %" if share else f"{x:.2f}"

    row = {
        "id": target.id,
        "quantity": target.quantity,
        "study": render.linked(f"{target.study}; {target.source}"),
        "model": shown(value),
    }
    if target.sign:
        same = (value < 0) == (target.sign == "negative")
        return row | {"found": target.sign, "interval": "", "reading": "✓ as found" if same else "✗ other sign"}
    low, high = target.interval()
    inside = low <= value <= high
    spread = "" if math.isnan(low) else f"{shown(low)} to {shown(high)}"
    reading = "" if math.isnan(low) else "✓ inside" if inside else "✗ outside"
    return row | {"found": shown(float(target.value)), "interval": spread, "reading": reading}


@solara.component
def Live(plan: Config) -> None:
    """Mesa's own screen on a live model of this visitor's plan; its command console, which runs code, is left out."""
    opened = solara.use_reactive(False)
    solara.HTML(tag="h2", unsafe_innerHTML="The live model in Mesa")
    solara.HTML(
        tag="p",
        unsafe_innerHTML="Mesa's SolaraViz on a model of your own: step it day by day and see its series. It is made "
        "anew when the plan changes.",
    )
    with solara.v.Html(tag="div", class_="row"):
        Button(
            label="Close the live model" if opened.value else "Open the live model",
            testid="live",
            look="quiet",
            pressed=opened.value,
            event_click=lambda *_: opened.set(not opened.value),
        )
    if opened.value:
        Viz(plan).key(plan.content_hash())


SERIES = (["census", "boarding"], ["planned", "patient_initiated"], ["visits_made", "contacts_made"])
"""Series that the live model draws, a picture each."""


@solara.component_vue("../ui/mesa.vue")
def Names(pictures: list[str]) -> None:
    """Names for screen readers of what Mesa leaves nameless around it."""


@solara.component
def Viz(plan: Config) -> None:
    """The screen."""
    from mesa.visualization import SolaraViz, make_plot_component

    from simulation import PeerSupportModel

    model = solara.use_memo(lambda: PeerSupportModel(plan, rng=pool.SEED), [])
    components = solara.use_memo(lambda: [make_plot_component(list(names)) for names in SERIES], [])
    with solara.v.Html(tag="div", class_="mesa"):
        Names(pictures=[f"{' and '.join(names).replace('_', ' ')}, day by day" for names in SERIES])
        with solara.AppLayout(title="Live model", navigation=False):
            SolaraViz(
                model, components=components, model_params={"config": plan, "rng": pool.SEED},
                name="One hospital, day by day",
            )  # fmt: skip
