"""The page on plausibility: the start values against every target."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

from docs.build.generated_parts import DOCS, wrapped
from docs.build.registry import Files, page
from experiments.outcomes.target_predictions import predict
from scenarios import load
from scenarios.calibration_targets import Target, is_ratio, targets
from simulation import VERSION, simulate

SEEDS = 40

TOLERANCE = 0.2
"""How far, as a share of the target, a hand-set start value may be off: set by hand, for orientation only."""

HEAD = """# Plausibility of the hand-set start values

Commands use the fitted posterior ([calibration](calibration.md)). The start values (`--posterior none`, and what a
script gets that names no draws) are set by hand, only so far that the default scenario is plausible. This table says
how far that went, misses included; it is no validation. The targets, their studies and their errors are data:
`scenarios/targets/`. Ratios of the model are crude (most studies adjusted theirs).

Model {version}, {seeds} runs of 730 measured days of the scenario named; written by
`python -m docs.build plausibility`.

| target | quantity | study | found | 95 % interval | model | scenario | |
|---|---|---|---:|---:|---:|---|---|
"""

TAIL = """
"Inside" means inside the study's own 95 % interval; "near" within {tolerance:.0%} of the number, a tolerance set by
hand. Neither means that the mechanism behind a number is right: several settings of the parameters would do as well.

Where it misses, and why, as far as is known:

* *C3a and C3b*: median stays of one hospital do not go with mean and spread of another (C4). A log-normal stay with the
  mean and spread of C4 has a median of 3.3 days, both kinds of discharge together; the start values follow C4.
* *C13-overdose*: what is lasting in overdose is drawn independently of the frailty that brings people to hospital
  ([model 1.0](model-1.0.md)).
* *C14*: the study compares each person with themselves and adjusts; the model's ratio is that of the first 28 days to
  the next five months over everybody, in which people who have many overdoses drop out early.
* *E2*: deaths of patients of one health system, older than samples of the street. E8, of people who inject, is lower;
  the two studies cannot both be met by one population; the model lies below both.
* *C16b*: the model's share above its cut-off is nearer to workers with one symptom or more (C16, 31.9 %) than to
  persistent burnout. What the survey asked is not known to us.

Not compared here:

{missing}
"""


def row(target: Target, value: float) -> str:
    """One line of the table."""
    if target.sign:
        verdict = "as found" if (value < 0) == (target.sign == "negative") else "**missed**"
        return _line(target, target.sign, "", f"{value:+.2f}", verdict)
    assert target.value is not None
    low, high = target.interval()
    if low <= value <= high:
        verdict = "inside"
    else:
        verdict = "near" if abs(value - target.value) <= TOLERANCE * abs(target.value) else "**missed**"
    spread = "" if math.isnan(low) else f"{_number(low, target)} to {_number(high, target)}"
    return _line(target, _number(target.value, target), spread, _number(value, target), verdict)


def _line(target: Target, found: str, spread: str, value: str, verdict: str) -> str:
    study = f"{target.study}, {target.source}" if target.source not in target.study else target.study
    cells = (target.id, target.quantity, study, found, spread, value, f"`{target.scenario}`", verdict)
    return f"| {' | '.join(cells)} |"


def _number(value: float, target: Target) -> str:
    if target.unit == "share" and not is_ratio(target.quantity):
        return f"{100 * value:.1f} %"
    return f"{value:.2f}"


@page("plausibility", long=True)
def plausibility() -> Files:
    """Start values against every target, from 40 runs of each scenario that the targets name."""
    compared = [target for target in targets(profile="people_who_use_drugs") if target.prediction and target.scenario]
    found: dict[str, dict[str, float]] = {}
    for scenario in dict.fromkeys(target.scenario for target in compared if target.scenario):
        config = load(scenario, ["run.days=730"])
        with ThreadPoolExecutor() as pool:
            runs = list(pool.map(lambda r, config=config: simulate(config, replication=r), range(SEEDS)))
        names = [target.prediction for target in compared if target.scenario == scenario and target.prediction]
        found[scenario] = predict(names, runs)
    table = "\n".join(row(target, found[target.scenario or ""][target.prediction or ""]) for target in compared)
    missing = "\n".join(
        f"* *{target.id}*, {target.quantity[0].lower()}{target.quantity[1:]} ({target.study}): "
        + (target.missing or f"Compared with the virtual trial `{target.trial}`: [results](trial-results.md).")
        for target in targets(profile="people_who_use_drugs") if target.missing or target.trial
    )  # fmt: skip
    text = HEAD.format(version=VERSION, seeds=SEEDS) + table + "\n" + TAIL.format(tolerance=TOLERANCE, missing=missing)
    return {DOCS / "explanation" / "plausibility.md": wrapped(text) + "\n"}
