"""Read a trial file into a [`TrialPlan`][scenarios.trial_plan.TrialPlan]; anything wrong with it is one line.

The tables and keys of the file are in `trial_format`, schedules in words in `trial_schedule`.
"""

from __future__ import annotations

import difflib
import math
import os
import re
from functools import reduce
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from scenarios import loader, messages
from scenarios.files import ScenarioError, ScenarioFile, read_toml
from scenarios.lines import KeyPath
from scenarios.loader import LONGEST_PATH, clean_name, clean_text
from scenarios.trial_format import (
    DESCRIBED,
    EFFECTS,
    MEASURES,
    MOST_PEOPLE,
    SUBGROUPS,
    ArmTable,
    OutcomeTable,
    TrialTable,
    explain,
    nearest_word,
)
from scenarios.trial_plan import AssumedRatio, Endpoint, Published, Subgroup, TrialPlan
from scenarios.trial_schedule import Schedule, check_schedule, read_schedule
from simulation.config import Config
from simulation.trial import Arm, Eligibility, Trial

LIBRARY = Path(__file__).parent / "trials"
"""Folder of the bundled trials."""

WARM_UP = 180
"""Fewest days before enrolment."""

SLACK = 90
"""Days at the end of a run beyond the last window, for people whose stay of enrolment is long."""

_LEAVING = {"planned": 0, "patient-initiated": 1, "administrative": 2}
_TEAMS = {"peer": "peers", "navigator": "navigators", "social worker": "social_workers"}
_SET_BY_TRIAL = ("run.days", "run.warm_up_days", "programme.peers", "programme.navigators", "programme.start_day")


def trial_names() -> list[str]:
    """Names of the bundled trials."""
    return sorted(file.stem for file in LIBRARY.glob("*.toml"))


def read_trial(name_or_path: str | os.PathLike[str], settings: tuple[str, ...] = ()) -> TrialPlan:
    """Read a trial by its bundled name or from a file.

    Args:
        name_or_path: A bundled name (`trial_names()`), or the path of a TOML file.
        settings: Overrides of the scenario's settings, such as "population.size=12000".

    Raises:
        ScenarioError: The first thing that is wrong, in one line: file, line, key, what is allowed, what was found.
    """
    path, label = _find(name_or_path)
    return _Reader(read_toml(path, label, "trial")).plan(settings)


