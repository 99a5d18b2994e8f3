"""What the bundled trials find, from finished results.

`peerbridge trial NAME --replications 200 --out results/trials/NAME` for each of `peerbridge trial list`, then
`python -m docs.build trial-results --from results/trials`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docs.build.generated_parts import DOCS, filled
from docs.build.registry import Files, page
from scenarios.trial_files.read import trial_names

HEAD = (
    "| trial | outcome, effect | by assignment: median (middle 95 of 100) | found | as treated | published | "
    "its place | level of the other arm: model, published |",
    "|---|---|---:|---:|---:|---:|---:|---:|",
)


def block(folder: Path) -> str:
    """The table of all bundled trials whose results are in `folder`, one folder each.

    Raises:
        SystemExit: A trial has no finished result there, or they were not made alike.
    """
    rows: list[str] = []
    made: set[tuple[str, int, int]] = set()
    labels: dict[str, str] = {}
    for name in trial_names():
        try:
            result = json.loads((folder / name / "trial.json").read_text(encoding="utf-8"))
            provenance = json.loads((folder / name / "provenance.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise SystemExit(f"{folder / name}: holds no finished trial") from None
        made.add((_model(provenance), result["replications"], result["seed"]))
        labels[name] = result["parameters"]
        rows += [_row(name, line) for line in result["outcomes"]]
    if len(made) > 1:
        raise SystemExit(f"{folder}: the trials differ in model, replications or seed; run them again alike")
    model, replications, seed = made.pop()
    words = "; ".join(f"`{name}`: {label}" for name, label in labels.items())
    return "\n".join([
        f"Model {model}, {replications} virtual trials each, seed {seed}. Parameters: {words}.\n", *HEAD, *rows,
    ])  # fmt: skip


def _model(provenance: dict[str, Any]) -> str:
    found = provenance.get("model", provenance.get("versions", {}).get("model", ""))
    return str(found.get("version", "") if isinstance(found, dict) else found) or "of the checkout"


def _row(name: str, line: dict[str, Any]) -> str:
    itt, treated = line["by_assignment"], line["as_treated"]
    place = (
        ""
        if line["place"] is None
        else f"{100 * line['place']:.0f} of 100{'' if line['could_be'] else ', **outside**'}"
    )
    level = ""
    if line["published_other"] is not None:
        level = f"{_level(line['other_mean'], line)}, {_level(line['published_other'], line)}"
        level += "" if line["same_level"] else " **(differs)**"
    cells = (
        f"`{name}`", f"{line['title']}, {line['effect']}",
        f"{_effect(itt['median'], line)} ({_effect(itt['low'], line)} to {_effect(itt['high'], line)})",
        f"{100 * itt['right']:.0f} %", _effect(treated["median"], line),
        "" if line["published"] is None else _effect(line["published"], line), place, level,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _effect(value: float | None, line: dict[str, Any]) -> str:
    if value is None:
        return "–"
    if line["effect"].endswith("ratio"):
        return f"{value:.2f}"
    return (f"{100 * value:+.1f} points" if line["unit"] == "share" else f"{value:+.2f}").replace("-", "−")


def _level(value: float | None, line: dict[str, Any]) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if line["unit"] == "share" else f"{value:.2f}"


@page("trial-results", needs=("trials",))
def trial_results(folder: Path) -> Files:
    """What the bundled trials find, from their finished results."""
    return filled(DOCS / "explanation" / "trial-results.md", {"results": block(folder)})
