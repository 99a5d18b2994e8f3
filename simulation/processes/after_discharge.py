"""After discharge: pauses in use and returns to it, overdose and death in the community, and overdose in hospital.

Reads use, care, age, sex, frailty, stability, the dose of contact, and the time since discharge and since the last
overdose; writes the OVERDOSE, DEATH and USE clocks. People differ lastingly in overdose. Its risk after discharge falls
in steps of more than one length (days 1 and 2, to day 14); other deaths go with background mortality by age and sex.
Sources: Fairley 2021 (PMC8014209), Lewer 2021 (10.1371/journal.pmed.1003759), Staples 2024 (10.1002/jhm.13510), Hood
2023 (10.1016/j.drugalcdep.2023.111009), King 2021 (10.1097/ADM.0000000000000915), US life table 2022. Readmission and
ED return follow from acute need and overdose. Off: none of the three happens.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.kernel import kernel
from simulation.state import DEATH, OVERDOSE, PLANNED, USE

DAYS_FIRST, DAYS_SOON, DAYS_AFTER_OVERDOSE = 2, 14, 30
"""Last day of the first step after discharge, of the second, and of the step after an overdose."""

REFERENCE_MORTALITY = 0.00315
"""Background deaths a year at age 44.2, mean of men and women (US life table 2022): where excess death is measured."""


@kernel
def frailty_death(w, i):
    """Frailty as it acts on death from other causes, as a ratio."""
    return math.exp(w.parameters[0]["after_discharge.death_frailty"] * math.log(w.patients[i]["frailty"]))


@kernel
def proneness(w, normal):
    """What is lasting in overdose, as a ratio, for a standard normal draw."""
    sd = w.parameters[0]["after_discharge.overdose_spread"]
    return math.exp(sd * normal - 0.5 * sd * sd)


@kernel
def usual_mix(w):
    """Overdose of people as they usually use, against those who use: what the rates of the studies are of."""
    P = w.parameters[0]
    using = P["after_discharge.using_at_start"]
    return max(using + (1.0 - using) * P["after_discharge.abstinent"], 1e-9)


@kernel
def overdose_rate(w, i, steadiness):
    """Hazard a day of overdose of person `i`, without what the days since discharge or the last one add."""
    P = w.parameters[0]
    p = w.patients[i]
    yearly = P["after_discharge.overdose_in"] if p["in_care"] else P["after_discharge.overdose_out"]
    yearly *= p["overdose_proneness"] / usual_mix(w)
    if not p["using"]:
        yearly *= P["after_discharge.abstinent"]
    if w.switches[0]["stability"]:
        slope = P["stability.overdose"]
        yearly *= math.exp(-slope * steadiness - 0.5 * slope * slope)
    return yearly / 365.0


@kernel
def times_of_risk(w, i, day):
    """Hazard ratio of overdose by the days since discharge and since the last overdose, for tomorrow on."""
    P = w.parameters[0]
    p = w.patients[i]
    ratio = 1.0
    if p["surge"] > 0.0:
        since = day - p["discharge_day"]
        if since < DAYS_FIRST:
            ratio += p["surge"] * (P["after_discharge.days_1_2"] - 1.0)
        elif since < DAYS_SOON:
            ratio += p["surge"] * (P["after_discharge.days_3_14"] - 1.0)
        else:
            p["surge"] = 0.0
    if day - p["overdose_day"] < DAYS_AFTER_OVERDOSE:
        ratio *= P["after_discharge.after_overdose"]
    return max(ratio, 0.0)


@kernel
def next_step(w, i, day, latest):
    """Day, `latest` at the latest, on which the hazard of overdose takes its next step."""
    p = w.patients[i]
    if p["surge"] > 0.0:
        since = day - p["discharge_day"]
        latest = min(latest, day + (DAYS_FIRST if since < DAYS_FIRST else DAYS_SOON) - since)
    if day - p["overdose_day"] < DAYS_AFTER_OVERDOSE:
        latest = min(latest, p["overdose_day"] + DAYS_AFTER_OVERDOSE)
    return latest


@kernel
def set_hazards(w, i, day, steadiness, mortality):
    """Hazards of overdose, of death from other causes and of return to use; `mortality`: background, a year."""
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
    overdose["rate"] = overdose_rate(w, i, steadiness) * times_of_risk(w, i, day)
    overdose["bump"] = 0.0
    overdose["fade"] = 0.0
    use["bump"] = 0.0
    use["fade"] = 0.0
    if p["benefit"] > 0.0:
        overdose["fade"] = 1.0 - math.exp(P["effect.overdose"] * p["benefit"])
        if not p["using"]:
            use["fade"] = 1.0 - math.exp(P["effect.return_to_use"] * p["benefit"])
    excess = P["after_discharge.death_in"] if p["in_care"] else P["after_discharge.death_out"]
    death["rate"] = mortality / 365.0 * (1.0 + excess / REFERENCE_MORTALITY * p["frailty_death"])
    death["bump"] = p["frail_surge"]
    death["fade"] = 0.0
    if p["using"]:
        use["rate"] = P["after_discharge.pauses"] / 365.0
        if p["in_care"]:
            use["rate"] *= P["after_discharge.pauses_in_care"]
    else:
        use["rate"] = P["after_discharge.return_to_use"]
        if p["in_care"]:
            use["rate"] *= math.exp(P["after_discharge.return_in_care"])


@kernel
def leave_hospital(w, i, discharge_type):
    """The time of risk after a stay begins, larger after an early departure."""
    P = w.parameters[0]
    p = w.patients[i]
    if not w.switches[0]["after_discharge"]:
        return
    planned = discharge_type == PLANNED
    p["surge"] = P["after_discharge.excess_planned"] if planned else P["after_discharge.excess_early"]
    p["frail_surge"] = P["after_discharge.death_surge"]


@kernel
def stop_using(w, i, episode, index):
    """A person whose distress was treated, or who enters care, may not be using any more."""
    p = w.patients[i]
    if w.switches[0]["after_discharge"] and p["using"]:
        u = draws.uniform(w.levers[0]["key"], draws.RECOVERY, i, episode, p["returns"], index)
        if u < w.parameters[0]["after_discharge.stopped"]:
            p["using"] = 0
            w.counts[0]["using"] -= 1


@kernel
def inside(w, i, day_of_stay, steadiness):
    """Hazard today of an overdose of person `i` in hospital."""
    P = w.parameters[0]
    if not w.switches[0]["after_discharge"]:
        return 0.0
    ratio = P["after_discharge.hospital_early"] if day_of_stay < DAYS_SOON else P["after_discharge.hospital_late"]
    return ratio * overdose_rate(w, i, steadiness)


@kernel
def survives_overdose(w, i, day):
    """One overdose: returns (survived, taken to the emergency department)."""
    P = w.parameters[0]
    p = w.patients[i]
    p["overdoses"] += 1
    p["overdose_day"] = day
    survive, transport = draws.uniform_pair(w.levers[0]["key"], draws.OVERDOSE, i, p["overdoses"], 0, 0)
    return survive < P["after_discharge.overdose_survival"], transport < P["after_discharge.overdose_ed"]
