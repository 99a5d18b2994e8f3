"""What an agent is: one NumPy structured dtype per agent type and place, with units.

Kernels read and write records as `patients[i]["trust"]`. Nothing here knows a mechanism.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.config import MECHANISMS, Config, Phase
from simulation.event_definitions import EVENT_LIST

HOME, WAITING, IN_ED, BOARDING, IN_BED, DEAD, GONE, TO_COME = 0, 1, 2, 3, 4, 5, 6, 7
PLACES = (
    "home", "waiting for care", "emergency department", "boarding", "inpatient unit", "dead", "left the population",
    "not yet in the population",
)  # fmt: skip
"""Where a person is; from DEAD on they are not in the population."""

PLANNED, PATIENT_INITIATED, ADMINISTRATIVE, DIED, STILL_IN = 0, 1, 2, 3, 4
DISCHARGE_TYPES = ("planned", "patient-initiated", "administrative", "died")

VACANT, ONBOARDING, WORKING, ON_LEAVE = 0, 1, 2, 3
WORKER_STATES = ("vacant", "onboarding", "working", "on leave")

AT_UNIT, AT_ED, IN_COMMUNITY, ROAMING, EVERYWHERE = 0, 1, 2, 3, 4
WORKER_HOMES = ("inpatient unit", "emergency department", "community", "roaming", "everywhere")

NURSE, PHYSICIAN = 0, 1
PROFESSIONS = ("nurse", "physician")

NOT_REFERRED, REFERRED, DECLINED, ENROLLED = 0, 1, 2, 3
REFERRAL_STATES = ("not referred", "referred", "declined", "enrolled")

HOUSING, COVER, TRANSPORT, TREATMENT_BED = 1, 2, 4, 8
BARRIERS = ("housing", "cover", "transport", "treatment bed")

# Community clocks: NEED is the next change of need (onset when well, easing when ill), CARE the next change of care
# (first visit when out of care, drop-out when in care).
# VISIT is a visit to the emergency department without need of a bed, LEAVE moving away or stopping for good, CHANGE a
# turning point of a life.
NEED, SEEK, OVERDOSE, DEATH, CARE, USE, VISIT, LEAVE, CHANGE = 0, 1, 2, 3, 4, 5, 6, 7, 8
CLOCKS = 9

# Transients whose time constants are not those of a clock's bump: rows of `remains` after the clocks.
BENEFIT, TRUST, STIGMA = 9, 10, 11
TRANSIENTS = 12

NEVER = 2_000_000_000  # a day that does not come

OTHER_CAUSE, OVERDOSED, IN_HOSPITAL = 0, 1, 2
CAUSES_OF_DEATH = ("other cause", "overdose", "in hospital")

MOVES, STOPS = 1, 2
WAYS_OUT = ("", "moves away", "stops for good")

VISIT_MEMORY = 8
"""Visits to the emergency department that are remembered of a person, for eligibility."""

NOT_CONSULTED, ORDERED, CONSULTED = 0, 1, 2

YOUNGEST, OLDEST = 18, 110  # ages in years that the table of background mortality spans

HIGH_MISTRUST = 0.5  # trust at or below it is high mistrust: a GBMMS of 3, the middle of its 1 to 5


def _record(fields: list[tuple[str, str]]) -> np.dtype[Any]:
    """A structured dtype whose wide fields come first, so that each is aligned."""
    return np.dtype(sorted(fields, key=lambda field: -np.dtype(field[1]).itemsize), align=True)


PATIENT = _record(
    [
        ("hospital", "i4"),  # index of the hospital that serves the person
        ("circle", "u2"),  # community circle
        ("woman", "u1"),
        ("unhoused", "u1"),
        ("minor", "u1"),  # the present visit to the emergency department is without need of a bed
        ("overdosed", "u1"),  # the present or last need is an overdose
        ("left_early", "u1"),  # early departures so far, at most 255
        ("uncovered", "u1"),  # insurance does not cover a whole stay
        ("co_occurring", "u1"),
        ("injecting", "u1"),
        ("place", "u1"),  # HOME ... DEAD
        ("using", "u1"),
        ("in_care", "u1"),
        ("disclosed", "u1"),  # in the present stay
        ("medicated", "u1"),  # distress treated in the present stay
        ("referral", "u1"),  # NOT_REFERRED ... ENROLLED
        ("followed", "u1"),  # in follow-up after discharge
        ("offers", "u1"),  # answered since the last arrival
        ("care_changes", "u2"),  # entries into care and drop-outs since the last discharge
        ("returns", "u2"),  # changes of use since the last discharge
        ("frailty", "f8"),  # ratio to the average person
        ("proneness", "f8"),  # to acute need: frailty and injecting together, ratio
        ("overdose_proneness", "f8"),  # lasting, ratio to the average person
        ("visit_proneness", "f8"),  # to visits without need of a bed, lasting, ratio to the average person
        ("usual_stability", "f8"),  # standard deviations
        ("stability", "f8"),  # at present, standard deviations; higher is steadier
        ("lift", "f8"),  # share of the full lift of stability by contact that has been reached, 0 to 1
        ("frailty_death", "f8"),  # frailty as it acts on death, ratio
        ("leave_propensity", "f8"),  # standard deviations
        ("engage_propensity", "f8"),  # standard deviations
        ("reach", "f8"),  # probability that one attempt succeeds
        ("usual_trust", "f8"),
        ("usual_stigma", "f8"),
        ("trust", "f8"),  # in clinicians, 0 to 1
        ("peer_trust", "f8"),  # in the worker, 0 to 1
        ("stigma", "f8"),  # experienced, 0 to 1
        ("distress", "f8"),  # withdrawal, pain, craving, 0 to 1
        ("need", "f8"),  # treatment needed, days
        ("received", "f8"),  # treatment received, days
        ("residual", "f8"),  # residual illness, 0 to 1
        ("benefit", "f8"),  # dose of contact: 1 is full contact
        ("surge", "f8"),  # share of the excess of overdose after discharge
        ("frail_surge", "f8"),  # hazard ratio minus 1 of other death just after discharge
        ("known_trust", "f8"),  # in the last worker, when contact with them ended
        ("left_loss", "f8"),  # threshold left of being lost to a worker, in units of cumulative hazard
        ("window", "f8"),  # what is left of the time in which a first visit is likely, 0 to 1
        ("plan", "f8"),  # quality of the last discharge plan, 0 to 1
        ("first_visit", "f8"),  # minutes that the next first visit will take, 0: not drawn yet
        ("birth_day", "i4"),  # negative: before day 0
        ("joined", "i4"),  # day of joining the population, negative: before day 0
        ("changes", "i4"),  # turning points so far
        ("minor_visits", "i4"),  # visits without need of a bed so far
        ("overdose_day", "i4"),  # of the last overdose, -NEVER: none
        ("check_day", "i4"),  # day by which hazards are set anew in any case
        ("meetings", "i4"),  # with the present worker
        ("lists", "i4"),  # times on a worker's list so far
        ("loss_day", "i4"),  # day up to which the hazard of being lost is consumed
        ("known_worker", "i4"),  # row of the last worker, -1: none
        ("known_holder", "i4"),  # who held that post then
        ("worker", "i4"),  # row of the worker, -1: none
        ("slot", "i2"),  # place on the worker's list
        ("last_contact", "i4"),  # day, -1: never
        ("next_contact", "i4"),  # day on which a follow-up contact is due
        ("follow_until", "i4"),  # last day of follow-up
        ("missed_due", "i4"),  # due day of the last visit or contact that was counted as missed, -1: none
        ("discharge_day", "i4"),  # of the last stay, -1: none
        ("trial", "i4"),  # number among the people of a trial, 0: none
        ("contact_start", "i4"),  # day from which the schedule of contacts counts
        ("stay", "i4"),  # row of the present or last stay, -1: none
        ("stays", "i4"),  # admissions so far
        ("needs", "i4"),  # acute needs so far
        ("overdoses", "i4"),
        ("ed_visits", "i4"),
        ("need_day", "i4"),  # day of onset of the present need
        ("clock_day", "i4"),  # day up to which the clocks are consumed
        ("at", "i4"),  # place in the list of inpatients, -1: not in it
    ]
)

ENTRY = _record(  # of a person in the calendar; apart from PATIENT so that lists of a day stay in the cache
    [
        ("due", "i4"),  # next day, NEVER: not in the calendar
        ("after", "i4"),  # next person of the day, -1: last
        ("before", "i4"),  # previous person of the day, -1: first
    ]
)

CLOCK = _record(
    [
        ("left", "f8"),  # threshold left, in units of cumulative hazard
        ("rate", "f8"),  # hazard per day at the last update, without bump and fade; 0: clock stands
        ("bump", "f8"),  # hazard ratio minus 1 that decays
        ("fade", "f8"),  # share of the hazard removed, which decays
    ]
)

STAY = _record(
    [
        ("person", "i4"),
        ("ordinal", "i4"),  # which stay of the person, from 0
        ("previous", "i4"),  # row of the person's stay before, -1: none
        ("hospital", "i4"),
        ("specialty", "i4"),  # unit that should treat
        ("unit", "i4"),  # unit of the bed, -1: none yet
        ("admission_day", "i4"),
        ("bed_day", "i4"),
        ("discharge_day", "i4"),
        ("type", "u1"),  # PLANNED ... STILL_IN
        ("barriers", "u1"),  # open, bit set
        ("barriers_at_start", "u1"),
        ("completed", "u1"),
        ("disclosed", "u1"),
        ("medicated", "u1"),
        ("offered", "u1"),
        ("accepted", "u1"),
        ("enrolled", "u1"),  # at discharge
        ("in_care", "u1"),  # at discharge
        ("unhoused", "u1"),
        ("urgent", "u1"),
        ("woman", "u1"),
        ("overdosed", "u1"),  # came after an overdose
        ("consult", "u1"),  # NOT_CONSULTED, ORDERED or CONSULTED: addiction consult team of usual care
        ("social_work", "u1"),  # seen by social work of usual care
        ("early_before", "u1"),  # early departures before this stay
        ("stays_before", "u1"),  # admissions in the year before this one
        ("age", "f8"),  # years at admission
        ("stability", "f8"),  # at discharge, standard deviations
        ("quality", "f8"),  # of the work of the worker who came today, 0 to 1
        ("credibility", "f8"),  # ratio of the worker's credibility to that of the role
        ("left_consult", "f8"),  # threshold left, in units of cumulative hazard
        ("advocated", "i4"),  # last day with a worker at the bedside, -1: none
        ("visits", "i4"),
        ("contacts", "i4"),  # made after this discharge
        ("conflicts", "i4"),
        ("worker", "i4"),  # row of the worker, -1: none
        ("prior_stays", "i4"),
        ("need", "f8"),  # days
        ("waited", "i4"),  # days from onset of need to arrival
        ("trust", "f8"),
        ("stigma", "f8"),
        ("distress", "f8"),
        ("plan", "f8"),
        ("planning_left", "f8"),  # minutes
        ("trust_30d", "f8"),  # -1: not known
        ("readmission_day", "i4"),  # first after discharge, -1: none
        ("ed_day", "i4"),
        ("linkage_day", "i4"),
        ("overdose_day", "i4"),
        ("death_day", "i4"),
        ("left_planned", "f8"),  # thresholds left, in units of cumulative hazard
        ("left_patient_initiated", "f8"),
        ("left_administrative", "f8"),
        ("left_death", "f8"),
        ("left_disclosure", "f8"),
        ("left_clinician_referral", "f8"),
        ("left_proactive_referral", "f8"),
        ("queue_key", "i8"),
    ]
)

CLINICIAN = _record(
    [
        ("post", "i4"),  # identity of the post, the same in every scenario
        ("unit", "i4"),
        ("profession", "u1"),
        ("stigma_at_hire", "f8"),
        ("stigma", "f8"),
        ("credibility", "f8"),  # given to the peer role
        ("resting_burnout", "f8"),
        ("burnout", "f8"),
        ("training", "f8"),  # lowering of stigma by training that has not faded yet
        ("tenure", "i4"),  # days
        ("ordinal", "i4"),  # which holder of the post
        ("left_exit", "f8"),
        ("good", "i4"),  # good encounters today
        ("conflicts", "i4"),  # today
    ]
)

WORKER = _record(
    [
        ("post", "i4"),  # identity of the post, the same in every scenario
        ("hospital", "i4"),
        ("home", "u1"),
        ("lived_experience", "u1"),
        ("kind", "u1"),  # peer, navigator or social worker, as a trial tells them apart; 0 without a trial
        ("state", "u1"),
        ("open", "u1"),  # the programme has this post at present
        ("on_duty", "u1"),  # today
        ("absent", "u1"),  # today, sick
        ("circle", "i4"),
        ("skill", "f8"),
        ("boundaries", "f8"),
        ("stability", "f8"),
        ("trait", "f8"),
        ("burnout", "f8"),
        ("minutes", "f8"),  # left today
        ("shift", "f8"),  # minutes for people at the start of today
        ("demand", "f8"),  # minutes asked for today
        ("strain", "f8"),  # running mean of demand over shift
        ("acuity", "f8"),  # running mean of distress of people seen
        ("overlap", "f8"),  # running share of people seen from the own circle
        ("adequacy", "f8"),  # of supervision
        ("supervisor", "i4"),  # row, -1: none
        ("caseload", "i4"),
        ("tenure", "i4"),  # days in post
        ("until", "i4"),  # day on which the present state ends
        ("ordinal", "i4"),  # which holder of the post
        ("leaves", "i4"),
        ("left_exit", "f8"),
        ("left_leave", "f8"),
        ("left_return", "f8"),
        ("left_incident", "f8"),
        ("incidents", "i4"),
        ("quality", "f8"),  # of work today, 0 to 1: tiredness and long lists take from it
        ("supervised", "f8"),  # minutes of supervision a week
        ("seen", "i4"),  # people met today
        ("seen_distress", "f8"),  # sum over people met today
        ("seen_circle", "i4"),  # people met today from the own circle
    ]
)

SUPERVISOR = _record(
    [
        ("lived_experience", "u1"),
        ("open", "u1"),  # the programme has this post at present
        ("filled", "u1"),
        ("span", "i4"),  # workers supervised
        ("minutes", "f8"),  # per worker in post and week
        ("in_post", "i4"),  # workers in post today
        ("tenure", "i4"),
        ("until", "i4"),
        ("ordinal", "i4"),
        ("left_exit", "f8"),
    ]
)

UNIT = _record(
    [
        ("hospital", "i4"),
        ("ed", "u1"),  # emergency department
        ("beds", "i4"),
        ("occupied", "i4"),  # by people of the population
        ("background", "i4"),  # by others
        ("first_nurse", "i4"),
        ("nurses", "i4"),
        ("first_physician", "i4"),
        ("physicians", "i4"),
        ("load", "f8"),  # occupancy over 0.85
        ("credibility", "f8"),  # mean over clinicians of the unit
        ("clarity", "f8"),  # of the peer role, 0 to 1
        ("visits", "i4"),  # of workers today
        ("incidents", "i4"),  # since yesterday evening
        ("covers_units", "u1"),  # on the row of the emergency department: workers in post who see inpatients
        ("covers_ed", "u1"),  # ... who see people in the emergency department
        ("covers_community", "u1"),  # ... who meet people after discharge
        ("colleagues", "i4"),  # ... workers in post at the hospital
        ("inpatient_units", "i4"),  # ... units of the hospital
        ("boarding_places", "i4"),  # ... of the hospital
        ("background_mean", "f8"),  # share of beds that patients from outside the population would fill
    ]
)

EVENT = _record(
    [
        ("person", "i4"),  # -1: none
        ("unit", "i4"),  # where it happened, -1: outside hospital; a hospital's first is its emergency department
        ("worker", "i4"),  # row, -1: none
        ("detail", "i4"),  # number that goes with the event, see EVENT_LIST
        ("day", "u2"),
        ("kind", "u1"),  # place in EVENTS
    ]
)

EVENTS = tuple(EVENT_LIST)
(
    E_NEED, E_EASED, E_ED, E_ED_LEAVES, E_ADMITTED, E_DIVERTED, E_BED, E_TRANSFER, E_STIGMA, E_CONFLICT, E_COMPROMISE,
    E_DISCLOSES, E_REFERRED, E_ACCEPTS, E_DECLINES, E_VISIT, E_VISIT_MISSED, E_BARRIER, E_DISCHARGED, E_CONTACT,
    E_CONTACT_FAILED, E_CONTACT_MISSED, E_CONTACT_ENDS, E_HANDED_OVER, E_LINKED, E_DROPS_OUT, E_RETURN, E_OVERDOSE,
    E_DIES, E_HIRED, E_STARTS, E_WORKER_LEAVES, E_ON_LEAVE, E_BACK, E_WORKER_RETURN, E_CLINICIAN_EXITS,
    E_SUPERVISOR_LEAVES, E_SUPERVISOR_HIRED, E_JOINS, E_GOES, E_SETTLED, E_TURN, E_HOUSED, E_UNHOUSED, E_CONSULT,
    E_SOCIAL_WORK, E_INCIDENT, E_PAUSE,
) = range(len(EVENTS))  # fmt: skip

DAILY: tuple[str, ...] = (
    "ed_visits",
    "admissions",
    "diversions",
    "planned",
    "patient_initiated",
    "administrative",
    "died_in_hospital",
    "census",
    "boarding",
    "occupied_beds",
    "background_beds",
    "deaths",
    "overdoses",
    "alive",
    "workers_in_post",
    "workers_high_burnout",
    "worker_burnout",
    "worker_exits",
    "worker_hires",
    "vacant_posts",
    "caseload",
    "minutes_worked",
    "minutes_with_people",
    "visits_made",
    "visits_missed",
    "contacts_made",
    "contacts_failed",
    "contacts_missed",
    "offers",
    "acceptances",
    "supervision_adequacy",
    "supervisors_in_post",
    "clinician_stigma",
    "clinician_credibility",
    "clinician_burnout",
    "clinicians_high_burnout",
    "nurses_high_burnout",
    "clinician_exits",
    "stigma_enacted",
    "conflicts",
    "first_visits_in_care",
    "joined",
    "moved_away",
    "stopped",
    "in_care",
    "using",
    "unhoused",
    "minor_visits",
    "settled_outside",
    "consults",
    "days_absent",
    "incidents",
    "worker_leaves",
    "worker_returns",
    "supervision_minutes",
    "navigators_in_post",
    "supervisor_hires",
)
"""Columns of the daily series: counts of the day, except that burnout, adequacy, stigma and credibility are means.

