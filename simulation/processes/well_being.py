"""Well-being of workers: burnout, days off sick, incidents, leave, return to use and exit.

Burnout rises with work done and work that does not fit, long hours, very long lists, acuity, boundary strain, role
ambiguity, isolation and the strain of lived experience, and falls with rest and adequate supervision; workers differ
and adapt. It lowers attendance, patience (quality of work) and judgement (incidents). Long hours: Lin 2021
(10.1002/1348-9585.12228). Sources: Lennox 2021 (boundaries, stability), Scannell 2021 and OMNI guide
(intensity), Gardner Institute 2025, Eby 2010 (10.1016/j.jsat.2010.06.009), 10.1037/prj0000633. Off: burnout stays
where it was at hire; nobody leaves or goes on leave.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.bounded import clip
from simulation.kernel import kernel

STAYS, LEAVES, GOES_ON_LEAVE, RETURNS_TO_USE = 0, 1, 2, 3

USUAL_WEEK = 40.0
"""Hours a week beyond which hours tire."""

USUAL_SHIFT = 300.0
"""Minutes with people of a usual day: work done is counted against it, so that a longer day is more work, not less."""


@kernel
def draw_thresholds(w, j):
    """Thresholds of exit, leave and return to use for a new holder of post `j`."""
    key = w.levers[0]["key"]
    x = w.workers[j]
    a, b = draws.uniform_pair(key, draws.WORKER_EXIT, x["post"], x["ordinal"], 0, 0)
    x["left_exit"] = -math.log(a)
    x["left_leave"] = -math.log(b)
    x["left_return"] = draws.exponential(key, draws.WORKER_EXIT, x["post"], x["ordinal"], 0, 1)
    x["left_incident"] = draws.exponential(key, draws.INCIDENT, x["post"], x["ordinal"], 0, 0)


@kernel
def is_absent(w, j, day):
    """Whether worker `j`, on duty today by the roster, is off sick."""
    if not w.switches[0]["well_being"]:
        return False
    P = w.parameters[0]
    x = w.workers[j]
    chance = P["well_being.absence"] * math.exp(P["well_being.absence_burnout"] * (x["burnout"] - 0.3))
    return draws.uniform(w.levers[0]["key"], draws.ABSENCE, x["post"], x["ordinal"], day, 0) < min(chance, 0.9)


@kernel
def kept(w, j):
    """Boundaries of worker `j` as kept (0 to 1), supervision included."""
    x = w.workers[j]
    open_part = (1.0 - x["boundaries"]) * (1.0 - w.parameters[0]["supervision.boundaries"] * x["adequacy"])
    return clip(1.0 - open_part)


@kernel
def has_incident(w, j):
    """Whether an incident of worker `j` today costs the role credibility: burnout dulls judgement."""
    P = w.parameters[0]
    x = w.workers[j]
    x["left_incident"] -= (
        P["well_being.incident"]
        / 365.0
        * math.exp(
            P["well_being.incident_burnout"] * (x["burnout"] - 0.3)
            + P["well_being.incident_boundaries"] * (1.0 - kept(w, j))
        )
    )
    if x["left_incident"] > 0.0:
        return False
    x["incidents"] += 1
    x["left_incident"] = draws.exponential(
        w.levers[0]["key"], draws.INCIDENT, x["post"], x["ordinal"], x["incidents"], 0
    )
    return True


@kernel
def feel(w, j, clarity, colleagues):
    """Burnout of worker `j` after a day; `colleagues` counts the other workers in post at the hospital."""
    P = w.parameters[0]
    x = w.workers[j]
    pace = 1.0 / P["well_being.memory"]
    if x["on_duty"]:
        if x["shift"] > 0.0:
            done = min(x["demand"], x["shift"]) / USUAL_SHIFT
            waiting = min(1.0, max(0.0, x["demand"] / x["shift"] - 1.0))
            x["strain"] += pace * (min(2.0, done + waiting) - x["strain"])
        if x["seen"] > 0:
            x["acuity"] += pace * (x["seen_distress"] / x["seen"] - x["acuity"])
            x["overlap"] += pace * (x["seen_circle"] / x["seen"] - x["overlap"])
    else:
        x["strain"] -= pace * x["strain"]
        x["acuity"] -= pace * x["acuity"]
        x["overlap"] -= pace * x["overlap"]
    hours = w.levers[0]["shift_minutes"] * w.levers[0]["days_per_week"] / 60.0
    years = x["tenure"] / 365.0
    target = (
        P["well_being.base"]
        + P["well_being.trait_sd"] * x["trait"]
        + P["well_being.load"] * x["strain"]
        + P["well_being.acuity"] * x["acuity"]
        + P["well_being.hours"] * max(0.0, hours / USUAL_WEEK - 1.0)
        + P["well_being.list"] * min(5.0, max(0.0, x["caseload"] / P["well_being.norm"] - 1.0))
        + P["well_being.boundaries"] * x["overlap"] * (1.0 - kept(w, j))
        + P["well_being.ambiguity"] * (1.0 - clarity)
        + P["well_being.isolation"] / (1.0 + colleagues) * (1.0 - P["supervision.isolation"] * x["adequacy"])
        + P["lived_experience.strain"] * x["lived_experience"]
        - P["supervision.climate"] * x["adequacy"]
        - P["well_being.adaptation"] * years / (1.0 + years)
    )
    x["burnout"] = clip(x["burnout"] + P["well_being.pace"] * (target - x["burnout"]))


@kernel
def decide(w, j, day):
    """What worker `j`, at work, does at the end of the day: STAYS, LEAVES, GOES_ON_LEAVE or RETURNS_TO_USE."""
    P = w.parameters[0]
    x = w.workers[j]
    over = x["burnout"] - 0.3
    x["left_exit"] -= (
        P["well_being.exit"]
        / 365.0
        * math.exp(P["well_being.exit_burnout"] * over + P["supervision.exit"] * x["adequacy"])
    )
    x["left_leave"] -= P["well_being.leave"] / 365.0 * math.exp(P["well_being.leave_burnout"] * over)
    if x["lived_experience"]:
        x["left_return"] -= (
            P["well_being.return_to_use"]
            / 365.0
            * math.exp(P["well_being.leave_burnout"] * over + P["well_being.return_stability"] * (x["stability"] - 0.5))
        )
    if x["left_exit"] <= 0.0:
        return LEAVES
    if x["left_return"] <= 0.0:
        x["left_return"] = draws.exponential(w.levers[0]["key"], draws.WORKER_EXIT, x["post"], x["ordinal"], day, 2)
        return RETURNS_TO_USE
    if x["left_leave"] <= 0.0:
        x["leaves"] += 1
        x["left_leave"] = draws.exponential(
            w.levers[0]["key"], draws.WORKER_EXIT, x["post"], x["ordinal"], x["leaves"], 3
        )
        return GOES_ON_LEAVE
    return STAYS


@kernel
def leave_days(w, j):
    """Length of the present leave in days, at least 1."""
    x = w.workers[j]
    u = draws.uniform(w.levers[0]["key"], draws.WORKER_EXIT, x["post"], x["ordinal"], x["leaves"], 4)
    return 1 + int(-math.log(u) * w.parameters[0]["well_being.leave_days"])
