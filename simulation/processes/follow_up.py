"""Mechanism 15, follow-up: contacts by schedule after discharge, reachability, attrition, benefit of contacts made.

Attrition is fast then slow because people differ (Lukacs 2023: 25 / 18 / 16 % at 30 / 60 / 90 days). Benefit comes
from visits and contacts made, partly through trust and partly as practical help with barriers, and fades after the
last one. Sources: Lennox 2021 ("main bridge between those two times"), Scannell 2021. Off: contact ends at discharge,
and what was done before does nothing after it.
"""

from __future__ import annotations

import math

from simulation import draws, trial_arms
from simulation.bounded import expit, gain, logit
from simulation.kernel import kernel
from simulation.state import BENEFIT


@kernel
def begin(w, i, day):
    """Follow-up after discharge; returns whether there is any."""
    p = w.patients[i]
    days = w.levers[0]["follow_up_days"]
    start = day
    first = 1
    if p["trial"]:
        m = trial_arms.member(w, i)
        days = m["until"] - day if trial_arms.runs(w, i, day) else 0
        start = m["start"]
        first = w.arms[m["arm"]]["first_contact"]
    if days <= 0 or not w.switches[0]["follow_up"]:
        return False
    p["followed"] = 1
    p["contact_start"] = start
    p["follow_until"] = day + days
    p["next_contact"] = day + first
    return True


@kernel
def interval(w, since):
    """Days to the next contact, `since` days after discharge."""
    for k in range(len(w.schedule)):
        if since <= w.schedule[k, 0]:
            return w.schedule[k, 1]
    return w.schedule[len(w.schedule) - 1, 1]


@kernel
def answers(w, i, day):
    """One attempt to reach person `i`; returns (reached, lost for good)."""
    P = w.parameters[0]
    p = w.patients[i]
    reached, lost = draws.uniform_pair(
        w.levers[0]["key"], draws.CONTACT, i, p["stays"], day - p["contact_start"], p["ed_visits"] % 60_000
    )
    reach = p["reach"]
    if p["trial"]:
        a = trial_arms.arm(w, i)
        more = a["incentive_contacts"] * P["follow_up.incentive"]
        if a["reach"] >= 0.0:
            more += logit(a["reach"]) - logit(P["follow_up.reach"])
        if more != 0.0:
            reach = expit(logit(reach) + more)
    if reached < reach:
        return True, False
    chance = P["follow_up.lost"]
    if 0.0 < chance < 1.0:
        chance = expit(logit(chance) + P["follow_up.lost_engagement"] * p["engage_propensity"])
    return False, lost < chance


@kernel
def helped(w, i, most, practical):
    """The benefit of a meeting whose full gain is `most`: share `practical` of it is help, the rest goes by trust."""
    p = w.patients[i]
    p["benefit"] = gain(p["benefit"], most * (practical + (1.0 - practical) * p["peer_trust"]))


@kernel
def visited(w, i, most, practical, days):
    """A visit in hospital, `days` after the benefit of person `i` was last brought up to date."""
    p = w.patients[i]
    p["benefit"] = faded(w, p["benefit"], days)
    if w.switches[0]["follow_up"]:
        helped(w, i, most, practical)


@kernel
def made(w, i, day, practical):
    """A contact made after discharge."""
    p = w.patients[i]
    helped(w, i, w.parameters[0]["follow_up.benefit"], practical)
    p["last_contact"] = day
    since = day - p["contact_start"]
    if p["trial"]:
        p["next_contact"] = day + trial_arms.next_interval(w, i, since)
        trial_arms.member(w, i)["contacts"] += 1
    else:
        p["next_contact"] = day + interval(w, since)


@kernel
def retry(w, i, day):
    """A failed attempt is repeated soon."""
    days = max(1, int(math.floor(w.parameters[0]["follow_up.retry_days"] + 0.5)))
    w.patients[i]["next_contact"] = day + days


@kernel
def hand_over(w, i):
    """A warm end: the benefit is refreshed once."""
    p = w.patients[i]
    if trial_arms.arm(w, i)["hand_over"] if p["trial"] else w.levers[0]["hand_over"]:
        p["benefit"] = gain(p["benefit"], w.parameters[0]["follow_up.hand_over"] * p["peer_trust"])


@kernel
def faded(w, benefit, days):
    """Benefit after `days` without contact."""
    return benefit * w.remains[BENEFIT, days]