Stocks (alive, census, in_care, using, unhoused and the like) are those of midnight; the census counts midnights in
hospital."""
DAY = np.dtype([(name, "f8") for name in DAILY])

STAYING = np.dtype(
    [
        ("frailty", "f8"),  # log of it, mean of the group
        ("ratio", "f8"),  # death from other causes at home, over background mortality
        ("hospital", "f8"),  # death in hospital, a year
        ("overdose", "f8"),  # death by overdose, a year, at average proneness
        ("leaving", "f8"),  # leaving alive, a year
        ("in_care", "f8"),  # share of people
        ("using", "f8"),  # share of people
    ]
)
"""Hazards of leaving the population, of people of one group of frailty: see `simulation/staying.py`."""

SWITCHES = np.dtype([(name, "u1") for name in MECHANISMS])

PRIORITIES = ("inpatients_first", "follow_up_first")
DOORS = ("clinician", "proactive", "both")

LEVERS = np.dtype(
    [
        ("key", "u8"),
        ("horizon", "i8"),
        ("workers", "i8"),
        ("supervisors", "i8"),
        ("hospitals", "i8"),
        ("units", "i8"),  # inpatient units per hospital, at most
        ("start_day", "i8"),
        ("end_day", "i8"),  # of the programme
        ("follow_up_days", "i8"),
        ("hand_over", "u1"),
        ("caseload_cap", "i8"),
        ("priority", "i8"),
        ("door", "i8"),
        ("referral_delay_days", "i8"),
        ("shift_minutes", "f8"),
        ("days_per_week", "i8"),
        ("weekends", "u1"),
        ("cover", "f8"),  # share of the day in which somebody is there for people who arrive
        ("leave_weeks", "f8"),  # a year
        ("seasonal", "u1"),
        ("visit_interval_days", "i8"),
        ("training_hours", "f8"),
        ("boundary_practice", "f8"),
        ("stability_at_hire", "f8"),
        ("cross_training_hours", "f8"),
        ("champion", "u1"),
        ("autonomy", "f8"),
        ("supervision_hours", "f8"),  # per supervisor and week
        ("peers_per_supervisor", "f8"),
        ("supervisor_lived_experience", "f8"),  # share of supervisors
        ("size", "i8"),  # people on average
        ("scan", "u1"),  # naive daily scan instead of the calendar: the oracle of the tests
    ]
)

PHASE = np.dtype(
    [
        ("day", "i8"),  # of the run, on which it begins
        ("follow_up_days", "i8"),
        ("supervisors", "i8"),
    ]
)

UNSUPERVISED, CLOSED = -1, -2  # in the roster: a post without supervisor, and one that the phase does not have

COUNTS = np.dtype(
    [
        ("day", "i8"),  # next day to run
        ("phase", "i8"),  # of the programme
        ("stays", "i8"),
        ("events", "i8"),
        ("inpatients", "i8"),
        ("boarders", "i8"),
        ("in_ed", "i8"),
        ("referred", "i8"),
        ("alive", "i8"),
        ("outliers", "i8"),
        ("mistrusting", "i8"),  # alive with trust at or below 0.5, on the last day
        ("in_care", "i8"),
        ("using", "i8"),
        ("unhoused", "i8"),
    ]
)


def switches(config: Config) -> Any:
    """One-element array of dtype `SWITCHES`."""
    return np.array([tuple(getattr(config.mechanisms, name) for name in MECHANISMS)], dtype=SWITCHES)


def supervisors_needed(config: Config) -> int:
    """Most supervisor posts of any phase."""
    return max(supervisors_of(config, phase) for phase in config.plan)


def supervisors_of(config: Config, phase: Phase) -> int:
    """Supervisor posts of a phase: their number, or workers over workers per supervisor, rounded up."""
    posts = (phase.peers or 0) + (phase.navigators or 0)
    if phase.supervisors is not None:
        return phase.supervisors if posts else 0
    return int(np.ceil(posts / config.programme.peers_per_supervisor - 1e-9))


def levers(config: Config, key: int, *, scan: bool = False) -> Any:
    """One-element array of dtype `LEVERS` for one run."""
    p, h = config.programme, config.hospital
    row = np.zeros(1, dtype=LEVERS)
    row["key"] = key
    row["horizon"] = config.horizon
    row["workers"] = max((phase.peers or 0) + (phase.navigators or 0) for phase in config.plan)
    row["supervisors"] = supervisors_needed(config)
    row["hospitals"] = h.count
    row["units"] = h.units
    row["start_day"] = config.first_day
    row["end_day"] = config.last_day
    row["weekends"] = p.weekends
    row["cover"] = p.cover_hours / 24.0
    row["leave_weeks"] = p.leave_weeks
    row["seasonal"] = bool(config.population.seasons)
    row["priority"] = PRIORITIES.index(p.priority)
    row["door"] = DOORS.index(p.door)
    row["supervision_hours"] = p.supervision_hours_per_week
    row["scan"] = scan
    row["size"] = config.population.size
    for name in (
        "follow_up_days", "hand_over", "caseload_cap", "referral_delay_days", "shift_minutes",
        "days_per_week", "visit_interval_days", "training_hours", "boundary_practice", "stability_at_hire",
        "cross_training_hours", "champion", "autonomy", "peers_per_supervisor", "supervisor_lived_experience",
    ):  # fmt: skip
        row[name] = getattr(p, name)
    return row
