"""Plans side by side, once their runs are there: paired differences from a baseline, and how sure they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.execution.tasks import Run
from experiments.outcomes.cost_effectiveness import AMOUNTS, THRESHOLD, Money, money
from experiments.outcomes.difference import Difference, compare_runs, level
from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.reporting.notebook import table_html
from experiments.statistics.estimates import LEVEL, Estimate, mean_interval
from experiments.statistics.variance_components import NO_DOUBT, Doubt, split
from experiments.support.types import BoolArray, FloatArray, IntArray
from simulation.outcome_definitions import HEADLINES

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.analysis.results import StudyData
    from experiments.studies.definition.plan import StudyPlan
    from experiments.uncertainty.draws import ParameterDraws
    from simulation.config import Config

COMPLETE = "complete"
"""State of a study whose runs are all there."""

PRIOR_ALONE = "prior-alone"
"""Folder, in that of a comparison, with the same plans under draws of the prior alone."""

OUTCOME_COLUMNS = ("scenario", "replication", "seed", "outcome", "value", "unit")


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that was given for every scenario and differs from the scenario's own.

    Attributes:
        setting: Dotted name.
        file: The scenario's own value.
        used: The value used.
    """

    setting: str
    file: object
    used: object

    def words(self) -> str:
        """As a report says it: "peer workers: 4 instead of 6"."""
        missing = "the model's own" if self.setting.startswith("parameters.") else "none"
        before, after = (missing if x is None else wording.setting(x) for x in (self.file, self.used))
        return f"{wording.lever(self.setting)}: {after} instead of {before}"


