"""Summaries over virtual trials: the distribution of an effect, and the place of the published estimate in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from experiments.outcomes.assumptions import carried_by, carriers
from experiments.statistics.variance_components import NO_DOUBT, Doubt, split
from experiments.support.types import FloatArray, IntArray
from experiments.trials.effects import Effect
from experiments.trials.run import ITT, TREATED, TrialResult
from experiments.uncertainty.draws import ParameterDraws
from scenarios.trial_files.plan import Endpoint, Published

INSIDE = 0.95
"""Central share of virtual trials within which a published effect counts as one that the model could have made."""


@dataclass(frozen=True, slots=True)
class SampleSize:
    """People that a trial would need, if the model were right.

    Attributes:
        power: Chance to find the effect.
        pair: Arms compared.
        effect: The effect in the model, from all virtual trials together.
        effect_low: Lower end of what the number of virtual trials leaves open about it.
        effect_high: Upper end.
        per_arm: People of the first and of the other arm, in the ratio of the trial; None where none can be named.
        low: The same at the larger end of the effect.
        high: The same at the smaller end; None where that end is no effect.
        checked: Share of slices of that size, cut from the virtual trials, that found the effect.
        slices: How many slices there were.
        now: Power of the trial at its own size, as the share of virtual trials that found a difference.
    """

    power: float
    pair: tuple[str, str]
    effect: float
    effect_low: float
    effect_high: float
    per_arm: tuple[int, int] | None
    low: tuple[int, int] | None
    high: tuple[int, int] | None
    checked: float
    slices: int
    now: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Effects of many virtual trials.

    Attributes:
        n: Virtual trials in which the effect is defined.
        mean: Their mean (of the logarithm, and back, for ratios).
        error: Standard error of that mean from the number of virtual trials (of the logarithm for ratios).
        low: 2.5 % quantile.
        lower: 25 % quantile.
        median: Median.
        upper: 75 % quantile.
        high: 97.5 % quantile.
        significant: Share whose own test found a difference.
        right: Share whose own test found a benefit.
    """

    n: int
    mean: float
    error: float
    low: float
    lower: float
    median: float
    upper: float
    high: float
    significant: float
    right: float


