"""What happens to people in hospital in a day: arrival, beds, referral, the day on the unit, discharge."""

from __future__ import annotations

import math

import numpy as np

from simulation import caseload, clocks, observe, traits, trial_arms
from simulation.kernel import kernel
from simulation.processes import (
    acute_need,
    advocacy,
    after_discharge,
    barriers,
    beds,
    care_seeking,
    consult,
    discharge,
    disclosure,
    encounters,
    follow_up,
    referral,
    relationship,
    stability,
)
from simulation.stages import community, enrolment
from simulation.state import (
    ADMINISTRATIVE,
    BOARDING,
    CARE,
    DECLINED,
    DIED,
    E_ADMITTED,
    E_BED,
    E_COMPROMISE,
    E_CONFLICT,
    E_CONSULT,
    E_CONTACT_ENDS,
    E_DISCHARGED,
    E_DISCLOSES,
    E_DIVERTED,
    E_ED_LEAVES,
    E_HOUSED,
    E_OVERDOSE,
    E_REFERRED,
    E_SOCIAL_WORK,
    E_STIGMA,
    E_TRANSFER,
    HOME,
    IN_BED,
    IN_HOSPITAL,
    NOT_REFERRED,
    OVERDOSE,
    OVERDOSED,
    PATIENT_INITIATED,
    PLANNED,
    REFERRED,
    STILL_IN,
    USE,
)
from simulation.world import AHEAD, fetch_person, fetch_stay


@kernel
def admit(w, i, day, specialty, urgent, rank):
    """A stay begins: person `i` boards until they get a bed."""
    row = w.counts[0]["stays"]
    w.counts[0]["stays"] = row + 1
    p = w.patients[i]
    s = w.stays[row]
    if p["stay"] >= 0 and w.stays[p["stay"]]["readmission_day"] < 0:
        w.stays[p["stay"]]["readmission_day"] = day
    s["person"] = i
    s["previous"] = p["stay"]
    s["ordinal"] = p["stays"]
    s["prior_stays"] = p["stays"]
    s["hospital"] = p["hospital"]
    s["specialty"] = specialty
    s["unit"] = -1
    s["admission_day"] = day
    s["bed_day"] = -1
    s["discharge_day"] = -1
    s["type"] = STILL_IN
    s["urgent"] = urgent
    s["unhoused"] = p["unhoused"]
    s["woman"] = p["woman"]
    s["age"] = traits.age(w, i, day)
    s["overdosed"] = p["overdosed"]
    s["early_before"] = p["left_early"]
    s["stays_before"] = min(traits.admissions(w, i, day, 365), 255)
    s["quality"] = 0.0
    s["credibility"] = 1.0
    s["need"] = p["need"]
    s["waited"] = day - p["need_day"]
    s["advocated"] = -1
    s["worker"] = -1
    s["trust_30d"] = -1.0
    s["readmission_day"] = -1
    s["ed_day"] = -1
    s["linkage_day"] = -1
    s["overdose_day"] = -1
    s["death_day"] = -1
    s["planning_left"] = w.parameters[0]["peer_time.planning"]
    discharge.draw_thresholds(w, i, s)
    disclosure.arrive(w, i, p["stays"])
    barriers.arise(w, i, s)
    resolved = consult.arrive(w, i, s)
    s["queue_key"] = beds.queue_key(w, i, s, day, urgent, rank)
    p["stay"] = row
    p["stays"] += 1
    p["place"] = BOARDING
    if p["referral"] == REFERRED or p["referral"] == DECLINED:
        p["referral"] = NOT_REFERRED
    p["at"] = w.counts[0]["inpatients"]
    w.inpatients[p["at"]] = i
    w.counts[0]["inpatients"] += 1
    w.daily[day]["admissions"] += 1
    observe.log(w, day, E_ADMITTED, i, specialty, p["worker"], 1 if urgent else 0)
    if s["social_work"]:
        observe.log(w, day, E_SOCIAL_WORK, i, specialty, -1, resolved)


@kernel
def give_bed(w, i, u, day):
    """Person `i` gets a bed on unit `u`."""
    p = w.patients[i]
    s = w.stays[p["stay"]]
    p["place"] = IN_BED
    s["unit"] = u
    s["bed_day"] = day
    w.units[u]["occupied"] += 1
    if u != s["specialty"]:
        w.counts[0]["outliers"] += 1
    observe.log(w, day, E_BED, i, u, -1, day - s["admission_day"])


