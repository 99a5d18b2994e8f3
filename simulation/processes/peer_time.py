"""Time of workers: a shift is minutes, and what does not fit is missed and counted.

Reads the levers for shift, days and priority, role clarity and supervision; writes minutes left and demand.
Sources: OMNI guide, Welch 2019 (PMC6727316: first bedside visit 35 minutes, IQR 25–45). Off: minutes never run out.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.kernel import kernel
from simulation.state import ONBOARDING, WORKING


@kernel
def is_rostered(w, j, day):
    """Whether worker `j` is on duty today by the roster; day 0 is a Monday."""
    x = w.workers[j]
    L = w.levers[0]
    if (x["state"] != WORKING and x["state"] != ONBOARDING) or (
        L["leave_weeks"] > 0.0 and has_planned_leave(w, j, day)
    ):
        return False
    if L["weekends"]:
        return (day + 3 * j) % 7 < L["days_per_week"]
    return day % 7 < 5 and (day % 7 + 3 * j) % 5 < L["days_per_week"]


@kernel
def has_planned_leave(w, j, day):
    """Whether worker `j` is on planned leave: `leave_weeks` of 52 weeks, evenly spread and staggered by post."""
    share = w.levers[0]["leave_weeks"] / 52.0
    week = day // 7 + 17 * j
    return math.floor((week + 1) * share + 1e-9) > math.floor(week * share + 1e-9)


@kernel
def begin_shift(w, j, day, clarity, supervision_minutes, absent):
    """Minutes that worker `j`, who is not `absent`, has for people today."""
    P = w.parameters[0]
    L = w.levers[0]
    x = w.workers[j]
    x["demand"] = 0.0
    x["seen"] = 0
    x["seen_distress"] = 0.0
    x["seen_circle"] = 0
    x["absent"] = absent and is_rostered(w, j, day)
    x["on_duty"] = is_rostered(w, j, day) and not absent
    x["minutes"] = 0.0
    if x["on_duty"]:
        share = 1.0 - P["peer_time.documentation"] - P["peer_time.out_of_scope"] * (1.0 - clarity)
        minutes = L["shift_minutes"] * max(0.0, share) - supervision_minutes / L["days_per_week"]
        if x["state"] == ONBOARDING:
            minutes *= P["workforce.onboarding_capacity"]
        x["minutes"] = max(0.0, minutes)
    x["shift"] = x["minutes"]


@kernel
def spend(w, j, minutes, late):
    """Ask worker `j` for minutes; returns whether they fit into what is left of the shift.

    `late`: it is for what has been counted as missed before, and so in the demand of an earlier day.
    """
    x = w.workers[j]
    if not late:
        x["demand"] += minutes
    if not w.switches[0]["peer_time"]:
        return True
    if x["minutes"] < minutes:
        return False
    x["minutes"] -= minutes
    return True


@kernel
def first_visit_minutes(w, i):
    """Length of a first visit to person `i`: log-normal, the same for as long as they wait for it."""
    P = w.parameters[0]
    p = w.patients[i]
    if p["first_visit"] == 0.0:
        u = draws.uniform(w.levers[0]["key"], draws.VISIT_LENGTH, i, p["ed_visits"], p["stays"], p["offers"])
        z = draws.normal_quantile(u)
        p["first_visit"] = P["peer_time.first_visit"] * math.exp(P["peer_time.first_visit_sd"] * z)
    return p["first_visit"]
