"""Pictures as inline SVG: no script, no network, colours from the page's style sheet (light, dark and print).

Every series has a colour, a shape and a dash, so that none depends on colour. Every picture has a title that states the
finding and a description; the report puts the numbers beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from experiments.statistics import Estimate

WIDTH = 680
SERIES = 7
"""Distinct looks; the first is the baseline's. More series than this share looks and are told apart by their labels."""

_DASHES = ("6 4", "", "9 3", "3 3", "12 3 3 3", "1.5 3", "9 3 1.5 3")
_FONT = 6.4
"""Mean width of a character of the 12.5 px font used, in px."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome in a plot of differences: its label and an estimate for each plan, in the plot's unit."""

    label: str
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Panel:
    """One small plot.

    Attributes:
        title: What is shown.
        lines: Values by scenario, over `x`.
        show: How a value is written on the axis.
    """

    title: str
    lines: Mapping[str, Array]
    show: Callable[[float], str]


def differences(title: str, text: str, rows: Sequence[Row], order: Sequence[str], axis: str) -> str:
    """Dots with intervals, a row per outcome and a dot per plan; zero is the baseline.

    Args:
        title: Finding, for people who cannot see the picture.
        text: Description of what is drawn.
        rows: Outcomes with their differences.
        order: All scenarios, baseline first; sets colours and shapes.
        axis: Label of the axis.
    """
    plans = order[1:]
    left, right, step = 210, 20, 17
    band = step * len(plans) + 16
    top = 34
    height = top + band * len(rows) + 58
    ends = [x for row in rows for e in row.estimates.values() for x in (e.mean, e.low, e.high) if math.isfinite(x)]
    ticks = nice_ticks(min([0.0, *ends]), max([0.0, *ends]), 6)
    x = _scale(ticks[0], ticks[-1], left, WIDTH - right)
    out = _legend(plans, order)
    bottom = top + band * len(rows)
    for tick in ticks:
        out.append(_line(x(tick), top, x(tick), bottom, "zero" if tick == 0 else "grid"))
        out.append(_text(x(tick), bottom + 18, _short(tick), "middle"))
    out.append(_text((left + WIDTH - right) / 2, bottom + 40, axis, "middle"))
    for i, row in enumerate(rows):
        y0 = top + band * i
        if i:
            out.append(_line(0, y0, WIDTH - right, y0, "grid"))
        out.append(_text(0, y0 + band / 2 + 4, row.label, "start", "label"))
        for j, plan in enumerate(plans):
            e = row.estimates[plan]
            y = y0 + 8 + step * (j + 0.5)
            if math.isnan(e.mean):
                out.append(_text(x(0) + 6, y + 4, "not defined", "start"))
                continue
            if math.isfinite(e.low):
                out.append(_line(x(e.low), y, x(e.high), y, f"interval {_look(plan, order)}"))
            out.append(_marker(plan, order, x(e.mean), y))
    return _svg(title, text, height, out)


def strips(
    title: str,
    text: str,
    columns: Sequence[tuple[str, Mapping[str, Estimate], Callable[[float], str]]],
    order: Sequence[str],
) -> str:
    """A row per scenario and a column per outcome, each with its own axis: what is gained here is paid there."""
    left, right, gap, row, top = 150, 16, 22, 34, 46
    wide = (WIDTH - left - right - gap * (len(columns) - 1)) / len(columns)
    bottom = top + row * len(order)
    out = []
    for i, name in enumerate(order):
        out.append(_text(0, top + row * (i + 0.5) + 4, name, "start", "label"))
        out.append(_line(left, top + row * (i + 0.5), WIDTH - right, top + row * (i + 0.5), "grid"))
    for j, (label, estimates, show) in enumerate(columns):
        x0 = left + j * (wide + gap)
        ends = [v for e in estimates.values() for v in (e.mean, e.low, e.high) if math.isfinite(v)]
        if not ends:
            continue
        ticks = nice_ticks(min(ends), max(ends), 4)
        x = _scale(ticks[0], ticks[-1], x0 + 6, x0 + wide - 6)
        for k, part in enumerate(_wrap(label, int(wide / _FONT))[:2]):
            out.append(_text(x0 + wide / 2, 14 + 15 * k, part, "middle", "label"))
        out.append(_line(x0, bottom, x0 + wide, bottom, "axis"))
        for tick, anchor in ((ticks[0], "start"), (ticks[-1], "end")):
            out.append(_text(x(tick) + (-6 if anchor == "start" else 6), bottom + 17, show(tick), anchor))
        for i, name in enumerate(order):
            e, y = estimates[name], top + row * (i + 0.5)
            if math.isnan(e.mean):
                out.append(_text(x0 + wide / 2, y + 4, "no workers", "middle", "muted backed"))
                continue
            if math.isfinite(e.low):
                out.append(_line(x(e.low), y, x(e.high), y, f"interval {_look(name, order)}"))
            out.append(_marker(name, order, x(e.mean), y))
    return _svg(title, text, bottom + 30, out)


