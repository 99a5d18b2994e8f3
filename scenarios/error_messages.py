"""Format a pydantic error of a scenario as one plain line: the field, what is allowed, what was found."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable

import annotated_types
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from scenarios.key_lines import KeyPath
from simulation.config import FOR_PEOPLE, Config, Phase, Section, Site

SECTIONS: dict[str, type[Section] | None] = {
    name: field.annotation if isinstance(field.annotation, type) and issubclass(field.annotation, Section) else None
    for name, field in Config.model_fields.items()
    if name not in FOR_PEOPLE
}
"""The tables of a scenario with their models; `parameters` has none, its names are those of the model's parameters."""

LISTED: dict[str, tuple[str, type[Section]]] = {"hospitals": ("hospital", Site), "phases": ("phase", Phase)}
"""Lists of the configuration → the table of a file that an entry is, `[[hospital]]`, and its model."""


def listed_fields(name: str) -> dict[str, FieldInfo]:
    """Return the settings of one `[[...]]` table, `name` as in `LISTED`."""
    return dict(LISTED[name][1].model_fields)


def fields() -> dict[str, FieldInfo]:
    """Return every setting of a scenario by its dotted name, in the order of the model; parameters are not in it."""
    return {
        f"{section}.{key}": field
        for section, model in SECTIONS.items()
        if model is not None
        for key, field in model.model_fields.items()
    }


def unit(field: FieldInfo) -> str:
    """Return the unit of a setting, or an empty string."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def bounds(field: FieldInfo) -> str:
    """Return the bounds of a setting in words: "from 0 to 20,000", "above 0", or an empty string."""
    low = high = above = None
    for item in field.metadata:
        low = item.ge if isinstance(item, annotated_types.Ge) else low
        above = item.gt if isinstance(item, annotated_types.Gt) else above
        high = item.le if isinstance(item, annotated_types.Le) else high
    start = f"above {_number(above)}" if above is not None else "" if low is None else f"from {_number(low)}"
    end = "" if high is None else f"to {_number(high)}" if start else f"at most {_number(high)}"
    return " ".join(filter(None, (start, end)))


def kind_of(value: object) -> str:
    """Describe a TOML value in a few words for a message: `text "six"`, `true`, `a list`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'text "{value[:40]}{"..." if len(value) > 40 else ""}"'
    if isinstance(value, int) and abs(value) >= 2**63:
        return "a whole number of more than 64 bits"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, datetime.date | datetime.time):
        return "a date or time"
    return type(value).__name__


def problem_path(detail: ErrorDetails, known: Iterable[KeyPath]) -> KeyPath:
    """Return the key to blame: for a rule across several keys, the one of them that was set last."""
    path = tuple(str(part) for part in detail["loc"])
    if not path:  # a rule across tables, whose message begins with the key
        return tuple(str(detail["ctx"]["error"]).split(":")[0].split("."))
    path = path[: 3 if path[0] in LISTED else 2 if path[0] in SECTIONS else 1]
    if detail["type"] == "value_error" and len(path) == 1:
        named = [key for key in known if key[0] == path[0] and len(key) == 2 and key[1] in detail["msg"]]
        if named:
            return min(named, key=lambda key: detail["msg"].find(key[1])) if path[0] == "parameters" else named[-1]
    return path


def explain(detail: ErrorDetails, path: KeyPath) -> str:
    """Return the message for one error of pydantic, without the place: `programme.peers: must be ...`."""
    if not detail["loc"]:
        key, _, rule = str(detail["ctx"]["error"]).partition(":")
        return f"{LISTED[key][0] if key in LISTED else key}:{rule}"
    name = ".".join(path)
    if path[0] in LISTED:
        return _explain_listed(detail, path)
    shown = name if len(name) <= 80 else f"{name[:80]}..."
    kind = detail["type"]
    if kind == "extra_forbidden":
        return f"{shown}: is not a setting; {_nearest(path)}"
    if kind in ("value_error", "assertion_error"):
        return f"{shown}: {str(detail.get('ctx', {}).get('error', detail['msg']))}"
    return _explain_value(detail, path, name, shown, fields().get(name))


