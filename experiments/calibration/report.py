"""Report of a calibration: a table in the terminal, and a page on targets, trials, sites and parameters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.calibration.calibrate import IDENTIFIED
from experiments.calibration.verdicts import ALLOWED, MET, MISSED, NOT_INFORMATIVE
from experiments.reporting import svg
from experiments.reporting.page import Figure, page
from experiments.support.atomic_files import write_text
from scenarios.calibration_targets import is_ratio

if TYPE_CHECKING:
    import pandas as pd

    from experiments.calibration.calibrate import Calibration
    from scenarios.calibration_targets import Target

CONVERGED = 1.05
"""Split R-hat up to which the chains are said to agree."""

PINNED_SHOWN = 20
"""Parameters drawn in the picture; all are in the table."""

Row = dict[Any, Any]


def show(result: Calibration) -> None:
    """Print each number beside what the model predicts, and its verdict."""
    from rich.table import Table

    from experiments.reporting.terminal import console, whole

    out = console()
    out.print(headline(list(result.predictive["verdict"])))
    out.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("number", overflow="fold", max_width=44)
    for name in ("found", "average hospital", "left out, 95 %"):
        table.add_column(name, justify="right", no_wrap=whole(out))
    table.add_column("")
    for row in result.predictive.to_dict("records"):
        table.add_row(f"{row['id']} {row['quantity']}", found(row), said(row), left(row), str(row["verdict"]))
    out.print(table)
    out.print()
    for line in (*reasons(result.predictive), *_absent(result), *sentences(result.record), pinned(result.record)):
        out.print(line)


def write_report(result: Calibration, path: Path) -> None:
    """Write the page.

    Raises:
        OSError: The folder cannot be written.
    """
    write_text(path, html(result))


def html(result: Calibration) -> str:
    """The page."""
    t = result.tables
    return page("calibration.html.j2", {
        "headline": headline(list(result.predictive["verdict"])), "pinned": pinned(result.record),
        "sentences": sentences(result.record), "record": result.record, "made": made(result.record),
        "reasons": reasons(result.predictive),
        "head": PREDICTIVE_HEAD, "body": [predictive_cells(r) for r in result.predictive.to_dict("records")],
        "trial_head": TRIAL_HEAD, "trials": [trial_cells(r) for r in t["trials"].to_dict("records")],
        "joint_head": JOINT_HEAD, "joint": [joint_cells(r) for r in t["joint"].to_dict("records")],
        "spread_head": SPREAD_HEAD, "spreads": [spread_cells(r) for r in t["spreads"].to_dict("records")],
        "check_head": CHECK_HEAD, "checks": [check_cells(r) for r in t["checks"].to_dict("records")],
        "emulator_head": EMULATOR_HEAD, "emulator": [emulator_cells(r) for r in t["emulator"].to_dict("records")],
        "coverage_head": COVERAGE_HEAD, "coverage": [coverage_cells(r) for r in t["coverage"].to_dict("records")],
        "missing": [(x.id, x.quantity, why_missing(x)) for x in result.missing],
        "parameter_head": ["parameter", "kind", "before, 95 %", "after: median, 95 %", "unit", "width left",
                           "pinned down"],
        "parameter_rows": [
            (str(r["parameter"]), str(r["kind"]), f"{r['prior_low']:.3g} to {r['prior_high']:.3g}",
             f"{r['median']:.3g} ({r['low']:.3g} to {r['high']:.3g})", str(r["unit"]), f"{r['sd_ratio']:.2f}",
             "yes" if r["identified"] else "no") for r in result.contraction.to_dict("records")
        ],
        "pictures": [_targets_picture(result.predictive), *_parameters_picture(result.contraction)],
    })  # fmt: skip


PREDICTIVE_HEAD = [
    "number", "study", "found", "prior alone", "average hospital", "a hospital like it", "a study like it",
    "left out", "distance", "contraction", "",
]  # fmt: skip


def predictive_cells(r: Row) -> tuple[str, ...]:
    """Cells of a row of `verdicts.table`, in the order of `PREDICTIVE_HEAD`."""
    if isinstance(r.get("sign"), str):
        return (f"{r['id']} {r['quantity']}", str(r["study"]), found(r), "", said(r), "", "", "", "", "",
                str(r["verdict"]))  # fmt: skip
    return (
        f"{r['id']} {r['quantity']}", str(r["study"]), found(r), interval(r, "prior_low", "prior_high"), said(r),
        interval(r, "site_low", "site_high"), interval(r, "study_low", "study_high"), left(r),
        f"{r['distance']:+.1f}", f"{100 * r['contraction']:.0f} %", str(r["verdict"]),
    )  # fmt: skip


TRIAL_HEAD = ["effect of a trial", "found", "predicted without the trial, 90 %", "place", "inside", "decisive"]


def trial_cells(r: Row) -> tuple[str, ...]:
    """Cells of a row of `verdicts.trials_left_out`."""
    return (
        f"{r['id']} ({r['study']})", f"{r['found']:.2f}",
        f"{r['left_median']:.2f} ({r['left_low']:.2f} to {r['left_high']:.2f})", f"{100 * r['place']:.0f} of 100",
        yes(r["inside"]), yes(r["decisive"]),
    )  # fmt: skip


JOINT_HEAD = ["draws", "numbers", "within 3 errors of all", "numbers missed by a draw: median, most"]


def joint_cells(r: Row) -> tuple[str, ...]:
    """Cells of a row of the joint fit."""
    return (str(r["draws"]), f"{r['numbers']:.0f}", f"{100 * r['share']:.1f} %",
            f"{r['missed_median']:.0f}, {r['missed_most']:.0f}")  # fmt: skip


SPREAD_HEAD = ["standard deviation between sites or trials", "numbers", "before, 95 %", "after: median, 95 %", "reason"]


def spread_cells(r: Row) -> tuple[str, ...]:
    """Cells of a row of `verdicts.spreads_table`."""
    return (
        str(r["spread"]), f"{r['numbers']:.0f}", f"{r['prior_low']:.2f} to {r['prior_high']:.2f}",
        f"{r['median']:.2f} ({r['low']:.2f} to {r['high']:.2f})", str(r["reason"]),
    )  # fmt: skip


CHECK_HEAD = ["number", "study", "found", "model", "why it is not fitted"]


def check_cells(r: Row) -> tuple[str, ...]:
    """Cells of a number that is never fitted."""
    return (f"{r['id']} {r['quantity']}", str(r["study"]), found(r), said(r), str(r["why"]))


EMULATOR_HEAD = ["number", "R² of runs", "R² of expectations", "own error", "chance of a run", "off in the posterior"]


def emulator_cells(r: Row) -> tuple[str, ...]:
    """Cells of a row on the emulator."""
    return (
        str(r["id"]), f"{r['r2_of_runs']:.2f}", f"{r['r2_of_expectation']:.2f}", f"{r['error']:.3f}",
        f"{r['chance']:.3f}", f"{r['off_in_posterior']:+.3f} ± {1.96 * r['error_of_that']:.3f}",
    )  # fmt: skip


COVERAGE_HEAD = ["what", "name", "90 % intervals held the truth", "width left"]


def coverage_cells(r: Row) -> tuple[str, ...]:
    """Cells of a row of `known_truths`."""
    return (str(r["what"]), str(r["name"]), f"{100 * r['coverage_90']:.0f} %", f"{r['width_left']:.2f}")


def as_json(result: Calibration) -> dict[str, Any]:
    """Record, predictive table and contraction as plain data."""

    def plain(table: pd.DataFrame) -> list[dict[str, Any]]:
        return [
            {str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
            for row in table.astype(object).to_dict("records")
        ]

    tables = {name: plain(table) for name, table in result.tables.items() if name != "parameters"}
    return {**result.record, **tables, "parameter_table": plain(result.contraction)}


def found(row: Row) -> str:
    """The study's estimate, in words."""
    return str(row["sign"]) if isinstance(row.get("sign"), str) else number(row["found"], row)


