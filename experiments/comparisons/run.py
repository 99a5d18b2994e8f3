"""Running plans side by side on common random numbers: a study whose points are scenarios (`compare`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.comparisons.result import PRIOR_ALONE, Change, Comparison
from experiments.outcomes.cost_effectiveness import THRESHOLD
from experiments.reporting.settings import settings as settings_of
from experiments.studies.progress import StudyProgressBar
from experiments.support.errors import InputError
from experiments.support.limits import check_replications, check_seed, check_workers
from experiments.support.messages import announce_compilation, say
from experiments.uncertainty.prior_sample import prior_draws
from experiments.uncertainty.shipped import SHIPPED, Draws, resolve_posterior

if TYPE_CHECKING:
    from experiments.execution.scheduler import WorkerPool
    from experiments.studies.analysis.results import StudyData
    from experiments.studies.definition.plan import StudyPlan
    from experiments.studies.session import Progress
    from experiments.studies.store.writer import StudyWriter
    from experiments.uncertainty.draws import ParameterDraws
    from simulation.config import Config

REPLICATIONS = 100
"""Default replications of a comparison: four default scenarios take well under a minute on two cores."""


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
    draws: Draws = SHIPPED,
    prior: bool = False,
    on_start: Callable[[int, int], None] | None = None,
    on_standing: Callable[[Progress], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    command_line: str = "",
) -> Comparison:
    """Run scenarios on common random numbers and compare them.

    Replication r of every scenario shares every draw that both make, so a difference is the effect of the change. It is
    a study (`experiments.studies.sweep.sweep`) with the scenarios as its points.

    Args:
        scenarios: Names, files or `Config`s; a mapping renames them. One alone is run without a comparison.
        baseline: Scenario to compare with; the first if None. It is added if it is not among `scenarios`.
        settings: Overrides for every scenario, such as "programme.peers=6".
        replications: Runs of each scenario, 1 to 100,000.
        seed: Root seed, 0 to 2**64 - 1.
        workers: Most cores to use; None for one per core. It never changes a result.
        out: Folder of the study; goes on where an earlier call with the same specification stopped. None keeps the
            runs in memory only.
        threshold: Value of one readmission averted for the net benefit, US$ of 2022.
        draws: Sample of the model's parameters: every two replications use one draw, in every scenario the same, and
            the answers carry what nobody knows; "shipped" for the posterior that comes with this version (default of
            the command line; draws of the prior where none fits), "prior" for draws of the prior, None for the start
            values.
        prior: Also run the plans under draws of the prior alone, to set beside the answers of a posterior; as many runs
            again.
        on_start: Called with the number of runs to do and of runs found in `out`. Without this and `on_standing`
            progress is shown on stderr: a bar in a terminal or a notebook, else a line a minute.
        on_standing: Called after each batch of finished runs.
        on_message: Called with lines for people.
        command_line: Kept in the record of the session.

    Returns:
        The comparison; after Ctrl-C, with `stopped` set, what was finished.

    Raises:
        InputError: A scenario, option or folder is not usable; nothing has been written then.
        OSError: The disk is full or the folder cannot be written; what was stored is kept.

    Example:
        >>> import peerbridge as pb
        >>> small = ["population.size=400", "run.warm_up_days=30", "run.days=60"]
        >>> result = pb.compare(["usual-care", "bridge"], settings=small, replications=4, workers=1)
        >>> result.baseline, result.plans
        ('usual-care', ['bridge'])
    """
    configs, changed = _configs(scenarios, baseline, settings)
    if baseline is None:
        baseline = next(iter(configs)) if len(configs) > 1 else ""
    elif not isinstance(scenarios, Mapping) and baseline not in configs:
        baseline = next(iter(configs))  # given as a file: _configs put it first
    check_replications(replications)
    check_seed(seed)
    check_workers(workers)
    if not 0 <= threshold < math.inf:
        raise InputError(f"must be a number of US$, 0 or more, not {threshold}", argument="threshold")

    with ExitStack() as stack:
        shown = on_start is None and on_standing is None
        if shown:
            progress = stack.enter_context(StudyProgressBar())
            on_start, on_standing = progress.start, progress.show
            on_message = on_message or progress.say
        tell = on_message or say
        sample = resolve_posterior(draws, (config.population.profile for config in configs.values()), tell)
        plan = study_plan(configs, baseline, replications, seed, threshold, sample, changed, stored=out is not None)
        result = run_plan(plan, out, workers, on_start, on_standing, tell, command_line)
        if prior and sample is not None and sample.kind == "posterior" and not result.stopped:
            from experiments.comparisons.folder import write_tables
            from experiments.studies.analysis.results import read_study

            tell("The same under draws of the prior alone.")
            alone = plan.with_draws(prior_draws(sample.profile))
            beside = None if out is None else Path(out) / PRIOR_ALONE
            result.prior = run_plan(alone, beside, workers, on_start, on_standing, tell, command_line)
            result.stopped = result.prior.stopped
            if out is not None and not result.stopped:
                write_tables(result, read_study(out))
        if shown and result.stopped:
            wanted = replications * len(configs)
            tell(f"Stopped: what is returned is partial, {result.finished:,} of {wanted:,} runs.")
    return result


def study_plan(
    configs: Mapping[str, Config],
    baseline: str,
    replications: int,
    seed: int,
    threshold: float,
    draws: ParameterDraws | None,
    changed: Mapping[str, Sequence[Change]],
    *,
    stored: bool,
) -> StudyPlan:
    """The study that a comparison is: a list of scenarios, the baseline first.

    Args:
        configs: Scenarios by name, in the order of the tables.
        baseline: Name of the one that the others are compared with; empty for a single scenario.
        replications: Runs of each.
        seed: Root seed.
        threshold: Value of one readmission averted, US$ of 2022.
        draws: Sample of parameters; None for the start values.
        changed: What shared settings changed in a scenario.
        stored: Whether runs go to a folder: then curves and daily series are kept for the report.

    Raises:
        InputError: A scenario's population is another than the one that the draws are for.
    """
    from experiments.studies.definition.plan import BASELINE, Fixed, Keep, Point, StudyPlan
    from simulation.outcome_definitions import HEADLINES

    lead = baseline or next(iter(configs))
    order = [lead, *(name for name in configs if name != lead)]
    points = tuple(
        Point(i, BASELINE if i == 0 else f"P{i:03d}", 0, name, {}, configs[name], configs[name].content_hash())
        for i, name in enumerate(order)
    )
    others = ", ".join(order[1:])
    plan = StudyPlan(
        name="comparison",
        title=f"{others} against {lead}" if others else lead,
        question=f"What would change if {others} took the place of {lead}?" if others else f"What happens in {lead}?",
        description="",
        sources=(),
        baseline=lead,
        scenarios={name: configs[name] for name in configs},
        design={"kind": "list", "of": "scenarios"},
        factors=(),
        points=points,
        outcomes=tuple(HEADLINES),
        seed=seed,
        replications=Fixed(replications),
        keep=Keep(daily=stored, curves=stored),
        notes=tuple(f"{name}: {change.words()}" for name, each in changed.items() for change in each),
        threshold=threshold,
    )
    return plan.with_draws(draws)


def run_plan(
    plan: StudyPlan,
    out: Path | str | None,
    workers: int | None,
    on_start: Callable[[int, int], None] | None,
    on_standing: Callable[[Progress], None] | None,
    tell: Callable[[str], None],
    command_line: str,
    finish: Callable[[Comparison, StudyData], None] | None = None,
) -> Comparison:
    """One session of a study whose points are scenarios, then the files of its folder.

    Args:
        plan: The study, as `study_plan` makes it.
        out: Its folder; None keeps the runs in memory only.
        workers: Most cores to use; None for one per core.
        on_start: Called with the number of runs to do and of runs found.
        on_standing: Called after each batch of finished runs.
        tell: Called with lines for people.
        command_line: Kept in the record of the session.
        finish: Writes the tables of a finished study; those of a comparison if None.
    """
    import simulation
    from experiments.execution.scheduler import PilotPool
    from experiments.execution.tasks import RunOptions
    from experiments.studies.session import lead, work_through
    from experiments.studies.store.layout import COMPLETE
    from experiments.studies.store.memory import RunsInMemory
    from experiments.support import signals

    def hire_for(todo: int) -> WorkerPool:
        announce_compilation(tell)
        return PilotPool(workers, RunOptions(plan.keep.tables))

    def run_into(store: StudyWriter | RunsInMemory) -> bool:
        ended, _ = work_through(
            plan, store, hire_for, tell, retry_failed=True, on_start=on_start, on_standing=on_standing,
            command_line=command_line,
        )  # fmt: skip
        return ended != COMPLETE

    with signals.terminations():
        if out is None:
            memory = RunsInMemory(plan, lead(plan))
            stopped = run_into(memory)
            return Comparison.of_runs(plan, memory.runs, stopped=stopped)
        from experiments.comparisons.folder import write_scenarios, write_tables
        from experiments.studies.analysis.results import read_study
        from experiments.studies.store.writer import StudyWriter

        model = f"{simulation.VERSION}+{simulation.SOURCE_HASH}"
        with StudyWriter.open(Path(out), plan, model, lead=lead(plan)) as folder:
            write_scenarios(plan, Path(out))
            stopped = run_into(folder)
            data = read_study(out)
            result = Comparison.of_study(data)
            result.stopped = stopped
            if not stopped:
                (finish or write_tables)(result, data)
            return result


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
            raise InputError(str(error)) from None
        return config

    if isinstance(scenarios, Mapping):
        found = [config.model_copy(update={"name": name}) for name, config in scenarios.items()]
    else:
        found = [read(source) for source in scenarios]
    if baseline is not None and baseline not in {config.name for config in found}:
        extra = read(baseline)
        found = [extra, *(config for config in found if config.name != extra.name)]
    if not found:
        raise InputError("name at least one scenario")
    names = [config.name for config in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two scenarios are called {name!r}; give each file its own name")
    return {config.name: config for config in found}, changed


def _changes(file: Config, used: Config) -> list[Change]:
    before, after = settings_of(file), settings_of(used)
    found = [
        Change(key, before.get(key), after.get(key))
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]
    for name in sorted({*file.parameters, *used.parameters}):
        if file.parameters.get(name) != used.parameters.get(name):
            found.append(Change(f"parameters.{name}", file.parameters.get(name), used.parameters.get(name)))
    return found
