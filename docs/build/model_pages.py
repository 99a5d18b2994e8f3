"""The model page and its tables, from the code of the model."""

from __future__ import annotations

import ast
import importlib
import inspect
import re

from docs.build.generated_parts import DOCS, ROOT, filled, table
from docs.build.registry import Files, page
from simulation import VERSION, state
from simulation.config import MECHANISMS
from simulation.event_definitions import EVENT_LIST
from simulation.outcome_definitions import OUTCOMES
from simulation.parameters import PARAMETERS

KINDS = {
    "u1": "flag or code",
    "u2": "integer",
    "i2": "integer",
    "i4": "integer",
    "i8": "integer",
    "f8": "number",
}


def mechanisms() -> str:
    """A section for each mechanism: the head of its file."""
    parts = []
    for number, name in enumerate(MECHANISMS, 1):
        text = inspect.getdoc(importlib.import_module(f"simulation.processes.{name}")) or ""
        first, _, rest = text.partition("\n\n")
        title = " ".join(first.split())
        words = f"{title[0].upper()}{title[1:]} {' '.join(rest.split())}"
        parts.append(f"## {number}. `{name}`\n\n{words}\n\nSource: `simulation/processes/{name}.py`.")
    return "\n\n".join(parts)


def day() -> str:
    """The order of a day, read from the source of `run_day`."""
    source = (ROOT / "simulation" / "day.py").read_text()
    function = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == "run_day")
    lines = source.splitlines()[function.lineno - 1 : function.end_lineno]
    steps = [m.group(1) for line in lines if (m := re.search(r"\S  # (.*)$", line))]
    return "\n".join(f"{n}. {what}" for n, what in enumerate(steps, 1))


def states() -> str:
    """State variables of every agent type and place, with the comments of the state table."""
    source = (ROOT / "simulation" / "state.py").read_text()
    parts = []
    for name, title in (
        ("PATIENT", "Patient"),
        ("STAY", "Stay: one admission of a patient"),
        ("CLINICIAN", "Clinician"),
        ("WORKER", "PeerWorker: peer workers and navigators, a row is a post"),
        ("SUPERVISOR", "Supervisor: a row is a post"),
        ("UNIT", "Unit: inpatient units and emergency departments"),
    ):
        block = source.split(f"{name} = _record(", 1)[1].split("\n)\n", 1)[0]
        fields = re.findall(r'\("(\w+)", "(\w\d)"\),(?:  # (.*))?', block)
        assert len(fields) == len(getattr(state, name).names)
        rows = [(f"`{field}`", KINDS[kind], note or "") for field, kind, note in fields]
        parts.append(f"## {title}\n\n{table(('variable', 'kind', 'meaning'), rows)}")
    return "\n\n".join(parts)


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


@page("model")
def model() -> Files:
    """The model page and its tables: states, mechanisms, outcomes, events."""
    reference = DOCS / "reference"
    return {
        **filled(DOCS / "explanation" / "model.md", {"counts": counts(), "day": day()}),
        **filled(reference / "states.md", {"states": states()}),
        **filled(reference / "mechanisms.md", {"mechanisms": mechanisms()}),
        **filled(reference / "outcomes.md", {"outcomes": outcomes()}),
        **filled(reference / "events.md", {"events": events()}),
    }
