"""Which part of a study's answers is chance, which more runs shrink, and which is what nobody knows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments.outcomes.assumptions import carried_by, carriers
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.statistics.estimates import LEVEL, t_quantile
from experiments.statistics.variance_components import MIDDLE, split
from experiments.studies.definition.plan import BASELINE
from experiments.studies.store.layout import DRAWS

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.store.folder import StudyFolder

FIXED = "start values, the same in every run: what nobody knows about them is not in the spread of runs"

READ = (
    "chance shrinks with more runs (here the 95 % interval of the mean); what nobody knows shrinks only with knowledge "
    f"(here the middle {100 * MIDDLE:.0f} % of the draws)"
)


def which(sample: Mapping[str, Any] | None) -> str:
    """Which parameters a study's runs use, in words."""
    if sample is None:
        return FIXED
    many, parameters = int(sample["number"]), int(sample["parameters"])
    return (
        f"{sample['label']}: {many:,} draw{'s' * (many != 1)} of {parameters} parameter{'s' * (parameters != 1)}, "
        f"{sample['runs_per_draw']} replications share one"
    )


def doubts(study: StudyFolder, names: Sequence[str]) -> pd.DataFrame:
    """How each plan's difference varies by chance and by draw of the parameters; of the baseline its level.

    Args:
        study: The study; empty where its runs use start values.
        names: Outcomes.

    Returns: One row per plan and outcome, futures averaged within each replication: plan, outcome, unit, of (level or
        difference), n (replications), draws (with two runs or more), mean, chance (half-width of the 95 % interval of
        the mean, as far as chance between runs goes), unknown_low and unknown_high (the middle 90 % of the draws),
        sd_chance, sd_unknown and share_unknown (of the variance of a run). NaN with fewer than ten draws.
    """
    import pandas as pd

    columns = (
        "plan", "outcome", "unit", "of", "n", "draws", "mean", "chance", "unknown_low", "unknown_high", "sd_chance",
        "sd_unknown", "share_unknown",
    )  # fmt: skip
    rows = []
    members = study.design.groupby("plan", sort=False).indices if study.sample else {}
    for name in names if members else ():
        values = study.matrix(name)
        draw = study.draw_numbers(values.shape[1])
        for plan, points in members.items():
            own = plan == BASELINE
            x = (values[points] if own else values[points] - values[study.base_rows[points]]).mean(axis=0)
            found, n = split(x, draw), int(np.isfinite(x).sum())
            chance = t_quantile(LEVEL, n - 1) * found.chance / math.sqrt(n) if n > 1 else math.nan
            mean = float(np.nanmean(x)) if n else math.nan
            rows.append((
                plan, name, OUTCOMES[name].unit, "level" if own else "difference", n, found.draws, mean, chance,
                found.low, found.high, found.chance, found.unknown, found.share_unknown,
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def carried(study: StudyFolder, plans: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    """Differences of plans and the assumptions that carry them, in words; empty where runs use start values.

    Args:
        study: The study.
        plans: Plans, without the baseline; futures are averaged.
        names: Outcomes.
    """
    if not (study.folder / DRAWS).exists():
        return []
    sample = study.parameter_draws
    if sample is None:
        return []
    members, found = study.design.groupby("plan", sort=False).indices, []
    for plan in plans:
        for name in names:
            values = study.matrix(name)
            x = (values[members[plan]] - values[study.base_rows[members[plan]]]).mean(axis=0)
            draw = study.draw_numbers(x.size)
            used = np.unique(draw[np.isfinite(x)]).size
            said = carried_by(carriers(x, draw, sample.names, sample.values), used, sample.runs_per_draw)
            found.append((f"{plan}: {OUTCOMES[name].label}", said))
    return [("All", found[0][1])] if len(found) > 1 and len({said for _, said in found}) == 1 else found


class Parts(NamedTuple):
    """Chance and what nobody knows in the differences of one outcome, in words.

    Attributes:
        outcome: Label and unit.
        chance: How far the mean may be off by chance: "± 0.2".
        unknown: How far it moves with the draws: "± 1.6".
        share: Share of a run's doubt that only knowledge shrinks: "71 %".
    """

    outcome: str
    chance: str
    unknown: str
    share: str


def typical(table: pd.DataFrame) -> list[Parts]:
    """The two parts by outcome, the median over plans, from what `doubts` returns; without what is not defined."""
    found = []
    for name, mine in table[table["of"] == "difference"].groupby("outcome", sort=False):
        mine = mine.dropna(subset=["share_unknown", "chance"])
        if mine.empty or OUTCOMES[str(name)].is_money:
            continue
        outcome = OUTCOMES[str(name)]
        reach = (mine["unknown_high"] - mine["unknown_low"]) / 2
        chance, unknown = (_plus_minus(float(x.median()), str(name)) for x in (mine["chance"], reach))
        unit = f"in 100 {outcome.counted}" if outcome.is_share else outcome.unit
        label = f"{outcome.label}, {unit}"
        found.append(Parts(label, chance, unknown, f"{100 * float(mine['share_unknown'].median()):.0f} %"))
    return found


def _plus_minus(half: float, name: str) -> str:
    outcome = OUTCOMES[name]
    if outcome.is_money:
        return f"± {wording.money(half)}"
    shown = 100 * half if outcome.is_share else half
    return f"± {shown:,.0f}" if shown >= 10 else f"± {shown:.2g}"


def of_plan(table: pd.DataFrame, plan: str, name: str) -> tuple[str, str, str] | None:
    """Chance, middle 90 % of the draws and share unknown of one plan's difference, in words; None if not defined."""
    mine = table[(table["plan"] == plan) & (table["outcome"] == name)].dropna(subset=["chance", "share_unknown"])
    if mine.empty:
        return None
    row, outcome = mine.iloc[0], OUTCOMES[name]
    low, high = (wording.signed(float(row[f"unknown_{end}"]), outcome, 0) for end in ("low", "high"))
    return _plus_minus(float(row["chance"]), name), f"{low} to {high}", f"{100 * float(row['share_unknown']):.0f} %"
