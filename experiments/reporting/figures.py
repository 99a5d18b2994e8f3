"""Pictures of plans and of curves, as inline SVG: no script, no network, colours from the page's style sheet.

Every picture has a title that states the finding and a description; the page puts the numbers and the legend beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from experiments.reporting import svg
from experiments.reporting.svg import PANEL_WIDTH, WIDTH
from experiments.statistics.estimates import Estimate
from experiments.support.types import FloatArray

Spans = Mapping[str, tuple[FloatArray, FloatArray]]
"""Lower and upper ends of intervals by series."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a plot of differences: its label and an estimate for each series, in the plot's unit."""

    label: str
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Panel:
    """One small plot.

    Attributes:
        title: What is shown.
        lines: Values by series, over `x`.
        show: How a value is written on the axis.
        spans: Intervals by series, drawn as bands, or as whiskers where there are dots.
        dots: Whether each value has a dot: for a few settings rather than for days.
        unit: Unit of the values, below the title.
    """

    title: str
    lines: Mapping[str, FloatArray]
    show: Callable[[float], str]
    spans: Spans = field(default_factory=dict)
    dots: bool = False
    unit: str = ""


def differences(title: str, text: str, rows: Sequence[Row], order: Sequence[str], axis: str) -> str:
    """Dots with intervals, a row per outcome and a dot per series of `order` that the row has; zero is a line.

    Args:
        title: Finding, for people who cannot see the picture.
        text: Description of what is drawn.
        rows: What is drawn.
        order: All series; sets colours and shapes.
        axis: Label of the axis.
    """
    left, right, step = 210, 20, 17
    labels = [svg.wrap(row.label, int((left - 8) / svg.BOLD)) for row in rows]
    bands = [max(step * len(row.estimates) + 16, 14 * len(words) + 8) for row, words in zip(rows, labels, strict=True)]
    top, bottom = 8, 8 + sum(bands)
    ends = [x for row in rows for e in row.estimates.values() for x in (e.mean, e.low, e.high) if math.isfinite(x)]
    ticks = svg.nice_ticks(min([0.0, *ends]), max([0.0, *ends]), 6)
    x = svg.scale(ticks[0], ticks[-1], left, WIDTH - right)
    out = []
    for tick in ticks:
        out.append(svg.line(x(tick), top, x(tick), bottom, "zero" if tick == 0 else "grid"))
        out.append(svg.text(x(tick), bottom + 18, svg.short(tick), "middle"))
    out.append(svg.text((left + WIDTH - right) / 2, bottom + 40, axis, "middle"))
    y0 = float(top)
    for row, lines, band in zip(rows, labels, bands, strict=True):
        if y0 > top:
            out.append(svg.line(0, y0, WIDTH - right, y0, "grid"))
        for k, words in enumerate(lines):
            out.append(svg.text(0, y0 + band / 2 + 4 + 14 * (k - (len(lines) - 1) / 2), words, "start", "label"))
        for j, (name, e) in enumerate(row.estimates.items()):
            y = y0 + band / 2 + step * (j - (len(row.estimates) - 1) / 2)
            if math.isnan(e.mean):
                out.append(svg.text(x(0) + 6, y + 4, "not defined", "start"))
                continue
            out += _dot(e, x, y, name, order)
        y0 += band
    return svg.svg(title, text, bottom + 50, out)


def changes(title: str, unit: str, text: str, estimates: Mapping[str, Estimate], order: Sequence[str]) -> str:
    """One outcome: a row per lever with its change and interval; zero is a line.

    Args:
        title: The outcome.
        unit: Unit of the axis.
        text: Description of what is drawn.
        estimates: Change by lever, in the plot's unit.
        order: All series; sets colours and shapes.
    """
    top, row, left, right = svg.heading_height(title, unit) + 8, 40, 8, 12
    bottom = top + row * len(estimates)
    ends = [x for e in estimates.values() for x in (e.mean, e.low, e.high) if math.isfinite(x)]
    ticks = svg.nice_ticks(min([0.0, *ends]), max([0.0, *ends]), 4)
    x = svg.scale(ticks[0], ticks[-1], left, PANEL_WIDTH - right)
    out = svg.heading(title, unit)
    last = -math.inf
    for tick in ticks:
        out.append(svg.line(x(tick), top, x(tick), bottom, "zero" if tick == 0 else "grid"))
        wide = svg.BOLD * len(svg.short(tick))
        start = min(max(x(tick) - wide / 2, 0.0), PANEL_WIDTH - wide)
        if start > last + 5:
            out.append(svg.text(start, bottom + 17, svg.short(tick)))
            last = start + wide
    for i, (name, e) in enumerate(estimates.items()):
        y = top + row * i
        out.append(svg.text(0, y + 13, name, "start", "backed"))
        out += (
            _dot(e, x, y + 27, name, order)
            if math.isfinite(e.mean)
            else [svg.text(0, y + 31, "not defined", "start", "muted")]
        )
    return svg.svg(title, text, bottom + 26, out, PANEL_WIDTH)


