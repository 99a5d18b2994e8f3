"""Posterior against prior on the page for researchers: what was met, what was pinned down, and whether to trust it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import solara

from dashboard.compute import posterior
from dashboard.ui import drawings, render
from dashboard.ui.drawings import Span
from dashboard.ui.widgets import File, Fold, Save
from scenarios.calibration_targets import is_ratio

DRAWN = 24
"""Parameters in the picture, those that are pinned down most; all are in the table."""

NONE = (
    "There is no posterior for these people yet: the calibrated parameters stand at hand-set start values. Until there "
    "is one, every page draws unknowns from their priors, and the page on certainty calls the result <i>prior "
    "futures</i>. Bands are 5 % to 95 % quantiles over these replications, with common random numbers."
)

WORDS = "met", "allowed", "not informative", "missed"
MARKS = {"met": "✓ met", "missed": "✗ missed"}

Row = Mapping[str, str]


@solara.component
def Posterior(profile: str) -> None:
    """The section; says so where there is no posterior."""
    draws = posterior.known(profile)
    solara.HTML(tag="h2", unsafe_innerHTML="Posterior against prior, diagnostics")
    if draws is None:
        solara.HTML(tag="p", unsafe_innerHTML=NONE, attributes={"data-testid": "posterior"})
        return
    made, targets, parameters = (
        posterior.record(profile), posterior.table(profile, "predictive"), posterior.table(profile, "parameters")
    )  # fmt: skip
    html = render.render(
        "posterior.html", label=draws.label, draws=len(draws), facts=facts(made, targets), targets=rows(targets),
        picture=against_studies(targets) if targets else "", narrowed=narrowed(parameters) if parameters else "",
    )  # fmt: skip
    solara.HTML(tag="div", unsafe_innerHTML=html, attributes={"data-testid": "posterior"})
    if parameters:
        listed = render.render("posterior_parameters.html", rows=[_parameter(row) for row in parameters])
        Fold(summary=f"All {len(parameters)} parameters, before and after", html=listed, testid="posterior-parameters")
    files = [File("draws", "Posterior draws (CSV)", "posterior.csv", "text/csv", lambda: posterior.draws_text(draws))]
    for kind, title, found in (
        ("predictive", "Targets against predictions (CSV)", targets),
        ("before-after", "Priors against posteriors (CSV)", parameters),
    ):
        if found:
            files.append(File(kind, title, f"{kind}.csv", "text/csv", partial(posterior.table_text, found)))
    if made:
        text = json.dumps(made, indent=1)
        files.append(File("record", "How it was made (JSON)", "calibration.json", "application/json", lambda: text))
    with solara.v.Html(tag="div", class_="row"):
        Save(name="posterior", files=files)


def facts(made: Mapping[str, Any], targets: Sequence[Row]) -> list[tuple[str, str]]:
    """Diagnostics in a line each: what, and the number with what it means."""
    from simulation import VERSION

    found = []
    if model := made.get("specification", {}).get("model"):
        same = "this model" if model.partition("+")[0] == VERSION else f"this page runs {VERSION}"
        found.append(("Model", f"{model} ({same}); made {str(made.get('made', ''))[:10]}"))
    if targets:
        said = [row["verdict"] for row in targets]
        found += [(f"Numbers {word}", f"{said.count(word)} of {len(said)}") for word in WORDS]
    for key, name, words in (
        ("least_size", "Effective draws, of the parameter that mixes worst", "{:.0f}"),
        ("identified", "Parameters pinned down", "{} of " + str(made.get("parameters", "?"))),
        ("coverage_90", "90 % intervals on known truths", "held the truth in {:.0%} of cases"),
        ("worst_r_hat", "Agreement of chains", "split R-hat at most {:.2f}"),
    ):
        if isinstance(made.get(key), int | float):
            found.append((name, words.format(made[key]).replace("%", "\u00a0%")))
    return found


def rows(targets: Sequence[Row]) -> list[dict[str, str]]:
    """A row for each target: found, predicted, met or not."""
    return [
        {
            "id": row["id"], "quantity": row["quantity"], "study": render.linked(row["study"]), "found": _found(row),
            "model": f"{_shown(row, 'median')} ({_shown(row, 'low')} to {_shown(row, 'high')})",
            "like": "" if row.get("sign") else f"{_shown(row, 'study_low')} to {_shown(row, 'study_high')}",
            "reading": MARKS.get(row["verdict"], row["verdict"]),
        }
        for row in targets
    ]  # fmt: skip


def against_studies(targets: Sequence[Row]) -> str:
    """Each target as a ratio to what the study found: study and model."""
    drawn = []
    for row in targets:
        value = _number(row, "found")
        if row.get("sign") or not value:
            continue
        study, model = ([_number(row, name) / value for name in names]
                        for names in (("found_low", "found", "found_high"), ("low", "median", "high")))  # fmt: skip
        drawn.append((f"{row['id']}  {row['quantity']}", [Span("now", *study), Span("plan", *model)]))
    caption = "Published numbers, dashed, and the model's predictions, as a ratio to the published number; lines: 95 %"
    return drawings.spans(drawn, caption, "divided by the published number", (0.0, 2.0), 1.0)


def narrowed(parameters: Sequence[Row]) -> str:
    """Priors and posteriors of the parameters that are pinned down most, on the scale of each prior."""
    drawn = []
    for row in sorted(parameters, key=lambda row: _number(row, "sd_ratio"))[:DRAWN]:
        low, high = _number(row, "prior_low"), _number(row, "prior_high")
        log = low > 0 and high > 10 * low

        def place(name: str, row: Row = row, low: float = low, high: float = high, log: bool = log) -> float:
            value = _number(row, name)
            return math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)

        before, after = ([place(name) for name in names] for names in (
            ("prior_low", "prior_median", "prior_high"), ("low", "median", "high")))  # fmt: skip
        drawn.append((row["parameter"], [Span("now", *before), Span("plan", *after)]))
    caption = (
        f"Before (dashed) and after the fit: the {len(drawn)} parameters that are pinned down most. Lines: 95 %; the "
        "scale of each runs from 0, the lower end before, to 1, the upper end"
    )
    return drawings.spans(drawn, caption, "place in the range before", (-0.1, 1.1), 0.0)


def _parameter(row: Row) -> dict[str, str]:
    def span(low: str, middle: str, high: str) -> str:
        return f"{_number(row, middle):.3g} ({_number(row, low):.3g} to {_number(row, high):.3g})"

    return {
        "name": row["parameter"], "kind": row["kind"], "unit": row["unit"],
        "before": span("prior_low", "prior_median", "prior_high"), "after": span("low", "median", "high"),
        "left": f"{_number(row, 'sd_ratio'):.2f}", "pinned": "yes" if row["identified"] == "True" else "no",
    }  # fmt: skip


def _found(row: Row) -> str:
    if row.get("sign"):
        return row["sign"]
    low, high = _number(row, "found_low"), _number(row, "found_high")
    spread = "" if math.isnan(low) else f" ({_shown(row, 'found_low')} to {_shown(row, 'found_high')})"
    return f"{_shown(row, 'found')}{spread if math.isfinite(high) else ''}"


def _number(row: Row, name: str) -> float:
    return float(row.get(name) or "nan")


def _shown(row: Row, name: str) -> str:
    value = _number(row, name)
    if math.isnan(value):
        return "–"
    share = row["unit"] == "share" and not is_ratio(row["quantity"]) and not row.get("sign")  # a sign is of a slope
    return (f"{100 * value:.1f}\u00a0%" if share else f"{value:.2f}").replace("-", "−")
