"""The page of a site's calibration: its records beside the model, before and after, in pictures."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from experiments.calibration.site.programme import RUNS, ReturnCurve
from experiments.calibration.site.report import next_step, sentences, show, show_quality
from experiments.reporting import figures, svg
from experiments.reporting.page import Figure, legend, page
from experiments.reporting.terminal import PIPED_WIDTH
from experiments.statistics.estimates import Estimate
from experiments.support.atomic_files import write_text
from scenarios.calibration_targets import Z

if TYPE_CHECKING:
    import pandas as pd

    from experiments.calibration.site.calibrate import SiteCalibration

ORDER = ("your records", "before your records", "after")
"""Series of the pictures; their order sets colours and shapes."""


def write_report(result: SiteCalibration) -> None:
    """Write `report.txt`, the same words as in the terminal, and `report.html`, with pictures.

    Raises:
        OSError: The folder cannot be written.
    """
    text = io.StringIO()
    out = Console(file=text, width=PIPED_WIDTH, highlight=False, markup=False, color_system=None)
    show_quality(result.quality, result.remarks, out)
    show(result, out)
    out.print(next_step(result), soft_wrap=True)
    write_text(result.folder / "report.txt", text.getvalue())
    write_text(result.folder / "report.html", html(result))


def html(result: SiteCalibration) -> str:
    """The page as one file without scripts or network."""
    table = result.predictive
    missed = int((~table["met"]).sum())
    headline = (
        f"After the fit the model gives {len(table) - missed} of your {len(table)} numbers"
        if missed
        else f"After the fit the model gives all {len(table)} of your numbers"
    )
    fitted = [
        _fitted(table[table["unit"] == unit], title, axis, factor)
        for unit, title, axis, factor in (
            ("share", "Shares of stays and of people who come back", "%", 100.0),
            ("days", "Length of stay", "days", 1.0),
        )
        if (table["unit"] == unit).any()
    ]
    return page("site.html.j2", {
        "headline": headline, "sentences": sentences(result), "fitted": fitted,
        "returns": [_curve(curves) for curves in result.curves], "runs": RUNS, "next": next_step(result),
        "beside": [
            (str(row["title"]), *(_cell(row, which) for which in ("before", "records", "after")))
            for row in result.programme.to_dict("records")
        ],
        "quality": [(line.what, line.shown) for line in result.quality], "remarks": result.remarks,
    })  # fmt: skip


def _fitted(table: pd.DataFrame, title: str, axis: str, factor: float) -> Figure:
    rows, body = [], []
    for row in table.to_dict("records"):
        found = {}
        for name, which in zip(ORDER, ("records", "before", "after"), strict=True):
            low, high = (
                min(max(row[f"{which}_{end}"], 0.0), 1.0 if axis == "%" else math.inf) for end in ("low", "high")
            )
            found[name] = Estimate(1, factor * row[which], factor * low, factor * high)
        rows.append(figures.Row(str(row["quantity"]), found))
        body.append([str(row["quantity"]), *(_told(one, axis) for one in found.values())])
    text = "Dots with 95 % intervals: your records, and the middle 95 of 100 draws of the model before and after."
    picture = figures.differences(title, text, rows, ORDER, axis)
    return Figure(
        f"fitted-{axis.replace('%', 'shares')}", title, text, [picture], ["", *ORDER], body, legend(ORDER, ORDER)
    )


def _told(one: Estimate, unit: str) -> str:
    return f"{one.mean:.1f} {unit} ({one.low:.1f} to {one.high:.1f})"


def _curve(curves: dict[str, ReturnCurve]) -> Figure:
    """Records with their interval, and the middle run of the model before and after."""
    own = curves[ORDER[0]]
    days = own.days.astype(np.float64)
    lines = {name: 100 * curve.value for name, curve in curves.items()}
    low = np.clip(100 * (own.value - Z * own.error), 0, None)
    high = np.clip(100 * (own.value + Z * own.error), None, 100)
    panel = figures.Panel(own.title, lines, lambda v: f"{svg.short(v)} %", {ORDER[0]: (low, high)})
    text = (
        f"{own.title} after discharge, in % of people discharged alive; with censoring. The band is the 95 % interval "
        "of your records; of the model, the middle of its runs on each day. Days with few returns are put together."
    )
    last = {name: f"{line[-1]:.0f} %" for name, line in lines.items()}
    title = f"{own.title} within {int(days[-1])} days: {last[ORDER[0]]} in your records"
    picture = figures.curves(title, text, days, panel, ORDER, "days after discharge")
    body = [[f"{int(day)}", *(f"{line[k]:.1f} %" for line in lines.values())] for k, day in enumerate(days)]
    return Figure(
        own.title.split()[0].lower(), title, text, [picture], ["day", *lines], body, legend(list(lines), ORDER, True)
    )


def _cell(row: dict[Any, Any], which: str) -> str:
    middle, low, high = (float(row[key]) for key in (which, f"{which}_low", f"{which}_high"))
    if math.isnan(middle):
        return "–"
    if row["unit"] == "share":
        return f"{100 * middle:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
    return f"{middle:.1f} {row['unit']} ({low:.1f} to {high:.1f})"
