"""A trial's own part of the day: people are asked, assigned and handed to what their arm gives.

No mechanism: it changes nothing by itself, and is absent where no trial is given. People asked on one day are taken in
the order of a keyed rank. Consent depends on the propensity to engage, as the acceptance of a worker does, so those who
take part differ from those who do not, and those who take up what they are given differ from the rest. Assignment is a
keyed draw of the person, of their place in a block, or comes with their unit.
"""

from __future__ import annotations

import numpy as np

from simulation import caseload, draws, observe, traits, trial_arms
from simulation.bounded import clip, expit, logit
from simulation.kernel import kernel
from simulation.processes import disclosure, referral
from simulation.stages import community
from simulation.state import (
    BOARDING,
    CONSULTED,
    DECLINED,
    E_REFERRED,
    HOME,
    IN_BED,
    IN_ED,
    NEVER,
    NOT_REFERRED,
    REFERRED,
    VISIT_MEMORY,
)
from simulation.trial_specification import (
    BLOCKS,
    CLUSTER,
    DISCHARGE,
    EITHER,
    EMERGENCY,
    WARD,
)


@kernel
def morning(w, day):
    """Enrolment in hospital; participants who come back meet their worker again."""
    t = w.trial[0]
    if not t["on"]:
        return
    if w.switches[0]["referral"]:
        for index in range(w.counts[0]["inpatients"]):
            meet_again(w, w.inpatients[index], day)
        for index in range(w.counts[0]["in_ed"]):
            meet_again(w, w.in_ed[index], day)
    if day < t["first_day"] or day > t["last_day"] or t["enrolled"] >= t["n"]:
        return
    n = 0
    for index in range(w.counts[0]["inpatients"]):
        i = w.inpatients[index]
        place = WARD if w.patients[i]["place"] == IN_BED else EMERGENCY
        if is_eligible(w, i, day, place):
            n = stand_by(w, i, day, n)
    for index in range(w.counts[0]["in_ed"]):
        i = w.in_ed[index]
        if is_eligible(w, i, day, EMERGENCY):
            n = stand_by(w, i, day, n)
    ask(w, n, day)


@kernel
def leaves_hospital(w, i, kind):
    """Person `i` leaves hospital today: the trial may ask them in the evening."""
    t = w.trial[0]
    if t["on"] and t["places"] & DISCHARGE and (t["leaving"] >> kind) & 1:
        w.leavers[t["leaving_today"]] = i
        t["leaving_today"] += 1


@kernel
def evening(w, day):
    """Enrolment of people who left hospital today."""
    t = w.trial[0]
    if t["leaving_today"] == 0:
        return
    n = 0
    if t["first_day"] <= day <= t["last_day"] and t["enrolled"] < t["n"]:
        for index in range(t["leaving_today"]):
            i = w.leavers[index]
            if is_eligible(w, i, day, DISCHARGE):
                n = stand_by(w, i, day, n)
    t["leaving_today"] = 0
    ask(w, n, day)


@kernel
def fits(wanted, is_so):
    """Whether a trait is as wanted."""
    return wanted == EITHER or (wanted == 1) == (is_so != 0)


@kernel
def is_eligible(w, i, day, place):
    """Whether person `i` may be asked today; everybody is asked once per visit or stay at most."""
    t = w.trial[0]
    p = w.patients[i]
    if p["trial"] or p["worker"] >= 0 or not t["places"] & place or w.asked[i] == p["ed_visits"]:
        return False
    if not (
        fits(t["co_occurring"], p["co_occurring"])
        and fits(t["injecting"], p["injecting"])
        and fits(t["unhoused"], p["unhoused"])
        and fits(t["uncovered"], p["uncovered"])
        and fits(t["in_care"], p["in_care"])
        and fits(t["using"], p["using"])
    ):
        return False
    age = traits.age(w, i, day)
    if age < t["age_least"] or age >= t["age_most"] + 1.0 or not fits(t["woman"], p["woman"]):
        return False
    if not fits(t["overdosed"], day - p["overdose_day"] <= t["overdosed_days"]):
        return False
    present = p["place"] != IN_ED
    if not present and (t["consulted"] == 1 or t["social_work"] == 1):
        return False
    if present:
        s = w.stays[p["stay"]]
        if not (fits(t["consulted"], s["consult"] == CONSULTED) and fits(t["social_work"], s["social_work"])):
            return False
        so_far = day - s["admission_day"]
        if so_far < t["stay_least"] or so_far > t["stay_most"]:
            return False
    if t["admissions_least"] > 0 or t["admissions_most"] < 10_000:
        n = traits.admissions(w, i, day, t["admissions_days"])
        if present and not t["counts_present"]:
            n -= 1
        if n < t["admissions_least"] or n > t["admissions_most"]:
            return False
    if t["visits_least"] > 0:
        n = 0
        for k in range(VISIT_MEMORY):
            if w.visit_days[i, k] > day - t["visits_days"]:
                n += 1
        if n < t["visits_least"]:
            return False
    return True


