"""Workers come and go: hiring, leave, supervision and the minutes of a morning; learning and well-being at night."""

from __future__ import annotations

from simulation import observe
from simulation.kernel import kernel
from simulation.processes import clinicians_change, peer_time, relationship, supervision, well_being, workforce
from simulation.stages import teams
from simulation.state import (
    CLOSED,
    E_BACK,
    E_HIRED,
    E_INCIDENT,
    E_ON_LEAVE,
    E_STARTS,
    E_SUPERVISOR_HIRED,
    E_SUPERVISOR_LEAVES,
    E_WORKER_LEAVES,
    E_WORKER_RETURN,
    HOME,
    IN_BED,
    IN_ED,
    NEVER,
    ON_LEAVE,
    ONBOARDING,
    UNSUPERVISED,
    VACANT,
    WORKING,
)


@kernel
def same_supervisor(w, j, other):
    """Whether two workers have one supervisor at one hospital; a closed post goes with the next that is open."""
    while j < other and not w.workers[j]["open"]:
        j += 1
    a = w.workers[j]
    b = w.workers[other]
    return a["supervisor"] == b["supervisor"] and a["hospital"] == b["hospital"]


@kernel
def begin_phase(w, phase, day):
    """The programme changes: posts that go are left, posts that are new are vacant; supervisors likewise."""
    w.counts[0]["phase"] = phase
    w.levers[0]["follow_up_days"] = w.phases[phase]["follow_up_days"]
    for k in range(len(w.supervisors)):
        b = w.supervisors[k]
        is_open = k < w.phases[phase]["supervisors"]
        if b["open"] and not is_open:
            b["filled"] = 0
            b["minutes"] = 0.0
            b["ordinal"] += 1
        if b["open"] != is_open:
            b["until"] = day if is_open else NEVER
        b["open"] = is_open
        b["span"] = 0
    for j in range(len(w.workers)):
        x = w.workers[j]
        is_open = w.roster[phase, j] != CLOSED
        was_open = x["open"]
        x["open"] = is_open
        x["supervisor"] = max(w.roster[phase, j], UNSUPERVISED)
        if x["supervisor"] >= 0:
            w.supervisors[x["supervisor"]]["span"] += 1
        if is_open and not was_open:
            workforce.vacate(w, j, day)
    for j in range(len(w.workers)):
        x = w.workers[j]
        if x["open"] or x["until"] == NEVER:
            continue
        if x["state"] != VACANT:
            observe.log(w, day, E_WORKER_LEAVES, -1, observe.emergency(w, x["hospital"]), j, x["tenure"])
            teams.part(w, j, day)
            x["ordinal"] += 1
        x["state"] = VACANT
        x["until"] = NEVER


@kernel
def muster(w, day):
    """Morning: hiring, end of onboarding and leave, supervision, minutes of the day, cover of each hospital."""
    runs = day >= w.levers[0]["start_day"]
    while w.counts[0]["phase"] + 1 < len(w.phases) and day >= w.phases[w.counts[0]["phase"] + 1]["day"]:
        begin_phase(w, w.counts[0]["phase"] + 1, day)
    per_hospital = w.levers[0]["units"] + 1
    if runs:
        for j in range(len(w.workers)):
            x = w.workers[j]
            if x["state"] == VACANT and x["open"] and day >= x["until"]:
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
    for k in range(len(w.supervisors)):
        w.supervisors[k]["in_post"] = 0
        w.supervisors[k]["minutes"] = 0.0
    first = 0
    for j in range(1, len(w.workers) + 1):
        if j == len(w.workers) or (w.workers[j]["open"] and not same_supervisor(w, first, j)):
            supervision.share_out(w, first, j)
            first = j
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
            x["quality"] = relationship.quality(w, j)
            clarity = clinicians_change.clarity(w, x["adequacy"])
            peer_time.begin_shift(w, j, day, clarity, minutes, well_being.is_absent(w, j, day))
            w.daily[day]["days_absent"] += x["absent"]
            if x["state"] != ON_LEAVE:
                home = x["home"]
                cover["covers_units"] |= teams.covers(home, IN_BED)
                cover["covers_ed"] |= teams.covers(home, IN_ED)
                cover["covers_community"] |= teams.covers(home, HOME)
            if x["on_duty"]:
                w.daily[day]["minutes_worked"] += w.levers[0]["shift_minutes"]
        clarity = 0.0
        if cover["colleagues"] > 0:
            clarity = clinicians_change.clarity(w, adequacy / cover["colleagues"])
        for u in range(h * per_hospital, (h + 1) * per_hospital):
            w.units[u]["clarity"] = clarity


@kernel
def incident(w, j, day):
    """An incident of worker `j` costs the role credibility everywhere in the hospital."""
    x = w.workers[j]
    per_hospital = w.levers[0]["units"] + 1
    for u in range(x["hospital"] * per_hospital, (x["hospital"] + 1) * per_hospital):
        w.units[u]["incidents"] += 1
    w.daily[day]["incidents"] += 1
    observe.log(w, day, E_INCIDENT, -1, observe.emergency(w, x["hospital"]), j, x["incidents"])


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
        if well_being.has_incident(w, j):
            incident(w, j, day)
        decision = well_being.decide(w, j, day)
        if decision == well_being.LEAVES:
            w.daily[day]["worker_exits"] += 1
            observe.log(w, day, E_WORKER_LEAVES, -1, observe.emergency(w, x["hospital"]), j, x["tenure"])
            teams.part(w, j, day)
            workforce.vacate(w, j, day + 1)
        elif decision != well_being.STAYS:
            if decision == well_being.RETURNS_TO_USE:
                x["leaves"] += 1
                incident(w, j, day)
                w.daily[day]["worker_returns"] += 1
                observe.log(w, day, E_WORKER_RETURN, -1, observe.emergency(w, x["hospital"]), j, x["tenure"])
            w.daily[day]["worker_leaves"] += 1
            x["state"] = ON_LEAVE
            x["until"] = day + 1 + well_being.leave_days(w, j)
            observe.log(w, day, E_ON_LEAVE, -1, observe.emergency(w, x["hospital"]), j, x["until"] - day)
    for k in range(len(w.supervisors)):
        change = supervision.end_of_day(w, k, day)
        if change == 1:
            observe.log(w, day, E_SUPERVISOR_LEAVES, -1, -1, -1, k)
        elif change == 2:
            w.daily[day]["supervisor_hires"] += 1
            observe.log(w, day, E_SUPERVISOR_HIRED, -1, -1, -1, k)
