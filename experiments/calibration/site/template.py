"""An example of a programme's records, made by the model: nobody in it exists."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.site_data.schema import STAFF, STAYS, Column
from experiments.support.atomic_files import write_text
from experiments.support.csv_text import csv_text

if TYPE_CHECKING:
    from simulation import Result

TEMPLATE = STAYS[:7]
NAMES = ("discharges.csv", "staff.csv", "README.txt")


def write_template(folder: Path, result: Result) -> None:
    """Write `discharges.csv`, `staff.csv` and `README.txt`, from the measured period of a run.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stays, staff = tables(result)
    for name, text in zip(NAMES, (stays, staff, _readme()), strict=True):
        write_text(folder / name, text)


def tables(result: Result) -> tuple[str, str]:
    """The table of stays and the table of staff as CSV text."""
    first = result.config.run.warm_up_days
    table = result.discharges
    table = table[table.admission_day >= first].sort_values(["admission_day", "person"], kind="stable")
    stays: list[tuple[object, ...]] = [
        (
            _key(row["person"]), row["admission_day"] - first, row["discharge_day"] - first, row["discharge_type"],
            row["visits"] + row["contacts"], f"unit-{row['unit'] + 1}", "unstable" if row["unhoused"] else "stable",
        )
        for row in table.to_dict("records")
    ]  # fmt: skip
    p = result.config.programme
    posts = [("peer", n) for n in range(p.peers)] + [("navigator", n) for n in range(p.navigators)]
    hours = round(p.shift_minutes * p.days_per_week / 60)
    staff: list[tuple[object, ...]] = [
        (f"{role}-{n + 1}", role, max(p.start_day - first, 0), "", hours) for role, n in posts
    ]
    return _csv(TEMPLATE, stays), _csv(STAFF, staff)


def _key(person: int) -> str:
    return "p" + hashlib.sha256(f"peerbridge template {person}".encode()).hexdigest()[:10]


def _csv(columns: tuple[Column, ...], rows: list[tuple[object, ...]]) -> str:
    return csv_text([column.name for column in columns], rows)


def _readme() -> str:
    def described(columns: tuple[Column, ...]) -> str:
        return "\n".join(
            f"  {column.name}: {column.text}; {column.allowed}{'' if column.required else ' (may be left out)'}"
            for column in columns
        )

    return f"""An example of a programme's tables, made by the model: nobody in it exists.

discharges.csv, one row per stay:
{described(STAYS)}

staff.csv, one row per post and person in it (optional):
{described(STAFF)}

Days may be dates too; peerbridge import makes numbers of dates and of keys, and keeps neither. A stay is the time
from admission to discharge over all wards: rows of one person that touch or overlap are joined. Nothing that is in
the tables leaves your machine, and no single row is ever shown.
"""
