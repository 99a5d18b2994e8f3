"""Tables of a study that a planner can paste: CSV files with units, and a workbook."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.studies.analysis.findings import Findings, interval_words
from experiments.studies.report.figures import headline
from experiments.studies.report.page import design_sentence, provenance, spread_sentence, state_sentence
from experiments.support.atomic_files import write_atomically, write_text
from experiments.support.csv_text import csv_text

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.analysis.results import StudyData

SHEET_ROWS = 60_000
"""Rows up to which a sheet holds every outcome; beyond, those that lead."""

WIDEST = 60
"""Widest column of a sheet, in characters."""

MADE = datetime(2020, 1, 1)
"""Date that the workbook carries: the same study gives the same bytes. When the runs were made stands in `read me`."""


def write_csv(data: StudyData, folder: Path) -> None:
    """Write the tables as CSV files, UTF-8, a unit beside every number.

    Raises:
        InputError: There is nothing to report yet.
        OSError: The folder cannot be written.
    """
    made = tables(Findings(data), whole=True)
    folder.mkdir(exist_ok=True)
    for name, table in made.items():
        if table.empty:
            (folder / f"{name}.csv").unlink(missing_ok=True)
            continue
        write_text(
            folder / f"{name.replace(' ', '_')}.csv",
            csv_text([str(name) for name in table], table.itertuples(index=False, name=None)),
        )


def tables(found: Findings, *, whole: bool) -> dict[str, pd.DataFrame]:
    """Every table by name; with `whole` every outcome, however long that makes it."""
    data = found.data
    rows = len(data.design) * len(OUTCOMES)
    names = tuple(OUTCOMES) if whole or rows <= SHEET_ROWS else tuple(found.outcomes)
    return {
        "read me": read_me(found, len(names) == len(OUTCOMES)),
        "plans": plans(found),
        "differences": _labelled(data.differences(names)),
        "means": _labelled(data.means(names)),
        "doubts": _labelled(data.doubts(names)),
        "money": data.money(),
        "subgroups": data.subgroups(),
        "design": data.design,
        "failed": _failed(data),
        "definitions": definitions(found),
    }


def read_me(found: Findings, whole: bool) -> pd.DataFrame:
    """What the tables are, in words."""
    import pandas as pd

    manifest = found.data.manifest
    lines = [
        ("study", manifest.get("title") or manifest.get("name") or ""),
        ("question", manifest.get("question", "")),
        ("finding", headline(found)),
        ("how it was made", design_sentence(found)),
        ("simulated", "These numbers are simulated, not observed: they show what the model's assumptions imply."),
        ("not known", (
            "Staffing, supervision ratio and length of follow-up have never been randomised against one another, and "
            "no controlled estimate of the effect of peers on patient-initiated discharge exists."
        )),
        ("intervals", f"low and high: {interval_words(found)}. {spread_sentence(found)}"),
        ("difference", f"plan less {found.baseline}, in the same future and the same replication"),
        ("share", "1 is all: 0.152 is 15.2 in 100; a difference of 0.01 is one more in 100"),
        ("better", "the direction that is better for people; none where neither is by itself"),
        ("sheets", "plans: a row per plan; differences, means, money: tidy; definitions: every outcome with its unit"),
    ]  # fmt: skip
    if not whole:
        lines.append(("outcomes", "Only those that lead are here; peerbridge report --tables writes all of them."))
    if state_sentence(found.data):
        lines.append(("unfinished", state_sentence(found.data)))
    return pd.DataFrame([*lines, *provenance(found.data)], columns=["what", "text"])


def plans(found: Findings) -> pd.DataFrame:
    """A row per plan: levers with their units, why it matters, and the outcomes that lead."""
    import pandas as pd

    reasons = {pick.row: "; ".join(pick.reasons) for pick in found.picks}
    front, lead = set(found.front), found.lead[0]
    standing = found.standing(lead)
    units = {lever.name: f"{lever.label} ({lever.name}; {lever.unit})" for lever in found.plans.levers}
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(found.plans.names):
        row: dict[str, Any] = {"plan": name, "runs": found.counts[i], "why it matters": reasons.get(i, "")}
        row["not beaten in trade-offs"] = "yes" if i in front else "no"
        row[f"standing in {OUTCOMES[lead].label}"] = standing.get(i, "")
        row |= {units[key]: value for key, value in found.plans.settings(i).items()}
        for outcome in found.outcomes:
            d, o = found.difference(outcome, i), OUTCOMES[outcome]
            row[f"{o.label}, mean ({o.unit})"] = d.plan.mean
            row[f"{o.label}, difference ({o.unit})"] = d.difference.mean
            row[f"{o.label}, difference low ({o.unit})"] = d.difference.low
            row[f"{o.label}, difference high ({o.unit})"] = d.difference.high
            row[f"{o.label}, reading"] = d.reading
        rows.append(row)
    table = pd.DataFrame(rows)
    table.attrs["kinds"] = {
        f"{o.label}, {part} ({o.unit})": o.kind
        for o in (OUTCOMES[outcome] for outcome in found.outcomes)
        for part in ("mean", "difference", "difference low", "difference high")
    }
    return table


def definitions(found: Findings) -> pd.DataFrame:
    """Every outcome and every factor with its unit."""
    import pandas as pd

    rows = [
        {"name": o.name, "label": o.label, "unit": o.unit, "per": o.per, "better": o.better, "definition": o.definition}
        for o in OUTCOMES.values()
    ]
    for f in found.data.factors:
        text = str(f.get("text") or f.get("label") or "")
        rows.append({
            "name": str(f["name"]), "label": wording.lever(str(f["name"])), "unit": str(f.get("unit", "")),
            "per": str(f["role"]), "better": "", "definition": text,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the outcome's label beside its name."""
    place = list(table.columns).index("outcome") + 1
    table.insert(place, "label", table["outcome"].map({name: o.label for name, o in OUTCOMES.items()}))
    return table


