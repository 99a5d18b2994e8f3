"""A trial file, read and checked: the scenario around it, the trial for the model, and how its results are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scenarios.trial_files.measures import MEASURES, Measure
from simulation.config import Config
from simulation.trial_specification import Trial


@dataclass(frozen=True, slots=True)
class AssumedRatio:
    """A hazard ratio of which only a range is assumed: log-normal, with a median and a 95 % range.

    Attributes:
        arm: Name of the arm.
        what: "need_ratio" or "linkage_ratio", the field of the arm.
        low: Lower end of the range.
        middle: Median.
        high: Upper end.
    """

    arm: str
    what: str
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Published:
    """What the paper found; the effect is on the scale of the outcome's own effect.

    Attributes:
        effect: The effect, or None.
        low: Lower end of its interval, or None.
        high: Upper end, or None.
        arms: What was found in each arm, by name.
        source: Study.
        note: What to keep in mind.
        level: Level of the interval, 0.5 to 1.
        p: Two-sided p value, or None.
        significant: Whether the paper found a difference; None where it does not say so in words.
    """

    effect: float | None = None
    low: float | None = None
    high: float | None = None
    arms: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    note: str = ""
    level: float = 0.95
    p: float | None = None
    significant: bool | None = None

    @property
    def is_null(self) -> bool:
        """Whether the paper found no difference, in words, by its p value or by its 95 % interval."""
        if self.significant is not None:
            return not self.significant
        return self.p is not None and self.p >= 0.05


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One outcome of a trial.

    Attributes:
        name: Its name in the file.
        title: A few words.
        measure: Key of `MEASURES`.
        effect: How arms are compared.
        days: Last day of the window (0 where the measure has none).
        after_days: The window begins after this day.
        days_from: "randomisation" or "discharge".
        shift: Days between that and the start of the count: days of contact, where days count from its end.
        primary: Power, subgroups and strata rest on it.
        one_sided: The test asks for benefit only.
        published: What the paper found.
        followed_up: Arm → share of people whose outcome becomes known; 1 where an arm is missing.
        change: The difference to the value at randomisation is counted.
    """

    name: str
    title: str
    measure: str
    effect: str
    days: int
    after_days: int
    days_from: str
    shift: int
    primary: bool
    one_sided: bool
    published: Published | None
    followed_up: Mapping[str, float] = field(default_factory=dict)
    change: bool = False

    @property
    def counted(self) -> Measure:
        """What is counted."""
        return MEASURES[self.measure]

    @property
    def better(self) -> int:
        """Sign of an effect that is good for people: −1 where lower is better, else 1."""
        return -1 if self.counted.better == "lower" else 1

    @property
    def null(self) -> float:
        """The effect that means no difference."""
        return 1.0 if self.effect.endswith("ratio") else 0.0


@dataclass(frozen=True, slots=True)
class Subgroup:
    """A variable by which people are split: at `cut` and above, or by its own values where there is no cut."""

    variable: str
    cut: float | None
    text: str


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """A trial that can be run.

    Attributes:
        name: Name of the file.
        title: A few words.
        question: What it asks.
        description: In a few sentences.
        sources: Studies.
        assumed: Details that the source does not give.
        config: Hospital, population, posts and length of the run.
        trial: What the model is given.
        titles: Arm → words for it.
        reference: Name of the arm with which others are compared.
        comparisons: Pairs of arms.
        endpoints: Outcomes in the order of the file.
        assumed_ratios: Effects without a mechanism.
        without_mechanism: Arms that hold something for which the model has no mechanism.
        alpha: Level of the tests.
        treated_by: What makes a person count as treated: "visits and contacts", "visits", "contacts" or "acceptance".
        treated_from: How many of them it takes.
        treated_within: Days from randomisation within which they count.
        strata: Lower ends of exposure strata, above 0.
        subgroups: Splits of the primary outcome.
        incentives: Whether any arm has incentives.
    """

    name: str
    title: str
    question: str
    description: str
    sources: tuple[str, ...]
    assumed: tuple[str, ...]
    config: Config
    trial: Trial
    titles: Mapping[str, str]
    reference: str
    comparisons: tuple[tuple[str, str], ...]
    endpoints: tuple[Endpoint, ...]
    assumed_ratios: tuple[AssumedRatio, ...]
    without_mechanism: tuple[str, ...]
    alpha: float
    treated_by: str
    treated_from: int
    treated_within: int
    strata: tuple[int, ...]
    subgroups: tuple[Subgroup, ...]
    incentives: tuple[str, ...]

    @property
    def primary(self) -> Endpoint:
        """The outcome on which power and subgroups rest."""
        return next((e for e in self.endpoints if e.primary), self.endpoints[0])

    @property
    def clustered(self) -> bool:
        """Whether units or hospitals are assigned rather than people."""
        return self.trial.assignment in ("cluster", "stepped-wedge")

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms."""
        return tuple(arm.name for arm in self.trial.arms)
