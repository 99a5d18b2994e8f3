"""Writes docs/evidence.md and the tables of docs/validation.md from the code: `python -m docs.build.evidence_page`.

`--check` only compares. Numbers of a fit come from `scenarios/posteriors`: the pages follow when another is shipped.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path
from typing import Any

from docs.build.generated_parts import between
from experiments.calibration import fitting
from experiments.calibration.site import fit as site_fit
from experiments.uncertainty.priors import prior_quantile, prior_words
from scenarios.calibration_targets import Target, is_ratio, targets
from simulation import VERSION
from simulation.config import MECHANISMS
from simulation.parameter_types import Prior
from simulation.parameters import PARAMETERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "evidence.md"
VALIDATION = ROOT / "docs" / "validation.md"
POSTERIORS = ROOT / "scenarios" / "posteriors"
NOBODY = "nobody has measured this"
PEOPLE = {
    "people_who_use_drugs": "People who use drugs",
    "serious_mental_illness": "People with serious mental illness",
}

HEAD = """# Evidence

Every number in the model, with where it comes from; written from the code by
`python -m docs.build.evidence_page`, and a test
fails when it is out of date. Three kinds are never mixed:

* **measured**: fixed, with its study;
* **calibrated**: fitted to the targets below, and used as a sample of many values, not as one;
* **assumed**: {nobody}. It has a wide range, and that range goes through every answer.

{counts}

## Targets: what studies found

A fit compares the model with these (`scenarios/targets/`). Where a study's error is unknown, only the assumed
discrepancy of the model stands for it. A sign is a direction without a size.

{targets}

## Parameters

The range is the middle 95 % of the prior: what was believed before any fit. What the fit made of it is in
`docs/validation.md` and, parameter by parameter, in `scenarios/posteriors/`.

{parameters}

## Assumed outside the model