@kernel
def stand_by(w, i, day, n):
    """Person `i` is asked today: they join the list of candidates; returns its length."""
    w.tasks[n, 0] = draws.rank(w.levers[0]["key"], i, w.patients[i]["ed_visits"], day, 7)
    w.tasks[n, 1] = i
    return n + 1


@kernel
def ask(w, n, day):
    """Ask the first `n` candidates in keyed order for as long as people are wanted."""
    t = w.trial[0]
    caseload.sort_tasks(w, n)
    for index in range(n):
        if t["enrolled"] >= t["n"] or not in_pace(w, day):
            return
        i = w.tasks[index, 1]
        w.asked[i] = w.patients[i]["ed_visits"]
        if not is_approached(w, i):
            continue
        t["eligible"] += 1
        if takes_part(w, i):
            enrol(w, i, day)


@kernel
def in_pace(w, day):
    """Whether the trial enrols one more today: as many as its pace allows from the first day on."""
    t = w.trial[0]
    return t["pace"] <= 0.0 or t["enrolled"] < t["pace"] * (day - t["first_day"] + 1)


@kernel
def is_approached(w, i):
    """Whether person `i`, who is eligible, is asked: by lot, once for each visit."""
    share = w.trial[0]["approached"]
    return share >= 1.0 or draws.uniform(w.levers[0]["key"], draws.CONSENT, i, w.patients[i]["ed_visits"], 0, 2) < share


@kernel
def engages(w, i, share, index):
    """A keyed answer of person `i`: yes with chance `share` at average propensity to engage."""
    if share >= 1.0:
        return True
    p = w.patients[i]
    chance = expit(logit(share) + w.parameters[0]["referral.engagement"] * p["engage_propensity"])
    return draws.uniform(w.levers[0]["key"], draws.CONSENT, i, p["ed_visits"], 0, index) < chance


@kernel
def takes_part(w, i):
    """Consent of person `i`, who is eligible."""
    return engages(w, i, w.trial[0]["consent"], 0)


@kernel
def assign(w, i, day, u):
    """The arm of person `i`, enrolled at unit `u`."""
    t = w.trial[0]
    key = w.levers[0]["key"]
    if t["assignment"] == CLUSTER:
        c = w.clusters[u]
        return np.int64(c["after"] if day >= c["crossing"] else c["before"])
    size = len(w.block)
    if t["assignment"] == BLOCKS:
        row = w.units[u]["hospital"] * (w.levers[0]["units"] + 1) if t["by_hospital"] else 0
        c = w.clusters[row]
        number = c["enrolled"] // size
        place = c["enrolled"] % size
        c["enrolled"] += 1
        # The block's slots in the order of their draws: the one with `place` smaller draws is next.
        for slot in range(size):
            mine = draws.uniform(key, draws.ASSIGNMENT, row, t["salt"], number * size + slot, 1)
            smaller = 0
            for other in range(size):
                if other != slot:
                    if draws.uniform(key, draws.ASSIGNMENT, row, t["salt"], number * size + other, 1) < mine:
                        smaller += 1
            if smaller == place:
                return w.block[slot]
    v = draws.uniform(key, draws.ASSIGNMENT, i, t["salt"], w.patients[i]["ed_visits"], 2)
    return w.block[min(int(v * size), size - 1)]


