"""Life outside hospital: which mechanism sets which clock, and what happens when one fires."""

from __future__ import annotations

from simulation import caseload, clocks, observe, people, seasons, traits, trial_arms
from simulation.kernel import kernel
from simulation.processes import acute_need, after_discharge, care_seeking, linkage, minor_visits, stability, turnover
from simulation.state import (
    BENEFIT,
    CARE,
    CHANGE,
    CLOCKS,
    DEAD,
    DEATH,
    E_CONTACT_ENDS,
    E_DIES,
    E_DROPS_OUT,
    E_EASED,
    E_ED,
    E_GOES,
    E_HOUSED,
    E_JOINS,
    E_LINKED,
    E_NEED,
    E_OVERDOSE,
    E_PAUSE,
    E_RETURN,
    E_SETTLED,
    E_TURN,
    E_UNHOUSED,
    GONE,
    HOME,
    IN_ED,
    LEAVE,
    MOVES,
    NEED,
    NOT_REFERRED,
    OTHER_CAUSE,
    OVERDOSE,
    OVERDOSED,
    SEEK,
    STIGMA,
    TO_COME,
    TRUST,
    USE,
    VISIT,
    WAITING,
)


@kernel
def faded(w, x, k, days):
    """What is left of transient `k`; below 0.00001 it is over, so that sleepers cost nothing for it."""
    left = x * w.remains[k, days]
    return left if left > 1e-5 else 0.0


@kernel
def drifted(w, x, usual, k, days):
    """A feeling on its way back to its usual level."""
    return usual + (x - usual) * w.remains[k, days]


@kernel
def settle(w, i, day):
    """Bring person `i`, outside hospital, up to `day`: clocks consumed, transients faded, feelings drifted home."""
    p = w.patients[i]
    before = p["clock_day"]
    days = clocks.consume(w, i, day)
    if days <= 0:
        return
    if p["discharge_day"] >= 0:
        mark = p["discharge_day"] + 30
        if before < mark <= day:
            w.stays[p["stay"]]["trust_30d"] = drifted(w, p["trust"], p["usual_trust"], TRUST, mark - before)
    p["residual"] = faded(w, p["residual"], NEED, days)
    p["benefit"] = faded(w, p["benefit"], BENEFIT, days)
    p["frail_surge"] = faded(w, p["frail_surge"], DEATH, days)
    p["window"] = faded(w, p["window"], CARE, days)
    p["trust"] = drifted(w, p["trust"], p["usual_trust"], TRUST, days)
    p["stigma"] = drifted(w, p["stigma"], p["usual_stigma"], STIGMA, days)


@kernel
def wake(w, i, day):
    """Set all hazards of person `i`, outside hospital, and enter their next day in the calendar."""
    p = w.patients[i]
    p["clock_day"] = day
    steadiness = traits.steadiness(w, i)
    if p["place"] == WAITING:
        care_seeking.set_hazards(w, i, day)
    else:
        acute_need.set_onset(w, i, steadiness)
    minor_visits.set_hazard(w, i, steadiness)
    if w.levers[0]["seasonal"]:
        for k in (NEED, VISIT):
            if k == VISIT or p["place"] != WAITING:
                w.clocks[i, k]["rate"] *= seasons.ratio(w, day)
    after_discharge.set_hazards(w, i, day, steadiness, w.mortality[p["woman"], traits.year_of_age(w, i, day)])
    linkage.set_hazard(w, i)
    stability.set_hazard(w, i)
    turnover.set_hazard(w, i)
    p["check_day"] = after_discharge.next_step(w, i, day, seasons.next_change(w, day, day + 365))
    if not w.levers[0]["scan"]:
        clocks.put(w, i, clocks.first_due(w, i))


@kernel
def fired(w, i, days):
    """The clock that fired first within the day, or -1; `days` since the clocks were set."""
    which = -1
    longest = -1.0
    for k in range(CLOCKS):
        c = w.clocks[i, k]
        if c["rate"] > 0.0 and c["left"] <= 0.0:
            ago = -c["left"] / clocks.now(w, i, k, days)
            if ago > longest:
                longest = ago
                which = k
    return which