def said(row: Row) -> str:
    """The model's expectation for an average hospital, in words: median and 95 % interval over draws."""
    return f"{number(row['median'], row)} ({interval(row, 'low', 'high')})"


def left(row: Row) -> str:
    """What a fit that has not seen the study predicts for one like it."""
    return "" if isinstance(row.get("sign"), str) else interval(row, "left_low", "left_high")


def number(value: float, row: Row) -> str:
    """A value in the target's unit."""
    if math.isnan(value):
        return "–"
    share = row["unit"] == "share" and not is_ratio(str(row["quantity"])) and not isinstance(row.get("sign"), str)
    if abs(value) >= 100 and not share:
        return f"{value:,.0f}"
    return f"{100 * value:.1f} %" if share else f"{value:.2f}"


def interval(row: Row, low: str, high: str) -> str:
    """Two ends in the target's unit."""
    return f"{number(row[low], row)} to {number(row[high], row)}"


def yes(value: Any) -> str:
    """A mark of a table that may have been read from a file."""
    return "yes" if value in (True, "True") else "no"


def headline(words: list[str]) -> str:
    """How many numbers have each verdict."""
    each = {word: sum(w == word for w in words) for word in (MET, ALLOWED, NOT_INFORMATIVE, MISSED)}
    return (
        f"Of {len(words)} numbers {each[MET]} are met, {each[ALLOWED]} allowed, {each[MISSED]} missed; for "
        f"{each[NOT_INFORMATIVE]} the model, when it has not seen them, predicts too widely to be tested."
    )


