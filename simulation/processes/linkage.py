"""Linkage and care: first attended visit, then retention with drop-out.

Reads the discharge plan, trust, treatment begun in hospital, contact and propensity to engage; writes the CARE clock.
Sources: Englander 2019 (10.1007/s11606-019-05251-9), Fairley 2021 (drop-out). Off: nobody enters or leaves care.
"""

from __future__ import annotations

import math

from simulation import trial_arms
from simulation.kernel import kernel
from simulation.state import CARE


@kernel
def set_hazard(w, i):
    """Hazard of a first visit (out of care) or of drop-out (in care)."""
    P = w.parameters[0]
    p = w.patients[i]
    c = w.clocks[i, CARE]
    c["rate"] = 0.0
    c["bump"] = 0.0
    c["fade"] = 0.0
    if not w.switches[0]["linkage"]:
        return
    if p["in_care"]:
        c["rate"] = P["linkage.drop_out"] / 365.0
        if p["benefit"] > 0.0:
            c["fade"] = 1.0 - math.exp(P["effect.retention"] * p["benefit"])
        return
    c["rate"] = P["linkage.background"] / 365.0
    if p["window"] > 0.0:
        after_stay = P["linkage.rate"] * math.exp(
            P["linkage.plan"] * p["plan"]
            + P["linkage.trust"] * (p["trust"] - 0.5)
            + P["linkage.treated"] * p["medicated"]
            + P["path.along"] * p["benefit"]
            + P["linkage.engagement"] * p["engage_propensity"]
        )
        if p["trial"]:
            a = trial_arms.arm(w, i)
            after_stay *= a["linkage_ratio"] * math.exp(a["incentive_care"] * P["linkage.incentive"])
        c["bump"] = after_stay * p["window"] / c["rate"]
