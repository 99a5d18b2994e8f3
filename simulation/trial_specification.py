"""A trial inside the model: who is eligible, how they are assigned, what each arm gets.

Plain data, validated where the file is read (`scenarios.trial_files`). `lay_out` writes it into the world's arrays;
what happens then is in `simulation.stages.enrolment`. Without a trial all of these arrays are empty and nothing reads
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulation import draws
from simulation.state import EVERYWHERE, _record

PEER, NAVIGATOR, SOCIAL_WORKER = 1, 2, 4
WORKERS = {"peer": PEER, "navigator": NAVIGATOR, "social worker": SOCIAL_WORKER}
"""Who delivers an arm: kinds of workers, as bits of a set."""

WARD, EMERGENCY, DISCHARGE = 1, 2, 4
ENROL_AT = {"ward": WARD, "emergency department": EMERGENCY, "discharge": DISCHARGE}
"""Where people are enrolled: in a bed, in the emergency department (boarders too), or as they leave hospital."""

SIMPLE, BLOCKS, CLUSTER = 0, 1, 2

PHASES = 24
"""Most phases of a schedule of contacts."""

EITHER, NO, YES = -1, 0, 1

ARM = _record(
    [
        ("share", "i4"),  # of people assigned, as a whole number against those of the other arms
        ("workers", "u1"),  # kinds who meet people in hospital, bit set
        ("workers_after", "u1"),  # kinds who keep in touch after discharge, bit set
        ("in_hospital", "u1"),  # visits in hospital
        ("from_randomisation", "u1"),  # days of contact count from randomisation instead of the first discharge
        ("hand_over", "u1"),
        ("planning", "u1"),  # of discharge
        ("practical_help", "u1"),  # with barriers
        ("consult", "u1"),  # a consult team asks about use and offers treatment
        ("visit_interval", "i4"),  # days between visits in hospital
        ("delay", "i4"),  # days from assignment to the first offer
        ("contact_days", "i4"),
        ("first_contact", "i4"),  # days from discharge
        ("sessions", "i4"),  # most contacts after discharge, 0: no limit
        ("uptake", "f8"),  # at average propensity to engage, negative: as the model has it
        ("reach", "f8"),  # share of attempts that find people, before they differ, negative: as the model has it
        ("incentive_contacts", "f8"),  # 0 to 1
        ("incentive_care", "f8"),  # 0 to 1
        ("need_ratio", "f8"),  # assumed hazard ratio of acute need
        ("linkage_ratio", "f8"),  # assumed hazard ratio of a first visit in care
    ]
)

TRIAL = _record(
    [
        ("on", "u1"),
        ("outside", "u1"),  # people outside the trial may get a worker
        ("places", "u1"),  # WARD, EMERGENCY, DISCHARGE, bit set
        ("leaving", "u1"),  # types of discharge at which people are enrolled, bit set
        ("two_teams", "u1"),  # some arm has other workers after discharge than in hospital
        ("counts_present", "u1"),  # the present stay counts as one of the admissions
        ("assignment", "u1"),
        ("by_hospital", "u1"),  # blocks of each hospital
        ("co_occurring", "i1"),  # EITHER, NO, YES
        ("injecting", "i1"),
        ("unhoused", "i1"),
        ("uncovered", "i1"),
        ("in_care", "i1"),
        ("using", "i1"),
        ("woman", "i1"),
        ("consulted", "i1"),
        ("social_work", "i1"),
        ("overdosed", "i1"),
        ("overdosed_days", "i8"),
        ("age_least", "i8"),
        ("age_most", "i8"),
        ("n", "i8"),  # people wanted
        ("enrolled", "i8"),
        ("eligible", "i8"),  # asked
        ("first_day", "i8"),
        ("last_day", "i8"),
        ("pace", "f8"),  # people a day, 0: as they come
        ("stay_least", "i8"),  # days in hospital so far
        ("stay_most", "i8"),
        ("admissions_least", "i8"),
        ("admissions_most", "i8"),
        ("admissions_days", "i8"),
        ("visits_least", "i8"),  # to the emergency department
        ("visits_days", "i8"),
        ("leaving_today", "i8"),  # candidates in the evening
        ("block", "i8"),  # people of a block
        ("salt", "i8"),  # of the draws of assignment
        ("consent", "f8"),  # at average propensity to engage
        ("approached", "f8"),  # share of eligible people who are asked
    ]
)

PARTICIPANT = _record(
    [
        ("person", "i4"),
        ("arm", "i4"),
        ("day", "i4"),  # of randomisation
        ("stay", "i4"),  # row of the stay at randomisation, -1: a visit without admission
        ("unit", "i4"),
        ("admissions", "i4"),  # in the window of eligibility, or of the last year
        ("start", "i4"),  # first day after discharge, -1: still in hospital
        ("until", "i4"),  # last day of contact
        ("accepted", "i4"),  # day on which a worker was accepted, -1: never
        ("visits", "i4"),  # of a worker in hospital
        ("contacts", "i4"),  # after discharge
        ("place", "u1"),  # WARD, EMERGENCY or DISCHARGE
        ("seen", "u1"),  # by the consult team
        ("in_care", "u1"),  # at randomisation
        ("using", "u1"),
        ("trust", "f8"),
    ]
)

CLUSTER_ROW = _record(
    [
        ("enrolled", "i8"),  # in blocks so far
        ("crossing", "i8"),  # day from which people are assigned to `after`
        ("before", "i4"),  # arm
        ("after", "i4"),
        ("group", "i4"),  # number of the cluster
    ]
)


@dataclass(frozen=True, slots=True)
class Arm:
    """What people of one arm get.

    Attributes:
        name: Short name, unique in the trial.
        share: People assigned to the arm against those of the others.
        workers: Keys of `WORKERS`: kinds who meet people in hospital, whoever has the shortest list; () for none.
        workers_after: Kinds who keep in touch after discharge, where they are others; None for the same.
        in_hospital: A worker comes to the bedside or the emergency department.
        visit_interval: Days between visits in hospital.
        delay: Days from assignment to the first offer.
        contact_days: Days of contact after discharge.
        first_contact: Days from a discharge to the first contact after it, 1 or more.
        from_randomisation: These days count from randomisation.
        schedule: Phases of (until day, every n days); n need not be whole.
        sessions: Most contacts after discharge; 0 for no limit.
        hand_over: Contact ends with a hand-over.
        planning: The worker, or the team, plans the discharge.
        practical_help: The worker helps with housing, cover, transport and a treatment bed.
        consult: A consult team sees the person once in hospital, asks about use and offers treatment.
        uptake: Share that accepts the worker or team, at average propensity to engage; None for the model's own.
        reach: Share of attempts at contact that find a person who is reached as easily as the model's middle one; None
            for the model's own.
        incentive_contacts: Strength of incentives for attending contacts, 0 to 1.
        incentive_care: Strength of incentives for a first visit in care, 0 to 1.
        need_ratio: Assumed hazard ratio of acute need, for what the model has no mechanism for.
        linkage_ratio: Assumed hazard ratio of a first visit in care.
    """

    name: str
    share: int = 1
    workers: tuple[str, ...] = ()
    workers_after: tuple[str, ...] | None = None
    in_hospital: bool = True
    visit_interval: int = 1
    delay: int = 0
    contact_days: int = 0
    first_contact: int = 1
    from_randomisation: bool = False
    schedule: tuple[tuple[int, float], ...] = ((365, 7.0),)
    sessions: int = 0
    hand_over: bool = False
    planning: bool = True
    practical_help: bool = True
    consult: bool = False
    uptake: float | None = None
    reach: float | None = None
    incentive_contacts: float = 0.0
    incentive_care: float = 0.0
    need_ratio: float = 1.0
    linkage_ratio: float = 1.0

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of workers whom people of the arm meet anywhere."""
        return frozenset(self.workers) | frozenset(self.workers_after or ())


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may take part. Of the traits None means "either".

    Attributes:
        places: Keys of `ENROL_AT`.
        leaving: Types of discharge (codes) at which people are enrolled, where "discharge" is among the places.
        stay_least: Days in hospital so far, at least.
        stay_most: Days in hospital so far, at most.
        admissions_least: Admissions within the window, at least.
        admissions_most: Admissions within the window, at most.
        admissions_days: Days of the window before enrolment.
        counts_present: The present stay is one of them.
        visits_least: Visits to the emergency department within their window, at least; at most `VISIT_MEMORY`.
        visits_days: Days of that window.
        co_occurring: Co-occurring mental illness (people who use drugs) or use of drugs (serious mental illness).
        injecting: Injects drugs.
        unhoused: Without stable housing.
        uncovered: Insurance does not cover a whole stay.
        in_care: In care.
        using: Uses drugs at present.
        woman: A woman.
        consulted: Seen by the consult team of usual care in the present stay.
        social_work: Seen by social work of usual care in the present stay.
        overdosed: Has had an overdose within the window.
        overdosed_days: Days of that window.
        age_least: Age in years, at least.
        age_most: Age in completed years, at most.
        approached: Share of eligible people who are asked, by lot at each visit.
        consent: Share of those asked who take part, at average propensity to engage.
    """

    places: tuple[str, ...] = ("ward",)
    leaving: tuple[int, ...] = (0,)
    stay_least: int = 0
    stay_most: int = 10_000
    admissions_least: int = 0
    admissions_most: int = 10_000
    admissions_days: int = 365
    counts_present: bool = True
    visits_least: int = 0
    visits_days: int = 365
    co_occurring: bool | None = None
    injecting: bool | None = None
    unhoused: bool | None = None
    uncovered: bool | None = None
    in_care: bool | None = None
    using: bool | None = None
    woman: bool | None = None
    consulted: bool | None = None
    social_work: bool | None = None
    overdosed: bool | None = None
    overdosed_days: int = 365
    age_least: int = 0
    age_most: int = 120
    approached: float = 1.0
    consent: float = 1.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial to be run inside the model.

    Attributes:
        arms: The arms, at least one.
        n: People wanted in all arms together.
        first_day: First day of enrolment.
        days: Days of enrolment.
        pace: People enrolled on a day, on average, at most; 0 for as many as there are.
        eligibility: Who may take part.
        assignment: "simple", "blocks", "cluster" or "stepped-wedge".
        block_size: People of a block.
        by_hospital: Blocks of each hospital rather than of the whole trial.
        cluster: "unit" or "hospital".
        step_days: Days between two crossings of a stepped-wedge trial.
        steps: Crossings of a stepped-wedge trial.
        outside: People outside the trial may get a worker too.
        social_workers: How many of the posts for navigators are for social workers.
        salt: Another number assigns anew; nothing else changes by itself.
    """

    arms: tuple[Arm, ...]
    n: int
    first_day: int
    days: int
    pace: float = 0.0
    eligibility: Eligibility = field(default_factory=Eligibility)
    assignment: str = "simple"
    block_size: int = 0
    by_hospital: bool = False
    cluster: str = "unit"
    step_days: int = 0
    steps: int = 0
    outside: bool = False
    social_workers: int = 0
    salt: int = 0


