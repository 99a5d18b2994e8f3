"""Assumptions and evidence: everything the model was told, with its source, to be searched and changed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import solara

from dashboard.catalogue.address import PROGRAMME
from dashboard.catalogue.levers import OFFERED, Value, choices, clean, default, differing, label, limits, setting_unit
from dashboard.compute.paired_summary import HIGH, LOW
from dashboard.compute.posterior import known
from dashboard.session import state
from dashboard.ui.widgets import Button
from experiments.uncertainty.priors import for_profile, prior_quantile
from scenarios.error_messages import fields
from simulation.config import PROFILES
from simulation.parameters import PARAMETERS, defaults

KINDS = {
    "measured": "Measured in a study",
    "calibrated": "Fitted to published numbers",
    "assumed": "Nobody has measured this",
    "plan": "A choice of the plan",
    "setting": "People and hospital",
}


@solara.component_vue("../ui/assumptions.vue")
def Table(table: str, kinds: dict[str, str], event_change: Any = None, event_usual: Any = None) -> None:
    """Search, filter, and a row for every setting; `table` is JSON."""


@solara.component
def Assumptions() -> None:
    """The page."""
    s = state.situation.value
    rows = solara.use_memo(lambda: table(s.plan, s.world), [s.plan, s.world])
    sent = solara.use_memo(lambda: json.dumps(rows), [s.plan, s.world])
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS}
    draws = known(_profile(s.world))
    kinds = KINDS if draws else KINDS | {"calibrated": "To be fitted to data; set by hand so far"}
    fitted = "were fitted to published numbers" if draws else "are to be fitted to data"
    drawn = (
        "Where you change nothing, each future draws a value of its own: 9 in 10 lie in the range in grey."
        if draws
        else "Where you change nothing, each future draws a value from what was thought likely: 9 in 10 in grey."
    )
    solara.HTML(tag="h2", unsafe_innerHTML="Everything the model was told")
    solara.HTML(
        tag="p",
        unsafe_innerHTML=f"Of {len(PARAMETERS)} numbers on how things act, <b>{counts['measured']} were measured</b> "
        f"in a study, {counts['calibrated']} {fitted}, and <b>{counts['assumed']} are assumed</b>: none was found. "
        f"Change one, and every page uses it, for the plan and the current service alike. {drawn}",
    )
    changed = [row["name"] for row in rows if row["changed"] and row["kind"] != "plan"]
    with solara.v.Html(tag="div", class_="row"):  # always there: else the table is made anew
        if changed:
            Button(label=f"Undo all {len(changed)} changed assumptions", testid="undo-world", look="quiet",
                   event_click=lambda *_: state.update(lambda x: replace(x, world={})))  # fmt: skip
    Table(table=sent, kinds=kinds, event_change=change, event_usual=usual).key("table")


def change(sent: dict[str, Any]) -> None:
    """Set what a visitor typed; what is no value is left as it was."""
    name = str(sent.get("name"))
    try:
        value = clean(name, sent.get("value"))
    except (ValueError, OverflowError):
        return
    put(name, value)


def put(name: str, value: Value) -> None:
    """Set a setting where it belongs, if it fits the others."""
    from dashboard.catalogue.levers import config

    def changed(s: Any) -> Any:
        after = s.with_plan(name, value) if name.startswith(PROGRAMME) else s.with_world(name, value)
        try:
            config(after.world, after.plan)
        except ValueError as error:
            state.problems.value = [f"{label(name)}: {error}"]
            return s
        return after

    state.update(changed)


def usual(name: str) -> None:
    """Put one setting back."""
    state.update(lambda s: replace(s, plan=_without(s.plan, name), world=_without(s.world, name)))


def _without(settings: dict[str, Value], name: str) -> dict[str, Value]:
    return {k: v for k, v in settings.items() if k != name}


def table(plan: dict[str, Value], world: dict[str, Value]) -> list[dict[str, Any]]:
    """A row for every setting: unit, value, range, kind, source."""
    profile = _profile(world)
    start = defaults(profile)
    rows = []
    for name in (*OFFERED, *PARAMETERS):
        usual_value: Value = start[name] if name in PARAMETERS else default(name)
        value = (plan if name.startswith(PROGRAMME) else world).get(name, usual_value)
        row: dict[str, Any] = {
            "name": name, "label": label(name), "group": name.split(".")[0].replace("_", " "), "value": value,
            "usual": usual_value, "unit": setting_unit(name), "changed": name in differing(plan | world),
            "choices": [{"value": c, "text": c.replace("_", " ")} for c in choices(name)],
            "yes": isinstance(usual_value, bool),
        }  # fmt: skip
        if not isinstance(usual_value, bool | str):
            row["low"], row["high"] = limits(name)
        if name in PARAMETERS:
            p = PARAMETERS[name]
            used = for_profile(p, profile)
            row |= {
                "kind": used.kind,
                "source": used.source,
                "text": p.text,
                "doubt": doubt(name, used.prior, profile),
            }
        else:
            kind = "plan" if name.startswith(PROGRAMME) else "setting"
            row |= {"kind": kind, "source": "", "text": str(fields()[name].description), "doubt": ""}
        rows.append(row)
    return rows


def _profile(world: dict[str, Value]) -> str:
    return str(world.get("population.profile", PROFILES[0]))


def doubt(name: str, prior: Any, profile: str) -> str:
    """How wide a parameter's posterior is, or else its prior, in words: 9 in 10 of it lie between two values."""
    if name in (fitted := _fitted(profile)):
        low, high = fitted[name]
    elif prior.shape == "fixed":
        return ""
    else:
        low, high = (float(prior_quantile(prior, -1e9, 1e9, u)) for u in (LOW, HIGH))
    return f"9 in 10 futures: {low:.3g} to {high:.3g}"


@cache
def _fitted(profile: str) -> dict[str, tuple[float, float]]:
    draws = known(profile)
    if draws is None:
        return {}
    ends = np.quantile(draws.values, (LOW, HIGH), axis=0).tolist()
    return {name: (low, high) for name, low, high in zip(draws.names, *ends, strict=True)}
