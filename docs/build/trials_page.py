"""Writes the tables of docs/trials.md from the code: `python -m docs.build.trials_page`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from docs.build.generated_parts import between
from scenarios.trial_files.measures import EFFECTS, MEASURES, SUBGROUPS
from scenarios.trial_files.read import read_trial, trial_names
from scenarios.trial_files.schema import NAMED, TABLES, PublishedTable, TrialTable, keys, must

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "trials.md"


def bundled() -> str:
    """The bundled trials: name, question, people and arms."""
    rows = ["| name | what it asks | people | arms |", "|---|---|---|---|"]
    for name in trial_names():
        plan = read_trial(name)
        rows.append(f"| `{name}` | {plan.question} | {plan.trial.n} | {'; '.join(plan.titles.values())} |")
    return "\n".join(rows)


def reference() -> str:
    """Every key of a trial file, table by table."""
    parts = [_keys("At the top of the file", TrialTable, skip=(*TABLES, *NAMED))]
    parts += [_keys(f"`[{name}]`", table) for name, table in TABLES.items()]
    parts += [_keys(f"`[{name}.NAME]`", table, skip=("published",)) for name, table in NAMED.items()]
    parts.append(_keys("`[outcomes.NAME.published]`", PublishedTable))
    return "\n\n".join(parts)


def measures() -> str:
    """Everything that a trial can count."""
    rows = ["| measure | what is counted | needs days | effects | better |", "|---|---|---|---|---|"]
    for name, m in MEASURES.items():
        rows.append(
            f"| `{name}` | {m.text} | {'yes' if m.window else 'no'} | {', '.join(EFFECTS[m.kind])} | {m.better} |"
        )
    return "\n".join(rows)


def subgroups() -> str:
    """Variables by which people can be split."""
    return ", ".join(f"`{name}` ({words})" for name, words in SUBGROUPS.items()) + "."


def _keys(title: str, table: type[BaseModel], skip: tuple[str, ...] = ()) -> str:
    rows = [f"**{title}**\n", "| key | must be | what it is | if left out |", "|---|---|---|---|"]
    for name, field in keys(table).items():
        if name not in skip:
            default = "**needed**" if field.is_required() else _default(field.default)
            rows.append(f"| `{name}` | {must(field)} | {field.description} | {default} |")
    return "\n".join(rows)


def _default(value: object) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value!r}`".replace("'", '"')


def fill(text: str) -> str:
    """The page with its tables up to date between their `<!-- begin/end -->` marks."""
    for mark, table in (
        ("bundled", bundled()), ("measures", measures()), ("subgroups", subgroups()), ("reference", reference()),
    ):  # fmt: skip
        text = between(text, mark, table)
    return text


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
