"""Visits to the emergency department without need of a bed: they differ lastingly between people.

Reads frailty, housing and stability; writes the VISIT clock. Sources: Lewer 2020 (10.1111/add.14892: 1.51 visits and
0.41 admissions a person-year), Palepu 2001 (PMID 11531049: spread between people), 10.1007/s11606-020-06029-0
(housing). Off: everybody comes for acute need or overdose alone.
"""

from __future__ import annotations

import math

from simulation.kernel import kernel
from simulation.state import VISIT, WAITING


@kernel
def set_hazard(w, i, steadiness):
    """Hazard of such a visit of person `i`, who is well."""
    P = w.parameters[0]
    p = w.patients[i]
    c = w.clocks[i, VISIT]
    c["rate"] = 0.0
    c["bump"] = 0.0
    c["fade"] = 0.0
    if not w.switches[0]["minor_visits"] or p["place"] == WAITING:
        return
    slope = P["stability.visits"] if w.switches[0]["stability"] else 0.0
    more = P["minor_visits.unhoused"] * (p["unhoused"] - (1.0 - P["population.stable_housing"]))
    c["rate"] = (
        P["minor_visits.rate"]
        / 365.0
        * p["visit_proneness"]
        * math.exp(more - slope * steadiness - 0.5 * slope * slope)
    )


@kernel
def proneness(w, i, normal):
    """What is lasting in such visits, as a ratio; `normal` is a standard normal draw, correlated with frailty."""
    P = w.parameters[0]
    sd = P["minor_visits.spread"]
    r = P["minor_visits.frailty"]
    frailty = 0.0
    if P["population.frailty_sd"] > 0.0:
        frailty = math.log(w.patients[i]["frailty"]) / P["population.frailty_sd"] + 0.5 * P["population.frailty_sd"]
    return math.exp(sd * (r * frailty + math.sqrt(1.0 - r * r) * normal) - 0.5 * sd * sd)
