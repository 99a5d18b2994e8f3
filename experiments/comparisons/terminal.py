"""What the terminal shows, for people, and the same as JSON, for scripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.comparisons import beside
from experiments.comparisons.remarks import remarks
from experiments.comparisons.result import Comparison
from experiments.outcomes.assumptions import CARRIED
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.reporting.terminal import console, plain_table, whole
from experiments.statistics.estimates import LEVEL, Estimate
from experiments.statistics.variance_components import LEAST_DRAWS, Doubt
from experiments.support.types import FloatArray
from simulation.outcome_definitions import HEADLINES
from simulation.parameters import defaults

if TYPE_CHECKING:
    from experiments.uncertainty.draws import ParameterDraws
    from simulation.config import Config


LABEL, BASE, CELL = 21, 10, 21
"""Least widths of the columns."""

_STYLE = {"better": "green", "worse": "red", "higher": "cyan", "lower": "cyan", "unclear": "dim", "same": "dim"}


def show(result: Comparison) -> None:
    """Show finished runs as a table: one scenario's outcomes, or differences from the baseline."""
    if result.baseline:
        _show_comparison(result)
    else:
        _show_run(result)


def show_scenarios(configs: Sequence[Config]) -> None:
    """Show names and titles."""
    table = plain_table()
    table.add_column("name", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for config in configs:
        table.add_row(config.name, config.title or config.description)
    console().print(table)


def _show_run(result: Comparison) -> None:
    scenario = next(iter(result.configs))
    n = len(result.complete)
    out = console()
    out.print(f"{scenario}: simulated outcomes of {n} run{'s' * (n > 1)} (seed {result.seed})")
    out.print(" ".join(standing(result)) + "\n")
    table = plain_table()
    table.add_column("outcome", overflow="fold", min_width=28 if whole(out) else 16)
    table.add_column("value" if n == 1 else "mean", justify="right", no_wrap=True)
    if n > 1:
        table.add_column("95 % interval", no_wrap=whole(out))
    split = result.draws is not None and n >= _enough(result.draws)
    if split:
        table.add_column("9 of 10 draws", no_wrap=whole(out))
    table.add_column("unit", overflow="fold")
    notes = []
    for name in OUTCOMES:
        mean = result.mean(scenario, name)
        if math.isnan(mean.mean) and UNDEFINED not in notes:
            notes.append(UNDEFINED)
        row = [OUTCOMES[name].label, _number(mean, name)]
        if n > 1:
            row.append(_range(mean, name))
        if split:
            doubt = result.doubt(scenario, name)
            span = _range(Estimate(mean.n, mean.mean, doubt.low, doubt.high), name)
            alone = doubt.low == doubt.high and mean.sd > 0
            row.append("chance only" if alone else span)
            if alone and ALONE not in notes:
                notes.append(ALONE)
        table.add_row(*row, _unit(name))
    out.print(table)
    out.print(f"\n{parameters_sentence(result)}")
    for remark in remarks(result.configs[scenario]):
        out.print(remark)
    if split:
        out.print(
            "The interval says how well the mean is known: more runs narrow it. Nine of ten draws of the parameters "
            "lie in the last range: only more knowledge narrows it."
        )
    _show_beside(out, result)
    for note in notes:
        out.print(note)


UNDEFINED = (
    "–: not defined (no workers, say), or the run is too short: what happens within 365 days needs --set run.days=730."
)
ALONE = "chance only: runs of one draw differ as much as runs of different draws."


def _range(e: Estimate, name: str) -> str:
    if math.isnan(e.low):
        return ""
    if OUTCOMES[name].is_money:
        return f"{wording.thousands(e.low)} to {wording.thousands(e.high)}"
    return wording.interval(e, OUTCOMES[name], sign=False)


def _show_comparison(result: Comparison) -> None:
    out = console()
    n = len(result.complete)
    stopped = f" (stopped early; {result.replications} were asked for)" if result.stopped else ""
    out.print(f"Simulated: {n} run{'s' * (n > 1)} of each scenario on shared draws, seed {result.seed}{stopped}")
    out.print(" ".join(standing(result)))
    out.print(f"Each plan: its mean, then the difference from {result.baseline} with its 95 % interval\n")
    base = max(BASE, len(result.baseline))
    fit = (out.width - LABEL - base - 2) // (CELL + 1)
    if fit >= 1:
        plans = result.plans
        for i in range(0, len(plans), fit):
            out.print(_matrix(result, plans[i : i + fit]))
            out.print()
    else:
        for plan in result.plans:
            _stacked(out, result, plan)
    for plan in result.plans:
        out.print(f"{plan}: {money_sentence(result, plan)}")
        out.print(f"  {net_cost_sentence(result, plan)}")
        if unused := unused_supervision(result.configs[plan]):
            out.print(f"  {unused}")
    for remark in dict.fromkeys(remark for config in result.configs.values() for remark in remarks(config)):
        out.print(remark)
    out.print(f"\n{parameters_sentence(result)}")
    _show_beside(out, result)
    for sentence in result.unlike:
        out.print(sentence)
    out.print("Differences of percentages are in points.")
    if result.draws is None:
        out.print(
            "✓ better, ✗ worse: the interval leaves out zero. ? unclear: it does not. –: not defined (no workers, "
            "say). Intervals show run-to-run variation only, not what nobody knows; of outcomes that do not differ, "
            "1 in 20 gets a clear mark by chance."
        )
    else:
        out.print(
            "In brackets: how well the mean is known, which more runs narrow. 9 of 10: what nine of ten draws of the "
            "parameters say, which only more knowledge narrows. better in: how many draws favour the plan; draws of "
            "the prior favour what was assumed. ✓ better, ✗ worse: both leave out zero. ? unclear: not "
            "so. –: not defined (no workers, say)."
        )
    out.print(NOT_KNOWN)


def _show_beside(out: Console, result: Comparison) -> None:
    """The assumptions that carry the answers, and the prior alone beside the fit."""
    if carried := beside.carried(result):
        out.print(f"\n{CARRIED}")
        for answer, said in carried:
            out.print(f"  {answer}: {said}.")
    if rows := beside.beside_prior(result):
        out.print(f"\n{beside.ALONE}")
        for row in rows:
            out.print(f"  {row.answer}: fit {row.fitted}. Prior alone {row.prior}.")
    out.print()


NOT_KNOWN = (
    "Not known: no controlled study has measured what peer workers do to patient-initiated discharge, and staffing, "
    "supervision and length of follow-up were never randomised against one another. See which plans are worth a closer "
    "look; predict no numbers."
)
"""Stands under every comparison in the terminal."""


def parameters_sentence(result: Comparison) -> str:
    """Which parameters the runs used."""
    draws = result.draws
    if draws is None:
        return "Parameters: the start values, set by hand; how far off they are is not in any interval."
    used = len(set(result.clusters.tolist())) if result.clusters is not None else 0
    return f"Parameters: {draws.label}; {used} draw{'s' * (used != 1)}, {draws.runs_per_draw} runs each" + (
        "." if used >= LEAST_DRAWS else f". Too few to say what nobody knows: take {_enough(draws)} runs or more."
    )


def standing(result: Comparison) -> tuple[str, str]:
    """What the numbers rest on: a word, and a sentence (`wording.standing`)."""
    draws = result.draws
    return wording.standing(None) if draws is None else wording.standing(draws.kind, draws.label)


def _enough(draws: ParameterDraws) -> int:
    return LEAST_DRAWS * draws.runs_per_draw


def _matrix(result: Comparison, plans: Sequence[str]) -> Table:
    table = plain_table()
    table.add_column("outcome", min_width=LABEL, max_width=42, overflow="fold")
    table.add_column(result.baseline, justify="right", min_width=BASE, no_wrap=True)
    for plan in plans:
        table.add_column(plan, min_width=CELL, overflow="fold")
    for name in HEADLINES:
        cells = (_cell(result, plan, name) for plan in plans)
        table.add_row(_label(name), _number(result.mean(result.baseline, name), name), *cells)
    return table


def _label(name: str) -> str:
    return f"{OUTCOMES[name].label}, {_unit(name)}"


def _unit(name: str) -> str:
    unit = wording.unit(OUTCOMES[name])
    return f"1,000 {unit}" if OUTCOMES[name].is_money else unit


def _cell(result: Comparison, plan: str, name: str) -> Text:
    d, outcome = result.difference(plan, name), OUTCOMES[name]
    cell = Text(_number(result.mean(plan, name), name))
    if d.reading == "not defined":
        return cell
    style = "" if outcome.is_money else _STYLE.get(d.reading, "")
    cell.append("  ").append(wording.mark(d.reading, outcome, d.difference), style=style)
    if d.reading != "same":
        cell.append(
            "\n" + (_thousands(d.difference) if outcome.is_money else wording.difference(d.difference, outcome))
        )
        drawn = wording.unknown(d)
        if drawn:
            if outcome.is_money:
                drawn = _range(Estimate(d.doubt.draws, d.difference.mean, d.doubt.low, d.doubt.high), name)
            cell.append(f"\n9 of 10: {drawn}", style="dim")
        better = wording.draws_better(d)
        if better:
            cell.append(f"\n{better}", style="dim")
    return cell


def _thousands(e: Estimate) -> str:
    ends = (e.mean, e.low, e.high)
    fine = all(abs(x) < 10_000 for x in ends)
    mean, low, high = (("+" if x > 0 else "") + wording.thousands(x, fine) for x in ends)
    low, high = (low, high) if e.low <= 0 else (low.lstrip("+"), high.lstrip("+"))
    return mean if math.isnan(e.low) or e.sd == 0 else f"{mean} ({low} to {high})"


def _stacked(out: Console, result: Comparison, plan: str) -> None:
    """For terminals too narrow for columns."""
    out.print(Text(plan, style="bold"))
    for name in HEADLINES:
        out.print(Text(_label(name), style="dim"))
        out.print(Text(f"  {result.baseline}: {_number(result.mean(result.baseline, name), name)}"))
        lines = _cell(result, plan, name).split("\n")
        out.print(Text("  this plan: ").append_text(lines[0]))
        for words, line in zip(("  difference: ", "  "), lines[1:], strict=False):
            out.print(Text(words).append_text(line))
    out.print()


def money_sentence(result: Comparison, plan: str) -> str:
    """Value for money in a sentence."""
    m = result.money(plan)
    if m.reading:
        return f"cost per readmission averted {m.reading}."
    low, high = wording.money(m.per_readmission.low), wording.money(m.per_readmission.high)
    each = wording.money(m.per_readmission.mean)
    return f"{each} of programme cost per readmission averted ({low} to {high}; {wording.dollars(result.price_year)})."


def unused_supervision(config: Config) -> str:
    """Remark on hours of supervision that workers do not take up, at the model's start values; empty without any."""
    from simulation.engine import complete
    from simulation.money import supervision_not_taken_up
    from simulation.processes.supervision import MOST

    hours = supervision_not_taken_up(config, complete(config, None), MOST)
    if hours <= 0:
        return ""
    paid = "are paid all the same" if config.programme.supervision_paid == "hours set" else "are not paid"
    return f"{hours:,.3g} hours of supervision a week are more than workers take up; they {paid} (supervision_paid)."


def net_cost_sentence(result: Comparison, plan: str) -> str:
    """Net cost a year in a sentence: what a saved bed-day is taken to be worth stands beside each amount."""
    average, marginal = (
        wording.finding(result.difference(plan, name)) for name in ("total_cost", "total_cost_marginal")
    )
    day, more = bed_day_prices(result, plan)
    harm = wording.finding(result.difference(plan, "worker_harms_per_year"))
    return (
        f"Net cost a year (programme, hospital and treatment, {wording.dollars(result.price_year)}): {average} with a "
        f"bed-day at its average price ({day}), {marginal} at what one day more or less costs ({more}). Harm to "
        f"workers is not priced; exits, returns to use and leaves a year: {harm}."
    )


def bed_day_prices(result: Comparison, plan: str) -> tuple[str, str]:
    """What a bed-day is worth in the runs of a plan, in words: at the average price, and what one more or less costs.

    Of draws, the middle nine of ten of those that were used.
    """
    config = result.configs[plan]
    start = defaults(config.population.profile)
    average, share = (
        _used(result, config, name, start[name]) for name in ("cost.inpatient_day", "cost.marginal_share")
    )
    average = average * config.money.index
    return _span(average), _span(average * share)


def _used(result: Comparison, config: Config, name: str, start: float) -> FloatArray:
    """Values of a parameter in the runs of a scenario: its own, those of the draws used, or the start value."""
    draws, used = result.draws, result.clusters
    if name in config.parameters or draws is None or used is None or name not in draws.names:
        return np.array([config.parameters.get(name, start)])
    return np.asarray(draws.values[np.unique(used), draws.names.index(name)], dtype=np.float64)


def _span(values: FloatArray) -> str:
    if values.size == 0:
        return wording.NOT_DEFINED
    low, high = np.quantile(values, (0.05, 0.95))
    if low == high:
        return wording.money(float(low))
    return f"{wording.money(float(low))} to {wording.money(float(high))} in {wording.OF_DRAWS}"


def _number(estimate: Estimate, name: str) -> str:
    outcome = OUTCOMES[name]
    return wording.thousands(estimate.mean) if outcome.is_money else wording.number(estimate.mean, outcome)


def as_json(result: Comparison) -> dict[str, Any]:
    """Everything a script may want; numbers in the units stated, null where not defined."""
    from experiments.support.version import PACKAGE_VERSION

    value: dict[str, Any] = {
        "format": "peerbridge result 1",
        "version": PACKAGE_VERSION,
        "seed": result.seed,
        "replications": len(result.complete),
        "level": LEVEL,
        "parameters": _parameters(result),
        "stopped": result.stopped,
        "out": str(result.folder) if result.folder else None,
        "scenarios": [
            {"name": name, "title": config.title, "content_hash": config.content_hash()}
            for name, config in result.configs.items()
        ],
        "outcomes": [
            {"scenario": scenario, "outcome": name, "unit": OUTCOMES[name].unit}
            | {k: getattr(result.mean(scenario, name), k) for k in ("n", "mean", "low", "high")}
            | ({} if result.baseline else _unknown(result.doubt(scenario, name)))
            for scenario in result.configs
            for name in OUTCOMES
        ],
        "failed": [
            {"scenario": r.scenario, "replication": r.replication, "stage": r.stage, "message": r.message}
            for r in result.failed
        ],
    }
    if result.baseline:
        value |= {
            "baseline": result.baseline,
            "differences": result.difference_rows(),
            "value_for_money": result.money_rows(),
        }
    cleaned: dict[str, Any] = _null(value | beside.as_json(result))
    return cleaned


def _unknown(doubt: Doubt) -> dict[str, float]:
    return {"unknown_low": doubt.low, "unknown_high": doubt.high, "share_unknown": doubt.share_unknown}


def _parameters(result: Comparison) -> dict[str, Any]:
    if result.draws is None or result.clusters is None:
        return {"label": "start values", "draws": 0, "runs_per_draw": 0, "digest": ""}
    draws = result.draws
    used = len(set(result.clusters.tolist()))
    return {"label": draws.label, "draws": used, "runs_per_draw": draws.runs_per_draw, "digest": draws.digest}


def _null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _null(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_null(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
