"""Making a person: fixed traits and the state in which they begin, the same for whoever is there first or joins."""

from __future__ import annotations

import math

from simulation import clocks, draws, staying
from simulation.bounded import clip, expit, logit
from simulation.kernel import kernel
from simulation.processes import acute_need, after_discharge, minor_visits, stability
from simulation.state import CARE, CHANGE, DEATH, HOME, LEAVE, NEED, NEVER, OVERDOSE, USE, VISIT, YOUNGEST

ATTEMPTS = 500
"""Most candidates for one place in the first population."""


@kernel
def draw_traits(w, i, attempt):
    """Traits of person `i` that last; returns the age in years at which they joined."""
    P = w.parameters[0]
    key = w.levers[0]["key"]
    p = w.patients[i]
    a, b, c, d = draws.uniform_four(key, draws.PERSON, i, 0, attempt, 0)
    p["circle"] = int(a * P["population.circles"])
    p["woman"] = b < P["population.women"]
    p["uncovered"] = d >= P["population.adequate_cover"]
    age = P["turnover.entry_age"] + P["turnover.entry_age_sd"] * draws.normal_quantile(c)
    age = min(max(age, float(YOUNGEST)), 80.0)
    a, b, c, d = draws.uniform_four(key, draws.PERSON, i, 0, attempt, 1)
    sd = P["population.frailty_sd"]
    p["frailty"] = math.exp(sd * draws.normal_quantile(a) - 0.5 * sd * sd)
    p["leave_propensity"] = draws.normal_quantile(b)
    r = P["population.selection"]
    p["engage_propensity"] = math.sqrt(1.0 - r * r) * draws.normal_quantile(c) - r * p["leave_propensity"]
    r = P["stability.engagement"]
    p["usual_stability"] = r * p["engage_propensity"] + math.sqrt(1.0 - r * r) * draws.normal_quantile(d)
    a, b, c, d = draws.uniform_four(key, draws.PERSON, i, 0, attempt, 2)
    p["co_occurring"] = a < P["population.co_occurring"]
    p["injecting"] = b < P["population.injecting"]
    p["usual_trust"] = clip(P["population.trust_mean"] + P["population.trust_sd"] * draws.normal_quantile(c))
    p["usual_stigma"] = clip(P["population.stigma_mean"] + P["population.stigma_sd"] * draws.normal_quantile(d))
    a, b = draws.uniform_pair(key, draws.PERSON, i, 0, attempt, 3)
    p["overdose_proneness"] = after_discharge.proneness(w, draws.normal_quantile(a))
    p["visit_proneness"] = minor_visits.proneness(w, i, draws.normal_quantile(b))
    p["proneness"] = acute_need.proneness(w, i)
    p["frailty_death"] = after_discharge.frailty_death(w, i)
    return age


@kernel
def make(w, i, day, first):
    """Person `i` is made on `day`: as one who joins, or as one of the first, who joined at some time before.

    The first are drawn as people who joined and are still there: time since joining is exponential in the hazard of
    leaving alive, and a candidate stays with the probability of having survived it (`simulation/staying.py`).
    """
    P = w.parameters[0]
    key = w.levers[0]["key"]
    p = w.patients[i]
    attempt = 0
    years = 0.0
    age = draw_traits(w, i, attempt)
    if first:
        while True:
            ratio, hospital, overdose, leaving = staying.hazards(w, i)
            u, v = draws.uniform_pair(key, draws.PERSON_AGE, i, 0, attempt, 0)
            years = min(-math.log(u) / leaving, 90.0) if leaving > 0.0 else 20.0 * u
            lived = staying.background(w, p["woman"], age + years) - staying.background(w, p["woman"], age)
            stays = math.exp(-ratio * lived - (hospital + overdose) * years)
            if v < stays or attempt >= ATTEMPTS or not w.switches[0]["turnover"]:
                break
            attempt += 1
            age = draw_traits(w, i, attempt)
    p["birth_day"] = day - int((age + years) * 365.25)
    p["joined"] = day - int(years * 365.25)
    a, b, c, d = draws.uniform_four(key, draws.PERSON_STATE, i, 0, 0, 0)
    stability.at_first(w, i, c)
    p["unhoused"] = 0 if stability.is_housed(w, p["stability"], d) else 1
    p["in_care"] = a < (w.staying[0]["in_care"] if first else P["population.in_care"])
    p["using"] = b < (w.staying[0]["using"] if first else P["after_discharge.using_at_start"])
    r = P["follow_up.reach_engagement"]
    u = draws.uniform(key, draws.PERSON_STATE, i, 0, 0, 1)
    reach = r * p["engage_propensity"] + math.sqrt(1.0 - r * r) * draws.normal_quantile(u)
    p["reach"] = expit(
        logit(P["follow_up.reach"]) + P["follow_up.reach_sd"] * reach + P["follow_up.unhoused"] * p["unhoused"]
    )
    p["trust"] = p["usual_trust"]
    p["stigma"] = p["usual_stigma"]
    p["place"] = HOME
    p["worker"] = -1
    p["known_worker"] = -1
    p["slot"] = -1
    p["last_contact"] = -1
    p["missed_due"] = -1
    p["discharge_day"] = -1
    p["overdose_day"] = -NEVER
    p["stay"] = -1
    p["clock_day"] = day
    p["at"] = -1
    for k in (NEED, OVERDOSE, DEATH, CARE, USE, VISIT, LEAVE, CHANGE):
        clocks.draw_threshold(w, i, k, 0, 0, 0)