def spread(effects: Sequence[Effect], endpoint: Endpoint, alpha: float) -> Spread:
    """Summarise the effects of virtual trials."""
    values = np.array([e.value for e in effects])
    known = np.isfinite(values)
    n = int(known.sum())
    if n == 0:
        return Spread(0, *[math.nan] * 9)
    x = values[known]
    y = np.log(x) if endpoint.null == 1 else x
    error = float(y.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    mean = float(y.mean())
    low, lower, median, upper, high = (float(q) for q in np.quantile(x, (0.025, 0.25, 0.5, 0.75, 0.975)))
    defined = [e for e in effects if math.isfinite(e.value)]
    side = endpoint.better if endpoint.one_sided else 0
    found = [e for e in defined if e.significant(alpha, side)]
    right = sum((e.value - endpoint.null) * endpoint.better > 0 for e in found)
    middle = math.exp(mean) if endpoint.null == 1 else mean
    return Spread(n, middle, error, low, lower, median, upper, high, significant=len(found) / n, right=right / n)


def doubt(result: TrialResult, endpoint: Endpoint, pair: tuple[str, str]) -> Doubt:
    """Variance components of the intention-to-treat effect; needs parameter draws.

    Ratios are split on the scale of their logarithm.
    """
    if result.draws is None:
        return NO_DOUBT
    return split(*_by_draw(result, result.draws, endpoint, pair))


def carried(result: TrialResult, endpoint: Endpoint, pair: tuple[str, str]) -> str:
    """The assumptions that carry the intention-to-treat effect, in words; empty without parameter draws."""
    draws = result.draws
    if draws is None:
        return ""
    values, number = _by_draw(result, draws, endpoint, pair)
    used = np.unique(number[np.isfinite(values)]).size
    return carried_by(carriers(values, number, draws.names, draws.values), used, draws.runs_per_draw)


def _by_draw(
    result: TrialResult, draws: ParameterDraws, endpoint: Endpoint, pair: tuple[str, str]
) -> tuple[FloatArray, IntArray]:
    """Effects by virtual trial (logarithms of ratios), NaN where not defined, and the number of the draw of each."""
    values = np.array([e.value for e in result.effects(endpoint.name, pair, ITT)])
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(values) if endpoint.null == 1 else values
    number = np.array([draws.number(t.replication) for t in result.fine], dtype=np.int64)
    return np.where(np.isfinite(values), values, np.nan), number


def place(effects: Sequence[Effect], published: float) -> float:
    """Share of virtual trials with an effect below the published one, ties counted half; NaN if there are none."""
    values = np.array([e.value for e in effects if math.isfinite(e.value)])
    if not values.size:
        return math.nan
    return float(((values < published).sum() + 0.5 * (values == published).sum()) / values.size)


@dataclass(frozen=True, slots=True)
class Line:
    """One outcome of one comparison, as it is shown.

    Attributes:
        outcome: Name of the outcome.
        title: A few words.
        effect: Kind of effect.
        unit: Unit of the measure.
        arm: First arm.
        other: Arm it is compared with.
        arm_mean: Mean in the first arm.
        other_mean: Mean in the other.
        by_assignment: Spread of the effect by assignment.
        as_treated: Spread of the effect as treated.
        published: Published effect, or None.
        published_low: Lower end of its interval, or None.
        published_high: Upper end, or None.
        published_arm: Published value in the first arm, or None.
        published_other: Published value in the other arm, or None.
        place: Share of virtual trials below the published effect, or None.
        published_level: Level of the published interval, 0.5 to 1.
        published_p: Published p value, or None.
        published_null: Whether the paper found no difference; None where it does not say.
        level_place: Share of virtual trials whose level in the other arm lies below the published one, or None.
        source: Study.
    """

    outcome: str
    title: str
    effect: str
    unit: str
    arm: str
    other: str
    arm_mean: float
    other_mean: float
    by_assignment: Spread
    as_treated: Spread
    published: float | None
    published_low: float | None
    published_high: float | None
    published_arm: float | None
    published_other: float | None
    place: float | None
    level_place: float | None
    source: str
    published_level: float = 0.95
    published_p: float | None = None
    published_null: bool | None = None

    @property
    def could_be(self) -> bool | None:
        """Whether the published effect lies in the middle 95 % of virtual trials; None where there is none."""
        return _inside(self.place)

    @property
    def same_level(self) -> bool | None:
        """Whether the published level of the other arm lies in the middle 95 %; None where there is none."""
        return _inside(self.level_place)


def _inside(share: float | None) -> bool | None:
    if share is None or math.isnan(share):
        return None
    return (1 - INSIDE) / 2 <= share <= (1 + INSIDE) / 2


def lines(result: TrialResult) -> list[Line]:
    """All outcomes and comparisons of a result, in the order of the file."""
    plan = result.plan
    found = []
    for endpoint in plan.endpoints:
        for pair in plan.comparisons:
            itt = result.effects(endpoint.name, pair, ITT)
            treated = result.effects(endpoint.name, pair, TREATED)
            p = endpoint.published
            # A published effect belongs to the comparison whose arms it names, or to the first.
            mine = p is not None and (all(arm in p.arms for arm in pair) if p.arms else pair == plan.comparisons[0])
            effect = p.effect if p is not None and mine else None
            found.append(
                Line(
                    outcome=endpoint.name,
                    title=endpoint.title,
                    effect=endpoint.effect,
                    unit=endpoint.counted.unit,
                    arm=pair[0],
                    other=pair[1],
                    arm_mean=result.mean(endpoint.name, pair[0]),
                    other_mean=result.mean(endpoint.name, pair[1]),
                    by_assignment=spread(itt, endpoint, plan.alpha),
                    as_treated=spread(treated, endpoint, plan.alpha),
                    published=effect,
                    published_low=p.low if p is not None and mine else None,
                    published_high=p.high if p is not None and mine else None,
                    published_arm=p.arms.get(pair[0]) if p is not None else None,
                    published_other=p.arms.get(pair[1]) if p is not None else None,
                    place=None if effect is None else place(itt, effect),
                    level_place=_level_place(result, endpoint, pair[1]),
                    source=p.source if p is not None else "",
                    published_level=p.level if p is not None else 0.95,
                    published_p=p.p if p is not None and mine else None,
                    published_null=_said_null(p) if p is not None and mine else None,
                )
            )
    return found


def _said_null(p: Published) -> bool | None:
    return None if p.significant is None and p.p is None else p.is_null


@dataclass(frozen=True, slots=True)
class ArmLine:
    """One outcome of one arm by itself, for trials of one arm.

    Attributes:
        outcome: Name of the outcome.
        title: A few words.
        unit: Unit of the measure.
        arm: The arm.
        n: Virtual trials in which it is known.
        mean: Mean over all their people.
        low: 2.5 % quantile over virtual trials.
        high: 97.5 % quantile.
        published: Published value in the arm, or None.
        place: Share of virtual trials whose value lies below it, or None.
    """

    outcome: str
    title: str
    unit: str
    arm: str
    n: int
    mean: float
    low: float
    high: float
    published: float | None
    place: float | None


def arm_lines(result: TrialResult) -> list[ArmLine]:
    """All outcomes of all arms by themselves, in the order of the file."""
    found = []
    for endpoint in result.plan.endpoints:
        for arm in result.plan.arms:
            means = np.array([t.means[endpoint.name, arm][0] for t in result.fine])
            means = means[np.isfinite(means)]
            low, high = np.quantile(means, (0.025, 0.975)) if means.size else (math.nan, math.nan)
            p = endpoint.published.arms.get(arm) if endpoint.published is not None else None
            place = _level_place(result, endpoint, arm)
            mean = result.mean(endpoint.name, arm)
            found.append(
                ArmLine(
                    endpoint.name, endpoint.title, endpoint.counted.unit, arm, int(means.size), mean, float(low),
                    float(high), p, place,
                )
            )  # fmt: skip
    return found


def missed_share(result: TrialResult, arm: str) -> float:
    """Share of the visits and contacts due in an arm that were missed because no worker had time; NaN if none was."""
    done, missed = (sum(t.missed[arm][k] for t in result.fine) for k in (0, 1))
    return missed / (done + missed) if done + missed else math.nan


def _level_place(result: TrialResult, endpoint: Endpoint, arm: str) -> float | None:
    """Share of virtual trials in which the mean of an arm lies below the published one; None where there is none."""
    p = endpoint.published
    if p is None or arm not in p.arms:
        return None
    means = np.array([t.means[endpoint.name, arm][0] for t in result.fine])
    means = means[np.isfinite(means)]
    return float((means < p.arms[arm]).mean()) if means.size else math.nan


def group_lines(result: TrialResult) -> list[tuple[str, tuple[str, str], Spread]]:
    """Effects on the primary outcome in subgroups."""
    plan = result.plan
    names = list(dict.fromkeys(key for t in result.fine for key in t.groups))
    return [
        (text, (one, other), spread([t.groups[text, one, other] for t in result.fine if (text, one, other) in t.groups],
                                    plan.primary, plan.alpha))
        for text, one, other in names
    ]  # fmt: skip


def stratum_lines(result: TrialResult) -> list[tuple[str, dict[str, tuple[float, float]]]]:
    """Strata of exposure: stratum → arm → (mean of the primary outcome, share of the arm's people)."""
    strata = list(dict.fromkeys(text for t in result.fine for text, _ in t.strata))
    found = []
    for text in strata:
        row = {}
        for arm in result.plan.arms:
            cells = [t.strata[text, arm] for t in result.fine]
            people = sum(n for _, n in cells)
            whole = sum(t.strata[other, arm][1] for t in result.fine for other in strata)
            mean = math.fsum(m * n for m, n in cells if n) / people if people else math.nan
            row[arm] = (mean, people / whole if whole else math.nan)
        found.append((text, row))
    return found


def as_json(result: TrialResult, power: Sequence[SampleSize] = ()) -> dict[str, Any]:
    """A result for scripts; what is not defined is null."""
    plan = result.plan
    enrolled = np.array([t.enrolled for t in result.fine], dtype=float)
    found: dict[str, Any] = _clean(
        {
            "trial": plan.name,
            "title": plan.title,
            "seed": result.seed,
            "replications": len(result.fine),
            "asked_for": result.wanted,
            "failed": len(result.failed),
            "stopped": result.stopped,
            "people": plan.trial.n,
            "enrolled": dict(zip(plan.arms, enrolled.mean(axis=0).tolist(), strict=True)) if len(enrolled) else {},
            "missed": {arm: missed_share(result, arm) for arm in plan.arms},
            "days_of_enrolment": _mean([float(t.last_enrolled) for t in result.fine]),
            "arms": [asdict(line) for line in arm_lines(result)],
            "treated": {arm: _mean([t.treated[arm] for t in result.fine]) for arm in plan.arms},
            "drawn": list(result.drawn),
            "parameters": result.draws.label if result.draws else "start values",
            "doubt": [
                {"outcome": e.name, "arm": pair[0], "other": pair[1], **asdict(doubt(result, e, pair))}
                for e in plan.endpoints
                for pair in plan.comparisons
            ]
            if result.draws
            else [],
            "carried_by": [
                {"outcome": plan.primary.name, "arm": arm, "other": other}
                | {"words": carried(result, plan.primary, (arm, other))}
                for arm, other in plan.comparisons
            ],
            "assumed": list(plan.assumed),
            "outcomes": [
                asdict(line) | {"could_be": line.could_be, "same_level": line.same_level} for line in lines(result)
            ],
            "subgroups": [
                {"group": text, "arm": pair[0], "other": pair[1], **asdict(s)} for text, pair, s in group_lines(result)
            ],
            "strata": [
                {"contacts": text, "arm": arm, "mean": mean, "share": share}
                for text, row in stratum_lines(result)
                for arm, (mean, share) in row.items()
            ],
            "sample_size": [asdict(size) for size in power],
        }
    )
    return found


def _mean(values: list[float]) -> float:
    known = [v for v in values if math.isfinite(v)]
    return math.fsum(known) / len(known) if known else math.nan


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
