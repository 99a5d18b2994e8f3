"""Beds and boarding: admission by severity, a queue for a staffed bed, boarding, outliers and transfers.

Reads treatment need and arrival; writes places, beds and the queue. Each hospital has one queue: urgent people first,
then by day of arrival, ties by a keyed rank. Patients from outside the population fill beds too; they take beds left
after the queue of the day and are placed elsewhere when none is free. Source: Scannell 2021 (waiting, cut-offs). Off:
a bed on the day, always.
"""

from __future__ import annotations

import math

import numpy as np

from simulation import draws
from simulation.bounded import expit, logit
from simulation.kernel import kernel

RING = 128
EARLIEST = 8192
"""Days before day 0 on which people who still wait may have come."""


@kernel
def admits(w, i):
    """Whether the emergency department decides to admit person `i`; returns (admitted, severity in sd)."""
    P = w.parameters[0]
    p = w.patients[i]
    severity = 0.0
    if p["minor"]:
        return False, severity
    if P["discharge.stay_sd"] > 0.0:
        severity = math.log(p["need"] / P["discharge.stay_median"]) / P["discharge.stay_sd"]
    chance = P["beds.overdose"] if p["overdosed"] else P["beds.admission"]
    if w.switches[0]["beds"] and 0.0 < chance < 1.0:
        chance = expit(logit(chance) + P["beds.severity"] * severity)
    u = draws.uniform(w.levers[0]["key"], draws.ADMISSION, i, p["ed_visits"], 0, 0)
    return u < chance, severity


@kernel
def specialty(w, i):
    """Unit that should treat person `i`: one of their hospital's, drawn for each need."""
    first = w.patients[i]["hospital"] * (w.levers[0]["units"] + 1)
    units = w.units[first]["inpatient_units"]
    u = draws.uniform(w.levers[0]["key"], draws.NEED, i, w.patients[i]["needs"], 0, 1)
    return first + 1 + min(int(u * units), units - 1)


@kernel
def is_urgent(w, severity):
    """Urgent people go ahead in the queue."""
    return severity >= w.parameters[0]["beds.urgent"]


@kernel
def arrival_rank(w, i):
    """Keyed rank among arrivals of one day: 24 bits."""
    return draws.rank(w.levers[0]["key"], i, w.patients[i]["ed_visits"], 0, 0) >> 8


@kernel
def queue_key(w, i, s, day, urgent, r):
    """Place in the queue: hospital, urgency, day of arrival, keyed rank."""
    first = np.int64(s["hospital"]) * 2 + (0 if urgent else 1)
    return ((first * 65536) + day + EARLIEST) * 16777216 + r


@kernel
def free_beds(w, u):
    """Free staffed beds of unit `u`; without the mechanism there is always one."""
    if not w.switches[0]["beds"]:
        return 1
    unit = w.units[u]
    return unit["beds"] - unit["occupied"] - unit["background"]


@kernel
def outlying_unit(w, hospital):
    """The unit of the hospital with most free beds, or -1."""
    emergency = hospital * (w.levers[0]["units"] + 1)
    best = -1
    most = 0
    for u in range(emergency + 1, emergency + 1 + w.units[emergency]["inpatient_units"]):
        free = free_beds(w, u)
        if free > most:
            most = free
            best = u
    return best


@kernel
def background(w, u, day):
    """Patients from outside the population leave unit `u`, and new ones take free beds."""
    P = w.parameters[0]
    L = w.levers[0]
    unit = w.units[u]
    unit["background"] -= w.departures[u, day % RING]
    w.departures[u, day % RING] = 0
    mean = unit["background_mean"] * unit["beds"] / P["beds.background_stay"]
    if mean <= 0.0:
        return
    arrivals = draws.poisson_quantile(draws.uniform(L["key"], draws.BACKGROUND, u, 0, day, 0), mean)
    for ordinal in range(min(arrivals, free_beds(w, u))):
        v = draws.uniform(L["key"], draws.BACKGROUND_STAY, u, ordinal, day, 0)
        stay = min(draws.geometric_quantile(v, P["beds.background_stay"]), RING - 1)
        w.departures[u, (day + stay) % RING] += 1
        unit["background"] += 1


@kernel
def update_load(w, u):
    """Load of unit `u`: patients per clinician of the roster, over what is usual; 0 up to the usual."""
    unit = w.units[u]
    unit["load"] = 0.0
    if w.switches[0]["beds"] and unit["nurses"] > 0:
        ratio = (unit["occupied"] + unit["background"]) / (unit["nurses"] + unit["physicians"])
        unit["load"] = max(0.0, ratio / w.parameters[0]["beds.usual_ratio"] - 1.0)
