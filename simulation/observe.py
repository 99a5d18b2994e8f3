"""Daily series and event log: what is written down while the day runs."""

from __future__ import annotations

import numpy as np
from numba import types

from simulation.kernel import entry, fixed, kernel
from simulation.state import BOARDING, IN_BED, IN_ED, VACANT
from simulation.world_compiled import WORLD


@fixed(types.void(WORLD, *[types.int64] * 6))
def log(w, day, kind, person, unit, worker, detail):
    """Append one event; -1 stands for "none", as unit for outside hospital."""
    n = w.counts[0]["events"]
    if n < len(w.events):
        e = w.events[n]
        e["day"] = day
        e["kind"] = kind
        e["person"] = person
        e["unit"] = unit
        e["worker"] = worker
        e["detail"] = detail
    w.counts[0]["events"] = n + 1


@kernel
def emergency(w, hospital):
    """The emergency department of a hospital, the first of its units."""
    return hospital * (w.levers[0]["units"] + 1)


@kernel
def where(w, i):
    """Unit where person `i` is, -1: outside hospital; who boards is in the emergency department."""
    p = w.patients[i]
    if p["place"] == IN_BED:
        return w.stays[p["stay"]]["unit"]
    return emergency(w, p["hospital"]) if p["place"] == IN_ED or p["place"] == BOARDING else -1


@entry
def chain(events, wanted, people):
    """Chain the events whose kind is `wanted` by person.

    Returns the link of each person's latest event, the rows of the links in the log, and the link before each.
    """
    n = 0
    for row in range(len(events)):
        n += wanted[events[row]["kind"]]
    latest = np.full(people, -1, np.int32)
    rows = np.empty(n, np.int32)
    before = np.empty(n, np.int32)
    link = 0
    for row in range(len(events)):
        e = events[row]
        if wanted[e["kind"]]:
            rows[link] = row
            before[link] = latest[e["person"]]
            latest[e["person"]] = link
            link += 1
    return latest, rows, before


@entry
def last_up_to(events, latest, rows, before, who, when):
    """Row of the last chained event of each person `who` up to the day `when`, -1: none."""
    found = np.full(len(who), -1, np.int64)
    for k in range(len(who)):
        link = latest[who[k]]
        while link >= 0 and events[rows[link]]["day"] > when[k]:
            link = before[link]
        if link >= 0:
            found[k] = rows[link]
    return found


@kernel
def close_day(w, day):
    """Write the means and stocks of the day into the daily series."""
    P = w.parameters[0]
    t = w.daily[day]
    t["alive"] = w.counts[0]["alive"]
    t["in_care"] = w.counts[0]["in_care"]
    t["using"] = w.counts[0]["using"]
    t["unhoused"] = w.counts[0]["unhoused"]
    t["census"] = w.counts[0]["inpatients"]
    t["boarding"] = w.counts[0]["boarders"]
    occupied = 0
    background = 0
    for u in range(len(w.units)):
        if not w.units[u]["ed"]:
            occupied += w.units[u]["occupied"]
            background += w.units[u]["background"]
    t["occupied_beds"] = occupied
    t["background_beds"] = background
    n = 0
    high = 0
    burnout = 0.0
    adequacy = 0.0
    supervised = 0.0
    caseload = 0
    vacant = 0
    navigators = 0
    if day >= w.levers[0]["start_day"]:
        for j in range(len(w.workers)):
            x = w.workers[j]
            if x["state"] == VACANT:
                vacant += x["open"]
                continue
            n += 1
            navigators += not x["lived_experience"]
            burnout += x["burnout"]
            adequacy += x["adequacy"]
            supervised += x["supervised"]
            caseload += x["caseload"]
            if x["burnout"] > P["well_being.cut_off"]:
                high += 1
    t["workers_in_post"] = n
    t["vacant_posts"] = vacant
    t["navigators_in_post"] = navigators
    t["workers_high_burnout"] = high
    t["caseload"] = caseload
    t["supervision_minutes"] = supervised / 7.0
    if n > 0:
        t["worker_burnout"] = burnout / n
        t["supervision_adequacy"] = adequacy / n
    filled = 0
    for j in range(len(w.supervisors)):
        filled += w.supervisors[j]["filled"]
    t["supervisors_in_post"] = filled if day >= w.levers[0]["start_day"] else 0
