"""Whole effects of workers, and the paths over which they act.

A whole effect is the log rate ratio of a named outcome at full contact in the reference population: a person of average
traits with average distress and trust, who trusts the worker fully, met daily at the bedside (`VISITS` times), fully
planned with, and fully in touch after discharge, where clinicians give the role full credibility. Shares split it over
paths; what a path cannot carry goes to the path that acts directly, so that the parts always add up to the whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

VISITS = 3
"""Visits of the reference stay."""

MOST = 0.9
"""Largest share of the way to a bound that a path may take."""

FLATTEST = 0.1
"""Slope, a log rate ratio per unit, below which a path carries nothing."""

PATHS: dict[str, str] = {
    "path.company": "log hazard ratio of leaving early on a day with a visit (bedside: direct)",
    "path.trust": "gain of trust in clinicians per visit; below zero: loss (bedside: bridging)",
    "path.relief": "share of distress relieved on a day with a visit; below zero: added (bedside: pain believed)",
    "path.plan": "plan quality added by full planning (planning: the plan)",
    "path.along": "log hazard ratio of a first visit in full contact (planning: going along)",
    "path.onset": "log hazard ratio of acute need in full contact (follow-up: fewer needs)",
    "path.settled": "probability that a light need in full contact is settled outside hospital (follow-up)",
    "path.lift": "standard deviations by which contact that lasts moves stability (follow-up)",
}
"""What kernels read of the whole effects, by name → what it is."""

OUTCOMES: dict[str, str] = {
    "effect.bedside": "patient-initiated discharge, hazard a day",
    "effect.planning": "first visit in care after discharge, hazard a day",
    "effect.follow_up": "acute need treated in hospital, hazard a day",
    "effect.overdose": "overdose outside hospital, hazard a day",
    "effect.retention": "dropping out of care, hazard a day",
    "effect.return_to_use": "return to use, hazard a day",
    "effect.seeking": "seeking care when ill, hazard a day",
}
"""Whole effect → the outcome whose log rate ratio it is."""

WORKER_EFFECTS: tuple[str, ...] = (
    *OUTCOMES,
    "advocacy.softening",
    "barriers.solved",
    "disclosure.vouching",
    "clinicians_change.training_effect",
)
"""Parameters that are 0 where workers, and the training of clinicians that comes with them, change nothing."""


def _over(whole: float, slope: float) -> float:
    """What must be moved so that `whole` is carried at this slope; nothing where the slope is too flat to carry it."""
    return whole / slope if abs(slope) >= FLATTEST else 0.0


def _step(move: float, level: float) -> float:
    """Gain (towards 1) or loss (towards 0, below zero) that moves `level` by `move` in `VISITS` equal steps."""
    room = 1.0 - level if move >= 0.0 else level
    share = min(abs(move), MOST * room) / room
    step = 1.0 - (1.0 - share) ** (1.0 / VISITS)
    return math.copysign(step, move)


def _moved(step: float, level: float) -> float:
    """How far `VISITS` such steps move `level`."""
    room = 1.0 - level if step >= 0.0 else level
    return math.copysign(room * (1.0 - (1.0 - abs(step)) ** VISITS), step)


def paths(values: Mapping[str, float]) -> dict[str, float]:
    """What each path carries, by the names of `PATHS`, from a complete mapping of parameter values."""
    bedside, planning, follow_up = (values[f"effect.{name}"] for name in ("bedside", "planning", "follow_up"))
    trust = _step(
        _over(bedside * values["effect.bedside_trust"], values["discharge.trust"]), values["population.trust_mean"]
    )
    distress = values["disclosure.distress_mean"]
    relief = 0.0
    if 0.0 < distress < 1.0:
        relief = -_step(_over(bedside * values["effect.bedside_distress"], values["discharge.distress"]), distress)
    plan = _over(planning * (1.0 - values["effect.planning_along"]), values["linkage.plan"])
    plan = max(-values["discharge.plan_base"], min(plan, 1.0 - values["discharge.plan_base"]))
    lift = -_over(follow_up * values["effect.follow_up_stability"], values["stability.need"])
    settled = 0.0
    if follow_up < 0.0:
        light = NormalDist().cdf(values["acute_need.settled_limit"])
        wanted = 1.0 - math.exp(follow_up * values["effect.follow_up_settled"])
        settled = min(wanted / max(light, 1e-9), MOST)
    made = {"path.trust": trust, "path.relief": relief, "path.plan": plan, "path.settled": settled, "path.lift": lift}
    parts = _parts(made, values)
    made["path.company"] = bedside - parts["path.trust"] - parts["path.relief"]
    made["path.along"] = planning - parts["path.plan"]
    made["path.onset"] = follow_up - parts["path.settled"] - parts["path.lift"]
    return {name: made[name] for name in PATHS}


def _parts(made: Mapping[str, float], values: Mapping[str, float]) -> dict[str, float]:
    """Log rate ratio that each path but the direct ones carries at full contact."""
    light = NormalDist().cdf(values["acute_need.settled_limit"])
    distress = values["disclosure.distress_mean"]
    return {
        "path.trust": values["discharge.trust"] * _moved(made["path.trust"], values["population.trust_mean"]),
        "path.relief": values["discharge.distress"] * _moved(-made["path.relief"], distress),
        "path.plan": values["linkage.plan"] * made["path.plan"],
        "path.settled": math.log1p(-made["path.settled"] * light),
        "path.lift": -values["stability.need"] * made["path.lift"],
    }


def parts(values: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """The log rate ratio of each whole effect at full contact, by path; the parts of one add up to the whole."""
    made = paths(values)
    part = _parts(made, values) | {name: made[name] for name in ("path.company", "path.along", "path.onset")}
    split = {
        "effect.bedside": ("path.company", "path.trust", "path.relief"),
        "effect.planning": ("path.plan", "path.along"),
        "effect.follow_up": ("path.onset", "path.settled", "path.lift"),
    }
    return {effect: {name: part[name] for name in names} for effect, names in split.items()}