def curves(title: str, text: str, x_values: Array, panel: Panel, order: Sequence[str], axis: str) -> str:
    """Lines over time from zero, each named at its end."""
    left, right, top, bottom, height = 52, 150, 14, 270, 320
    highest = max(float(np.nanmax(line)) for line in panel.lines.values())
    ticks = nice_ticks(0.0, highest, 5)
    x = _scale(float(x_values[0]), float(x_values[-1]), left, WIDTH - right)
    y = _scale(0.0, ticks[-1], bottom, top)
    out = []
    for tick in ticks:
        out += [
            _line(left, y(tick), WIDTH - right, y(tick), "grid"),
            _text(left - 7, y(tick) + 4, panel.show(tick), "end"),
        ]
    for tick in nice_ticks(float(x_values[0]), float(x_values[-1]), 6):
        if tick <= x_values[-1]:
            out.append(_text(x(tick), bottom + 18, _short(tick), "middle"))
    out += [
        _line(left, bottom, WIDTH - right, bottom, "axis"),
        _text((left + WIDTH - right) / 2, bottom + 40, axis, "middle"),
    ]
    ends = {name: y(float(line[np.isfinite(line)][-1])) for name, line in panel.lines.items()}
    places = _spread(ends, 16)
    for name in reversed(list(panel.lines)):
        out.append(_path(x_values, panel.lines[name], x, y, name, order))
        out.append(_line(WIDTH - right + 2, ends[name], WIDTH - right + 12, places[name], f"lead {_look(name, order)}"))
        out.append(_marker(name, order, WIDTH - right + 18, places[name]))
        out.append(_text(WIDTH - right + 28, places[name] + 4, name, "start"))
    return _svg(title, text, height, out)


