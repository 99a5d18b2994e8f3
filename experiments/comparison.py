"""Plans side by side: runs that share their draws, and paired differences from a baseline."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from experiments.doubt import NO_DOUBT, Doubt, split
from experiments.economics import ALL, THRESHOLD, Money, money
from experiments.engine import Run, Task, execute
from experiments.errors import BadInput
from experiments.posteriors import Draws, settle
from experiments.statistics import LEVEL, Estimate, mean_interval, paired_difference

if TYPE_CHECKING:
    import pandas as pd

    from experiments.parameter_draws import ParameterDraws
    from experiments.store import Study
    from simulation.config import Config

REPLICATIONS = 100
"""Default replications of a comparison: four default scenarios take well under a minute on two cores."""

MOST_REPLICATIONS = 100_000

FLUSH_SECONDS = 0.5
"""Finished runs are stored at least this often, as soon as a batch comes."""

Reading = Literal["better", "worse", "higher", "lower", "unclear", "same", "not defined"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One outcome of one plan against the baseline.

    Attributes:
        scenario: Plan.
        baseline: Plan it is compared with.
        outcome: Name of the outcome.
        plan: Mean of the plan with its interval, in the outcome's unit.
        base: Mean of the baseline with its interval.
        difference: Paired difference, plan less baseline, with its interval.
        reading: better, worse, higher, lower (the interval leaves out zero, and so do 9 of 10 draws where runs used
            draws of the parameters), unclear (not so), same (no run differs) or not defined.
        doubt: How the difference varies between draws of the parameters; not defined without draws.
    """

    scenario: str
    baseline: str
    outcome: str
    plan: Estimate
    base: Estimate
    difference: Estimate
    reading: Reading
    doubt: Doubt = NO_DOUBT


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


def read_difference(outcome: str, difference: Estimate, doubt: Doubt = NO_DOUBT) -> Reading:
    """Put a difference into a word, by its interval, what nobody knows, and which direction is better for people."""
    if difference.n == 0:
        return "not defined"
    if difference.sd == 0 and difference.mean == 0:
        return "same"
    if np.isnan(difference.low) or difference.low <= 0 <= difference.high:
        return "unclear"
    if doubt.low <= 0 <= doubt.high:
        return "unclear"
    up = difference.low > 0
    better = ALL[outcome].better
    if better == "none":
        return "higher" if up else "lower"
    return "better" if up == (better == "higher") else "worse"


