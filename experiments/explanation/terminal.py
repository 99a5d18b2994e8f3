"""What `peerbridge explain` prints, for people, and the same as JSON, for scripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.comparisons.terminal import parameters_sentence, standing
from experiments.explanation.chain import Counter, chain, people
from experiments.explanation.lives import Moment
from experiments.explanation.pairs import HAPPENS
from experiments.explanation.result import Explanation, PartEffect, Split
from experiments.outcomes.difference import Difference
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.reporting.terminal import console, plain_table
from experiments.statistics.estimates import Estimate

LEADS = ("patient_initiated_discharge", "readmission_30d", "linkage_30d", "deaths_per_1000_person_years",
         "worker_harms_per_year", "programme_cost")  # fmt: skip
"""Outcomes that are split on the screen where none is asked for: patients, workers, money."""

GROUPS_SHOWN = ("everyone", "housed", "without housing", "met a worker in hospital", "met no worker in hospital")


def show(why: Explanation, outcomes: Sequence[str] = ()) -> None:
    """Print an explanation."""
    out = console()
    out.print(f"Why {why.after} differs from {why.before}", style="bold")
    out.print(opening(why) + "\n")
    out.print(" ".join(standing(why.comparison)) + "\n")
    for outcome in outcomes or LEADS:
        _show_split(out, why.split(outcome))
    out.print("What happens on the way", style="bold")
    out.print(_chain_table(why))
    listed = people(why)
    if listed:
        out.print(
            "\nFor how many people it changed, a run (mean, 95 % interval; the same people under both plans)",
            style="bold",
        )
        out.print(_people_table(why))
    for line in lives(why):
        out.print(line)
    out.print(f"\n{parameters_sentence(why.comparison)}")
    for sentence in why.comparison.unlike:
        out.print(sentence)
    out.print(CAUTION)


CAUTION = (
    "What a mechanism or lever adds is what the model's assumptions imply: most of its strengths are assumed, and no "
    "study has measured one mechanism apart from the others."
)


def opening(why: Explanation) -> str:
    """What was split, and how."""
    made, n = why.breakdown, len(why.comparison.complete)
    of = "mechanisms of the model" if made.over == "mechanisms" else "the settings that differ"
    how = (
        f"{len(why.orders)} sampled orders of {len(made.parts)} parts" if why.orders
        else f"all {2 ** len(made.parts)} combinations of {len(made.parts)} part{'s' * (len(made.parts) != 1)}"
    )  # fmt: skip
    stopped = f" (stopped early; {why.comparison.replications} were asked for)" if why.stopped else ""
    return (
        f"Split over {of}: Shapley values over {how}, {n} run{'s' * (n != 1)} of each on shared draws, seed "
        f"{why.comparison.seed}{stopped}."
    )


def _show_split(out: Console, split: Split) -> None:
    outcome = OUTCOMES[split.outcome]
    out.print(f"{wording.capital(outcome.label)}, {unit(split.outcome)}", style="bold")
    if split.replications == 0:
        out.print(f"  {not_defined(split)}\n")
        return
    table = plain_table()
    table.add_column("part", overflow="fold", min_width=30)
    table.add_column("adds", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("9 of 10 draws", no_wrap=True)
    for part in split.parts:
        table.add_row(part.part.label, *cells(part.effect))
    table.add_row("together, as compare prints it", *cells(split.total), style="bold")
    out.print(table)
    if split.total.difference.n and split.replications < split.total.difference.n:
        out.print(f"  {split.replications} runs in which every combination defines it.")
    out.print()


def unit(name: str) -> str:
    """Unit of a difference."""
    outcome = OUTCOMES[name]
    return f"in 100 {outcome.counted}" if outcome.is_share else wording.unit(outcome)


def not_defined(split: Split) -> str:
    """Why a difference cannot be split."""
    return (
        f"{OUTCOMES[split.outcome].label} is not defined in one of the plans (without workers there is no burnout of "
        "workers); its levels are in the chain of causes."
    )


def cells(d: Difference) -> tuple[str, str, str]:
    """A difference with its interval, its mark, and its range over draws."""
    outcome = OUTCOMES[d.outcome]
    if d.reading == "same":
        return "0", "", ""
    return wording.difference(d.difference, outcome), wording.mark(d.reading, outcome, d.difference), wording.unknown(d)


def _chain_table(why: Explanation) -> Table:
    table = plain_table()
    table.add_column("", overflow="fold", min_width=30)
    for name in (why.before, why.after):
        table.add_column(name, justify="right")
    table.add_column("change (95 % interval)", no_wrap=True)
    for i, link in enumerate(chain(why)):
        table.add_row(f"{'→ ' if i else ''}{link.title}", "", "", "", style="bold")
        for c in link.counters:
            table.add_row(f"  {c.label}", *counter_cells(c))
    return table


def counter_cells(c: Counter) -> tuple[str, str, str]:
    """A counter under both plans, and its change."""
    change = c.words(c.change, sign=True) if math.isfinite(c.change.mean) else ""
    return c.words(c.before), c.words(c.after), change


def _people_table(why: Explanation) -> Table:
    table = plain_table()
    table.add_column("people who ...", overflow="fold")
    for head in ("of", "better", "worse"):
        table.add_column(head, justify="right", no_wrap=True)
    last = ""
    for p in people(why):
        if p.group not in GROUPS_SHOWN:
            continue
        if p.what != last:
            table.add_row(HAPPENS[p.what][0], "", "", "", style="bold")
        last = p.what
        table.add_row(f"  {p.group}", f"{p.number:,.0f}", count(p.better), count(p.worse))
    return table


def count(e: Estimate, sign: bool = False) -> str:
    """A mean number of people with its interval."""

    def one(x: float) -> str:
        text = f"{x:,.1f}"
        return text.replace("-", wording.MINUS if text.strip("-0.") else "")

    plus = "+" if sign and e.mean > 0 else ""
    spread = f" ({one(e.low)} to {one(e.high)})" if math.isfinite(e.low) and e.sd else ""
    return f"{plus}{one(e.mean)}{spread}"


def lives(why: Explanation) -> list[str]:
    """Where lives part, a few lines each."""
    if not why.lives:
        return []
    lines = ["", "Where lives part: the same person, the same draws, both plans (replication 0)"]
    for p in why.lives:
        lines.append(f"  Person {p.person}, day {p.day} ({p.why})")
        lines += [f"    {name}: {moments(m, p.day)}" for name, m in ((why.before, p.before), (why.after, p.after))]
    return lines


def moments(found: Sequence[Moment], day: int) -> str:
    """Events in words; each day is said once."""
    said, last = [], day - 1
    for m in found:
        said.append(f"day {m.day}: {event(m)}" if m.day != last else event(m))
        last = m.day
    return "; ".join(said) if said else "nothing more"


HOW = {
    "discharged": ("planned", "patient-initiated", "administrative", "died"),
    "dies": ("other cause", "overdose", "in hospital"),
    "overdose": ("not survived", "survived"),
}
"""What the number that goes with an event means, where a word says more."""


def event(m: Moment) -> str:
    """An event in words."""
    words = HOW.get(m.event, ())
    return f"{m.event} ({words[m.detail]})" if 0 <= m.detail < len(words) else m.event


def as_json(why: Explanation, outcomes: Sequence[str] = ()) -> dict[str, Any]:
    """Everything a script may want; numbers in the units stated, null where not defined."""
    from experiments.support.version import PACKAGE_VERSION

    made, result = why.breakdown, why.comparison
    value = {
        "format": "peerbridge explanation 1", "version": PACKAGE_VERSION, "before": why.before, "after": why.after,
        "over": made.over, "seed": result.seed, "replications": len(result.complete), "orders": len(why.orders),
        "stopped": why.stopped, "parameters": parameters_sentence(result),
        "out": str(result.folder) if result.folder else None,
        "parts": [asdict(p) for p in (*([made.rest] if made.rest else []), *made.parts)],
        "splits": [_split_json(why.split(name)) for name in outcomes or OUTCOMES],
        "chain": [
            {"link": link.title, "counters": [_counter(c) for c in link.counters]} for link in chain(why)
        ],
        "people": [
            {"what": p.what, "group": p.group, "people": p.number}
            | {k: _estimate(getattr(p, k)) for k in ("better", "worse", "net")}
            for p in people(why)
        ],
        "lives": [asdict(p) for p in why.lives],
    }  # fmt: skip
    cleaned: dict[str, Any] = _null(value)
    return cleaned


def _counter(c: Counter) -> dict[str, Any]:
    return {"name": c.name, "label": c.label} | {k: _estimate(getattr(c, k)) for k in ("before", "after", "change")}


def _split_json(split: Split) -> dict[str, Any]:
    return {
        "outcome": split.outcome, "unit": OUTCOMES[split.outcome].unit, "replications": split.replications,
        "total": _effect(split.total), "gap": split.gap,
        "parts": [{"part": p.part.name} | _effect(p.effect) for p in split.parts],
    }  # fmt: skip


def _effect(d: Difference) -> dict[str, Any]:
    return _estimate(d.difference) | {
        "reading": d.reading, "unknown_low": d.doubt.low, "unknown_high": d.doubt.high, "draws_better": d.draws_better,
    }  # fmt: skip


def _estimate(e: Estimate) -> dict[str, Any]:
    return {"mean": e.mean, "low": e.low, "high": e.high}


def _null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _null(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_null(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def clear_parts(split: Split) -> list[PartEffect]:
    """Parts whose effect is clear, the largest first."""
    clear = [p for p in split.parts if p.effect.clear]
    return sorted(clear, key=lambda p: -abs(p.effect.difference.mean))
