"""The tables of the pages on trials, from the bundled files and the format."""

from __future__ import annotations

from pydantic import BaseModel

from docs.build.generated_parts import DOCS, filled, table
from docs.build.registry import Files, page
from scenarios.checked_toml import keys, must
from scenarios.trial_files.measures import EFFECTS, MEASURES, SUBGROUPS
from scenarios.trial_files.read import read_trial, trial_names
from scenarios.trial_files.schema import NAMED, TABLES, PublishedTable, TrialTable


def bundled() -> str:
    """The bundled trials: name, question, people and arms."""
    rows = []
    for name in trial_names():
        plan = read_trial(name)
        rows.append((f"`{name}`", plan.question, f"{plan.trial.n}", "; ".join(plan.titles.values())))
    return table(("name", "what it asks", "people", "arms"), rows)


def reference() -> str:
    """Every key of a trial file, table by table."""
    parts = [_keys("At the top of the file", TrialTable, skip=(*TABLES, *NAMED))]
    parts += [_keys(f"`[{name}]`", table) for name, table in TABLES.items()]
    parts += [_keys(f"`[{name}.NAME]`", table, skip=("published",)) for name, table in NAMED.items()]
    parts.append(_keys("`[outcomes.NAME.published]`", PublishedTable))
    return "\n\n".join(parts)


def measures() -> str:
    """Everything that a trial can count."""
    return table(
        ("measure", "what is counted", "needs days", "effects", "better"),
        [
            (f"`{name}`", m.text, "yes" if m.window else "no", ", ".join(EFFECTS[m.kind]), m.better)
            for name, m in MEASURES.items()
        ],
    )


def subgroups() -> str:
    """Variables by which people can be split."""
    return "\n".join(f"* `{name}`: {words}" for name, words in SUBGROUPS.items())


def _keys(title: str, declared: type[BaseModel], skip: tuple[str, ...] = ()) -> str:
    rows = [
        (
            f"`{name}`", must(field), field.description or "",
            "**needed**" if field.is_required() else _default(field.default),
        )
        for name, field in keys(declared).items() if name not in skip
    ]  # fmt: skip
    return f"### {title}\n\n{table(('key', 'must be', 'what it is', 'if left out'), rows)}"


def _default(value: object) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value!r}`".replace("'", '"')


@page("trials")
def trials() -> Files:
    """Bundled trials, and every key and measure of a trial file."""
    return {
        **filled(DOCS / "how-to" / "trials.md", {"bundled": bundled()}),
        **filled(
            DOCS / "reference" / "trials.md",
            {"measures": measures(), "subgroups": subgroups(), "reference": reference()},
        ),
    }
