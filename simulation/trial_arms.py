"""What a person's arm of a trial says, for the mechanisms and the stages of a day; nobody has one without a trial."""

from __future__ import annotations

import math

import numpy as np

from simulation.kernel import kernel
from simulation.state import VISIT_MEMORY, WAITING
from simulation.trial_specification import PHASES


@kernel
def member(w, i):
    """What the trial knows of participant `i`."""
    return w.participants[w.patients[i]["trial"] - 1]


@kernel
def arm(w, i):
    """The arm of participant `i`."""
    return w.arms[w.participants[w.patients[i]["trial"] - 1]["arm"]]


@kernel
def open_to(w, i):
    """Whether person `i` may meet a worker outside a trial: nobody else does while one is on, unless it says so."""
    t = w.trial[0]
    return not t["on"] or (t["outside"] and w.patients[i]["trial"] == 0)


@kernel
def serves(w, j, i):
    """Whether worker `j` is of a kind that person `i` is given where they are."""
    p = w.patients[i]
    if p["trial"] == 0:
        return True
    a = arm(w, i)
    kinds = a["workers_after"] if p["place"] <= WAITING else a["workers"]
    return w.workers[j]["kind"] & kinds != 0


@kernel
def runs(w, i, day):
    """Whether the arm of participant `i` still gives them a worker on `day`."""
    m = member(w, i)
    a = w.arms[m["arm"]]
    used_up = a["sessions"] > 0 and m["contacts"] >= a["sessions"]
    return a["workers"] | a["workers_after"] != 0 and day <= m["until"] and not used_up


@kernel
def next_interval(w, i, since):
    """Days to the next contact of participant `i`, `since` days after the first; 3.5 gives 3 and 4 in turn."""
    m = member(w, i)
    first = m["arm"] * PHASES
    row = first
    while row < first + PHASES - 1 and since > w.arm_schedule[row, 0]:
        row += 1
    every = w.arm_schedule[row, 1]
    k = m["contacts"]
    return max(1, int(math.floor((k + 1) * every)) - int(math.floor(k * every)))


@kernel
def remember_visit(w, i, day):
    """A visit to the emergency department counts for eligibility."""
    w.visit_days[i, w.patients[i]["ed_visits"] % VISIT_MEMORY] = day


@kernel
def note_visit(w, i):
    """A worker visits person `i` in hospital."""
    if w.patients[i]["trial"]:
        member(w, i)["visits"] += 1


@kernel
def note_acceptance(w, i, day):
    """Person `i` accepts a worker today."""
    if w.patients[i]["trial"] and member(w, i)["accepted"] < 0:
        member(w, i)["accepted"] = day


@kernel
def at_bedside(w, i):
    """Whether a worker visits person `i` in hospital."""
    return w.patients[i]["trial"] == 0 or arm(w, i)["in_hospital"] != 0


@kernel
def visit_interval(w, i):
    """Days between visits in hospital to person `i`."""
    return np.int64(arm(w, i)["visit_interval"] if w.patients[i]["trial"] else w.levers[0]["visit_interval_days"])


@kernel
def plans(w, i):
    """Whether a worker plans the discharge of person `i`."""
    return w.patients[i]["trial"] == 0 or arm(w, i)["planning"] != 0


@kernel
def helps(w, i):
    """Whether a worker helps person `i` with barriers."""
    return w.patients[i]["trial"] == 0 or arm(w, i)["practical_help"] != 0


@kernel
def uptake(w, i):
    """Share that accepts a worker, at average propensity to engage; agreeing to a trial is agreeing to meet."""
    if w.patients[i]["trial"]:
        share = arm(w, i)["uptake"]
        return share if share >= 0.0 else 1.0
    return w.parameters[0]["referral.acceptance"]


@kernel
def team_uptake(w, i):
    """Share that accepts the consult team of an arm, at average propensity to engage."""
    share = arm(w, i)["uptake"]
    return share if share >= 0.0 else w.parameters[0]["referral.acceptance"]
