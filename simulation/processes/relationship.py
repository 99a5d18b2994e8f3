"""Relationship: visits and contacts build trust in the worker.

Skill, lived experience, autonomy (a worker who must report use is trusted less) and the worker's own state decide how
much. With lived experience trust begins faster, and ends at the same level (Sells 2006, 10.1176/ps.2006.57.8.1179).
Tired workers and very long lists make work worse. Sources: Lennox 2021 (shared experience, intrinsic qualities), OMNI
guide (recommendation 3). Off: no trust in the worker arises.
"""

from __future__ import annotations

import math

from simulation.bounded import gain
from simulation.kernel import kernel


@kernel
def quality(w, j):
    """Quality of worker `j`'s work today (0 to 1): burnout takes patience and judgement, a very long list attention."""
    P = w.parameters[0]
    x = w.workers[j]
    over = max(0.0, x["caseload"] / P["well_being.norm"] - 1.0)
    return max(0.0, 1.0 - P["relationship.burnout"] * x["burnout"]) / (1.0 + P["relationship.list"] * over)


@kernel
def credibility(w, j):
    """Credibility of worker `j` with clinicians, as a ratio to that of the role."""
    return math.exp(w.parameters[0]["lived_experience.credibility"]) if w.workers[j]["lived_experience"] else 1.0


@kernel
def vouched(w, i):
    """Trust of person `i` in their worker, as far as it opens them up."""
    p = w.patients[i]
    if p["worker"] >= 0 and w.workers[p["worker"]]["lived_experience"]:
        return p["peer_trust"] * math.exp(w.parameters[0]["lived_experience.disclosure"])
    return p["peer_trust"]


@kernel
def strengthen(w, i, j, base):
    """Trust of person `i` in worker `j` after a meeting whose full gain is `base`."""
    if not w.switches[0]["relationship"]:
        return
    P = w.parameters[0]
    p = w.patients[i]
    x = w.workers[j]
    g = base * x["skill"] * x["quality"]
    g *= 1.0 - P["relationship.reporting"] * (1.0 - w.levers[0]["autonomy"])
    if x["lived_experience"]:
        g *= math.exp(P["lived_experience.pace"] * (1.0 - p["peer_trust"]))
    p["peer_trust"] = gain(p["peer_trust"], min(g, 1.0))
