"""Barriers: housing, cover, transport, a treatment bed; a worker can resolve some, at a cost in minutes.

Open barriers hold up a planned discharge, lower the plan and let cover end a stay (the detox-and-back cycle).
Source: Scannell 2021 (systemic barriers). Off: no barriers.
"""

from __future__ import annotations

from simulation import draws, trial_arms
from simulation.kernel import kernel
from simulation.state import COVER, HOUSING, TRANSPORT, TREATMENT_BED


@kernel
def arise(w, i, s):
    """Barriers of a new stay."""
    s["barriers"] = 0
    if w.switches[0]["barriers"]:
        P = w.parameters[0]
        key = w.levers[0]["key"]
        p = w.patients[i]
        housing, cover = draws.uniform_pair(key, draws.BARRIER, i, s["ordinal"], 0, 0)
        transport, bed = draws.uniform_pair(key, draws.BARRIER, i, s["ordinal"], 0, 1)
        open_barriers = 0
        if p["unhoused"] and housing < P["barriers.housing"]:
            open_barriers += HOUSING
        if p["uncovered"] and cover < P["barriers.cover"]:
            open_barriers += COVER
        if transport < P["barriers.transport"]:
            open_barriers += TRANSPORT
        if bed < P["barriers.treatment_bed"]:
            open_barriers += TREATMENT_BED
        s["barriers"] = open_barriers
    s["barriers_at_start"] = s["barriers"]


@kernel
def count(s):
    """Open barriers of a stay, 0 to 4."""
    n = 0
    for bit in (HOUSING, COVER, TRANSPORT, TREATMENT_BED):
        if s["barriers"] & bit:
            n += 1
    return n


@kernel
def session(w, i, s, day_of_stay, skill):
    """A session of a worker on the first open barrier; returns the barrier resolved, or 0."""
    for bit in (HOUSING, COVER, TRANSPORT, TREATMENT_BED):
        if s["barriers"] & bit:
            u = draws.uniform(w.levers[0]["key"], draws.BARRIER_SOLVED, i, s["ordinal"], day_of_stay, bit)
            if u < w.parameters[0]["barriers.solved"] * skill:
                s["barriers"] -= bit
                return bit
            return 0
    return 0


@kernel
def is_housed(w, i, s):
    """Whether somewhere to stay that was found during this stay becomes stable housing."""
    if not (s["barriers_at_start"] & HOUSING) or s["barriers"] & HOUSING or not w.patients[i]["unhoused"]:
        return False
    u = draws.uniform(w.levers[0]["key"], draws.BARRIER, i, s["ordinal"], 0, 2)
    return u < w.parameters[0]["barriers.lasting"]


@kernel
def hold_up(w, s):
    """Days by which open barriers hold up a planned discharge."""
    return w.parameters[0]["barriers.wait"] * count(s)


@kernel
def plan_penalty(w, s):
    """Plan quality lost to open barriers."""
    return w.parameters[0]["barriers.plan"] * count(s)


@kernel
def practical(w, i):
    """Share of the benefit of a meeting that is help with barriers (rides, forms, reminders) and needs no trust."""
    if not w.switches[0]["barriers"] or not trial_arms.helps(w, i):
        return 0.0
    return w.parameters[0]["barriers.practical"]
