"""Mechanism 10, advocacy and easing of rules: on days of contact a worker softens stigma and finds compromises.

Source: Lennox 2021 (overcoming barriers, advocacy). Off: a worker at the bedside changes nothing of these.
"""

from __future__ import annotations

from simulation import draws
from simulation.kernel import kernel


@kernel
def softening(w, s, day, credibility):
    """Share of enacted stigma avoided today (0 to 1)."""
    if s["advocated"] != day or not w.switches[0]["advocacy"]:
        return 0.0
    return w.parameters[0]["advocacy.softening"] * credibility


@kernel
def believed(w, s, day, credibility):
    """Share of distress relieved today because pain is believed (0 to 1)."""
    if s["advocated"] != day or not w.switches[0]["advocacy"]:
        return 0.0
    return w.parameters[0]["advocacy.pain_believed"] * credibility


@kernel
def compromise(w, i, s, day, day_of_stay, credibility):
    """Whether a conflict of today ends in a compromise."""
    if s["advocated"] != day or not w.switches[0]["advocacy"]:
        return False
    u = draws.uniform(w.levers[0]["key"], draws.COMPROMISE, i, s["ordinal"], day_of_stay, 0)
    return u < w.parameters[0]["advocacy.compromise"] * credibility
