"""Mechanism 9, bridging: a trusted worker lends clinicians trust, and clinicians see the role at work.

Trust in clinicians gains in proportion to trust in the worker times the credibility that clinicians give the role.
Both sides move. Sources: Lennox 2021 (core theme), Scannell 2021, Collins 2019. Off: visits move neither side.
"""

from __future__ import annotations

from simulation.bounded import gain
from simulation.kernel import kernel


@kernel
def bridge(w, i, u):
    """One visit to person `i` on unit `u`."""
    if not w.switches[0]["bridging"]:
        return
    p = w.patients[i]
    unit = w.units[u]
    p["trust"] = gain(p["trust"], w.parameters[0]["bridging.gain"] * p["peer_trust"] * unit["credibility"])
    unit["visits"] += 1
