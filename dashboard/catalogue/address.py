"""The state of a page as its address: readable, versioned, clamped; what cannot be read is named, never raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from dashboard.catalogue.levers import MAIN, OFFERED, STARTS, Settings, Value, clean, config, default, differing, limits
from simulation.parameters import PARAMETERS

VERSION = "1"
MOST_PINS = 4
LONGEST = 8_000
"""Characters of a query that are read."""

LOOKS: tuple[str, ...] = ("readmission_30d", "patient_initiated_discharge", "linkage_30d")
"""Outcomes that can lead the page."""

PROGRAMME = "programme."


@dataclass(frozen=True, slots=True)
class Pin:
    """A plan set aside for comparison."""

    name: str
    plan: Settings


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a link shares.

    Attributes:
        page: Which page is open.
        look: Outcome that leads.
        plan: Settings of the programme, what differs from usual care.
        now: The same of the current service.
        world: People, hospital and assumptions; shared by all plans.
        pins: Plans set aside, at most four.
    """

    page: str = "explore"
    look: str = LOOKS[0]
    plan: Settings = field(default_factory=lambda: dict(STARTS["bridge"].settings))
    now: Settings = field(default_factory=dict)
    world: Settings = field(default_factory=dict)
    pins: tuple[Pin, ...] = ()

    def with_plan(self, name: str, value: Value) -> Situation:
        """The same with one setting of the plan changed."""
        return replace(self, plan=differing(self.plan | {name: value}))

    def with_now(self, name: str, value: Value) -> Situation:
        """The same with one setting of the current service changed."""
        return replace(self, now=differing(self.now | {name: value}))

    def with_world(self, name: str, value: Value) -> Situation:
        """The same with one assumption changed."""
        return replace(self, world=differing(self.world | {name: value}))


def short(name: str) -> str:
    """Name in an address: settings of the programme without their section."""
    return name.removeprefix(PROGRAMME)


def full(key: str) -> str:
    """Dotted name of a key in an address."""
    return f"{PROGRAMME}{key}" if f"{PROGRAMME}{key}" in OFFERED else key


def write(situation: Situation, pages: tuple[str, ...] = ("explore",)) -> str:
    """The query of a situation, with its question mark."""
    pairs: list[tuple[str, str]] = [("v", VERSION)]
    if situation.page != pages[0]:
        pairs.append(("page", situation.page))
    if situation.look != LOOKS[0]:
        pairs.append(("look", situation.look))
    leading = {lever.name: situation.plan.get(lever.name, default(lever.name)) for lever in MAIN}
    pairs += [(short(name), _text(value)) for name, value in (leading | situation.plan).items()]
    pairs += [(f"now.{short(name)}", _text(value)) for name, value in situation.now.items()]
    pairs += [(name, _text(value)) for name, value in situation.world.items()]
    for pin in situation.pins:
        inner = ",".join(f"{short(name)}:{_text(value)}" for name, value in pin.plan.items())
        pairs.append(("pin", f"{pin.name}~{inner}"))
    return "?" + urlencode(pairs, safe=":,~")


def read(search: str | None, pages: tuple[str, ...] = ("explore",)) -> tuple[Situation, list[str]]:
    """The situation of a query, and what in it could not be used, in plain words."""
    text = (search or "").lstrip("?")
    bad: list[str] = []
    if len(text) > LONGEST:
        return Situation(), ["the link is too long to be read"]
    page, look = pages[0], LOOKS[0]
    plan: Settings = {}
    now: Settings = {}
    world: Settings = {}
    pins: list[Pin] = []
    given = False  # whether the link says anything of the plan
    for key, value in parse_qsl(text, keep_blank_values=True)[:400]:
        if key == "v":
            if value != VERSION:
                bad.append(f"the link is of another version ({shown(value)})")
        elif key == "page":
            if value in pages:
                page = value
            else:
                bad.append(f"no page is called “{shown(value)}”")
        elif key == "look":
            if value in LOOKS:
                look = value
            else:
                bad.append(f"nothing is called “{shown(value)}”")
        elif key == "pin":
            if len(pins) < MOST_PINS:
                pins.append(_pin(value, bad))
        elif key.startswith("now."):
            _take(now, full(key.removeprefix("now.")), value, bad, programme=True)
        elif full(key).startswith(PROGRAMME):
            given = True
            _take(plan, full(key), value, bad, programme=True)
        else:
            _take(world, key, value, bad, programme=False)
    world = _fit(world, {}, bad)
    situation = Situation(page, look, now=_fit(now, world, bad), world=world)
    if given:
        situation = replace(situation, plan=_fit(plan, world, bad))
    return replace(situation, pins=tuple(Pin(pin.name, _fit(pin.plan, world, bad)) for pin in pins)), bad


def shown(text: str) -> str:
    """What somebody typed, short and printable, to be shown back (the page escapes it)."""
    return "".join(c for c in text if c.isprintable())[:60]


def is_sound(situation: Situation) -> bool:
    """Whether every value of a situation is one that the dashboard takes, whatever a browser sent."""
    if situation.look not in LOOKS or len(situation.pins) > MOST_PINS:
        return False
    try:
        for settings in (situation.plan, situation.now, situation.world, *(pin.plan for pin in situation.pins)):
            if any(clean(name, value) != value for name, value in settings.items()):
                return False
        for settings in (situation.plan, situation.now):
            config(situation.world, settings)
    except (ValueError, OverflowError, TypeError):
        return False
    return True


def _pin(text: str, bad: list[str]) -> Pin:
    name, _, inner = text.rpartition("~")
    plan: Settings = {}
    for part in filter(None, inner.split(",")[:60]):
        key, _, value = part.partition(":")
        _take(plan, full(key), value, bad, programme=True)
    return Pin(shown(name).strip() or "A plan", plan)


def _take(into: Settings, name: str, value: str, bad: list[str], programme: bool) -> None:
    known = name in OFFERED or name in PARAMETERS
    if not known or (programme and not name.startswith(PROGRAMME)):
        bad.append(f"“{shown(name)}” is not a setting")
        return
    try:
        into[name] = taken = clean(name, value)
    except (ValueError, OverflowError):
        bad.append(f"“{shown(value)}” is no value for {short(name)}")
        return
    if isinstance(taken, int | float) and not isinstance(taken, bool) and taken in limits(name):
        if float(value) != taken:
            bad.append(f"{short(name)}: {taken:g} is as far as it goes, and stands in for “{shown(value)}”")


def _fit(settings: Mapping[str, Value], world: Mapping[str, Value], bad: list[str]) -> Settings:
    """Settings that go together; the last ones that do not are left out."""
    kept = dict(settings)
    while kept:
        try:
            config(world, kept)
            break
        except ValueError as error:
            name = next(reversed([n for n in kept if n.split(".")[-1] in str(error)] or list(kept)))
            bad.append(f"{short(name)}: {error}")
            del kept[name]
    return differing(kept)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
