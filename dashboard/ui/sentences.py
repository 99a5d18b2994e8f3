"""Sentences of the pages: plain, person-first, whole people in a hundred, never more certain than the runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from dashboard.catalogue.levers import MAIN, Settings, config, default, label, setting_unit
from dashboard.compute.paired_summary import DOTS, Figure
from dashboard.compute.worker import Runs
from experiments.outcomes.difference import Difference
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting.wording import OF_DRAWS, difference, money, unknown
from experiments.reporting.wording import listed as listed_words
from experiments.uncertainty.draws import ParameterDraws

PURPOSE = "What may peer workers, staff with lived experience, change for people in hospital, and at what cost?"
UNCALIBRATED = (
    "Uncalibrated: fitted to no study yet. Every number comes from what was thought likely beforehand; ranges are wide."
)
PROVISIONAL = (
    "Provisional: fitted to published numbers with fewer simulations than a final fit takes. Numbers may still move."
)

LIMITS = "A what-if model, not a forecast: most of its numbers are assumptions."

CHANCE_ALONE = (
    "This range is chance from one simulated year to the next. What nobody knows is not in this band yet: the fit of "
    "the model to data is still to come."
)
CHANCE_AND_DOUBT = (
    "This range holds chance and what nobody knows, {}. What the model leaves out is not in it. "
    "<i>How sure are we?</i> takes the two apart."
)
NARROWED = {
    "posterior": "as far as published numbers narrow it down",
    "prior": "as wide as was thought likely before any data were used",
}


def standing(draws: ParameterDraws) -> str:
    """What stands above every page while its draws are no final fit: of the prior, or provisional; else empty."""
    return UNCALIBRATED if draws.kind == "prior" else PROVISIONAL if draws.provisional else ""


def range_of(picture: Figure, draws: str) -> str:
    """What a band holds; `draws` says what its futures are drawn from: "posterior" or "prior"."""
    if not picture.futures:
        return CHANCE_ALONE
    return CHANCE_AND_DOUBT.format(NARROWED.get(draws, NARROWED["posterior"]))


def version() -> str:
    """Version of the program and the model."""
    from experiments.support.version import PACKAGE_VERSION
    from simulation import VERSION

    return f"Peerbridge {PACKAGE_VERSION}, model {VERSION}"


def made_from(n: int, kind: str) -> str:
    """What the numbers of a page rest on; `kind` as in `summary.kind`."""
    return f"{n} {kind} of each plan."


def made_at_each(n: int, kind: str) -> str:
    """What a curve over levels of a lever rests on; `kind` as in `made_from`."""
    return f"{n} {kind} at each level."


def of_the_prior(n: int) -> str:
    """What the answer before any fit rests on."""
    return f"{n} futures of each plan under the prior alone."


def drawn(kind: str, single: bool) -> str:
    """What the chart shows."""
    shown = f"Each thin line is one of the {kind}." if single else f"Lines are means; shaded: 9 in 10 {kind}."
    return f"{shown} Point at the chart, or use the arrow keys on it, to read values."


def fewer(value: float) -> str:
    """Direction of a difference in counts of people."""
    return "fewer" if value < 0 else "more"


def people(value: float) -> str:
    """A size in people of a hundred: "3", "less than 1"."""
    size = abs(value)
    return "less than 1" if 0 < size < 0.5 else f"{round(size)}"


def of(picture: Figure) -> str:
    """The denominator: "in 100", "in 1,000"."""
    return f"in {picture.out_of:,}"


def headline_change(picture: Figure) -> str:
    """The change in one line: "1 fewer in 100"; one that is not clear says so."""
    if picture.undefined:
        return "Nothing to count"
    if picture.same:
        return "No change"
    return f"{_change(picture)} {of(picture)}" if picture.change.clear else "No clear change"


def _change(picture: Figure) -> str:
    moved = picture.moved * picture.out_of / 100
    return f"{people(moved)} {fewer(moved)}"


def spread(d: Difference) -> str:
    """The mean, how well it is known, and nine of ten draws: "−1.3 (−1.8 to −0.8); 9 of 10 draws: −2.9 to −0.2"."""
    drawn = unknown(d)
    return difference(d.difference, OUTCOMES[d.outcome]) + (f"; {OF_DRAWS}: {drawn}" if drawn else "")


def a_year(picture: Figure) -> str:
    """A clear change as cases a year: " That is about 17 fewer returns within 30 days a year."; else nothing."""
    moved = picture.yearly.difference.mean
    if not picture.change.clear or not abs(moved) >= 0.5:
        return ""
    return f" That is about {round(abs(moved)):,} {fewer(moved)} {picture.look.cases} a year."


def finding(picture: Figure, enough: bool) -> str:
    """What the picture shows, as a sentence."""
    look = picture.look
    if picture.undefined:
        return f"Nothing to count: there are no {look.of} in both plans in any of the {picture.kind}."
    if picture.same:
        return "The plan changes nothing here: every future is as under the current service."
    if not enough:
        return "First estimate: the finding follows when more years have been simulated."
    if not picture.change.clear:
        return f"No clear change in how many {look.event}."
    given = "the model is right" if picture.futures else "the assumptions hold"
    return f"With your plan, {_change(picture)} {of(picture)} {look.event}, if {given}."


def named(now: Settings, plan: Settings) -> str:
    """A plan as a sentence names it: "6 peer workers who keep in touch for 90 days", "9 peer workers instead of 6"."""
    made, before = config(plan).programme, config(now).programme
    others = [n for n in {**now, **plan} if now.get(n, default(n)) != plan.get(n, default(n))]
    if not before.peers + before.navigators:
        others = [n for n in others if n not in (*_MAIN, "programme.navigators")]
        told = _staff(made.peers, made.navigators)
        if made.peers + made.navigators:
            days = made.follow_up_days
            told += f" who keep in touch for {counted(days, 'day')}" if days else " in hospital only"
            if made.peers_per_supervisor != default("programme.peers_per_supervisor"):
                told += f", {made.peers_per_supervisor:g} to a supervisor"
    else:
        changed = [lever for lever in MAIN if lever.name in others]
        others = [n for n in others if n not in _MAIN]
        parts = []
        for lever in changed:
            to, was = (s.get(lever.name, default(lever.name)) for s in (plan, now))
            parts.append(f"{_amount(lever.name, to)} instead of {was:g}")
        told = listed_words(parts)
    if others:
        more = f"{len(others)} other change{'s' * (len(others) > 1)}"
        told = f"{told}, and {more}" if told else more
    return told or "the current service"


_MAIN = tuple(lever.name for lever in MAIN)


def _staff(peers: int, navigators: int) -> str:
    groups = [counted(n, noun) for n, noun in ((peers, "peer worker"), (navigators, "navigator")) if n]
    return listed_words(groups) or "no peer workers"


def _amount(name: str, to: Any) -> str:
    if name == "programme.peers":
        return _staff(to, 0) if to else "no peer workers"
    return (
        f"{to:g} workers to a supervisor"
        if name == "programme.peers_per_supervisor"
        else (f"{counted(to, 'day')} of follow-up")
    )


def headline(picture: Figure, plan: str, enough: bool) -> list[tuple[str, str]]:
    """The answer in one sentence: the plan, what it changes in people, and how far that is in doubt.

    Args:
        picture: What is looked at.
        plan: The plan as `named` says it.
        enough: Whether there are runs enough to say anything of doubt.

    Returns:
        Parts of the sentence with their look: "" or "key", the words to remember.
    """
    look = picture.look
    if picture.undefined or picture.same:
        return [(finding(picture, enough), "")]
    if not enough:
        return [(f"With {plan}: the first {picture.kind} are being counted.", "")]
    low, high = ends(picture)
    many = f"{picture.out_of:,}"
    if not picture.change.clear:
        return [
            (f"With {plan}, ", ""), ("it is not clear", "key"),
            (f" whether more or fewer {look.of} {look.event}: of {many}, anything from ", ""),
            (_range(picture, low, high), "key"), (".", ""),
        ]  # fmt: skip
    said = [(f"With {plan}, ", ""), (f"about {_change(picture)} of {many}", "key"), (f" {look.of} {look.event}", "")]
    if low != high:
        said += [(": anything from ", ""), (_range(picture, low, high), "key")]
    return [*said, (".", "")]


def ends(picture: Figure) -> tuple[float, float]:
    """The range of a change, in cases per 100: 9 of 10 draws, or how well the mean is known where there are none."""
    d = picture.change
    low, high = (d.difference.low, d.difference.high) if math.isnan(d.doubt.low) else (d.doubt.low, d.doubt.high)
    return 100 * low, 100 * high


def range_text(picture: Figure) -> str:
    """What the range of the headline is a range of."""
    given = "if the model is right" if picture.futures else "if every assumption is right"
    if math.isnan(picture.change.doubt.low):
        return f"The range says how well the average of {picture.n} {picture.kind} is known, {given}."
    return (
        f"The range holds 9 of 10 sets of assumptions, {given}. {picture.n} {picture.kind} of each plan; the same "
        "people with and without it."
    )


def bracket(picture: Figure) -> str:
    """What the bracket and the dot of the first picture are."""
    of = "how well the average is known" if math.isnan(picture.change.doubt.low) else "9 of 10 sets of assumptions"
    return f"dot: average; bar: {of}"


def picture_caption(picture: Figure) -> str:
    """What the first picture counts."""
    return (
        f"Of {picture.out_of:,} {picture.look.of}: how many more or fewer {picture.look.event} than now. "
        f"Each mark is one of 20 {picture.kind} that are equally likely in the model."
    )


def _range(picture: Figure, low: float, high: float) -> str:
    """Two ends in people: "4 fewer to less than 1 more", "1 to 5 fewer"."""
    first, last = sorted((low, high), key=abs) if low * high > 0 else (low, high)
    a, b = (people(x * picture.out_of / 100) for x in (first, last))
    if low * high > 0:
        return f"{a} to {b} {fewer(last)}" if a != b else f"{a} {fewer(last)}"
    return f"{a} {fewer(first)} to {b} {fewer(last)}"


VERDICTS = {"better": "Clearly better", "worse": "Clearly worse"}


def sure(picture: Figure) -> tuple[str, str]:
    """How sure: the verdict as a headline, and single futures in counts."""
    if picture.undefined:
        return "Nothing to compare", "So few people are followed that nobody is counted here. Follow more people."
    if picture.same:
        return "Nothing to compare", "Move a lever to compare a plan with the current service."
    verdict = VERDICTS.get(picture.change.reading, "Not clear")
    given = "the model" if picture.futures else "every assumption"
    told = f"Single {picture.kind} differ: the plan is {counts(picture.better, picture.worse)}."
    return verdict, f"{told} <b>If {given} is right.</b>"


def counts(better: int, worse: int) -> str:
    """Twenty single futures in words: "better in 18 and worse in 2 of 20"; what happens in none is not named."""
    sides = ((better, "better in"), (worse, "worse in"), (DOTS - better - worse, "the same in"))
    return f"{listed_words([f'{word} {n}' for n, word in sides if n])} of {DOTS}"


def verdict(d: Difference, noun: str) -> str:
    """What many futures say together, as a sentence."""
    if d.reading == "same":
        return "The plan changes nothing here: every future is as under the current service."
    if d.reading == "not defined":
        return "Nothing to compare: so few people are followed that nobody is counted here."
    if d.clear:
        return f"On average over {noun} the plan is clearly {d.reading}: {spread(d)}."
    return f"Nobody can say yet whether the plan is better: {spread(d)}."


def counted(n: int, noun: str) -> str:
    """A number of things: "1 post", "3 posts"."""
    return f"{n:,} {noun}{'s' * (n != 1)}"


def value(name: str, raw: object) -> str:
    """A setting with its unit: "6 posts", "yes"."""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, str):
        return raw.replace("_", " ")
    if isinstance(raw, int | float):
        unit = setting_unit(name)
        if unit.startswith("share"):
            return percent(float(raw)) + unit.removeprefix("share")
        if unit.startswith("0"):
            return f"{raw:,.10g} on a scale of {unit}"
        return f"{raw:,.10g} {one(unit) if raw == 1 else unit}".strip()
    return str(raw)


def one(unit: str) -> str:
    """A unit beside a one: "post", "hour a week per supervisor"."""
    first, _, rest = unit.partition(" ")
    return f"{_ONE.get(first, first)} {rest}".strip()


_PLURAL = (
    "circles", "days", "hospitals", "hours", "minutes", "nurses", "physicians", "places", "posts", "units", "weeks",
    "workers", "years",
)  # fmt: skip
_ONE = {"people": "person", **{word: word[:-1] for word in _PLURAL}}


def setting(name: str, raw: object) -> str:
    """A setting in words: "Peer workers: 6 posts"."""
    return f"{label(name)}: {value(name, raw)}"


def listed(settings: Mapping[str, object]) -> str:
    """Settings in words, one after the other."""
    return "; ".join(setting(name, raw) for name, raw in settings.items())


def plan(settings: Settings) -> str:
    """A plan in words: its three main levers, and what else differs from usual care."""
    if not settings:
        return "usual care, no peer workers"
    return listed({lever.name: default(lever.name) for lever in MAIN} | settings)


def describe(plan: Settings) -> str:
    """A short name for a plan."""
    made = config(plan).programme
    if not made.peers and not made.navigators:
        return "No workers"
    workers = counted(made.peers + made.navigators, "worker")
    return f"{workers}, {made.peers_per_supervisor:g} per supervisor, {counted(made.follow_up_days, 'day')}"


def budget(full: float, simulated: float | None, now: float = 0.0) -> str:
    """The budget line; `now` is what the current service costs with every post filled."""
    if full == 0:
        return "Budget: $0 a year. No peer workers in this plan."
    text = f"Budget: {money(full)} a year if every post is filled"
    if now:
        text += f" ({money(abs(full - now))} {'more' if full >= now else 'less'} than now)"
    if simulated is None or math.isnan(simulated):
        return text + "."
    return f"{text}; {money(simulated)} as posts fall vacant and are filled again in the model."


def percent(share: float, digits: int = 0) -> str:
    """A share as the tables write it: "16.2 %"; the space does not break."""
    return f"{100 * share:.{digits}f}\u00a0%"


def chain(now: Runs, plan: Runs, peers: int) -> list[str]:
    """From staff to people, step by step, with what was counted in the plan's runs (means over simulated years)."""

    def mean(runs: Runs, name: str) -> float:
        values = runs.values[name][np.isfinite(runs.values[name])]
        return float(np.mean(values)) if values.size else math.nan

    def share(name: str, digits: int = 0) -> str:
        return percent(mean(plan, name), digits)

    def today(name: str, digits: int = 0) -> str:
        return f"(now: {percent(mean(now, name), digits)})"

    if math.isnan(mean(plan, "caseload_mean")):
        return []
    early, linked, back = "patient_initiated_discharge", "linkage_30d", "readmission_30d"
    return [
        f"{counted(peers, 'post')} for peer workers, filled on {percent(1 - mean(plan, 'vacancy_share'))} of days; "
        f"workers who leave in a year: {mean(plan, 'count:worker_exits'):.0f}.",
        f"Each has {mean(plan, 'caseload_mean'):.0f} people on the list and gets {share('supervision_adequacy')} of "
        f"the supervision that would be enough. On {share('peer_high_burnout')} of working days a worker has high "
        "burnout.",
        f"They make {mean(plan, 'count:visits_made'):,.0f} bedside visits and {mean(plan, 'count:contacts_made'):,.0f} "
        f"contacts after people go home in a year. {share('missed_visits')} of visits and calls that are due do not "
        "fit into the day.",
        f"In {share('reach')} of stays the person meets a worker {today('reach')}.",
        f"Trust in clinicians when going home is {mean(plan, 'trust_at_discharge'):.2f} on a scale of 0 to 1 (now: "
        f"{mean(now, 'trust_at_discharge'):.2f}); {share('disclosed_use')} speak openly about use or pain "
        f"{today('disclosed_use')}.",
        f"{share(early, 1)} of stays end early {today(early, 1)}, {share(linked, 1)} of people who go home without "
        f"care have a first visit to care within 30 days {today(linked, 1)}, and {share(back, 1)} are back in hospital "
        f"within 30 days {today(back, 1)}.",
    ]
