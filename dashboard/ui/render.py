"""Jinja templates (`templates/*.html`), which escape what they show, and tables of outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from dashboard.catalogue.headline_outcomes import direction, outcome
from dashboard.compute.paired_summary import FEWEST, Change, Picture, change
from dashboard.compute.worker import Runs
from dashboard.ui import sentences
from experiments.reporting.wording import number, signed
from simulation.outcome_definitions import Outcome

CLEAR = 15
"""Of twenty: from here on a change is said to go one way."""


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)


def render(template: str, **values: Any) -> str:
    """A template of the folder, filled."""
    return _environment().get_template(template).render(**values)


def cards(p: Picture) -> str:
    """The three headline cards."""
    return render(
        "cards.html", look=p.look, picture=p, enough=p.n >= FEWEST, none=p.change.none,
        change=sentences.headline_change(p), ends=sentences.ends(p), of=sentences.of(p),
        yearly=sentences.a_year(p.yearly, p.look.cases), sure=sentences.sure(p),
    )  # fmt: skip


def rows(base: Runs, plan: Runs, names: Sequence[str]) -> list[dict[str, str]]:
    """Outcomes side by side: medians, paired change, range, and a reading in words."""
    found = []
    n = min(len(base), len(plan))
    for name in names:
        what, a, b = outcome(name), base.values[name][:n], plan.values[name][:n]
        c = change(b, a)
        word, look = reading(c, what)
        found.append({
            "label": what.plain_label or what.label, "better": direction(name),
            "base": middle(a, what), "plan": middle(b, what),
            "change": "–" if c.n == 0 else signed(c.middle, what),
            "range": "–" if c.n == 0 else f"{signed(c.low, what)} to {signed(c.high, what)}",
            "reading": word, "look": look,
        })  # fmt: skip
    return found


def middle(values: Any, what: Outcome) -> str:
    """Median over runs, in words; a dash where nothing is defined."""
    defined = values[np.isfinite(values)]
    return number(float(np.median(defined)), what) if defined.size else "–"


def reading(c: Change, what: Outcome) -> tuple[str, str]:
    """In how many of twenty simulated years the change is for the better, and the look of that word."""
    if c.n == 0:
        return "none to compare with", "none"
    if c.none:
        return "= same", "none"
    if c.n < FEWEST:
        return "counting…", "none"
    if what.is_money or what.better == "none":
        up = int((c.dots > 0).sum())
        if CLEAR > up > 20 - CLEAR:
            return "≈ no clear change", "none"
        return (f"▲ more in {up} of 20" if up >= CLEAR else f"▼ less in {20 - up} of 20"), "none"
    good, bad = c.better(what.better == "lower"), c.worse(what.better == "lower")
    if good >= CLEAR:
        return f"✓ better in {good} of 20", "good"
    if bad >= CLEAR:
        return f"✗ worse in {bad} of 20", "bad"
    return f"? better in {good} of 20", "none"
