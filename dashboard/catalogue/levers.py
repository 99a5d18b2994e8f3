"""What a visitor can set: the settings of the programme with words for people, and the limits of a shared server."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import annotated_types
from pydantic import ValidationError

from scenarios import load, names
from scenarios.error_messages import fields, unit
from simulation.config import Config
from simulation.parameters import PARAMETERS

Value = bool | int | float | str
Settings = dict[str, Value]
"""Dotted setting or parameter → value, only what differs from usual care."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One setting of the programme on the first page.

    Attributes:
        name: Dotted setting.
        label: What staff call it.
        unit: Unit, plural.
        high: Upper end of the slider; the number box takes the same.
        step: Step of the slider.
        acts: How it acts, one line.
        known: What is known of it, with the source, or that nothing is.
        curve: Levels at which its curve is drawn, from one end of the slider to the other; empty for none.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    acts: str
    known: str
    curve: tuple[float, ...] = ()


MAIN: tuple[Lever, ...] = (
    Lever(
        "programme.peers", "Peer workers", "posts", 0, 20, 1,
        "More workers see more people in hospital and miss fewer visits and calls.",
        "The largest programme saw at most about 170 new people per worker and year (Modern Healthcare).",
        (0, 2, 4, 8, 12, 20),
    ),
    Lever(
        "programme.peers_per_supervisor", "Workers per supervisor", "workers", 1, 12, 0.1,
        "Fewer workers per supervisor means more time for each: clearer limits and less burnout.",
        "Seen in practice: 2.4 (348 workers, 143 supervisors; 10.1176/appi.ps.20230112). No rule exists in the US.",
        (1, 2.4, 4, 8, 12),
    ),
    Lever(
        "programme.follow_up_days", "Follow-up after leaving hospital", "days", 0, 365, 5,
        "A worker keeps in touch this long. Help comes from contacts made, and fades after the last one.",
        "Studied: 90 days (Gryczynski 2021, navigators) and 9 months (Sledge 2011). Lengths were never compared.",
        (0, 30, 90, 180, 365),
    ),
)  # fmt: skip
"""The three levers that lead."""

MORE_UP_FRONT: tuple[Lever, ...] = (
    Lever(
        "programme.caseload_cap", "Most people on one worker's list", "people", 5, 80, 1,
        "A short list leaves time for each person; a long one reaches more people, more thinly.",
        "Nobody has measured this: no norm for caseloads has been published.",
    ),
    Lever(
        "programme.supervision_hours_per_week", "Supervision time", "hours a week per supervisor", 0, 20, 0.5,
        "Shared among the supervisor's workers.",
        "Nobody has measured this: no norm for hours of supervision has been published.",
    ),
    Lever(
        "programme.cross_training_hours", "Training of nurses and doctors", "hours each a year", 0, 16, 1,
        "Clinicians learn to work with peer workers; stigma falls, and training fades.",
        "An 8-hour workshop lowered stigma scores of 38 nurses; it held at 30 days (J Addict Nurs 2020).",
    ),
)  # fmt: skip
"""Three more that are shown without asking."""

LEVERS: dict[str, Lever] = {lever.name: lever for lever in (*MAIN, *MORE_UP_FRONT)}

LARGEST: dict[str, float] = {
    "programme.peers": 60, "programme.navigators": 60, "programme.caseload_cap": 250,
    "population.size": 20_000, "hospital.count": 4, "hospital.units": 12, "hospital.beds_per_unit": 200,
    "hospital.nurses_per_unit": 120, "hospital.physicians_per_unit": 60, "hospital.ed_nurses": 200,
    "hospital.ed_physicians": 100, "hospital.boarding_places": 1_000, "programme.start_day": 180,
}  # fmt: skip
"""Limits below the model's own, so that one visitor cannot hold up the others; the command line takes larger ones."""

FIXED = (
    "run.warm_up_days", "run.days", "programme.contact_schedule", "programme.supervisors", "programme.starts",
    "programme.ends_after_days", "population.seasons",
)  # fmt: skip
"""Settings that the dashboard does not offer."""

USUAL = load("usual-care", ["run.days=365"])  # the pages speak of a year
_DEFAULTS = {name: value for section, values in USUAL.settings().items() if section not in ("parameters", "mechanisms")
             for name, value in ((f"{section}.{key}", v) for key, v in values.items())}  # fmt: skip

OFFERED: tuple[str, ...] = tuple(
    name for name in fields() if name.split(".")[0] not in ("run", "mechanisms", "local", "money") and name not in FIXED
)
"""Settings that can be changed here, in the order of the model."""


