"""Report of a calibration: a table in the terminal, and a page on targets and identified parameters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.calibration.fitting import IDENTIFIED
from experiments.reporting import svg, wording
from experiments.reporting.page import Picture, page
from experiments.support.atomic_files import write_text
from scenarios.calibration_targets import is_ratio

if TYPE_CHECKING:
    import pandas as pd

    from experiments.calibration.calibrate import Calibration
    from scenarios.calibration_targets import Target

FEW_DRAWS = 100
"""Independent draws below which a warning is shown: widths are then known to a tenth or worse."""

PINNED_SHOWN = 20
"""Parameters drawn in the picture; all are in the table."""


def show(result: Calibration) -> None:
    """Print the targets beside what the posterior predicts, and what is pinned down."""
    from rich.table import Table

    from experiments.reporting.terminal import console, whole

    out = console()
    out.print(_headline(result))
    out.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("target", overflow="fold", max_width=48)
    for name in ("found", "model", "95 % of draws"):
        table.add_column(name, justify="right", no_wrap=whole(out))
    table.add_column("")
    for row in result.predictive.to_dict("records"):
        ends = _interval(row, "low", "high")
        table.add_row(f"{row['id']} {row['quantity']}", found(row), number(row["median"], row), ends, verdict(row))
    out.print(table)
    out.print()
    for line in (*_missed(result), *_absent(result), _pinned(result), _trust(result), *_few(result)):
        out.print(line)


def write_report(result: Calibration, path: Path) -> None:
    """Write the page.

    Raises:
        OSError: The folder cannot be written.
    """
    write_text(path, html(result))


def html(result: Calibration) -> str:
    """The page."""
    head = ["target", "study", "found", "model: median, 95 % of draws", "width, as a share of the number",
            "95 % for a study like this", ""]  # fmt: skip
    body = [
        (f"{r['id']} {r['quantity']}", str(r["study"]), found(r), said(r), _width(r),
         _interval(r, "study_low", "study_high"), verdict(r)) for r in result.predictive.to_dict("records")
    ]  # fmt: skip
    parameters = [
        (str(r["parameter"]), str(r["kind"]), f"{r['prior_low']:.3g} to {r['prior_high']:.3g}",
         f"{r['median']:.3g} ({r['low']:.3g} to {r['high']:.3g})", str(r["unit"]), f"{r['sd_ratio']:.2f}",
         f"{100 * r['coverage_90']:.0f} %", _pinned_word(r))
        for r in result.contraction.to_dict("records")
    ]  # fmt: skip
    return page("calibration.html.j2", {
        "headline": _headline(result), "pinned": _pinned(result), "trust": _trust(result),
        "few": _few(result), "record": result.record,
        "missed": _missed(result), "made": made(result.record),
        "recovery_head": ["known truth", "parameter", "truth", "90 % interval", "held"],
        "recovery": [(f"draw {r['truth']}", str(r["parameter"]), f"{r['value']:.3g}",
                      f"{r['low']:.3g} to {r['high']:.3g}", "yes" if r["inside"] else "no")
                     for r in result.recovery.to_dict("records")],
        "screen_head": ["parameter", "kind", "moves most", "rank correlation"],
        "screen": _screened(result),
        "head": head, "body": body, "missing": [(t.id, t.quantity, why_missing(t)) for t in result.missing],
        "parameter_head": ["parameter", "kind", "before, 95 %", "after: median, 95 %", "unit", "width left",
                           "coverage of 90 %", "pinned down"],
        "parameter_rows": parameters, "pictures": [_targets_picture(result.predictive), *_parameters_picture(result)],
    })  # fmt: skip


def as_json(result: Calibration) -> dict[str, Any]:
    """Record, predictive table and contraction as plain data."""

    def plain(table: pd.DataFrame) -> list[dict[str, Any]]:
        return [
            {str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
            for row in table.astype(object).to_dict("records")
        ]

    return {**result.record, "predictive": plain(result.predictive), "parameter_table": plain(result.contraction)}


def found(row: dict[Any, Any]) -> str:
    """The study's estimate, in words."""
    return str(row["sign"]) if isinstance(row.get("sign"), str) else number(row["found"], row)


def said(row: dict[Any, Any]) -> str:
    """The model's prediction, in words: median and 95 % interval over draws."""
    return f"{number(row['median'], row)} ({_interval(row, 'low', 'high')})"


def verdict(row: dict[Any, Any]) -> str:
    """Whether the target is met."""
    if isinstance(row.get("sign"), str):
        return f"met in {100 * row['sign_share']:.0f} % of draws"
    return "met" if row["inside"] else "missed"