@dataclass
class Comparison:
    """Finished runs of several scenarios on common random numbers.

    Attributes:
        configs: Scenarios by name, in the order of the tables.
        baseline: Name of the scenario the others are compared with; empty for a single scenario.
        seed: Root seed.
        replications: Replications asked for.
        runs: Every run, failed ones included.
        threshold: Value of one readmission averted, US$ of 2022.
        folder: Where the files are; None if none were asked for.
        stopped: Whether Ctrl-C ended it early.
        draws: Sample of parameters that the runs used, one draw for every two; None for the start values.
        changed: By scenario, what shared settings changed in it: its title and description speak of the file's.
    """

    configs: dict[str, Config]
    baseline: str
    seed: int
    replications: int
    runs: list[Run]
    threshold: float = THRESHOLD
    folder: Path | None = None
    stopped: bool = False
    changed: dict[str, list[Change]] = field(default_factory=dict)
    draws: ParameterDraws | None = None
    _values: dict[str, dict[str, NDArray[np.float64]]] = field(default_factory=dict, init=False, repr=False)

    @property
    def plans(self) -> list[str]:
        """Names of the scenarios other than the baseline."""
        return [name for name in self.configs if name != self.baseline]

    @property
    def failed(self) -> list[Run]:
        """Runs that ended in an error."""
        return [run for run in self.runs if run.status != "ok"]

    @cached_property
    def complete(self) -> list[int]:
        """Replications that every scenario finished, in order: the pairs."""
        good = {run.key for run in self.runs if run.status == "ok"}
        numbers = sorted({replication for _, replication in good})
        return [r for r in numbers if all((name, r) in good for name in self.configs)]

    def values(self, scenario: str) -> dict[str, NDArray[np.float64]]:
        """Outcome name to values by complete replication."""
        if scenario not in self._values:
            by_replication = {run.replication: run for run in self.runs if run.scenario == scenario}
            self._values[scenario] = {
                name: np.array([by_replication[r].values[name] for r in self.complete], dtype=np.float64)
                for name in ALL
            }
        return self._values[scenario]

    def mean(self, scenario: str, outcome: str) -> Estimate:
        """Mean of an outcome over the complete replications, with its interval."""
        return mean_interval(self.values(scenario)[outcome], clusters=self.clusters)

    def difference(self, scenario: str, outcome: str) -> Difference:
        """Paired difference of `scenario` from the baseline."""
        plan, base = self.values(scenario)[outcome], self.values(self.baseline)[outcome]
        paired = paired_difference(plan, base, clusters=self.clusters)
        doubt = self.doubt(scenario, outcome)
        means = self.mean(scenario, outcome), self.mean(self.baseline, outcome)
        return Difference(
            scenario, self.baseline, outcome, *means, paired, read_difference(outcome, paired, doubt), doubt
        )

    @cached_property
    def clusters(self) -> NDArray[np.int64] | None:
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

    def money(self, scenario: str) -> Money:
        """Value for money of `scenario` against the baseline."""
        return money(
            scenario, self.baseline, self.values(scenario), self.values(self.baseline), self.threshold, self.clusters
        )

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Tidy values: scenario, replication, seed, outcome, value, unit."""
        import pandas as pd

        rows = [
            (run.scenario, run.replication, run.seed, name, value, ALL[name].unit)
            for run in sorted(self.runs, key=lambda run: (list(self.configs).index(run.scenario), run.replication))
            for name, value in run.values.items()
        ]
        return pd.DataFrame(rows, columns=["scenario", "replication", "seed", "outcome", "value", "unit"])

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Tidy paired differences from the baseline, with units and intervals."""
        import pandas as pd

        return pd.DataFrame(self.difference_rows())

    def difference_rows(self) -> list[dict[str, Any]]:
        """What `differences` holds, as plain rows."""
        rows = []
        for name in self.plans if self.baseline else []:
            for outcome in ALL:
                d = self.difference(name, outcome)
                doubt = d.doubt
                rows.append({
                    "scenario": name, "baseline": self.baseline, "outcome": outcome, "unit": ALL[outcome].unit,
                    "better": ALL[outcome].better, "n": d.difference.n,
                    "baseline_mean": d.base.mean, "mean": d.plan.mean,
                    "difference": d.difference.mean, "low": d.difference.low, "high": d.difference.high, "level": LEVEL,
                    "reading": d.reading, "sd_chance": doubt.chance, "sd_unknown": doubt.unknown,
                    "share_unknown": doubt.share_unknown, "unknown_low": doubt.low, "unknown_high": doubt.high,
                })  # fmt: skip
        return rows

    def money_rows(self) -> list[dict[str, Any]]:
        """Value for money of each plan, as plain rows; US$ of 2022."""
        rows = []
        for name in self.plans if self.baseline else []:
            m = self.money(name)
            row: dict[str, Any] = {"scenario": name, "baseline": m.baseline}
            for what, estimate in (
                ("readmissions_averted_per_year", m.averted), ("programme_cost_per_year", m.cost),
                ("cost_per_readmission_averted", m.per_readmission), ("net_benefit_per_year", m.net_benefit),
                ("total_cost_per_year", m.total_cost),
            ):  # fmt: skip
                row |= {what: estimate.mean, f"{what}_low": estimate.low, f"{what}_high": estimate.high}
            rows.append(row | {"threshold": m.threshold, "note": m.reading})
        return rows


