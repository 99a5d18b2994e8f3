"""Disclosure and treatment of distress: with trust a person tells, and withdrawal and pain are treated.

Reads trust in clinicians and in the worker who vouches, and experienced stigma; writes distress, disclosed and
medicated. Sources: Collins 2019 (10.1007/s11606-019-05311-0, "I wouldn't have talked to them"), Lennox 2021. Off: no
distress, no disclosure.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.bounded import clip, gain, loss
from simulation.kernel import kernel


@kernel
def arrive(w, i, episode):
    """Distress on arrival; nothing is disclosed yet."""
    P = w.parameters[0]
    p = w.patients[i]
    p["disclosed"] = 0
    p["medicated"] = 0
    p["distress"] = 0.0
    if w.switches[0]["disclosure"]:
        z = draws.normal_quantile(draws.uniform(w.levers[0]["key"], draws.DISTRESS, i, episode, 0, 0))
        p["distress"] = clip(P["disclosure.distress_mean"] + P["disclosure.distress_sd"] * z)


@kernel
def tell(w, i, s):
    """Person `i` tells of their use: treatment of distress may be offered."""
    P = w.parameters[0]
    p = w.patients[i]
    p["disclosed"] = 1
    s["disclosed"] = 1
    if draws.uniform(w.levers[0]["key"], draws.MEDICATION, i, s["ordinal"], 0, 0) < P["disclosure.medication"]:
        p["medicated"] = 1
        s["medicated"] = 1


@kernel
def advance(w, i, s, day_of_stay, believed, vouched):
    """Distress of one day, then disclosure; returns whether the person disclosed today.

    `believed` is the relief by pain believed on a day with a worker at the bedside (share of distress; below zero,
    distress is added); `vouched` is trust in a worker who vouches, weighted by what lived experience opens.
    """
    P = w.parameters[0]
    p = w.patients[i]
    if p["medicated"]:
        p["distress"] = loss(p["distress"], P["disclosure.relief"])
    elif day_of_stay < P["disclosure.peak_day"]:
        p["distress"] = gain(p["distress"], P["disclosure.rise"])
    else:
        p["distress"] = loss(p["distress"], P["disclosure.decay"])
    if believed >= 0.0:
        p["distress"] = loss(p["distress"], believed)
    else:
        p["distress"] = gain(p["distress"], -believed)
    if p["disclosed"]:
        return False
    s["left_disclosure"] -= P["disclosure.rate"] * math.exp(
        P["disclosure.trust"] * (p["trust"] - 0.5)
        + P["disclosure.stigma"] * (p["stigma"] - 0.4)
        + P["disclosure.vouching"] * vouched
    )
    if s["left_disclosure"] > 0.0:
        return False
    tell(w, i, s)
    return True
