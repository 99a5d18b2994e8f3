"""The style sheet of all pages: colours that can be read and told apart, in light, dark and print."""

import re

import pytest

from experiments.reporting import page as pages
from experiments.reporting import svg


def luminance(colour: str) -> float:
    full = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    channels = [int(full[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def themes() -> list[dict[str, str]]:
    css = pages.style()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    assert len(blocks) == 3, "light, dark, print"
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block)) for block in blocks]


@pytest.mark.parametrize("theme", range(3), ids=["light", "dark", "print"])
def test_colours_can_be_read(theme: int) -> None:
    colours = themes()[theme]
    for name in ("ink", "soft", "link", "better", "worse", "clear"):
        assert contrast(colours[name], colours["page"]) >= 4.5, name
        assert contrast(colours[name], colours["panel"]) >= 4.5, name
    for i in range(svg.SERIES):
        assert contrast(colours[f"s{i}"], colours["page"]) >= 3, "a line or a dot"
    shades = [colours[f"h{i}"] for i in range(7)]
    for i, shade in enumerate(shades):
        assert contrast(colours["on-pale" if i < 4 else "on-deep"], shade) >= 4.5, f"the value in a cell of shade {i}"
    steps = [luminance(shade) for shade in shades]
    assert steps == sorted(steps, reverse=theme != 1), "a stronger shade is further from the page, in order"


def test_labels_stay_apart_and_ticks_enclose() -> None:
    placed = svg.spread({"a": 10.0, "b": 10.5, "c": 60.0}, 16)
    assert placed["b"] - placed["a"] >= 16 and placed["c"] == 60
    ticks = svg.nice_ticks(-0.31, 1.13, 4)
    assert ticks[0] <= -0.31 and ticks[-1] >= 1.13 and 0 in ticks
    assert svg.wrap("peer workers with high burnout", 12) == ["peer workers", "with high", "burnout"]
