"""What workers do in a day: bedside visits, first offers, follow-up contacts, in the order of the priority rule."""

from __future__ import annotations

from simulation import caseload, observe, trial_arms
from simulation.bounded import gain
from simulation.kernel import kernel
from simulation.processes import barriers, bridging, follow_up, peer_time, referral, relationship, stability
from simulation.stages import community, teams
from simulation.state import (
    BOARDING,
    E_ACCEPTS,
    E_BARRIER,
    E_CONTACT,
    E_CONTACT_ENDS,
    E_CONTACT_FAILED,
    E_CONTACT_MISSED,
    E_DECLINES,
    E_VISIT,
    E_VISIT_MISSED,
    HOME,
    IN_BED,
    IN_ED,
    NOT_REFERRED,
    REFERRED,
    WAITING,
)
from simulation.world import AHEAD, fetch_person


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
        in_hospital = p["place"] == IN_BED or p["place"] == BOARDING
        if in_hospital and teams.meets(w, j, i, day) and trial_arms.at_bedside(w, i) and trial_arms.serves(w, j, i):
            s = w.stays[p["stay"]]
            due = s["advocated"] + trial_arms.visit_interval(w, i) if s["advocated"] >= 0 else s["admission_day"]
            if due <= day:
                w.tasks[n, 0] = teams.task_key(w, i, due, day, 1)
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
    p["meetings"] += 1
    w.daily[day]["visits_made"] += 1
    relationship.strengthen(w, i, j, P["relationship.visit_gain"])
    quality = w.workers[j]["quality"]
    credibility = relationship.credibility(w, j)
    follow_up.visited(w, i, P["follow_up.visit_benefit"], barriers.practical(w, i), quality, since)
    trial_arms.note_visit(w, i)
    per_hospital = w.levers[0]["units"] + 1
    if in_ed:
        bridging.bridge(w, i, p["hospital"] * per_hospital, credibility, quality)
        observe.log(w, day, E_VISIT, i, observe.emergency(w, p["hospital"]), j, -1)
        return
    s = w.stays[p["stay"]]
    u = s["unit"] if p["place"] == IN_BED else s["hospital"] * per_hospital
    s["advocated"] = day
    s["quality"] = quality
    s["credibility"] = credibility
    s["visits"] += 1
    bridging.bridge(w, i, u, credibility, quality)
    observe.log(w, day, E_VISIT, i, u, j, s["visits"])
    if s["planning_left"] > 0.0 and trial_arms.plans(w, i):
        chunk = min(s["planning_left"], P["peer_time.visit"])
        if peer_time.spend(w, j, chunk, False):
            s["planning_left"] -= chunk
    if s["barriers"] and trial_arms.helps(w, i) and peer_time.spend(w, j, P["barriers.minutes"], False):
        resolved = barriers.session(w, i, s, day - s["admission_day"], w.workers[j]["skill"])
        if resolved:
            observe.log(w, day, E_BARRIER, i, u, j, resolved)


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
        if not trial_arms.at_bedside(w, i):
            continue  # they get their call at home
        minutes = peer_time.first_visit_minutes(w, i)
        j = teams.find_worker(w, i, day, minutes)
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
    caseload.meet_again(w, i, j, w.parameters[0]["workforce.memory"])
    follow_up.watch(w, i, day)
    trial_arms.note_acceptance(w, i, day)
    w.daily[day]["acceptances"] += 1
    observe.log(w, day, E_ACCEPTS, i, observe.where(w, i), j, w.patients[i]["place"])


@kernel
def offer_by_phone(w, i, day):
    """A first offer by a community worker to person `i`, who is at home."""
    P = w.parameters[0]
    p = w.patients[i]
    if p["trial"] and not trial_arms.runs(w, i, day):
        p["referral"] = NOT_REFERRED
        return
    j = teams.find_worker(w, i, day, P["peer_time.attempt"])
    if j < 0:
        missed(w, i, -1, day, referral.ready_day(w, i), E_CONTACT_MISSED)
        return
    peer_time.spend(w, j, P["peer_time.attempt"], False)
    if not follow_up.is_reached(w, i, day):
        w.daily[day]["contacts_failed"] += 1
        observe.log(w, day, E_CONTACT_FAILED, i, observe.where(w, i), j, 1)
        if day - p["contact_start"] > 30:
            p["referral"] = NOT_REFERRED
        return
    w.daily[day]["offers"] += 1
    if not referral.accepts(w, i):
        observe.log(w, day, E_DECLINES, i, observe.where(w, i), j, -1)
        return
    start = p["contact_start"]
    enrol(w, i, j, day)
    if not follow_up.begin(w, i, start):
        observe.log(w, day, E_CONTACT_ENDS, i, observe.where(w, i), j, 0)
        caseload.leave(w, i)
        return
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
        elif p["next_contact"] <= day and not trial_arms.serves(w, j, i):
            missed(w, i, j, day, p["next_contact"], E_CONTACT_MISSED)  # nobody of the team for people at home has room
        elif p["next_contact"] <= day:
            w.tasks[n, 0] = teams.task_key(w, i, p["next_contact"], day, 1)
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
    lost = follow_up.is_lost(w, i, day)
    if lost or not follow_up.is_reached(w, i, day):
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
    see(w, i, j)
    p["meetings"] += 1
    relationship.strengthen(w, i, j, w.parameters[0]["relationship.contact_gain"])
    if follow_up.matters(w):
        community.settle(w, i, day)
        quality = w.workers[j]["quality"]
        more = follow_up.dose(w, i, w.parameters[0]["follow_up.benefit"], barriers.practical(w, i), quality)
        p["benefit"] = gain(p["benefit"], more)
        stability.contact(w, i, quality * p["peer_trust"])
        community.wake(w, i, day)
    follow_up.note(w, i, day)
    if p["stay"] >= 0:
        w.stays[p["stay"]]["contacts"] += 1
    w.daily[day]["contacts_made"] += 1
    observe.log(w, day, E_CONTACT, i, observe.where(w, i), j, day - p["contact_start"])
    if p["trial"] and not trial_arms.runs(w, i, day):
        end_follow_up(w, i, day)  # as many contacts as the arm has


@kernel
def end_follow_up(w, i, day):
    """Follow-up has run its time: it ends cold or with a hand-over."""
    p = w.patients[i]
    if follow_up.matters(w):
        community.settle(w, i, day)
        follow_up.hand_over(w, i)
        community.wake(w, i, day)
    observe.log(w, day, E_CONTACT_ENDS, i, observe.where(w, i), p["worker"], 1)
    caseload.leave(w, i)
