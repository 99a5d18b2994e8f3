"""Writes the tables of docs/studies.md from the code: `python -m docs.build.studies_page`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from docs.build.generated_parts import between
from experiments.studies.definition.reader import read_study_file, study_names
from experiments.studies.definition.schema import (
    MOST_POINTS,
    MOST_RUNS,
    TABLES,
    FactorTable,
    StudyTable,
    keys,
    must,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "studies.md"


def bundled() -> str:
    """The bundled studies: name, question, levers and size."""
    rows = ["| name | what it asks | what is varied | runs |", "|---|---|---|---|"]
    for name in study_names():
        plan = read_study_file(name)
        varied = ", ".join(f"{f.label} ({len(f.values or ())} levels)" for f in plan.levers)
        unknown = f"; {len(plan.uncertainties)} uncertainties in {plan.futures} futures" if plan.uncertainties else ""
        runs = len(plan.points) * plan.replications.most
        rows.append(f"| `{name}` | {plan.question} | {varied}{unknown} | {runs:,} |")
    return "\n".join(rows)


def reference() -> str:
    """Every key of a study file, table by table."""
    parts = [_keys("At the top of the file", StudyTable, skip=tuple(TABLES))]
    parts.append(_keys("Behind the name of a lever or an uncertainty", FactorTable))
    parts += [_keys(f"`[{name}]`", table) for name, table in TABLES.items()]
    limits = f"A study may have {MOST_POINTS:,} points, baselines counted, and {MOST_RUNS:,} runs."
    return "\n\n".join([*parts, limits])


def _keys(title: str, table: type[BaseModel], skip: tuple[str, ...] = ()) -> str:
    rows = [f"**{title}**\n", "| key | must be | what it is |", "|---|---|---|"]
    for name, field in keys(table).items():
        if name not in skip:
            needed = " **Needed.**" if field.is_required() else ""
            rows.append(f"| `{name}` | {must(field)} | {field.description}{needed} |")
    return "\n".join(rows)


def fill(text: str) -> str:
    """The page with its tables up to date between their `<!-- begin/end -->` marks."""
    return between(between(text, "bundled", bundled()), "reference", reference())


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
