"""What workers do in a day: bedside visits, first offers, follow-up contacts, in the order of the priority rule."""

from __future__ import annotations

import numpy as np

from simulation import arms, caseload, community, draws, observe
from simulation.kernel import kernel
from simulation.processes import (
    barriers,
    bridging,
    clinicians_change,
    follow_up,
    peer_time,
    referral,
    relationship,
    supervision,
    well_being,
    workforce,
)
from simulation.state import (
    AT_ED,
    AT_UNIT,
    BOARDING,
    E_ACCEPTS,
    E_BACK,
    E_BARRIER,
    E_CONTACT,
    E_CONTACT_ENDS,
    E_CONTACT_FAILED,
    E_CONTACT_MISSED,
    E_DECLINES,
    E_HANDED_OVER,
    E_HIRED,
    E_ON_LEAVE,
    E_STARTS,
    E_SUPERVISOR_HIRED,
    E_SUPERVISOR_LEAVES,
    E_VISIT,
    E_VISIT_MISSED,
    E_WORKER_LEAVES,
    E_WORKER_RETURN,
    EVERYWHERE,
    HOME,
    IN_BED,
    IN_COMMUNITY,
    IN_ED,
    NOT_REFERRED,
    ON_LEAVE,
    ONBOARDING,
    REFERRED,
    ROAMING,
    VACANT,
    WAITING,
    WORKING,
)
from simulation.world import AHEAD, fetch_person


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
        return w.stays[p["stay"]]["admission_day"] == day
    return covers(home, p["place"])


@kernel
def muster(w, day):
    """Morning: hiring, end of onboarding and leave, supervision, minutes of the day, cover of each hospital."""
    runs = day >= w.levers[0]["start_day"]
    per_hospital = w.levers[0]["units"] + 1
    if runs:
        for j in range(len(w.workers)):
            x = w.workers[j]
            if x["state"] == VACANT and day >= x["until"]:
                workforce.hire(w, j, day)
                well_being.draw_thresholds(w, j)
                w.daily[day]["worker_hires"] += 1
                observe.log(w, day, E_HIRED, -1, observe.emergency(w, x["hospital"]), j, x["ordinal"])
            if x["state"] == ONBOARDING and day >= x["until"]:
                x["state"] = WORKING
                observe.log(w, day, E_STARTS, -1, observe.emergency(w, x["hospital"]), j, x["ordinal"])
            if x["state"] == ON_LEAVE and day >= x["until"]:
                x["state"] = WORKING
                observe.log(w, day, E_BACK, -1, observe.emergency(w, x["hospital"]), j, x["ordinal"])
    for h in range(w.levers[0]["hospitals"]):
        cover = w.units[h * per_hospital]
        cover["covers_units"] = 0
        cover["covers_ed"] = 0
        cover["covers_community"] = 0
        cover["colleagues"] = 0
        adequacy = 0.0
        for j in range(w.workers_of[h], w.workers_of[h + 1]):
            x = w.workers[j]
            if x["state"] == VACANT:
                x["on_duty"] = 0
                x["minutes"] = 0.0
                x["shift"] = 0.0
                continue
            cover["colleagues"] += 1
            minutes = supervision.attend(w, j)
            adequacy += x["adequacy"]
            peer_time.begin_shift(w, j, day, clinicians_change.clarity(w, x["adequacy"]), minutes)
            if x["state"] != ON_LEAVE:
                home = x["home"]
                cover["covers_units"] |= covers(home, IN_BED)
                cover["covers_ed"] |= covers(home, IN_ED)
                cover["covers_community"] |= covers(home, HOME)
            if x["on_duty"]:
                w.daily[day]["minutes_worked"] += w.levers[0]["shift_minutes"]
        clarity = 0.0
        if cover["colleagues"] > 0:
            clarity = clinicians_change.clarity(w, adequacy / cover["colleagues"])
        for u in range(h * per_hospital, (h + 1) * per_hospital):
            w.units[u]["clarity"] = clarity


