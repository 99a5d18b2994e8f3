"""Clinicians change: credibility of the role, stigma, burnout, training and turnover.

Credibility grows with exposure to working peers, role clarity and a champion, and falls with incidents. Stigma falls
with good contact and training, which fades; contact backfires in a burnt-out clinician. Sources: Scannell 2021, OMNI
guide, Aiken 2023, NSI 2025, J Addict Nurs 2020. Off: clinicians stay as they were hired, and nobody leaves.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.bounded import clip, gain, loss
from simulation.kernel import kernel
from simulation.state import NURSE


@kernel
def hire(w, j):
    """Traits of a new holder of clinician post `j`."""
    P = w.parameters[0]
    key = w.levers[0]["key"]
    c = w.clinicians[j]
    a, b = draws.uniform_pair(key, draws.CLINICIAN, c["post"], c["ordinal"], 0, 0)
    c["stigma_at_hire"] = clip(
        P["clinicians_change.stigma_mean"] + P["clinicians_change.stigma_sd"] * draws.normal_quantile(a)
    )
    c["stigma"] = c["stigma_at_hire"]
    share = P["clinicians_change.high_nurse"] if c["profession"] == NURSE else P["clinicians_change.high_physician"]
    sd = P["clinicians_change.burnout_sd"]
    mean = P["clinicians_change.burnout_cut_off"] + sd * draws.normal_quantile(share)
    c["resting_burnout"] = clip(mean + sd * draws.normal_quantile(b))
    c["burnout"] = c["resting_burnout"]
    c["credibility"] = P["clinicians_change.credibility_start"]
    c["training"] = 0.0
    c["tenure"] = 0
    c["good"] = 0
    c["conflicts"] = 0
    c["left_exit"] = draws.exponential(key, draws.TURNOVER, c["post"], c["ordinal"], 0, 0)


@kernel
def clarity(w, adequacy):
    """Clarity of the worker's role (0 to 1): boundaries, cross-training, champion, supervision."""
    P = w.parameters[0]
    L = w.levers[0]
    unclear = 1.0 - P["clinicians_change.clarity_boundaries"] * L["boundary_practice"]
    unclear *= 1.0 - P["clinicians_change.clarity_training"] * min(1.0, L["cross_training_hours"] / 8.0)
    unclear *= 1.0 - P["clinicians_change.clarity_champion"] * L["champion"]
    unclear *= 1.0 - P["supervision.clarity"] * adequacy
    return min(1.0, max(0.0, 1.0 - unclear))


@kernel
def lesson(w):
    """Lowering of stigma by a day of cross-training, while the programme runs."""
    dose = (1.0 - math.exp(-w.levers[0]["cross_training_hours"] / 8.0)) / (1.0 - math.exp(-1.0))
    return w.parameters[0]["clinicians_change.training_effect"] * dose / 365.0


@kernel
def end_of_day(w, j, exposure, lesson):
    """One day of clinician `j`; `exposure`: visits seen today; `lesson`: see there. Returns whether they leave."""
    P = w.parameters[0]
    L = w.levers[0]
    c = w.clinicians[j]
    unit = w.units[c["unit"]]
    scale = P["clinicians_change.nurse_gain"] if c["profession"] == NURSE else 1.0

    start = P["clinicians_change.credibility_start"]
    c["credibility"] += P["clinicians_change.credibility_fade"] * (start - c["credibility"])
    if exposure > 0.0:
        more = 1.0 + P["clinicians_change.champion"] * L["champion"] + P["clinicians_change.clarity"] * unit["clarity"]
        g = P["clinicians_change.credibility_gain"] * exposure * more * scale
        if g >= 0.0:
            c["credibility"] = gain(c["credibility"], min(1.0, g))
        else:
            c["credibility"] = loss(c["credibility"], min(1.0, -g))
    if unit["incidents"] > 0:
        for _ in range(unit["incidents"]):
            c["credibility"] = loss(c["credibility"], P["clinicians_change.incident"])

    trained = c["training"]
    c["training"] += lesson - trained / P["clinicians_change.training_fade"]
    c["stigma"] = clip(c["stigma"] - (c["training"] - trained))
    resting = clip(c["stigma_at_hire"] - c["training"])
    c["stigma"] += P["clinicians_change.stigma_return"] * (resting - c["stigma"])
    if c["good"] > 0:
        c["stigma"] = loss(c["stigma"], min(1.0, P["clinicians_change.good_contact"] * c["good"] * scale))
    if c["conflicts"] > 0:
        if c["burnout"] > P["clinicians_change.burnout_cut_off"]:
            c["stigma"] = gain(c["stigma"], min(1.0, P["clinicians_change.backfire"] * c["conflicts"]))
        c["burnout"] = gain(c["burnout"], min(1.0, P["clinicians_change.burnout_conflict"] * c["conflicts"]))
    target = clip(c["resting_burnout"] + P["clinicians_change.burnout_load"] * unit["load"])
    c["burnout"] += P["clinicians_change.burnout_rest"] * (target - c["burnout"])
    c["good"] = 0
    c["conflicts"] = 0
    c["tenure"] += 1
    nurse = c["profession"] == NURSE
    yearly = P["clinicians_change.nurse_turnover"] if nurse else P["clinicians_change.physician_turnover"]
    c["left_exit"] -= (
        yearly
        / 365.0
        * math.exp(P["clinicians_change.exit_burnout"] * (c["burnout"] - P["clinicians_change.burnout_cut_off"]))
    )
    return c["left_exit"] <= 0.0
