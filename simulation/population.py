"""Synthesis of the catchment population, the staff and the hospitals."""

from __future__ import annotations

import math

import numpy as np

from simulation import draws
from simulation.bounded import clip, expit, logit
from simulation.clocks import draw_threshold, tabulate
from simulation.config import Config
from simulation.kernel import entry, kernel
from simulation.processes import acute_need, after_discharge, clinicians_change, workforce
from simulation.stages import community
from simulation.state import (
    AT_ED,
    AT_UNIT,
    CARE,
    DEATH,
    IN_COMMUNITY,
    NEED,
    NEVER,
    NURSE,
    OVERDOSE,
    PHYSICIAN,
    ROAMING,
    USE,
)


@kernel
def make_person(w, i):
    """Fixed traits and start state of person `i`, and their first day in the calendar."""
    P = w.parameters[0]
    key = w.levers[0]["key"]
    p = w.patients[i]
    a, b, c, d = draws.uniform_four(key, draws.PERSON, i, 0, 0, 0)
    p["hospital"] = min(int(a * w.levers[0]["hospitals"]), w.levers[0]["hospitals"] - 1)
    p["circle"] = int(b * P["population.circles"])
    p["unhoused"] = c >= P["population.stable_housing"]
    p["uncovered"] = d >= P["population.adequate_cover"]
    a, b, c, d = draws.uniform_four(key, draws.PERSON, i, 0, 0, 1)
    sd = P["population.frailty_sd"]
    p["frailty"] = math.exp(sd * draws.normal_quantile(a) - 0.5 * sd * sd)
    p["leave_propensity"] = draws.normal_quantile(b)
    r = P["population.selection"]
    p["engage_propensity"] = math.sqrt(1.0 - r * r) * draws.normal_quantile(c) - r * p["leave_propensity"]
    r = P["follow_up.reach_engagement"]
    reach = r * p["engage_propensity"] + math.sqrt(1.0 - r * r) * draws.normal_quantile(d)
    p["reach"] = expit(
        logit(P["follow_up.reach"]) + P["follow_up.reach_sd"] * reach + P["follow_up.unhoused"] * p["unhoused"]
    )
    a, b, c, d = draws.uniform_four(key, draws.PERSON, i, 0, 0, 2)
    p["co_occurring"] = a < P["population.co_occurring"]
    p["injecting"] = b < P["population.injecting"]
    p["usual_trust"] = clip(P["population.trust_mean"] + P["population.trust_sd"] * draws.normal_quantile(c))
    p["usual_stigma"] = clip(P["population.stigma_mean"] + P["population.stigma_sd"] * draws.normal_quantile(d))
    p["proneness"] = acute_need.proneness(w, i)
    p["frailty_death"] = after_discharge.frailty_death(w, i)
    p["trust"] = p["usual_trust"]
    p["stigma"] = p["usual_stigma"]
    a, b = draws.uniform_pair(key, draws.PERSON_STATE, i, 0, 0, 0)
    p["in_care"] = a < P["population.in_care_at_start"]
    p["using"] = b < P["after_discharge.using_at_start"]
    p["worker"] = -1
    p["slot"] = -1
    p["last_contact"] = -1
    p["missed_due"] = -1
    p["discharge_day"] = -1
    p["stay"] = -1
    p["clock_day"] = -1
    w.entries[i]["due"] = NEVER
    p["at"] = -1
    for k in (NEED, OVERDOSE, DEATH, CARE, USE):
        draw_threshold(w, i, k, 0, 0, 0)
    community.wake(w, i, -1)


@entry
def populate(w):
    """Fill the world before the first day."""
    tabulate(w)
    for i in range(len(w.patients)):
        make_person(w, i)
    w.counts[0]["alive"] = len(w.patients)
    for j in range(len(w.clinicians)):
        clinicians_change.hire(w, j)
    for u in range(len(w.units)):
        w.units[u]["credibility"] = w.parameters[0]["clinicians_change.credibility_start"]
    for j in range(len(w.workers)):
        workforce.vacate(w, j, w.levers[0]["start_day"])


def lay_out(config: Config, world: object) -> None:
    """Write hospitals, units, staff posts and supervisors into the empty arrays of `world`."""
    h = config.hospital
    units = world.units  # type: ignore[attr-defined]
    clinicians = world.clinicians  # type: ignore[attr-defined]
    per_hospital = h.units + 1
    index = np.arange(len(units))
    ed = index % per_hospital == 0
    units["hospital"] = index // per_hospital
    units["ed"] = ed
    units["beds"] = np.where(ed, 0, h.beds_per_unit)
    units["nurses"] = np.where(ed, h.ed_nurses, h.nurses_per_unit)
    units["physicians"] = np.where(ed, h.ed_physicians, h.physicians_per_unit)
    ends = np.cumsum(units["nurses"] + units["physicians"])
    units["first_nurse"] = ends - units["nurses"] - units["physicians"]
    units["first_physician"] = ends - units["physicians"]

    unit = np.repeat(index, units["nurses"] + units["physicians"])
    place = np.arange(len(clinicians)) - units["first_nurse"][unit]
    nurse = place < units["nurses"][unit]
    clinicians["unit"] = unit
    clinicians["profession"] = np.where(nurse, NURSE, PHYSICIAN)
    clinicians["post"] = (2 * unit + ~nurse) * 2048 + np.where(nurse, place, place - units["nurses"][unit])
    lay_out_programme(config, world)


def homes(posts: int, config: Config) -> list[int]:
    """Homes of `posts` posts by the largest remainder of the shares: unit, emergency department, community, roaming."""
    p = config.programme
    shares = {AT_UNIT: p.share_unit, AT_ED: p.share_ed, IN_COMMUNITY: p.share_community}
    shares[ROAMING] = max(0.0, 1.0 - sum(shares.values()))
    exact = {home: share * posts for home, share in shares.items()}
    whole = {home: int(x + 1e-9) for home, x in exact.items()}
    for home in sorted(exact, key=lambda k: (whole[k] - exact[k], k))[: posts - sum(whole.values())]:
        whole[home] += 1
    return [home for home, n in whole.items() for _ in range(n)]


def lay_out_programme(config: Config, world: object) -> None:
    """Write posts of workers and supervisors; posts are spread evenly over hospitals."""
    p, hospitals = config.programme, config.hospital.count
    workers = world.workers  # type: ignore[attr-defined]
    supervisors = world.supervisors  # type: ignore[attr-defined]
    row = 0
    for hospital in range(hospitals):
        world.workers_of[hospital] = row  # type: ignore[attr-defined]
        for navigator, posts in enumerate((p.peers, p.navigators)):
            mine = posts // hospitals + (hospital < posts % hospitals)
            for ordinal, home in enumerate(homes(mine, config)):
                x = workers[row]
                x["post"] = (hospital * 2 + navigator) * 20_001 + ordinal
                x["hospital"] = hospital
                x["home"] = home
                x["lived_experience"] = not navigator
                x["supervisor"] = row * len(supervisors) // len(workers)
                row += 1
    world.workers_of[hospitals] = row  # type: ignore[attr-defined]
    supervisors["span"] = np.bincount(workers["supervisor"], minlength=len(supervisors)) if len(workers) else 0
    k = np.arange(len(supervisors))
    share = p.supervisor_lived_experience
    supervisors["lived_experience"] = np.floor((k + 1) * share + 1e-9) > np.floor(k * share + 1e-9)
    supervisors["until"] = p.start_day
