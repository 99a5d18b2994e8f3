"""Follow-up: contacts by schedule after discharge, being reached, being lost, and the dose of contact.

Being reached depends on the person, trust in the worker and meetings so far; being lost is a hazard in time, lower with
trust and meetings and higher when the worker changes, so that trying harder loses nobody. Dose of contact (1 is full)
comes from visits and contacts made, partly through trust and partly as practical help, and fades after the last one;
what it changes are whole effects (`simulation/effects.py`). Sources: Lukacs 2023 (25 / 18 / 16 % at 30 / 60 / 90 days),
Lennox 2021 ("main bridge between those two times"), Scannell 2021. Off: contact ends at discharge, and what was done
before does nothing after it.
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
    p["loss_day"] = day
    return True


@kernel
def interval(w, since):
    """Days to the next contact, `since` days after discharge."""
    for k in range(len(w.schedule)):
        if since <= w.schedule[k, 0]:
            return w.schedule[k, 1]
    return w.schedule[len(w.schedule) - 1, 1]


@kernel
def is_reached(w, i, day):
    """Whether one attempt reaches person `i`: trust in the worker and meetings so far help."""
    P = w.parameters[0]
    p = w.patients[i]
    u = draws.uniform(
        w.levers[0]["key"], draws.CONTACT, i, p["stays"], day - p["contact_start"], p["ed_visits"] % 60_000
    )
    more = P["follow_up.reach_trust"] * p["peer_trust"] + P["follow_up.reach_meetings"] * math.log(1.0 + p["meetings"])
    if p["trial"]:
        a = trial_arms.arm(w, i)
        more += a["incentive_contacts"] * P["follow_up.incentive"]
        if a["reach"] >= 0.0:
            more += logit(a["reach"]) - logit(P["follow_up.reach"])
    return u < (expit(logit(p["reach"]) + more) if more != 0.0 else p["reach"])


@kernel
def loss_hazard(w, i):
    """Hazard a day of being lost to the worker: falls with trust and meetings, whoever tries how often."""
    P = w.parameters[0]
    p = w.patients[i]
    return P["follow_up.lost"] * math.exp(
        P["follow_up.lost_engagement"] * p["engage_propensity"]
        + P["follow_up.lost_trust"] * p["peer_trust"]
        + P["follow_up.lost_meetings"] * math.log(1.0 + p["meetings"])
    )


@kernel
def watch(w, i, day):
    """The threshold of being lost counts from `day` on: follow-up of a person begins."""
    p = w.patients[i]
    p["lists"] += 1
    p["loss_day"] = day
    p["left_loss"] = draws.exponential(w.levers[0]["key"], draws.LOSS, i, p["lists"], 0, 0)


@kernel
def is_lost(w, i, day):
    """Whether person `i` has been lost by `day`: the hazard of the days since it was last looked at is consumed."""
    p = w.patients[i]
    p["left_loss"] -= loss_hazard(w, i) * (day - p["loss_day"])
    p["loss_day"] = day
    return p["left_loss"] <= 0.0


@kernel
def change_of_worker(w, i):
    """A change of worker makes it likelier to be lost: what is left of the threshold shrinks by the hazard ratio."""
    w.patients[i]["left_loss"] *= math.exp(-w.parameters[0]["follow_up.lost_change"])


@kernel
def dose(w, i, most, practical, quality):
    """Dose of a meeting whose full gain is `most`: share `practical` of it is help, the rest goes by trust."""
    return most * quality * (practical + (1.0 - practical) * w.patients[i]["peer_trust"])


@kernel
def visited(w, i, most, practical, quality, days):
    """A visit in hospital, `days` after the dose of contact of person `i` was last brought up to date."""
    p = w.patients[i]
    p["benefit"] = faded(w, p["benefit"], days)
    if w.switches[0]["follow_up"]:
        p["benefit"] = gain(p["benefit"], dose(w, i, most, practical, quality))


@kernel
def note(w, i, day):
    """A contact made after discharge: the next one is due."""
    p = w.patients[i]
    p["last_contact"] = day
    since = day - p["contact_start"]
    if p["trial"]:
        p["next_contact"] = day + trial_arms.next_interval(w, i, since)
        trial_arms.member(w, i)["contacts"] += 1
    else:
        p["next_contact"] = day + interval(w, since)


@kernel
def matters(w):
    """Whether a dose of contact changes anything of a person: where it does not, nobody is woken for it."""
    P = w.parameters[0]
    return (
        P["path.along"] != 0.0
        or P["path.onset"] != 0.0
        or P["path.settled"] != 0.0
        or P["path.lift"] != 0.0
        or P["effect.overdose"] != 0.0
        or P["effect.retention"] != 0.0
        or P["effect.return_to_use"] != 0.0
        or P["effect.seeking"] != 0.0
    )


@kernel
def retry(w, i, day):
    """A failed attempt is repeated soon."""
    days = max(1, int(math.floor(w.parameters[0]["follow_up.retry_days"] + 0.5)))
    w.patients[i]["next_contact"] = day + days


@kernel
def hand_over(w, i):
    """A warm end: the dose of contact is refreshed once."""
    p = w.patients[i]
    if trial_arms.arm(w, i)["hand_over"] if p["trial"] else w.levers[0]["hand_over"]:
        p["benefit"] = gain(p["benefit"], w.parameters[0]["follow_up.hand_over"] * p["peer_trust"])


@kernel
def faded(w, benefit, days):
    """Dose of contact after `days` without contact."""
    return benefit * w.remains[BENEFIT, days]
