"""Eligibility, assignment and the hospital around a trial: the part of a trial file that makes a run."""

from __future__ import annotations

import os
from typing import Any

from pydantic import ValidationError

from scenarios import error_messages, loader
from scenarios.key_lines import KeyPath
from scenarios.loader import clean_name
from scenarios.toml_files import ScenarioError
from scenarios.trial_files.checked_file import Reader
from scenarios.trial_files.plan import Endpoint
from scenarios.trial_files.schema import MOST_PEOPLE
from simulation.config import Config
from simulation.trial_specification import Arm, Eligibility, Trial

WARM_UP = 180
"""Fewest days before enrolment."""

SLACK = 90
"""Days at the end of a run beyond the last window, for people whose stay of enrolment is long."""

_LEAVING = {"planned": 0, "patient-initiated": 1, "administrative": 2}
_PROFILES = {"substance use": "people_who_use_drugs", "serious mental illness": "serious_mental_illness"}
_SET_BY_TRIAL = (
    "run.days", "run.warm_up_days", "programme.peers", "programme.navigators", "programme.start_day",
    "programme.starts", "programme.ends_after_days",
)  # fmt: skip


def read_setting(
    reader: Reader, arms: tuple[Arm, ...], endpoints: tuple[Endpoint, ...], settings: tuple[str, ...]
) -> tuple[Trial, Config]:
    """The trial for the model, and the scenario around it."""
    table, e, r = reader.table, reader.table.eligibility, reader.table.enrolment
    _check_diagnosis(reader)
    config = _scenario(reader, settings)
    n = r.people or sum(arm.people or 0 for arm in table.arms.values())
    if not n:
        reader.bad(
            ("enrolment",),
            "enrolment.people: is missing; say how many people take part (or give every arm its people)",
        )
    if r.people and any(arm.people for arm in table.arms.values()):
        reader.bad(
            ("enrolment", "people"), "enrolment.people: the arms say their people already; leave one of the two out"
        )
    if n > MOST_PEOPLE:
        reader.bad(("enrolment",), f"enrolment.people: at most {MOST_PEOPLE:,}; the arms add up to {n:,}")
    days = _days_of_enrolment(reader, arms, config)
    before = max(
        WARM_UP,
        table.staff.in_post_days_before,
        e.admissions_within_days if e.admissions_at_least or e.admissions_at_most < 10_000 else 0,
        e.ed_visits_within_days if e.ed_visits_at_least else 0,
    )
    after = max(max((o.days + o.shift for o in endpoints), default=0), 30) + SLACK
    trial = Trial(
        arms=arms,
        n=n,
        first_day=before,
        days=days,
        pace=_pace(reader, n, days),
        eligibility=_eligibility(reader),
        assignment={"individual": "simple"}.get(r.assignment, r.assignment),
        block_size=r.block_size or 0,
        by_hospital=r.blocks_by_hospital,
        cluster=r.cluster,
        step_days=r.step_days or 0,
        steps=r.steps or 0,
        outside=table.outside == "programme",
        social_workers=table.staff.social_workers,
    )
    staff, data = table.staff, config.model_dump()
    old = data["programme"]
    own = table.outside == "programme"
    data["programme"] = old | {
        "peers": staff.peers + (old["peers"] if own else 0),
        "navigators": staff.navigators + staff.social_workers + (old["navigators"] if own else 0),
        "start_day": old["start_day"] if own else max(0, before - staff.in_post_days_before),
    }
    if not own:
        data["programme"] |= {"starts": "before measuring", "ends_after_days": 0}
        data["phases"] = ()
    data["run"] = {"warm_up_days": before, "days": days + after}
    data["name"] = clean_name(reader.file.path.name.removesuffix(".toml"))
    try:
        return trial, Config.model_validate(data)
    except ValidationError as error:  # of staff of the trial and of the programme together
        detail = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in detail["loc"])
        reader.bad(("staff",), f"staff: together with the programme's own, {where}: {detail['msg'].lower()}")


