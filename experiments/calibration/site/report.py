"""A site's calibration for people: what its records hold, what the fit made of them, and what to do with it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from experiments.calibration.site.fit import LEAST_SIZE
from experiments.reporting.terminal import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.calibration.site.calibrate import SiteCalibration
    from experiments.calibration.site.targets import Line

MOVED = 0.3
"""Standard deviations of its prior from which a parameter counts as moved."""

BEYOND_CHANCE = 3.5
"""Standard errors from which a move among some two hundred parameters is no chance of the draws."""

MOST_SHOWN = 6


def show_quality(lines: Sequence[Line], remarks: Sequence[str], out: Console | None = None) -> None:
    """Print what the records hold; comes before any fit."""
    out = out or console()
    out.print("What your records hold", style="bold")
    table = _table("", "number")
    for line in lines:
        table.add_row(line.what, line.shown)
    out.print(table)
    for remark in remarks:
        out.print(f"* {remark}")
    out.print("Counts under 11, and counts from which one of these would follow, are not shown.\n")


def show(result: SiteCalibration, out: Console | None = None) -> None:
    """Print what the fit made of the records."""
    out = out or console()
    out.print("What the model says of your hospital", style="bold")
    table = _table("", "before your records", "your records", "after", "")
    for row in result.predictive.to_dict("records"):
        table.add_row(
            str(row["quantity"]), _said(row, "before"), _said(row, "records"), _said(row, "after"),
            "" if row["met"] else "not met",
        )  # fmt: skip
    out.print(table)
    for sentence in sentences(result):
        out.print(sentence)


def sentences(result: SiteCalibration) -> list[str]:
    """What a programme manager should take from it."""
    record, fit = result.record, result.fit
    removed = record["doubt_removed"]
    said = [
        "In brackets: the middle 95 of 100 draws of the model, and the 95 % interval of your records.",
        f"Your records took away about {100 * removed:.0f} % of the doubt about these numbers. {_how_much(removed)}",
        f"Effective sample: {fit.size:,.0f} of {len(fit.said):,} draws near your records; the result comes from "
        f"{fit.origins:,.0f} different draws of what was believed before.",
    ]
    if fit.collapsed:
        said.append(
            f"WARNING: fewer than {LEAST_SIZE:.0f} draws come near your records, so the result leans on a "
            "regression. Take more draws (--second 4000), and check that --scenario describes your hospital."
        )
    for name in fit.beyond:
        row = result.predictive.set_index("id").loc[name]
        said.append(
            f"WARNING: {row['quantity'].lower()} lies beyond nearly everything that the model gives for a "
            "hospital like this. Do your records count as docs/how-to/own-records.md says (all stays, the day of "
            "discharge counted)?"
        )
    missed = [row["quantity"].lower() for row in result.predictive.to_dict("records") if not row["met"]]
    if missed:
        said.append(f"Not met after the fit: {', '.join(missed)}. Read answers that rest on this with care.")
    said.append(_moved(result))
    said.append(
        "What peer workers change is not learnt from such records: who meets a worker chose to, so that stays as "
        "unknown as before. Peer contacts, units and housing describe your records; they are not fitted."
    )
    return said


def next_step(result: SiteCalibration) -> str:
    """The command that uses the result."""
    from experiments.calibration.site.calibrate import POSTERIOR, SCENARIO

    profile = result.fit.profile
    words = ["peerbridge", "compare", "usual-care", "bridge", "--posterior", str(result.folder / POSTERIOR)]
    if profile != "people_who_use_drugs":  # the bundled scenarios are of people who use drugs
        words += ["--set", f"population.profile={profile}"]
    if (result.folder / SCENARIO).exists():
        words[2:4] = (
            [str(result.folder / SCENARIO), "bridge"]
            if not result.record["peers"]
            else ["usual-care", str(result.folder / SCENARIO)]
        )
    return f"To use it: {shlex.join(words)}"


def as_json(result: SiteCalibration) -> dict[str, Any]:
    """Record, quality and tables as plain data."""
    return {
        **result.record,
        "quality": [{"what": line.what, "number": line.shown} for line in result.quality],
        "remarks": list(result.remarks),
        "predictive": result.predictive.to_dict("records"),
        "parameter_table": result.parameters.to_dict("records"),
    }


def _how_much(removed: float) -> str:
    if removed < 0.25:
        return "That is little: they are few, or they say what was believed before."
    if removed < 0.6:
        return "That is a good part; hospitals in general still count."
    return "That is most of it: the answers are now mostly about your hospital."


def _moved(result: SiteCalibration) -> str:
    table = result.parameters
    chance = BEYOND_CHANCE / result.fit.origins**0.5
    moved = table[table["adjusted"] & (table["moved"].abs() >= max(MOVED, chance))].head(MOST_SHOWN)
    if not len(moved):
        return "No single parameter moved much; all are in parameters.csv."
    words = "; ".join(
        f"{row['parameter']} ({row['before']:.3g} to {row['after']:.3g} {row['unit']})"
        for row in moved.to_dict("records")
    )
    return f"Moved most: {words}. All are in parameters.csv."


def _said(row: dict[Any, Any], which: str) -> str:
    middle, low, high = (row[key] for key in (which, f"{which}_low", f"{which}_high"))
    if row["unit"] == "share":
        return f"{100 * middle:.1f} % ({100 * max(low, 0.0):.1f} to {100 * min(high, 1.0):.1f})"
    return f"{middle:.1f} days ({low:.1f} to {high:.1f})"


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first, overflow="fold")
    for title in others:
        table.add_column(title, justify="right" if title else "left", overflow="fold")
    return table
