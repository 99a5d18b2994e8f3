"""The report of an explanation: one HTML file that needs nothing else."""

from __future__ import annotations

import math
from pathlib import Path

from experiments.comparisons.terminal import parameters_sentence, standing
from experiments.explanation import terminal as words
from experiments.explanation.chain import chain, people
from experiments.explanation.pairs import HAPPENS
from experiments.explanation.result import SHOWN, Explanation, Split
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import figures, wording
from experiments.reporting import page as pages
from experiments.reporting.page import Figure
from experiments.statistics.estimates import Estimate
from experiments.studies.analysis.results import read_study
from experiments.studies.report.page import provenance
from experiments.support.atomic_files import write_text

TOTAL = "together"
"""Series of the whole difference in a picture."""


def write_report(why: Explanation, path: Path) -> None:
    """Write the report of an explanation that is in a folder.

    Raises:
        OSError: The folder cannot be written.
    """
    write_text(path, render(why))


def render(why: Explanation) -> str:
    """The report as HTML; the same explanation gives the same bytes."""
    splits = [split for name in SHOWN if (split := why.split(name)).replications]
    folder = why.comparison.folder
    used = pages.parameters_used(
        (why.breakdown.before, why.breakdown.after), why.comparison.draws.names if why.comparison.draws else ()
    )
    return pages.page("explanation.html.j2", {
        "why": why,
        "opening": words.opening(why),
        "answers": [answer(why, split) for split in splits],
        "pictures": [picture(why, split) for split in splits],
        "missing": [words.not_defined(split) for name in SHOWN if not (split := why.split(name)).replications],
        "chain": [
            (f"{'→ ' if i else ''}{link.title}", [[c.label, *words.counter_cells(c)] for c in link.counters])
            for i, link in enumerate(chain(why))
        ],
        "people": [
            [f"{HAPPENS[p.what][0]}: {p.group}", f"{p.number:,.0f}", words.count(p.better), words.count(p.worse),
             words.count(p.net, sign=True), _per_1000(p.per_1000(p.net))]
            for p in people(why)
        ],
        "lives": [
            (f"Person {p.person}, day {p.day}: {p.why}",
             [(why.before, words.moments(p.before, p.day)), (why.after, words.moments(p.after, p.day))])
            for p in why.lives
        ],
        "caution": words.CAUTION,
        "unlike": why.comparison.unlike,
        "parameters_used": parameters_sentence(why.comparison),
        "fitted": why.comparison.draws is not None,
        "standing": standing(why.comparison),
        "provenance": provenance(read_study(folder)) if folder is not None else [],
    }, used)  # fmt: skip


def answer(why: Explanation, split: Split) -> str:
    """What makes the difference of one outcome, in a sentence made from the numbers."""
    outcome = OUTCOMES[split.outcome]
    head = f"{wording.capital(outcome.label)}: {wording.finding(split.total)}"
    clear = words.clear_parts(split)
    if split.total.reading == "same":
        return f"{head}."
    if not clear:
        return f"{head}. No part's share of it is clear."
    parts = [f"{p.part.label[0].lower()}{p.part.label[1:]} ({wording.amount(p.effect)})" for p in clear[:3]]
    return f"{head}. Clear parts of it: {'; '.join(parts)}."


def picture(why: Explanation, split: Split) -> Figure:
    """Parts of one outcome as dots with intervals, the whole difference below."""
    outcome = OUTCOMES[split.outcome]
    factor = 100.0 if outcome.is_share else 0.001 if outcome.is_money else 1.0
    order = [TOTAL, "part"]
    unit = "1,000 US$ of 2022 a year" if outcome.is_money else words.unit(split.outcome)
    rows = [figures.Row(p.part.label, {"part": _times(p.effect.difference, factor)}) for p in split.parts]
    rows.append(figures.Row("All together", {TOTAL: _times(split.total.difference, factor)}))
    body = [[p.part.label, *words.cells(p.effect)] for p in split.parts]
    body.append(["together, as compare prints it", *words.cells(split.total)])
    title = f"{wording.capital(outcome.label)}: {wording.amount(split.total)}"
    text = (
        f"What each part adds to the difference of {why.after} from {why.before}, with 95 % intervals; parts sum "
        "to the whole, which is the last row."
    )
    drawn = figures.differences(title, text, rows, order, f"difference from {why.before}, {unit}")
    head = ["part", f"adds, {unit}", "mark", "9 of 10 draws"]
    return Figure(f"split-{split.outcome.replace('_', '-')}", title, text, [drawn], head, body)


def _times(e: Estimate, factor: float) -> Estimate:
    return Estimate(e.n, e.mean * factor, e.low * factor, e.high * factor, e.sd * factor)


def _per_1000(x: float) -> str:
    return "" if math.isnan(x) else f"{x:+,.1f}".replace("-", wording.MINUS)
