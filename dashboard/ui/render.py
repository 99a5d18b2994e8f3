"""Jinja templates (`templates/*.html`), which escape what they show, and tables of outcomes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from dashboard.catalogue.evidence import EVIDENCE, STUDIES, put_in
from dashboard.catalogue.headline_outcomes import direction, outcome
from dashboard.compute.paired_summary import FEWEST, Figure, compare_plans
from dashboard.compute.worker import Runs
from dashboard.ui import drawings, sentences
from experiments.outcomes.difference import Difference
from experiments.reporting.wording import NOT_DEFINED, difference, mark, number, unknown
from experiments.uncertainty.draws import ParameterDraws

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


@dataclass(frozen=True, slots=True)
class Badges:
    """What an answer rests on, in three short words each with its reason.

    Attributes:
        direction: "direction assumed" or "direction found".
        size: How well the size is known.
        studies: Which studies there are.
        why: The reasons, with links to the studies.
    """

    direction: str
    size: str
    studies: str
    why: Markup


def badges(d: Difference, draws: ParameterDraws) -> Badges:
    """What one answer rests on; `draws` are those that its runs used."""
    known = EVIDENCE[d.outcome]
    if d.reading in ("same", "not defined"):
        size, of_size = "no size", "Nothing differs, or there is nothing to compare with."
    elif not d.clear:
        size, of_size = "size open", "The range holds no change: neither size nor sign is known."
    else:
        ends = sorted(abs(x) for x in ((d.difference.low, d.difference.high) if np.isnan(d.doubt.low) else
                                       (d.doubt.low, d.doubt.high)))  # fmt: skip
        near = ends[1] <= 2 * ends[0]
        size = "size known" if near else "size rough"
        of_size = f"The range leaves out no change; its ends differ {'at most' if near else 'more than'} twofold."
    rests = (
        "The numbers here are the prior alone: nothing has been fitted yet." if draws.kind == "prior"
        else "The numbers here are of draws fitted to published numbers."
    )  # fmt: skip
    why = linked(f"{put_in(d.outcome, draws.profile)} {of_size} {rests} Studies: {known.text}")
    direction = "direction assumed" if known.assumption else "direction found"
    return Badges(direction, size, STUDIES[known.study], why)


def hero(p: Figure, plan: str, draws: ParameterDraws) -> str:
    """The first thing on the page: the answer in a sentence, what it rests on, and its picture."""
    enough = p.n >= FEWEST
    said = sentences.headline(p, plan, enough)
    shown = enough and not p.same and not p.undefined
    drawn = ""
    if shown:
        low, high = (x * p.out_of / 100 for x in sentences.ends(p))
        scale = p.out_of / 100
        drawn = drawings.effect(
            drawings.Effect(
                p.dots * scale, low, p.moved * scale, high, p.base_count, p.out_of, p.look.lower_is_better,
                f"Single {p.kind}: {sentences.counts(p.better, p.worse)}.", sentences.bracket(p),
            ),
            "".join(text for text, _ in said), sentences.picture_caption(p),
        )  # fmt: skip
    return render(
        "hero.html",
        label=p.look.label,
        said=said,
        drawn=drawn,
        range=sentences.range_text(p) if shown else "",
        badges=badges(p.change, draws) if shown else None,
    )


def rows(base: Runs, plan: Runs, names: Sequence[str], draws: ParameterDraws) -> list[dict[str, Any]]:
    """Outcomes side by side: means, paired change with its interval, range over draws, verdict, what it rests on."""
    found = []
    for name in names:
        what, d = outcome(name), compare_plans(name, base, plan)
        found.append({
            "label": what.plain_label or what.label, "better": direction(name),
            "base": number(d.base.mean, what), "plan": number(d.plan.mean, what), **change(d, len(plan)),
            "badges": badges(d, draws),
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
