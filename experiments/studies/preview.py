"""What the terminal shows of studies before they run: the list of them, and the rehearsal of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from experiments.outcomes.registry import OUTCOMES
from experiments.reporting.terminal import console, duration, plain_table, size

if TYPE_CHECKING:
    from experiments.studies.definition.plan import Factor, StudyPlan
    from experiments.studies.dry_run import Rehearsal


def show_studies(plans: Sequence[StudyPlan]) -> None:
    """Show names, questions and sizes."""
    table = plain_table()
    table.add_column("name", no_wrap=True)
    table.add_column("what it asks", overflow="fold")
    table.add_column("plans", justify="right")
    table.add_column("runs", justify="right")
    for plan in plans:
        runs = len(plan.points) * plan.replications.most
        table.add_row(plan.name, plan.question, f"{plan.plans:,}", f"{runs:,}")
    out = console()
    out.print(table)
    out.print(f"\nTo run one: peerbridge sweep {plans[0].name if plans else 'NAME'}")


def show_rehearsal(plan: StudyPlan, r: Rehearsal) -> None:
    """Show what a sweep would do: points, runs, time, disk, and what is there already."""
    out = console()
    out.print(Text(plan.title, style="bold"))
    out.print(f"{plan.question}\n")
    table = plain_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    futures = f" in {plan.futures:,} futures" if plan.futures > 1 else ""
    table.add_row("plans", f"{plan.plans:,}, and the baseline {plan.baseline}{futures}: {len(plan.points):,} points")
    for factor in plan.factors:
        table.add_row("  " + factor.role, f"{factor.label}: {_levels(factor)}")
    most = "" if r.least == r.most else f"{r.least:,} to "
    table.add_row("runs", f"{most}{r.most:,}{_replications(plan)}")
    if r.part:
        table.add_row("", f"part {r.part[0]} of {r.part[1]}: {r.share:,} of them")
    if r.found or r.failed:
        there = f"{r.found:,} finished" + (f", {r.failed:,} failed (--retry-failed runs them again)" * bool(r.failed))
        table.add_row("there already", f"{there}; {r.todo:,} to go")
    where = f"{r.workers} core{'s' * (r.workers != 1)}" if r.workers else "the Dask cluster"
    table.add_row(
        "time", f"about {duration(r.seconds)} on {where} (one run takes {1000 * r.run_seconds:,.0f} ms; "
        f"timed on {r.timed} runs)",
    )  # fmt: skip
    table.add_row("disk", f"about {size(r.bytes)}")
    table.add_row("folder", f"{r.out} ({'there' if r.exists else 'new'})")
    out.print(table)
    for note in plan.notes:
        out.print(f"Note: {note}.")
    out.print("\nNothing was written. Without --dry-run the study runs.")


def _levels(factor: Factor) -> str:
    values = factor.values
    if values is None:
        return f"{factor.low:.4g} to {factor.high:.4g}" + " (middle 95 % of its prior)" * bool(factor.prior)
    shown = [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    return ", ".join(shown if len(shown) <= 12 else [*shown[:5], "...", *shown[-2:]])


def _replications(plan: StudyPlan) -> str:
    r = plan.replications
    if hasattr(r, "number"):
        return f", {r.number} of each point"
    wanted = f"± {r.half_width:g}" if r.half_width is not None else f"± {100 * (r.relative or 0):g} %"
    return f": until the difference in {OUTCOMES[r.outcome].label} is known to {wanted}"
