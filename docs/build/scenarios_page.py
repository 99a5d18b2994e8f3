"""The tables of the page on scenarios, from the bundled files and from the model's settings."""

from __future__ import annotations

import json
from typing import Any

from docs.build.generated_parts import DOCS, filled, table
from docs.build.registry import Files, page
from scenarios.error_messages import LISTED, bounds, fields, listed_fields, unit
from scenarios.loader import load, names


def bundled_table() -> str:
    """Return the bundled scenarios as a Markdown table: name, title and the question that each answers."""
    rows = []
    for name in names():
        config = load(name)
        rows.append((f"`{name}`", config.title, config.question))
    return table(("name", "what it is", "which question it answers"), rows)


def settings_table() -> str:
    """Return every setting as a Markdown table: name, default, unit, bounds or choices, meaning."""
    rows = [
        (
            f"`{name}`", f"`{json.dumps(field.default)}`", unit(field), _allowed(field.annotation, bounds(field)),
            field.description or "",
        )
        for name, field in fields().items() if not name.startswith("mechanisms.")
    ]  # fmt: skip
    for name, (of, _) in LISTED.items():
        rows += [
            (
                f"`[[{of}]]` `{key}`",
                "–",
                unit(field),
                _allowed(field.annotation, bounds(field)),
                field.description or "",
            )
            for key, field in listed_fields(name).items()
        ]
    switches = "\n".join(f"* `{name}`" for name in fields() if name.startswith("mechanisms."))
    settings = table(("setting", "default", "unit", "allowed", "what it is"), rows)
    return f"{settings}\n\nSwitches, each `true` (the default) or `false`:\n\n{switches}"


@page("scenarios")
def scenarios() -> Files:
    """Bundled scenarios, and every setting with its default and bounds."""
    return filled(DOCS / "reference" / "scenarios.md", {"bundled": bundled_table(), "settings": settings_table()})


def _allowed(annotation: Any, limits: str) -> str:
    if annotation is bool:
        return "`true` or `false`"
    choices = getattr(annotation, "__args__", ())
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(f'`"{choice}"`' for choice in choices)
    if annotation == tuple[float, ...]:
        return "twelve numbers, or none"
    if annotation is str:
        return "text"
    whole = "whole number " if annotation in (int, int | None) else ""
    return f"{whole}{limits}" or "1 to 8 pairs of whole numbers"
