"""Encounters: people in hospital meet clinicians; trust and experienced stigma move.

Reads clinicians' stigma and burnout, load and distress; writes trust and experienced stigma, and counts for clinicians.
Sources: Lennox 2021, Scannell 2021, OMNI guide; sign of trust on early departure: Haywood 2010. Off: nothing moves.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.bounded import gain, loss
from simulation.kernel import kernel


@kernel
def pick(w, u, nurse, draw):
    """Row of the clinician met on unit `u`, for a uniform draw."""
    unit = w.units[u]
    if nurse:
        return unit["first_nurse"] + min(int(draw * unit["nurses"]), unit["nurses"] - 1)
    return unit["first_physician"] + min(int(draw * unit["physicians"]), unit["physicians"] - 1)


@kernel
def meet(w, i, s, u, day_of_stay, variant, softening):
    """All encounters of one day; returns how many enacted stigma.

    `softening` (-1 to 1) is the share of enacted stigma that advocacy avoids today; `variant` sets a visit without
    admission apart from a stay.
    """
    P = w.parameters[0]
    key = w.levers[0]["key"]
    p = w.patients[i]
    unit = w.units[u]
    episode = p["ed_visits"] if variant else s["ordinal"]
    more_nurse, more_physician, next_who, next_how = draws.uniform_four(
        key, draws.ENCOUNTER, i, episode, day_of_stay, variant
    )
    nurses = int(P["encounters.nurse"] + more_nurse)
    physicians = int(P["encounters.physician"] + more_physician)
    enacted_today = 0
    for n in range(nurses + physicians):
        who, how = next_who, next_how
        if n % 2 == 1:  # a draw of four serves two encounters; the first goes with the numbers
            who, how, next_who, next_how = draws.uniform_four(
                key, draws.ENCOUNTER, i, episode, day_of_stay, 1 + n + variant
            )
        c = w.clinicians[pick(w, u, n < nurses, who)]
        enacted = (
            (1.0 - softening)
            * P["encounters.enacted"]
            * math.exp(
                P["encounters.clinician_stigma"] * (c["stigma"] - 0.4)
                + P["encounters.burnout"] * c["burnout"]
                + P["encounters.load"] * unit["load"]
            )
        )
        if how < min(enacted, 0.9):
            p["trust"] = loss(p["trust"], P["encounters.trust_loss"])
            p["stigma"] = gain(p["stigma"], P["encounters.stigma_gain"])
            enacted_today += 1
        elif how > 1.0 - P["encounters.good"] * (1.0 - c["stigma"]):
            p["trust"] = gain(p["trust"], P["encounters.trust_gain"])
            p["stigma"] = loss(p["stigma"], P["encounters.stigma_loss"])
            c["good"] += 1
    return enacted_today


@kernel
def conflict(w, i, s, u, day_of_stay, softening):
    """A conflict over unit rules: returns (0 none, 1 a compromise or 2 a conflict; row of the clinician).

    `softening` (-1 to 1): the share of conflicts that a worker turns into compromises; below zero, conflicts are added.
    """
    P = w.parameters[0]
    p = w.patients[i]
    who, whether = draws.uniform_pair(w.levers[0]["key"], draws.CONFLICT, i, s["ordinal"], day_of_stay, 0)
    chance = P["encounters.conflict"] * math.exp(P["encounters.conflict_distress"] * p["distress"])
    chance = min(chance, 0.9)
    arises = min(chance * (1.0 - min(softening, 0.0)), 0.9)
    if whether >= arises:
        return 0, -1
    kind = 1 if whether >= chance * (1.0 - max(softening, 0.0)) and whether < chance else 2
    unit = w.units[u]
    ratio = P["clinicians_change.nurse_conflict"] * unit["nurses"]
    nurse_share = ratio / (ratio + unit["physicians"])
    if who < nurse_share:
        return kind, pick(w, u, True, who / nurse_share)
    return kind, pick(w, u, False, (who - nurse_share) / (1.0 - nurse_share))


@kernel
def conflict_harms(w, i, s, clinician):
    """A conflict without compromise lowers trust, raises experienced stigma and strains the clinician."""
    p = w.patients[i]
    harm = w.parameters[0]["encounters.conflict_harm"]
    p["trust"] = loss(p["trust"], harm)
    p["stigma"] = gain(p["stigma"], harm)
    s["conflicts"] += 1
    w.clinicians[clinician]["conflicts"] += 1
