"""The arms of a trial file, and how they are compared."""

from __future__ import annotations

import math
from functools import reduce

from scenarios.trial_files.checked_file import Reader
from scenarios.trial_files.plan import AssumedRatio
from scenarios.trial_files.schedule import LONGEST, check_schedule
from scenarios.trial_files.schedule_words import Contacts, read_schedule
from scenarios.trial_files.schema import ArmTable
from simulation.config import Config
from simulation.trial_specification import Arm

_TEAMS = {"peer": "peers", "navigator": "navigators", "social worker": "social_workers"}


def read_arms(reader: Reader) -> tuple[Arm, ...]:
    """Read what each arm receives."""
    arms = reader.table.arms
    people = [name for name, arm in arms.items() if arm.people is not None]
    shares = [name for name, arm in arms.items() if arm.share is not None]
    if people and (shares or len(people) < len(arms)):
        first = shares[0] if shares else next(name for name in arms if name not in people)
        reader.bad(("arms", first), f"arms.{first}: every arm says its people, or none does (then share)")
    divisor = reduce(math.gcd, [arm.people or 0 for arm in arms.values()]) or 1
    made = []
    for name, arm in arms.items():
        at = ("arms", name)
        workers, after = workers_of(arm)
        contacts = _contacts(reader, name, arm)
        if not workers and not after and arm.contact_days > 0:
            reader.bad((*at, "contact_days"), f"arms.{name}.contact_days: needs a worker, who keeps in touch")
        if after and not arm.contact_days:
            reader.bad((*at, "worker_after_discharge"), f"arms.{name}.worker_after_discharge: needs contact_days")
        made.append(
            Arm(
                name=name,
                share=arm.people // divisor if arm.people else arm.share or 1,
                workers=workers,
                workers_after=after,
                in_hospital=arm.in_hospital,
                visit_interval=arm.visit_every_days,
                delay=arm.first_offer_after_days,
                contact_days=arm.contact_days,
                first_contact=contacts.first,
                from_randomisation=arm.contact_days_from == "randomisation",
                schedule=contacts.phases,
                sessions=arm.contacts_at_most,
                hand_over=arm.hand_over,
                planning=arm.plans_discharge,
                practical_help=arm.practical_help,
                consult=arm.consult_team,
                uptake=arm.uptake,
                reach=arm.reach,
                incentive_contacts=arm.incentive_for_contacts,
                incentive_care=arm.incentive_for_care,
            )
        )
        if sum(a.share for a in made) > 10_000:
            reader.bad(at, f"arms.{name}: the people of the arms stand in a ratio too fine to assign; give shares")
    return tuple(made)


def workers_of(arm: ArmTable) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Kinds of workers in hospital, and after discharge where they are others."""
    first, after = arm.worker, arm.worker_after_discharge
    kinds = () if first == "none" else (first,) if isinstance(first, str) else tuple(dict.fromkeys(first))
    if after is None:
        return kinds, None
    return kinds, (after,) if isinstance(after, str) else tuple(dict.fromkeys(after))


def _contacts(reader: Reader, name: str, arm: ArmTable) -> Contacts:
    """When contacts are due."""
    given, first = arm.contact_schedule, arm.first_contact_after_days
    where, word = ("arms", name), f"arms.{name}"
    try:
        said = read_schedule(given) if isinstance(given, str) else Contacts(check_schedule(given), 1)
    except ValueError as error:
        reader.bad((*where, "contact_schedule"), f"{word}.contact_schedule: {error}")
    if first is not None and said.first not in (1, first):
        reader.bad(
            (*where, "first_contact_after_days"),
            f"{word}.first_contact_after_days: is {first}, and contact_schedule begins on day {said.first}; leave one "
            "of the two out",
        )
    contacts = Contacts(said.phases, first or said.first)
    if not arm.contact_days:
        return contacts
    if contacts.first > arm.contact_days:
        reader.bad(
            (*where, "contact_days"),
            f"{word}.contact_days: ends ({arm.contact_days}) before the first contact (day {contacts.first})",
        )
    (end, every) = contacts.phases[-1]
    if end < min(arm.contact_days, LONGEST) and every < 365:
        reader.bad(
            (*where, "contact_schedule"),
            f"{word}.contact_schedule: ends on day {end}, and contact_days says {arm.contact_days}; say how contact "
            "goes on, or end it earlier",
        )
    return contacts


def reference_arm(reader: Reader) -> str:
    """Name of the arm with which others are compared."""
    arms = reader.table.arms
    said = [name for name, arm in arms.items() if arm.reference]
    if len(said) > 1:
        reader.bad(("arms", said[1], "reference"), f"arms.{said[1]}.reference: {said[0]} is the reference already")
    idle = [n for n, a in arms.items() if not any(workers_of(a)) and not a.consult_team]
    plain = [n for n in idle if not arms[n].written_information]
    return [*said, *plain, *idle, *arms][0]


def read_comparisons(reader: Reader, reference: str) -> tuple[tuple[str, str], ...]:
    """Pairs of arms."""
    arms = reader.table.arms
    given = [(one, other) for one, other in reader.table.analysis.comparisons]
    pairs = given or [(name, reference) for name in arms if name != reference]
    for pair in pairs:
        for name in pair:
            if name not in arms:
                reader.bad(("analysis", "comparisons"), f"analysis.comparisons: {reader.unknown(name, arms, 'arm')}")
        if pair[0] == pair[1]:
            reader.bad(("analysis", "comparisons"), f'analysis.comparisons: "{pair[0]}" cannot be compared with itself')
    if reader.table.enrolment.assignment == "stepped-wedge" and len(arms) != 2:
        reader.bad(
            ("enrolment", "assignment"),
            "enrolment.assignment: a stepped wedge has two arms, the "
            "first before "
            f"the crossing; this trial has {len(arms)}",
        )
    return tuple(pairs)


def read_ratios(reader: Reader) -> tuple[AssumedRatio, ...]:
    """Effects that are assumed because the model has no mechanism for them."""
    found = []
    for name, arm in reader.table.arms.items():
        for key, what in (("assumed_acute_need_ratio", "need_ratio"), ("assumed_linkage_ratio", "linkage_ratio")):
            if (three := getattr(arm, key)) is not None:
                low, middle, high = three
                if not 0 < low <= middle <= high <= 100:
                    reader.bad(
                        ("arms", name, key),
                        f"arms.{name}.{key}: must be three numbers above 0 that rise: low, middle, high; got "
                        f"{list(three)}",
                    )
                found.append(AssumedRatio(name, what, low, middle, high))
    return tuple(found)


def check_staff(reader: Reader, config: Config) -> None:
    """Raise for an arm whose worker has no post."""
    for name, arm in reader.table.arms.items():
        first, after = workers_of(arm)
        for worker in (*first, *(after or ())):
            team = _TEAMS[worker]
            posts = getattr(reader.table.staff, team)
            if reader.table.outside == "programme" and team != "social_workers":
                posts = getattr(config.programme, team)
            if posts == 0:
                key = "worker" if worker in first else "worker_after_discharge"
                reader.bad(
                    ("arms", name, key), f"arms.{name}.{key}: there is no post for a {worker}; set {team} in [staff]"
                )
