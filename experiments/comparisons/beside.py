"""What stands beside the answers of a comparison: the assumptions that carry them, and what the prior alone says."""

from __future__ import annotations

from typing import Any, NamedTuple

from experiments.comparisons.result import Comparison
from experiments.outcomes.assumptions import Share, carried_by, carriers
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.statistics.estimates import Estimate

ANSWERS = ("patient_initiated_discharge", "readmission_30d", "linkage_30d")
"""Outcomes beside which this stands."""

ALONE = (
    "The prior alone, UNCALIBRATED, beside the fit: what the assumptions say before any number is fitted. An answer "
    "that hardly differs from it is assumed, not found."
)


class Beside(NamedTuple):
    """One answer under the fit and under the prior alone, in words."""

    answer: str
    fitted: str
    prior: str


def assumptions(result: Comparison, scenario: str, outcome: str) -> list[Share] | None:
    """The assumptions that matter most to a difference (to the level, of a single scenario or the baseline).

    None where there are too few draws to tell, or none at all.
    """
    if result.draws is None or result.clusters is None:
        return None
    values = result.values(scenario)[outcome]
    if result.baseline and scenario != result.baseline:
        values = values - result.values(result.baseline)[outcome]
    return carriers(values, result.clusters, result.draws.names, result.draws.values)


def carried(result: Comparison) -> list[tuple[str, str]]:
    """Answer and the assumptions that carry it, in words; empty without draws."""
    if result.draws is None or result.clusters is None:
        return []
    used = len(set(result.clusters.tolist()))
    found = []
    for scenario, outcome in _answers(result):
        said = carried_by(assumptions(result, scenario, outcome), used, result.draws.runs_per_draw)
        found.append((_label(result, scenario, outcome), said))
    return [("All", found[0][1])] if len({said for _, said in found}) == 1 and len(found) > 1 else found


def beside_prior(result: Comparison) -> list[Beside]:
    """Answers under the fit and under the prior alone, in words; empty where the prior was not run."""
    if result.prior is None:
        return []
    found = []
    for scenario, outcome in _answers(result):
        both = (_said(one, scenario, outcome) for one in (result, result.prior))
        found.append(Beside(_label(result, scenario, outcome), *both))
    return found


def as_json(result: Comparison) -> dict[str, Any]:
    """The same for scripts."""
    found: dict[str, Any] = {
        "carried_by": [
            {"scenario": scenario, "outcome": outcome, "parameters": None if shares is None else [
                {"name": s.name, "kind": s.kind, "share": s.share, "error": s.error, "clear": s.clear} for s in shares
            ]}
            for scenario, outcome in _answers(result)
            for shares in [assumptions(result, scenario, outcome)]
        ]
    }  # fmt: skip
    if result.prior is not None:
        alone = result.prior
        means = [
            {"scenario": scenario, "outcome": name}
            | {k: getattr(alone.mean(scenario, name), k) for k in ("n", "mean", "low", "high")}
            for scenario in alone.configs
            for name in OUTCOMES
        ]
        found["prior_alone"] = {"outcomes": means, "differences": alone.difference_rows()}
    return found


def _answers(result: Comparison) -> list[tuple[str, str]]:
    scenarios = result.plans if result.baseline else list(result.configs)
    return [(scenario, outcome) for scenario in scenarios for outcome in ANSWERS]


def _label(result: Comparison, scenario: str, outcome: str) -> str:
    label = f"{OUTCOMES[outcome].label}, {wording.unit(OUTCOMES[outcome])}"
    return f"{scenario}: {label}" if result.baseline else wording.capital(label)


def _said(result: Comparison, scenario: str, name: str) -> str:
    outcome = OUTCOMES[name]
    if result.baseline:
        d = result.difference(scenario, name)
        parts = [wording.difference(d.difference, outcome), wording.unknown(d), wording.draws_better(d)]
        parts[1] = parts[1] and f"9 of 10: {parts[1]}"
        return "; ".join(part for part in parts if part)
    mean, doubt = result.mean(scenario, name), result.doubt(scenario, name)
    span = wording.interval(Estimate(mean.n, mean.mean, doubt.low, doubt.high), outcome, sign=False)
    return wording.number(mean.mean, outcome) + (f"; 9 of 10: {span}" if span else "")