def compare(
    scenarios: Sequence[str | Path | Config] | Mapping[str, Config],
    *,
    baseline: str | None = None,
    settings: Sequence[str] = (),
    replications: int = REPLICATIONS,
    seed: int = 0,
    workers: int | None = None,
    out: Path | str | None = None,
    threshold: float = THRESHOLD,
    draws: Draws = None,
    on_start: Callable[[int, int], None] | None = None,
    on_batch: Callable[[list[Run]], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    command_line: str = "",
) -> Comparison:
    """Run scenarios on common random numbers and compare them.

    Replication r of every scenario shares every draw that both make, so a difference is the effect of the change.

    Args:
        scenarios: Names, files or `Config`s; a mapping renames them. One alone is run without a comparison.
        baseline: Scenario to compare with; the first if None. It is added if it is not among `scenarios`.
        settings: Overrides for every scenario, such as "programme.peers=6".
        replications: Runs of each scenario, 1 to 100,000.
        seed: Root seed, 0 to 2**64 - 1.
        workers: Most cores to use; None for one per core. It never changes a result.
        out: Folder for the files; goes on where an earlier call with the same specification stopped.
        threshold: Value of one readmission averted for the net benefit, US$ of 2022.
        draws: Sample of the model's parameters: every two replications use one draw, in every scenario the same, and
            the answers carry what nobody knows; "shipped" for the one that comes with this version (the default of the
            command line), None for the start values.
        on_start: Called with the number of runs to do and of runs found in `out`.
        on_batch: Called with each batch of finished runs.
        on_message: Called with lines for people.
        command_line: Kept in the provenance record.

    Returns:
        The comparison; after Ctrl-C, with `stopped` set, what was finished.

    Raises:
        BadInput: A scenario, option or folder is not usable; nothing has been written then.
    """
    import simulation

    configs, changed = _configs(scenarios, baseline, settings)
    if baseline is None:
        baseline = next(iter(configs)) if len(configs) > 1 else ""
    elif not isinstance(scenarios, Mapping) and baseline not in configs:
        baseline = next(iter(configs))  # given as a file: _configs put it first
    if not 1 <= replications <= MOST_REPLICATIONS:
        raise BadInput(f"replications must lie between 1 and {MOST_REPLICATIONS:,}, not {replications}")
    if not 0 <= seed < 2**64:
        raise BadInput(f"seed must lie between 0 and 2**64 - 1, not {seed}")
    if workers is not None and workers < 1:
        raise BadInput(f"workers must be 1 or more, not {workers}")
    if not 0 <= threshold < math.inf:
        raise BadInput(f"threshold must be a number of US$, 0 or more, not {threshold}")

    folder = Path(out) if out is not None else None
    sample = settle(draws, (config.population.profile for config in configs.values()), on_message or _say)
    for name, config in configs.items():
        if sample is not None and config.population.profile != sample.profile:
            raise BadInput(
                f"{name}: its population is {config.population.profile}, the parameter draws are for {sample.profile}"
            )
    result = Comparison(configs, baseline, seed, replications, [], threshold, folder, changed=changed, draws=sample)
    with ExitStack() as stack:
        study = None
        began = _now()
        facts_of_machine: dict[str, Any] = {}
        keep: tuple[str, ...] = ()
        if out is not None:
            from experiments.kept import COMPARISON
            from experiments.provenance import made_with
            from experiments.store import Specification, Study

            keep = COMPARISON

            facts_of_machine = made_with()
            specification = _specification(Specification, configs, seed, sample)
            used = sample.label if sample else "start values"
            facts = {"state": "running", "baseline": baseline, "threshold_usd_2022": threshold, "parameters": used}
            study = stack.enter_context(Study.open(Path(out), specification, list(configs.values()), facts))
            for message in study.messages:
                (on_message or _say)(message)
        done = {key for key, run in study.runs.items() if run.status == "ok"} if study else set()
        tasks = [
            Task(config, r, seed, simulation.SOURCE_HASH, draws=sample)
            for r in range(replications) for config in configs.values() if (config.name, r) not in done
        ]  # fmt: skip
        if on_start:
            on_start(len(tasks), len(done))
        if tasks:
            _announce_compilation(on_message or _say)
        started = time.perf_counter()
        fresh: list[Run] = []
        stored, flushed = 0, started
        try:
            with closing(execute(tasks, workers=workers, keep=keep)) as batches:
                for batch in batches:
                    fresh += batch
                    if study and time.perf_counter() - flushed > FLUSH_SECONDS:
                        stored = _store(study, fresh, stored)
                        flushed = time.perf_counter()
                    if on_batch:
                        on_batch(batch)
        except KeyboardInterrupt:
            result.stopped = True
        if study:
            _store(study, fresh, stored)
        result.runs = list(study.runs.values()) if study else fresh
        if study:
            seconds = [run.seconds for run in fresh]
            session = {
                "command_line": command_line,
                "started": began,
                "runs": len(fresh),
                "seconds": round(time.perf_counter() - started, 3),
                **facts_of_machine,
            }
            facts = {
                "replications": len(result.complete),
                "failed": len(result.failed),
                "sessions": [*study.manifest.get("sessions", []), session],
            }
            if seconds:
                facts["run_seconds"] = {"median": float(np.median(seconds)), "longest": max(seconds)}
            study.note(facts)
            if not result.stopped:
                study.merge(list(configs))
                _write_results(result)
            study.close("stopped" if result.stopped else "complete")
    return result


def _store(study: Study, runs: Sequence[Run], stored: int) -> int:
    """Store what came after the first `stored` runs; return how many are stored now."""
    if len(runs) > stored:
        study.add(runs[stored:])
    return len(runs)


def _configs(
    scenarios: Sequence[str | Path | Config] | Mapping[str, Config], baseline: str | None, settings: Sequence[str]
) -> tuple[dict[str, Config], dict[str, list[Change]]]:
    from scenarios import ScenarioError, load

    changed: dict[str, list[Change]] = {}

    def read(source: str | Path | Config) -> Config:
        if not isinstance(source, str | Path):
            return source
        try:
            config = load(source, tuple(settings))
            if settings:
                changed[config.name] = _changes(load(source), config)
        except ScenarioError as error:
            raise BadInput(str(error)) from None
        return config

    if isinstance(scenarios, Mapping):
        found = [config.model_copy(update={"name": name}) for name, config in scenarios.items()]
    else:
        found = [read(source) for source in scenarios]
    if baseline is not None and baseline not in {config.name for config in found}:
        extra = read(baseline)
        found = [extra, *(config for config in found if config.name != extra.name)]
    if not found:
        raise BadInput("name at least one scenario")
    names = [config.name for config in found]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"two scenarios are called {name!r}; give each file its own name")
    return {config.name: config for config in found}, changed


