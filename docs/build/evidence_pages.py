"""The pages on evidence, parameters and validation, from the code and the shipped posteriors.

Numbers of a fit come from `scenarios/posteriors`: the pages follow when another is shipped.
"""

from __future__ import annotations

import csv
import json
import math
from typing import Any

from docs.build.generated_parts import DOCS, ROOT, filled, table
from docs.build.registry import Files, page
from experiments.calibration import hierarchy, report
from experiments.calibration.site import fit as site_fit
from experiments.uncertainty.priors import prior_quantile, prior_words
from scenarios.calibration_targets import Target, is_ratio, targets
from scenarios.evidence_roles import evidence as numbers
from simulation import VERSION
from simulation.config import MECHANISMS
from simulation.parameter_types import Prior
from simulation.parameters import PARAMETERS

POSTERIORS = ROOT / "scenarios" / "posteriors"
NOBODY = "nobody has measured this"
NO_FIT = "No posterior is shipped for this version of the model: answers rest on draws of the prior."
PEOPLE = {
    "people_who_use_drugs": "People who use drugs",
    "serious_mental_illness": "People with serious mental illness",
}


def counts() -> str:
    """How many parameters and targets there are of each kind."""
    kinds = [p.kind for p in PARAMETERS.values()]
    found = targets()
    with_number = sum(t.prediction is not None for t in found)
    return (
        f"Model {VERSION}: {len(kinds)} parameters ({kinds.count('measured')} measured, {kinds.count('calibrated')} "
        f"calibrated, {kinds.count('assumed')} assumed); {len(found)} targets, of which {with_number} have a "
        f"number in\nthe model and {len(found) - with_number} do not, each with the reason."
    )


def target_tables() -> str:
    """Every target with its study, its error and what it is compared with, by population."""
    parts, found = [], targets()
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


def parameters() -> str:
    """Every parameter with kind, start value, unit, bounds, prior and source, by mechanism."""
    parts = []
    for group in dict.fromkeys(name.partition(".")[0] for name in PARAMETERS):
        rows = []
        for name, p in PARAMETERS.items():
            if name.partition(".")[0] != group:
                continue
            bounds = p.low, p.high
            rows.append(_parameter(f"`{name}`", p.text, p.kind, p.value, p.unit, *bounds, p.prior, p.source))
            if p.smi:
                words = "For people with serious mental illness."
                smi = p.smi.kind, p.smi.value, p.unit, *bounds, p.smi.prior, p.smi.source
                rows.append(_parameter(f"`{name}`", words, *smi))
        title = f"Mechanism {MECHANISMS.index(group) + 1}, {group}" if group in MECHANISMS else group
        head = ("parameter and what it does", "start value", "prior (95 % range)", "kind", "source")
        parts.append(f"## {title.replace('_', ' ').capitalize()}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def _parameter(
    name: str, text: str, kind: str, value: float, unit: str, low: float, high: float, prior: Prior, source: str
) -> tuple[str, ...]:
    origin = source
    if kind == "assumed" and NOBODY not in source:
        origin = f"{NOBODY[0].upper()}{NOBODY[1:]}; {source}"
    start = f"{value:g} {unit} (bounds {low:g} to {high:g})"
    return f"{name}<br>{text}", start, _prior(prior, low, high), kind, origin


def _prior(prior: Prior, low: float, high: float) -> str:
    if prior.shape == "fixed":
        return prior_words(prior)
    ends = prior_quantile(prior, low, high, [0.025, 0.975])
    return f"{prior_words(prior)}: {ends[0]:.3g} to {ends[1]:.3g}"


def outside() -> str:
    """Assumptions of the method of fitting, with how to change each."""
    low, high = prior_quantile(site_fit.BETWEEN, *site_fit.BETWEEN_BOUNDS, [0.025, 0.975])
    rows = [
        ("`site_fit.DISCREPANCY`", f"{site_fit.DISCREPANCY:g} of the number",
         "How far the model may be off a site's number even with that site's own parameters",
         "`--discrepancy` with `--data`"),
        ("`site_fit.BETWEEN`", f"{prior_words(site_fit.BETWEEN)} prior widths: {low:.2f} to {high:.2f}",
         "How far hospitals differ in their parameters; a site's own records move it", "drawn for each draw"),
    ]  # fmt: skip
    rows = [(name, value, f"{what}: {NOBODY}", how) for name, value, what, how in rows]
    known = [*hierarchy.BETWEEN_SITES.items(), (hierarchy.EFFECTS, hierarchy.BETWEEN_TRIALS)]
    for kind, (prior, reason) in [*known, (hierarchy.LEFT, hierarchy.LEFT_OVER)]:
        low, high = prior_quantile(prior, *hierarchy.LIMITS, [0.025, 0.975])
        rows.append(
            (
                f"spread, {kind}",
                f"{prior_words(prior)}: {low:.2f} to {high:.2f}",
                f"Standard deviation on the scale of log odds or logarithms: {reason}",
                "a prior; the fit moves it",
            )
        )
    return table(("number", "value", "what it is", "how to change it"), rows)


def roles() -> str:
    """What each number of the evidence is used for."""
    rows = []
    for n in numbers():
        used = ", ".join(f"`{name}`" for name in n.parameters) or n.why
        rows.append((n.id, n.quantity, n.study, n.role, " ".join(n.targets), used))
    return table(("number", "what", "study", "role", "targets and checks", "parameters, or why not used"), rows)