@kernel
def hand_over(w, day):
    """Morning: people in a bed or at home whose worker does not work there go over to one who does and has room."""
    if not w.switches[0]["workforce"]:
        return
    n = 0
    for j in range(len(w.workers)):
        x = w.workers[j]
        cover = w.units[x["hospital"] * (w.levers[0]["units"] + 1)]
        to_unit = cover["covers_units"] and x["home"] != AT_UNIT
        to_community = cover["covers_community"] and x["home"] != IN_COMMUNITY
        if x["caseload"] == 0 or x["home"] >= ROAMING or not (to_unit or to_community):
            continue
        for slot in range(w.caseloads.shape[1]):
            i = w.caseloads[j, slot]
            if i < 0:
                continue
            p = w.patients[i]
            if p["place"] == IN_BED:
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
        if w.patients[i]["place"] == IN_BED:
            j = colleague(w, i, day, AT_UNIT, ROAMING, 5)
        else:
            j = colleague(w, i, day, IN_COMMUNITY, IN_COMMUNITY, 5)
        if j >= 0:
            go_over(w, i, j, day)


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
        if not arms.serves(w, j, i):
            continue
        key = np.int64(x["caseload"]) * 4294967296 + draws.rank(w.levers[0]["key"], x["post"], i, day, index)
        if best < 0 or key < best_key:
            best = j
            best_key = key
    return best


@kernel
def go_over(w, i, j, day):
    """Person `i` goes over to worker `j`: the new one starts with a share of the trust in the one before."""
    p = w.patients[i]
    observe.log(w, day, E_HANDED_OVER, i, observe.where(w, i), j, p["worker"])
    caseload.go_over(w, i, j, w.parameters[0]["workforce.trust_kept"])


@kernel
def work(w, day):
    """The shift of all workers, by the priority rule."""
    if w.levers[0]["priority"] == 1:
        for j in range(len(w.workers)):
            contacts(w, j, day)
    for j in range(len(w.workers)):
        bedside(w, j, day)
    offers(w, day)
    if w.levers[0]["priority"] == 0:
        for j in range(len(w.workers)):
            contacts(w, j, day)
    for j in range(len(w.workers)):
        w.daily[day]["minutes_with_people"] += w.workers[j]["shift"] - w.workers[j]["minutes"]


@kernel
def task_key(w, i, due, day, use):
    """Order within a list of tasks: longest due first, ties by a keyed rank; `use` tells lists of one day apart."""
    return np.int64(due) * 4294967296 + draws.rank(w.levers[0]["key"], i, 0, day, use)


@kernel
def missed(w, i, j, day, due, kind):
    """What was due to person `i` on day `due` does not fit in: counted once, however long it then waits.

    Due days of one person differ and grow: what is due next is due after what was made.
    """
    p = w.patients[i]
    if p["missed_due"] != due:
        p["missed_due"] = due
        if kind == E_VISIT_MISSED:
            w.daily[day]["visits_missed"] += 1
        else:
            w.daily[day]["contacts_missed"] += 1
        observe.log(w, day, kind, i, observe.where(w, i), j, due)


@kernel
def bedside(w, j, day):
    """Visits of worker `j` to the inpatients on their list."""
    x = w.workers[j]
    if not x["on_duty"] or x["caseload"] == 0:
        return
    n = 0
    for slot in range(w.caseloads.shape[1]):
        i = w.caseloads[j, slot]
        if i < 0:
            continue
        p = w.patients[i]
        if (p["place"] == IN_BED or p["place"] == BOARDING) and meets(w, j, i, day) and arms.at_bedside(w, i):
            s = w.stays[p["stay"]]
            due = s["advocated"] + arms.visit_interval(w, i) if s["advocated"] >= 0 else s["admission_day"]
            if due <= day:
                w.tasks[n, 0] = task_key(w, i, due, day, 1)
                w.tasks[n, 1] = i
                n += 1
    caseload.sort_tasks(w, n)
    for index in range(n):
        i = w.tasks[index, 1]
        due = w.tasks[index, 0] // 4294967296
        if peer_time.spend(w, j, w.parameters[0]["peer_time.visit"], w.patients[i]["missed_due"] == due):
            visit(w, i, j, day)
        else:
            missed(w, i, j, day, due, E_VISIT_MISSED)


