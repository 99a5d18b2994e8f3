"""Small pictures as SVG text, coloured by the style sheet: a hundred people, twenty dots, bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

import numpy as np

from experiments.reporting.svg import nice_ticks
from experiments.support.types import FloatArray


def hundred(count: int, look: str, caption: str) -> str:
    """A hundred circles of which `count` are filled, with a caption that says the same."""
    cells = "".join(
        f'<circle cx="{9 + 18 * (i % 20)}" cy="{9 + 18 * (i // 20)}" r="7" class="{kind}"/>'
        for i, kind in enumerate([f"on {look}"] * count + ["off"] * (100 - count))
    )
    return (
        f'<figure class="hundred"><svg viewBox="0 0 360 90" role="img" aria-label="{escape(caption)}">{cells}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What the picture of the first view shows of a change, in cases per `out_of` people.

    Attributes:
        dots: Twenty single futures, rising.
        low: Lower end of the range of the headline.
        middle: Mean change.
        high: Upper end.
        today: Cases in the current service.
        out_of: Of how many people cases are counted.
        lower_is_better: Which side of no change is better for people.
        counted: What the dots say, in words.
        range: What the range is, short.
    """

    dots: FloatArray
    low: float
    middle: float
    high: float
    today: int
    out_of: int
    lower_is_better: bool
    counted: str
    range: str


