"""A visitor's own hospital: the few numbers that it is asked for, with the bounds of scenario files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.catalogue.levers import Settings, clean, config, default, differing, limits, setting_unit


@dataclass(frozen=True, slots=True)
class Asked:
    """One number of the form.

    Attributes:
        name: Dotted setting or parameter.
        label: What it is called.
    """

    name: str
    label: str

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(default(self.name), int)


FORM: tuple[Asked, ...] = (
    Asked("population.size", "People whom the programme is for, in the area"),
    Asked("hospital.units", "Units (wards)"),
    Asked("hospital.beds_per_unit", "Beds in each unit"),
    Asked("hospital.nurses_per_unit", "Nurses of each unit"),
    Asked("hospital.physicians_per_unit", "Physicians of each unit"),
    Asked("cost.inpatient_day", "Cost of a day in hospital, on average"),
    Asked("cost.wage", "Wage of a peer worker"),
)
"""What the form asks, in its order; what is left empty stays as it is in the model."""

NAMES = tuple(asked.name for asked in FORM)


def fields(world: Settings) -> list[dict[str, object]]:
    """The form as it is now: a row for each number, with its bounds; empty where nothing is given."""
    return [
        {
            "name": a.name, "label": a.label, "unit": setting_unit(a.name), "low": limits(a.name)[0],
            "high": limits(a.name)[1], "value": f"{world[a.name]:.10g}" if a.name in world else "",
            "usual": f"{default(a.name):.10g}",
        }
        for a in FORM
    ]  # fmt: skip


def taken(world: Settings, sent: Mapping[str, object]) -> tuple[Settings, list[str]]:
    """The assumptions of every plan with what was typed, and a line for each thing that is wrong: then use none of it.

    Args:
        world: The assumptions so far.
        sent: Text of each number by its name; empty for none.
    """
    found, wrong = {name: value for name, value in world.items() if name not in NAMES}, []
    for a in FORM:
        text = str(sent.get(a.name) or "").strip().replace(",", "")
        if not text:
            continue
        low, high = limits(a.name)
        try:
            number = float(text)
        except ValueError:
            wrong.append(f"{a.label}: “{text[:40]}” is no number.")
            continue
        if not low <= number <= high:
            wrong.append(f"{a.label}: must be from {low:,g} to {high:,g}; got {number:,g}.")
        elif a.whole and number != int(number):
            wrong.append(f"{a.label}: must be a whole number; got {number:,g}.")
        else:
            found[a.name] = clean(a.name, number)
    if not wrong:
        try:
            config(found)
        except ValueError as error:
            wrong.append(f"{error}.")
    return differing(found), wrong
