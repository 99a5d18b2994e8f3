"""Pieces that every picture is drawn from: inline SVG with colours from the page's style sheet.

Every series has a colour, a shape and a dash, so that none depends on colour; `order` lists all series and fixes the
look of each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from experiments.support.types import FloatArray

WIDTH = 680
"""Width of a whole picture, px of its own coordinates."""

PANEL_WIDTH = 280
"""Width of one panel of several, which stand beside one another or, on a small screen, below."""

SERIES = 7
"""Distinct looks; the first is the baseline's. More series than this share looks and are told apart by their labels."""

CHARACTER = 6.6
"""Mean width of a character of the 12.5 px font used, in px."""

BOLD = 7.6
"""The same of a bold label, with room to spare."""

_DASHES = ("6 4", "", "9 3", "3 3", "12 3 3 3", "1.5 3", "9 3 1.5 3")

Scale = Callable[[float], float]


def svg(title: str, text: str, height: float, parts: Sequence[str], width: float = WIDTH) -> str:
    """A whole picture with its title (the finding) and description, for people who cannot see it."""
    kind = "plot" if width >= WIDTH else "plot panel"
    return (
        f'<svg class="{kind}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" focusable="false">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>{''.join(parts)}</svg>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line in the look `kind` of the style sheet."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    """A label; `anchor` is start, middle or end."""
    look_of = f' class="{kind}"' if kind else ""
    return f'<text{look_of} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def heading(title: str, unit: str = "") -> list[str]:
    """Title of a panel, broken into lines, and its unit below."""
    bold = wrap(title, int(PANEL_WIDTH / BOLD)) if title else []
    soft = wrap(unit, int(PANEL_WIDTH / CHARACTER)) if unit else []
    out = [text(0, 14 + 15 * k, words, "start", "label") for k, words in enumerate(bold)]
    return out + [text(0, 14 + 15 * (len(bold) + k), words, "start", "muted") for k, words in enumerate(soft)]


def heading_height(title: str, unit: str = "") -> float:
    """Height that `heading` takes, px."""
    return 15.0 * len(heading(title, unit)) + 2


def box(x: float, y: float, wide: float, high: float, kind: str) -> str:
    """A rectangle."""
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"/>'


def path(x_values: FloatArray, values: FloatArray, x: Scale, y: Scale, name: str, order: Sequence[str]) -> str:
    """A line through the defined values."""
    points = [(x(float(a)), y(float(b))) for a, b in zip(x_values, values, strict=True) if math.isfinite(b)]
    if not points:
        return ""
    d = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
    return f'<path class="line {look(name, order)}" d="{d}"{_dashed(name, order)}/>'


def band(
    x_values: FloatArray, low: FloatArray, high: FloatArray, x: Scale, y: Scale, name: str, order: Sequence[str]
) -> str:
    """The area between two lines, faint."""
    keep = [i for i in range(len(x_values)) if math.isfinite(low[i]) and math.isfinite(high[i])]
    if len(keep) < 2:
        return ""
    edge = [f"{x(float(x_values[i])):.1f},{y(float(high[i])):.1f}" for i in keep]
    edge += [f"{x(float(x_values[i])):.1f},{y(float(low[i])):.1f}" for i in reversed(keep)]
    return f'<polygon class="band {look(name, order)}" points="{" ".join(edge)}"/>'


def marker(name: str, order: Sequence[str], x: float, y: float) -> str:
    """The dot of a series, in its colour and shape."""
    i, kind = list(order).index(name), look(name, order)
    r = 5
    if i % SERIES in (0, 4):
        hollow = " hollow" if i % SERIES == 0 else ""
        return f'<circle class="dot {kind}{hollow}" cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
    corners = {
        1: ((-r, -r), (r, -r), (r, r), (-r, r)),
        2: ((0, -r - 1.5), (r + 1.5, 0), (0, r + 1.5), (-r - 1.5, 0)),
        3: ((0, -r - 1), (r + 1, r), (-r - 1, r)),
        5: ((0, r + 1), (r + 1, -r), (-r - 1, -r)),
        6: ((-r - 1, -2), (r + 1, -2), (r + 1, 2), (-r - 1, 2)),
    }[i % SERIES]
    return f'<polygon class="dot {kind}" points="{" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)}"/>'


def key(name: str, order: Sequence[str], lines: bool = False) -> str:
    """The look of a series as a tiny picture for tables and legends; the name stands beside it, so readers skip it."""
    wide = 34 if lines else 14
    drawn = f'<path class="line {look(name, order)}" d="M0 7h34"{_dashed(name, order)}/>' if lines else ""
    shape = drawn + marker(name, order, wide / 2, 7)
    return f'<svg class="key" width="{wide}" height="14" viewBox="0 0 {wide} 14" aria-hidden="true">{shape}</svg>'


def look(name: str, order: Sequence[str]) -> str:
    """Class of a series in the style sheet."""
    return f"s{list(order).index(name) % SERIES}"


def _dashed(name: str, order: Sequence[str]) -> str:
    dash = _DASHES[list(order).index(name) % SERIES]
    return f' stroke-dasharray="{dash}"' if dash else ""


def scale(low: float, high: float, start: float, end: float) -> Scale:
    """From values between `low` and `high` to places between `start` and `end`."""
    return lambda value: start + (value - low) / (high - low) * (end - start)


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """About `count` round numbers (steps of 1, 2 or 5 times a power of ten) that enclose `low` and `high`."""
    if high - low <= max(1e-6 * max(abs(low), abs(high)), 1e-9):  # less is rounding, and ticks would be equal
        size = max(abs(low), abs(high))
        pad = 0.1 * size if size > 1e-9 else 1.0
        low, high = low - pad, high + pad
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def spread(wanted: Mapping[str, float], gap: float) -> dict[str, float]:
    """Move labels apart so that they do not lie over one another."""
    placed: dict[str, float] = {}
    last = -math.inf
    for name in sorted(wanted, key=lambda name: wanted[name]):
        last = placed[name] = max(wanted[name], last + gap)
    return placed


def wrap(words: str, width: int) -> list[str]:
    """Break a label into lines of about `width` characters."""
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def short(value: float) -> str:
    """A number on an axis."""
    return f"{value:,.10g}".replace("-", "−")
