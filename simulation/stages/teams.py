"""Who sees whom: which worker a person meets, goes over to, and what becomes of the list of one who leaves."""

from __future__ import annotations

import numpy as np

from simulation import caseload, draws, observe, trial_arms
from simulation.kernel import kernel
from simulation.processes import follow_up, workforce
from simulation.state import (
    AT_ED,
    AT_UNIT,
    BOARDING,
    E_CONTACT_ENDS,
    E_HANDED_OVER,
    EVERYWHERE,
    IN_BED,
    IN_COMMUNITY,
    IN_ED,
    ON_LEAVE,
    ROAMING,
    VACANT,
    WAITING,
)


@kernel
def covers(home, place):
    """Whether a worker of this home sees people at this place."""
    if home == EVERYWHERE:
        return True
    if place == IN_BED:
        return home == AT_UNIT or home == ROAMING
    if place == IN_ED or place == BOARDING:
        return home == AT_ED or home == ROAMING
    return home == IN_COMMUNITY


@kernel
def meets(w, j, i, day):
    """Whether worker `j` sees person `i` today, who may have come through the emergency department this morning."""
    p = w.patients[i]
    home = w.workers[j]["home"]
    if p["place"] == IN_BED and home == AT_ED:
        return w.stays[p["stay"]]["admission_day"] == day and is_covered(w, i)
    if p["place"] == IN_ED and home != EVERYWHERE and not is_covered(w, i):
        return False
    return covers(home, p["place"])


@kernel
def is_covered(w, i):
    """Whether person `i` came to the emergency department at an hour at which somebody is there."""
    cover = w.levers[0]["cover"]
    return (
        cover >= 1.0
        or draws.uniform(w.levers[0]["key"], draws.ARRIVAL_HOUR, i, w.patients[i]["ed_visits"], 0, 0) < cover
    )


@kernel
def task_key(w, i, due, day, use):
    """Order within a list of tasks: longest due first, ties by a keyed rank; `use` tells lists of one day apart."""
    return np.int64(due) * 4294967296 + draws.rank(w.levers[0]["key"], i, 0, day, use)


@kernel
def hand_over(w, day):
    """Morning: people whose worker does not work where they are go over to one who does and has room.

    In a trial workers go everywhere, and an arm may have other workers after discharge than in hospital.
    """
    if not w.switches[0]["workforce"]:
        return
    two_teams = w.trial[0]["two_teams"]
    n = 0
    for j in range(len(w.workers)):
        x = w.workers[j]
        cover = w.units[x["hospital"] * (w.levers[0]["units"] + 1)]
        to_unit = cover["covers_units"] and x["home"] != AT_UNIT
        to_community = cover["covers_community"] and x["home"] != IN_COMMUNITY
        by_place = x["home"] < ROAMING and (to_unit or to_community)
        if x["caseload"] == 0 or not (by_place or two_teams):
            continue
        for slot in range(w.caseloads.shape[1]):
            i = w.caseloads[j, slot]
            if i < 0:
                continue
            p = w.patients[i]
            if two_teams:
                goes = not trial_arms.serves(w, j, i)
                since = p["contact_start"]
            elif p["place"] == IN_BED:
                goes = to_unit
                since = w.stays[p["stay"]]["bed_day"]
            else:
                goes = to_community and p["place"] <= WAITING
                since = p["contact_start"]
            if goes:
                w.tasks[n, 0] = task_key(w, i, since, day, 4)
                w.tasks[n, 1] = i
                n += 1
    caseload.sort_tasks(w, n)
    for index in range(n):
        i = w.tasks[index, 1]
        if two_teams:
            j = colleague(w, i, day, EVERYWHERE, EVERYWHERE, 5)
        elif w.patients[i]["place"] == IN_BED:
            j = colleague(w, i, day, AT_UNIT, ROAMING, 5)
        else:
            j = colleague(w, i, day, IN_COMMUNITY, IN_COMMUNITY, 5)
        if j >= 0:
            go_over(w, i, j, day, True)


@kernel
def colleague(w, i, day, home, other_home, index):
    """Who takes person `i` over: shortest list with room among workers of two homes; -1: none.

    Ties are broken by a keyed rank; `index` tells its uses on one day apart.
    """
    p = w.patients[i]
    best = -1
    best_key = np.int64(0)
    for j in range(w.workers_of[p["hospital"]], w.workers_of[p["hospital"] + 1]):
        x = w.workers[j]
        if j == p["worker"] or x["state"] == VACANT or x["state"] == ON_LEAVE:
            continue
        if (x["home"] != home and x["home"] != other_home) or x["caseload"] >= w.levers[0]["caseload_cap"]:
            continue
        if not trial_arms.serves(w, j, i):
            continue
        key = np.int64(x["caseload"]) * 4294967296 + draws.rank(w.levers[0]["key"], x["post"], i, day, index)
        if best < 0 or key < best_key:
            best = j
            best_key = key
    return best


@kernel
def go_over(w, i, j, day, in_person):
    """Person `i` goes over to worker `j`, who starts with a share of the trust in the one before, or their own.

    `in_person`: colleagues hand over to one another, and the one before stays.
    """
    p = w.patients[i]
    observe.log(w, day, E_HANDED_OVER, i, observe.where(w, i), j, p["worker"])
    P = w.parameters[0]
    kept = P["workforce.team_kept"] if in_person else P["workforce.trust_kept"]
    caseload.go_over(w, i, j, kept, P["workforce.memory"])
    follow_up.change_of_worker(w, i)


@kernel
def find_worker(w, i, day, minutes):
    """The worker who can see person `i` now: one they know, else the shortest list, ties by a keyed rank; -1: none."""
    p = w.patients[i]
    best = -1
    best_key = np.int64(0)
    for j in range(w.workers_of[p["hospital"]], w.workers_of[p["hospital"] + 1]):
        x = w.workers[j]
        if not x["on_duty"] or x["caseload"] >= w.levers[0]["caseload_cap"] or not meets(w, j, i, day):
            continue
        if w.switches[0]["peer_time"] and x["minutes"] < minutes:
            continue
        if not trial_arms.serves(w, j, i):
            continue
        if caseload.remembers(w, i, j):
            return j
        key = np.int64(x["caseload"]) * 4294967296 + draws.rank(w.levers[0]["key"], x["post"], i, day, 2)
        if best < 0 or key < best_key:
            best = j
            best_key = key
    return best


@kernel
def part(w, j, day):
    """Worker `j` leaves: each person on the list is handed over to a worker of the same home with room, or dropped."""
    x = w.workers[j]
    use = 64 + 2 * (j - w.workers_of[x["hospital"]])  # who takes a list over may leave on the same evening
    n = 0
    for slot in range(w.caseloads.shape[1]):
        i = w.caseloads[j, slot]
        if i >= 0:
            w.tasks[n, 0] = task_key(w, i, 0, day, use)
            w.tasks[n, 1] = i
            n += 1
    caseload.sort_tasks(w, n)
    for index in range(n):
        i = w.tasks[index, 1]
        other = -1
        if workforce.is_handed_over(w, i, j):
            other = colleague(w, i, day, x["home"], x["home"], use + 1)
        if other >= 0:
            go_over(w, i, other, day, False)
        else:
            observe.log(w, day, E_CONTACT_ENDS, i, observe.where(w, i), j, 4)
            caseload.leave(w, i)