def _changes(file: Config, used: Config) -> list[Change]:
    found = []
    for section in ("programme", "population", "hospital", "run", "mechanisms"):
        before, after = getattr(file, section), getattr(used, section)
        for key in type(before).model_fields:
            old, new = getattr(before, key), getattr(after, key)
            if old != new:
                found.append(Change(f"{section}.{key}", old, new))
    for name in sorted({*file.parameters, *used.parameters}):
        if file.parameters.get(name) != used.parameters.get(name):
            found.append(Change(f"parameters.{name}", file.parameters.get(name), used.parameters.get(name)))
    return found


def _specification(kind: Any, configs: Mapping[str, Config], seed: int, draws: ParameterDraws | None) -> Any:
    import simulation

    hashes = {name: config.content_hash() for name, config in configs.items()}
    return kind(f"{simulation.VERSION}+{simulation.SOURCE_HASH}", seed, hashes, draws.digest if draws else "")


def _write_results(result: Comparison) -> None:
    """Write what is computed from the runs: differences, value for money, report."""
    from experiments.files import write_text

    folder = result.folder
    if folder is None:
        return
    if result.baseline and result.complete:
        from experiments.report import write_report

        write_text(folder / "differences.csv", _csv(result.difference_rows()))
        write_text(folder / "value_for_money.csv", _csv(result.money_rows()))
        write_report(result, folder / "report.html")


def _csv(rows: list[dict[str, Any]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["scenario"], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: ("" if v != v else repr(v)) if isinstance(v, float) else v for k, v in row.items()})
    return text.getvalue()


def _announce_compilation(say: Callable[[str], None]) -> None:
    import simulation

    compiled: Callable[[], bool] | None = getattr(simulation, "kernel_is_compiled", None)
    if compiled is not None and not compiled():
        say("Compiling the model for this machine, once: up to 30 seconds ...")


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _now() -> str:
    from experiments.provenance import now

    return now()
