"""Referral to workers: clinicians refer, workers find people themselves; people accept or decline.

Reads visible need, credibility on the unit, the lever for the door and the delay; writes referral state. Acceptance
depends on the propensity to engage, which also goes with better outcomes: exposure is self-selected. Sources: OMNI
guide (recommendation 2), Scannell 2021, Welch 2019 (PMC6727316: 649 of 876 accept). Off: nobody is referred.
"""

from __future__ import annotations

import math

import numpy as np

from simulation import draws, trial_arms
from simulation.bounded import expit, logit
from simulation.kernel import kernel
from simulation.state import DECLINED, NOT_REFERRED, REFERRED

CLINICIAN_DOOR, PROACTIVE_DOOR, BOTH_DOORS = 0, 1, 2


@kernel
def found_today(w, s, credibility, factor, need):
    """Whether a stay is referred today; returns -1 (no) or days until a worker is told. `need`: visible, log odds."""
    P = w.parameters[0]
    door = w.levers[0]["door"]
    if door != PROACTIVE_DOOR:
        s["left_clinician_referral"] -= P["referral.clinician_rate"] * credibility * factor * math.exp(min(need, 3.0))
    if door != CLINICIAN_DOOR:
        s["left_proactive_referral"] -= searched(w, factor, need)
    if s["left_proactive_referral"] <= 0.0:
        return 0
    if s["left_clinician_referral"] <= 0.0:
        return w.levers[0]["referral_delay_days"]
    return -1


@kernel
def searched(w, factor, need):
    """Hazard a day of being found by workers who search admissions, in part by visible need."""
    P = w.parameters[0]
    return P["referral.proactive_rate"] * factor * math.exp(P["visible_need.search"] * min(need, 3.0))


@kernel
def found_while_waiting(w, s, factor, need):
    """Whether workers find a person today whom a clinician has referred and of whom they have not been told yet."""
    if w.levers[0]["door"] == CLINICIAN_DOOR:
        return False
    s["left_proactive_referral"] -= searched(w, factor, need)
    return s["left_proactive_referral"] <= 0.0


@kernel
def found_in_ed(w, i, credibility):
    """Whether a person who is not admitted is referred during a visit to the emergency department."""
    P = w.parameters[0]
    door = w.levers[0]["door"]
    hazard = 0.0
    if door != PROACTIVE_DOOR:
        hazard += P["referral.clinician_rate"] * credibility
    if door != CLINICIAN_DOOR:
        hazard += P["referral.proactive_rate"]
    hazard *= P["referral.ed_factor"]
    return draws.exponential(w.levers[0]["key"], draws.REFERRAL_IN_ED, i, w.patients[i]["ed_visits"], 0, 0) <= hazard


@kernel
def told_of_discharge(w, i):
    """Whether community workers are told of a discharge."""
    p = w.patients[i]
    u = draws.uniform(w.levers[0]["key"], draws.COMMUNITY_REFERRAL, i, p["stays"], 0, 0)
    return u < w.parameters[0]["referral.discharge_rate"]


@kernel
def refer(w, i, day, ready_day):
    """Enter person `i` in the queue for a first offer: by day, ties by a keyed rank."""
    w.patients[i]["referral"] = REFERRED
    key = np.int64(ready_day) * 4294967296 + draws.rank(w.levers[0]["key"], i, ready_day, day, 3)
    w.referral_keys[i] = key
    n = w.counts[0]["referred"]
    j = n
    while j > 0 and w.referral_keys[w.referred[j - 1]] > key:
        w.referred[j] = w.referred[j - 1]
        j -= 1
    w.referred[j] = i
    w.counts[0]["referred"] = n + 1


@kernel
def withdraw(w, i):
    """Take person `i`, who is referred, out of the queue for a first offer; recent entries are near its end."""
    n = w.counts[0]["referred"] - 1
    j = n
    while w.referred[j] != i:
        j -= 1
    while j < n:
        w.referred[j] = w.referred[j + 1]
        j += 1
    w.counts[0]["referred"] = n
    w.patients[i]["referral"] = NOT_REFERRED


@kernel
def ready_day(w, i):
    """Day from which a worker may make the first offer."""
    return w.referral_keys[i] // 4294967296


@kernel
def accepts(w, i):
    """The person's answer to a first offer."""
    P = w.parameters[0]
    p = w.patients[i]
    share = trial_arms.uptake(w, i)
    if share >= 1.0:
        return True  # who agreed to take part agreed to meet
    chance = expit(logit(share) + P["referral.engagement"] * p["engage_propensity"])
    u = draws.uniform(w.levers[0]["key"], draws.OFFER, i, p["ed_visits"], p["stays"], p["offers"])
    if p["offers"] < 255:
        p["offers"] += 1
    if u < chance:
        return True
    p["referral"] = DECLINED
    return False