def fits() -> str:
    """What the shipped posteriors say of themselves: how they were made, what they meet and pin down."""
    parts = []
    for path in sorted(POSTERIORS.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "specification" in record:
            parts.append(_fit(path.stem, record))
    return "\n\n".join(parts) or NO_FIT


def _fit(profile: str, record: dict[str, Any]) -> str:
    commit = (record.get("git") or {}).get("commit", "unknown")[:12]
    rows = _read(f"{profile}.predictive.csv")
    made = (
        f"**{PEOPLE.get(profile, profile.capitalize())}**: {record.get('label', 'posterior')}, made by "
        f"`{record['command_line']}` with model {record['specification']['model']} at commit `{commit}`, "
        f"{record['seconds_of_runs'] / 3_600:.1f} core hours of runs. {report.headline([r['verdict'] for r in rows])} "
    )
    made += " ".join(report.sentences(record))
    body = [
        (r["id"], r["quantity"], r["study"], r["verdict"] if r["verdict"] != "missed" else "**missed**", r["reason"])
        for r in rows
    ]  # fmt: skip
    return f"{made}\n\n" + table(("number", "what", "study", "", "why"), body)


WATCHED = ("C9", "C7", "C8a")
"""Numbers, by the beginning of their id, of trials that are shown whether they are missed or not."""

CAUSES = {
    "Gryczynski 2021 (NavSTAR)": "NavSTAR enrolled people whom a consult team had already chosen. The model picks such "
    "people by what makes a team see them (housing, distress, opioids); no number says how much more often they come "
    "back than others, so that the level of both arms has to come from the spread between sites.",
    "Sledge 2011": "Sledge 2011 enrolled people with three admissions or more in 18 months at one hospital, 36 and 38 "
    "of them. The model picks them by the same rule; how much of their use is lasting rests on the spread of frailty, "
    "which no study gives.",
}
"""What is known of why the model's numbers differ from those of a study."""


def misses() -> str:
    """What the shipped fits miss, and where the levels and effects of the watched trials lie in their predictions."""
    parts = []
    for path in sorted(POSTERIORS.glob("*.json")):
        if "specification" in json.loads(path.read_text(encoding="utf-8")):
            parts.append(_misses(path.stem))
    return "\n\n".join(parts) or NO_FIT


def _misses(profile: str) -> str:
    rows = _read(f"{profile}.predictive.csv")
    chosen = [r for r in rows if r["found"] and (r["verdict"] == "missed" or r["id"].startswith(WATCHED))]
    missed = [r["id"] for r in rows if r["verdict"] == "missed"]
    body = [
        (f"{r['id']} {r['quantity']}", report.found(_numbers(r)), report.said(_numbers(r)),
         f"{100 * _place(r, 'low', 'high'):.0f} of 100", f"{100 * _place(r, 'site_low', 'site_high'):.0f} of 100",
         f"**{r['verdict']}**" if r["verdict"] == "missed" else r["verdict"])
        for r in chosen
    ]  # fmt: skip
    far = {r["study"] for r in chosen if not 0.025 <= _place(r, "low", "high") <= 0.975}
    outside = [r["id"] for r in chosen if r["verdict"] != "missed" and not 0.025 <= _place(r, "low", "high") <= 0.975]
    lines = [
        f"**{PEOPLE.get(profile, profile)}.** {report.headline([r['verdict'] for r in rows])} "
        + (f"Missed: {', '.join(missed)}. " if missed else "")
        + (f"What was found lies outside the model's own prediction for {', '.join(outside)}: only the study's error "
           "and the spread between sites and trials hold it." if outside else "")
    ]  # fmt: skip
    if body:
        head = ("number", "found", "fitted model, average hospital (95 %)", "place of what was found in it",
                "place at one hospital", "")  # fmt: skip
        lines.append(table(head, body))
    lines += [f"* {cause}" for study, cause in CAUSES.items() if study in far]
    return "\n\n".join(lines[:2]) + ("\n\n" + "\n".join(lines[2:]) if lines[2:] else "")


def _numbers(row: dict[str, str]) -> dict[str, Any]:
    return {key: _number(text) for key, text in row.items()}


def _number(text: str) -> Any:
    try:
        return float(text) if text else math.nan
    except ValueError:
        return text


def _place(row: dict[str, str], low: str, high: str) -> float:
    """Share of a prediction below what was found, from its 95 % interval, without any error of the study; 0 to 1."""
    found, ends = float(row["found"]), (float(row[low]), float(row[high]))

    def scale(x: float) -> float:
        share = row["unit"] == "share" and not is_ratio(row["quantity"])
        x = min(max(x, 1e-6), 1 - 1e-6) if share else max(x, 1e-6)
        return math.log(x / (1 - x)) if share else math.log(x)

    start, end = scale(ends[0]), scale(ends[1])
    sd = (end - start) / (2 * 1.959964)
    return 0.5 * math.erfc((0.5 * (start + end) - scale(found)) / sd / math.sqrt(2.0)) if sd > 0 else math.nan


def _read(name: str) -> list[dict[str, str]]:
    with open(POSTERIORS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _short(value: str | None) -> str:
    return f"{float(value):.3g}" if value else "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


@page("evidence")
def evidence() -> Files:
    """Targets and assumptions, every parameter, and what the shipped fits are worth."""
    return {
        **filled(
            DOCS / "explanation" / "evidence.md",
            {"counts": counts(), "targets": target_tables(), "outside": outside(), "roles": roles()},
        ),
        **filled(DOCS / "reference" / "parameters.md", {"parameters": parameters()}),
        **filled(DOCS / "explanation" / "validation.md", {"fits": fits()}),
        **filled(ROOT / "README.md", {"misses": misses()}),
    }
