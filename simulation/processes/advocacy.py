"""Advocacy and easing of rules: on days of contact a worker softens stigma, finds compromises, eases distress.

Source: Lennox 2021 (overcoming barriers, advocacy). Off: a worker at the bedside changes
nothing of these.
"""

from __future__ import annotations

from simulation.kernel import kernel


@kernel
def weight(w, s, day, credibility):
    """What a worker's word counts for today (0 to 1): credibility with clinicians and the quality of the work."""
    if s["advocated"] != day or not w.switches[0]["advocacy"]:
        return 0.0
    return min(credibility * s["credibility"], 1.0) * s["quality"]


@kernel
def softening(w, s, day, credibility):
    """Share of enacted stigma and of conflict avoided today (-1 to 1; below zero: added)."""
    return w.parameters[0]["advocacy.softening"] * weight(w, s, day, credibility)


@kernel
def believed(w, s, day, credibility):
    """Share of distress relieved today because pain is believed (-1 to 1; below zero: added)."""
    return w.parameters[0]["path.relief"] * weight(w, s, day, credibility)


@kernel
def company(w, i, s, day):
    """Log hazard ratio of leaving early today, with a trusted worker for company."""
    if s["advocated"] != day or not w.switches[0]["advocacy"]:
        return 0.0
    return w.parameters[0]["path.company"] * w.patients[i]["peer_trust"] * s["quality"]