@kernel
def happen(w, i, day):
    """Person `i` is due: the first clock to fire has its effect."""
    p = w.patients[i]
    if p["place"] == TO_COME:
        join(w, i, day)
        return
    days = day - p["clock_day"]
    settle(w, i, day)
    k = fired(w, i, days)
    if k == NEED and p["place"] == WAITING:
        observe.log(w, day, E_EASED, i, observe.where(w, i), -1, day - p["need_day"])
        p["place"] = HOME
        care_seeking.stop_waiting(w, i)
        care_seeking.eased(w, i)
    elif k == NEED:
        acute_need.begin(w, i, day)
        observe.log(w, day, E_NEED, i, observe.where(w, i), -1, p["needs"])
        if acute_need.is_settled(w, i):
            clocks.draw_threshold(w, i, NEED, p["needs"], 0, 0)
            acute_need.residual_after_visit(w, i)
            w.daily[day]["settled_outside"] += 1
            observe.log(w, day, E_SETTLED, i, observe.where(w, i), p["worker"], p["needs"])
            wake(w, i, day)
            return
        if not w.switches[0]["care_seeking"]:
            care_seeking.stop_waiting(w, i)
            arrive(w, i, day)
            return
        care_seeking.begin_waiting(w, i)
    elif k == SEEK:
        care_seeking.stop_waiting(w, i)
        arrive(w, i, day)
        return
    elif k == OVERDOSE:
        if overdose(w, i, day):
            return
    elif k == DEATH:
        die(w, i, day, OTHER_CAUSE)
        return
    elif k == LEAVE:
        leave_population(w, i, day)
        return
    elif k == VISIT:
        p["minor"] = 1
        p["minor_visits"] += 1
        clocks.draw_threshold(w, i, VISIT, p["minor_visits"], 0, 0)
        w.daily[day]["minor_visits"] += 1
        arrive(w, i, day)
        return
    elif k == CHANGE:
        turn(w, i, day)
    elif k == CARE:
        change_care(w, i, day)
    elif k == USE:
        change_use(w, i, day)
    wake(w, i, day)


@kernel
def counted(w, i, sign):
    """Person `i` joins (1) or leaves (-1) the stocks of the population."""
    p = w.patients[i]
    w.counts[0]["alive"] += sign
    w.counts[0]["in_care"] += sign if p["in_care"] else 0
    w.counts[0]["using"] += sign if p["using"] else 0
    w.counts[0]["unhoused"] += sign if p["unhoused"] else 0


@kernel
def join(w, i, day):
    """Person `i` joins the population today."""
    clocks.take(w, i)
    people.make(w, i, day, False)
    counted(w, i, 1)
    w.daily[day]["joined"] += 1
    observe.log(w, day, E_JOINS, i, -1, -1, int(traits.age(w, i, day)))
    wake(w, i, day)


@kernel
def leave_population(w, i, day):
    """Person `i` moves away, or stops for good."""
    p = w.patients[i]
    clocks.take(w, i)
    why = turnover.way_out(w, i)
    if p["worker"] >= 0:
        observe.log(w, day, E_CONTACT_ENDS, i, -1, p["worker"], 5)
        caseload.leave(w, i)
    p["referral"] = NOT_REFERRED
    observe.log(w, day, E_GOES, i, -1, -1, why)
    if why == MOVES:
        w.daily[day]["moved_away"] += 1
    else:
        w.daily[day]["stopped"] += 1
    counted(w, i, -1)
    p["place"] = GONE


@kernel
def change_use(w, i, day):
    """Person `i` stops using for a time, or returns to use."""
    p = w.patients[i]
    p["returns"] += 1
    clocks.draw_threshold(w, i, USE, p["stays"], p["returns"], 0)
    if p["using"]:
        p["using"] = 0
        w.counts[0]["using"] -= 1
        observe.log(w, day, E_PAUSE, i, observe.where(w, i), -1, -1)
    else:
        p["using"] = 1
        w.counts[0]["using"] += 1
        observe.log(w, day, E_RETURN, i, observe.where(w, i), -1, -1)


