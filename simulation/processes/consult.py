"""Consult team and social work of usual care: who stands out is seen, tells of their use and is offered treatment.

Reads visible need; writes the stay. Fewer than half of the orders are followed by a consult (capacity, discharge
first). Sources: INREACH (odds of a consult), University of Minnesota 2016 to 2021 (ordered 37.5 %, seen 16.5 % of
stays); social work: no number found. Off: neither exists.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.kernel import kernel
from simulation.state import CONSULTED, COVER, HOUSING, NOT_CONSULTED, ORDERED, TRANSPORT, TREATMENT_BED


@kernel
def arrive(w, i, s):
    """A new stay: nobody has come yet; social work may, on its first day. Returns the barriers that it resolves."""
    s["consult"] = NOT_CONSULTED
    s["social_work"] = 0
    if not w.switches[0]["consult"]:
        return 0
    P = w.parameters[0]
    key = w.levers[0]["key"]
    a, b = draws.uniform_pair(key, draws.CONSULT_TEAM, i, s["ordinal"], 0, 0)
    s["left_consult"] = -math.log(a)
    if b >= P["consult.social_work"]:
        return 0
    s["social_work"] = 1
    resolved = 0
    helped = draws.uniform_four(key, draws.CONSULT_TEAM, i, s["ordinal"], 0, 1)
    for index, bit in enumerate((HOUSING, COVER, TRANSPORT, TREATMENT_BED)):
        if s["barriers"] & bit and helped[index] < P["consult.social_help"]:
            s["barriers"] -= bit
            resolved += 1
    return resolved


@kernel
def is_open(s):
    """Whether the team has neither come nor been asked to."""
    return s["consult"] == NOT_CONSULTED


@kernel
def sees(w, i, s, day_of_stay, need):
    """Whether the consult team sees person `i` today; `need` is visible need, in log odds."""
    P = w.parameters[0]
    s["left_consult"] -= P["consult.rate"] * math.exp(min(need, 3.0) - day_of_stay / P["consult.days"])
    if s["left_consult"] > 0.0:
        return False
    s["consult"] = ORDERED
    if draws.uniform(w.levers[0]["key"], draws.CONSULT_TEAM, i, s["ordinal"], 0, 2) >= P["consult.seen"]:
        return False
    s["consult"] = CONSULTED
    return True
