"""Writes what the bundled trials find into docs/trials.md, from finished results.

`peerbridge trial NAME --replications 100 --out results/trials/NAME` for each of `peerbridge trial list`, then
`python -m docs.build.trial_results_table results/trials`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from docs.build.generated_parts import between
from scenarios.trial_files.read import trial_names

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "trials.md"

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


def main() -> None:
    """Write the table from the folder named."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m docs.build.trial_results_table FOLDER")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(between(text, "results", block(Path(sys.argv[1]))), encoding="utf-8")


if __name__ == "__main__":
    main()
