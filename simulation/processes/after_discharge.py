"""Mechanism 16, after discharge: return to use, overdose and death in the community.

Reads use, care, frailty, the benefit of contact and the time since discharge; writes the OVERDOSE, DEATH and USE
clocks. Sources: Fairley 2021 (PMC8014209), Staples 2024 (10.1002/jhm.13510), King 2021
(10.1097/ADM.0000000000000915). Readmission and ED return follow from acute need and overdose. Off: none of the three
happens outside hospital.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.kernel import kernel
from simulation.state import DEATH, OVERDOSE, PLANNED, USE


@kernel
def frailty_death(w, i):
    """Frailty as it acts on death from other causes, as a ratio."""
    return math.exp(w.parameters[0]["after_discharge.death_frailty"] * math.log(w.patients[i]["frailty"]))


@kernel
def set_hazards(w, i):
    """Hazards of overdose, of death from other causes and of return to use."""
    P = w.parameters[0]
    p = w.patients[i]
    overdose = w.clocks[i, OVERDOSE]
    death = w.clocks[i, DEATH]
    use = w.clocks[i, USE]
    overdose["rate"] = 0.0
    death["rate"] = 0.0
    use["rate"] = 0.0
    if not w.switches[0]["after_discharge"]:
        return
    yearly = P["after_discharge.overdose_in"] if p["in_care"] else P["after_discharge.overdose_out"]
    if not p["using"]:
        yearly *= P["after_discharge.abstinent"]
    overdose["rate"] = yearly / 365.0
    overdose["bump"] = p["surge"]
    overdose["fade"] = P["after_discharge.protection"] * p["benefit"]
    yearly = P["after_discharge.death_in"] if p["in_care"] else P["after_discharge.death_out"]
    death["rate"] = yearly / 365.0 * p["frailty_death"]
    death["bump"] = p["frail_surge"]
    death["fade"] = 0.0
    if not p["using"]:
        use["rate"] = P["after_discharge.return_to_use"]
        if p["in_care"]:
            use["rate"] *= math.exp(P["after_discharge.return_in_care"])
        use["bump"] = 0.0
        use["fade"] = P["after_discharge.return_contact"] * p["benefit"]


@kernel
def leave_hospital(w, i, discharge_type):
    """The surge of risk after a stay begins, larger after an early departure."""
    P = w.parameters[0]
    p = w.patients[i]
    if not w.switches[0]["after_discharge"]:
        return
    p["surge"] = P["after_discharge.surge_planned"] if discharge_type == PLANNED else P["after_discharge.surge_early"]
    p["frail_surge"] = P["after_discharge.death_surge"]


@kernel
def stop_using(w, i, episode, index):
    """A person whose distress was treated, or who enters care, may not be using any more."""
    p = w.patients[i]
    if w.switches[0]["after_discharge"] and p["using"]:
        u = draws.uniform(w.levers[0]["key"], draws.RECOVERY, i, episode, p["returns"], index)
        if u < w.parameters[0]["after_discharge.stopped"]:
            p["using"] = 0


@kernel
def survives_overdose(w, i):
    """One overdose: returns (survived, taken to the emergency department)."""
    P = w.parameters[0]
    p = w.patients[i]
    p["overdoses"] += 1
    survive, transport = draws.uniform_pair(w.levers[0]["key"], draws.OVERDOSE, i, p["overdoses"], 0, 0)
    return survive < P["after_discharge.overdose_survival"], transport < P["after_discharge.overdose_ed"]
