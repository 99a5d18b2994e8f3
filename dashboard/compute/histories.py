"""One simulated year, person by person: the film of a run, and the stories of people and workers in plain words.

Runs in worker processes. A run is made again for each question, which takes a fraction of a second and keeps nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.config import Config

TRUST_CLASSES = 5
"""Trust in clinicians is shown in five steps, from none to full."""

WARDS_FROM = 8
"""Codes of a film: 8 times the place, plus trust. Places are those of the model, and from here on a bed on a ward."""

MOST_WARDS = 20


@dataclass(frozen=True, slots=True)
class Film:
    """Who is where, day by day, with trust; small enough to be sent to a browser.

    Attributes:
        people: Everybody who is there at some time.
        days: Frames; the first is the first measured day.
        wards: Inpatient wards, at most `MOST_WARDS`.
        start: Code of every person on the first day, base64 of bytes.
        who: Persons whose code changes, day after day, base64 of unsigned 16-bit numbers.
        what: Their new codes, base64 of bytes.
        until: For each day, how many changes have happened up to it.
        workers: For each day and worker: state, burnout in per cent, people on the list.
        counts: For each day: at home, waiting, emergency department, boarding, in a bed, died, gone, yet to come.
    """

    people: int
    days: int
    wards: int
    start: str
    who: str
    what: str
    until: list[int]
    workers: list[list[list[int]]]
    counts: list[list[int]]


def film(config: Config, seed: int, replication: int) -> Film:
    """Run once and write down every person's place and trust on every measured day."""
    from simulation import Patient, PeerSupportModel

    model = PeerSupportModel(config, rng=seed, replication=replication)
    trust = vars(Patient)["trust"]
    before: NDArray[np.uint8] | None = None
    start = np.zeros(0, np.uint8)
    who, what, until, workers, counts = [], [], [], [], []
    total = 0
    model.engine.run(config.run.warm_up_days)
    for day in range(config.run.warm_up_days, config.horizon):
        model.engine.run(day + 1)
        world = model.engine.world
        code = _codes(world, config, trust.column(model, world.patients))
        if before is None:
            start, changed = code, np.zeros(0, np.int64)
        else:
            changed = np.flatnonzero(code != before)
        who.append(changed.astype(np.uint16))
        what.append(code[changed])
        total += changed.size
        until.append(total)
        before = code
        x = world.workers
        workers.append(np.stack([x["state"], np.round(100 * x["burnout"]), x["caseload"]], axis=1).astype(int).tolist())
        counts.append(np.bincount(world.patients["place"], minlength=8).tolist())
    return Film(
        people=len(start),
        days=len(until),
        wards=min(MOST_WARDS, config.hospital.count * config.hospital.units),
        start=_text(start),
        who=_text(np.concatenate(who)),
        what=_text(np.concatenate(what)),
        until=until,
        workers=workers,
        counts=counts,
    )


def film_text(config: Config, seed: int, replication: int) -> str:
    """The film as JSON, as the browser takes it."""
    return json.dumps(asdict(film(config, seed, replication)), separators=(",", ":"))


def _codes(world: Any, config: Config, trust: Any) -> NDArray[np.uint8]:
    people = world.patients
    place = people["place"].astype(np.int64)
    in_bed = np.flatnonzero(place == 4)
    unit = world.stays["unit"][people["stay"][in_bed]].astype(np.int64)
    per_hospital = config.hospital.units + 1
    ward = unit // per_hospital * config.hospital.units + unit % per_hospital - 1
    place[in_bed] = WARDS_FROM + np.clip(ward, 0, MOST_WARDS - 1)
    steps = np.clip((np.asarray(trust) * TRUST_CLASSES).astype(np.int64), 0, TRUST_CLASSES - 1)
    codes: NDArray[np.uint8] = (place * 8 + steps).astype(np.uint8)
    return codes