def empty() -> dict[str, Any]:
    """The arrays of a world without a trial."""
    return {
        "trial": np.zeros(1, TRIAL),
        "arms": np.zeros(0, ARM),
        "arm_schedule": np.zeros((0, 2)),
        "block": np.zeros(0, np.int64),
        "participants": np.zeros(0, PARTICIPANT),
        "clusters": np.zeros(0, CLUSTER_ROW),
        "asked": np.zeros(0, np.int64),
        "leavers": np.zeros(0, np.int64),
    }


def lay_out(trial: Trial, people: int, hospitals: int, units: int, key: int) -> dict[str, Any]:
    """The arrays of a world with a trial.

    Args:
        trial: The trial.
        people: People of the population.
        hospitals: Number of hospitals.
        units: Inpatient units of a hospital.
        key: Key of the run's draws.
    """
    made = empty()
    e = trial.eligibility
    row = made["trial"][0]
    row["on"] = 1
    row["outside"] = trial.outside
    row["places"] = sum(ENROL_AT[place] for place in set(e.places))
    row["leaving"] = sum(1 << kind for kind in set(e.leaving))
    row["assignment"] = {"simple": SIMPLE, "blocks": BLOCKS}.get(trial.assignment, CLUSTER)
    row["by_hospital"] = trial.by_hospital
    row["n"] = trial.n
    row["first_day"] = trial.first_day
    row["last_day"] = trial.first_day + trial.days - 1
    row["pace"] = trial.pace
    row["salt"] = trial.salt
    for name in (
        "co_occurring", "injecting", "unhoused", "uncovered", "in_care", "using", "woman", "consulted", "social_work",
        "overdosed",
    ):  # fmt: skip
        value = getattr(e, name)
        row[name] = EITHER if value is None else int(value)
    for name in (
        "counts_present", "stay_least", "stay_most", "admissions_least", "admissions_most", "admissions_days",
        "visits_least", "visits_days", "approached", "consent", "overdosed_days", "age_least", "age_most",
    ):  # fmt: skip
        row[name] = getattr(e, name)
    made["arms"] = np.zeros(len(trial.arms), ARM)
    made["arm_schedule"] = np.zeros((len(trial.arms) * PHASES, 2))
    for number, arm in enumerate(trial.arms):
        a = made["arms"][number]
        for name in ARM.names or ():
            if name not in ("workers", "workers_after", "uptake", "reach"):
                a[name] = getattr(arm, name)
        a["workers"] = _bits(arm.workers)
        a["workers_after"] = _bits(arm.workers if arm.workers_after is None else arm.workers_after)
        a["uptake"], a["reach"] = _inside(arm.uptake), _inside(arm.reach)
        phases = [*arm.schedule, *[arm.schedule[-1]] * (PHASES - len(arm.schedule))]
        made["arm_schedule"][number * PHASES : (number + 1) * PHASES] = phases
    row["two_teams"] = (made["arms"]["workers"] != made["arms"]["workers_after"]).any()
    made["block"] = _block(trial)
    row["block"] = len(made["block"])
    made["participants"] = np.zeros(trial.n, PARTICIPANT)
    made["clusters"] = _clusters(trial, hospitals, units, key)
    made["asked"] = np.zeros(people, np.int64)
    made["leavers"] = np.zeros(people, np.int64)
    return made


