"""Discharge: planned, patient-initiated, administrative and death compete.

Each cause has its own hazard and its own threshold per stay; the first to be reached within the day wins, which gives
each day the probability 1 - exp(-sum of hazards) and the causes in proportion to their hazards. Reads distress,
experienced stigma, trust, propensity, stability, cover, barriers and company. Sources: Philadelphia 2017
(10.1186/s12954-021-00581-6), PMID 32541363, King 2021, Haywood 2010 (sign). Off: four constant hazards (treatment need
is then exponential), so that stays are competing exponentials.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.bounded import clip
from simulation.kernel import kernel
from simulation.state import ADMINISTRATIVE, COVER, DIED, PATIENT_INITIATED, PLANNED, STILL_IN


@kernel
def draw_thresholds(w, i, s):
    """Thresholds of all causes, of disclosure and of referral for a new stay."""
    key = w.levers[0]["key"]
    n = s["ordinal"]
    a, b = draws.uniform_pair(key, draws.STAY, i, n, 0, 0)
    c, d = draws.uniform_pair(key, draws.STAY, i, n, 0, 1)
    e, f = draws.uniform_pair(key, draws.STAY, i, n, 0, 2)
    s["left_planned"] = -math.log(a)
    s["left_patient_initiated"] = -math.log(b)
    s["left_administrative"] = -math.log(c)
    s["left_death"] = -math.log(d)
    s["left_disclosure"] = -math.log(e)
    s["left_clinician_referral"] = -math.log(f)
    s["left_proactive_referral"] = draws.exponential(key, draws.STAY, i, n, 0, 3)


@kernel
def hazards(w, i, s, day_of_stay, company, steadiness):
    """Hazards per day of patient-initiated discharge, administrative discharge and death."""
    P = w.parameters[0]
    p = w.patients[i]
    early = P["discharge.early"] * math.exp(-day_of_stay / P["discharge.early_days"])
    patient_initiated = P["discharge.patient_initiated"] * math.exp(
        P["discharge.distress"] * p["distress"]
        + P["discharge.stigma"] * (p["stigma"] - 0.4)
        + P["discharge.trust"] * (p["trust"] - 0.5)
        + early
        + P["discharge.propensity"] * p["leave_propensity"]
        + P["discharge.co_occurring"] * p["co_occurring"]
        - P["stability.leaving"] * steadiness
        + company
    )
    administrative = 0.0
    if s["barriers"] & COVER and day_of_stay >= P["discharge.covered_days"]:
        administrative = P["discharge.administrative"]
    return patient_initiated, administrative, P["discharge.death"] * p["frailty"]


@kernel
def end_of_day(w, i, s, day_of_stay, hold_up, company, steadiness):
    """One day of treatment and of competing risks; returns the type of discharge, or STILL_IN.

    `hold_up`: days that open barriers keep a person in after treatment is complete; `company`: log hazard ratio of
    leaving early by a worker's visit today; `steadiness`: stability in standard deviations.
    """
    P = w.parameters[0]
    p = w.patients[i]
    p["received"] += 1.0
    soonest = 2.0
    outcome = STILL_IN
    if w.switches[0]["discharge"]:
        patient_initiated, administrative, death = hazards(w, i, s, day_of_stay, company, steadiness)
        over = p["received"] - p["need"] - hold_up
        if over >= 0.0:
            soonest = max(0.0, 1.0 - over)
            outcome = PLANNED
    else:
        patient_initiated = P["discharge.patient_initiated"]
        administrative = P["discharge.administrative"]
        death = P["discharge.death"]
        planned = 1.0 / (P["discharge.stay_median"] * math.exp(0.5 * P["discharge.stay_sd"] * P["discharge.stay_sd"]))
        if s["left_planned"] <= planned:
            soonest = s["left_planned"] / planned
            outcome = PLANNED
        s["left_planned"] -= planned
    if s["left_patient_initiated"] <= patient_initiated and s["left_patient_initiated"] < soonest * patient_initiated:
        soonest = s["left_patient_initiated"] / patient_initiated
        outcome = PATIENT_INITIATED
    if s["left_administrative"] <= administrative and s["left_administrative"] < soonest * administrative:
        soonest = s["left_administrative"] / administrative
        outcome = ADMINISTRATIVE
    if s["left_death"] <= death and s["left_death"] < soonest * death:
        outcome = DIED
    s["left_patient_initiated"] -= patient_initiated
    s["left_administrative"] -= administrative
    s["left_death"] -= death
    return outcome


@kernel
def completed_share(w, i, outcome):
    """Share of treatment completed at discharge (0 to 1)."""
    p = w.patients[i]
    if outcome == PLANNED or p["need"] <= 0.0:
        return 1.0
    return min(1.0, p["received"] / p["need"])


@kernel
def plan_quality(w, s, outcome, penalty):
    """Quality of the discharge plan (0 to 1): base, planning with a worker, open barriers, and how the stay ended."""
    P = w.parameters[0]
    planned = 0.0
    if s["planning_left"] >= 0.0 and P["peer_time.planning"] > 0.0:
        planned = 1.0 - s["planning_left"] / P["peer_time.planning"]
    quality = clip(P["discharge.plan_base"] + P["path.plan"] * planned - penalty)
    return quality if outcome == PLANNED else quality * P["discharge.plan_unplanned"]
