"""Which pictures a study gets, by its design."""

from __future__ import annotations

from experiments.reporting.page import Figure
from experiments.studies.analysis.findings import Findings
from experiments.studies.report.factor_figures import assumptions, screening, tornado
from experiments.studies.report.lever_figures import lines, lines_together, one_by_one, response, side_by_side, surface
from experiments.studies.report.plan_figures import dots, futures, incidence, trade_offs

BURNOUT = "peer_high_burnout"


def headline(found: Findings) -> str:
    """The finding of the study in a line: the title of its first picture, or what the lever that does most does."""
    draw = {"morris": screening, "one-at-a-time": tornado}.get(found.kind)
    picture = draw(found, found.lead[0]) if draw else None
    return picture.title if picture else found.headline()


def pictures(found: Findings) -> list[Figure]:
    """The pictures that fit the design, the most telling first."""
    lead = found.lead[:2]
    made: list[Figure | None]
    if found.kind == "morris":
        made = [screening(found, outcome) for outcome in lead]
    elif found.kind == "one-at-a-time":
        made = [tornado(found, outcome) for outcome in lead]
    elif found.kind == "list" or not found.plans.levers:
        made = [dots(found, outcome) for outcome in lead]
    elif len(found.plans.levers) == 1:
        made = [response(found)]
    else:
        made = [*(surface(found, outcome) for outcome in lead), side_by_side(found)]
        made += _lines(found, [*lead, *([BURNOUT] if BURNOUT in found.weighed and BURNOUT not in lead else [])])
    made += [trade_offs(found), incidence(found)]
    if found.futures > 1:
        made += [futures(found), assumptions(found)]
    return [picture for picture in made if picture]


def _lines(found: Findings, outcomes: list[str]) -> list[Figure | None]:
    """Outcomes that hang on two levers share a picture; where a third matters it gets panels of its own."""
    if _many(found):
        return [one_by_one(found, outcome) for outcome in outcomes]
    third = [name for name in outcomes if _third_matters(found, name)]
    rest = [name for name in outcomes if name not in third]
    return [*([lines_together(found, rest)] if rest else []), *(lines(found, name) for name in third)]


def _many(found: Findings) -> bool:
    """Whether levers are too many, or too scattered, for a line at each level."""
    return len(found.plans.levers) > 3 or any(lever.binned for lever in found.plans.levers)


def _third_matters(found: Findings, outcome: str) -> bool:
    return any(e.clear and not found.small(e, outcome) for e in found.effects(outcome)[2:])


def more(found: Findings) -> list[Figure]:
    """What is folded: heat maps of the other outcomes that lead, and lines with a panel for each level of the third."""
    if found.kind in ("morris", "one-at-a-time", "list") or len(found.plans.levers) < 2:
        return []
    made = [surface(found, name) for name in found.outcomes if name not in found.lead[:2]]
    if len(found.plans.levers) == 3 and not _many(found):
        made += [lines(found, name) for name in found.lead[:2] if not _third_matters(found, name)]
    return [picture for picture in made if picture]
