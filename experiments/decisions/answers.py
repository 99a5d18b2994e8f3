"""From a stored study to what a decision needs: outcomes of plans by parameter draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.decisions.prices import NET_BENEFIT, Prices
from experiments.outcomes.assumptions import Answer
from experiments.outcomes.registry import OUTCOMES
from experiments.statistics.by_draw import draw_means
from experiments.studies.definition.plan import BASELINE
from experiments.studies.store.layout import DRAWS
from experiments.support.errors import InputError
from experiments.support.types import FloatArray
from experiments.uncertainty.draws import ParameterDraws, read_draws

if TYPE_CHECKING:
    from experiments.studies.store.folder import StudyFolder


def draws_of(study: StudyFolder) -> ParameterDraws:
    """The parameter draws that a study's runs used.

    Raises:
        InputError: Its runs used start values, so that nothing is known of what the parameters do.
    """
    if study.sample is None:
        raise InputError(f"{study.folder}: its runs use start values; run the study on draws (not --posterior none)")
    return read_draws(study.folder / DRAWS)


def plan_names(study: StudyFolder) -> list[str]:
    """Plans of a study, the baseline first."""
    return list(dict.fromkeys(study.design["plan"]))


def values_of(study: StudyFolder, outcome: str, prices: Prices) -> FloatArray:
    """Values of an outcome, or of the net benefit, by plan (in the order of `plan_names`) and replication.

    Futures of a plan are averaged.

    Raises:
        InputError: There is no such outcome.
    """
    if outcome == NET_BENEFIT:
        points = prices.net_benefit({name: study.matrix(name) for name in prices.outcomes})
    elif outcome in OUTCOMES:
        points = study.matrix(outcome)
    else:
        raise InputError(unknown_outcome(outcome))
    plan = study.design["plan"].to_numpy()
    return np.stack([points[plan == name].mean(axis=0) for name in plan_names(study)])


def unknown_outcome(name: str) -> str:
    """One line that says that the model has no such outcome, and what comes nearest."""
    import difflib

    near = difflib.get_close_matches(name, [*OUTCOMES, NET_BENEFIT], n=1, cutoff=0.5)
    return f"unknown outcome {name!r}" + (f"; did you mean {near[0]}?" if near else "; see docs/reference/outcomes.md")


def difference_answer(
    study: StudyFolder, outcome: str, plan: str, against: str = BASELINE, prices: Prices | None = None
) -> Answer:
    """How the difference of an outcome between two plans varies with the draw of the parameters.

    Args:
        study: A study whose runs used draws.
        outcome: Name, or "net_benefit".
        plan: Plan, such as "P001".
        against: Plan that it is compared with; "" for the level of `plan` itself.
        prices: For the net benefit.

    Raises:
        InputError: No such outcome or plan, or the study's runs used start values.
    """
    draws, names = draws_of(study), plan_names(study)
    for name in (plan, against):
        if name and name not in names:
            raise InputError(f"{study.folder}: has no plan {name!r}; its plans are {', '.join(names[:20])}")
    values = values_of(study, outcome, prices or Prices())
    y = values[names.index(plan)] - (values[names.index(against)] if against else 0.0)
    number = study.draw_numbers(y.size)
    there = ~np.isnan(y)
    means, error = draw_means(y[there, None], number[there])
    used = np.unique(number[there])
    label = OUTCOMES[outcome].label if outcome in OUTCOMES else "net benefit a year"
    words = f"{label}, {plan}" + (f" less {against}" if against else "")
    return Answer(means[:, 0], float(error[0, 0]), draws.names, draws.values[used], words, draws.kind)
