"""The outcomes of a trial file, and how its results are read."""

from __future__ import annotations

import re

from scenarios.trial_files.checked_file import Reader
from scenarios.trial_files.measures import EFFECTS, MEASURES, SUBGROUPS
from scenarios.trial_files.plan import Endpoint, Published, Subgroup
from scenarios.trial_files.schema import OutcomeTable


def read_endpoints(reader: Reader) -> tuple[Endpoint, ...]:
    """Outcomes in the order of the file."""
    contact = max(arm.contact_days for arm in reader.table.arms.values())
    primaries = [name for name, outcome in reader.table.outcomes.items() if outcome.primary]
    if len(primaries) > 1:
        at = ("outcomes", primaries[1], "primary")
        reader.bad(at, f"outcomes.{primaries[1]}.primary: {primaries[0]} is the primary outcome already")
    return tuple(_endpoint(reader, name, outcome, contact) for name, outcome in reader.table.outcomes.items())


def _endpoint(reader: Reader, name: str, outcome: OutcomeTable, contact: int) -> Endpoint:
    at = ("outcomes", name)
    word = f"outcomes.{name}"
    if outcome.measure not in MEASURES:
        reader.bad((*at, "measure"), f"{word}.measure: {reader.unknown(outcome.measure, MEASURES, 'measure')}")
    measure = MEASURES[outcome.measure]
    if outcome.effect not in EFFECTS[measure.kind]:
        fits = " or ".join(f'"{effect}"' for effect in EFFECTS[measure.kind])
        reader.bad((*at, "effect"), f'{word}.effect: "{outcome.measure}" goes with {fits}; got "{outcome.effect}"')
    if outcome.effect == "hazard ratio" and (not measure.window or outcome.measure in ("in care", "reached")):
        reader.bad(
            (*at, "effect"),
            f'{word}.effect: "{outcome.measure}" has no time at which it happens; take a risk ratio',
        )
    if measure.window and outcome.days is None:
        reader.bad(at, f'{word}.days: is missing; "{outcome.measure}" needs the last day of its window')
    if not measure.window and (outcome.days is not None or outcome.after_days):
        key = "days" if outcome.days is not None else "after_days"
        reader.bad((*at, key), f'{word}.{key}: "{outcome.measure}" has no window; leave it out')
    if outcome.days is not None and outcome.after_days >= outcome.days:
        reader.bad(
            (*at, "after_days"),
            f"{word}.after_days: must lie before days ({outcome.days}); got {outcome.after_days}",
        )
    if outcome.days_from == "end of contact" and not contact:
        reader.bad((*at, "days_from"), f"{word}.days_from: no arm keeps in touch, so contact has no end")
    if outcome.change_from_baseline and not measure.baseline:
        known = ", ".join(f'"{name}"' for name, m in MEASURES.items() if m.baseline)
        reader.bad(
            (*at, "change_from_baseline"),
            f'{word}.change_from_baseline: "{outcome.measure}" has no value at randomisation; {known} have one',
        )
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
        change=outcome.change_from_baseline,
        published=_published(reader, name, outcome),
        followed_up=_followed_up(reader, name, outcome),
    )


def _followed_up(reader: Reader, name: str, outcome: OutcomeTable) -> dict[str, float]:
    arms, given = reader.table.arms, outcome.followed_up
    if not isinstance(given, dict):
        return dict.fromkeys(arms, given) if given < 1 else {}
    for arm in given:
        if arm not in arms:
            at = ("outcomes", name, "followed_up")
            reader.bad(at, f"outcomes.{name}.followed_up: {reader.unknown(arm, arms, 'arm')}")
    return dict(given)


def _published(reader: Reader, name: str, outcome: OutcomeTable) -> Published | None:
    p = outcome.published
    if p is None:
        return None
    at, word = ("outcomes", name, "published"), f"outcomes.{name}.published"
    if p.effect is None and not p.arms and p.significant is None:
        reader.bad(at, f'{word}: needs effect, arms, or significant = false for "no significant difference"')
    if p.p is not None and p.significant is not None and (p.p < reader.table.analysis.alpha) != p.significant:
        reader.bad(
            (*at, "significant"),
            f"{word}.significant: p = {p.p:g} says otherwise at the level of {reader.table.analysis.alpha:g}",
        )
    if (p.low is None) != (p.high is None) or (p.low is not None and p.high is not None and p.low >= p.high):
        reader.bad(at, f"{word}: low and high go together, low first")
    for arm in p.arms:
        if arm not in reader.table.arms:
            reader.bad((*at, "arms"), f"{word}.arms: {reader.unknown(arm, reader.table.arms, 'arm')}")
    ratio = outcome.effect.endswith("ratio")
    for key in ("effect", "low", "high"):
        value = getattr(p, key)
        if value is not None and ratio and value <= 0:
            reader.bad((*at, key), f"{word}.{key}: a {outcome.effect} is above 0; got {value}")
        if value is not None and outcome.effect == "risk difference" and abs(value) > 1:
            reader.bad(
                (*at, key),
                f"{word}.{key}: a risk difference lies from -1 to 1 (0.05 is five in a hundred); got {value}",
            )
    return Published(
        p.effect, p.low, p.high, dict(p.arms), p.source, p.note, level=p.level, p=p.p, significant=p.significant
    )


def read_strata(reader: Reader) -> tuple[int, ...]:
    """Lower ends of exposure strata."""
    strata = reader.table.analysis.exposure_strata
    if any(a >= b for a, b in zip([0, *strata], strata, strict=False)):
        reader.bad(
            ("analysis", "exposure_strata"),
            f"analysis.exposure_strata: must be whole numbers above 0 that rise, as in [1, 4]; got {strata}",
        )
    return tuple(strata)


def read_subgroup(reader: Reader, text: str) -> Subgroup:
    """A variable by which people are split, from its words."""
    at = ("analysis", "subgroups")
    found = re.fullmatch(r"\s*([A-Za-z_]+)\s*(?:>=\s*(-?\d+(?:\.\d+)?))?\s*", text[:200])
    if not found:
        reader.bad(
            at,
            'analysis.subgroups: must be a variable, or a variable and a cut, as in "admissions >= 4"; got '
            f'"{text[:60]}"',
        )
    name = found[1]
    if name not in SUBGROUPS:
        reader.bad(at, f"analysis.subgroups: {reader.unknown(name, SUBGROUPS, 'variable')}")
    return Subgroup(name, float(found[2]) if found[2] else None, SUBGROUPS[name])