def _bits(kinds: tuple[str, ...]) -> int:
    return sum(WORKERS[kind] for kind in set(kinds))


def _inside(share: float | None) -> float:
    """A share that has a logit; -1 for none."""
    return -1.0 if share is None else min(max(share, 1e-9), 1 - 1e-9)


def _block(trial: Trial) -> Any:
    """Arms of one block in the order of the arms."""
    shares = [arm.share for arm in trial.arms]
    times = max(1, trial.block_size // sum(shares))
    return np.repeat(np.arange(len(shares)), np.array(shares) * times).astype(np.int64)


def _clusters(trial: Trial, hospitals: int, units: int, key: int) -> Any:
    """Which arm a unit gives from which day; a row per unit, emergency departments too."""
    rows = np.zeros(hospitals * (units + 1), CLUSTER_ROW)
    index = np.arange(len(rows))
    hospital = index // (units + 1)
    rows["group"] = index if trial.cluster == "unit" else hospital
    if trial.assignment not in ("cluster", "stepped-wedge"):
        return rows
    # An emergency department is no unit of its own where units are the clusters: it goes with its hospital's first.
    emergency = index % (units + 1) == 0
    groups = np.unique(rows["group"][~emergency]) if trial.cluster == "unit" else np.arange(hospitals)
    if trial.cluster == "unit":
        rows["group"][emergency] = index[emergency] + 1
    u = [draws.uniform(np.uint64(key), draws.ASSIGNMENT, int(g), trial.salt, 0, 3) for g in groups]
    order = groups[np.argsort(u, kind="stable")]
    place = {int(g): number for number, g in enumerate(order)}
    if trial.assignment == "cluster":
        arms = np.repeat(np.arange(len(trial.arms)), [arm.share for arm in trial.arms])
        given = {g: int(arms[number % len(arms)]) for g, number in place.items()}
        rows["before"] = rows["after"] = [given[int(g)] for g in rows["group"]]
        return rows
    step = {g: number * trial.steps // len(order) + 1 for g, number in place.items()}
    rows["after"] = 1
    rows["crossing"] = [trial.first_day + step[int(g)] * trial.step_days for g in rows["group"]]
    return rows


def post(trial: Trial, workers: Any) -> None:
    """Tell the kinds of workers apart and, where an arm has a worker, send all of them wherever people are."""
    if not any(arm.kinds for arm in trial.arms):
        return
    workers["home"] = EVERYWHERE
    workers["kind"] = np.where(workers["lived_experience"], PEER, NAVIGATOR)
    rows = np.flatnonzero(workers["lived_experience"] == 0)
    k = np.arange(len(rows))
    share = trial.social_workers / len(rows) if len(rows) else 0.0
    social = np.floor((k + 1) * share + 1e-9) > np.floor(k * share + 1e-9)
    workers["kind"][rows[social]] = SOCIAL_WORKER