@dataclass(frozen=True, slots=True)
class Start:
    """A named starting point."""

    name: str
    title: str
    text: str
    settings: Mapping[str, Value]


def default(name: str) -> Value:
    """Value of a setting or parameter in usual care."""
    value: Value = PARAMETERS[name].value if name in PARAMETERS else _DEFAULTS[name]
    return value


def limits(name: str) -> tuple[float, float]:
    """Least and greatest value of a number that the dashboard takes."""
    if name in PARAMETERS:
        return PARAMETERS[name].low, PARAMETERS[name].high
    low, high = -math.inf, math.inf
    for item in fields()[name].metadata:
        low = float(item.ge) if isinstance(item, annotated_types.Ge) else low  # type: ignore[arg-type]
        high = float(item.le) if isinstance(item, annotated_types.Le) else high  # type: ignore[arg-type]
    return low, min(high, LARGEST.get(name, math.inf))


def label(name: str) -> str:
    """What a setting or parameter is called on the page."""
    if name in LEVERS:
        return LEVERS[name].label
    if name == "population.size":
        return "People followed"
    words = name.split(".", 1)[1].replace("_", " ")
    return words[0].upper() + words[1:]


def setting_unit(name: str) -> str:
    """Unit of a setting or parameter."""
    if name in LEVERS:
        return LEVERS[name].unit
    return PARAMETERS[name].unit if name in PARAMETERS else unit(fields()[name])


def choices(name: str) -> tuple[str, ...]:
    """Words that a setting may have; empty for numbers and yes/no."""
    from typing import get_args

    return () if name in PARAMETERS else tuple(str(word) for word in get_args(fields()[name].annotation))


def clean(name: str, raw: object) -> Value:
    """A value of the right type within its limits.

    Raises:
        ValueError: `name` is not offered, or `raw` cannot be read as a value of it.
    """
    if name not in PARAMETERS and name not in OFFERED:
        raise ValueError(f"{name} is not a setting of this page")
    kind = type(default(name))
    text = str(raw).strip()
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise ValueError(f"{name} must be yes or no")
        return text.lower() in ("true", "1", "yes")
    if kind is str:
        if text not in choices(name):
            raise ValueError(f"{name} must be one of {', '.join(choices(name))}")
        return text
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a number")
    low, high = limits(name)
    number = min(max(number, low), high)
    return round(number) if kind is int and name not in PARAMETERS else number


def differing(settings: Mapping[str, Value]) -> Settings:
    """Only what differs from usual care, in the order of the model."""
    order = {name: i for i, name in enumerate((*OFFERED, *PARAMETERS))}
    return {name: settings[name] for name in sorted(settings, key=order.__getitem__) if settings[name] != default(name)}


def config(*layers: Mapping[str, Value]) -> Config:
    """The scenario that usual care becomes with these settings on top.

    Raises:
        ValueError: The settings do not fit one another.
    """
    data: dict[str, Any] = USUAL.settings()
    for layer in layers:
        for name, value in layer.items():
            if name in PARAMETERS:
                data["parameters"][name] = value
            else:
                section, key = name.split(".", 1)
                data[section][key] = value
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        reasons = "; ".join(str(item["msg"]).removeprefix("Value error, ") for item in error.errors())
        raise ValueError(reasons) from None


def _start(name: str) -> Start:
    chosen = load(name)
    flat = {f"{s}.{k}": v for s in ("programme", "population") for k, v in chosen.settings()[s].items()}
    return Start(name, chosen.title, chosen.question, differing({k: v for k, v in flat.items() if k in OFFERED}))


STARTS: dict[str, Start] = {
    name: _start(name) for name in names() if load(name).population.size <= LARGEST["population.size"]
}
"""Named starting points: the bundled scenarios that are small enough for a page that answers at once."""

SHORT: dict[str, str] = {
    "usual-care": "Usual care, no peer workers",
    "all-recommendations": "All four OMNI recommendations",
    "bridge": "A bridge: hospital and 90 days after",
    "community-only": "In the community only",
    "ed-only": "In the emergency department only",
    "hospital-only": "In hospital only",
    "overloaded": "Too few workers for too many people",
    "peer-mentors": "Supervised by peer mentors",
    "smi-discharge": "People with serious mental illness",
    "thin-supervision": "Little supervision",
}
"""Titles of starting points that fit into a narrow list; another bundled scenario has its own title there."""
