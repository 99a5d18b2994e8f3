"""What `peerbridge sensitivity` says: the answer, what drives it, what would turn it, and what knowing it is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.decisions.answers import difference_answer, draws_of, plan_names, values_of
from experiments.decisions.prices import NET_BENEFIT, Prices
from experiments.decisions.sensitivity import (
    Threshold,
    group_shares,
    group_threshold,
    groups_by_kind,
    groups_by_mechanism,
    threshold,
)
from experiments.decisions.value_of_information import (
    InformationValue,
    draw_means,
    evpi,
    evppi,
    probability_best,
    without_monte_carlo_error,
)
from experiments.outcomes.assumptions import LEAST_DRAWS, Answer, Share, parameter_shares
from experiments.reporting.terminal import console, plain_table
from experiments.studies.definition.plan import BASELINE
from experiments.support.errors import InputError

if TYPE_CHECKING:
    from experiments.studies.store.folder import StudyFolder

SHOWN = 10
"""Parameters that are shown, and whose thresholds are looked for."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Everything that is said of one answer.

    Attributes:
        answer: The outcome or difference by draw.
        parameters: Shares of all parameters, largest first.
        mechanisms: Shares of the parts of the model.
        kinds: Shares of what is measured, calibrated and assumed.
        thresholds: Of the parameters that are shown, then of the parts of the model.
    """

    answer: Answer
    parameters: list[Share]
    mechanisms: list[Share]
    kinds: list[Share]
    thresholds: list[Threshold]


def analyse(answer: Answer, shown: int = SHOWN) -> Sensitivity:
    """Shares and thresholds of one answer.

    Raises:
        InputError: Too few draws.
    """
    if len(answer.values) < LEAST_DRAWS:
        raise InputError(
            f"{answer.label}: {len(answer.values)} parameter draws are too few to tell what drives it; run "
            f"{2 * LEAST_DRAWS} replications or more"
        )
    parameters = parameter_shares(answer)
    mechanisms = group_shares(answer, parts := groups_by_mechanism(answer.names))
    thresholds = [threshold(answer, s.name) for s in parameters[:shown]]
    thresholds += [group_threshold(answer, s.name, parts[s.name]) for s in mechanisms if s.members > 1]
    return Sensitivity(answer, parameters, mechanisms, group_shares(answer, groups_by_kind(answer.names)), thresholds)


@dataclass(frozen=True, slots=True)
class Worth:
    """What knowing more is worth to the choice among a study's plans, US$ a year.

    Attributes:
        plans: Plans, the baseline first.
        mean: Mean net benefit less that of the baseline.
        best: Probability that each is best.
        perfect: Of knowing everything.
        partial: Of knowing one parameter or one part of the model, largest first.
    """

    plans: list[str]
    mean: list[float]
    best: list[float]
    perfect: InformationValue
    partial: list[tuple[str, InformationValue]]


def worth_of_knowing(study: StudyFolder, prices: Prices, shown: int = SHOWN) -> Worth:
    """Value of information for the choice among all plans of a study, from its stored runs.

    Every parameter is looked at by a spline. Parts of the model by a Gaussian process, those first that explain most.

    Raises:
        InputError: The study's runs used start values, or too few draws.
    """
    draws = draws_of(study)
    values = values_of(study, NET_BENEFIT, prices)
    values = values[:, ~np.isnan(values).any(axis=0)]
    number = study.draw_numbers(values.shape[1])
    means, error = draw_means(values.T, number)
    if len(means) < LEAST_DRAWS:
        raise InputError(f"{study.folder}: {len(means)} parameter draws are too few for a value of information")
    clean = without_monte_carlo_error(means, error)
    used = draws.values[np.unique(number)]
    single = [(name, evppi(means, used[:, j])) for j, name in enumerate(draws.names)]
    single.sort(key=lambda item: -item[1].value)
    return Worth(
        plan_names(study), clean.mean(axis=0).tolist(), probability_best(clean).tolist(), evpi(clean), single[:shown]
    )


def show(found: Sequence[Sensitivity], worth: Worth | None, shown: int = SHOWN) -> None:
    """Print one answer, under the posterior and beside it under the prior where both are there."""
    out = console()
    for one in found:
        _show_one(one, shown)
    if all(one.answer.kind == "prior" for one in found):
        out.print("\nDraws of the prior, UNCALIBRATED: what the assumptions imply before any fit; it is no finding.")
    elif len(found) == 1:
        out.print("\nThe prior alone is not shown: give its runs with --prior FOLDER.")
    if worth is not None:
        out.print("\nWorth of knowing more, US$ of 2022 a year (choice by net benefit)")
        table = plain_table()
        for name, right in (("Plan", False), ("Net benefit", True), ("Best with probability", True)):
            table.add_column(name, justify="right" if right else "left")
        for plan, mean, best in zip(worth.plans, worth.mean, worth.best, strict=True):
            table.add_row(plan, f"{mean:+,.0f}" if plan != BASELINE else "0", f"{best:.2f}")
        out.print(table)
        out.print(f"Knowing everything: {worth.perfect.value:,.0f} (± {2 * worth.perfect.error:,.0f})")
        for name, value in worth.partial:
            if value.value > 0:
                out.print(f"  measure {name}: up to {value.value:,.0f} (± {2 * value.error:,.0f})")


def _show_one(one: Sensitivity, shown: int) -> None:
    out, answer = console(), one.answer
    mean = answer.mean
    title = "Under the posterior" if answer.kind == "posterior" else "Under the prior (UNCALIBRATED)"
    out.print(f"\n{title}: {answer.label}", style="bold")
    out.print(
        f"mean {mean.mean:.4g} (95 % interval {mean.low:.4g} to {mean.high:.4g}), above 0 in "
        f"{100 * answer.probability_above:.0f} % of {len(answer.values)} draws"
    )
    table = plain_table()
    for name in ("Parameter", "known", "share of variance", "where low", "where high", "changes sign at"):
        table.add_column(name, justify="left" if name in ("Parameter", "known") else "right")
    turns = {t.name: t for t in one.thresholds}
    for s in one.parameters[:shown]:
        table.add_row(
            s.name,
            s.kind,
            _share(s),
            f"{s.low:+.3g}",
            f"{s.high:+.3g}",
            _turn(turns[s.name]) if s.name in turns else "",
        )
    out.print(table)
    if not any(s.clear for s in one.parameters):
        out.print("No single parameter stands out from chance; more draws would tell more.")
    for title, groups in (("Part of the model", one.mechanisms), ("What is known", one.kinds)):
        if not groups:
            continue
        table = plain_table()
        table.add_column(title)
        table.add_column("parameters", justify="right")
        table.add_column("share of variance", justify="right")
        table.add_column("changes sign if all stand at their", justify="right")
        for s in groups[:shown]:
            table.add_row(s.name, str(s.members), _share(s), _turn(turns[s.name]) if s.name in turns else "")
        out.print(table)
    out.print("* stands out from chance at 5 % among all that were looked at; low and high: 5 % and 95 % quantiles")


def _share(s: Share) -> str:
    return f"{100 * s.share:.0f} % ± {100 * 2 * s.error:.0f}{' *' if s.clear else '  '}"


def _turn(t: Threshold) -> str:
    if math.isnan(t.quantile):
        return "no value"
    if math.isnan(t.value):
        return f"best {100 * (1 - t.quantile):.1f} %"
    return f"{t.value:.3g} ({t.low:.3g} to {t.high:.3g})"


def as_json(found: Sequence[Sensitivity], worth: Worth | None) -> dict[str, Any]:
    """The same for scripts; what is not defined is null."""
    told = [
        {
            "answer": one.answer.label,
            "kind": one.answer.kind,
            "draws": len(one.answer.values),
            "mean": asdict(one.answer.mean),
            "probability_above_0": one.answer.probability_above,
            "parameters": [asdict(s) for s in one.parameters],
            "mechanisms": [asdict(s) for s in one.mechanisms],
            "kinds": [asdict(s) for s in one.kinds],
            "thresholds": [asdict(t) for t in one.thresholds],
        }
        for one in found
    ]
    said: dict[str, Any] = {"answers": told}
    if worth is not None:
        said["value_of_information"] = asdict(worth)
    return dict(_plain(said))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return bool(value) if isinstance(value, np.bool_) else value


def of_study(
    study: StudyFolder, outcome: str, plan: str | None, against: str | None, prices: Prices, shown: int = SHOWN
) -> Sensitivity:
    """Shares and thresholds of a difference between two plans of a study.

    Args:
        study: A study whose runs used draws.
        outcome: Name, or "net_benefit".
        plan: Plan; the only one if None.
        against: What it is compared with; the baseline if None.
        prices: For the net benefit.
        shown: Parameters whose thresholds are looked for.

    Raises:
        InputError: What is asked for is not there, or the plan must be named.
    """
    plans = [name for name in plan_names(study) if name != BASELINE]
    if plan is None:
        if len(plans) != 1:
            raise InputError(f"{study.folder}: has {len(plans)} plans; name one with --plan ({', '.join(plans[:12])})")
        plan = plans[0]
    return analyse(difference_answer(study, outcome, plan, BASELINE if against is None else against, prices), shown)
