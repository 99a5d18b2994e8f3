"""Which pictures a study gets, by its design."""

from __future__ import annotations

from experiments.factor_pictures import assumptions, screening, tornado
from experiments.lever_pictures import lines, lines_together, one_by_one, response, side_by_side, surface
from experiments.pages import Picture
from experiments.plan_pictures import dots, futures, incidence, trade_offs
from experiments.study_findings import Findings

BURNOUT = "peer_high_burnout"


def headline(found: Findings) -> str:
    """The finding of the study in a line: the title of its first picture, or what the lever that does most does."""
    draw = {"morris": screening, "one-at-a-time": tornado}.get(found.kind)
    picture = draw(found, found.lead[0]) if draw else None
    return picture.title if picture else found.headline()


def pictures(found: Findings) -> list[Picture]:
    """The pictures that fit the design, the most telling first."""
    lead = found.lead[:2]
    made: list[Picture | None]
    if found.kind == "morris":
        made = [screening(found, outcome) for outcome in lead]
    elif found.kind == "one-at-a-time":
        made = [tornado(found, outcome) for outcome in lead]
    elif found.kind == "list" or not found.plans.levers:
        made = [dots(found, outcome) for outcome in lead]
    elif len(found.plans.levers) == 1:
        made = [response(found)]
    else:
        scattered = any(lever.binned for lever in found.plans.levers)
        many = scattered or len(found.plans.levers) > 3
        lined = [*lead, *([BURNOUT] if BURNOUT in found.weighed and BURNOUT not in lead else [])]
        made = [surface(found, outcome) for outcome in lead]
        made.append(side_by_side(found))
        if len(found.plans.levers) == 2 and not scattered:
            made.append(lines_together(found, lined))
        else:
            made += [one_by_one(found, outcome) if many else lines(found, outcome) for outcome in lined]
    made += [trade_offs(found), incidence(found)]
    if found.futures > 1:
        made += [futures(found), assumptions(found)]
    return [picture for picture in made if picture]


def more_surfaces(found: Findings) -> list[Picture]:
    """Heat maps of the other outcomes that lead."""
    if found.kind in ("morris", "one-at-a-time", "list") or len(found.plans.levers) < 2:
        return []
    rest = [name for name in found.outcomes if name not in found.lead[:2]]
    return [picture for picture in (surface(found, name) for name in rest) if picture]