def effect(e: Effect, title: str, caption: str) -> str:
    """The picture of the first view: twenty futures as dots on both sides of no change, and the range in a bracket.

    Args:
        e: What it shows.
        title: The finding, for people who do not see it.
        caption: What is counted.
    """
    width, height, base = 620, 226, 148
    reach = max(abs(float(x)) for x in (e.dots.min(), e.dots.max(), e.low, e.high, 1e-9))
    ticks = nice_ticks(-reach, reach, 4)
    ticks = sorted({*ticks, *(-t for t in ticks)})
    most = ticks[-1]
    left, right = 34.0, width - 34.0

    def place(value: float) -> float:
        return left + (right - left) * (value + most) / (2 * most)

    columns = 27
    wide = (right - left) / columns
    where = np.clip(np.floor((e.dots + most) / (2 * most) * columns), 0, columns - 1).astype(int)
    middle = columns // 2
    where = np.where((where == middle) & (e.dots < 0), middle - 1, where)
    where = np.where((where == middle) & (e.dots > 0), middle + 1, where)
    tallest = int(np.bincount(where).max())
    size = min(wide, (base - 62) / tallest)
    level: dict[int, int] = {}
    marks = []
    sides = {"good": 0, "bad": 0}
    for value, column in zip(e.dots, where, strict=True):
        k = level[int(column)] = level.get(int(column), 0) + 1
        look = "same" if value == 0 else "good" if (value < 0) == e.lower_is_better else "bad"
        if look != "same":
            sides[look] += 1
        cx, cy = left + wide * (column + 0.5), base - 3 - size * (k - 0.5)
        if look == "bad":
            r = size * 0.4
            marks.append(
                f'<rect class="bad" x="{cx - r:.1f}" y="{cy - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}"/>'
            )
        else:
            marks.append(f'<circle class="{look}" cx="{cx:.1f}" cy="{cy:.1f}" r="{size * 0.43:.1f}"/>')
    zero = place(0)
    parts = [f'<line class="axis" x1="{left}" x2="{right}" y1="{base}" y2="{base}"/>']
    for tick in ticks:
        words = "no change" if tick == 0 else f"{abs(tick):g} {'fewer' if tick < 0 else 'more'}"
        parts.append(f'<text x="{place(tick):.1f}" y="{base + 17}" text-anchor="middle">{words}</text>')
    parts.append(f'<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="22" y2="{base + 4}"/>')
    parts.append(
        f'<text class="name now" x="{zero:.1f}" y="14" text-anchor="middle">now: {e.today:,} of {e.out_of:,}</text>'
    )
    less, more = ("good", "bad") if e.lower_is_better else ("bad", "good")
    for look, x, anchor in ((less, left, "start"), (more, right, "end")):
        told = "better" if look == "good" else "worse"
        words = f"◄ {told}" if anchor == "start" else f"{told} ►"
        parts.append(f'<text class="name {look}" x="{x}" y="32" text-anchor="{anchor}">{words}</text>')
        n = sides[look]
        parts.append(f'<text class="side" x="{x}" y="52" text-anchor="{anchor}">{n} of {len(e.dots)} futures</text>')
    y = base + 36
    x1, x2, mean = place(e.low), place(e.high), place(e.middle)
    parts.append(
        f'<path class="bracket" d="M{x1:.1f},{y - 6}V{y + 6}M{x1:.1f},{y}H{x2:.1f}M{x2:.1f},{y - 6}V{y + 6}"/>'
    )
    parts.append(f'<circle class="mean" cx="{mean:.1f}" cy="{y}" r="5"/>')
    at = min(max((x1 + x2) / 2, left + 200), right - 200)  # on a phone letters are large
    parts.append(f'<text x="{at:.1f}" y="{y + 22}" text-anchor="middle">{escape(e.range)}</text>')
    return (
        f'<figure class="effect" data-testid="effect"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(f"{title} {e.counted}")}">{"".join(parts)}{"".join(marks)}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def twenty(dots: FloatArray, lower_is_better: bool, caption: str, axis: str, reach: float = 0.0) -> str:
    """Twenty dots over a line with zero marked; each dot is one of twenty equally likely futures.

    Args:
        dots: Twenty rising values, in the unit of `axis`.
        lower_is_better: Which side of zero is better for people.
        caption: What the dots say, in words.
        axis: What the line measures.
        reach: For small multiples: how far the shared axis goes to both sides; 0 draws a large one with its own.
    """
    small = reach > 0
    width, height, bottom = (300, 112, 72) if small else (320, 136, 80)
    reach = reach or max(abs(float(dots.min())), abs(float(dots.max())), 1e-9)
    ticks = nice_ticks(-reach, reach, 4)
    span = ticks[-1] - ticks[0]
    columns = 23
    wide = (width - 40) / columns

    def place(value: float) -> float:
        return 20 + (width - 40) * (value - ticks[0]) / span

    where = np.clip(np.floor((dots - ticks[0]) / span * columns), 0, columns - 1).astype(int)
    # a dot never crosses the zero line because of its column: the middle column goes by the sign
    where = np.where((where == columns // 2) & (dots < 0), columns // 2 - 1, where)
    where = np.where((where == columns // 2) & (dots > 0), columns // 2 + 1, where)
    tallest = int(np.bincount(where).max())
    size = min(wide, (bottom - 8) / tallest) * 0.94
    heights: dict[int, int] = {}
    marks = []
    for value, column in zip(dots, where, strict=True):
        level = heights[int(column)] = heights.get(int(column), 0) + 1
        good = (value < 0) == lower_is_better
        look = "same" if value == 0 else "good" if good else "bad"
        cx, cy = 20 + wide * (column + 0.5), bottom - size * (level - 0.5)
        if look == "bad":  # another shape, so that the side is not told by colour alone
            r = size * 0.44
            marks.append(
                f'<rect class="{look}" x="{cx - r:.1f}" y="{cy - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}"/>'
            )
        else:
            marks.append(f'<circle class="{look}" cx="{cx:.1f}" cy="{cy:.1f}" r="{size * 0.46:.1f}"/>')
    labels = "".join(
        f'<text x="{place(t):.1f}" y="{bottom + 16}" text-anchor="middle">{_plus(t)}</text>'
        for t in ticks
        if not small or t in (ticks[0], 0, ticks[-1])
    )
    left, right = ("◄ better", "worse ►") if lower_is_better else ("◄ worse", "better ►")
    sides = (
        f'<text class="side" x="6" y="{height - 6}">{left}</text>'
        f'<text class="side" x="{width - 6}" y="{height - 6}" text-anchor="end">{right}</text>'
    )
    name = "" if small else f'<text x="{width / 2}" y="{height - 22}" text-anchor="middle">{escape(axis)}</text>'
    return (
        f'<figure class="twenty"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(caption)}">'
        f'<line class="axis" x1="10" x2="{width - 10}" y1="{bottom}" y2="{bottom}"/>'
        f'<line class="zero" x1="{place(0):.1f}" x2="{place(0):.1f}" y1="2" y2="{bottom + 3}"/>'
        f"{''.join(marks)}{labels}{sides}{name}</svg><figcaption>{escape(caption)}</figcaption></figure>"
    )


def _plus(value: float) -> str:
    text = f"{abs(value):g}"
    return "0" if value == 0 else f"+{text}" if value > 0 else f"−{text}"


def bars(rows: Sequence[tuple[str, float, str]], caption: str, unit: str) -> str:
    """Horizontal bars from a zero line, a row each: label, value, value in words."""
    width, left, right, step = 860, 380, 140, 30
    reach = max([abs(v) for _, v, _ in rows if math.isfinite(v)] or [1.0]) or 1.0
    has_left = any(v < 0 for _, v, _ in rows)
    has_right = any(v > 0 for _, v, _ in rows)
    start, end = left + (60 if has_left else 0), width - right
    zero = start + (end - start) * (0.5 if has_left and has_right else 1.0 if has_left else 0.0)
    unit_px = (
        (end - zero if has_right else zero - start) / reach if (has_left != has_right) else (end - start) / 2 / reach
    )
    parts = []
    for i, (name, value, words) in enumerate(rows):
        y = 8 + step * i
        length = abs(value) * unit_px
        x = zero if value >= 0 else zero - length
        look = "plain total" if i == len(rows) - 1 and name.startswith("All") else "plain"
        parts.append(f'<text x="0" y="{y + 17}" class="row">{escape(name)}</text>')
        parts.append(f'<rect class="{look}" x="{x:.1f}" y="{y}" width="{max(length, 1):.1f}" height="22" rx="2"/>')
        parts.append(f'<text x="{width}" y="{y + 17}" text-anchor="end" class="value">{escape(words)}</text>')
    height = 8 + step * len(rows)
    return (
        f'<figure class="bars"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(caption)}">'
        f'<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{height}"/>{"".join(parts)}</svg>'
        f"<figcaption>{escape(caption)} ({escape(unit)})</figcaption></figure>"
    )


@dataclass(frozen=True, slots=True)
class Span:
    """A range with its middle; `look` is "now" (dashed, hollow) or "plan"."""

    look: str
    low: float
    middle: float
    high: float


def spans(
    rows: Sequence[tuple[str, Sequence[Span]]], caption: str, axis: str, ends: tuple[float, float], mark: float
) -> str:
    """Ranges under one another on a shared axis.

    Args:
        rows: Label and ranges of each row, the upper first.
        caption: What the picture shows, in words.
        axis: What the axis measures.
        ends: Ends of the axis; what lies beyond is drawn at the end.
        mark: Where a line is drawn through all rows.
    """
    width, left, right = 980, 430, 20
    named = [wrap(name, 62) for name, _ in rows]
    tall = [max(24, 15 * len(lines) + 6) for lines in named]
    height = 8 + sum(tall) + 40

    def place(value: float) -> float:
        share = (min(max(value, ends[0]), ends[1]) - ends[0]) / (ends[1] - ends[0])
        return left + (width - left - right) * share

    parts = []
    for tick in [t for t in nice_ticks(*ends, 6) if ends[0] <= t <= ends[1]]:
        parts.append(f'<line class="grid" x1="{place(tick):.1f}" x2="{place(tick):.1f}" y1="0" y2="{height - 38}"/>')
        parts.append(f'<text x="{place(tick):.1f}" y="{height - 22}" text-anchor="middle">{tick:g}</text>')
    top = 8
    for (_, ranges), lines, size in zip(rows, named, tall, strict=True):
        parts += [f'<text x="0" y="{top + 15 + 15 * k}">{escape(line)}</text>' for k, line in enumerate(lines)]
        for j, each in enumerate(ranges):
            y = top + 7 + 8 * j
            if math.isfinite(each.low) and math.isfinite(each.high):
                x1, x2 = place(each.low), place(each.high)
                parts.append(f'<line class="span {each.look}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y}" y2="{y}"/>')
            if math.isfinite(each.middle):
                parts.append(f'<circle class="span {each.look}" cx="{place(each.middle):.1f}" cy="{y}" r="3.6"/>')
        top += size
    return (
        f'<figure class="spans"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(caption)}">'
        f'<line class="zero" x1="{place(mark):.1f}" x2="{place(mark):.1f}" y1="0" y2="{height - 38}"/>{"".join(parts)}'
        f'<text x="{(left + width - right) / 2}" y="{height - 4}" text-anchor="middle">{escape(axis)}</text></svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