{outside}
"""


def evidence() -> str:
    """The page."""
    kinds = [p.kind for p in PARAMETERS.values()]
    found = targets()
    with_number = sum(t.prediction is not None for t in found)
    counts = (
        f"Model {VERSION}: {len(kinds)} parameters ({kinds.count('measured')} measured, {kinds.count('calibrated')} "
        f"calibrated, {kinds.count('assumed')} assumed); {len(found)} targets, of which {with_number} have a number in "
        f"the model and {len(found) - with_number} do not, each with the reason."
    )
    return HEAD.format(
        nobody=NOBODY, counts=counts, targets=_targets(found), parameters=_parameters(), outside=_outside()
    )


def _targets(found: tuple[Target, ...]) -> str:
    parts = []
    for profile in dict.fromkeys(t.profile for t in found):
        rows = [
            (
                t.id, t.quantity, t.population, _found(t), _unit(t), t.weight, _source(t),
                f"{_where(t)}: {t.prediction}" if t.prediction else f"not compared: {t.missing}", t.note,
            )
            for t in found if t.profile == profile
        ]  # fmt: skip
        head = (
            "id",
            "what",
            "whom",
            "found (95 % interval)",
            "unit",
            "weight",
            "study",
            "compared with",
            "keep in mind",
        )
        parts.append(f"### {PEOPLE.get(profile, profile.capitalize())}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def _where(t: Target) -> str:
    return f"`{t.scenario or t.trial}`" + (f", arm {t.arm}" if t.arm else "")


def _found(t: Target) -> str:
    if t.value is None:
        return f"{t.sign} (sign only)"
    low, high = t.interval()
    return f"{t.value:g}" + ("" if math.isnan(low) else f" ({low:.3g} to {high:.3g})")


def _unit(t: Target) -> str:
    if t.value is None:
        return ""
    return "ratio" if is_ratio(t.quantity) else t.unit


def _source(t: Target) -> str:
    where = t.source if t.source in t.study else f"{t.study}, {t.source}"
    return f"{where} ({t.read})"


def _parameters() -> str:
    parts = []
    groups = list(dict.fromkeys(name.partition(".")[0] for name in PARAMETERS))
    for group in groups:
        rows = []
        for name, p in PARAMETERS.items():
            if name.partition(".")[0] != group:
                continue
            rows.append(_parameter(f"`{name}`", p.kind, p.value, p.unit, p.low, p.high, p.prior, p.source, p.text))
            if p.smi:
                words = "for people with serious mental illness"
                rows.append(
                    _parameter(
                        f"`{name}`, {words}",
                        p.smi.kind,
                        p.smi.value,
                        p.unit,
                        p.low,
                        p.high,
                        p.smi.prior,
                        p.smi.source,
                        "as above",
                    )  # fmt: skip
                )
        head = ("parameter", "kind", "start value", "unit", "bounds", "prior (95 % range)", "source", "what it does")
        title = f"Mechanism {MECHANISMS.index(group) + 1}, {group}" if group in MECHANISMS else group
        parts.append(f"### {title.replace('_', ' ').capitalize()}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def _parameter(
    name: str, kind: str, value: float, unit: str, low: float, high: float, prior: Prior, source: str, text: str
) -> tuple[str, ...]:
    said = source
    if kind == "assumed" and NOBODY not in source:
        said = f"{NOBODY[0].upper()}{NOBODY[1:]}; {source}"
    return name, kind, f"{value:g}", unit, f"{low:g} to {high:g}", _prior(prior, low, high), said, text


def _prior(prior: Prior, low: float, high: float) -> str:
    if prior.shape == "fixed":
        return "fixed"
    ends = prior_quantile(prior, low, high, [0.025, 0.975])
    return f"{prior_words(prior)}: {ends[0]:.3g} to {ends[1]:.3g}"


def _outside() -> str:
    low, high = prior_quantile(site_fit.BETWEEN, *site_fit.BETWEEN_BOUNDS, [0.025, 0.975])
    rows = [
        ("`fitting.DISCREPANCY`", f"{fitting.DISCREPANCY:g} of the number",
         "How far a right model of no hospital in particular may be off any one study", "`--discrepancy`"),
        ("`site_fit.DISCREPANCY`", f"{site_fit.DISCREPANCY:g} of the number",
         "How far the model may be off a site's number even with that site's own parameters",
         "`--discrepancy` with `--data`"),
        ("`site_fit.BETWEEN`", f"{prior_words(site_fit.BETWEEN)} prior widths: {low:.2f} to {high:.2f}",
         "How far hospitals differ in their parameters; a site's own records move it", "drawn for each draw"),
    ]  # fmt: skip
    rows = [(name, value, f"{what}: {NOBODY}", how) for name, value, what, how in rows]
    return table(("number", "value", "what it is", "how to change it"), rows)


def fits() -> str:
    """What the shipped posteriors say of themselves: how they were made, what they meet and pin down."""
    parts = []
    for path in sorted(POSTERIORS.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "specification" in record:
            parts.append(_fit(path.stem, record))
    return "\n\n".join(parts) or "No posterior is shipped: the model runs on hand-set start values."


def _fit(profile: str, record: dict[str, Any]) -> str:
    seconds, recovered, even = (
        record.get(key) for key in ("seconds_of_runs", "recovered_90_of_identified", "rank_chi2_p")
    )
    commit = (record.get("git") or {}).get("commit", "unknown")[:12]
    made = (
        f"**{PEOPLE.get(profile, profile.capitalize())}**: {record.get('label', 'posterior')}, made by "
        f"`{record['command_line']}` with model {record['specification']['model']} at commit `{commit}`"
    )
    made += f", {seconds / 3_600:.1f} core hours of runs.\n" if seconds else ".\n"
    which, covered = "those", record["coverage_90_of_identified"]
    if covered is None:
        which, covered = "all", record["coverage_90_of_all"]
    made += (
        f"Of {record['parameters']} parameters with a range, {record.get('screened', '–')} move a target in the screen "
        f"and {record['identified']} are pinned down (posterior narrower than {fitting.IDENTIFIED:g} of the prior). "
        f"Intervals of 90 % hold {_percent(covered)} of known truths for {which}"
    )
    made += f", and {_percent(recovered)} over {record['truths']} recovered parameter sets" if recovered else ""
    made += f"; ranks are even with p = {even:.2f}.\n" if even is not None else ".\n"
    rows = _read(f"{profile}.predictive.csv")
    body = [
        (
            row["id"], row["quantity"], row["study"], row.get("sign") or _short(row.get("found")),
            f"{_short(row['median'])} ({_short(row['low'])} to {_short(row['high'])})",
            f"{_short(row.get('study_low'))} to {_short(row.get('study_high'))}" if row.get("study_low") else "",
            "met" if row["inside"] == "True" else "**missed**",
        )
        for row in rows
    ]  # fmt: skip
    met = sum(row["inside"] == "True" for row in rows)
    made += f"{met} of {len(rows)} targets are met.\n\n"
    head = ("target", "what", "study", "found", "model: median (95 % over draws)", "for a study like this, 95 %", "")
    return made + table(head, body)


def _read(name: str) -> list[dict[str, str]]:
    with open(POSTERIORS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _short(value: str | None) -> str:
    return f"{float(value):.3g}" if value else "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def validation(text: str) -> str:
    """The page on validation with its generated part in place.

    Raises:
        ValueError: The page has no mark for it.
    """
    return between(text, "fits", fits())


def main() -> None:
    """Write or check both pages."""
    made = {PAGE: evidence(), VALIDATION: validation(VALIDATION.read_text(encoding="utf-8"))}
    if "--check" in sys.argv[1:]:
        late = [path.name for path, text in made.items() if path.read_text(encoding="utf-8") != text]
        if late:
            raise SystemExit(f"out of date: {', '.join(late)}; run `python -m docs.build.evidence_page`")
        return
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
