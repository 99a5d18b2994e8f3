"""Report of a warm-up analysis: a table in the terminal, and a result folder with a page of figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from experiments.statistics.steady_state import WINDOW, welch
from experiments.support.atomic_files import write_text
from experiments.support.csv_text import csv_text
from experiments.warm_up.analysis import HOSPITAL_DAYS, PROGRAMME_DAYS, Analysis, Settling

GROUPS = {
    "hospital": "Hospital, without the programme: these decide",
    "programme": "Programme: decides where it starts before measurement",
    "learning": "Learning: goes on for years and never decides",
}


def show(analysis: Analysis) -> None:
    """Print the finding and a line per series."""
    from rich.table import Table

    from experiments.reporting import wording
    from experiments.reporting.terminal import console

    out = console()
    out.print(f"{analysis.scenario}: warm-up, from the means of {analysis.replications} runs (seed {analysis.seed})")
    out.print(" ".join(wording.standing(None)) + "\n")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", collapse_padding=True)
    table.add_column("series", overflow="fold")
    for name in ("days", "MSER-5", "Welch", "drift a year"):
        table.add_column(name, justify="right", no_wrap=True)
    for group, title in GROUPS.items():
        rows = _sorted(analysis, group)
        if rows:
            table.add_row(title, style="dim")
            for row in rows:
                mark = " ←" if row.decides and row.days == analysis.recommended and row.name == analysis.binding else ""
                table.add_row(f"  {row.name}", f"{_days(row)}{mark}", *_cells(row))
    out.print(table)
    out.print()
    for sentence in analysis.in_words():
        out.print(sentence)


def write(analysis: Analysis, folder: Path) -> None:
    """Record the analysis: warm_up.json, warm_up.csv, series.csv and warm_up.html.

    Raises:
        OSError: The folder cannot be written.
    """
    from experiments.support import provenance

    folder.mkdir(parents=True, exist_ok=True)
    facts = {"format": "peerbridge warm-up 1", "made": provenance.now(), "versions": provenance.versions(),
             "git": provenance.git(), "finding": analysis.in_words(), **analysis.as_dict()}  # fmt: skip
    write_text(folder / "warm_up.json", json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    rows = [asdict(row) for group in GROUPS for row in _sorted(analysis, group)]
    write_text(folder / "warm_up.csv", csv_text(list(rows[0]), [list(row.values()) for row in rows]))
    write_text(folder / "series.csv", _series_csv(analysis))
    write_text(folder / "warm_up.html", html(analysis))


def html(analysis: Analysis) -> str:
    """The page: the finding, a table, and each mean series with its moving average."""
    from experiments.reporting import wording
    from experiments.reporting.page import page

    sections = [
        (title, _figure(analysis, group))
        for group, title in GROUPS.items()
        if any(r.group == group for r in analysis.rows)
    ]
    rows = [
        (row.name, GROUPS[row.group].split(":")[0], "yes" if row.decides else "no", _days(row), *_cells(row))
        for group in GROUPS for row in _sorted(analysis, group)
    ]  # fmt: skip
    head = ["series", "group", "decides", "days", "MSER-5", "Welch", "drift a year"]
    return page("warm_up.html.j2", {
        "a": analysis, "sections": sections, "head": head, "rows": rows, "window": WINDOW,
        "standing": wording.standing(None),
    })  # fmt: skip


def _figure(analysis: Analysis, group: str) -> Any:
    from experiments.reporting import figures, svg
    from experiments.reporting.page import Figure, legend

    order = ["mean of the runs", f"moving average ({WINDOW} days to either side)"]
    rows = _sorted(analysis, group)
    panels = []
    for row in rows:
        values = analysis.means[row.name]
        x = _first(analysis, row) + np.arange(values.size, dtype=float)
        panel = figures.Panel(f"{row.name}: {_days(row)} days", {order[1]: welch(values), order[0]: values}, svg.short)
        panels += figures.small_multiples(
            f"{row.name}, {row.unit}, by day; a vertical line where the series has settled.", x, [panel], order,
            "day of the run", mark=float(row.days),
        )  # fmt: skip
    days = HOSPITAL_DAYS if group == "hospital" else PROGRAMME_DAYS
    head = ["series", "days", "MSER-5", "Welch", "drift a year"]
    body = [(row.name, _days(row), *_cells(row)) for row in rows]
    title = f"{rows[0].name[:1].upper()}{rows[0].name[1:]}: last of them to settle, after {_days(rows[0])} days"
    text = f"Means of {analysis.replications} runs over {days} days; a vertical line where a series has settled."
    return Figure(group, title, text, panels, head, body, legend(order, order, lines=True))


def _sorted(analysis: Analysis, group: str) -> list[Settling]:
    return sorted((row for row in analysis.rows if row.group == group), key=lambda row: -row.days)


def _first(analysis: Analysis, row: Settling) -> int:
    return max(analysis.start_day, 0) if row.group != "hospital" else 0


def _days(row: Settling) -> str:
    return f"{row.days}" if row.settled else f"over {row.days}"


def _cells(row: Settling) -> tuple[str, str, str]:
    return str(row.mser_days), str(row.welch_days), f"{100 * row.drift:+.0f} %".replace("-", "−") if row.drift else "–"


def _series_csv(analysis: Analysis) -> str:
    rows = [
        (row.name, row.unit, _first(analysis, row) + i, float(value))
        for row in analysis.rows
        for i, value in enumerate(analysis.means[row.name])
    ]
    return csv_text(["series", "unit", "day", "mean"], rows)