def small_multiples(
    title: str, text: str, x_values: Array, panels: Sequence[Panel], order: Sequence[str], axis: str, mark: float | None
) -> str:
    """Small plots with one time axis, two in a row.

    Args:
        title: Finding, for people who cannot see the picture.
        text: Description of what is drawn.
        x_values: Days.
        panels: The plots.
        order: All scenarios, baseline first.
        axis: Label of the time axis.
        mark: Day from which outcomes are counted, drawn as a line; None for no line.
    """
    across = min(2, len(panels))
    wide, high, top = WIDTH / across, 170, 34
    down = -(-len(panels) // across)
    out = _legend(order, order, lines=True)
    for i, panel in enumerate(panels):
        x0, y0 = (i % across) * wide, top + (i // across) * (high + 50)
        left, right, upper, lower = x0 + 44, x0 + wide - 18, y0 + 24, y0 + high
        lines = [line[np.isfinite(line)] for line in panel.lines.values()]
        values = np.concatenate(lines)
        out.append(_text(x0 + 44, y0 + 12, panel.title, "start", "label"))
        if not values.size:
            continue
        ticks = nice_ticks(float(values.min()), float(values.max()), 4)
        x, y = _scale(float(x_values[0]), float(x_values[-1]), left, right), _scale(ticks[0], ticks[-1], lower, upper)
        for tick in ticks:
            out += [_line(left, y(tick), right, y(tick), "grid"), _text(left - 6, y(tick) + 4, panel.show(tick), "end")]
        for tick in nice_ticks(float(x_values[0]), float(x_values[-1]), 4):
            if tick <= x_values[-1]:
                out.append(_text(x(tick), lower + 16, _short(tick), "middle"))
        if mark is not None and x_values[0] < mark < x_values[-1]:
            out.append(_line(x(mark), upper, x(mark), lower, "zero"))
        out += [_path(x_values, panel.lines[name], x, y, name, order) for name in reversed(list(panel.lines))]
    bottom = top + down * (high + 50)
    out.append(_text(WIDTH / 2, bottom, axis, "middle"))
    return _svg(title, text, bottom + 12, out)


def legend_mark(name: str, order: Sequence[str]) -> str:
    """The look of a scenario as a tiny picture for tables; hidden from screen readers, as the name stands beside it."""
    shape = _marker(name, order, 7, 7)
    return f'<svg class="key" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">{shape}</svg>'


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """About `count` round numbers (steps of 1, 2 or 5 times a power of ten) that enclose `low` and `high`."""
    if high - low <= max(1e-6 * max(abs(low), abs(high)), 1e-12):
        pad = max(abs(low), abs(high)) * 0.1 or 1.0
        low, high = low - pad, high + pad
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _look(name: str, order: Sequence[str]) -> str:
    return f"s{list(order).index(name) % SERIES}"


def _dash(name: str, order: Sequence[str]) -> str:
    return _DASHES[list(order).index(name) % SERIES]


def _marker(name: str, order: Sequence[str], x: float, y: float) -> str:
    i, look = list(order).index(name), _look(name, order)
    r = 5
    if i % SERIES in (0, 4):
        hollow = " hollow" if i % SERIES == 0 else ""
        return f'<circle class="dot {look}{hollow}" cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
    corners = {
        1: ((-r, -r), (r, -r), (r, r), (-r, r)),
        2: ((0, -r - 1.5), (r + 1.5, 0), (0, r + 1.5), (-r - 1.5, 0)),
        3: ((0, -r - 1), (r + 1, r), (-r - 1, r)),
        5: ((0, r + 1), (r + 1, -r), (-r - 1, -r)),
        6: ((-r - 1, -2), (r + 1, -2), (r + 1, 2), (-r - 1, 2)),
    }[i % SERIES]
    return f'<polygon class="dot {look}" points="{" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)}"/>'


def _path(
    x_values: Array,
    line: Array,
    x: Callable[[float], float],
    y: Callable[[float], float],
    name: str,
    order: Sequence[str],
) -> str:
    points = [(x(float(a)), y(float(b))) for a, b in zip(x_values, line, strict=True) if math.isfinite(b)]
    if not points:
        return ""
    d = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
    dash = _dash(name, order)
    return f'<path class="line {_look(name, order)}" d="{d}"' + (f' stroke-dasharray="{dash}"' if dash else "") + "/>"


def _legend(names: Sequence[str], order: Sequence[str], lines: bool = False) -> list[str]:
    out, x = [], 8.0
    for name in names:
        if lines:
            dash = f' stroke-dasharray="{_dash(name, order)}"' if _dash(name, order) else ""
            out.append(f'<path class="line {_look(name, order)}" d="M{x - 8:.1f} 12h34"{dash}/>')
            x += 25
        else:
            out.append(_marker(name, order, x, 12))
        out.append(_text(x + 11, 16, name, "start"))
        x += 34 + _FONT * len(name)
    return out


def _spread(wanted: Mapping[str, float], gap: float) -> dict[str, float]:
    """Move labels apart so that they do not lie over one another."""
    placed: dict[str, float] = {}
    last = -math.inf
    for name in sorted(wanted, key=lambda name: wanted[name]):
        last = placed[name] = max(wanted[name], last + gap)
    return placed


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _line(x1: float, y1: float, x2: float, y2: float, look: str) -> str:
    return f'<line class="{look}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, look: str = "") -> str:
    kind = f' class="{look}"' if look else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, text: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:.0f}" role="img" focusable="false">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>{''.join(parts)}</svg>"
    )
