"""Writes the generated parts of docs/model.md from the code.

`python -m docs.build.model_page`; `--check` only compares.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
import sys
from pathlib import Path

from simulation import VERSION, state
from simulation.config import MECHANISMS, Config, Section
from simulation.event_definitions import EVENT_LIST
from simulation.outcome_definitions import OUTCOMES
from simulation.parameter_types import Parameter, Prior
from simulation.parameters import PARAMETERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "model.md"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def mechanisms() -> str:
    """One paragraph per mechanism: the head of its file."""
    parts = []
    for number, name in enumerate(MECHANISMS, 1):
        text = inspect.getdoc(importlib.import_module(f"simulation.processes.{name}")) or ""
        first, _, rest = text.partition("\n\n")
        title = re.sub(r"^Mechanism \d+, ", "", " ".join(first.split()))
        parts.append(
            f"**{number}. `{name}`** ([file](../simulation/processes/{name}.py)): {title} {' '.join(rest.split())}"
        )
    return "\n\n".join(parts)


def day() -> str:
    """The order of a day, read from the source of `run_day`."""
    source = (ROOT / "simulation" / "day.py").read_text()
    function = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == "run_day")
    lines = source.splitlines()[function.lineno - 1 : function.end_lineno]
    steps = [m.groups() for line in lines if (m := re.match(r"\s+(.*?)\s+# ([\d, ]+): (.*)$", line))]
    return "\n".join(f"{n}. {what} (mechanisms {which})" for n, (_, which, what) in enumerate(steps, 1))


def states() -> str:
    """State variables of every agent type and place, with the comments of the state table."""
    source = (ROOT / "simulation" / "state.py").read_text()
    parts = []
    for name, title in (
        ("PATIENT", "Patient"),
        ("STAY", "Stay (one admission of a patient)"),
        ("CLINICIAN", "Clinician"),
        ("WORKER", "PeerWorker (peer workers and navigators; a row is a post)"),
        ("SUPERVISOR", "Supervisor (a row is a post)"),
        ("UNIT", "Unit (inpatient units and emergency departments)"),
    ):
        block = source.split(f"{name} = _record(", 1)[1].split("\n)\n", 1)[0]
        fields = re.findall(r'\("(\w+)", "(\w\d)"\),(?:  # (.*))?', block)
        kinds = {
            "u1": "flag or code",
            "u2": "integer",
            "i2": "integer",
            "i4": "integer",
            "i8": "integer",
            "f8": "number",
        }
        cells = [f"`{field}` ({kinds[kind]}{'; ' + note if note else ''})" for field, kind, note in fields]
        assert len(cells) == len(getattr(state, name).names)
        parts.append(f"*{title}*: " + ", ".join(cells) + ".")
    return "\n\n".join(parts)


def levers() -> str:
    """Every setting of a scenario with unit, bounds and default."""
    rows = []
    for section in ("programme", "population", "hospital", "run"):
        model = Config.model_fields[section].annotation
        assert isinstance(model, type) and issubclass(model, Section)
        for key, field in model.model_fields.items():
            extra = field.json_schema_extra
            unit = extra["unit"] if isinstance(extra, dict) else ""
            rows.append((f"`{section}.{key}`", str(unit), str(field.default), field.description or ""))
    return table(("setting", "unit", "default", "how it acts"), rows)


def prior_text(prior: Prior) -> str:
    """A prior in words."""
    if prior.shape == "fixed":
        return "fixed"
    a, b = f"{prior.a:g}", f"{prior.b:g}"
    return {
        "uniform": f"uniform {a} to {b}",
        "normal": f"normal, mean {a}, sd {b}",
        "lognormal": f"log-normal, median {a}, sd of log {b}",
        "beta": f"beta({a}, {b})",
    }[prior.shape]


def parameters() -> str:
    """Every parameter with value, unit, bounds, prior, kind and source."""

    def row(p: Parameter) -> tuple[str, ...]:
        value, prior, kind, source = f"{p.value:g}", prior_text(p.prior), p.kind, p.source
        if p.smi:
            value += f" (SMI: {p.smi.value:g})"
            prior += f" (SMI: {prior_text(p.smi.prior)})"
            kind = kind if p.smi.kind == p.kind else f"{kind} (SMI: {p.smi.kind})"
            source += f" (SMI: {p.smi.source})"
        return f"`{p.name}`", p.text, value, p.unit, f"{p.low:g} to {p.high:g}", prior, kind, source

    return table(
        ("parameter", "what it does", "value", "unit", "bounds", "prior", "kind", "source"),
        [row(p) for p in PARAMETERS.values()],
    )


def outcomes() -> str:
    """Every outcome with unit, denominator and definition."""
    return table(
        ("outcome", "unit", "denominator", "definition", "better"),
        [(f"`{o.name}`", o.unit, o.per, o.definition, o.better) for o in OUTCOMES.values()],
    )


def events() -> str:
    """Every kind of event and the number that goes with it."""
    return table(("event", "detail"), list(EVENT_LIST.items()))


def counts() -> str:
    """How many parameters are of each kind."""
    kinds = [p.kind for p in PARAMETERS.values()]
    return (
        f"Version {VERSION}: {len(MECHANISMS)} mechanisms, {len(PARAMETERS)} parameters "
        f"({kinds.count('measured')} measured, {kinds.count('calibrated')} calibrated, "
        f"{kinds.count('assumed')} assumed), "
        f"{len(OUTCOMES)} outcomes."
    )


PARTS = {
    "counts": counts,
    "day": day,
    "states": states,
    "mechanisms": mechanisms,
    "levers": levers,
    "parameters": parameters,
    "outcomes": outcomes,
    "events": events,
}


def fill(text: str) -> str:
    """The page with every generated part written anew.

    Raises:
        ValueError: A marker is missing.
    """
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.S)
        if not pattern.search(text):
            raise ValueError(f"docs/model.md has no part {name!r}")
        part = make()
        text = pattern.sub(lambda m: f"{m.group(1)}{part}\n{m.group(2)}", text, count=1)  # noqa: B023 (used at once)
    return text


def main() -> int:
    """Write the page, or with --check say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 where the page is out of date")
    check = parser.parse_args().check
    text = PAGE.read_text()
    new = fill(text)
    if check and new != text:
        print("docs/model.md is out of date: run `python -m docs.build.model_page`")
        return 1
    if not check:
        PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