def number(value: float, row: dict[Any, Any]) -> str:
    """A value in the target's unit."""
    if math.isnan(value):
        return "–"
    share = row["unit"] == "share" and not is_ratio(row["quantity"]) and not isinstance(row.get("sign"), str)
    return f"{100 * value:.1f} %" if share else f"{value:.2f}"


def _interval(row: dict[Any, Any], low: str, high: str) -> str:
    if isinstance(row.get("sign"), str) and low == "study_low":
        return ""
    return f"{number(row[low], row)} to {number(row[high], row)}"


def _width(row: dict[Any, Any]) -> str:
    return "" if isinstance(row.get("sign"), str) else f"{100 * row['relative_width']:.0f} %"


def _headline(result: Calibration) -> str:
    n, met = len(result.predictive), int(result.predictive["inside"].sum())
    missed = [str(r["id"]) for r in result.predictive.to_dict("records") if not r["inside"]]
    tail = f"; missed: {', '.join(missed)}" if missed else ""
    return f"The fitted model meets {met} of {n} targets{tail}."


def _missed(result: Calibration) -> list[str]:
    """Each target that is missed, with the likely reason."""
    missed = result.predictive[~result.predictive["inside"].astype(bool)]
    return [f"Missed: {r['id']}, {r['quantity']}: {r['reason']}." for r in missed.to_dict("records")]


def _absent(result: Calibration) -> list[str]:
    if not result.missing:
        return []
    return ["Not compared: " + "; ".join(f"{t.id} ({why_missing(t).rstrip('.')})" for t in result.missing) + "."]


def why_missing(target: Target) -> str:
    """Why a target is not compared with a scenario."""
    return target.missing or f"Belongs to the trial {target.trial}."


def _pinned(result: Calibration) -> str:
    table = result.contraction
    pinned = table[table["identified"]]
    names = ", ".join(pinned["parameter"].head(8)) + (" and others" if len(pinned) > 8 else "")
    screened = int((table["screened"] & ~table["identified"]).sum())
    return (
        f"The targets pin down {len(pinned)} of {len(table)} parameters{f' ({names})' if names else ''}: less than "
        f"{100 * IDENTIFIED:.0f} % of their doubt is left. {screened} more move a target but stay nearly as wide as "
        f"before; {len(table) - len(pinned) - screened} move none. All go through every answer as doubt."
    )


def _trust(result: Calibration) -> str:
    record = result.record
    share, recovered = record["coverage_90_of_identified"], record["recovered_90_of_identified"]
    if share is None:
        return (
            f"No parameter is pinned down. Tried on {record['rank_tests']} known truths, the method's 90 % intervals "
            f"held the truth in {100 * record['coverage_90_of_all']:.0f} of 100 cases over all parameters."
        )
    before = record["coverage_90_before_trials"]
    trials = f" (before the trials: {100 * before:.0f})" if record["trials"] else ""
    return (
        f"Tried on {record['rank_tests']} known truths from the model itself, the method's 90 % intervals held the "
        f"truth in {100 * share:.0f} of 100 cases for the parameters that are pinned down{trials}, and in "
        f"{100 * recovered:.0f} of 100 for the {record['truths']} truths listed in recovery.csv."
    )


def _few(result: Calibration) -> list[str]:
    """A warning where the result rests on too few draws."""
    size = result.record["effective_draws"]
    if size >= FEW_DRAWS:
        return []
    return [
        f"Careful: the result is worth only {size:.0f} independent draws, so its widths are rough; a larger --second "
        "gives more."
    ]


def _pinned_word(row: dict[Any, Any]) -> str:
    return "yes" if row["identified"] else "no" if row["screened"] else "no; moves nothing"


def made(record: dict[str, Any]) -> str:
    """How a calibration was made, in sentences, from its record."""
    design, left = record["specification"]["design"], record["not_ruled_out_after_wave_1"]
    return (
        f"{design['first']:,} draws of the priors; then {design['second']:,} draws of the {100 * left:.1f} % of the "
        f"prior that the first wave did not rule out, {record['left_out']:,} of them with a wrong sign or no number; "
        f"regression-adjusted ABC on the nearest {100 * record['share']:.0f} % of the rest "
        f"({record['effective_draws']:.0f} draws' worth), which moves the {record['screened']} parameters that the "
        f"screen let pass; {design['checked']:,} draws of the result simulated. "
        f"{record['seconds_of_runs'] / 60:.0f} minutes of one core. Model {record['specification']['model']}, seed "
        f"{design['seed']}."
    )