def _failed(data: StudyData) -> pd.DataFrame:
    """Failed runs without their empty outcomes."""
    wanted = ("key", "plan", "future", "scenario", "replication", "seed", "status", "stage", "message")
    return data.failed[[name for name in wanted if name in data.failed.columns]]


def write_workbook(data: StudyData, path: Path) -> None:
    """Write the tables as a workbook: a frozen head, number formats by unit, widths that fit.

    Raises:
        InputError: There is nothing to report yet.
        OSError: The file cannot be written.
    """
    made = tables(Findings(data), whole=False)
    write_atomically(path, lambda temporary: _write(made, temporary))


def _write(made: Mapping[str, pd.DataFrame], path: Path) -> None:
    from xlsxwriter import Workbook

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(str(path), options) as book:
        book.set_properties({"title": "Peerbridge study", "author": "Peerbridge", "created": MADE})
        formats = {code: book.add_format({"num_format": code}) for code in dict.fromkeys(_FORMATS.values())}
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for name, table in made.items():
            if table.empty:
                continue
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1 if name != "read me" else 0)
            for j, column in enumerate(table.columns):
                sheet.write_string(0, j, str(column), head)
                values = table[column].tolist()
                kinds = _kinds(table, str(column))
                longest = 8
                for i, value in enumerate(values):
                    longest = max(longest, _put(sheet, i + 1, j, value, formats, str(column), kinds[i], wrapped))
                sheet.set_column(j, j, min(max(longest, min(len(str(column)), 16)) + 2, WIDEST))
            if len(table):
                sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _put(
    sheet: Any, row: int, column: int, value: Any, formats: Mapping[str, Any], name: str, kind: str, wrapped: Any
) -> int:  # fmt: skip
    """Write a cell; return how many characters it needs."""
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, int | float):
        if math.isfinite(value):  # what is not defined stays empty
            code = _format(name, kind, value)
            sheet.write_number(row, column, value, formats[code])
            return 12 if code != _FORMATS["whole"] else len(f"{value:,.0f}")
    elif value is not None and str(value) not in ("nan", ""):
        text = str(value)
        sheet.write_string(row, column, text, wrapped if len(text) > WIDEST else None)
        return len(text)
    return 0


_FORMATS = {
    "share": "0.00%", "change": "+0.00%;-0.00%;0.00%", "money": "$#,##0;-$#,##0", "whole": "0", "level": "0%",
    "plain": "0.00##", "number": "General",
}  # fmt: skip
_WHOLE = ("n", "future", "point", "replication", "seed", "runs", "stays")
_VALUES = ("mean", "baseline_mean", "low", "high", "value", "difference", "sd", "difference_low", "difference_high")


def _kinds(table: pd.DataFrame, column: str) -> list[str]:
    """What the numbers of a column are, a word for each row (`Outcome.kind`); empty where they are no outcome."""
    if column in table.attrs.get("kinds", {}):
        return [table.attrs["kinds"][column]] * len(table)
    if "outcome" in table and column in _VALUES:
        return [OUTCOMES[name].kind if name in OUTCOMES else "" for name in table["outcome"]]
    money = any(word in column for word in ("_cost", "cost_", "benefit", "threshold"))
    return ["money" if money else ""] * len(table)


def _format(column: str, kind: str, value: float) -> str:
    """Number format of a cell."""
    if column in _WHOLE:
        return _FORMATS["whole"]
    if column == "level":
        return _FORMATS["level"]
    if kind == "money":
        return _FORMATS["money"]
    if kind != "share":
        return _FORMATS["number"] if float(value).is_integer() else _FORMATS["plain"]
    return _FORMATS["change"] if "difference" in column else _FORMATS["share"]