@kernel
def see(w, i, j):
    """Worker `j` meets person `i`: what the day leaves with the worker."""
    x = w.workers[j]
    x["seen"] += 1
    x["seen_distress"] += w.patients[i]["distress"]
    x["seen_circle"] += 1 if x["circle"] == w.patients[i]["circle"] else 0


@kernel
def visit(w, i, j, day):
    """A bedside visit: relationship, bridging, advocacy for the day, planning, barriers."""
    P = w.parameters[0]
    p = w.patients[i]
    see(w, i, j)
    in_ed = p["place"] == IN_ED
    since = 0 if in_ed else day - max(w.stays[p["stay"]]["admission_day"], p["last_contact"])
    p["last_contact"] = day
    w.daily[day]["visits_made"] += 1
    relationship.strengthen(w, i, j, P["relationship.visit_gain"])
    follow_up.visited(w, i, P["follow_up.visit_benefit"], since)
    arms.note_visit(w, i)
    per_hospital = w.levers[0]["units"] + 1
    if in_ed:
        bridging.bridge(w, i, p["hospital"] * per_hospital)
        observe.log(w, day, E_VISIT, i, observe.emergency(w, p["hospital"]), j, -1)
        return
    s = w.stays[p["stay"]]
    u = s["unit"] if p["place"] == IN_BED else s["hospital"] * per_hospital
    s["advocated"] = day
    s["visits"] += 1
    bridging.bridge(w, i, u)
    observe.log(w, day, E_VISIT, i, u, j, s["visits"])
    if s["planning_left"] > 0.0 and arms.plans(w, i):
        chunk = min(s["planning_left"], P["peer_time.visit"])
        if peer_time.spend(w, j, chunk, False):
            s["planning_left"] -= chunk
    if s["barriers"] and arms.helps(w, i) and peer_time.spend(w, j, P["barriers.minutes"], False):
        resolved = barriers.session(w, i, s, day - s["admission_day"], w.workers[j]["skill"])
        if resolved:
            observe.log(w, day, E_BARRIER, i, u, j, resolved)


@kernel
def find_worker(w, i, day, minutes):
    """The worker with the shortest list who can see person `i` now, ties by a keyed rank; -1: none."""
    p = w.patients[i]
    best = -1
    best_key = np.int64(0)
    for j in range(w.workers_of[p["hospital"]], w.workers_of[p["hospital"] + 1]):
        x = w.workers[j]
        if not x["on_duty"] or x["caseload"] >= w.levers[0]["caseload_cap"] or not meets(w, j, i, day):
            continue
        if w.switches[0]["peer_time"] and x["minutes"] < minutes:
            continue
        if not arms.serves(w, j, i):
            continue
        key = np.int64(x["caseload"]) * 4294967296 + draws.rank(w.levers[0]["key"], x["post"], i, day, 2)
        if best < 0 or key < best_key:
            best = j
            best_key = key
    return best


