"""Mechanism 8, relationship: visits and contacts build trust in the worker.

Skill, lived experience, autonomy (a worker who must report use is trusted less) and the worker's own state decide how
much. Sources: Lennox 2021 (shared experience, intrinsic qualities), OMNI guide (recommendation 3). Off: no trust in
the worker arises.
"""

from __future__ import annotations

from simulation.bounded import gain
from simulation.kernel import kernel


@kernel
def strengthen(w, i, j, base):
    """Trust of person `i` in worker `j` after a meeting whose full gain is `base`."""
    if not w.switches[0]["relationship"]:
        return
    P = w.parameters[0]
    p = w.patients[i]
    x = w.workers[j]
    g = base * x["skill"] * (1.0 - P["relationship.burnout"] * x["burnout"])
    g *= 1.0 - P["relationship.reporting"] * (1.0 - w.levers[0]["autonomy"])
    if not x["lived_experience"]:
        g *= 1.0 - P["relationship.lived_experience"]
    p["peer_trust"] = gain(p["peer_trust"], g)
