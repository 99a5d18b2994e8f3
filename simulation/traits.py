"""What mechanisms read of a person: age, steadiness, and the need that staff can see."""

from __future__ import annotations

import numpy as np

from simulation.kernel import kernel
from simulation.state import OLDEST, YOUNGEST


@kernel
def age(w, i, day):
    """Age of person `i` in years."""
    return (day - w.patients[i]["birth_day"]) / 365.25


@kernel
def year_of_age(w, i, day):
    """Row of the table of background mortality."""
    return min(max(int(age(w, i, day)), YOUNGEST), OLDEST)


@kernel
def steadiness(w, i):
    """Stability of person `i` in standard deviations: at present, settled in care, and lifted by contact that lasts."""
    if not w.switches[0]["stability"]:
        return 0.0
    P = w.parameters[0]
    p = w.patients[i]
    return p["stability"] + P["stability.care"] * p["in_care"] + P["path.lift"] * p["lift"]


@kernel
def admissions(w, i, day, days):
    """Admissions of person `i` in the `days` up to today, the present one too."""
    n = 0
    row = np.int64(w.patients[i]["stay"])
    while row >= 0 and w.stays[row]["admission_day"] > day - days:
        n += 1
        row = np.int64(w.stays[row]["previous"])
    return n


@kernel
def visible_need(w, i, s):
    """Log odds by which the need of an inpatient stands out to staff, against an average stay."""
    P = w.parameters[0]
    p = w.patients[i]
    return (
        P["visible_need.unhoused"] * (p["unhoused"] - (1.0 - P["population.stable_housing"]))
        + P["visible_need.distress"] * (p["distress"] - P["disclosure.distress_mean"])
        + P["visible_need.co_occurring"] * (p["co_occurring"] - P["population.co_occurring"])
        + P["visible_need.overdose"] * s["overdosed"]
        + P["visible_need.age"] * (s["age"] - 44.2) / 10.0
        + P["visible_need.stays"] * min(s["stays_before"], 4)
        + P["visible_need.departures"] * min(s["early_before"], 2)
        + P["visible_need.conflict"] * min(s["conflicts"], 2)
    )