@kernel
def board(w, i):
    """Person `i` joins the queue of boarders in its order."""
    key = w.stays[w.patients[i]["stay"]]["queue_key"]
    n = w.counts[0]["boarders"]
    j = n
    while j > 0 and w.stays[w.patients[w.boarders[j - 1]]["stay"]]["queue_key"] > key:
        w.boarders[j] = w.boarders[j - 1]
        j -= 1
    w.boarders[j] = i
    w.counts[0]["boarders"] = n + 1
    w.units[w.stays[w.patients[i]["stay"]]["hospital"] * (w.levers[0]["units"] + 1)]["occupied"] += 1


@kernel
def serve_queue(w, day):
    """Boarders get beds in queue order: their own unit's, or any after some days; then outliers go back."""
    n = w.counts[0]["boarders"]
    kept = 0
    for index in range(n):
        i = w.boarders[index]
        s = w.stays[w.patients[i]["stay"]]
        u = s["specialty"]
        if beds.free_beds(w, u) <= 0:
            u = -1
            if day - s["admission_day"] >= w.parameters[0]["beds.outlier_days"]:
                u = beds.outlying_unit(w, s["hospital"])
        if u >= 0:
            w.units[s["hospital"] * (w.levers[0]["units"] + 1)]["occupied"] -= 1
            give_bed(w, i, u, day)
        else:
            w.boarders[kept] = i
            kept += 1
    w.counts[0]["boarders"] = kept
    if w.counts[0]["outliers"] > 0:
        transfer_back(w, day)


@kernel
def transfer_back(w, day):
    """People on another unit move to their own when it has a free bed, in queue order."""
    n = 0
    for index in range(w.counts[0]["inpatients"]):
        i = w.inpatients[index]
        s = w.stays[w.patients[i]["stay"]]
        if w.patients[i]["place"] == IN_BED and s["unit"] != s["specialty"] and beds.free_beds(w, s["specialty"]) > 0:
            w.tasks[n, 0] = s["queue_key"]
            w.tasks[n, 1] = i
            n += 1
    caseload.sort_tasks(w, n)
    for index in range(n):
        i = w.tasks[index, 1]
        s = w.stays[w.patients[i]["stay"]]
        if beds.free_beds(w, s["specialty"]) > 0:
            w.units[s["unit"]]["occupied"] -= 1
            w.units[s["specialty"]]["occupied"] += 1
            s["unit"] = s["specialty"]
            w.counts[0]["outliers"] -= 1
            observe.log(w, day, E_TRANSFER, i, s["unit"], -1, -1)


