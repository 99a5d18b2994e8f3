"""A scenario's settings as a flat list, with its tables (`[[hospital]]`, `[[phase]]`) in words."""

from __future__ import annotations

from experiments.reporting import wording
from simulation.config import Config, Section

SECTIONS = ("programme", "population", "hospital", "run", "mechanisms", "local", "money")


def settings(config: Config) -> dict[str, object]:
    """Every setting but single parameters by dotted name, in the order of the file; one for each table.

    A table is said in words: "beds: 120; people: 2", what it leaves open left out.
    """
    found = {
        f"{section}.{key}": getattr(getattr(config, section), key)
        for section in SECTIONS
        for key in type(getattr(config, section)).model_fields
    }
    found |= {f"hospital table {i}": _words(site) for i, site in enumerate(config.hospitals, 1)}
    return found | {f"phase table {i}": _words(phase) for i, phase in enumerate(config.phases, 1)}


def unit(name: str) -> str:
    """Unit of a setting; empty for tables and words."""
    section, _, key = name.partition(".")
    if section not in SECTIONS:
        return ""
    annotation = Config.model_fields[section].annotation
    extra = getattr(annotation, "model_fields", {})[key].json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else "on/off"


def _words(table: Section) -> str:
    said = {key: value for key in type(table).model_fields if (value := getattr(table, key)) not in (None, "")}
    return "; ".join(f"{key.replace('_', ' ')}: {wording.setting(value)}" for key, value in said.items())
