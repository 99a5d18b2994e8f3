"""Workforce: vacancy, time to hire, onboarding with low skill, training, and hand-over between workers.

A person goes over to another worker with room when theirs leaves the post, or does not work where the person is: on a
unit or, after discharge, in the community (`simulation/stages/teams.py`). The new one starts with a share of the trust
in the one before. Workers who roam go along; where nobody has room, the worker whom the person knows stays. Sources:
Lennox 2021 (training; continuity), Scannell 2021 (first job). Off: every post is filled at once by a skilled worker;
nobody is handed over.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.bounded import clip, gain
from simulation.kernel import kernel
from simulation.state import ONBOARDING, VACANT, WORKING


@kernel
def vacate(w, j, day):
    """Post `j` becomes vacant; the time to hire depends on the stability asked for."""
    P = w.parameters[0]
    x = w.workers[j]
    x["state"] = VACANT
    x["ordinal"] += 1
    wait = 0.0
    if w.switches[0]["workforce"]:
        mean = P["workforce.hire_days"] * (1.0 + P["workforce.hire_stability"] * w.levers[0]["stability_at_hire"])
        wait = -math.log(draws.uniform(w.levers[0]["key"], draws.HIRING, x["post"], x["ordinal"], 0, 0)) * mean
    x["until"] = day + int(wait)


@kernel
def hire(w, j, day):
    """A new holder of post `j` begins."""
    P = w.parameters[0]
    L = w.levers[0]
    key = L["key"]
    x = w.workers[j]
    n = x["ordinal"]
    a, b = draws.uniform_pair(key, draws.WORKER, x["post"], n, 0, 0)
    c, d = draws.uniform_pair(key, draws.WORKER, x["post"], n, 0, 1)
    x["trait"] = draws.normal_quantile(a)
    x["circle"] = int(b * P["population.circles"])
    x["stability"] = clip(0.5 * L["stability_at_hire"] + 0.5 * c)
    x["boundaries"] = clip(0.5 * L["boundary_practice"] + 0.5 * d)
    x["skill"] = 1.0
    x["state"] = WORKING
    x["until"] = day
    if w.switches[0]["workforce"]:
        x["skill"] = clip(
            P["workforce.skill_start"] + P["workforce.skill_training"] * min(2.0, L["training_hours"] / 40.0)
        )
        x["state"] = ONBOARDING
        x["until"] = day + int(P["workforce.onboarding_days"])
    x["burnout"] = clip(P["well_being.base"] + P["well_being.trait_sd"] * x["trait"])
    x["strain"] = 0.0
    x["acuity"] = 0.0
    x["overlap"] = 0.0
    x["adequacy"] = 0.0
    x["tenure"] = 0
    x["leaves"] = 0
    x["incidents"] = 0
    x["quality"] = 1.0


@kernel
def learn(w, j):
    """Skill grows on the job, faster (or slower) with adequate supervision."""
    x = w.workers[j]
    x["tenure"] += 1
    if w.switches[0]["workforce"]:
        pace = w.parameters[0]["workforce.skill_pace"] * (1.0 + w.parameters[0]["supervision.skill"] * x["adequacy"])
        x["skill"] = gain(x["skill"], clip(pace))


@kernel
def is_handed_over(w, i, j):
    """Whether person `i` is handed over when worker `j` leaves, rather than dropped."""
    u = draws.uniform(w.levers[0]["key"], draws.HANDED_OVER, i, w.workers[j]["ordinal"], w.workers[j]["post"], 0)
    return w.switches[0]["workforce"] and u < w.parameters[0]["workforce.handed_over"]