@kernel
def offers(w, day):
    """First offers to the people referred, in queue order."""
    for index in range(w.counts[0]["referred"]):
        i = w.referred[index]
        p = w.patients[i]
        if p["referral"] != REFERRED or referral.ready_day(w, i) > day:
            continue
        if p["place"] == HOME or p["place"] == WAITING:
            offer_by_phone(w, i, day)
            continue
        minutes = peer_time.first_visit_minutes(w, i)
        j = find_worker(w, i, day, minutes)
        if j < 0:
            missed(w, i, -1, day, referral.ready_day(w, i), E_VISIT_MISSED)
            continue
        w.daily[day]["offers"] += 1
        inpatient = p["place"] != IN_ED
        if inpatient:
            w.stays[p["stay"]]["offered"] = 1
        p["first_visit"] = 0.0
        if not referral.accepts(w, i):
            peer_time.spend(w, j, min(minutes, w.parameters[0]["peer_time.attempt"]), False)
            observe.log(w, day, E_DECLINES, i, observe.where(w, i), j, -1)
            continue
        peer_time.spend(w, j, minutes, False)
        enrol(w, i, j, day)
        if inpatient:
            w.stays[p["stay"]]["accepted"] = 1
        visit(w, i, j, day)


@kernel
def enrol(w, i, j, day):
    """Person `i` accepts worker `j`."""
    caseload.join(w, i, j)
    arms.note_acceptance(w, i, day)
    w.daily[day]["acceptances"] += 1
    observe.log(w, day, E_ACCEPTS, i, observe.where(w, i), j, w.patients[i]["place"])


@kernel
def offer_by_phone(w, i, day):
    """A first offer by a community worker to person `i`, who is at home."""
    P = w.parameters[0]
    p = w.patients[i]
    if p["trial"] and not arms.runs(w, i, day):
        p["referral"] = NOT_REFERRED
        return
    j = find_worker(w, i, day, P["peer_time.attempt"])
    if j < 0:
        missed(w, i, -1, day, referral.ready_day(w, i), E_CONTACT_MISSED)
        return
    peer_time.spend(w, j, P["peer_time.attempt"], False)
    reached, lost = follow_up.answers(w, i, day)
    if not reached:
        w.daily[day]["contacts_failed"] += 1
        observe.log(w, day, E_CONTACT_FAILED, i, observe.where(w, i), j, 1)
        if lost:
            p["referral"] = NOT_REFERRED
        return
    w.daily[day]["offers"] += 1
    if not referral.accepts(w, i):
        observe.log(w, day, E_DECLINES, i, observe.where(w, i), j, -1)
        return
    start = p["contact_start"]
    enrol(w, i, j, day)
    follow_up.begin(w, i, start)
    contact_made(w, i, j, day)


@kernel
def contacts(w, j, day):
    """Follow-up contacts of worker `j`: due ones, longest due first; follow-up that has run its time ends."""
    x = w.workers[j]
    if x["caseload"] == 0:
        return
    n = 0
    for slot in range(w.caseloads.shape[1]):
        if slot + AHEAD < w.caseloads.shape[1] and w.caseloads[j, slot + AHEAD] >= 0:
            fetch_person(w, w.caseloads[j, slot + AHEAD])
        i = w.caseloads[j, slot]
        if i < 0:
            continue
        p = w.patients[i]
        if not p["followed"] or (p["place"] != HOME and p["place"] != WAITING):
            continue
        if day > p["follow_until"]:
            end_follow_up(w, i, day)
        elif p["next_contact"] <= day:
            w.tasks[n, 0] = task_key(w, i, p["next_contact"], day, 1)
            w.tasks[n, 1] = i
            n += 1
    if not x["on_duty"]:
        return
    caseload.sort_tasks(w, n)
    for index in range(n):
        contact(w, w.tasks[index, 1], j, day)


