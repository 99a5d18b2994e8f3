"""Acute need: illness arrives at home by frailty, housing, stability, care, use and residual illness.

Reads housing, stability, use, care, residual illness and the dose of contact; writes the NEED clock, treatment need and
residual illness. A light need that arises in care or in contact can be settled outside hospital. Frailty is log-normal,
so repeated users of the hospital emerge. Sources: Lennox 2021 (background); readmission and housing
(10.1097/ADM.0000000000000499, 10.1007/s11606-020-06029-0). Off: the same constant hazard for everybody.
"""

from __future__ import annotations

import math

from simulation import draws, trial_arms
from simulation.bounded import clip
from simulation.kernel import kernel
from simulation.state import NEED


@kernel
def proneness(w, i):
    """What is lasting in a person's hazard of acute need, as a ratio: frailty, injecting."""
    p = w.patients[i]
    return p["frailty"] * math.exp(w.parameters[0]["acute_need.injecting"] * p["injecting"])


@kernel
def set_onset(w, i, steadiness):
    """Hazard of the next acute need of person `i`, who is well."""
    P = w.parameters[0]
    p = w.patients[i]
    c = w.clocks[i, NEED]
    c["rate"] = P["acute_need.rate"] / 365.0
    c["bump"] = 0.0
    c["fade"] = 0.0
    if w.switches[0]["acute_need"]:
        slope = P["stability.need"] if w.switches[0]["stability"] else 0.0
        c["rate"] *= p["proneness"] * math.exp(
            P["acute_need.unhoused"] * p["unhoused"]
            + P["acute_need.in_care"] * p["in_care"]
            + P["acute_need.using"] * p["using"]
            - slope * steadiness
            - 0.5 * slope * slope
        )
        if p["trial"]:
            c["rate"] *= trial_arms.arm(w, i)["need_ratio"]
        c["bump"] = P["acute_need.residual"] * p["residual"]
        if p["benefit"] > 0.0:
            c["fade"] = 1.0 - math.exp(P["path.onset"] * p["benefit"])


@kernel
def begin(w, i, day):
    """A new acute need of person `i`: its treatment need, log-normal in days."""
    P = w.parameters[0]
    p = w.patients[i]
    p["needs"] += 1
    p["need_day"] = day
    z = draws.normal_quantile(draws.uniform(w.levers[0]["key"], draws.NEED, i, p["needs"], 0, 0))
    p["need"] = P["discharge.stay_median"] * math.exp(P["discharge.stay_sd"] * z)
    p["received"] = 0.0
    p["overdosed"] = 0
    p["minor"] = 0


@kernel
def is_settled(w, i):
    """Whether the new need of person `i` is settled outside hospital: a clinic, medication, a bed elsewhere."""
    if not w.switches[0]["acute_need"]:
        return False
    P = w.parameters[0]
    p = w.patients[i]
    elsewhere = P["acute_need.settled_in_care"] * p["in_care"]
    elsewhere = 1.0 - (1.0 - elsewhere) * (1.0 - P["path.settled"] * p["benefit"])
    if elsewhere <= 0.0 or p["need"] > P["discharge.stay_median"] * math.exp(
        P["discharge.stay_sd"] * P["acute_need.settled_limit"]
    ):
        return False
    return draws.uniform(w.levers[0]["key"], draws.SETTLED, i, p["needs"], 0, 0) < elsewhere


@kernel
def residual_after_visit(w, i):
    """A visit to the emergency department without admission leaves at least what a complete stay leaves."""
    if w.switches[0]["acute_need"]:
        p = w.patients[i]
        p["residual"] = max(p["residual"], w.parameters[0]["acute_need.after_stay"])


@kernel
def residual_after_stay(w, i, completed):
    """Residual illness left by a stay: a little after complete treatment, more the less was completed (0 to 1).

    A plan that is better than usual (medication at hand, a way to get there, somewhere to stay) leaves less of it.
    """
    if w.switches[0]["acute_need"]:
        P = w.parameters[0]
        p = w.patients[i]
        base = P["acute_need.after_stay"]
        left = base + (1.0 - base) * (1.0 - completed)
        p["residual"] = clip(left * math.exp(-P["acute_need.plan"] * (p["plan"] - P["discharge.plan_base"])))
