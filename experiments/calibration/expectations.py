"""What the model says to every number, draw by draw: scenarios as studies, trials as they were run; resumable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.calibration import fitting
from experiments.calibration.simulations import SEEDS, Running, Studies, seed_of, whole_row
from experiments.outcomes.target_predictions import NAMES, OF_STAYS
from experiments.studies.definition.plan import Keep
from experiments.support.errors import InputError
from experiments.support.types import FloatArray
from experiments.support.verified_files import read_table
from experiments.trials import batches
from experiments.uncertainty.draws import ParameterDraws
from scenarios.calibration_targets import Target
from scenarios.trial_files.plan import TrialPlan
from simulation.config import Config
from simulation.outcome_definitions import HEADLINES

if TYPE_CHECKING:
    from experiments.uncertainty.elicitation import Pool

SETTINGS = ("run.days=1095",)
"""Three measured years, so that shares of rare events are steady."""


@dataclass(frozen=True)
class Numbers:
    """The numbers of a fit and what they are compared with.

    Attributes:
        targets: Every number that has a prediction: targets with a value, then signs, then checks.
        profile: Population profile.
        configs: Scenarios that the numbers name.
        plans: Trials that they name.
    """

    targets: tuple[Target, ...]
    profile: str
    configs: dict[str, Config]
    plans: dict[str, TrialPlan]

    @classmethod
    def of(cls, targets: Sequence[Target], profile: str) -> Numbers:
        """Sort the targets of a profile, and read scenarios and trials.

        Raises:
            InputError: A target cannot be compared with anything.
        """
        from scenarios import ScenarioError, load

        mine = [t for t in targets if t.profile == profile and t.prediction]
        fitted = [t for t in mine if t.role == "target"]
        if not any(t.value is not None for t in fitted):
            raise InputError(f"there is no target that the model can be compared with for the profile {profile}")
        order = [t for t in fitted if t.value is not None] + [t for t in fitted if t.sign]
        order += [t for t in mine if t.role == "check"]
        settings = (*SETTINGS, f"population.profile={profile}")
        try:
            configs = {name: load(name, settings) for name in dict.fromkeys(t.scenario for t in order if t.scenario)}
        except ScenarioError as error:
            raise InputError(f"a target names a scenario that cannot be used: {error}") from None
        for target in order:
            if target.scenario and target.prediction not in NAMES:
                raise InputError(f"target {target.id}: the model has no number called {target.prediction}")
        return cls(tuple(order), profile, configs, read_plans([t for t in order if t.trial], profile))

    @property
    def valued(self) -> list[int]:
        """Positions of the targets that are fitted by their value."""
        return [i for i, t in enumerate(self.targets) if t.role == "target" and t.value is not None]

    @property
    def signs(self) -> list[int]:
        """Positions of the targets that are signs."""
        return [i for i, t in enumerate(self.targets) if t.role == "target" and t.sign is not None]

    @property
    def checks(self) -> list[int]:
        """Positions of the numbers that are never fitted."""
        return [i for i, t in enumerate(self.targets) if t.role == "check"]

    @property
    def relative(self) -> dict[int, int]:
        """Position of each arm of a trial to that of the arm it is compared with, where both are numbers."""
        arms = {(t.trial, t.prediction): i for i, t in enumerate(self.targets) if t.comparator}
        return {
            i: arms[t.trial, t.prediction]
            for i, t in enumerate(self.targets)
            if t.trial is not None and not t.comparator and (t.trial, t.prediction) in arms
        }

    def on_scale(self, said: Mapping[str, FloatArray]) -> FloatArray:
        """Predictions by target id, each of shape (n,), on the scales of comparison; shape (n, k)."""
        columns = []
        for target in self.targets:
            values = np.asarray(said[target.id], dtype=np.float64)
            columns.append(values if target.value is None else fitting.observe(target).on_scale(values))
        return np.column_stack(columns)


def read_plans(targets: Sequence[Target], profile: str) -> dict[str, TrialPlan]:
    """Read the trial file of each target, by the name that the target gives.

    Raises:
        InputError: A trial, its outcome, arm or population does not fit its target.
    """
    from scenarios import ScenarioError
    from scenarios.trial_files.read import read_trial

    plans: dict[str, TrialPlan] = {}
    for target in targets:
        name = str(target.trial)
        try:
            plan = plans.setdefault(name, read_trial(name))
        except ScenarioError as error:
            raise InputError(f"target {target.id}: {error}") from None
        if plan.config.population.profile != profile:
            raise InputError(f"target {target.id}: the trial {name} is of another population than {profile}")
        if target.prediction not in {endpoint.name for endpoint in plan.endpoints}:
            raise InputError(f"target {target.id}: the trial {name} has no outcome {target.prediction}")
        if target.arm not in plan.arms:
            raise InputError(f"target {target.id}: the trial {name} has no arm {target.arm}")
        if target.comparator != (target.arm == plan.comparisons[0][1]):
            raise InputError(f"target {target.id}: comparator marks {plan.comparisons[0][1]}, the arm of comparison")
    if len({plan.name for plan in plans.values()}) < len(plans):
        raise InputError(f"two of the trials {', '.join(plans)} have one name; give each file its own")
    return plans


def fingerprint(plans: Mapping[str, TrialPlan]) -> dict[str, str]:
    """A hash of each trial, so that results of another trial are not taken for it."""
    return {
        name: sha256(f"{plan.config.content_hash()} {plan.trial} {plan.endpoints}".encode()).hexdigest()[:24]
        for name, plan in sorted(plans.items())
    }


class Simulator:
    """Runs of one fit: every number of every draw, once."""

    def __init__(
        self, out: Path, numbers: Numbers, names: Sequence[str], seed: int, running: Running,
        pools: Mapping[str, Pool] | None = None,
    ) -> None:  # fmt: skip
        self.out, self.numbers, self.names, self.seed, self.running = out, numbers, tuple(names), seed, running
        self.pools = pools or {}
        question = "What does the model say to the targets, draw by draw?"
        self.studies = Studies(out, "calibration", "Calibration", question, seed, running)

    def said(self, name: str, scores: FloatArray, configs: Mapping[str, Config] | None = None) -> FloatArray:
        """Simulate draws at normal scores of shape (n, p), one run of each scenario and trial per draw.

        Args:
            name: Which of `SEEDS`.
            scores: Shape (n, p).
            configs: Scenarios instead of those of the numbers, by the same names; trials are left out then.

        Returns:
            Predictions on the scales of comparison, shape (n, k); NaN where there is none.
        """
        from scipy.special import ndtr

        values = fitting.values_at(self.names, self.numbers.profile, np.clip(ndtr(scores), 1e-9, 1 - 1e-9), self.pools)
        return self.run(name, ParameterDraws(self.names, values, name, self.numbers.profile, 1), configs)

    def run(self, name: str, draws: ParameterDraws, configs: Mapping[str, Config] | None = None) -> FloatArray:
        """Simulate draws; arguments and result as of `said`."""
        found = self._scenarios(name, draws, configs or self.numbers.configs)
        if configs is None:
            found |= self._trials(name, draws)
        missing = np.full(len(draws), math.nan)
        return self.numbers.on_scale({t.id: found.get(t.id, missing) for t in self.numbers.targets})

    def _scenarios(self, name: str, draws: ParameterDraws, configs: Mapping[str, Config]) -> dict[str, FloatArray]:
        mine = [t for t in self.numbers.targets if t.scenario]
        if not mine:
            return {}
        outcomes = [t.prediction for t in mine if t.prediction and t.prediction not in OF_STAYS]
        leading = tuple(dict.fromkeys(outcomes)) or HEADLINES[:1]
        n = len(draws)
        data = self.studies.run(name, configs, draws, n, leading, Keep(predictions=True))
        beyond = _beyond_outcomes(self.out / name, len(configs), n)
        scenarios = list(configs)
        found: dict[str, FloatArray] = {}
        for target in mine:
            assert target.prediction is not None and target.scenario is not None
            at = scenarios.index(target.scenario)
            table = beyond[target.prediction] if target.prediction in OF_STAYS else data.matrix(target.prediction)
            found[target.id] = whole_row(table[at], n)
        return found

    def _trials(self, name: str, draws: ParameterDraws) -> dict[str, FloatArray]:
        mine = [t for t in self.numbers.targets if t.trial]
        if not mine:
            return {}
        running, fresh = self.running, [0]

        def begin(trial: str, todo: int, found: int) -> None:
            fresh[0] = 0
            if running.on_start is not None:
                running.on_start(f"{name}, trial {trial}", todo, found)

        def done(number: int) -> None:
            fresh[0] += number
            if running.on_standing is not None:
                running.on_standing(SimpleNamespace(fresh=fresh[0]))

        means = batches.run_trials(
            self.out / f"trials-{name}", self.numbers.plans, draws, seed_of("trials", self.seed, SEEDS[name]),
            workers=running.workers, dask=running.dask, on_start=begin, on_done=done, on_message=running.on_message,
        )  # fmt: skip
        return {t.id: np.asarray(means[str(t.trial)][str(t.prediction), str(t.arm)]) for t in mine}

    def seconds(self) -> float:
        """Seconds that all runs took, in all sessions, one core each."""
        from experiments.studies.store.layout import read_runs

        total = 0.0
        for name in SEEDS:
            if (self.out / name).exists():
                total += float(np.nansum(read_runs(self.out / name)["seconds"].to_numpy()))
            if (self.out / f"trials-{name}").exists():
                total += batches.seconds(self.out / f"trials-{name}")
        return round(total, 1)


def made_again(numbers: Numbers, parameters: Mapping[str, float], replication: int, seed: int) -> FloatArray:
    """What one checked draw of a fit says to every number, simulated here and now as `Simulator.run` does it.

    Args:
        numbers: The numbers.
        parameters: The draw.
        replication: Its number among the checked ones.
        seed: Root seed of the fit.

    Returns:
        On the scales of comparison, shape (k,).
    """
    import simulation
    from experiments.outcomes.target_predictions import predict
    from experiments.trials.run import run_replication

    use = SEEDS["check"]
    said: dict[str, float] = {}
    for name, config in numbers.configs.items():
        mine = [t for t in numbers.targets if t.scenario == name]
        run = simulation.simulate(
            config, seed_of("calibration", seed, use), replication=replication, parameters=parameters
        )
        found = predict([str(t.prediction) for t in mine], [run])
        said |= {t.id: found[str(t.prediction)] for t in mine}
    for name, plan in numbers.plans.items():
        trial = run_replication(plan, seed_of("trials", seed, use), replication, parameters)
        mine = [t for t in numbers.targets if t.trial == name]
        said |= {t.id: trial.means[str(t.prediction), str(t.arm)][0] for t in mine}
    return np.asarray(numbers.on_scale({name: np.array([value]) for name, value in said.items()})[0])


def _beyond_outcomes(folder: Path, points: int, replications: int) -> dict[str, FloatArray]:
    """Predictions that are not outcomes of a run, by name: a row per point, a column per replication."""
    found = {name: np.full((points, replications), math.nan) for name in OF_STAYS}
    for path in sorted((folder / "series").glob("[!.]*.parquet")):
        table = read_table(path, ["point", "replication", "series", "value"])
        series = np.asarray(table["series"].to_pylist())
        point, replication = table["point"].to_numpy(), table["replication"].to_numpy()
        value: NDArray[Any] = table["value"].to_numpy()
        for name, matrix in found.items():
            rows = (series == f"prediction:{name}") & (replication < replications)
            matrix[point[rows], replication[rows]] = value[rows]
    return found