def _eligibility(reader: Reader) -> Eligibility:
    e = reader.table.eligibility
    if e.stay_days_at_least > e.stay_days_at_most:
        at = ("eligibility", "stay_days_at_most")
        reader.bad(
            at,
            f"eligibility.stay_days_at_most: must be at least stay_days_at_least ({e.stay_days_at_least}); "
            f"got {e.stay_days_at_most}",
        )
    if e.admissions_at_least > e.admissions_at_most:
        at = ("eligibility", "admissions_at_most")
        reader.bad(
            at,
            "eligibility.admissions_at_most: must be at least admissions_at_least "
            f"({e.admissions_at_least}); got {e.admissions_at_most}",
        )
    if e.age_at_least > e.age_at_most:
        reader.bad(
            ("eligibility", "age_at_most"),
            f"eligibility.age_at_most: must be at least age_at_least ({e.age_at_least}); got {e.age_at_most}",
        )
    return Eligibility(
        places=tuple("emergency department" if place == "ED" else place for place in e.place),
        leaving=tuple(_LEAVING[kind] for kind in e.discharge_types),
        stay_least=e.stay_days_at_least,
        stay_most=e.stay_days_at_most,
        admissions_least=e.admissions_at_least,
        admissions_most=e.admissions_at_most,
        admissions_days=e.admissions_within_days,
        counts_present=e.admissions_count_this_one,
        visits_least=e.ed_visits_at_least,
        visits_days=e.ed_visits_within_days,
        co_occurring=True if e.diagnosis == "both" else e.co_occurring,
        injecting=e.injecting,
        unhoused=None if e.stable_housing is None else not e.stable_housing,
        uncovered=None if e.adequate_cover is None else not e.adequate_cover,
        in_care=e.in_care,
        using=e.using,
        woman=e.woman,
        age_least=e.age_at_least,
        age_most=e.age_at_most,
        consulted=e.seen_by_consult_team,
        social_work=e.seen_by_social_work,
        overdosed=e.overdose_before,
        overdosed_days=e.overdose_within_days,
        approached=e.approached,
        consent=e.consent,
    )


def _pace(reader: Reader, n: int, days: int) -> float:
    """People enrolled on a day at most, on average; 0 for no limit."""
    r = reader.table.enrolment
    if r.people_per_week is None:
        return n / days if r.pace == "even" else 0.0
    if r.pace == "as they come":
        at = ("enrolment", "people_per_week")
        reader.bad(at, 'enrolment.people_per_week: contradicts pace = "as they come"; leave one of the two out')
    if r.people_per_week * days / 7 < n:
        reader.bad(
            ("enrolment", "people_per_week"),
            f"enrolment.people_per_week: {r.people_per_week:g} a week are {r.people_per_week * days / 7:,.0f} in "
            f"{days:,} days, and {n:,} are wanted; raise it, or days",
        )
    return r.people_per_week / 7


def _check_diagnosis(reader: Reader) -> None:
    e = reader.table.eligibility
    at = ("eligibility", "diagnosis")
    if e.profile and e.profile != _PROFILES.get(e.diagnosis or "", e.profile):
        reader.bad(at, f'eligibility.diagnosis: "{e.diagnosis}" contradicts the profile {e.profile}; leave one out')
    if e.diagnosis == "both" and e.co_occurring is False:
        reader.bad(at, 'eligibility.diagnosis: "both" contradicts co_occurring = false; leave one out')


