"""The curve under a lever and the sentence beside it: both from the same runs, so that they cannot disagree."""

from __future__ import annotations

import math
from html import escape

from dashboard.catalogue.headline_outcomes import HeadlineOutcome
from dashboard.compute.response import Response
from dashboard.ui import render, sentences
from experiments.support.types import FloatArray

BURNOUT = "peer_high_burnout"
LEAST_SPAN = 2.0
"""Cases per 100 that a panel spans at least: smaller changes look as small as they are."""

WIDTH, PANEL, TOP, LEFT, RIGHT = 290, 94, 22, 10, 10


def html(r: Response, look: HeadlineOutcome, plan: float, now: float | None) -> str:
    """Curves of the outcome and of workers' burnout, what they say, and why they look so.

    Args:
        r: The plan at levels of the lever.
        look: The outcome that leads the page.
        plan: The lever's value in the plan.
        now: Its value today; None where there is no worker today, so that it has none.
    """
    said = change(r, look)
    why = reason(r)
    panels = [(f"{look.label}, in 100", r.means(look.outcome)), ("Working days with high burnout, in 100",
                                                                r.means(BURNOUT))]  # fmt: skip
    parts = []
    for i, (title, values) in enumerate(panels):
        parts += _panel(r, title, 100.0 * values, i * PANEL, plan, now)
    listed = "; ".join(
        f"{level:g} {r.lever.unit}: {_in_100(a)} and {_in_100(b)}"
        for level, a, b in zip(r.levels, *(values for _, values in panels), strict=True)
    )
    heard = f"{panels[0][0]}, and {panels[1][0].lower()}, by {r.lever.label.lower()}. {listed}."
    return (
        f'<figure class="response"><svg viewBox="0 0 {WIDTH} {2 * PANEL + 4}" role="img" '
        f'aria-label="{escape(heard)}">{"".join(parts)}</svg>'
        f"<figcaption><b>{escape(said)}</b> {escape(why)}</figcaption></figure>"
    )


def change(r: Response, look: HeadlineOutcome) -> str:
    """The change from one end of the lever to the other with its doubt and verdict, as a sentence."""
    d = r.whole_change(look.outcome)
    ends = f"From {r.levels[0]:g} to {r.levels[-1]:g} {r.lever.unit}"
    if d.reading == "same":
        return f"{ends} nothing changes here."
    if d.reading == "not defined":
        return f"{ends} there is nobody to count."
    return f"{ends}, in 100: {sentences.spread(d)} ({render.verdict(d, len(r.runs[0]))[0]})."


def reason(r: Response) -> str:
    """Why the curve looks so, in one sentence with what was counted in the same runs."""
    reach, defined = r.means("reach"), r.defined(BURNOUT)
    if not defined:
        return "There are no peer workers in this plan, so that this lever does nothing."
    first, last = defined[0], defined[-1]
    if r.lever.name == "programme.peers":
        flat, missed = r.flat_from("reach"), r.means("missed_visits")
        fell = f"visits and calls that do not fit into the day go from {_of(missed, first)} to {_of(missed, last)}"
        if flat < r.levels[-1]:
            return (
                f"Capacity: {_of(reach, -1)} of stays meet a worker at most, nearly all of that with {flat:g} posts; "
                f"{fell}."
            )
        return f"Posts are what is short: reach still rises at the end, to {_of(reach, -1)} of stays; {fell}."
    if r.lever.name == "programme.follow_up_days":
        if reach[0] - reach[-1] > 0.02:
            return (
                "The same staff follow up longer, so lists fill and fewer people in hospital are met: "
                f"{_of(reach, 0)} of stays with {r.levels[0]:g} days, {_of(reach, -1)} with {r.levels[-1]:g}."
            )
        return f"Staff are enough: about {_of(reach, 0)} of stays meet a worker however long the follow-up."
    enough, tired = r.means("supervision_adequacy"), r.means(BURNOUT)
    return (
        f"Each worker gets {_of(enough, first)} of the supervision that would be enough at {r.levels[first]:g} and "
        f"{_of(enough, last)} at {r.levels[last]:g}; high burnout goes from {_of(tired, first)} to "
        f"{_of(tired, last)} of days. Nobody has tested what that does for the people they work with."
    )


def _of(values: FloatArray, at: int) -> str:
    return sentences.percent(float(values[at]))


def _in_100(value: float) -> str:
    return f"{100 * value:.1f}" if math.isfinite(value) else "nobody to count"


def _panel(r: Response, title: str, values: FloatArray, top: float, plan: float, now: float | None) -> list[str]:
    known = [(level, v) for level, v in zip(r.levels, values.tolist(), strict=True) if math.isfinite(v)]
    parts = [f'<text class="panel" x="0" y="{top + 12}">{escape(title)}</text>']
    if not known:
        return [*parts, f'<text x="0" y="{top + 34}">nobody to count</text>']
    low, high = min(v for _, v in known), max(v for _, v in known)
    middle, span = (low + high) / 2, max(high - low, LEAST_SPAN)
    base, tall = top + PANEL - 20, PANEL - 64

    def x(level: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (level - r.lever.low) / (r.lever.high - r.lever.low)

    def y(value: float) -> float:
        return float(base - 8 - tall * ((value - middle) / span + 0.5))

    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>')
    if now is not None:
        parts.append(f'<line class="today" x1="{x(now):.1f}" x2="{x(now):.1f}" y1="{top + TOP}" y2="{base}"/>')
        parts.append(f'<text class="today" x="{x(now):.1f}" y="{base + 13}" text-anchor="{_side(x(now))}">now</text>')
    path = "L".join(f"{x(level):.1f},{y(v):.1f}" for level, v in known)
    parts.append(f'<path class="middle plan" d="M{path}"/>')
    shown = {known[0][0], known[-1][0], plan}
    parts += [
        f'<circle class="{"here" if level == plan else "level"}" cx="{x(level):.1f}" cy="{y(v):.1f}" '
        f'r="{5 if level == plan else 2.4}"/>'
        for level, v in known
    ]
    placed: list[float] = []
    for level, v in sorted(known, key=lambda each: each[0] != plan):  # the plan's own label first, others if they fit
        if level in shown and all(abs(x(level) - other) > 44 for other in placed):
            placed.append(x(level))
            weight = " class='here'" if level == plan else ""
            parts.append(
                f'<text{weight} x="{x(level):.1f}" y="{y(v) - 9:.1f}" text-anchor="{_side(x(level))}">{v:.1f}</text>'
            )
    if now is None or abs(x(plan) - x(now)) > 60:
        parts.append(f'<text class="plan" x="{x(plan):.1f}" y="{base + 13}" text-anchor="{_side(x(plan))}">plan</text>')
    return parts


def _side(x: float) -> str:
    return "start" if x < 30 else "end" if x > WIDTH - 30 else "middle"
