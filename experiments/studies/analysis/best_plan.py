"""Which plan of a study is best in an outcome, how sure that is, and where further runs would help to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from experiments.outcomes.registry import OUTCOMES
from experiments.statistics.estimates import LEVEL, mean_rows
from experiments.statistics.ranking_selection import allocate, rank_plans
from experiments.studies.analysis.long_tables import tidy
from experiments.support.types import IntArray

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.store.folder import StudyFolder


def best(
    study: StudyFolder, outcome: str, futures: Literal["each", "mean"] = "each", level: float = LEVEL
) -> pd.DataFrame:
    """Who is best in an outcome, with what error, and who is clearly worse.

    The baseline is a candidate too: doing nothing may be best. Only replications that every plan has are used (see
    `experiments.statistics.ranking_selection.rank_plans`).

    Args:
        study: The study.
        outcome: Name; one that is better higher or lower.
        futures: "each" compares the plans within every future; "mean" compares their means over all futures, as
            far as every future is as likely, and leaves out plans that some future lacks.
        level: Probability with which all intervals of one comparison hold at once.

    Returns: One row per point (per plan for "mean", whose `future` is -1), by future and rank: n, mean, rank,
        behind (by how much it is worse than the best other plan; below 0 for the leader), low and high of that,
        and standing: best, may be best, clearly worse or not defined. With confidence `level`, a plan is at most
        `high` worse than the best.

    Raises:
        KeyError: There is no such outcome.
        ValueError: No direction of the outcome is better.
    """
    values = study.matrix(outcome)
    lower = _lower_is_better(outcome)
    if futures == "mean":
        rows = _in_every_future(study)
        candidates, values = rows[:, 0], values[rows].mean(axis=1)
        groups = [np.arange(len(rows))]
    else:
        candidates, groups = np.arange(len(study.design)), _by_future(study)
    kinds = {"n": np.int64, "rank": np.int64, "standing": object}
    names = ("n", "mean", "rank", "behind", "low", "high", "standing")
    found = {name: np.empty(len(candidates), kinds.get(name, np.float64)) for name in names}
    for group in groups:
        ranking = rank_plans(values[group], lower_is_better=lower, level=level, together=study.together)
        for name in names:
            found[name][group] = getattr(ranking, name)
    table = tidy(study, candidates, [outcome], level, lambda _: found)
    if futures == "mean":
        table["future"] = -1
        unsure = [f["name"] for f in study.factors if f.get("role") == "uncertainty"]
        table = table.drop(columns=[name for name in unsure if name in table])
    return table.sort_values(["future", "rank", "point"], ignore_index=True)


def further_runs(study: StudyFolder, outcome: str, budget: int) -> pd.DataFrame:
    """Advice where further runs would help most to name the best plan of each future (OCBA).

    Args:
        study: The study.
        outcome: Name; one that is better higher or lower.
        budget: Further runs in each future.

    Returns: One row per point: n, mean, sd and further_runs, which add up to the budget in every future.

    Raises:
        KeyError: There is no such outcome.
        ValueError: No direction of the outcome is better.
    """
    e = mean_rows(study.matrix(outcome))
    lower = _lower_is_better(outcome)
    more = np.zeros(len(study.design), np.int64)
    for rows in _by_future(study):
        rows = rows[e.n[rows] >= 2]
        more[rows] = allocate(e.mean[rows], e.sd[rows], e.n[rows], budget, lower_is_better=lower)
    columns = {"n": e.n, "mean": e.mean, "sd": e.sd, "further_runs": more}
    return tidy(study, np.arange(len(study.design)), [outcome], LEVEL, lambda _: columns).drop(columns="level")


def _in_every_future(study: StudyFolder) -> IntArray:
    """Rows of each plan, one per future, of the plans that every future has; shape (plans, futures)."""
    grid = study.design.reset_index().pivot(index="plan", columns="future", values="index").dropna()
    return np.asarray(grid.sort_values(grid.columns[0]).to_numpy(), dtype=np.int64)


def _lower_is_better(outcome: str) -> bool:
    if OUTCOMES[outcome].better == "none":
        raise ValueError(f"{outcome}: neither more nor less of it is better, so no plan is best in it")
    return OUTCOMES[outcome].better == "lower"


def _by_future(study: StudyFolder) -> list[IntArray]:
    future = study.design["future"].to_numpy()
    return [np.flatnonzero(future == f) for f in np.unique(future)]
