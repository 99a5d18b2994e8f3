"""Bridging: a trusted worker lends clinicians trust, and clinicians see the role at work.

Trust in clinicians gains in proportion to trust in the worker times the credibility that clinicians give the role. Both
sides move, and either may lose. Sources: Lennox 2021 (core theme), Scannell 2021, Collins 2019. Off: visits move
neither side.
"""

from __future__ import annotations

from simulation.bounded import gain, loss
from simulation.kernel import kernel


@kernel
def bridge(w, i, u, credibility, quality):
    """One visit to person `i` on unit `u` by a worker of this credibility (ratio to the role's) and quality."""
    if not w.switches[0]["bridging"]:
        return
    p = w.patients[i]
    unit = w.units[u]
    step = w.parameters[0]["path.trust"] * p["peer_trust"] * min(unit["credibility"] * credibility, 1.0) * quality
    if step >= 0.0:
        p["trust"] = gain(p["trust"], step)
    else:
        p["trust"] = loss(p["trust"], -step)
    unit["visits"] += 1
