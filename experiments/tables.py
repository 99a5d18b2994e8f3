"""What the terminal shows, for people, and the same as JSON, for scripts."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments import wording
from experiments.comparison import Comparison
from experiments.economics import ALL
from experiments.statistics import LEVEL, Estimate
from simulation.outcome_list import HEADLINES, OUTCOMES

if TYPE_CHECKING:
    from simulation.config import Config

PIPED_WIDTH = 100
LABEL, BASE, CELL = 21, 10, 21
"""Least widths of the columns."""

_STYLE = {"better": "green", "worse": "red", "higher": "cyan", "lower": "cyan", "unclear": "dim", "same": "dim"}


def console() -> Console:
    """Where tables go: as wide as the terminal, or 100 columns without colour where stdout is no terminal."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, soft_wrap=False)


def show(result: Comparison) -> None:
    """Show finished runs as a table: one scenario's outcomes, or differences from the baseline."""
    if result.baseline:
        _show_comparison(result)
    else:
        _show_run(result)


def show_scenarios(configs: Sequence[Config]) -> None:
    """Show names and titles."""
    table = _table()
    table.add_column("name", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for config in configs:
        table.add_row(config.name, config.title or config.description)
    console().print(table)


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", collapse_padding=True)


def _show_run(result: Comparison) -> None:
    scenario = next(iter(result.configs))
    n = len(result.complete)
    out = console()
    out.print(f"{scenario}: simulated outcomes of {n} run{'s' * (n > 1)} (seed {result.seed})\n")
    table = _table()
    table.add_column("outcome", overflow="fold")
    table.add_column("value" if n == 1 else "mean", justify="right", no_wrap=True)
    if n > 1:
        table.add_column("95 % interval", no_wrap=True)
    table.add_column("unit", overflow="fold")
    for name in OUTCOMES:
        mean = result.mean(scenario, name)
        row = [ALL[name].label, _number(mean, name)]
        if n > 1:
            row.append(_range(mean, name))
        table.add_row(*row, _unit(name))
    out.print(table)


def _range(e: Estimate, name: str) -> str:
    if math.isnan(e.low):
        return ""
    if wording.is_money(ALL[name]):
        return f"{wording.thousands(e.low)} to {wording.thousands(e.high)}"
    return wording.interval(e, ALL[name], sign=False)


def _show_comparison(result: Comparison) -> None:
    out = console()
    n = len(result.complete)
    stopped = f" (stopped early; {result.replications} were asked for)" if result.stopped else ""
    out.print(f"Simulated: {n} run{'s' * (n > 1)} of each scenario on shared draws, seed {result.seed}{stopped}")
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
    for sentence in doubt_sentences(result):
        out.print(sentence)
    known = "run-to-run variation only, not what nobody knows" if result.draws is None else "how well the mean is known"
    out.print(
        "\n✓ better, ✗ worse: the interval leaves out zero. ? unclear: it does not. –: not defined (no workers, say). "
        f"Intervals show {known}; of outcomes that do not differ, 1 in 20 gets a clear mark by chance."
    )


def doubt_sentences(result: Comparison) -> list[str]:
    """What nobody knows about each plan's lead outcomes, where runs used draws of the parameters."""
    if result.draws is None:
        return []
    said = [f"\nWhat nobody knows, from {result.draws.label}:"]
    for plan in result.plans:
        for name in ("patient_initiated_discharge", "readmission_30d"):
            doubt, outcome = result.doubt(plan, name), ALL[name]
            if math.isnan(doubt.low):
                said.append(f"  {plan}, {outcome.label}: too few draws to say; ask for 20 replications or more")
                continue
            mean = result.difference(plan, name).difference.mean
            span = wording.interval(Estimate(doubt.draws, mean, doubt.low, doubt.high), outcome)
            said.append(
                f"  {plan}, {outcome.label}: the difference is {span} in 9 of 10 draws of the parameters; "
                f"{100 * doubt.share_unknown:.0f} % of a run's doubt would shrink only with more knowledge"
            )
    return said


def _matrix(result: Comparison, plans: Sequence[str]) -> Table:
    table = _table()
    table.add_column("outcome", min_width=LABEL, max_width=42, overflow="fold")
    table.add_column(result.baseline, justify="right", min_width=BASE, no_wrap=True)
    for plan in plans:
        table.add_column(plan, min_width=CELL, overflow="fold")
    for name in HEADLINES:
        cells = (_cell(result, plan, name) for plan in plans)
        table.add_row(_label(name), _number(result.mean(result.baseline, name), name), *cells)
    return table


def _label(name: str) -> str:
    return f"{ALL[name].label}, {_unit(name)}"


def _unit(name: str) -> str:
    unit = wording.unit(ALL[name])
    return f"1,000 {unit}" if wording.is_money(ALL[name]) else unit


def _cell(result: Comparison, plan: str, name: str) -> Text:
    d, outcome = result.difference(plan, name), ALL[name]
    cell = Text(_number(result.mean(plan, name), name))
    if d.reading == "not defined":
        return cell
    style = "" if wording.is_money(outcome) else _STYLE.get(d.reading, "")
    cell.append("  ").append(wording.mark(d.reading, outcome, d.difference), style=style)
    if d.reading != "same":
        cell.append(
            "\n"
            + (_thousands(d.difference) if wording.is_money(outcome) else wording.difference(d.difference, outcome))
        )
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
        if len(lines) > 1:
            out.print(Text("  difference: ").append_text(lines[1]))
    out.print()


def money_sentence(result: Comparison, plan: str) -> str:
    """Value for money in a sentence."""
    m = result.money(plan)
    if m.reading:
        return f"programme cost per readmission averted {m.reading}."
    low, high = wording.money(m.per_readmission.low), wording.money(m.per_readmission.high)
    each = wording.money(m.per_readmission.mean)
    return f"{each} of programme cost per readmission averted ({low} to {high}; US$ of 2022)."


def _number(estimate: Estimate, name: str) -> str:
    outcome = ALL[name]
    return wording.thousands(estimate.mean) if wording.is_money(outcome) else wording.number(estimate.mean, outcome)


def as_json(result: Comparison) -> dict[str, Any]:
    """Everything a script may want; numbers in the units stated, null where not defined."""
    from experiments.provenance import version

    value: dict[str, Any] = {
        "format": "peerbridge result 1",
        "version": version(),
        "seed": result.seed,
        "replications": len(result.complete),
        "level": LEVEL,
        "stopped": result.stopped,
        "out": str(result.folder) if result.folder else None,
        "scenarios": [
            {"name": name, "title": config.title, "content_hash": config.content_hash()}
            for name, config in result.configs.items()
        ],
        "outcomes": [
            {"scenario": scenario, "outcome": name, "unit": ALL[name].unit}
            | {k: getattr(result.mean(scenario, name), k) for k in ("n", "mean", "low", "high")}
            for scenario in result.configs
            for name in ALL
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
    cleaned: dict[str, Any] = _null(value)
    return cleaned


def _null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _null(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_null(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
