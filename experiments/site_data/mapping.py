"""The mapping file: which columns hold what, how days and codes are written, and which rows make one stay."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.site_data.codes import FOLDER
from experiments.site_data.schema import DISCHARGE_TYPES, GOES_ON, HOUSING, ROLES, UNKNOWN
from experiments.support.errors import InputError

SHIPPED = FOLDER / "mappings"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FilePart(_Part):
    """How the file is written; empty where it is to be guessed.

    Attributes:
        encoding: A Python name of an encoding.
        separator: One sign.
        sheet: Name of the sheet of a workbook.
    """

    encoding: str = ""
    separator: str = Field("", max_length=1)
    sheet: str = ""


class DatesPart(_Part):
    """How days are written.

    Attributes:
        format: "days" (whole numbers), "ISO", "day-first", "month-first", a format as of strftime, or "" to guess.
    """

    format: str = ""


class Rows(_Part):
    """Rows that have, or have not, some values.

    Attributes:
        column: Header; "" for no such rule.
        values: Values, written as in the table; "*" for any value.
    """

    column: str = ""
    values: tuple[str, ...] = ()


class Joining(_Part):
    """Which rows of one person are one stay.

    Attributes:
        join: Whether rows are joined at all.
        gap_hours: A row that begins up to so many hours after another ends goes on with its stay. Where days have no
            time, whole days count: below 24, a row must begin on the day on which the other ends, or before.
        transfer_gap_hours: The same after a row that ends in a transfer or in a move between units.
    """

    join: bool = True
    gap_hours: float = Field(12.0, ge=0, le=240)
    transfer_gap_hours: float = Field(24.0, ge=0, le=240)


class RowRules(_Part):
    """What is done with rows.

    Attributes:
        without_person: "few" sets rows without a person's key aside if they are few and refuses the table otherwise;
            "drop"
            sets aside however many there are.
        longest_stay: Days in hospital up to which a stay is counted; a longer one counts as "at least so long".
        longest_nights: Where a table has nights in place of days: nights at which it stops counting; 0 for none.
        code_digits: Leading signs of a discharge code that matter; 0 for all.
    """

    without_person: str = Field("few", pattern="^(few|drop)$")
    longest_stay: int = Field(366, ge=1, le=36_525)
    longest_nights: int = Field(0, ge=0, le=3_660)
    code_digits: int = Field(0, ge=0, le=10)


class Mapping(_Part):
    """A mapping file.

    Attributes:
        layout: What the layout is called.
        file: How the file is written.
        columns: Field (`experiments.site_data.schema.STAYS`) to header.
        dates: How days are written.
        codes: Field to code to the words of the table.
        keep: Rows that are stays; all if no column is named.
        drop: Rows that are no stays.
        died: Rows whose stay ended in death, whatever the discharge type says.
        joining: Which rows are one stay.
        rows: What is done with rows.
    """

    layout: str = ""
    file: FilePart = FilePart()
    columns: dict[str, str] = {}
    dates: DatesPart = DatesPart()
    codes: dict[str, dict[str, tuple[str, ...]]] = {}
    keep: Rows = Rows()
    drop: Rows = Rows()
    died: Rows = Rows()
    joining: Joining = Joining()
    rows: RowRules = RowRules()


CODES = {
    "discharge_type": (*DISCHARGE_TYPES, *GOES_ON, UNKNOWN),
    "housing": HOUSING,
    "role": ROLES,
    "returned_30d": ("yes", "no"),
}


def shipped_layouts() -> list[str]:
    """Names of the mappings that come with Peerbridge."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def read_mapping(which: str | Path) -> Mapping:
    """A mapping file, or a shipped mapping by its name.

    Raises:
        InputError: There is none, or it holds what no mapping holds.
    """
    path = Path(which)
    if str(which) in shipped_layouts():
        path = SHIPPED / f"{which}.toml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"--mapping {which}: no such file; shipped are {', '.join(shipped_layouts())}") from None
    except (OSError, UnicodeDecodeError):
        raise InputError(f"--mapping {which}: cannot be read as text in UTF-8") from None
    return parse(text, str(which))


def parse(text: str, name: str) -> Mapping:
    """A mapping from the text of its file.

    Raises:
        InputError: It holds what no mapping holds.
    """
    from experiments.site_data.schema import STAYS

    try:
        found = Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"--mapping {name}: is not TOML ({error})") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"--mapping {name}: {where}: {first['msg'].lower()}") from None
    found = found.model_copy(update={"codes": {field: codes for field, codes in found.codes.items() if codes}})
    fields = {column.name for column in STAYS}
    for field in found.columns:
        if field not in fields:
            raise InputError(f"--mapping {name}: columns.{field} is no field; fields are {', '.join(sorted(fields))}")
    for field, codes in found.codes.items():
        if field not in CODES:
            raise InputError(f"--mapping {name}: codes.{field} is no field with codes; these are {', '.join(CODES)}")
        for code in codes:
            if code not in CODES[field]:
                raise InputError(f"--mapping {name}: codes.{field}.{code}: must be one of {', '.join(CODES[field])}")
    return found


def write_mapping(mapping: Mapping) -> str:
    """The text of a mapping file, with what each part is for."""
    out = [
        "# How this hospital's table is read. Edit it and run the same command again; lines may be left out.",
        *_lines({"layout": mapping.layout}),
        "",
        "[file]  # empty: guessed",
        *_lines(mapping.file.model_dump()),
        "",
        "[columns]  # field = header in the table",
        *_lines(mapping.columns),
        "",
        '[dates]  # "days", "ISO", "day-first", "month-first", or a format such as "%Y%m%d%H%M"',
        *_lines(mapping.dates.model_dump()),
        "",
        "[joining]  # rows of one person that touch or overlap are one stay",
        *_lines(mapping.joining.model_dump()),
        "",
        "[rows]",
        *_lines(mapping.rows.model_dump()),
    ]
    for name in ("keep", "drop", "died"):
        rule = getattr(mapping, name)
        if rule.column:
            out += ["", f"[{name}]", *_lines(rule.model_dump())]
    known: dict[str, dict[str, tuple[str, ...]]] = {"discharge_type": {}} | mapping.codes
    for field, codes in known.items():
        out += [
            "",
            f"[codes.{field}]  # code = words of the table, beside those that are known anyway; codes are "
            f"{', '.join(CODES[field])}",
            *_lines(codes),
        ]
    return "\n".join(out) + "\n"


def _lines(part: dict[str, Any]) -> list[str]:
    return tomli_w.dumps(part).splitlines()