def _explain_listed(detail: ErrorDetails, path: KeyPath) -> str:
    """What is wrong with an entry of a list of tables."""
    table = LISTED[path[0]][0]
    if len(path) < 3:
        known = detail["type"] in ("value_error", "too_long")
        return f"{table}: " + (
            detail["msg"] if known else f"must be tables, [[{table}]]; got {kind_of(detail['input'])}"
        )
    shown = f"[[{table}]] {int(path[1]) + 1}, {path[2][:80]}"
    there = listed_fields(path[0])
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[2], there, n=1, cutoff=0.6)
        return f"{shown}: is not a setting; " + (f"did you mean {near[0]}?" if near else f"it takes {', '.join(there)}")
    if detail["type"] == "missing":
        return f"{shown}: is missing; it must be {_wanted('int_type', path, there[path[2]])}"
    return _explain_value(detail, path, path[2], shown, there.get(path[2]))


def _explain_value(detail: ErrorDetails, path: KeyPath, name: str, shown: str, field: FieldInfo | None) -> str:
    kind = detail["type"]
    got = kind_of(detail["input"])
    if name == "programme.contact_schedule":
        return f"{shown}: must be a list of [until day, every n days], both whole numbers, as in [[30, 4], [365, 30]]"
    if kind == "literal_error":
        allowed = detail["ctx"]["expected"].replace("'", '"')
        return f"{shown}: must be {allowed}{_nearest_choice(detail, allowed)}; got {got}"
    return f"{shown}: must be {_wanted(kind, path, field)}; got {got}"


def _wanted(kind: str, path: KeyPath, field: FieldInfo | None) -> str:
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"a table, [{path[0]}]"
    if path == ("population", "seasons"):
        return "a list of twelve numbers from 0 to 10"
    if path[0] == "sources":
        return 'a list of texts, as in ["Lennox 2021, 10.1186/s12954-021-00467-7"]'
    noun = {"bool_type": "true or false", "string_type": "text in quotes", "int_type": "a whole number"}.get(
        kind, "a finite number" if kind == "finite_number" else "a number"
    )
    if field is None or kind == "bool_type":
        return noun
    if field.annotation in (int, int | None):
        noun = "a whole number"
    if unit(field).startswith("0 ("):  # a scale, whose unit says what its ends mean
        return f"{noun} from {unit(field)}"
    return f"{' '.join(filter(None, (noun, bounds(field))))} (unit: {unit(field)})"


def _nearest(path: KeyPath) -> str:
    """Suggest the setting that was meant: the same word in another table, or the most alike name."""
    everywhere = list(fields())
    last = path[-1]
    if model := SECTIONS.get(path[0]) if len(path) == 2 else None:
        if near := difflib.get_close_matches(last, model.model_fields, n=1, cutoff=0.67):
            return f"did you mean {path[0]}.{near[0]}?"
        words = set(last.split("_"))
        if within := [name for name in model.model_fields if words <= set(name.split("_"))]:
            return f"did you mean {' or '.join(f'{path[0]}.{name}' for name in within[:3])}?"
    elif near := difflib.get_close_matches(last, [*Config.model_fields, "extends", "schema"], n=1, cutoff=0.7):
        return f"did you mean {near[0]}?"
    same = [name for name in everywhere if name.split(".")[1] == last]
    if near := same or difflib.get_close_matches(".".join(path)[:200], everywhere, n=1, cutoff=0.67):
        return f"did you mean {near[0]}?"
    if len(path) == 1:
        return f"at the top a scenario takes {', '.join(['extends', 'schema', *Config.model_fields])}"
    return f"docs/reference/scenarios.md lists all settings of [{path[0]}]"


def _nearest_choice(detail: ErrorDetails, allowed: str) -> str:
    choices = allowed.replace(" or ", ", ").replace('"', "").split(", ")
    near = difflib.get_close_matches(str(detail["input"])[:100], choices, n=1, cutoff=0.5)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value}"