def strips(
    title: str,
    text: str,
    columns: Sequence[tuple[str, Mapping[str, Estimate], Callable[[float], str]]],
    order: Sequence[str],
) -> str:
    """A row per scenario and a column per outcome, each with its own axis: what is gained here is paid there."""
    left, right, gap = 150, 16, 22
    names = [svg.wrap(name, int((left - 8) / svg.BOLD)) for name in order]
    row = max(34, 13 * max(map(len, names)) + 8)
    wide = (WIDTH - left - right - gap * (len(columns) - 1)) / len(columns)
    heads = [svg.wrap(label, int(wide / svg.BOLD))[:3] for label, _, _ in columns]
    top = 16 + 15 * max(2, *map(len, heads))
    bottom = top + row * len(order)
    out = []
    for i in range(len(order)):
        for k, words in enumerate(names[i]):
            y = top + row * (i + 0.5) + 4 + 13 * (k - (len(names[i]) - 1) / 2)
            out.append(svg.text(0, y, words, "start", "label"))
        out.append(svg.line(left, top + row * (i + 0.5), WIDTH - right, top + row * (i + 0.5), "grid"))
    for j, (_, estimates, show) in enumerate(columns):
        x0 = left + j * (wide + gap)
        ends = [v for e in estimates.values() for v in (e.mean, e.low, e.high) if math.isfinite(v)]
        if not ends:
            continue
        ticks = svg.nice_ticks(min(ends), max(ends), 4)
        x = svg.scale(ticks[0], ticks[-1], x0 + 6, x0 + wide - 6)
        for k, part in enumerate(heads[j]):
            out.append(svg.text(x0 + wide / 2, 14 + 15 * k, part, "middle", "label"))
        out.append(svg.line(x0, bottom, x0 + wide, bottom, "axis"))
        for tick, anchor in ((ticks[0], "start"), (ticks[-1], "end")):
            out.append(svg.text(x(tick) + (-6 if anchor == "start" else 6), bottom + 17, show(tick), anchor))
        for i, name in enumerate(order):
            e, y = estimates[name], top + row * (i + 0.5)
            if math.isnan(e.mean):
                out.append(svg.text(x0 + wide / 2, y + 4, "no workers", "middle", "muted backed"))
                continue
            out += _dot(e, x, y, name, order)
    return svg.svg(title, text, bottom + 30, out)


def _dot(e: Estimate, x: svg.Scale, y: float, name: str, order: Sequence[str]) -> list[str]:
    whisker = [svg.line(x(e.low), y, x(e.high), y, f"interval {svg.look(name, order)}")] if math.isfinite(e.low) else []
    return [*whisker, svg.marker(name, order, x(e.mean), y)]


def curves(title: str, text: str, x_values: FloatArray, panel: Panel, order: Sequence[str], axis: str) -> str:
    """Lines over time from zero, each named at its end."""
    left, right, top, bottom, height = 52, 150, 14, 270, 320
    highest = max(
        float(np.nanmax(line)) for line in [*panel.lines.values(), *(high for _, high in panel.spans.values())]
    )
    ticks = svg.nice_ticks(0.0, highest, 5)
    x = svg.scale(float(x_values[0]), float(x_values[-1]), left, WIDTH - right)
    y = svg.scale(0.0, ticks[-1], bottom, top)
    out = []
    for tick in ticks:
        out += [
            svg.line(left, y(tick), WIDTH - right, y(tick), "grid"),
            svg.text(left - 7, y(tick) + 4, panel.show(tick), "end"),
        ]
    for tick in svg.nice_ticks(float(x_values[0]), float(x_values[-1]), 6):
        if tick <= x_values[-1]:
            out.append(svg.text(x(tick), bottom + 18, svg.short(tick), "middle"))
    out += [
        svg.line(left, bottom, WIDTH - right, bottom, "axis"),
        svg.text((left + WIDTH - right) / 2, bottom + 40, axis, "middle"),
    ]
    ends = {name: y(float(line[np.isfinite(line)][-1])) for name, line in panel.lines.items()}
    places = svg.spread(ends, 16)
    out += [svg.band(x_values, low, high, x, y, name, order) for name, (low, high) in panel.spans.items()]
    for name in reversed(list(panel.lines)):
        out.append(svg.path(x_values, panel.lines[name], x, y, name, order))
        out.append(
            svg.line(WIDTH - right + 2, ends[name], WIDTH - right + 12, places[name], f"lead {svg.look(name, order)}")
        )
        out.append(svg.marker(name, order, WIDTH - right + 18, places[name]))
        out.append(svg.text(WIDTH - right + 28, places[name] + 4, name, "start"))
    return svg.svg(title, text, max(height, bottom + 16 * len(places) - 200), out)