def reasons(predictive: pd.DataFrame) -> list[str]:
    """Each number that is missed or met, with its reason."""
    told = predictive[predictive["verdict"].isin([MISSED, MET])].sort_values("verdict", kind="stable", ascending=False)
    return [f"{str(r['verdict']).capitalize()}: {r['id']}, {r['quantity']}: {r['reason']}."
            for r in told.to_dict("records")]  # fmt: skip


def _absent(result: Calibration) -> list[str]:
    if not result.missing:
        return []
    return ["Not compared: " + "; ".join(f"{t.id} ({why_missing(t).rstrip('.')})" for t in result.missing) + "."]


def why_missing(target: Target) -> str:
    """Why a target is not compared with the model."""
    return target.missing or ""


def pinned(record: dict[str, Any]) -> str:
    """How many parameters the targets pin down."""
    return (
        f"The targets pin down {record['identified']} of {record['parameters']} parameters: less than "
        f"{100 * IDENTIFIED:.0f} % of their doubt is left. {record['moving']} move some number; the others keep what "
        "their priors say. All go through every answer as doubt."
    )


def sentences(record: dict[str, Any]) -> list[str]:
    """What the fit is worth: all numbers at once, known truths, chains."""
    joint = record["joint"]
    found = [
        f"Within 3 errors of all numbers at once: {_share(joint['prior'])} of draws of the prior, "
        f"{_share(joint['posterior'])} of the posterior. Without trials: {_share(joint['posterior, without trials'])} "
        f"of the posterior, {_share(joint['wrong model, without trials'])} of a model that is wrong on purpose.",
        f"In {record['specification']['design']['worlds']} worlds with known truths, 90 % intervals held "
        f"{_share(record['coverage_90'])} of the expectations (the least of them "
        f"{_share(record['coverage_90_least'])}).",
    ]
    if record["worst_r_hat"] > CONVERGED:
        found.append(
            f"Careful: the chains do not quite agree (split R-hat up to {record['worst_r_hat']:.2f}); more --steps "
            "would."
        )
    return found


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if value == 0 or value >= 0.01 else f"{100 * value:.1f} %"


def made(record: dict[str, Any]) -> str:
    """How a calibration was made, in sentences, from its record."""
    design = record["specification"]["design"]
    waves = "; ".join(f"after wave {w['wave']:.0f} ({w['draws']:,.0f} draws) {100 * w['not_ruled_out']:.2g} % of the "
                      "prior is not ruled out" for w in record["waves"])  # fmt: skip
    return (
        f"{design['first']:,} draws of the priors, then {design['second']:,} for each wave: {waves or 'one wave'}. "
        f"{design['chains']} chains of {design['steps']} steps, the first half left out (split R-hat at most "
        f"{record['worst_r_hat']:.2f}). {record['seconds_of_runs'] / 60:.0f} minutes of one core for runs. Model "
        f"{record['specification']['model']}, seed {design['seed']}."
    )