@dataclass
class Comparison:
    """Finished runs of several scenarios on common random numbers: a view of the study that they are.

    Attributes:
        configs: Scenarios by name, in the order of the tables.
        baseline: Name of the scenario the others are compared with; empty for a single scenario.
        seed: Root seed.
        replications: Replications asked for.
        failed: Runs that did not end well.
        threshold: Value of one readmission averted, US$ of 2022.
        folder: Folder of the study; None if none was asked for.
        stopped: Whether it was ended early (Ctrl-C).
        draws: Sample of parameters that the runs used, one draw for every two; None for the start values.
        changed: By scenario, what shared settings changed in it, in words: its title and description speak of the
            file's.
        prior: The same plans under draws of the prior alone; None where they were not run.

    Example:
        >>> import peerbridge as pb
        >>> small = ["population.size=400", "run.warm_up_days=30", "run.days=60"]
        >>> result = pb.compare(["usual-care", "bridge"], settings=small, replications=4, workers=1)
        >>> result.complete, result.differences().attrs["units"]["programme_cost"]
        ([0, 1, 2, 3], 'US$ of 2022 per year')
    """

    configs: dict[str, Config]
    baseline: str
    seed: int
    replications: int
    failed: list[Run]
    threshold: float = THRESHOLD
    folder: Path | None = None
    stopped: bool = False
    draws: ParameterDraws | None = None
    changed: dict[str, list[str]] = field(default_factory=dict)
    prior: Comparison | None = None
    _matrices: dict[str, dict[str, FloatArray]] = field(default_factory=dict, repr=False)
    _finished: dict[str, BoolArray] = field(default_factory=dict, repr=False)

    @classmethod
    def of_runs(cls, plan: StudyPlan, runs: Sequence[Run], *, stopped: bool = False) -> Comparison:
        """A comparison from runs that are in memory.

        Args:
            plan: The study that they belong to; its points are the scenarios.
            runs: Finished runs, failed ones included.
            stopped: Whether it was ended early.
        """
        made = cls._empty(plan.scenarios, plan.baseline, plan.seed, plan.replications.most, plan.notes)
        made.threshold, made.draws, made.stopped = plan.threshold, plan.draws, stopped
        for name in plan.scenarios:
            good = [run for run in runs if run.scenario == name and run.status == "ok"]
            at = [run.replication for run in good]
            shape = plan.replications.most
            made._finished[name] = np.zeros(shape, dtype=bool)
            made._finished[name][at] = True
            made._matrices[name] = {outcome: np.full(shape, np.nan) for outcome in OUTCOMES}
            for outcome, values in made._matrices[name].items():
                values[at] = [run.values[outcome] for run in good]
        made.failed = sorted((run for run in runs if run.status != "ok"), key=lambda run: (run.replication, run.point))
        return made

    @classmethod
    def of_study(cls, data: StudyData) -> Comparison:
        """A comparison that is stored in a folder (`experiments.comparisons.folder.read_comparison`)."""
        from experiments.studies.analysis.results import read_study
        from simulation.config import Config

        manifest = data.manifest
        configs = {
            name: Config.model_validate_json(json.dumps({"name": name, **said}))
            for name, said in manifest["scenarios"].items()
        }
        said = manifest["replications"]
        made = cls._empty(configs, data.baseline, int(manifest["seed"]), int(said["number"]), manifest["notes"])
        made.threshold, made.folder, made.draws = data.threshold, data.folder, data.parameter_draws
        made.stopped = data.state != COMPLETE
        data.load(tuple(OUTCOMES))
        finished = data.finished
        for row, name in enumerate(data.design["scenario"]):
            made._finished[name] = finished[row]
            made._matrices[name] = {outcome: data.matrix(outcome)[row] for outcome in OUTCOMES}
        made.failed = [
            Run(*(getattr(row, key) for key in ("scenario", "replication", "seed", "status", "stage", "message")))
            for row in data.failed.itertuples()
        ]
        alone = data.folder / PRIOR_ALONE
        made.prior = cls.of_study(read_study(alone)) if alone.is_dir() else None
        return made

    @classmethod
    def _empty(
        cls, configs: Mapping[str, Config], baseline: str, seed: int, replications: int, notes: Sequence[str]
    ) -> Comparison:
        made = cls(dict(configs), baseline if len(configs) > 1 else "", seed, replications, [])
        for name in configs:
            mine = [note.removeprefix(f"{name}: ") for note in notes if note.startswith(f"{name}: ")]
            made.changed |= {name: mine} if mine else {}
        return made

    def _repr_html_(self) -> str:
        """Differences of the headline outcomes as a table, for notebooks; means where there is one scenario."""
        rows: list[tuple[str, ...]] = []
        for outcome in (OUTCOMES[name] for name in HEADLINES):
            label = f"{outcome.label}, {wording.unit(outcome)}"
            for name in self.plans if self.baseline else self.configs:
                mean = wording.number(self.mean(name, outcome.name).mean, outcome)
                if not self.baseline:
                    rows.append((name, label, mean))
                    continue
                d = self.difference(name, outcome.name)
                rows.append((name, label, mean, wording.difference(d.difference, outcome), str(d.reading)))
        partial = f" of {self.replications:,} (partial: it was stopped)" if self.stopped else ""
        caption = f"{len(self.complete):,}{partial} replications, seed {self.seed}"
        caption += f": differences from {self.baseline}." if self.baseline else "."
        head = ("scenario", "outcome", "mean", "difference", "reading")[: 5 if self.baseline else 3]
        return table_html(caption, head, rows, "differences" if self.baseline else "outcomes")

    @property
    def plans(self) -> list[str]:
        """Names of the scenarios other than the baseline."""
        return [name for name in self.configs if name != self.baseline]

    @property
    def unlike(self) -> list[str]:
        """A sentence for each plan that is not for the people or the time of the baseline."""
        found = []
        base = self.configs.get(self.baseline)
        for name in self.plans if base is not None else ():
            plan = self.configs[name]
            differ = [
                f"{section}.{key}"
                for section in ("population", "run")
                for key, value in getattr(plan, section).model_dump().items()
                if value != getattr(getattr(base, section), key)
            ]
            if differ:
                found.append(
                    f"{name} and {self.baseline} differ in {', '.join(differ)}: not the same people or the same time, "
                    "so a difference is not the effect of a plan."
                )
        return found

    @property
    def finished(self) -> int:
        """Runs that ended well."""
        return sum(int(done.sum()) for done in self._finished.values())

    @property
    def attempted(self) -> int:
        """Runs that ended, well or not."""
        return self.finished + len(self.failed)

    @cached_property
    def complete(self) -> list[int]:
        """Replications that every scenario finished, in order: the pairs."""
        return [int(r) for r in np.flatnonzero(np.all(list(self._finished.values()), axis=0))]

    def values(self, scenario: str) -> dict[str, FloatArray]:
        """Outcome name to values by complete replication."""
        return {name: values[self.complete] for name, values in self._matrices[scenario].items()}

    def mean(self, scenario: str, outcome: str) -> Estimate:
        """Mean of an outcome over the complete replications, with its interval."""
        return level(outcome, mean_interval(self.values(scenario)[outcome], clusters=self.clusters))

    def difference(self, scenario: str, outcome: str) -> Difference:
        """Paired difference of `scenario` from the baseline."""
        plan, base = self.values(scenario)[outcome], self.values(self.baseline)[outcome]
        return compare_runs(scenario, self.baseline, outcome, plan, base, self.clusters)

    @cached_property
    def clusters(self) -> IntArray | None:
        """Number of the parameter draw of each complete replication; None where all use the start values."""
        if self.draws is None:
            return None
        return np.array([self.draws.number(r) for r in self.complete], dtype=np.int64)

    def doubt(self, scenario: str, outcome: str) -> Doubt:
        """What differs between runs, split into chance and what nobody knows; needs parameter draws.

        Of the difference from the baseline; of the outcome itself where `scenario` is the baseline or there is none.
        """
        if self.clusters is None:
            return NO_DOUBT
        values = self.values(scenario)[outcome]
        if self.baseline and scenario != self.baseline:
            values = values - self.values(self.baseline)[outcome]
        return split(values, self.clusters)

    @property
    def price_year(self) -> int:
        """The year whose prices amounts are in: that of the baseline, or of the only scenario."""
        return self.configs[self.baseline or next(iter(self.configs))].money.year

    def money(self, scenario: str) -> Money:
        """Value for money of `scenario` against the baseline."""
        return money(
            scenario, self.baseline, self.values(scenario), self.values(self.baseline), self.threshold, self.clusters
        )

    def outcomes(self) -> pd.DataFrame:
        """Outcomes of every finished run, a row each: scenario, replication, seed, outcome, value, unit."""
        import pandas as pd

        found = pd.DataFrame(self.outcome_rows(), columns=list(OUTCOME_COLUMNS))
        found.attrs["units"] = {name: outcome.unit for name, outcome in OUTCOMES.items()}
        return found

    def outcome_rows(self) -> list[tuple[str, int, int, str, float, str]]:
        """What `outcomes` holds, as plain rows."""
        return [
            (scenario, int(r), self.seed, name, float(values[r]), OUTCOMES[name].unit)
            for scenario, done in self._finished.items()
            for r in np.flatnonzero(done)
            for name, values in self._matrices[scenario].items()
        ]

    def differences(self, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
        """Paired differences of each plan from the baseline, as of a study (`StudyData.differences`).

        Args:
            outcomes: Names; all if None.

        Returns: One row per plan and outcome: n (pairs), baseline_mean, mean, difference, low and high (95 % interval
            of the mean), reading (`experiments.outcomes.difference.read_difference`), unknown_low and unknown_high
            (range of 9 of 10 parameter draws), draws_better (share of draws in which the plan is better), sd_chance,
            sd_unknown and share_unknown.

        Raises:
            KeyError: There is no such outcome.
        """
        import pandas as pd

        for name in outcomes or ():
            if name not in OUTCOMES:
                raise KeyError(f"there is no outcome {name!r}")
        wanted = OUTCOMES if outcomes is None else set(outcomes)
        found = pd.DataFrame([row for row in self.difference_rows() if row["outcome"] in wanted])
        found.attrs["units"] = {name: outcome.unit for name, outcome in OUTCOMES.items()}
        return found

    def difference_rows(self) -> list[dict[str, Any]]:
        """What `differences` holds, as plain rows."""
        rows = []
        for name in self.plans if self.baseline else []:
            for outcome in OUTCOMES:
                d = self.difference(name, outcome)
                doubt = d.doubt
                rows.append({
                    "scenario": name, "baseline": self.baseline, "outcome": outcome, "unit": OUTCOMES[outcome].unit,
                    "better": OUTCOMES[outcome].better, "n": d.difference.n,
                    "baseline_mean": d.base.mean, "mean": d.plan.mean,
                    "difference": d.difference.mean, "low": d.difference.low, "high": d.difference.high, "level": LEVEL,
                    "reading": d.reading, "sd_chance": doubt.chance, "sd_unknown": doubt.unknown,
                    "share_unknown": doubt.share_unknown, "unknown_low": doubt.low, "unknown_high": doubt.high,
                    "draws_better": d.draws_better,
                })  # fmt: skip
        return rows

    def money_rows(self) -> list[dict[str, Any]]:
        """Value for money of each plan, as plain rows; US$ of 2022."""
        rows = []
        for name in self.plans if self.baseline else []:
            m = self.money(name)
            row: dict[str, Any] = {"scenario": name, "baseline": m.baseline}
            for what, attribute in AMOUNTS.items():
                estimate: Estimate = getattr(m, attribute)
                row |= {what: estimate.mean, f"{what}_low": estimate.low, f"{what}_high": estimate.high}
                if attribute in m.doubts:
                    doubt = m.doubts[attribute]
                    row |= {f"{what}_unknown_low": doubt.low, f"{what}_unknown_high": doubt.high}
            rows.append(row | {"threshold": m.threshold, "note": m.reading})
        return rows