def _text(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened.

    Attributes:
        day: Day of the measured year, from 1; 0 and below are before it.
        text: What happened, in plain words.
        mark: What it was, for comparing two lives.
    """

    day: int
    text: str
    mark: str


SAID: dict[str, str] = {
    "onset of need": "falls ill and needs care",
    "need eased": "gets better without a hospital",
    "arrives at emergency department": "comes to the emergency department",
    "leaves emergency department": "goes home from the emergency department",
    "admitted": "is admitted to hospital",
    "diverted": "is sent on to another hospital: no place free",
    "gets a bed": "gets a bed on a ward",
    "transferred": "is moved to another ward",
    "stigma enacted": "is treated with stigma by staff",
    "conflict": "has a conflict over a rule of the ward",
    "compromise": "has a conflict; a peer worker finds a compromise",
    "discloses": "speaks openly about use or pain",
    "referred": "is referred to a peer worker",
    "accepts a worker": "says yes to a peer worker",
    "declines a worker": "says no to a peer worker",
    "visit": "is visited by the peer worker",
    "visit missed": "should have been visited; the worker had no time",
    "barrier resolved": "gets a barrier out of the way, with the worker",
    "contact made": "is in touch with the peer worker",
    "contact failed": "could not be reached by the worker",
    "contact missed": "should have been called; the worker had no time",
    "contact ends": "is no longer followed up",
    "handed over": "is handed over to another worker",
    "first visit in care": "has a first visit to care",
    "drops out of care": "is no longer in care",
    "return to use": "returns to use",
    "overdose": "has an overdose",
    "dies": "dies",
    "joins the population": "comes to live here",
    "leaves the population": "moves away or is no longer at risk",
    "turning point": "goes through a change in life",
    "finds housing": "finds a stable place to live",
    "loses housing": "loses the place to live",
    "stops using for a time": "stops using for a time",
    "settled outside hospital": "gets help without a hospital stay",
    "seen by social work": "is seen by social work",
    "seen by consult team": "is seen by the addiction consult team",
    "incident": "is part of an incident at work",
    "worker hired": "is hired",
    "worker starts": "starts work",
    "worker leaves": "leaves the job",
    "worker on leave": "goes on leave",
    "worker returns": "comes back from leave",
    "worker returns to use": "returns to use and is off work",
}  # fmt: skip

DISCHARGES = (
    "goes home as planned", "leaves before treatment is complete", "has to leave: cover has ended", "dies in hospital",
)  # fmt: skip

DEATHS = ("dies of an illness", "dies of an overdose", "dies in hospital")
"""By cause: see `simulation.state.CAUSES_OF_DEATH`."""

DEATH = "dies:"
"""Mark of a death."""

TOLD_BY_DEATH = ("discharged:3", "contact ends:", "overdose:0", "drops out of care:")
"""Marks of what a death on the same day tells already."""


def story(config: Config, seed: int, replication: int, person: int) -> list[Moment]:
    """What happened to one person, from the event log, in order; things of one day and kind are told once.

    A death is told by how the person died; what follows from it (the end of a stay or of contact) is not told again.
    """
    from simulation import simulate

    log = simulate(config, seed, replication=replication)._events
    return _told(log[log["person"] == person], config.run.warm_up_days)


def worker_story(config: Config, seed: int, replication: int, worker: int) -> list[Moment]:
    """What happened at one post: who came, went on leave and left, and each month's visits and contacts."""
    from simulation import simulate
    from simulation.state import EVENTS

    log = simulate(config, seed, replication=replication)._events
    mine = log[log["worker"] == worker]
    own = mine[mine["person"] < 0]
    moments = _told(own, config.run.warm_up_days)
    kinds = {name: EVENTS.index(name) for name in ("visit", "contact made", "visit missed", "contact missed")}
    for month in range(12):
        first = config.run.warm_up_days + 30 * month
        part = mine[(mine["day"] >= first) & (mine["day"] < first + 30)]
        made = {name: int((part["kind"] == kind).sum()) for name, kind in kinds.items()}
        if any(made.values()):
            text = (
                f"in these 30 days: {made['visit']} visits and {made['contact made']} contacts made, "
                f"{made['visit missed'] + made['contact missed']} missed for want of time"
            )
            moments.append(Moment(30 * month + 1, text, "month"))
    return sorted(moments, key=lambda m: m.day)


def _told(events: Any, warm_up: int) -> list[Moment]:
    from simulation.state import EVENTS

    moments: list[Moment] = []
    for event in events:
        name, detail = EVENTS[event["kind"]], int(event["detail"])
        text = DISCHARGES[detail] if name == "discharged" else SAID.get(name, name)
        if name == "overdose":
            text += " and survives" if detail == 1 else ""
        elif name == "dies":
            text = DEATHS[detail]
        mark = f"{name}:{detail if name in ('discharged', 'overdose') else ''}"
        moments.append(Moment(int(event["day"]) - warm_up + 1, text, mark))
    last_day = {m.day for m in moments if m.mark == DEATH}
    return [m for m in dict.fromkeys(moments) if not (m.day in last_day and m.mark in TOLD_BY_DEATH)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a story: what happened on one day, or the same thing on several days one after the other.

    Attributes:
        first: First day of the measured year, from 1.
        last: Last day.
        text: What happened, in plain words.
        dies: Whether the person dies.
    """

    first: int
    last: int
    text: str
    dies: bool = False


def entries(moments: Sequence[Moment]) -> list[Entry]:
    """Return a story as lines: one for each day, and one for days on which the same happens again and again.

    Args:
        moments: What happened, in order of days.
    """
    lines: list[tuple[Entry, int]] = []
    for day, those in groupby(moments, key=lambda m: m.day):
        happened = list(those)
        text = "; ".join(m.text for m in happened)
        dies = any(m.mark == DEATH for m in happened)
        before, times = lines[-1] if lines else (None, 0)
        if before is not None and before.text == text and not dies:
            lines[-1] = (Entry(before.first, day, text), times + 1)
        else:
            lines.append((Entry(day, day, text, dies), 1))
    return [e if times == 1 else replace(e, text=f"{e.text} ({times} times)") for e, times in lines]


def parting(one: list[Moment], other: list[Moment]) -> tuple[int, str, str] | None:
    """The first day on which two lives differ, and what happens on it in each; None if they never do."""
    days = sorted({m.day for m in (*one, *other)})
    for day in days:
        a, b = ([m.text for m in life if m.day == day] for life in (one, other))
        if sorted(a) != sorted(b):
            only_a = [text for text in a if text not in b]
            only_b = [text for text in b if text not in a]
            return day, "; ".join(only_a) or "nothing else", "; ".join(only_b) or "nothing else"
    return None


@dataclass(frozen=True, slots=True)
class Telling:
    """A person whose two lives are worth a look."""

    person: int
    why: str


def telling(now: Config, plan: Config, seed: int, replication: int) -> list[Telling]:
    """People whose year differs between two plans, one of each kind: for better and for worse, never only successes."""
    from simulation import simulate
    from simulation.state import PATIENT_INITIATED, STILL_IN

    def facts(config: Config) -> tuple[Any, Any, Any]:
        result = simulate(config, seed, replication=replication)
        stays = result.stays
        stays = stays[(stays["type"] != STILL_IN) & (stays["admission_day"] >= config.run.warm_up_days)]
        n = len(result.frailty)
        early = np.bincount(stays["person"][stays["type"] == PATIENT_INITIATED], minlength=n)
        return early, np.bincount(stays["person"], minlength=n), np.bincount(stays["person"], stays["visits"], n)

    early_now, stays_now, _ = facts(now)
    early_plan, stays_plan, visits = facts(plan)
    met = visits > 0
    kinds = (
        ("leaves early now, stays to the end with the plan", (early_now > early_plan) & (stays_now == 1) & met),
        ("comes back less often with the plan", (stays_plan < stays_now) & met),
        ("meets a worker, and leaves early all the same", (early_plan > 0) & (early_now > 0) & met),
        ("comes back more often with the plan", (stays_plan > stays_now) & met),
        ("leaves early and never meets a worker", (early_plan > 0) & ~met),
    )
    found: list[Telling] = []
    for why, mask in kinds:
        for person in np.flatnonzero(mask):
            if int(person) not in [t.person for t in found]:
                found.append(Telling(int(person), why))
                break
    return found