@kernel
def receive(w, day):
    """The emergency department assesses the day's arrivals: sent home, a bed, boarding, or another system."""
    arrivals = w.counts[0]["in_ed"]
    stays_home = 0
    to_admit = 0
    for index in range(arrivals):
        i = w.in_ed[index]
        admitted, severity = beds.admits(w, i)
        if admitted:
            urgent = beds.is_urgent(w, severity)
            first = np.int64(w.patients[i]["hospital"]) * 2 + (0 if urgent else 1)
            w.tasks[to_admit, 0] = first * 4294967296 + beds.arrival_rank(w, i)
            w.tasks[to_admit, 1] = i
            to_admit += 1
        else:
            w.in_ed[stays_home] = i
            stays_home += 1
    caseload.sort_tasks(w, to_admit)
    for index in range(to_admit):
        i = w.tasks[index, 1]
        urgent = (w.tasks[index, 0] // 4294967296) % 2 == 0
        hospital = w.patients[i]["hospital"]
        emergency = w.units[hospital * (w.levers[0]["units"] + 1)]
        u = beds.specialty(w, i)
        rank = w.tasks[index, 0] % 4294967296
        if beds.free_beds(w, u) > 0:
            admit(w, i, day, u, urgent, rank)
            give_bed(w, i, u, day)
        elif emergency["occupied"] < emergency["boarding_places"]:
            admit(w, i, day, u, urgent, rank)
            board(w, i)
        else:
            w.daily[day]["diversions"] += 1
            observe.log(w, day, E_DIVERTED, i, observe.emergency(w, hospital), -1, -1)
            care_seeking.eased(w, i)
            go_home(w, i, day)
    w.counts[0]["in_ed"] = stays_home


@kernel
def go_home(w, i, day):
    """Person `i` is outside hospital from this evening on."""
    w.patients[i]["place"] = HOME
    community.wake(w, i, day)


@kernel
def refer(w, day):
    """Referral of people in hospital today, where a worker could come."""
    kept = 0
    for index in range(w.counts[0]["referred"]):
        i = w.referred[index]
        if w.patients[i]["referral"] == REFERRED:
            w.referred[kept] = i
            kept += 1
    w.counts[0]["referred"] = kept
    if not w.switches[0]["referral"] or w.levers[0]["workers"] == 0:
        return
    per_hospital = w.levers[0]["units"] + 1
    for index in range(w.counts[0]["inpatients"]):
        look_ahead(w, index, 1)
        i = w.inpatients[index]
        if not trial_arms.open_to(w, i):
            continue
        p = w.patients[i]
        told_later = p["referral"] == REFERRED and referral.ready_day(w, i) > day
        if p["referral"] != NOT_REFERRED and not told_later:
            continue
        s = w.stays[p["stay"]]
        cover = w.units[s["hospital"] * per_hospital]
        on_unit = p["place"] == IN_BED and cover["covers_units"]
        through_ed = (p["place"] != IN_BED or s["admission_day"] == day) and cover["covers_ed"]
        if on_unit or through_ed:
            factor = 1.0 if on_unit else w.parameters[0]["referral.ed_factor"]
            need = traits.visible_need(w, i, s)
            if told_later:
                if referral.found_while_waiting(w, s, factor, need):
                    referral.withdraw(w, i)
                    referral.refer(w, i, day, day)
                continue
            delay = referral.found_today(w, s, w.units[observe.where(w, i)]["credibility"], factor, need)
            if delay >= 0:
                referral.refer(w, i, day, day + delay)
                observe.log(w, day, E_REFERRED, i, observe.where(w, i), -1, delay)
    for index in range(w.counts[0]["in_ed"]):
        i = w.in_ed[index]
        if not trial_arms.open_to(w, i):
            continue
        p = w.patients[i]
        u = p["hospital"] * per_hospital
        if p["referral"] == DECLINED:
            p["referral"] = NOT_REFERRED
        if p["referral"] == NOT_REFERRED and w.units[u]["covers_ed"]:
            if referral.found_in_ed(w, i, w.units[u]["credibility"]):
                referral.refer(w, i, day, day)
                observe.log(w, day, E_REFERRED, i, u, -1, 0)


@kernel
def look_ahead(w, index, step):
    """Begin to load people further on in the list of inpatients, walked in steps of 1 or -1, and their stays."""
    n = w.counts[0]["inpatients"]
    far = index + 2 * step * AHEAD
    near = index + step * AHEAD
    if 0 <= far < n:
        fetch_person(w, w.inpatients[far])
    if 0 <= near < n:
        fetch_stay(w, w.patients[w.inpatients[near]]["stay"])


@kernel
def day_on_unit(w, i, day):
    """Encounters, conflict, distress and disclosure of one inpatient."""
    p = w.patients[i]
    s = w.stays[p["stay"]]
    u = observe.where(w, i)
    t = day - s["admission_day"]
    credibility = w.units[u]["credibility"]
    if w.switches[0]["encounters"]:
        softening = advocacy.softening(w, s, day, credibility)
        enacted = encounters.meet(w, i, s, u, t, 0, softening)
        if enacted > 0:
            w.daily[day]["stigma_enacted"] += enacted
            observe.log(w, day, E_STIGMA, i, u, -1, enacted)
        arises, clinician = encounters.conflict(w, i, s, u, t, softening)
        if arises:
            if arises == 1:
                observe.log(w, day, E_COMPROMISE, i, u, p["worker"], -1)
            else:
                encounters.conflict_harms(w, i, s, clinician)
                w.daily[day]["conflicts"] += 1
                observe.log(w, day, E_CONFLICT, i, u, -1, clinician)
    if w.switches[0]["disclosure"]:
        vouched = relationship.vouched(w, i)
        if disclosure.advance(w, i, s, t, advocacy.believed(w, s, day, credibility), vouched):
            observe.log(w, day, E_DISCLOSES, i, u, p["worker"], p["medicated"])


@kernel
def consults(w, day):
    """The consult team of usual care sees people who stand out."""
    if not w.switches[0]["consult"]:
        return
    for index in range(w.counts[0]["inpatients"]):
        i = w.inpatients[index]
        s = w.stays[w.patients[i]["stay"]]
        if consult.is_open(s) and consult.sees(w, i, s, day - s["admission_day"], traits.visible_need(w, i, s)):
            w.daily[day]["consults"] += 1
            observe.log(w, day, E_CONSULT, i, observe.where(w, i), -1, 1)
            if w.switches[0]["disclosure"] and not w.patients[i]["disclosed"]:
                disclosure.tell(w, i, s)


@kernel
def overdose_inside(w, i, s, day):
    """Overdose of person `i` in hospital today; returns whether they die of it."""
    p = w.patients[i]
    hazard = after_discharge.inside(w, i, day - s["admission_day"], traits.steadiness(w, i))
    if hazard <= 0.0:
        return False
    w.clocks[i, OVERDOSE]["left"] -= hazard
    if w.clocks[i, OVERDOSE]["left"] > 0.0:
        return False
    survived, _ = after_discharge.survives_overdose(w, i, day)
    clocks.draw_threshold(w, i, OVERDOSE, p["overdoses"], 0, 0)
    w.daily[day]["overdoses"] += 1
    if s["previous"] >= 0 and w.stays[s["previous"]]["overdose_day"] < 0:
        w.stays[s["previous"]]["overdose_day"] = day
    observe.log(w, day, E_OVERDOSE, i, observe.where(w, i), -1, 1 if survived else 0)
    return not survived


@kernel
def inpatient_day(w, day):
    """The day on the units and in the emergency department."""
    for index in range(w.counts[0]["inpatients"]):
        look_ahead(w, index, 1)
        day_on_unit(w, w.inpatients[index], day)
    if w.switches[0]["encounters"]:
        for index in range(w.counts[0]["in_ed"]):
            i = w.in_ed[index]
            u = w.patients[i]["hospital"] * (w.levers[0]["units"] + 1)
            enacted = encounters.meet(w, i, w.stays[0], u, 0, 1, 0.0)
            if enacted > 0:
                w.daily[day]["stigma_enacted"] += enacted
                observe.log(w, day, E_STIGMA, i, u, -1, enacted)


@kernel
def evening(w, day):
    """Competing ways out of hospital; people seen and not admitted go home."""
    index = w.counts[0]["inpatients"] - 1
    boarders_left = False
    while index >= 0:
        look_ahead(w, index, -1)
        i = w.inpatients[index]
        s = w.stays[w.patients[i]["stay"]]
        company = advocacy.company(w, i, s, day)
        steadiness = traits.steadiness(w, i)
        cause = IN_HOSPITAL
        if overdose_inside(w, i, s, day):
            outcome = np.int64(DIED)
            cause = OVERDOSED
        else:
            hold_up = barriers.hold_up(w, s)
            outcome = discharge.end_of_day(w, i, s, day - s["admission_day"], hold_up, company, steadiness)
        if outcome != STILL_IN:
            boarders_left = boarders_left or w.patients[i]["place"] == BOARDING
            end_stay(w, i, s, day, outcome, cause)
        index -= 1
    if boarders_left:
        kept = 0
        for index in range(w.counts[0]["boarders"]):
            i = w.boarders[index]
            if w.patients[i]["place"] == BOARDING:
                w.boarders[kept] = i
                kept += 1
        w.counts[0]["boarders"] = kept
    for index in range(w.counts[0]["in_ed"]):
        leave_ed(w, w.in_ed[index], day)
    w.counts[0]["in_ed"] = 0


@kernel
def leave_ed(w, i, day):
    """A person seen and not admitted goes home; with a worker they have met, follow-up begins."""
    p = w.patients[i]
    if not p["minor"]:
        acute_need.residual_after_visit(w, i)
    p["minor"] = 0
    observe.log(w, day, E_ED_LEAVES, i, observe.emergency(w, p["hospital"]), p["worker"], -1)
    if p["trial"]:
        enrolment.go_out(w, i, day)
    elif p["referral"] == REFERRED:
        p["referral"] = NOT_REFERRED
    if p["worker"] >= 0 and not p["followed"]:
        # A trusted worker opens the way to a first visit as a discharge does; one who changes nothing opens nothing.
        opens = p["peer_trust"] * (1.0 - math.exp(-max(0.0, w.parameters[0]["effect.planning"])))
        if opens > p["window"]:
            p["plan"] = w.parameters[0]["discharge.plan_base"]
            p["window"] = opens
        if not follow_up.begin(w, i, day):
            observe.log(w, day, E_CONTACT_ENDS, i, -1, p["worker"], 0)
            caseload.leave(w, i)
    go_home(w, i, day)


@kernel
def end_stay(w, i, s, day, outcome, cause):
    """Person `i` leaves hospital; `cause`: of death, if they died."""
    p = w.patients[i]
    t = w.daily[day]
    if p["place"] == IN_BED:
        w.units[s["unit"]]["occupied"] -= 1
        if s["unit"] != s["specialty"]:
            w.counts[0]["outliers"] -= 1
    else:
        w.units[s["hospital"] * (w.levers[0]["units"] + 1)]["occupied"] -= 1
    last = w.counts[0]["inpatients"] - 1
    other = w.inpatients[last]
    w.inpatients[p["at"]] = other
    w.patients[other]["at"] = p["at"]
    p["at"] = -1
    w.counts[0]["inpatients"] = last

    completed = discharge.completed_share(w, i, outcome)
    s["discharge_day"] = day
    s["type"] = outcome
    s["completed"] = completed >= 1.0 and outcome != DIED
    s["trust"] = p["trust"]
    s["stigma"] = p["stigma"]
    s["distress"] = p["distress"]
    s["plan"] = discharge.plan_quality(w, s, outcome, barriers.plan_penalty(w, s))
    s["in_care"] = p["in_care"]
    s["stability"] = traits.steadiness(w, i)
    s["enrolled"] = p["worker"] >= 0
    s["worker"] = p["worker"]
    observe.log(w, day, E_DISCHARGED, i, observe.where(w, i), p["worker"], outcome)
    p["discharge_day"] = day
    if outcome == DIED:
        t["died_in_hospital"] += 1
        community.die(w, i, day, cause)
        return
    if outcome == PLANNED:
        t["planned"] += 1
    elif outcome == PATIENT_INITIATED:
        t["patient_initiated"] += 1
        p["left_early"] = min(p["left_early"] + 1, 255)
        stability.moved(w, i, w.parameters[0]["stability.departure"])
    elif outcome == ADMINISTRATIVE:
        t["administrative"] += 1
    p["plan"] = s["plan"]
    p["window"] = 1.0
    if w.switches[0]["stability"] and barriers.is_housed(w, i, s):
        p["unhoused"] = 0
        w.counts[0]["unhoused"] -= 1
        observe.log(w, day, E_HOUSED, i, -1, p["worker"], -1)
    p["benefit"] = follow_up.faded(w, p["benefit"], day - max(s["admission_day"], p["last_contact"]))
    acute_need.residual_after_stay(w, i, completed)
    after_discharge.leave_hospital(w, i, outcome)
    if p["medicated"]:
        after_discharge.stop_using(w, i, p["stays"], 0)
    p["care_changes"] = 0
    p["returns"] = 0
    for k in (CARE, USE):
        clocks.draw_threshold(w, i, k, p["stays"], 0, 0)
    keep_in_touch(w, i, day)
    go_home(w, i, day)
    enrolment.leaves_hospital(w, i, outcome)


@kernel
def keep_in_touch(w, i, day):
    """Follow-up begins for people with a worker; community workers may be told of others."""
    p = w.patients[i]
    if p["trial"]:
        enrolment.go_out(w, i, day)
    if p["worker"] >= 0:
        if not follow_up.begin(w, i, day):
            observe.log(w, day, E_CONTACT_ENDS, i, -1, p["worker"], 0)
            caseload.leave(w, i)
        return
    if not trial_arms.open_to(w, i):
        return
    declined = p["referral"] == DECLINED
    if p["referral"] == REFERRED:
        referral.withdraw(w, i)
    p["referral"] = NOT_REFERRED
    cover = w.units[p["hospital"] * (w.levers[0]["units"] + 1)]
    if not declined and cover["covers_community"] and w.switches[0]["referral"]:
        if w.switches[0]["follow_up"] and w.levers[0]["follow_up_days"] > 0 and referral.told_of_discharge(w, i):
            p["contact_start"] = day
            referral.refer(w, i, day, day + 1 + w.levers[0]["referral_delay_days"])
            observe.log(w, day, E_REFERRED, i, -1, -1, w.levers[0]["referral_delay_days"])
