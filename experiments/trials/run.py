"""Virtual trials: enrol, randomise and follow simulated people many times, and collect the distribution of the effect.

`run_trial` gives a [`TrialResult`][experiments.trials.run.TrialResult]:
for every outcome and comparison the effects of all
virtual trials, by assignment (intention to treat) and as treated. A replication is one run of the model with its own
draws; it is a pure function of the plan, the seed, its number and its parameter values.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.execution.executors import in_threads
from experiments.reporting.notebook import table_html
from experiments.reporting.progress import ProgressBar
from experiments.support.errors import InputError
from experiments.support.limits import check_replications, check_seed, check_workers
from experiments.support.machine import allowed_cores
from experiments.support.messages import announce_compilation
from experiments.trials.cluster_effects import compare_clusters
from experiments.trials.effects import Effect, compare, nothing
from experiments.trials.participants import Bools, Counted, Floats, Ints, People
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.priors import prior_quantile
from experiments.uncertainty.shipped import SHIPPED, Draws, resolve_posterior
from scenarios.trial_files.measures import SUBGROUPS
from scenarios.trial_files.plan import Endpoint, TrialPlan
from scenarios.trial_files.read import read_trial
from simulation import draws as keyed
from simulation.day import finish
from simulation.engine import Engine
from simulation.parameter_types import Parameter
from simulation.parameters import PARAMETERS
from simulation.trial_specification import ENROL_AT, Trial

if TYPE_CHECKING:
    import pandas as pd

INCENTIVES = {"incentive_for_contacts": "follow_up.incentive", "incentive_for_care": "linkage.incentive"}
"""Parameter behind each incentive of a trial file; drawn from its prior in each virtual trial."""

PLACES_OF_ENROLMENT = {code: name for name, code in ENROL_AT.items()}
"""Where somebody was enrolled, by its code."""

ITT, TREATED = "by assignment", "as treated"


@dataclass(slots=True)
class VirtualTrial:
    """What one virtual trial found.

    Attributes:
        replication: Its number.
        asked: Eligible people who were asked.
        enrolled: People in each arm, in the order of the arms.
        effects: (outcome, arm, other arm, ITT or TREATED) → effect.
        means: (outcome, arm) → (mean, people known).
        treated: Share of each arm that was treated.
        missed: Arm → visits and contacts made or tried, and those missed because no worker had time.
        last_enrolled: Day of enrolment, from 1, on which the last person came.
        groups: (group, arm, other arm) → effect on the primary outcome, for subgroups.
        strata: (stratum, arm) → (mean of the primary outcome, people).
        primary: Arm → values of the primary outcome, and days at risk, of everybody known.
        clusters: Arm → cluster and period of the same people.
        error: What went wrong, in one line; empty if nothing did.
        seconds: Time it took.
    """

    replication: int
    asked: int = 0
    enrolled: tuple[int, ...] = ()
    effects: dict[tuple[str, str, str, str], Effect] = field(default_factory=dict)
    means: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    treated: dict[str, float] = field(default_factory=dict)
    missed: dict[str, tuple[int, int]] = field(default_factory=dict)
    last_enrolled: int = 0
    groups: dict[tuple[str, str, str], Effect] = field(default_factory=dict)
    strata: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    primary: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TrialResult:
    """All virtual trials of a plan.

    Attributes:
        plan: The trial.
        seed: Root seed.
        wanted: Replications asked for.
        trials: Finished ones, in the order of their numbers.
        stopped: Whether Ctrl-C came before all were done.
        drawn: Parameters that were drawn from their prior in each virtual trial.
        draws: Sample of parameters that the virtual trials used; None for the start values.
        parameters: Parameter sets that were given in place of draws, taken in turn.

    Example:
        >>> import peerbridge as pb
        >>> result = pb.run_trial("sledge-2011", replications=2, draws=None)
        >>> table = result.table()
        >>> table["outcome"].iloc[0], len(result.fine)
        ('rehospitalisations', 2)
    """

    plan: TrialPlan
    seed: int
    wanted: int
    trials: tuple[VirtualTrial, ...]
    stopped: bool
    drawn: tuple[str, ...]
    draws: ParameterDraws | None = None
    parameters: tuple[Mapping[str, float], ...] = ()

    def people(self, replication: int = 0) -> pd.DataFrame:
        """Everybody who took part in one virtual trial, which is run once more for it.

        Args:
            replication: Number of the virtual trial, 0 or more.

        Returns: One row a participant in the order of enrolment: person (the same number in every plan of this seed),
            arm, day (of enrolment, 1 the first), place, treated (by the file's rule), visits_and_contacts made, failed
            and missed, the variables of `SUBGROUPS`, and for each outcome of the file its value, NaN where it is not
            known, and `<outcome>_days`, the days at risk. `attrs["replication"]` and `attrs["seed"]` say which run.

        Raises:
            InputError: The number is negative.

        Example:
            >>> import peerbridge as pb
            >>> trial = pb.run_trial("sledge-2011", replications=2, draws=None)
            >>> people = trial.people(1)
            >>> sorted(people["arm"].unique()), int(people["person"].duplicated().sum())
            (['mentor', 'usual'], 0)
        """
        if replication < 0:
            raise InputError(f"the number of a virtual trial is 0 or more, not {replication}")
        given: Mapping[str, float] = {}
        if self.parameters:
            given = self.parameters[replication % len(self.parameters)]
        elif self.draws is not None:
            given = self.draws.of(replication)
        return person_table(self.plan, self.seed, replication, given)

    @property
    def fine(self) -> tuple[VirtualTrial, ...]:
        """Virtual trials without an error."""
        return tuple(t for t in self.trials if not t.error)

    @property
    def failed(self) -> tuple[VirtualTrial, ...]:
        """Virtual trials with an error."""
        return tuple(t for t in self.trials if t.error)

    def effects(self, endpoint: str, pair: tuple[str, str], analysis: str) -> list[Effect]:
        """Effects of one comparison over the virtual trials."""
        return [t.effects.get((endpoint, *pair, analysis), nothing()) for t in self.fine]

    def table(self) -> pd.DataFrame:
        """Effects by assignment over the virtual trials, one row per outcome and comparison.

        Returns: outcome, title, effect (its kind), arm, other, n (virtual trials in which it is defined), median, and
            low and high (their 2.5 % and 97.5 % quantiles); `attrs["units"]` holds the unit of each outcome.
        """
        import pandas as pd

        rows = []
        for endpoint in self.plan.endpoints:
            for pair in self.plan.comparisons:
                values = np.array([e.value for e in self.effects(endpoint.name, pair, ITT)], dtype=np.float64)
                known = values[~np.isnan(values)]
                ends = np.quantile(known, (0.5, 0.025, 0.975)) if known.size else np.full(3, np.nan)
                rows.append((endpoint.name, endpoint.title, endpoint.effect, *pair, known.size, *ends))
        names = ["outcome", "title", "effect", "arm", "other", "n", "median", "low", "high"]
        found = pd.DataFrame(rows, columns=names)
        found.attrs["units"] = {endpoint.name: endpoint.counted.unit for endpoint in self.plan.endpoints}
        return found

    def _repr_html_(self) -> str:
        """Effects by assignment as a table, for notebooks."""
        rows = [
            (title, effect, f"{arm} against {other}", *(f"{x:.3g}" if x == x else "not defined" for x in numbers))
            for _, title, effect, arm, other, _, *numbers in self.table().itertuples(index=False)
        ]
        partial = f" of {self.wanted:,} (partial)" if self.stopped else ""
        caption = f"{self.plan.title}: {len(self.fine):,}{partial} virtual trials, seed {self.seed}. "
        caption += "Effects by assignment, and their spread over virtual trials."
        head = ("outcome", "effect", "arms", "median", "2.5 %", "97.5 %")
        return table_html(caption, head, rows, "table()")

    def mean(self, endpoint: str, arm: str) -> float:
        """Mean of an outcome in an arm over the virtual trials, each weighing by its people."""
        found = [t.means[endpoint, arm] for t in self.fine if t.means[endpoint, arm][1]]
        people = sum(n for _, n in found)
        return math.fsum(mean * n for mean, n in found) / people if people else math.nan


def run_trial(
    trial: TrialPlan | str | os.PathLike[str],
    *,
    replications: int,
    seed: int = 0,
    workers: int | None = None,
    parameters: Sequence[Mapping[str, float]] | None = None,
    draws: Draws = SHIPPED,
    on_done: Callable[[int], None] | None = None,
    on_message: Callable[[str], None] | None = None,
) -> TrialResult:
    """Run a trial many times; Ctrl-C keeps what is finished.

    Args:
        trial: Name of a bundled trial, path of a trial file, or a trial that has been read
            (`scenarios.trial_files.read.read_trial`).
        replications: Virtual trials, 1 to `experiments.support.limits.MOST_REPLICATIONS`.
        seed: Root seed, 0 to 2**64 - 1.
        workers: Most threads; one per core by default.
        parameters: Values of each replication, for example ten parameter sets; taken in turn if there are fewer.
        draws: Sample of the model's parameters, or the path of a file of one, one draw for every two virtual trials;
            "shipped" for the posterior that comes with this version, None for the start values. Not used where
            `parameters` is given.
        on_done: Called with the number that have finished since the last call. Without it progress is shown on
            stderr: a bar in a terminal or a notebook, else a line a minute.
        on_message: Called with lines for people; by default they go to stderr.

    Raises:
        InputError: A number is out of range, or the draws are for another population.
        ScenarioError: The trial file is wrong.

    Example:
        >>> import peerbridge as pb
        >>> result = pb.run_trial("sledge-2011", replications=2, seed=1)
        >>> result.draws.profile, len(result.trials)
        ('serious_mental_illness', 2)
    """
    check_replications(replications)
    check_seed(seed)
    check_workers(workers)
    plan = trial if isinstance(trial, TrialPlan) else read_trial(trial)
    profile = plan.config.population.profile
    with ProgressBar() as progress:
        tell = on_message or progress.say
        sample = None if parameters else resolve_posterior(draws, [profile], tell)
        if sample is not None and sample.profile != profile:
            raise InputError(f"{plan.name}: its population is {profile}, the parameter draws are for {sample.profile}")
        given_names = set(sample.names if sample else parameters[0] if parameters else ())
        announce_compilation(tell)
        progress.start(replications, 0)

        def one(replication: int) -> VirtualTrial:
            given = parameters[replication % len(parameters)] if parameters else {}
            if sample is not None:
                given = sample.of(replication)
            return run_replication(plan, seed, replication, given)

        shown = on_done or (lambda new: progress.advance([None] * new))
        done, stopped = run_numbers(one, range(replications), workers=workers, on_done=shown)
        if stopped and on_done is None:
            tell(f"Stopped: what is returned is partial, {len(done):,} of {replications:,} virtual trials.")
    drawn = _drawn(plan, given_names)
    return TrialResult(plan, seed, replications, done, stopped, drawn, sample, tuple(parameters or ()))


def run_numbers(
    one: Callable[[int], VirtualTrial],
    numbers: range,
    *,
    workers: int | None = None,
    on_done: Callable[[int], None] | None = None,
) -> tuple[tuple[VirtualTrial, ...], bool]:
    """Run virtual trials by number; return the finished ones and whether Ctrl-C interrupted the rest."""
    done: list[VirtualTrial] = []
    stopped = False
    try:
        done.append(one(numbers[0]))  # compiles the model if need be
        if on_done is not None:
            on_done(1)
        _collect(one, numbers[1:], min(workers or allowed_cores(), 4), done, on_done)
    except KeyboardInterrupt:
        stopped = True
    return tuple(sorted(done, key=lambda t: t.replication)), stopped


def _collect(
    one: Callable[[int], VirtualTrial], numbers: range, workers: int, done: list[VirtualTrial],
    on_done: Callable[[int], None] | None,
) -> None:  # fmt: skip
    with closing(in_threads(one, numbers, workers)) as trials:
        for trial in trials:
            done.append(trial)
            if on_done is not None:
                on_done(1)


def _drawn(plan: TrialPlan, given: Collection[str]) -> tuple[str, ...]:
    names = [INCENTIVES[name] for name in plan.incentives]
    return tuple(name for name in names if name not in given and name not in plan.config.parameters)


def drawn_values(plan: TrialPlan, seed: int, replication: int, given: Mapping[str, float]) -> dict[str, float]:
    """Parameter values of one virtual trial: those given, and a draw from the prior for the effect of incentives."""
    values = dict(given)
    key = np.uint64(keyed.derive_key(seed, replication))
    for number, name in enumerate(_drawn(plan, given)):
        p: Parameter = PARAMETERS[name]
        u = keyed.uniform(key, keyed.ASSUMED_EFFECT, number, 0, 0, 0)
        values[name] = float(prior_quantile(p.prior, p.low, p.high, u))
    return values


def drawn_trial(plan: TrialPlan, seed: int, replication: int) -> Trial:
    """The trial for one replication, with assumed hazard ratios drawn from their ranges."""
    if not plan.assumed_ratios:
        return plan.trial
    key = np.uint64(keyed.derive_key(seed, replication))
    arms = {arm.name: arm for arm in plan.trial.arms}
    for number, ratio in enumerate(plan.assumed_ratios):
        z = keyed.normal_quantile(keyed.uniform(key, keyed.ASSUMED_EFFECT, number, 0, 0, 1))
        side = math.log((ratio.high if z > 0 else ratio.low) / ratio.middle) / 1.959964
        value = ratio.middle * math.exp(abs(z) * side)
        arms[ratio.arm] = replace(arms[ratio.arm], **{ratio.what: value})  # type: ignore[arg-type]
    return replace(plan.trial, arms=tuple(arms.values()))


def run_replication(
    plan: TrialPlan, seed: int, replication: int, given: Mapping[str, float] | None = None
) -> VirtualTrial:
    """Run one virtual trial; an exception becomes its `error`."""
    began = time.perf_counter()
    trial = VirtualTrial(replication)
    try:
        _analyse(plan, _participants(plan, seed, replication, given or {}), trial)
    except Exception as error:  # of the model or of an analysis: one virtual trial never ends the others
        trial.error = " ".join(f"{type(error).__name__}: {error}".split())
    trial.seconds = time.perf_counter() - began
    return trial


def _participants(plan: TrialPlan, seed: int, replication: int, given: Mapping[str, float]) -> People:
    values = drawn_values(plan, seed, replication, given)
    engine = Engine(
        plan.config, seed, replication=replication, parameters=values, trial=drawn_trial(plan, seed, replication)
    )
    engine.run()
    finish(engine.world, engine.day)
    return People(engine, plan.arms)


def person_table(
    plan: TrialPlan, seed: int, replication: int = 0, given: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Everybody who takes part in one virtual trial; see [`people`][experiments.trials.run.TrialResult.people].

    Args:
        plan: A trial that has been read.
        seed: Root seed.
        replication: Number of the virtual trial.
        given: Parameter values; the model's start values where they are left out.
    """
    import pandas as pd

    people = _participants(plan, seed, replication, given or {})
    service = people.service()
    columns: dict[str, Any] = {
        "person": people.rows["person"].astype(np.int64),
        "arm": np.array(plan.arms)[people.arm],
        "day": people.rows["day"].astype(np.int64) - plan.trial.first_day + 1,
        "place": [PLACES_OF_ENROLMENT[int(place)] for place in people.rows["place"]],
        "treated": _treated(plan, people),
        **{f"visits_and_contacts_{name}": values for name, values in service.items()},
        **{name: people.trait(name) for name in SUBGROUPS},
    }
    for endpoint in plan.endpoints:
        counted = people.count(endpoint)
        columns |= {endpoint.name: counted.value, f"{endpoint.name}_days": counted.days}
    found = pd.DataFrame(columns)
    found.attrs |= {"seed": seed, "replication": replication}
    return found


def _analyse(plan: TrialPlan, people: People, trial: VirtualTrial) -> None:
    arms = plan.arms
    trial.asked = people.asked
    trial.enrolled = tuple(int((people.arm == a).sum()) for a in range(len(arms)))
    treated = _treated(plan, people)
    service = people.service()
    trial.last_enrolled = int(people.rows["day"].max()) - plan.trial.first_day + 1 if people.n else 0
    for a, name in enumerate(arms):
        done, missed = (int(service[key][people.arm == a].sum()) for key in ("made", "missed"))
        trial.missed[name] = (done + int(service["failed"][people.arm == a].sum()), missed)
        trial.treated[name] = _mean(treated[people.arm == a].astype(float))[0]
    analyst = _Analyst(plan, people)
    for endpoint in plan.endpoints:
        counted = people.count(endpoint)
        for a, name in enumerate(arms):
            trial.means[endpoint.name, name] = _mean(counted.value[people.arm == a])
        for pair in plan.comparisons:
            one, other = (people.arm == arms.index(name) for name in pair)
            trial.effects[endpoint.name, *pair, ITT] = analyst.effect(endpoint, counted, one, other)
            # As treated: whoever got what the first arm gives, against everybody else of the two arms.
            got = one & treated
            trial.effects[endpoint.name, *pair, TREATED] = analyst.effect(endpoint, counted, got, (one | other) & ~got)
        if endpoint is plan.primary:
            _look_closer(plan, people, trial, analyst, counted)


def _look_closer(plan: TrialPlan, people: People, trial: VirtualTrial, analyst: _Analyst, counted: Counted) -> None:
    """Subgroups and exposure strata of the primary outcome, and its values for the sample size."""
    endpoint, arms = plan.primary, plan.arms
    for by in plan.subgroups:
        for text, inside in people.groups(by):
            for pair in plan.comparisons:
                one, other = ((people.arm == arms.index(name)) & inside for name in pair)
                trial.groups[text, *pair] = analyst.effect(endpoint, counted, one, other)
    dose = people.dose(plan.treated_within, plan.treated_by)
    edges = [0, *plan.strata, 10**9] if plan.strata else []
    for low, high in zip(edges, edges[1:], strict=False):
        text = f"{low}" if high == low + 1 else f"{low} or more" if high == 10**9 else f"{low} to {high - 1}"
        for a, name in enumerate(arms):
            trial.strata[text, name] = _mean(counted.value[(people.arm == a) & (dose >= low) & (dose < high)])
    for a, name in enumerate(arms):
        known = (people.arm == a) & ~np.isnan(counted.value)
        trial.primary[name] = (counted.value[known], counted.days[known])


class _Analyst:
    """Compares groups as the trial's assignment asks for."""

    def __init__(self, plan: TrialPlan, people: People) -> None:
        self._clustered = plan.clustered
        self._cluster: Ints = people.cluster
        t = plan.trial
        self._period = people.period(t.first_day, t.step_days) if t.assignment == "stepped-wedge" else None

    def effect(self, endpoint: Endpoint, counted: Counted, one: Bools, other: Bools) -> Effect:
        if not self._clustered:
            return _plain(endpoint, counted, one, other)
        both = one | other
        period = None if self._period is None else self._period[both]
        return compare_clusters(
            endpoint.effect, counted.value[both], one[both], self._cluster[both], period, counted.days[both]
        )


def _plain(endpoint: Endpoint, counted: Counted, one: Bools, other: Bools) -> Effect:
    return compare(endpoint.effect, counted.value[one], counted.value[other], counted.days[one], counted.days[other])


def _treated(plan: TrialPlan, people: People) -> Bools:
    """Participants who received what their arm offers: enough visits and contacts, or the consult team."""
    from_ = 1 if plan.treated_by == "acceptance" else plan.treated_from
    treated = people.dose(plan.treated_within, plan.treated_by) >= from_
    team_only = np.array([arm.consult and not arm.kinds for arm in plan.trial.arms])
    return np.where(team_only[people.arm], people.seen, treated) if people.n else treated


def _mean(values: Any) -> tuple[float, int]:
    known = values[~np.isnan(values)]
    return (float(known.mean()), int(known.size)) if known.size else (math.nan, 0)