@kernel
def enrol(w, i, day):
    """Person `i` takes part from today."""
    t = w.trial[0]
    p = w.patients[i]
    row = t["enrolled"]
    t["enrolled"] += 1
    m = w.participants[row]
    in_hospital = p["place"] == IN_BED or p["place"] == BOARDING
    u = p["hospital"] * (w.levers[0]["units"] + 1)
    m["stay"] = -1
    m["place"] = EMERGENCY
    if p["place"] == HOME:
        m["place"] = DISCHARGE
    if p["place"] != IN_ED:
        m["stay"] = p["stay"]
        if w.stays[p["stay"]]["unit"] >= 0:
            u = w.stays[p["stay"]]["unit"]
    if p["place"] == IN_BED:
        m["place"] = WARD
    m["person"] = i
    m["unit"] = u
    m["day"] = day
    m["admissions"] = traits.admissions(w, i, day, t["admissions_days"])
    m["start"] = -1
    m["until"] = NEVER
    m["accepted"] = -1
    m["in_care"] = p["in_care"]
    m["using"] = p["using"]
    m["trust"] = p["trust"]
    m["arm"] = assign(w, i, day, u)
    p["trial"] = row + 1
    a = w.arms[m["arm"]]
    if a["from_randomisation"]:
        m["until"] = day + a["contact_days"]
    if p["referral"] == REFERRED:
        referral.withdraw(w, i)
    p["referral"] = NOT_REFERRED
    if a["consult"] and p["place"] != HOME:
        consult(w, i, in_hospital)
    if p["place"] == HOME:
        go_out(w, i, day)
        community.wake(w, i, day)
    else:
        introduce(w, i, day)


@kernel
def consult(w, i, in_hospital):
    """The consult team sees participant `i`: they tell of their use, are offered treatment, and leave with a plan."""
    if not engages(w, i, trial_arms.team_uptake(w, i), 1):
        return
    p = w.patients[i]
    trial_arms.member(w, i)["seen"] = 1
    if in_hospital:
        s = w.stays[p["stay"]]
        if w.switches[0]["disclosure"] and not p["disclosed"]:
            disclosure.tell(w, i, s)
        if trial_arms.arm(w, i)["planning"]:
            s["planning_left"] = 0.0
        return
    # In the emergency department: treatment may begin, and the person leaves with a plan and somewhere to go.
    P = w.parameters[0]
    p["window"] = 1.0
    p["plan"] = P["discharge.plan_base"]
    if trial_arms.arm(w, i)["planning"]:
        p["plan"] = clip(p["plan"] + P["path.plan"])
    if w.switches[0]["disclosure"] and not p["medicated"]:
        u = draws.uniform(w.levers[0]["key"], draws.MEDICATION, i, p["ed_visits"], 0, 1)
        p["medicated"] = u < P["disclosure.medication"]


@kernel
def introduce(w, i, day):
    """A worker is asked to come to participant `i`, who is in hospital, if the arm has one who does."""
    a = trial_arms.arm(w, i)
    if a["in_hospital"] and a["workers"] and w.switches[0]["referral"] and trial_arms.runs(w, i, day):
        referral.refer(w, i, day, day + a["delay"])
        observe.log(w, day, E_REFERRED, i, observe.where(w, i), -1, a["delay"])


@kernel
def meet_again(w, i, day):
    """A participant in hospital who is on nobody's list meets a worker again while their arm gives one."""
    p = w.patients[i]
    if p["trial"] == 0 or p["worker"] >= 0 or p["referral"] == REFERRED:
        return
    if p["place"] == IN_ED and p["referral"] == DECLINED:
        p["referral"] = NOT_REFERRED
    first_day = p["place"] == IN_ED or w.stays[p["stay"]]["admission_day"] == day
    if first_day and p["referral"] == NOT_REFERRED:
        introduce(w, i, day)


@kernel
def go_out(w, i, day):
    """Participant `i` leaves hospital: days of contact may begin, and who has met no worker may get a call."""
    m = trial_arms.member(w, i)
    a = w.arms[m["arm"]]
    if m["start"] < 0:
        m["start"] = day
        if not a["from_randomisation"]:
            m["until"] = day + a["contact_days"]
    p = w.patients[i]
    if p["worker"] >= 0 or a["workers_after"] == 0:
        return
    declined = p["referral"] == DECLINED
    if p["referral"] == REFERRED:
        referral.withdraw(w, i)
    p["referral"] = NOT_REFERRED
    follows = w.switches[0]["follow_up"] and w.switches[0]["referral"]
    if not declined and follows and a["contact_days"] > 0 and trial_arms.runs(w, i, day + 1):
        p["contact_start"] = m["start"]
        referral.refer(w, i, day, day + a["first_contact"] + a["delay"])
        observe.log(w, day, E_REFERRED, i, -1, -1, a["delay"])