def _days_of_enrolment(reader: Reader, arms: tuple[Arm, ...], config: Config) -> int:
    r = reader.table.enrolment
    shares = sum(arm.share for arm in arms)
    wedge = r.assignment == "stepped-wedge"
    for key in ("steps", "step_days"):
        if wedge and getattr(r, key) is None:
            reader.bad(
                ("enrolment", "assignment"),
                f"enrolment.{key}: is missing; a stepped wedge needs steps and step_days",
            )
        if not wedge and getattr(r, key) is not None:
            reader.bad(("enrolment", key), f"enrolment.{key}: belongs to a stepped wedge; assignment is {r.assignment}")
    if r.assignment == "blocks":
        if r.block_size is None:
            reader.bad(("enrolment", "assignment"), "enrolment.block_size: is missing; permuted blocks need it")
        if r.block_size % shares:
            reader.bad(
                ("enrolment", "block_size"),
                f"enrolment.block_size: must be a multiple of {shares}, the sum of the arms' shares; got "
                f"{r.block_size}",
            )
    elif r.block_size is not None:
        reader.bad(
            ("enrolment", "block_size"),
            f"enrolment.block_size: belongs to permuted blocks; assignment is {r.assignment}",
        )
    if r.assignment in ("cluster", "stepped-wedge"):
        h = config.hospital
        there = h.count if r.cluster == "hospital" else h.count * h.units
        needed = (r.steps or 0) if wedge else len(arms)
        if there < max(needed, 2):
            key = "hospital.count" if r.cluster == "hospital" else "hospital.units"
            reader.bad(
                ("enrolment", "assignment"),
                f"enrolment.assignment: needs at least {max(needed, 2)} "
                "clusters, and there "
                f"{'is' if there == 1 else 'are'} {there} ({r.cluster}); raise {key} in [settings]",
            )
    if wedge and r.days is None:
        return (r.steps + 1) * r.step_days  # type: ignore[operator]
    return r.days or 365


def _scenario(reader: Reader, settings: tuple[str, ...]) -> Config:
    table = reader.table
    name = table.scenario
    if name not in loader.names() and not os.path.isabs(name):
        name = str(reader.file.path.parent / name)
    try:
        config = loader.load(name)
    except ScenarioError as error:
        reader.bad(("scenario",), f"scenario: {error}")
    if settings:
        config = loader.load(name, settings)
    data = config.model_dump()
    profile = table.eligibility.profile or _PROFILES.get(table.eligibility.diagnosis or "")
    if profile:
        data["population"]["profile"] = profile
    for path, value in _flat(table.settings):
        key = ".".join(path)
        if key in _SET_BY_TRIAL:
            at = ("settings", key) if ("settings", key) in reader.file.lines else ("settings", *path)
            reader.bad(at, f"settings: {key} follows from the trial ([enrolment] and [staff] set it)")
        if path[0] == "parameters":
            data["parameters"][".".join(path[1:])] = value
        elif len(path) == 2 and isinstance(data.get(path[0]), dict):
            data[path[0]][path[1]] = value
        else:
            reader.bad(("settings",), f"settings: {key[:80]} is not a setting; docs/reference/scenarios.md lists them")
    for text in settings:  # those of the command line win
        key, _, _ = text.partition("=")
        section, _, field = key.strip().partition(".")
        if key.strip() in _SET_BY_TRIAL:
            raise ScenarioError(f"settings {key.strip()}: follows from the trial ([enrolment] and [staff] set it)")
        loaded = getattr(config, section)
        data[section][field] = loaded[field] if isinstance(loaded, dict) else getattr(loaded, field)
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        path = error_messages.problem_path(detail, [tuple(str(k) for k in p) for p, _ in _flat(table.settings)])
        reader.bad(("settings",), f"settings: {error_messages.explain(detail, path)}")


def _flat(data: dict[str, Any], above: KeyPath = ()) -> list[tuple[KeyPath, Any]]:
    """Settings by their path; keys may be dotted, quoted or in tables."""
    found: list[tuple[KeyPath, Any]] = []
    for key, value in data.items():
        path = (*above, *key.split("."))
        if isinstance(value, dict) and len(path) < 6:
            found += _flat(value, path)
        else:
            found.append((path, value))
    return found