def _find(name_or_path: str | os.PathLike[str]) -> tuple[Path, str]:
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, str) and text in trial_names():
        return LIBRARY / f"{text}.toml", f"{text}.toml (bundled)"
    if "\0" in text or len(text) > LONGEST_PATH:
        raise ScenarioError(f"{text[:60]}...: cannot be a path (a zero byte, or more than {LONGEST_PATH:,} characters)")
    if not os.path.lexists(text):
        stem = Path(text).name.removesuffix(".toml").lower()
        near = difflib.get_close_matches(stem, trial_names(), n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"?' if near else f"bundled trials are {', '.join(trial_names())}"
        raise ScenarioError(f"{text or 'the empty name'}: no such trial or file; {hint}")
    return Path(text), text


class _Reader:
    """One trial file on its way to a plan."""

    def __init__(self, file: ScenarioFile) -> None:
        self.file = file
        if not file.data.keys() - {"schema"}:
            raise ScenarioError(
                f"{file.label}: is empty; a trial needs title, [enrolment], [arms.NAME] and [outcomes.NAME]"
            )
        try:
            self.table = TrialTable.model_validate(file.data)
        except ValidationError as error:
            problems = dict(explain(detail) for detail in reversed(error.errors(include_url=False)))
            first = min(problems, key=lambda path: self._line(path) or 10**9)
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self._bad(first, problems[first] + more)
        for key in DESCRIBED:
            for text in [value] if isinstance(value := getattr(self.table, key), str) else value:
                if text != clean_text(text):
                    self._bad((key,), f"{key}: must have at most 4,000 characters and no control characters")
        for what in ("arms", "outcomes"):
            for name in getattr(self.table, what):
                if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}", name):
                    self._bad(
                        (what, name), f"{what}: a name has 1 to 40 letters, digits, spaces, - or _; got {name[:60]!r}"
                    )

    def plan(self, settings: tuple[str, ...]) -> TrialPlan:
        """Check everything and put it together."""
        table = self.table
        arms = self._arms()
        reference = self._reference()
        endpoints = self._endpoints()
        trial, config = self._trial(arms, endpoints, settings)
        self._staffed(config)
        return TrialPlan(
            name=clean_name(self.file.path.name.removesuffix(".toml")),
            title=table.title,
            question=table.question,
            description=table.description,
            sources=tuple(table.sources),
            assumed=tuple(table.assumed),
            config=config,
            trial=trial,
            titles={name: arm.title or name for name, arm in table.arms.items()},
            reference=reference,
            comparisons=self._comparisons(reference),
            endpoints=endpoints,
            assumed_ratios=self._ratios(),
            without_mechanism=tuple(name for name, arm in table.arms.items() if arm.written_information),
            alpha=table.analysis.alpha,
            treated_from=table.analysis.treated_from_contacts,
            treated_within=table.analysis.treated_within_days,
            strata=self._strata(),
            subgroups=tuple(self._subgroup(text) for text in table.analysis.subgroups),
            incentives=tuple(
                name
                for name in ("incentive_for_contacts", "incentive_for_care")
                if any(getattr(arm, name) > 0 for arm in table.arms.values())
            ),
        )

    def _arms(self) -> tuple[Arm, ...]:
        arms = self.table.arms
        people = [name for name, arm in arms.items() if arm.people is not None]
        shares = [name for name, arm in arms.items() if arm.share is not None]
        if people and (shares or len(people) < len(arms)):
            first = shares[0] if shares else next(name for name in arms if name not in people)
            self._bad(("arms", first), f"arms.{first}: every arm says its people, or none does (then share)")
        divisor = reduce(math.gcd, [arm.people or 0 for arm in arms.values()]) or 1
        made = []
        for name, arm in arms.items():
            at = ("arms", name)
            if arm.worker == "none" and arm.contact_days > 0:
                self._bad((*at, "contact_days"), f"arms.{name}.contact_days: needs a worker, who keeps in touch")
            made.append(
                Arm(
                    name=name,
                    share=arm.people // divisor if arm.people else arm.share or 1,
                    worker=arm.worker,
                    in_hospital=arm.in_hospital,
                    visit_interval=arm.visit_every_days,
                    delay=arm.first_offer_after_days,
                    contact_days=arm.contact_days,
                    from_randomisation=arm.contact_days_from == "randomisation",
                    schedule=self._schedule(name, arm),
                    sessions=arm.contacts_at_most,
                    hand_over=arm.hand_over,
                    planning=arm.plans_discharge,
                    practical_help=arm.practical_help,
                    consult=arm.consult_team,
                    uptake=arm.uptake,
                    incentive_contacts=arm.incentive_for_contacts,
                    incentive_care=arm.incentive_for_care,
                )
            )
            if sum(a.share for a in made) > 10_000:
                self._bad(at, f"arms.{name}: the people of the arms stand in a ratio too fine to assign; give shares")
        return tuple(made)

    def _schedule(self, name: str, arm: ArmTable) -> Schedule:
        given = arm.contact_schedule
        try:
            return read_schedule(given) if isinstance(given, str) else check_schedule(given)
        except ValueError as error:
            self._bad(("arms", name, "contact_schedule"), f"arms.{name}.contact_schedule: {error}")

    def _reference(self) -> str:
        arms = self.table.arms
        said = [name for name, arm in arms.items() if arm.reference]
        if len(said) > 1:
            self._bad(("arms", said[1], "reference"), f"arms.{said[1]}.reference: {said[0]} is the reference already")
        plain = [n for n, a in arms.items() if a.worker == "none" and not a.consult_team and not a.written_information]
        idle = [n for n, a in arms.items() if a.worker == "none" and not a.consult_team]
        return [*said, *plain, *idle, *arms][0]

    def _comparisons(self, reference: str) -> tuple[tuple[str, str], ...]:
        arms = self.table.arms
        given = [(one, other) for one, other in self.table.analysis.comparisons]
        pairs = given or [(name, reference) for name in arms if name != reference]
        for pair in pairs:
            for name in pair:
                if name not in arms:
                    self._bad(("analysis", "comparisons"), f"analysis.comparisons: {self._unknown(name, arms, 'arm')}")
            if pair[0] == pair[1]:
                self._bad(
                    ("analysis", "comparisons"), f'analysis.comparisons: "{pair[0]}" cannot be compared with itself'
                )
        if self.table.enrolment.assignment == "stepped-wedge" and len(arms) != 2:
            self._bad(
                ("enrolment", "assignment"),
                "enrolment.assignment: a stepped wedge has two arms, the "
                "first before "
                f"the crossing; this trial has {len(arms)}",
            )
        return tuple(pairs)

    def _endpoints(self) -> tuple[Endpoint, ...]:
        contact = max(arm.contact_days for arm in self.table.arms.values())
        primaries = [name for name, outcome in self.table.outcomes.items() if outcome.primary]
        if len(primaries) > 1:
            at = ("outcomes", primaries[1], "primary")
            self._bad(at, f"outcomes.{primaries[1]}.primary: {primaries[0]} is the primary outcome already")
        return tuple(self._endpoint(name, outcome, contact) for name, outcome in self.table.outcomes.items())

    def _endpoint(self, name: str, outcome: OutcomeTable, contact: int) -> Endpoint:
        at = ("outcomes", name)
        word = f"outcomes.{name}"
        if outcome.measure not in MEASURES:
            self._bad((*at, "measure"), f"{word}.measure: {self._unknown(outcome.measure, MEASURES, 'measure')}")
        measure = MEASURES[outcome.measure]
        if outcome.effect not in EFFECTS[measure.kind]:
            fits = " or ".join(f'"{effect}"' for effect in EFFECTS[measure.kind])
            self._bad((*at, "effect"), f'{word}.effect: "{outcome.measure}" goes with {fits}; got "{outcome.effect}"')
        if outcome.effect == "hazard ratio" and (not measure.window or outcome.measure in ("in care", "reached")):
            self._bad(
                (*at, "effect"),
                f'{word}.effect: "{outcome.measure}" has no time at which it happens; take a risk ratio',
            )
        if measure.window and outcome.days is None:
            self._bad(at, f'{word}.days: is missing; "{outcome.measure}" needs the last day of its window')
        if not measure.window and (outcome.days is not None or outcome.after_days):
            key = "days" if outcome.days is not None else "after_days"
            self._bad((*at, key), f'{word}.{key}: "{outcome.measure}" has no window; leave it out')
        if outcome.days is not None and outcome.after_days >= outcome.days:
            self._bad(
                (*at, "after_days"),
                f"{word}.after_days: must lie before days ({outcome.days}); got {outcome.after_days}",
            )
        if outcome.days_from == "end of contact" and not contact:
            self._bad((*at, "days_from"), f"{word}.days_from: no arm keeps in touch, so contact has no end")
        return Endpoint(
            name=name,
            title=outcome.title or f"{outcome.measure}{f', {outcome.days} days' if outcome.days else ''}",
            measure=outcome.measure,
            effect=outcome.effect,
            days=outcome.days or 0,
            after_days=outcome.after_days,
            days_from="randomisation" if outcome.days_from == "randomisation" else "discharge",
            shift=contact if outcome.days_from == "end of contact" else 0,
            primary=outcome.primary,
            one_sided=outcome.one_sided,
            published=self._published(name, outcome),
        )

    def _published(self, name: str, outcome: OutcomeTable) -> Published | None:
        p = outcome.published
        if p is None:
            return None
        at, word = ("outcomes", name, "published"), f"outcomes.{name}.published"
        if p.effect is None and not p.arms:
            self._bad(at, f"{word}: needs effect, or arms")
        if (p.low is None) != (p.high is None) or (p.low is not None and p.high is not None and p.low >= p.high):
            self._bad(at, f"{word}: low and high go together, low first")
        for arm in p.arms:
            if arm not in self.table.arms:
                self._bad((*at, "arms"), f"{word}.arms: {self._unknown(arm, self.table.arms, 'arm')}")
        ratio = outcome.effect.endswith("ratio")
        for key in ("effect", "low", "high"):
            value = getattr(p, key)
            if value is not None and ratio and value <= 0:
                self._bad((*at, key), f"{word}.{key}: a {outcome.effect} is above 0; got {value}")
            if value is not None and outcome.effect == "risk difference" and abs(value) > 1:
                self._bad(
                    (*at, key),
                    f"{word}.{key}: a risk difference lies from -1 to 1 (0.05 is five in a hundred); got {value}",
                )
        return Published(p.effect, p.low, p.high, dict(p.arms), p.source, p.note)

    def _ratios(self) -> tuple[AssumedRatio, ...]:
        found = []
        for name, arm in self.table.arms.items():
            for key, what in (("assumed_acute_need_ratio", "need_ratio"), ("assumed_linkage_ratio", "linkage_ratio")):
                if (three := getattr(arm, key)) is not None:
                    low, middle, high = three
                    if not 0 < low <= middle <= high <= 100:
                        self._bad(
                            ("arms", name, key),
                            f"arms.{name}.{key}: must be three numbers above 0 that rise: low, middle, high; got "
                            f"{list(three)}",
                        )
                    found.append(AssumedRatio(name, what, low, middle, high))
        return tuple(found)

    def _strata(self) -> tuple[int, ...]:
        strata = self.table.analysis.exposure_strata
        if any(a >= b for a, b in zip([0, *strata], strata, strict=False)):
            self._bad(
                ("analysis", "exposure_strata"),
                f"analysis.exposure_strata: must be whole numbers above 0 that rise, as in [1, 4]; got {strata}",
            )
        return tuple(strata)

    def _subgroup(self, text: str) -> Subgroup:
        at = ("analysis", "subgroups")
        found = re.fullmatch(r"\s*([A-Za-z_]+)\s*(?:>=\s*(-?\d+(?:\.\d+)?))?\s*", text[:200])
        if not found:
            self._bad(
                at,
                'analysis.subgroups: must be a variable, or a variable and a cut, as in "admissions >= 4"; got '
                f'"{text[:60]}"',
            )
        name = found[1]
        if name not in SUBGROUPS:
            self._bad(at, f"analysis.subgroups: {self._unknown(name, SUBGROUPS, 'variable')}")
        return Subgroup(name, float(found[2]) if found[2] else None, SUBGROUPS[name])

    def _trial(
        self, arms: tuple[Arm, ...], endpoints: tuple[Endpoint, ...], settings: tuple[str, ...]
    ) -> tuple[Trial, Config]:
        table, e, r = self.table, self.table.eligibility, self.table.enrolment
        config = self._scenario(settings)
        n = r.people or sum(arm.people or 0 for arm in table.arms.values())
        if not n:
            self._bad(
                ("enrolment",),
                "enrolment.people: is missing; say how many people take part (or give every arm its people)",
            )
        if r.people and any(arm.people for arm in table.arms.values()):
            self._bad(
                ("enrolment", "people"), "enrolment.people: the arms say their people already; leave one of the two out"
            )
        if n > MOST_PEOPLE:
            self._bad(("enrolment",), f"enrolment.people: at most {MOST_PEOPLE:,}; the arms add up to {n:,}")
        days = self._days_of_enrolment(arms, config)
        if e.stay_days_at_least > e.stay_days_at_most:
            at = ("eligibility", "stay_days_at_most")
            self._bad(
                at,
                f"eligibility.stay_days_at_most: must be at least stay_days_at_least ({e.stay_days_at_least}); "
                f"got {e.stay_days_at_most}",
            )
        if e.admissions_at_least > e.admissions_at_most:
            at = ("eligibility", "admissions_at_most")
            self._bad(
                at,
                "eligibility.admissions_at_most: must be at least admissions_at_least "
                f"({e.admissions_at_least}); got {e.admissions_at_most}",
            )
        for o in endpoints:
            if o.days_from == "discharge" and o.measure == "length of stay":
                self._bad(
                    ("outcomes", o.name, "days_from"),
                    f'outcomes.{o.name}.days_from: "length of stay" has no window; leave it out',
                )
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
            eligibility=Eligibility(
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
                co_occurring=e.co_occurring,
                injecting=e.injecting,
                unhoused=None if e.stable_housing is None else not e.stable_housing,
                uncovered=None if e.adequate_cover is None else not e.adequate_cover,
                in_care=e.in_care,
                using=e.using,
                consent=e.consent,
            ),
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
        data["run"] = {"warm_up_days": before, "days": days + after}
        data["name"] = clean_name(self.file.path.name.removesuffix(".toml"))
        return trial, Config.model_validate(data)

    def _days_of_enrolment(self, arms: tuple[Arm, ...], config: Config) -> int:
        r = self.table.enrolment
        shares = sum(arm.share for arm in arms)
        wedge = r.assignment == "stepped-wedge"
        for key in ("steps", "step_days"):
            if wedge and getattr(r, key) is None:
                self._bad(
                    ("enrolment", "assignment"),
                    f"enrolment.{key}: is missing; a stepped wedge needs steps and step_days",
                )
            if not wedge and getattr(r, key) is not None:
                self._bad(
                    ("enrolment", key), f"enrolment.{key}: belongs to a stepped wedge; assignment is {r.assignment}"
                )
        if r.assignment == "blocks":
            if r.block_size is None:
                self._bad(("enrolment", "assignment"), "enrolment.block_size: is missing; permuted blocks need it")
            if r.block_size % shares:
                self._bad(
                    ("enrolment", "block_size"),
                    f"enrolment.block_size: must be a multiple of {shares}, the sum of the arms' shares; got "
                    f"{r.block_size}",
                )
        elif r.block_size is not None:
            self._bad(
                ("enrolment", "block_size"),
                f"enrolment.block_size: belongs to permuted blocks; assignment is {r.assignment}",
            )
        if r.assignment in ("cluster", "stepped-wedge"):
            h = config.hospital
            there = h.count if r.cluster == "hospital" else h.count * h.units
            needed = (r.steps or 0) if wedge else len(arms)
            if there < max(needed, 2):
                key = "hospital.count" if r.cluster == "hospital" else "hospital.units"
                self._bad(
                    ("enrolment", "assignment"),
                    f"enrolment.assignment: needs at least {max(needed, 2)} "
                    "clusters, and there "
                    f"{'is' if there == 1 else 'are'} {there} ({r.cluster}); raise {key} in [settings]",
                )
        if wedge and r.days is None:
            return (r.steps + 1) * r.step_days  # type: ignore[operator]
        return r.days or 365

    def _scenario(self, settings: tuple[str, ...]) -> Config:
        table = self.table
        name = table.scenario
        if name not in loader.names() and not os.path.isabs(name):
            name = str(self.file.path.parent / name)
        try:
            config = loader.load(name, settings)
        except ScenarioError as error:
            self._bad(("scenario",), f"scenario: {error}")
        data = config.model_dump()
        if table.eligibility.profile:
            data["population"]["profile"] = table.eligibility.profile
        for path, value in _flat(table.settings):
            key = ".".join(path)
            if key in _SET_BY_TRIAL:
                at = ("settings", key) if ("settings", key) in self.file.lines else ("settings", *path)
                self._bad(at, f"settings: {key} follows from the trial ([enrolment] and [staff] set it)")
            if path[0] == "parameters":
                data["parameters"][".".join(path[1:])] = value
            elif len(path) == 2 and isinstance(data.get(path[0]), dict):
                data[path[0]][path[1]] = value
            else:
                self._bad(("settings",), f"settings: {key[:80]} is not a setting; scenarios/README.md lists them")
        for text in settings:  # those of the command line win
            key, _, _ = text.partition("=")
            section, _, field = key.strip().partition(".")
            if key.strip() in _SET_BY_TRIAL:
                raise ScenarioError(f"--set {key.strip()}: follows from the trial ([enrolment] and [staff] set it)")
            loaded = getattr(config, section)
            data[section][field] = loaded[field] if isinstance(loaded, dict) else getattr(loaded, field)
        try:
            return Config.model_validate(data)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            path = messages.problem_path(detail, [tuple(str(k) for k in p) for p, _ in _flat(table.settings)])
            self._bad(("settings",), f"settings: {messages.explain(detail, path)}")

    def _staffed(self, config: Config) -> None:
        for name, arm in self.table.arms.items():
            if arm.worker == "none":
                continue
            team = _TEAMS[arm.worker]
            posts = getattr(self.table.staff, team)
            if self.table.outside == "programme" and team != "social_workers":
                posts = getattr(config.programme, team)
            if posts == 0:
                self._bad(
                    ("arms", name, "worker"),
                    f"arms.{name}.worker: there is no post for a {arm.worker}; set {team} in [staff]",
                )

    def _unknown(self, name: str, allowed: Any, what: str) -> str:
        words = ", ".join(f'"{word}"' for word in allowed)
        return f'"{name[:60]}" is no {what}{nearest_word(name, words)}; there are {words}'

    def _line(self, path: KeyPath) -> int:
        return next((self.file.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.file.lines), 0)

    def _bad(self, path: KeyPath, message: str) -> NoReturn:
        line = self._line(path)
        raise ScenarioError(f"{self.file.label}{f', line {line}' if line else ''}: {message}")


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
