"""An imported folder: stays and posts with day numbers and running numbers, without dates, keys or names."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.site_data.mapping import Joining, Mapping, RowRules, read_mapping, write_mapping
from experiments.site_data.records import ProgrammeData, read
from experiments.support.atomic_files import write_text
from experiments.support.errors import InputError
from experiments.support.result_folders import read_json, write_json

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "peerbridge import 1"
RECORD = "import.json"
STAYS_FILE, STAFF_FILE, MAPPING_FILE = "discharges.csv", "staff.csv", "mapping.toml"
EXTRAS = ("peer_contacts", "unit", "housing", "ed_day", "referral_day", "first_contact_day")


def write_folder(folder: Path, data: ProgrammeData) -> None:
    """Write an imported folder; its tables are readable by their owner only.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = data.first_day
    _write(folder / STAYS_FILE, _stays(data, first))
    if data.staff is not None:
        _write(folder / STAFF_FILE, _staff(data.staff, first))
    write_text(folder / MAPPING_FILE, write_mapping(data.mapping))
    write_json(folder / RECORD, {
        "format": FORMAT, "specification": {}, "dated": data.dated, "last_day": data.last_day - first,
        "stated_end": data.stated_end, "rows": data.rows, "types_known": data.types_known,
        "longest_nights": data.mapping.rows.longest_nights, "longest_stay": data.mapping.rows.longest_stay,
        "remarks": list(data.remarks),
    })  # fmt: skip


def read_folder(folder: Path, staff: Path | None = None) -> ProgrammeData:
    """Read an imported folder.

    Args:
        folder: As written by `write_folder`.
        staff: Another table of posts.

    Raises:
        InputError: It is none.
    """
    record = read_json(folder / RECORD, FORMAT)
    if record is None:
        raise InputError(f"{folder}: is no imported folder; make one with peerbridge import TABLE --out {folder}")
    own = folder / STAFF_FILE
    mapping = Mapping(
        joining=Joining(join=False),
        rows=RowRules(longest_nights=record["longest_nights"], longest_stay=record["longest_stay"]),
    )
    end = str(record["last_day"]) if record["dated"] and record["stated_end"] else None
    data = read(folder / STAYS_FILE, staff or (own if own.exists() else None), mapping=mapping, extract_end=end)
    return replace(
        data, remarks=tuple(record["remarks"]), stated_end=bool(record["stated_end"]), rows=int(record["rows"]),
        types_known=bool(record["types_known"]),
    )  # fmt: skip


def read_site(
    table: Path, staff: Path | None = None, mapping: str | Path | None = None, extract_end: str | None = None
) -> ProgrammeData:
    """Read a hospital's records: an imported folder, or a table in any known layout.

    Args:
        table: The folder or the table.
        staff: Table of posts.
        mapping: Mapping file or name of a shipped mapping, for a table.
        extract_end: Last day that a table covers, written as its days are.

    Raises:
        InputError: They cannot be read, or an option does not go with a folder.
    """
    if table.is_dir():
        for name, value in (("--mapping", mapping), ("--extract-end", extract_end)):
            if value is not None:
                raise InputError(f"{name} goes with a table; {table} is imported already")
        return read_folder(table, staff)
    return read(table, staff, mapping=read_mapping(mapping) if mapping else None, extract_end=extract_end)


def _stays(data: ProgrammeData, first: int) -> pd.DataFrame:
    import pandas as pd

    table = data.stays
    # Running numbers in order of admission: they follow from nothing that the hospital knows.
    order = table.sort_values(["admission_day", "person"], kind="stable")["person"].drop_duplicates()
    number = dict(zip(order, range(1, len(order) + 1), strict=True))
    out: dict[str, Any] = {"person": [f"p{number[person]}" for person in table["person"]]}
    kind = table["discharge_type"].to_numpy(object)
    if data.dated:
        start = table["admission_day"].to_numpy()
        cut = (
            ~table["ended"].to_numpy(bool) & ~table["still_in"].to_numpy(bool) & np.isfinite(table["length"].to_numpy())
        )
        cut &= table["discharge_day"].to_numpy() < 0
        end = np.where(cut, start + np.nan_to_num(table["length"].to_numpy()) - 1, table["discharge_day"].to_numpy())
        kind = np.where(cut, "continues", kind)
        out["admission_day"] = start - first
        out["discharge_day"] = _days(end, first)
    else:
        out["length_of_stay"] = [f"{n - 1:.0f}" if np.isfinite(n) else "" for n in table["length"]]
        out["returned_30d"] = [{1: "yes", 0: "no"}.get(int(n), "") for n in table["returned_30d"]]
    out["discharge_type"] = kind
    for name in EXTRAS:
        column = table[name].to_numpy()
        if name.endswith("_day"):
            cells = _days(column, first)
        else:
            cells = ["" if cell in (-1, "") else str(cell) for cell in column]
        if any(cells):
            out[name] = cells
    return pd.DataFrame(out)


def _staff(staff: pd.DataFrame, first: int) -> pd.DataFrame:
    import pandas as pd

    # A post may have begun long before the first stay: day numbers of a table are never below 0.
    return pd.DataFrame({
        "post": [f"post-{n + 1}" for n in staff["post"]], "role": staff["role"],
        "start_day": np.maximum(staff["start_day"] - first, 0), "end_day": _days(staff["end_day"].to_numpy(), first),
        "hours_per_week": ["" if hours < 0 else f"{hours:g}" for hours in staff["hours_per_week"]],
    })  # fmt: skip


def _days(days: Any, first: int) -> list[str]:
    return ["" if day < 0 else f"{max(0, int(day) - first)}" for day in days]


def _write(path: Path, table: pd.DataFrame) -> None:
    write_text(path, table.to_csv(index=False, lineterminator="\n"))
    os.chmod(path, 0o600)
