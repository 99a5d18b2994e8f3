"""The tables of `scenarios/README.md`, made from the bundled files and from the model's settings.

`python -m docs.build.scenarios_readme` writes them into the README.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scenarios.error_messages import bounds, fields, unit
from scenarios.loader import load, names

README = Path(__file__).parents[2] / "scenarios" / "README.md"


def bundled_table() -> str:
    """Return the bundled scenarios as a Markdown table: name, title and the question that each answers."""
    rows = ["| name | what it is | which question it answers |", "|---|---|---|"]
    for name in names():
        config = load(name)
        question = config.description.rpartition("It answers: ")[2].strip()
        rows.append(f"| `{name}` | {config.title} | {question[:1].upper()}{question[1:]} |")
    return "\n".join(rows)


def settings_table() -> str:
    """Return every setting as a Markdown table: name, default, unit, bounds or choices, meaning."""
    rows = ["| setting | default | unit | allowed | what it is |", "|---|---|---|---|---|"]
    for name, field in fields().items():
        if name.startswith("mechanisms."):
            continue
        rows.append(
            f"| `{name}` | `{_toml(field.default)}` | {unit(field)} | {_allowed(field.annotation, bounds(field))} "
            f"| {field.description} |"
        )
    switches = ", ".join(f"`{name}`" for name in fields() if name.startswith("mechanisms."))
    return "\n".join(rows) + f"\n\nSwitches, each `true` (the default) or `false`: {switches}."


def filled_in(text: str) -> str:
    """Return the README `text` with both tables up to date between their `<!-- begin/end -->` marks."""
    for mark, table in (("bundled", bundled_table()), ("settings", settings_table())):
        begin, end = f"<!-- begin {mark} -->", f"<!-- end {mark} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
    return text


def _toml(value: Any) -> str:
    return json.dumps(value)


def _allowed(annotation: Any, limits: str) -> str:
    if annotation is bool:
        return "`true` or `false`"
    choices = getattr(annotation, "__args__", ())
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(f'`"{choice}"`' for choice in choices)
    whole = "whole number " if annotation is int else ""
    return f"{whole}{limits}" or "1 to 8 pairs of whole numbers"


if __name__ == "__main__":
    README.write_text(filled_in(README.read_text(encoding="utf-8")), encoding="utf-8")
