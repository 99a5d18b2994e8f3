"""Stability: a slow state of the person (housing, income, coping, being settled in treatment), in standard deviations.

It stands still between turning points, which come at random, and part of it is drawn anew there: what contact, care and
stays have changed is kept for a time whose mean is the memory. Housing is lost and found at turning points. Stability
lowers acute need, visits without need of a bed, overdose and early departure, and goes with engaging, so that people
who accept a worker would come back less anyway. No study gives its numbers; signs: E1 to E94 of the evidence pages on
housing and use of care. Off: everybody is of average stability, and housing stays as it is.
"""

from __future__ import annotations

import math

import numpy as np

from simulation import draws
from simulation.bounded import expit, gain, logit
from simulation.kernel import kernel
from simulation.state import CHANGE

MOST = 4.0
"""Farthest from the average, in standard deviations."""


@kernel
def set_hazard(w, i):
    """Hazard of a turning point."""
    c = w.clocks[i, CHANGE]
    c["rate"] = 1.0 / w.parameters[0]["stability.memory"] if w.switches[0]["stability"] else 0.0
    c["bump"] = 0.0
    c["fade"] = 0.0


@kernel
def is_housed(w, z, u):
    """Whether a person of stability `z` has stable housing, for a uniform draw."""
    share = w.parameters[0]["population.stable_housing"]
    if not w.switches[0]["stability"] or share <= 0.0 or share >= 1.0:
        return u < share
    return u < expit(logit(share) + w.parameters[0]["stability.housing"] * z)


@kernel
def at_first(w, i, u):
    """Stability of a person who is new, for a uniform draw."""
    p = w.patients[i]
    p["stability"] = 0.0
    if w.switches[0]["stability"]:
        share = w.parameters[0]["stability.lasting"]
        p["stability"] = math.sqrt(share) * p["usual_stability"] + math.sqrt(1.0 - share) * draws.normal_quantile(u)


@kernel
def turn(w, i):
    """A turning point: stability is drawn anew, housing may change; returns 1 (finds housing), -1 (loses it) or 0."""
    P = w.parameters[0]
    key = w.levers[0]["key"]
    p = w.patients[i]
    p["changes"] += 1
    p["lift"] = 0.0
    a, b = draws.uniform_pair(key, draws.TURN, i, p["changes"], 0, 0)
    at_first(w, i, a)
    if b >= min(1.0, P["stability.memory"] / P["stability.housing_days"]):
        return 0
    u = draws.uniform(key, draws.TURN, i, p["changes"], 0, 1)
    was = p["unhoused"]
    p["unhoused"] = 0 if is_housed(w, p["stability"], u) else 1
    return np.int64(was) - np.int64(p["unhoused"])


@kernel
def moved(w, i, by):
    """Stability of person `i` moves by so many standard deviations, until their next turning point."""
    if w.switches[0]["stability"]:
        p = w.patients[i]
        p["stability"] = min(max(p["stability"] + by, -MOST), MOST)


@kernel
def contact(w, i, weight):
    """A contact of this weight (0 to 1) brings the lift of contact that lasts nearer to its full size."""
    p = w.patients[i]
    if w.switches[0]["stability"] and w.parameters[0]["path.lift"] != 0.0:
        p["lift"] = gain(p["lift"], w.parameters[0]["stability.contact"] * weight)
