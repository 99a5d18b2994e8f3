"""What a difference between two plans is split over: mechanisms of the model, or the settings in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from experiments.explanation.shapley import Coalition
from experiments.reporting import wording
from experiments.support.errors import InputError
from simulation.config import FOR_PEOPLE, MECHANISMS, Config

Over = Literal["mechanisms", "levers"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a difference.

    Attributes:
        name: Short name.
        label: What it is, in words.
        members: Mechanisms that are switched, or settings that are changed, together.
    """

    name: str
    label: str
    members: tuple[str, ...]


WAYS: tuple[Part, ...] = (
    Part("bridging", "Trust: a trusted worker lends clinicians trust", ("bridging",)),
    Part("advocacy", "A voice at the bedside: stigma softened, pain believed", ("advocacy",)),
    Part("barriers", "Help with housing, cover, transport, a treatment bed", ("barriers",)),
    Part("clinicians_change", "Clinicians change by working with peer workers", ("clinicians_change",)),
    Part("follow_up", "Keeping in touch after going home", ("follow_up",)),
)
"""Ways in which peer workers act, and the mechanisms that are switched off to see what is lost."""

REST = Part("rest", "Planning the way home, and speaking openly", ())
"""What still works with all `WAYS` switched off."""

ONLY_WITH_WORKERS = ("bridging", "advocacy", "follow_up")
"""Mechanisms that nothing happens by where there are no workers: switched off or not, runs have the same bits."""

_SHARES = "where the workers are based"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Two plans and what their difference is split over.

    Attributes:
        over: Mechanisms or levers.
        before: The plan that is compared with.
        after: The plan that is explained.
        parts: The parts.
        rest: What remains where no part is in; None for levers, of which nothing remains.
    """

    over: Over
    before: Config
    after: Config
    parts: tuple[Part, ...]
    rest: Part | None

    @property
    def names(self) -> list[str]:
        """Names of the parts."""
        return [part.name for part in self.parts]

    def pair(self, on: Coalition) -> tuple[Config, Config]:
        """The two scenarios whose difference is the effect of the parts in `on`.

        Raises:
            InputError: A mixture of the two plans' settings is no valid scenario.
        """
        if self.over == "mechanisms":
            off = [member for part in self.parts if part.name not in on for member in part.members]
            return without(self.after, off), without(self.before, off)
        if len(on) == len(self.parts):
            return self.after, self.before
        members = [member for part in self.parts if part.name in on for member in part.members]
        return mixed(self.before, self.after, members), self.before


def of_mechanisms(before: Config, after: Config, names: Sequence[str] = ()) -> Breakdown:
    """Split over mechanisms: what a plan does with some of them on, less what the other does with the same ones on.

    Args:
        before: The plan that is compared with.
        after: The plan that is explained.
        names: Mechanisms, each a part; `WAYS` if empty.

    Raises:
        InputError: There is no such mechanism.
    """
    ways = {part.name: part for part in WAYS}
    for name in names:
        if name not in MECHANISMS:
            raise InputError(f"parts: there is no mechanism {name!r}; there are {', '.join(MECHANISMS)}")
    chosen = [ways.get(name) or Part(name, wording.capital(name.replace("_", " ")), (name,)) for name in names]
    parts = tuple(dict.fromkeys(chosen)) or WAYS
    rest = REST if set(parts) == set(WAYS) else Part("rest", "Everything else", ())
    return Breakdown("mechanisms", before, after, parts, rest)


def of_levers(before: Config, after: Config) -> Breakdown:
    """Split over the settings in which two plans differ; shares of posts, which belong together, are one part.

    Raises:
        InputError: They do not differ.
    """
    parts: dict[str, list[str]] = {}
    for setting in changed_settings(before, after):
        title = _SHARES if setting.startswith("programme.share_") else wording.lever(setting)
        parts.setdefault(title, []).append(setting)
    if not parts:
        raise InputError(f"{after.name} and {before.name} have the same settings: there is nothing to explain")
    made = tuple(Part(m[0].partition(".")[2] or m[0], wording.capital(t), tuple(m)) for t, m in parts.items())
    if len({part.name for part in made}) < len(made):
        made = tuple(Part(part.members[0], part.label, part.members) for part in made)
    return Breakdown("levers", before, after, made, None)


def changed_settings(before: Config, after: Config) -> list[str]:
    """Dotted names of the settings in which two scenarios differ, in their order."""
    one, other = before.model_dump(), after.model_dump()
    found = []
    for section in one:
        if section in FOR_PEOPLE:
            continue
        if not isinstance(one[section], dict):
            found += [section] if one[section] != other[section] else []
            continue
        keys = dict.fromkeys([*one[section], *other[section]])
        found += [f"{section}.{key}" for key in keys if one[section].get(key) != other[section].get(key)]
    return found


def without(config: Config, mechanisms: Sequence[str]) -> Config:
    """A scenario with mechanisms switched off; it is the same where nothing would happen by them anyway."""
    off = [m for m in mechanisms if m not in ONLY_WITH_WORKERS or has_workers(config)]
    switches = config.mechanisms.model_copy(update=dict.fromkeys(off, False))
    return config.model_copy(update={"mechanisms": switches})


def has_workers(config: Config) -> bool:
    """Whether a scenario ever has a post for a worker."""
    posts = [(config.programme.peers, config.programme.navigators)]
    posts += [(phase.peers or 0, phase.navigators or 0) for phase in config.phases]
    return any(peers + navigators > 0 for peers, navigators in posts)


def mixed(before: Config, after: Config, members: Sequence[str]) -> Config:
    """The scenario `before` with some settings as in `after`.

    Raises:
        InputError: That is no valid scenario.
    """
    data, other = before.model_dump(), after.model_dump()
    for member in members:
        section, _, key = member.partition(".")
        if not key:
            data[section] = other[section]
        elif key in other[section]:
            data[section][key] = other[section][key]
        else:
            data[section].pop(key, None)
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        said = str(_first(error)).removeprefix("Value error, ")
        raise InputError(
            f"{', '.join(members)} cannot be as in {after.name} while the rest is as in {before.name}: {said}; "
            "split over mechanisms instead"
        ) from None


def _first(error: ValidationError) -> Any:
    return error.errors()[0]["msg"]
