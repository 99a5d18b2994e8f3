"""A study as read from its file: factors, points, replications; complete, checked and immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from experiments.execution.kept_tables import SERIES_CURVES, SERIES_DAILY, SERIES_PREDICTIONS, SUBGROUPS
from experiments.outcomes.cost_effectiveness import THRESHOLD
from experiments.support.errors import InputError

if TYPE_CHECKING:
    from experiments.uncertainty.draws import ParameterDraws
    from simulation.config import Config

Value = bool | int | float | str
"""What a factor can be set to."""

BASELINE = "baseline"
"""Plan of the points that every other plan is compared with."""

LEVER, UNCERTAINTY = "lever", "uncertainty"


@dataclass(frozen=True, slots=True)
class Factor:
    """A setting that a study varies: a lever (a plan sets it) or an uncertainty (nobody does).

    Attributes:
        name: Dotted name: `programme.peers`, `parameters.relationship.contact_gain`.
        role: "lever" or "uncertainty".
        unit: Unit of the values.
        label: A few words for axes and tables.
        text: What the setting is, in a sentence.
        low: Least value; of a prior its 2.5 % quantile; None for words and switches.
        high: Greatest value; of a prior its 97.5 % quantile; None for words and switches.
        values: The levels, in the order of the study file; None where the factor is sampled from a range or a prior.
        default: Value in the first base scenario.
        prior: The prior in words, `lognormal(60, 0.5)`; empty where the factor has none.
    """

    name: str
    role: Literal["lever", "uncertainty"]
    unit: str
    label: str
    text: str
    low: float | None
    high: float | None
    values: tuple[Value, ...] | None
    default: Value
    prior: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Everything about the factor as plain data."""
        found = asdict(self)
        found["values"] = None if self.values is None else list(self.values)
        return found


@dataclass(frozen=True, slots=True)
class Point:
    """One plan under one future: what is run, once per replication.

    Attributes:
        number: From 0, in the order of the design; the baselines come first.
        plan: "baseline", or "P001" and on; an equal scenario with equal levers is an equal plan.
        future: From 0; one setting of all uncertainties.
        scenario: Name of the base scenario.
        values: Every factor with its value; at a baseline point levers hold the value of the baseline scenario.
        config: The base scenario with everything applied; its name stays that of the base scenario.
        content_hash: `config.content_hash()`; no two points of a study share it.
    """

    number: int
    plan: str
    future: int
    scenario: str
    values: Mapping[str, Value]
    config: Config
    content_hash: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same number of replications for every point."""

    number: int

    @property
    def most(self) -> int:
        """Most replications that a point may get."""
        return self.number


@dataclass(frozen=True, slots=True)
class Precision:
    """Replications until the interval of the paired difference from the baseline is narrow enough, point by point.

    Attributes:
        outcome: Name of the outcome whose difference is meant.
        half_width: Half of the 95 % interval at most this, in the outcome's unit; or None.
        relative: Half of the 95 % interval at most this share of the difference; or None.
        minimum: Replications that every point gets.
        maximum: Replications that no point goes beyond.
    """

    outcome: str
    half_width: float | None
    relative: float | None
    minimum: int
    maximum: int

    @property
    def most(self) -> int:
        """Most replications that a point may get."""
        return self.maximum


@dataclass(frozen=True, slots=True)
class Keep:
    """What is stored of each run besides its outcomes."""

    daily: bool = False
    curves: bool = False
    subgroups: bool = False
    predictions: bool = False

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that a worker makes of a run (see `experiments.execution.kept_tables`)."""
        wanted = {
            SERIES_DAILY: self.daily, SERIES_CURVES: self.curves, SUBGROUPS: self.subgroups,
            SERIES_PREDICTIONS: self.predictions,
        }  # fmt: skip
        return tuple(name for name, asked in wanted.items() if asked)


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits: of one run in seconds, and of one call of `sweep` in minutes (None for no limit)."""

    run_seconds: float = 60.0
    max_minutes: float | None = None


@dataclass(frozen=True)
class StudyPlan:
    """A study, ready to run.

    Attributes:
        name: Bundled name, or the file's name without `.toml`.
        title: What the study is, in a few words.
        question: What it asks, in plain words.
        description: What it rests on and what nobody knows.
        sources: Where the question and its levels come from.
        baseline: Name of the scenario that every plan is compared with.
        scenarios: Every base scenario by name; the baseline comes first.
        design: Kind and size of the design as plain data. Where the rows of a design stand in an order that its
            analysis needs (Morris, Sobol), `design["order"]` holds the number of the point of each row, per scenario.
        factors: Levers, then uncertainties.
        points: Baselines (one per future), then the plans.
        outcomes: Outcomes that lead in tables and in the report.
        seed: Root seed of all draws and of sampled designs.
        replications: How many replications each point gets.
        keep: What of each run is stored besides its outcomes.
        limits: Time limits.
        draws: Sample of parameters, one draw for each few replications; None for the start values.
        notes: Lines for people on what became of the design: points merged, plans equal to the baseline.
        threshold: Value of one readmission averted for the net benefit, US$ of 2022.
    """

    name: str
    title: str
    question: str
    description: str
    sources: tuple[str, ...]
    baseline: str
    scenarios: Mapping[str, Config]
    design: Mapping[str, Any]
    factors: tuple[Factor, ...]
    points: tuple[Point, ...]
    outcomes: tuple[str, ...]
    seed: int
    replications: Fixed | Precision
    keep: Keep = Keep()
    limits: Limits = Limits()
    notes: tuple[str, ...] = ()
    draws: ParameterDraws | None = None
    threshold: float = THRESHOLD

    @property
    def levers(self) -> tuple[Factor, ...]:
        """Factors that a plan sets."""
        return tuple(factor for factor in self.factors if factor.role == LEVER)

    @property
    def uncertainties(self) -> tuple[Factor, ...]:
        """Factors that nobody sets."""
        return tuple(factor for factor in self.factors if factor.role == UNCERTAINTY)

    @property
    def futures(self) -> int:
        """How many settings of the uncertainties there are; 1 without any."""
        return sum(point.plan == BASELINE for point in self.points)

    @property
    def plans(self) -> int:
        """How many plans there are, the baseline not counted."""
        return len({point.plan for point in self.points} - {BASELINE})

    def with_draws(self, draws: ParameterDraws | None) -> StudyPlan:
        """The same study on a sample of parameters; what the study itself varies or sets is not drawn.

        Raises:
            InputError: A scenario's population is another than the one that the sample is for.
        """
        for point in self.points if draws is not None else ():
            if draws is not None and (profile := point.config.population.profile) != draws.profile:
                raise InputError(
                    f"{point.scenario}: its population is {profile}, the parameter draws are for {draws.profile}"
                )
        return replace(self, draws=draws)

    def specification(self) -> dict[str, Any]:
        """Everything that decides what a run of this study is and what is stored of it, as plain data for JSON.

        Replications and limits are not in it: a folder can be taken up again with more of them.
        """
        lines = (f"{p.number} {p.plan} {p.future} {p.scenario} {p.content_hash}\n" for p in self.points)
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
        return {
            "seed": self.seed,
            "baseline": self.baseline,
            "scenarios": {name: config.content_hash() for name, config in self.scenarios.items()},
            "factors": {factor.name: factor.role for factor in self.factors},
            "design": dict(self.design),
            "points": len(self.points),
            "points_hash": digest[:32],
            "keep": asdict(self.keep),
            "draws": None if self.draws is None else self.draws.digest,
        }
