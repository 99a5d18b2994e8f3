"""What the shipped posteriors say, and how a finished calibration comes to be shipped."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import simulation
from docs.build import evidence_pages, tutorials
from docs.build.generated_parts import DOCS, filled
from docs.build.generated_parts import table as markdown
from docs.build.registry import Files, page
from experiments.calibration.calibrate import FORMAT, POSTERIOR, PREDICTIONS, RECORD, TABLES, differing
from experiments.calibration.report import (
    CHECK_HEAD,
    COVERAGE_HEAD,
    EMULATOR_HEAD,
    JOINT_HEAD,
    PREDICTIVE_HEAD,
    SPREAD_HEAD,
    TRIAL_HEAD,
    check_cells,
    coverage_cells,
    emulator_cells,
    headline,
    joint_cells,
    made,
    pinned,
    predictive_cells,
    sentences,
    spread_cells,
    trial_cells,
)
from experiments.calibration.site.fit import one_hospital
from experiments.support.result_folders import write_json
from experiments.support.verified_files import copy_verified
from experiments.uncertainty.draws import read_draws
from experiments.uncertainty.shipped import FOLDER, ONE_HOSPITAL, shipped_record
from simulation.parameter_types import Prior

NONE = (
    "No posterior is shipped for this version of the model: every command uses draws of the prior, and says so in its "
    "answers."
)


AGAIN = 2
"""Checked draws that are simulated again before a fit is shipped."""


def ship(folder: Path, to: Path = FOLDER) -> str:
    """Copy what `peerbridge calibrate` left in `folder`; the population profile that it is for.

    Raises:
        SystemExit: There is no finished calibration in the folder, or this model gives other numbers than it.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SystemExit(f"{folder}: holds no calibration") from None
    if record.get("format") != FORMAT or record.get("state") != "complete":
        raise SystemExit(f"{folder}: holds no finished calibration")
    made_by = str(record["specification"]["model"])
    if made_by.partition("+")[0] != simulation.VERSION:
        raise SystemExit(f"{folder}: was fitted to model {made_by}, and this is {simulation.VERSION}")
    lines = differing(record, read_draws(folder / POSTERIOR), folder / PREDICTIONS, AGAIN)
    if lines:
        raise SystemExit(f"{folder}: this model gives other numbers than the one that was fitted: {lines[0]}")
    profile = str(record["specification"]["design"]["profile"])
    to.mkdir(parents=True, exist_ok=True)
    record["command_line"] = re.sub(r"--out \S+", "--out results/calibration", record["command_line"])
    write_json(to / f"{profile}.json", record)
    copy_verified(folder / POSTERIOR, to / f"{profile}.parquet")
    if (between := record.get("between_sites")) is not None:
        spread = Prior("lognormal", between["median"], between["sd_log"])
        one_hospital(read_draws(folder / POSTERIOR), spread).write(to / f"{profile}.{ONE_HOSPITAL}.parquet")
    for name in (PREDICTIONS, *(f"{table}.csv" for table in TABLES)):
        copy_verified(folder / name, to / f"{profile}.{name}")
    return profile


def table(profile: str, name: str) -> list[dict[str, Any]]:
    """Rows of a shipped table, numbers as numbers."""
    with open(FOLDER / f"{profile}.{name}.csv", encoding="utf-8", newline="") as file:
        return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]


def _value(text: str) -> Any:
    if text in ("True", "False"):
        return text == "True"
    try:
        return float(text) if text else float("nan")
    except ValueError:
        return text


def shipped() -> str:
    """What stands on the page between the marks: a part for each population that has a posterior."""
    parts = [_shipped(path.stem) for path in sorted(FOLDER.glob("*.parquet")) if "." not in path.stem]
    return "\n\n".join(parts) or NONE


def _shipped(profile: str) -> str:
    record = shipped_record(profile)
    versions = record["versions"]
    pinned_rows = [row for row in table(profile, "parameters") if row["identified"]]
    predictive = table(profile, "predictive")
    lines = [
        f"### {evidence_pages.PEOPLE.get(profile, profile)}",
        f"{record['label'][0].upper()}{record['label'][1:]}. {made(record)}",
        f"```\n{record['command_line']}\n```",
        f"Python {versions['python']}, NumPy {versions['numpy']}, SciPy {versions['scipy']}, scikit-learn "
        f"{versions['scikit-learn']}; seeds, scenario hashes and machine are in `scenarios/posteriors/{profile}.json`.",
        f"**{headline([str(row['verdict']) for row in predictive])}**",
        " ".join(sentences(record)),
        markdown(PREDICTIVE_HEAD, [predictive_cells(row) for row in predictive]),
        "\n".join(f"* *{row['id']}* is {row['verdict']}: {row['reason']}." for row in predictive),
        "Effects of trials, each predicted by a fit that has not seen the trial; decisive where the interval does not "
        "hold both no effect and twice the published one:",
        markdown(TRIAL_HEAD, [trial_cells(row) for row in table(profile, "trials")]),
        "All numbers at once:",
        markdown(JOINT_HEAD, [joint_cells(row) for row in table(profile, "joint")]),
        "How far sites and trials differ, on the scale of log odds or logarithms:",
        markdown(SPREAD_HEAD, [spread_cells(row) for row in table(profile, "spreads")]),
        "Numbers that are never fitted, beside the model:",
        markdown(CHECK_HEAD, [check_cells(row) for row in table(profile, "checks")]),
        "How well the emulator stands for the model:",
        markdown(EMULATOR_HEAD, [emulator_cells(row) for row in table(profile, "emulator")]),
        "How often 90 % intervals held known truths:",
        markdown(COVERAGE_HEAD, [coverage_cells(row) for row in table(profile, "coverage")]),
        pinned(record),
        markdown(
            ("parameter", "unit", "before, 95 %", "after: median, 95 %", "width left"),
            [(f"`{r['parameter']}`", r["unit"], f"{r['prior_low']:.3g} to {r['prior_high']:.3g}",
              f"{r['median']:.3g} ({r['low']:.3g} to {r['high']:.3g})", f"{r['sd_ratio']:.2f}") for r in pinned_rows],
        ),
    ]  # fmt: skip
    return "\n\n".join(line for line in lines if line)


@page("calibration")
def calibration() -> Files:
    """What the shipped posteriors are, how they were made and what they leave open."""
    return filled(DOCS / "explanation" / "calibration.md", {"shipped": shipped()})


@page("posterior", needs=("calibration",), compared=False)
def posterior(folder: Path) -> Files:
    """Ship a finished calibration, and write every page that says what it says.

    Copies the posterior into `scenarios/posteriors/` with how it was made and the tables that say what it is worth.
    """
    profile = ship(folder)
    print(f"{FOLDER}: holds the posterior for {profile.replace('_', ' ')}")
    return {**calibration(), **evidence_pages.evidence(), **tutorials.tutorials()}
