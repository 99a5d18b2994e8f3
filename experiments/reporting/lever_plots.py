"""Pictures over levers, as inline SVG: heat maps with their values, plans in a plane, tornadoes, screening plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from experiments.reporting import svg
from experiments.reporting.svg import PANEL_WIDTH, WIDTH
from experiments.statistics.estimates import Estimate

SHADES = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a heat map.

    Attributes:
        text: What is printed.
        shade: 0 (pale) to 1 (deep).
        mark: "best", "near" (about as good) or "".
    """

    text: str
    shade: float
    mark: str = ""


def heat_map(
    title: str, text: str, rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[Cell | None]],
    row_axis: str, column_axis: str,
) -> str:  # fmt: skip
    """A panel of cells, each with its value; rows from the bottom up, as on an axis.

    Args:
        title: What the panel shows.
        text: Description.
        rows: Names of the rows, lowest first.
        columns: Names of the columns.
        cells: Cells by row and column; None where there is no plan.
        row_axis: Label of the rows.
        column_axis: Label of the columns.
    """
    longest = max(len(name) for name in rows)
    left, high = max(14 + 7.1 * longest, 30), 30
    top = svg.heading_height(title, f"{row_axis} ↑") + 6
    wide = (PANEL_WIDTH - left - 4) / len(columns)
    small = any(cell and svg.CHARACTER * len(cell.text) > wide - 4 for row in cells for cell in row)
    out = svg.heading(title, f"{row_axis} ↑")
    frames = []
    for i, name in enumerate(rows):
        y = top + high * (len(rows) - 1 - i)
        out.append(svg.text(left - 8, y + high / 2 + 4, name, "end"))
        for j, cell in enumerate(cells[i]):
            x = left + wide * j
            if cell is None:
                out.append(svg.box(x + 1, y + 1, wide - 2, high - 2, "cell none"))
                continue
            step = max(0, min(SHADES - 1, int(cell.shade * SHADES)))
            out.append(svg.box(x, y, wide, high, f"cell h{step}"))
            kind = f"value on-h{step}{' tiny' if small else ''}"
            out.append(svg.text(x + wide / 2, y + high / 2 + 4, cell.text, "middle", kind))
            if cell.mark:
                frames.append(svg.box(x + 3, y + 3, wide - 6, high - 6, f"{cell.mark} frame-h{step}"))
    bottom = top + high * len(rows)
    for j, name in enumerate(columns):
        out.append(svg.text(left + wide * (j + 0.5), bottom + 17, name, "middle"))
    out.append(svg.text(PANEL_WIDTH - 4, bottom + 35, f"{column_axis} →", "end", "muted"))
    return svg.svg(title, text, bottom + 44, [*out, *frames], PANEL_WIDTH)


@dataclass(frozen=True, slots=True)
class Spot:
    """A plan in a plane of two outcomes.

    Attributes:
        name: Short name, printed beside a spot that stands out.
        x: Value across.
        y: Value upwards.
        kind: "front" (undominated), "baseline" or "".
        label: Whether the name is printed, where there is room.
    """

    name: str
    x: float
    y: float
    kind: str = ""
    label: bool = False


