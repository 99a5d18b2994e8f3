"""The short answer of a study, in sentences for somebody tired."""

from __future__ import annotations

import math

import numpy as np

from experiments.outcomes.difference import Difference
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.studies.analysis.findings import COST, Findings, against, as_difference, early_words, span
from experiments.studies.analysis.lever_effects import Responses
from experiments.studies.analysis.morris import elementary_effects

MOST_FACTORS = 3
"""Factors of a screening design that the short answer names."""


def cards(found: Findings) -> list[tuple[str, list[str]]]:
    """The short answer, for somebody tired: a card for each of the outcomes that weigh most, and one on money."""
    made = []
    for outcome in dict.fromkeys([*found.lead[:2], *(name for name in found.weighed if name == "peer_high_burnout")]):
        said = [*best_points(found, outcome), *lever_points(found, outcome)]
        if said:
            made.append((found.quantity(outcome).title, said))
    spent = money_points(found)
    return [*made, ("Money", spent)] if spent else made


def best_points(found: Findings, outcome: str) -> list[str]:
    """Which plan is best, at what cost, and which cheaper one is about as good."""
    best = found.best(outcome)
    if len(found) == 1 or best is None:
        d = found.difference(outcome, 0)
        return (
            [f"{wording.capital(against(d))}{brackets(d)}."] if len(found) == 1 and d.reading != "not defined" else []
        )
    if found.undecided(outcome):
        return [f"No clear difference between the {len(found)} plans."]
    d, near = found.difference(outcome, best), found.as_good(outcome)
    amount = against(d) if d.reading != "not defined" else wording.number(d.plan.mean, OUTCOMES[outcome])
    cost = found.value(COST, best).mean
    text = f"Best: {found.name(best)}, with {amount}{brackets(d)}"
    said = [f"{text}. It costs {wording.money(cost)} a year." if math.isfinite(cost) else f"{text}."]
    if near:
        cheap = found.cheapest([best, *near])
        text = "One other plan is" if len(near) == 1 else f"{len(near)} other plans are"
        text += " about as good"
        if cheap is not None and cheap != best:
            saved = cost - found.value(COST, cheap).mean
            text += f". The cheapest of them, {found.name(cheap)}, costs {wording.money(saved)} less a year"
        said.append(f"{text}.")
    return said


def brackets(d: Difference) -> str:
    """The interval of a clear difference, in brackets."""
    _, bracket, rest = wording.finding(d).partition(" (")
    return f" ({rest}" if bracket and d.reading in ("better", "worse", "higher", "lower") else ""


def lever_points(found: Findings, outcome: str) -> list[str]:
    """What each lever does to an outcome, averaged over the others, and where that depends on another."""
    if found.kind == "morris":
        q = found.quantity(outcome)
        rows = Responses(found.data, points=True, roles=("lever", "uncertainty"))
        effects = elementary_effects(rows, outcome)[:MOST_FACTORS]
        return [f"{wording.capital(e.label)}: {q.amount(q.factor * e.star)} over its range." for e in effects]
    if found.kind in ("list", "one-at-a-time") or not found.plans.levers:
        return []
    said, little = [], []
    for effect in found.effects(outcome):
        if effect.clear and not found.small(effect, outcome):
            change = wording.finding(as_difference(outcome, effect.change, effect.doubt))
            said.append(f"{wording.capital(span(effect))}: {change}{early_words(effect)}.")
        else:
            little.append(effect.lever.label)
    if little:
        said.append(f"Little or no change with {listed_or(little)}.")
    turning = found.plans.turning(outcome)
    if turning and not found.plans.level_mode(outcome):
        _, other, first, last, at_first, at_last = turning
        changes = [wording.amount(as_difference(outcome, e.change, e.doubt)) for e in (first, last)]
        if changes[0] != changes[1]:
            said.append(
                f"It depends: {span(first)}, {changes[0]} with {other.describe(at_first)}, but {changes[1]} with "
                f"{other.describe(at_last)}."
            )
    return said


def listed_or(words: list[str]) -> str:
    """Words as alternatives: "a, b or c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def money_points(found: Findings) -> list[str]:
    """What plans cost, and which gives most for it."""
    costs = found.means[COST]
    if not np.isfinite(costs).any():
        return []
    said = []
    if len(found) > 1:
        low, high = wording.money(float(np.nanmin(costs))), wording.money(float(np.nanmax(costs)))
        said.append(f"Plans cost {low} to {high} more a year than {found.baseline}.")
    net = found.net_benefit
    if np.isfinite(net).any():
        best = int(np.nanargmax(net))
        each = wording.money(float(found.data.money()["threshold"].iloc[0]))
        worth = f"Valuing each readmission averted at {each}"
        if len(found) == 1:
            said.append(f"{worth}, the net benefit is {wording.unbroken_money(float(net[0]))} a year.")
        else:
            amount = wording.unbroken_money(float(net[best]))
            if net[best] <= 0:
                said.append(f"{worth}, no plan is worth what it costs; nearest is {found.name(best)}, {amount} a year.")
            else:
                said.append(
                    f"{worth}, {found.name(best)} has most net benefit, {amount} a year; {int((net > 0).sum())} of "
                    f"{len(found)} plans have some."
                )
    return said


def count_sentence(found: Findings) -> str:
    """How many plans are clearly better or worse than the baseline in the outcome that leads."""
    outcome = found.lead[0]
    readings = [found.difference(outcome, i).reading for i in range(len(found))]
    better, worse = readings.count("better"), readings.count("worse")
    rest = len(readings) - better - worse
    parts = [f"{better} of {len(found)} plans clearly better than {found.baseline}", f"{worse} clearly worse"]
    parts += [f"{rest} not clearly different"] if rest else []
    return f"{found.quantity(outcome).title}: {', '.join(parts)}. What is better here follows from assumed strengths."