@kernel
def contact(w, i, j, day):
    """One follow-up contact that is due."""
    P = w.parameters[0]
    p = w.patients[i]
    due = p["next_contact"]
    if not peer_time.spend(w, j, P["peer_time.attempt"], p["missed_due"] == due):
        missed(w, i, j, day, due, E_CONTACT_MISSED)
        return
    reached, lost = follow_up.answers(w, i, day)
    if not reached:
        w.daily[day]["contacts_failed"] += 1
        observe.log(w, day, E_CONTACT_FAILED, i, observe.where(w, i), j, -1)
        if lost:
            observe.log(w, day, E_CONTACT_ENDS, i, observe.where(w, i), j, 2)
            caseload.leave(w, i)
        else:
            follow_up.retry(w, i, day)
        return
    if not peer_time.spend(w, j, P["peer_time.contact"], False):
        missed(w, i, j, day, due, E_CONTACT_MISSED)
        follow_up.retry(w, i, day)
        p["missed_due"] = p["next_contact"]  # put off, not due anew
        return
    contact_made(w, i, j, day)


@kernel
def contact_made(w, i, j, day):
    """Worker `j` and person `i` speak after discharge."""
    p = w.patients[i]
    community.settle(w, i, day)
    see(w, i, j)
    relationship.strengthen(w, i, j, w.parameters[0]["relationship.contact_gain"])
    follow_up.made(w, i, day)
    if p["stay"] >= 0:
        w.stays[p["stay"]]["contacts"] += 1
    w.daily[day]["contacts_made"] += 1
    observe.log(w, day, E_CONTACT, i, observe.where(w, i), j, day - p["contact_start"])
    community.wake(w, i, day)
    if p["trial"] and not arms.runs(w, i, day):
        end_follow_up(w, i, day)  # as many contacts as the arm has


@kernel
def end_follow_up(w, i, day):
    """Follow-up has run its time: it ends cold or with a hand-over."""
    p = w.patients[i]
    community.settle(w, i, day)
    follow_up.hand_over(w, i)
    observe.log(w, day, E_CONTACT_ENDS, i, observe.where(w, i), p["worker"], 1)
    caseload.leave(w, i)
    community.wake(w, i, day)


@kernel
def go_off_duty(w, day):
    """Evening of workers and supervisors: learning, well-being, leave and exits."""
    if day < w.levers[0]["start_day"]:
        return
    per_hospital = w.levers[0]["units"] + 1
    for j in range(len(w.workers)):
        x = w.workers[j]
        if x["state"] == VACANT:
            continue
        workforce.learn(w, j)
        if not w.switches[0]["well_being"]:
            continue
        cover = w.units[x["hospital"] * per_hospital]
        well_being.feel(w, j, clinicians_change.clarity(w, x["adequacy"]), cover["colleagues"] - 1)
        if x["state"] == ON_LEAVE:
            continue
        decision = well_being.decide(w, j, day)
        if decision == well_being.LEAVES:
            w.daily[day]["worker_exits"] += 1
            observe.log(w, day, E_WORKER_LEAVES, -1, observe.emergency(w, x["hospital"]), j, x["tenure"])
            part(w, j, day)
            workforce.vacate(w, j, day + 1)
        elif decision != well_being.STAYS:
            if decision == well_being.RETURNS_TO_USE:
                x["leaves"] += 1
                for u in range(x["hospital"] * per_hospital, (x["hospital"] + 1) * per_hospital):
                    w.units[u]["incidents"] += 1
                observe.log(w, day, E_WORKER_RETURN, -1, observe.emergency(w, x["hospital"]), j, x["tenure"])
            x["state"] = ON_LEAVE
            x["until"] = day + 1 + well_being.leave_days(w, j)
            observe.log(w, day, E_ON_LEAVE, -1, observe.emergency(w, x["hospital"]), j, x["until"] - day)
    for k in range(len(w.supervisors)):
        change = supervision.end_of_day(w, k, day)
        if change == 1:
            observe.log(w, day, E_SUPERVISOR_LEAVES, -1, -1, -1, k)
        elif change == 2:
            observe.log(w, day, E_SUPERVISOR_HIRED, -1, -1, -1, k)


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
            go_over(w, i, other, day)
        else:
            observe.log(w, day, E_CONTACT_ENDS, i, observe.where(w, i), j, 4)
            caseload.leave(w, i)
