"""Turnover of the population: people join, age, move away, or stop for good; deaths are in `after_discharge`.

Arrivals are exogenous: how many join a hospital's population on a day, and who they are, is drawn from keys that no
scenario changes, so that the same newcomers come in every plan. They are as many as leave the balanced population of
usual care (`simulation/equilibrium.py`). Sources: Kimber 2010 (10.1136/bmj.c3172: lasting exit from use), Vancouver
1996 to 2005 (PMID 18427970: moves). Off: nobody joins or leaves, except by death.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.kernel import kernel
from simulation.state import LEAVE, MOVES, STOPS


@kernel
def hazards(w, i):
    """Hazards a year of moving away and of stopping for good."""
    P = w.parameters[0]
    p = w.patients[i]
    moves = P["turnover.moves"] * math.exp(
        P["turnover.moves_in_care"] * p["in_care"] + P["turnover.moves_unhoused"] * p["unhoused"]
    )
    return moves, P["turnover.stops"]


@kernel
def set_hazard(w, i):
    """Hazard of leaving the population alive."""
    c = w.clocks[i, LEAVE]
    c["rate"] = 0.0
    c["bump"] = 0.0
    c["fade"] = 0.0
    if w.switches[0]["turnover"]:
        moves, stops = hazards(w, i)
        c["rate"] = (moves + stops) / 365.0


@kernel
def way_out(w, i):
    """Why person `i` leaves: MOVES or STOPS, in proportion to the hazards."""
    moves, stops = hazards(w, i)
    u = draws.uniform(w.levers[0]["key"], draws.WAY_OUT, i, 0, 0, 0)
    return MOVES if u * (moves + stops) < moves else STOPS