def small_multiples(
    text: str,
    x_values: FloatArray,
    panels: Sequence[Panel],
    order: Sequence[str],
    axis: str,
    *,
    mark: float | None = None,
    names: Sequence[str] | None = None,
    shared: bool = False,
    ends: tuple[float, float] | None = None,
) -> list[str]:
    """Small plots over one axis, each a picture of its own so that they stand below one another on a small screen.

    Args:
        text: Description of what is drawn.
        x_values: Days, or settings of a lever.
        panels: The plots.
        order: All series; sets colours and shapes.
        axis: Label of the axis below.
        mark: Where to draw a vertical line; None for none.
        names: What to write below each of `x_values`; None for round numbers.
        shared: Whether all panels have the same vertical axis, to be compared with one another.
        ends: Ends of that axis, where more than these panels are to be compared.
    """
    left, right = 46, 12
    upper = 16 + max(svg.heading_height(panel.title, panel.unit) for panel in panels)
    lower, height = upper + 142, upper + 184
    span = ends or (_range(panels) if shared else None)
    pictures = []
    for panel in panels:
        held = span or _range([panel])
        if held is None:
            continue
        ticks = svg.nice_ticks(*held, 4)
        x = svg.scale(float(x_values[0]), float(x_values[-1]), left + 6, PANEL_WIDTH - right - 6)
        y = svg.scale(ticks[0], ticks[-1], lower, upper)
        out = svg.heading(panel.title, panel.unit)
        for tick in ticks:
            kind = "zero" if tick == 0 and ticks[0] < 0 else "grid"
            out.append(svg.line(left, y(tick), PANEL_WIDTH - right, y(tick), kind))
            out.append(svg.text(left - 6, y(tick) + 4, panel.show(tick), "end"))
        for place, words in _below(x_values, names):
            out.append(svg.text(x(place), lower + 17, words, "middle"))
        out.append(svg.text((left + PANEL_WIDTH - right) / 2, lower + 36, axis, "middle", "muted"))
        if mark is not None and x_values[0] < mark < x_values[-1]:
            out.append(svg.line(x(mark), upper, x(mark), lower, "zero"))
        for name in reversed(list(panel.lines)):
            out += _series(panel, name, x_values, x, y, order)
        pictures.append(svg.svg(panel.title or axis, text, height, out, PANEL_WIDTH))
    return pictures


def _series(
    panel: Panel, name: str, x_values: FloatArray, x: svg.Scale, y: svg.Scale, order: Sequence[str]
) -> list[str]:
    values, span = panel.lines[name], panel.spans.get(name)
    out = []
    if span and not panel.dots:
        out.append(svg.band(x_values, *span, x, y, name, order))
    out.append(svg.path(x_values, values, x, y, name, order))
    if panel.dots:
        for i, (place, value) in enumerate(zip(x_values, values, strict=True)):
            if not math.isfinite(value):
                continue
            if span and math.isfinite(span[0][i]):
                at = x(float(place))
                out.append(
                    svg.line(at, y(float(span[0][i])), at, y(float(span[1][i])), f"whisker {svg.look(name, order)}")
                )
            out.append(svg.marker(name, order, x(float(place)), y(float(value))))
    return out


def _range(panels: Sequence[Panel]) -> tuple[float, float] | None:
    pieces = [part for panel in panels for part in panel.lines.values()]
    pieces += [end for panel in panels for span in panel.spans.values() for end in span]
    values = np.concatenate(pieces) if pieces else np.empty(0)
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if values.size else None


def _below(x_values: FloatArray, names: Sequence[str] | None) -> list[tuple[float, str]]:
    if names is not None:
        return list(zip(map(float, x_values), names, strict=True))
    ticks = svg.nice_ticks(float(x_values[0]), float(x_values[-1]), 4)
    return [(tick, svg.short(tick)) for tick in ticks if x_values[0] <= tick <= x_values[-1]]