def plane(
    title: str, unit: str, text: str, spots: Sequence[Spot], x_axis: str, show: Callable[[float], str]
) -> str:  # fmt: skip
    """Spots in a plane: those that stand out drawn over the others and named.

    Args:
        title: What the vertical axis shows.
        unit: Its unit.
        text: Description.
        spots: What is drawn.
        x_axis: Label of the axis below.
        show: How a value is written.
    """
    left, right, upper = 44, 18, svg.heading_height(title, unit) + 12
    lower = upper + 200
    held = [spot for spot in spots if math.isfinite(spot.x) and math.isfinite(spot.y)]
    out = svg.heading(title, unit)
    if not held:
        out.append(svg.text(left, upper + 20, "not defined", "start", "muted"))
        return svg.svg(title, text, upper + 40, out, PANEL_WIDTH)
    xs, ys = [s.x for s in held], [s.y for s in held]
    x_ticks, y_ticks = svg.nice_ticks(min(xs), max(xs), 3), svg.nice_ticks(min(ys), max(ys), 5)
    x = svg.scale(x_ticks[0], x_ticks[-1], left, PANEL_WIDTH - right)
    y = svg.scale(y_ticks[0], y_ticks[-1], lower, upper)
    for tick in y_ticks:
        out.append(svg.line(left, y(tick), PANEL_WIDTH - right, y(tick), "grid"))
        out.append(svg.text(left - 6, y(tick) + 4, show(tick), "end"))
    for tick in x_ticks:
        out.append(svg.line(x(tick), upper, x(tick), lower, "grid"))
        out.append(svg.text(x(tick), lower + 17, show(tick), "end" if tick == x_ticks[-1] else "middle"))
    out.append(svg.text((left + PANEL_WIDTH - right) / 2, lower + 38, x_axis, "middle", "muted"))
    looks = ["base", "plan"]
    for spot in held:
        if not spot.kind:
            out.append(f'<circle class="faint" cx="{x(spot.x):.1f}" cy="{y(spot.y):.1f}" r="3.6"/>')
    shown = sorted((spot for spot in held if spot.kind), key=lambda spot: (spot.x, spot.y))
    out += [svg.marker("base" if s.kind == "baseline" else "plan", looks, x(s.x), y(s.y)) for s in shown]
    taken = [(x(spot.x) - 6, x(spot.x) + 6, y(spot.y)) for spot in shown]
    for spot in (s for s in shown if s.label):
        wide = svg.CHARACTER * len(spot.name)
        for start in (x(spot.x) + 9, x(spot.x) - 9 - wide):
            free = all(start + wide < a or b < start or abs(y(spot.y) - at) > 11 for a, b, at in taken)
            if free and left <= start and start + wide <= PANEL_WIDTH:
                taken.append((start, start + wide, y(spot.y)))
                out.append(svg.text(start, y(spot.y) + 4, spot.name, "start", "backed tiny"))
                break
    return svg.svg(title, text, lower + 48, out, PANEL_WIDTH)


@dataclass(frozen=True, slots=True)
class Bar:
    """A factor of a tornado: estimates at its lowest and highest setting, with those settings as text."""

    label: str
    low: Estimate
    high: Estimate
    low_setting: str
    high_setting: str


def tornado(title: str, text: str, bars: Sequence[Bar], middle: float, axis: str) -> str:
    """Bars from the middle plan to each factor's lowest and highest setting, the longest first."""
    left, right, step, top = 210, 24, 38, 26
    bottom = top + step * len(bars)
    ends = [v for bar in bars for v in (bar.low.mean, bar.high.mean) if math.isfinite(v)]
    ticks = svg.nice_ticks(min([middle, *ends]), max([middle, *ends]), 6)
    x = svg.scale(ticks[0], ticks[-1], left, WIDTH - right)
    out = []
    for tick in ticks:
        out.append(svg.line(x(tick), top, x(tick), bottom, "grid"))
        out.append(svg.text(x(tick), bottom + 18, svg.short(tick), "middle"))
    for i, bar in enumerate(bars):
        y = top + step * i
        lines = svg.wrap(bar.label, int((left - 8) / svg.BOLD))[:2]
        for k, words in enumerate(lines):
            out.append(svg.text(0, y + step / 2 + 4 + 14 * (k - (len(lines) - 1) / 2), words, "start", "label"))
        for j, (e, setting, kind) in enumerate(
            ((bar.low, bar.low_setting, "bar low"), (bar.high, bar.high_setting, "bar"))
        ):
            if math.isnan(e.mean):
                continue
            a, b = sorted((x(middle), x(e.mean)))
            out.append(svg.box(a, y + 6 + 13 * j, max(b - a, 1.0), 12, kind))
            inside = x(e.mean) + (5 if e.mean >= middle else -5)
            anchor = "start" if e.mean >= middle else "end"
            if anchor == "start" and inside + svg.CHARACTER * len(setting) > WIDTH:
                inside, anchor = a - 5, "end"
            out.append(svg.text(inside, y + 16 + 13 * j, setting, anchor, "tiny backed"))
    out.append(svg.line(x(middle), top - 6, x(middle), bottom, "zero"))
    out.append(svg.text(x(middle), top - 12, "middle plan", "middle", "muted"))
    out.append(svg.text((left + WIDTH - right) / 2, bottom + 40, axis, "middle"))
    return svg.svg(title, text, bottom + 50, out)
