"""Every number of a planner's hospitals, phases, totals and money has bounds; what lies outside ends in one line."""

import math
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from scenarios import ScenarioError, load
from simulation.config import Local, Money, Phase, Programme, Site
from simulation.parameters import PARAMETERS

NEW = {
    "local": Local, "money": Money, "[hospital]": Site, "[phase]": Phase, "programme": Programme,
}  # fmt: skip
OF_PROGRAMME = {"supervisors", "starts", "start_day", "ends_after_days", "leave_weeks", "weekends", "cover_hours",
                "supervision_paid"}  # fmt: skip


def ends(field: FieldInfo) -> tuple[float | None, float | None]:
    """Least and most that a field allows; None where it has no such bound."""
    low = next((x for m in field.metadata for x in (getattr(m, "ge", None), getattr(m, "gt", None)) if x is not None),
               None)  # fmt: skip
    high = next((x for m in field.metadata for x in (getattr(m, "le", None),) if x is not None), None)
    return low, high


def cases() -> list[tuple[str, str, str]]:
    """Table, key and a value outside its bounds or of the wrong kind."""
    found = []
    for table, section in NEW.items():
        for key, field in section.model_fields.items():
            if table == "programme" and key not in OF_PROGRAMME:
                continue
            low, high = ends(field)
            if low is not None and high is not None:
                found += [(table, key, f"{low - 1:.0f}"), (table, key, f"{high + 1:.0f}"), (table, key, "nan")]
            found.append((table, key, "[[1]]"))
    for name, p in PARAMETERS.items():
        if name.startswith("cost."):
            found += [("parameters", name, f"{x!r}") for x in (p.low - 1.0, 2.0 * p.high + 1.0, math.nan, math.inf)]
    return found


@pytest.mark.parametrize("table", NEW)
def test_every_number_has_bounds(table: str) -> None:
    for key, field in NEW[table].model_fields.items():
        kind = str(field.annotation)
        if ("int" in kind or "float" in kind) and "tuple" not in kind:
            assert None not in ends(field), f"{table}.{key}"


@pytest.mark.parametrize(("table", "key", "bad"), cases())
def test_a_bad_value_ends_in_one_line_that_names_it(table: str, key: str, bad: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    other = "day = 90\n" if table == "[phase]" and key != "day" else ""
    file.write_text(f"[{table}]\n{other}{key} = {bad}\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load(file)
    said = str(refused.value)
    assert "\n" not in said and "plan.toml" in said and key in said