def _targets_picture(table: pd.DataFrame) -> Figure:
    rows = [row for row in table.to_dict("records") if not isinstance(row.get("sign"), str)]
    left_, right, step, top = 250, 24, 26, 34
    height = top + step * len(rows) + 46
    names = ("study_low", "median", "study_high", "found_low", "found_high")
    ratios = {row["id"]: [row[k] / row["found"] for k in names] for row in rows}
    ticks = [0.25, 0.5, 1.0, 2.0, 4.0]
    x = svg.scale(math.log(ticks[0]), math.log(ticks[-1]), left_, svg.WIDTH - right)
    parts = []
    for tick in ticks:
        at = x(math.log(tick))
        parts += [
            svg.line(at, top, at, height - 44, "zero" if tick == 1 else "grid"),
            svg.text(at, height - 26, f"{tick:g}", "middle"),
        ]
    parts.append(
        svg.text((left_ + svg.WIDTH - right) / 2, height - 6, "model divided by what the study found", "middle")
    )
    order = ["study", "model"]
    for i, row in enumerate(rows):
        y = top + step * i + step / 2
        low, middle, high, study_low, study_high = (
            math.log(float(np.clip(v, ticks[0], ticks[-1]))) if math.isfinite(v) and v > 0 else math.nan
            for v in ratios[row["id"]]
        )
        words = str(row["quantity"])
        parts.append(svg.text(0, y + 4, f"{row['id']}  {words if len(words) < 30 else words[:28] + '…'}"))
        if math.isfinite(study_low) and math.isfinite(study_high):
            parts.append(svg.line(x(study_low), y - 5, x(study_high), y - 5, "whisker s0"))
        if math.isfinite(low) and math.isfinite(high):
            parts += [svg.line(x(low), y + 2, x(high), y + 2, "whisker s1"),
                      svg.marker("model", order, x(middle), y + 2)]  # fmt: skip
    title = headline([str(r["verdict"]) for r in table.to_dict("records")])
    text = (
        "Model against study, as a ratio: 1 is agreement. Dots are medians of the posterior, lines where 95 % of such "
        "studies would lie; the lines above are the studies' own 95 % intervals, where they are known."
    )
    head = ["number", "found", "model"]
    return Figure("targets", title, text, [svg.svg(title, text, height, parts)], head,
                   [[str(r["id"]), found(r), said(r)] for r in rows])  # fmt: skip


def _parameters_picture(table: pd.DataFrame) -> list[Figure]:
    rows = table.head(PINNED_SHOWN).to_dict("records")
    if not rows:
        return []
    left_, right, step, top = 230, 24, 20, 34
    height = top + step * len(rows) + 46
    x = svg.scale(0.0, 1.2, left_, svg.WIDTH - right)
    parts = []
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2):
        parts += [
            svg.line(x(tick), top, x(tick), height - 44, "zero" if tick == 1 else "grid"),
            svg.text(x(tick), height - 26, f"{tick:g}", "middle"),
        ]
    parts.append(
        svg.text((left_ + svg.WIDTH - right) / 2, height - 6, "width after, as a share of the width before", "middle")
    )
    for i, row in enumerate(rows):
        y = top + step * i + step / 2
        parts += [svg.text(0, y + 4, str(row["parameter"])), svg.line(x(0), y, x(row["sd_ratio"]), y, "whisker s1"),
                  svg.marker("model", ["study", "model"], x(row["sd_ratio"]), y)]  # fmt: skip
    first = rows[0]
    title = (
        f"The targets say most about {first['parameter']}: {100 * (1 - first['sd_ratio']):.0f} % of its doubt is gone"
    )
    text = "Standard deviation after the fit as a share of that before, for the parameters that are pinned down most."
    body = [[str(r["parameter"]), f"{r['sd_ratio']:.2f}"] for r in rows]
    picture = svg.svg(title, text, height, parts)
    return [Figure("parameters", title, text, [picture], ["parameter", "width left"], body)]