def _screened(result: Calibration) -> list[tuple[str, str, str, str]]:
    """Parameters that passed the screen, strongest first."""
    table = result.screen[result.screen["passed"]]
    table = table.reindex(table["largest"].abs().sort_values(ascending=False, kind="stable").index)
    return [
        (str(r["parameter"]), str(r["kind"]), str(r["target"]), f"{r['largest']:+.2f}")
        for r in table.to_dict("records")
    ]


def _targets_picture(table: pd.DataFrame) -> Picture:
    rows = [row for row in table.to_dict("records") if not isinstance(row.get("sign"), str)]
    left, right, step, top = 250, 24, 26, 34
    height = top + step * len(rows) + 46
    ratios = {
        row["id"]: [row[k] / row["found"] for k in ("low", "median", "high", "found_low", "found_high")] for row in rows
    }
    ends = [x for r in ratios.values() for x in r if math.isfinite(x)]
    ticks = svg.nice_ticks(min([0.5, *ends]), min(max([1.5, *ends]), 3.0), 6)
    x = svg.scale(ticks[0], ticks[-1], left, svg.WIDTH - right)
    parts = []
    for tick in ticks:
        parts += [
            svg.line(x(tick), top, x(tick), height - 44, "zero" if tick == 1 else "grid"),
            svg.text(x(tick), height - 26, f"{tick:g}", "middle"),
        ]
    parts.append(
        svg.text((left + svg.WIDTH - right) / 2, height - 6, "model divided by what the study found", "middle")
    )
    order = ["study", "model"]
    for i, row in enumerate(rows):
        y = top + step * i + step / 2
        low, middle, high, study_low, study_high = (np.clip(v, ticks[0], ticks[-1]) for v in ratios[row["id"]])
        words = str(row["quantity"])
        parts.append(svg.text(0, y + 4, f"{row['id']}  {words if len(words) < 30 else words[:28] + '…'}"))
        if math.isfinite(study_low):
            parts.append(svg.line(x(study_low), y - 5, x(study_high), y - 5, "whisker s0"))
        parts += [svg.line(x(low), y + 2, x(high), y + 2, "whisker s1"), svg.marker("model", order, x(middle), y + 2)]
    missed = [str(row["id"]) for row in rows if not row["inside"]]
    title = f"{len(rows) - len(missed)} of {len(rows)} numbers are met" + (
        f"; {wording.listed(missed)} {'is' if len(missed) == 1 else 'are'} not" if missed else ""
    )
    text = (
        "Model against study, as a ratio: 1 is agreement. Dots are medians over draws of the posterior, lines their "
        "middle 95 %; the lines above are the studies' own 95 % intervals, where they are known."
    )
    head = ["target", "found", "model"]
    return Picture("targets", title, text, [svg.svg(title, text, height, parts)], head,
                   [[str(r["id"]), found(r), said(r)] for r in rows])  # fmt: skip


def _parameters_picture(result: Calibration) -> list[Picture]:
    table = result.contraction
    rows = table[table["screened"]].head(PINNED_SHOWN).to_dict("records")
    if not rows:
        return []
    left, right, step, top = 230, 24, 20, 34
    height = top + step * len(rows) + 46
    x = svg.scale(0.0, 1.2, left, svg.WIDTH - right)
    parts = []
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2):
        parts += [
            svg.line(x(tick), top, x(tick), height - 44, "zero" if tick == 1 else "grid"),
            svg.text(x(tick), height - 26, f"{tick:g}", "middle"),
        ]
    parts.append(
        svg.text((left + svg.WIDTH - right) / 2, height - 6, "width after, as a share of the width before", "middle")
    )
    for i, row in enumerate(rows):
        y = top + step * i + step / 2
        parts += [svg.text(0, y + 4, str(row["parameter"])), svg.line(x(0), y, x(row["sd_ratio"]), y, "whisker s1"),
                  svg.marker("model", ["study", "model"], x(row["sd_ratio"]), y)]  # fmt: skip
    first = rows[0]
    title = (
        f"The targets say most about {first['parameter']}: {100 * (1 - first['sd_ratio']):.0f} % of its doubt is gone"
    )
    text = "Standard deviation after the fit as a share of that before, for the parameters that move some target."
    body = [[str(r["parameter"]), f"{r['sd_ratio']:.2f}"] for r in rows]
    picture = svg.svg(title, text, height, parts)
    return [Picture("parameters", title, text, [picture], ["parameter", "width left"], body)]
