"""The tables of the pages on studies, from the bundled files and the format."""

from __future__ import annotations

from pydantic import BaseModel

from docs.build.generated_parts import DOCS, filled, table
from docs.build.registry import Files, page
from experiments.studies.definition.reader import read_study_file, study_names
from experiments.studies.definition.schema import (
    MOST_POINTS,
    MOST_RUNS,
    TABLES,
    FactorTable,
    StudyTable,
)  # fmt: skip
from scenarios.checked_toml import keys, must


def bundled() -> str:
    """The bundled studies: name, question, levers and size."""
    rows = []
    for name in study_names():
        plan = read_study_file(name)
        varied = ", ".join(f"{f.label} ({len(f.values or ())} levels)" for f in plan.levers)
        unknown = f"; {len(plan.uncertainties)} uncertainties in {plan.futures} futures" if plan.uncertainties else ""
        runs = len(plan.points) * plan.replications.most
        rows.append((f"`{name}`", plan.question, f"{varied}{unknown}", f"{runs:,}"))
    return table(("name", "what it asks", "what is varied", "runs"), rows)


def reference() -> str:
    """Every key of a study file, table by table."""
    parts = [_keys("At the top of the file", StudyTable, skip=tuple(TABLES))]
    parts.append(_keys("Behind the name of a lever or an uncertainty", FactorTable))
    parts += [_keys(f"`[{name}]`", table) for name, table in TABLES.items()]
    limits = f"A study may have {MOST_POINTS:,} points, baselines counted, and {MOST_RUNS:,} runs."
    return "\n\n".join([*parts, limits])


def _keys(title: str, declared: type[BaseModel], skip: tuple[str, ...] = ()) -> str:
    rows = [
        (f"`{name}`", must(field), f"{field.description}{' **Needed.**' if field.is_required() else ''}")
        for name, field in keys(declared).items() if name not in skip
    ]  # fmt: skip
    return f"## {title}\n\n{table(('key', 'must be', 'what it is'), rows)}"


@page("studies")
def studies() -> Files:
    """Bundled studies, and every key of a study file."""
    return {
        **filled(DOCS / "how-to" / "studies.md", {"bundled": bundled()}),
        **filled(DOCS / "reference" / "studies.md", {"reference": reference()}),
    }
