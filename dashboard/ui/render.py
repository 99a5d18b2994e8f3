"""Jinja templates (`templates/*.html`), which escape what they show, and tables of outcomes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from dashboard.catalogue.headline_outcomes import direction, outcome
from dashboard.compute.paired_summary import FEWEST, Figure, compare_plans
from dashboard.compute.worker import Runs
from dashboard.ui import sentences
from experiments.outcomes.difference import Difference
from experiments.reporting.wording import NOT_DEFINED, difference, mark, number, unknown

LOOK = {"better": "good", "worse": "bad"}
"""Reading to its look in the style sheet."""


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)


def render(template: str, **values: Any) -> str:
    """A template of the folder, filled."""
    return _environment().get_template(template).render(**values)


_DOI = re.compile(r"(10\.\d{4,9}/[^\s,;:)]*[^\s,;:).])")


def linked(text: str) -> Markup:
    """A text whose DOIs are links."""
    parts = _DOI.split(text)
    link = Markup('<a class="doi" href="https://doi.org/{0}" rel="noreferrer">{0}</a>')
    return Markup("").join(link.format(part) if i % 2 else part for i, part in enumerate(parts))


def cards(p: Figure) -> str:
    """The three headline cards."""
    return render(
        "cards.html", look=p.look, picture=p, enough=p.n >= FEWEST, same=p.same or p.undefined,
        change=sentences.headline_change(p) if p.n >= FEWEST or p.same else "…", spread=sentences.spread(p.change),
        of=sentences.of(p), yearly=sentences.a_year(p), sure=sentences.sure(p),
    )  # fmt: skip


def rows(base: Runs, plan: Runs, names: Sequence[str]) -> list[dict[str, str]]:
    """Outcomes side by side: means, paired change with its interval, range over draws, and the verdict."""
    found = []
    for name in names:
        what, d = outcome(name), compare_plans(name, base, plan)
        found.append({
            "label": what.plain_label or what.label, "better": direction(name),
            "base": number(d.base.mean, what), "plan": number(d.plan.mean, what), **change(d, len(plan)),
        })  # fmt: skip
    return found


def change(d: Difference, runs: int) -> dict[str, str]:
    """A change in words: mean, interval, nine of ten draws, verdict, and its look."""
    what = outcome(d.outcome)
    word, look = verdict(d, runs)
    if d.reading in ("same", "not defined"):
        return {
            "change": "" if d.reading == "same" else NOT_DEFINED,
            "interval": "",
            "drawn": "",
            "reading": word,
            "look": look,
        }
    mean, _, spread = difference(d.difference, what).partition(" (")
    return {"change": mean, "interval": spread.rstrip(")"), "drawn": unknown(d), "reading": word, "look": look}


def verdict(d: Difference, runs: int) -> tuple[str, str]:
    """The verdict of `read_difference`, marked as in every report, and its look."""
    if d.reading == "not defined":
        return "none to compare with", "none"
    if runs < FEWEST and d.reading != "same":
        return "counting…", "none"
    look = "none" if outcome(d.outcome).is_money else LOOK.get(d.reading, "none")
    return mark(d.reading, outcome(d.outcome), d.difference), look