@kernel
def turn(w, i, day):
    """A turning point in the life of person `i`."""
    p = w.patients[i]
    housed = stability.turn(w, i)
    clocks.draw_threshold(w, i, CHANGE, p["changes"], 0, 0)
    observe.log(w, day, E_TURN, i, -1, -1, p["changes"])
    if housed != 0:
        w.counts[0]["unhoused"] -= housed
        observe.log(w, day, E_HOUSED if housed > 0 else E_UNHOUSED, i, -1, -1, -1)


@kernel
def change_care(w, i, day):
    """A first visit in care, or drop-out."""
    p = w.patients[i]
    p["care_changes"] += 1
    if p["in_care"]:
        p["in_care"] = 0
        w.counts[0]["in_care"] -= 1
        observe.log(w, day, E_DROPS_OUT, i, observe.where(w, i), -1, -1)
    else:
        p["in_care"] = 1
        w.counts[0]["in_care"] += 1
        after_discharge.stop_using(w, i, p["stays"], p["care_changes"])
        w.daily[day]["first_visits_in_care"] += 1
        if p["stay"] >= 0 and w.stays[p["stay"]]["linkage_day"] < 0:
            w.stays[p["stay"]]["linkage_day"] = day
        observe.log(w, day, E_LINKED, i, observe.where(w, i), p["worker"], -1)
    clocks.draw_threshold(w, i, CARE, p["stays"], p["care_changes"], 0)


@kernel
def overdose(w, i, day):
    """An overdose; returns whether the person left home for it (hospital or death)."""
    p = w.patients[i]
    survived, transported = after_discharge.survives_overdose(w, i, day)
    clocks.draw_threshold(w, i, OVERDOSE, p["overdoses"], 0, 0)
    w.daily[day]["overdoses"] += 1
    if p["stay"] >= 0 and w.stays[p["stay"]]["overdose_day"] < 0:
        w.stays[p["stay"]]["overdose_day"] = day
    observe.log(w, day, E_OVERDOSE, i, observe.where(w, i), -1, 1 if survived else 0)
    if not survived:
        die(w, i, day, OVERDOSED)
        return True
    if not transported:
        return False
    if p["place"] == WAITING:
        care_seeking.stop_waiting(w, i)
    else:
        acute_need.begin(w, i, day)
        p["overdosed"] = 1
    arrive(w, i, day)
    return True


@kernel
def arrive(w, i, day):
    """Person `i` arrives at the emergency department."""
    p = w.patients[i]
    clocks.take(w, i)
    p["place"] = IN_ED
    p["ed_visits"] += 1
    trial_arms.remember_visit(w, i, day)
    p["offers"] = 0
    p["first_visit"] = 0.0
    waited = care_seeking.worsen(w, i, day)
    w.in_ed[w.counts[0]["in_ed"]] = i
    w.counts[0]["in_ed"] += 1
    w.daily[day]["ed_visits"] += 1
    if p["stay"] >= 0 and w.stays[p["stay"]]["ed_day"] < 0:
        w.stays[p["stay"]]["ed_day"] = day
    observe.log(w, day, E_ED, i, observe.emergency(w, w.patients[i]["hospital"]), p["worker"], waited)


@kernel
def die(w, i, day, cause):
    """Person `i` dies; cause: one of `CAUSES_OF_DEATH`."""
    p = w.patients[i]
    clocks.take(w, i)
    if p["worker"] >= 0:
        observe.log(w, day, E_CONTACT_ENDS, i, observe.where(w, i), p["worker"], 3)
        caseload.leave(w, i)
    p["referral"] = NOT_REFERRED
    observe.log(w, day, E_DIES, i, observe.where(w, i), -1, cause)
    counted(w, i, -1)
    p["place"] = DEAD
    w.daily[day]["deaths"] += 1
    if p["stay"] >= 0 and w.stays[p["stay"]]["death_day"] < 0:
        w.stays[p["stay"]]["death_day"] = day
