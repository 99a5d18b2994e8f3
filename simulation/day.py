"""The order of a day, in one place."""

from __future__ import annotations

from simulation import clocks, observe
from simulation.kernel import entry, kernel
from simulation.processes import beds, clinicians_change
from simulation.stages import community, duty, enrolment, shift, teams, ward
from simulation.state import DEAD, E_CLINICIAN_EXITS, HIGH_MISTRUST, NURSE, TRUST, WAITING
from simulation.world import AHEAD, fetch_clocks, fetch_person


@kernel
def run_day(w, day, due):
    """One day; `due` people, listed in `w.due`, have an event at home."""
    for index in range(due):  # people join and leave, turning points, need, care-seeking, care, use, overdose, death
        if index + AHEAD < due:
            fetch_person(w, w.due[index + AHEAD])
            fetch_clocks(w, w.due[index + AHEAD])
        clocks.take(w, w.due[index])
        community.happen(w, w.due[index], day)
    ward.serve_queue(w, day)  # people who wait get beds
    ward.receive(w, day)  # arrivals are assessed; social work of usual care
    for u in range(len(w.units)):
        if w.switches[0]["beds"] and not w.units[u]["ed"]:
            beds.background(w, u, day)  # other patients take beds that are left
        beds.update_load(w, u)
    duty.muster(w, day)  # posts, supervision, attendance, minutes
    teams.hand_over(w, day)  # people go over to a worker of the place where they are
    ward.consults(w, day)  # the consult team of usual care
    ward.refer(w, day)  # referral to workers
    enrolment.morning(w, day)  # enrolment into a trial, if there is one
    shift.work(w, day)  # visits, offers, contacts: relationship, bridging, barriers, follow-up
    ward.inpatient_day(w, day)  # encounters, advocacy, disclosure
    ward.evening(w, day)  # discharge, overdose in hospital
    enrolment.evening(w, day)  # enrolment into a trial at discharge
    clinicians_evening(w, day)  # clinicians change
    duty.go_off_duty(w, day)  # well-being, incidents, supervisors, leavers
    observe.close_day(w, day)


@kernel
def clinicians_evening(w, day):
    """Evening of clinicians: what the day's encounters and visits changed."""
    P = w.parameters[0]
    t = w.daily[day]
    runs = w.levers[0]["start_day"] <= day < w.levers[0]["end_day"] and len(w.workers) > 0
    lesson = clinicians_change.lesson(w) if runs else 0.0
    cut_off = P["clinicians_change.burnout_cut_off"]
    stigma = 0.0
    credibility = 0.0
    burnout = 0.0
    for u in range(len(w.units)):
        unit = w.units[u]
        staff = unit["nurses"] + unit["physicians"]
        if staff == 0:
            continue
        exposure = unit["visits"] * P["bridging.clinician_exposure"] / staff
        of_unit = 0.0
        for j in range(unit["first_nurse"], unit["first_nurse"] + staff):
            c = w.clinicians[j]
            if w.switches[0]["clinicians_change"]:
                if clinicians_change.end_of_day(w, j, exposure, lesson):
                    t["clinician_exits"] += 1
                    observe.log(w, day, E_CLINICIAN_EXITS, -1, u, -1, j)
                    c["ordinal"] += 1
                    clinicians_change.hire(w, j)
            stigma += c["stigma"]
            of_unit += c["credibility"]
            burnout += c["burnout"]
            if c["burnout"] > cut_off:
                t["clinicians_high_burnout"] += 1
                t["nurses_high_burnout"] += c["profession"] == NURSE
        credibility += of_unit
        unit["credibility"] = of_unit / staff
        unit["visits"] = 0
        unit["incidents"] = 0
    n = len(w.clinicians)
    t["clinician_stigma"] = stigma / n
    t["clinician_credibility"] = credibility / n
    t["clinician_burnout"] = burnout / n


@entry
def run_days(w, until):
    """Run days up to, not including, `until`; stops early where stays or events might not fit into their arrays."""
    while w.counts[0]["day"] < until:
        day = w.counts[0]["day"]
        due = clocks.gather(w, day)
        people = due + w.counts[0]["inpatients"]
        rows = (
            40 * (people + 16) + 5 * w.caseloads.size + 8 * len(w.workers) + len(w.clinicians) + 3 * len(w.supervisors)
        )
        rows += 4 * w.counts[0]["referred"]
        if w.counts[0]["events"] + rows > len(w.events) or w.counts[0]["stays"] + due > len(w.stays):
            return rows
        run_day(w, day, due)
        w.counts[0]["day"] = day + 1
    return 0


@entry
def finish(w, horizon):
    """Complete the table of stays: trust at day 30 where nothing happened since, and what came after a later stay.

    Counts who mistrusts, too: people outside hospital are brought up to the last day for it, and left as they are.
    """
    for row in range(w.counts[0]["stays"] - 1, -1, -1):
        s = w.stays[row]
        p = w.patients[s["person"]]
        mark = s["discharge_day"] + 30
        if s["trust_30d"] < 0.0 and s["discharge_day"] >= 0 and p["stay"] == row and p["place"] <= WAITING:
            if p["clock_day"] < mark < horizon:
                days = mark - p["clock_day"]
                s["trust_30d"] = community.drifted(w, p["trust"], p["usual_trust"], TRUST, days)
        if s["previous"] >= 0:
            before = w.stays[s["previous"]]
            if before["linkage_day"] < 0:
                before["linkage_day"] = s["linkage_day"]
            if before["overdose_day"] < 0:
                before["overdose_day"] = s["overdose_day"]
            if before["death_day"] < 0:
                before["death_day"] = s["death_day"]
    mistrusting = 0
    for i in range(len(w.patients)):
        p = w.patients[i]
        if p["place"] < DEAD:
            days = max(0, horizon - 1 - p["clock_day"]) if p["place"] <= WAITING else 0
            mistrusting += community.drifted(w, p["trust"], p["usual_trust"], TRUST, days) <= HIGH_MISTRUST
    w.counts[0]["mistrusting"] = mistrusting
