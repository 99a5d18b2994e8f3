"""What the shipped posteriors say, and how a finished calibration comes to be shipped."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from docs.build import evidence_pages, tutorials
from docs.build.generated_parts import DOCS, filled
from docs.build.registry import Files, page
from experiments.calibration.calibrate import FORMAT, POSTERIOR, PREDICTIONS, RECORD, TABLES
from experiments.calibration.report import found, made, said, verdict
from experiments.support.result_folders import write_json
from experiments.support.verified_files import copy_verified
from experiments.uncertainty.shipped import FOLDER, shipped_record


def ship(folder: Path, to: Path = FOLDER) -> str:
    """Copy what `peerbridge calibrate` left in `folder`; the population profile that it is for.

    Raises:
        SystemExit: There is no finished calibration in the folder.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SystemExit(f"{folder}: holds no calibration") from None
    if record.get("format") != FORMAT or record.get("state") != "complete":
        raise SystemExit(f"{folder}: holds no finished calibration")
    profile = str(record["specification"]["design"]["profile"])
    to.mkdir(exist_ok=True)
    record["command_line"] = re.sub(r"--out \S+", "--out results/calibration", record["command_line"])
    write_json(to / f"{profile}.json", record)
    copy_verified(folder / POSTERIOR, to / f"{profile}.parquet")
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
    return "\n\n".join(_shipped(path.stem) for path in sorted(FOLDER.glob("*.parquet")) if "." not in path.stem)


def _shipped(profile: str) -> str:
    record, predictive, parameters = shipped_record(profile), table(profile, "predictive"), table(profile, "parameters")
    pinned = [row for row in parameters if row["identified"]]
    missed = [row for row in predictive if not row["inside"]]
    versions, screened = record["versions"], record["screened"]
    covered, recovered = (100 * record[f"{name}_90_of_identified"] for name in ("coverage", "recovered"))
    before = record.get("coverage_90_before_trials")
    trials = f"; before the trials {100 * before:.0f} %" if before is not None else ""
    lines = [
        f"### {evidence_pages.PEOPLE.get(profile, profile)}",
        f"{record['label'][0].upper()}{record['label'][1:]}. {made(record)}",
        f"```\n{record['command_line']}\n```",
        f"Python {versions['python']}, NumPy {versions['numpy']}, SciPy {versions['scipy']}; seeds, scenario hashes "
        f"and machine are in `scenarios/posteriors/{profile}.json`.",
        f"**{len(predictive) - len(missed)} of {len(predictive)} targets are met.** Found, what the model says (median "
        "and 95 % of the draws), the width of that as a share of the number, and the verdict:",
        "\n".join([
            "| target | study | found | model | width | |", "|---|---|---:|---:|---:|---|",
            *(f"| {r['id']}: {r['quantity']} | {r['study']} | {found(r)} | {said(r)} | {_width(r)} | {verdict(r)} |"
              for r in predictive),
        ]),
        "\n".join(f"* *{r['id']}* ({r['quantity']}) is missed: {r['reason']}." for r in missed),
        f"**{len(pinned)} of {len(parameters)} parameters {'is' if len(pinned) == 1 else 'are'} pinned down** "
        f"(less than 80 % of their prior standard deviation is left). {screened - len(pinned)} more move "
        f"some target and stay nearly as wide as before; the other {len(parameters) - screened} move none.",
        "\n".join([
            "| parameter | unit | before, 95 % | after: median, 95 % | width left |", "|---|---|---:|---:|---:|",
            *(f"| `{r['parameter']}` | {r['unit']} | {r['prior_low']:.3g} to {r['prior_high']:.3g} | "
              f"{r['median']:.3g} ({r['low']:.3g} to {r['high']:.3g}) | {r['sd_ratio']:.2f} |" for r in pinned),
        ]),
        f"**The method's 90 % intervals held {covered:.0f} % of known truths** for these parameters "
        f"({record['rank_tests']} draws that played the world; evenness of ranks: p = {record['rank_chi2_p']:.2f}"
        f"{trials}), "
        f"and {recovered:.0f} % over the {record['truths']} truths listed in `{profile}.recovery.csv`.",
    ]  # fmt: skip
    return "\n\n".join(line for line in lines if line)


def _width(row: dict[str, Any]) -> str:
    return "" if isinstance(row.get("sign"), str) else f"{100 * row['relative_width']:.0f} %"


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
