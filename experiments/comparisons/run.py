"""Running plans side by side on common random numbers, and storing what comes (`compare`)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.comparisons.result import Change, Comparison
from experiments.execution.scheduler import execute
from experiments.execution.tasks import Run, Task
from experiments.outcomes.cost_effectiveness import THRESHOLD
from experiments.reporting.progress import Progress
from experiments.support.errors import BadInput
from experiments.support.limits import check_replications, check_seed, check_workers
from experiments.support.messages import announce_compilation, say
from experiments.uncertainty.shipped import SHIPPED, Draws, resolve_posterior

if TYPE_CHECKING:
    from experiments.comparisons.store import Study
    from experiments.uncertainty.draws import ParameterDraws
    from simulation.config import Config

REPLICATIONS = 100
"""Default replications of a comparison: four default scenarios take well under a minute on two cores."""

FLUSH_SECONDS = 0.5
"""Finished runs are stored at least this often, as soon as a batch comes."""


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
            the answers carry what nobody knows; "shipped" for the posterior that comes with this version (default of
            the command line; draws of the prior where none fits), "prior" for draws of the prior, None for the start
            values.
        on_start: Called with the number of runs to do and of runs found in `out`. Without this and `on_batch` progress
            is shown on stderr: a bar in a terminal or a notebook, else a line a minute.
        on_batch: Called with each batch of finished runs.
        on_message: Called with lines for people.
        command_line: Kept in the provenance record.

    Returns:
        The comparison; after Ctrl-C, with `stopped` set, what was finished.

    Raises:
        BadInput: A scenario, option or folder is not usable; nothing has been written then.

    Example:
        >>> import peerbridge as pb
        >>> small = ["population.size=400", "run.warm_up_days=30", "run.days=60"]
        >>> result = pb.compare(["usual-care", "bridge"], settings=small, replications=4, workers=1)
        >>> result.baseline, result.plans
        ('usual-care', ['bridge'])
    """
    import simulation

    configs, changed = _configs(scenarios, baseline, settings)
    if baseline is None:
        baseline = next(iter(configs)) if len(configs) > 1 else ""
    elif not isinstance(scenarios, Mapping) and baseline not in configs:
        baseline = next(iter(configs))  # given as a file: _configs put it first
    check_replications(replications)
    check_seed(seed)
    check_workers(workers)
    if not 0 <= threshold < math.inf:
        raise BadInput(f"must be a number of US$, 0 or more, not {threshold}", argument="threshold")

    shown = Progress() if on_start is None and on_batch is None else None
    if shown is not None:
        on_start, on_batch, on_message = shown.start, shown.advance, on_message or shown.say
    tell = on_message or say
    folder = Path(out) if out is not None else None
    sample = resolve_posterior(draws, (config.population.profile for config in configs.values()), tell)
    for name, config in configs.items():
        if sample is not None and config.population.profile != sample.profile:
            raise BadInput(
                f"{name}: its population is {config.population.profile}, the parameter draws are for {sample.profile}"
            )
    result = Comparison(configs, baseline, seed, replications, [], threshold, folder, changed=changed, draws=sample)
    with ExitStack() as stack:
        if shown is not None:
            stack.enter_context(shown)
        study = None
        began = _now()
        facts_of_machine: dict[str, Any] = {}
        keep: tuple[str, ...] = ()
        if out is not None:
            from experiments.comparisons.store import Specification, Study
            from experiments.execution.kept_tables import COMPARISON
            from experiments.support.provenance import made_with

            keep = COMPARISON

            facts_of_machine = made_with()
            specification = _specification(Specification, configs, seed, sample)
            used = sample.label if sample else "start values"
            facts = {"state": "running", "baseline": baseline, "threshold_usd_2022": threshold, "parameters": used}
            study = stack.enter_context(Study.open(Path(out), specification, list(configs.values()), facts))
            for message in study.messages:
                tell(message)
        done = {key for key, run in study.runs.items() if run.status == "ok"} if study else set()
        tasks = [
            Task(config, r, seed, simulation.SOURCE_HASH, draws=sample)
            for r in range(replications) for config in configs.values() if (config.name, r) not in done
        ]  # fmt: skip
        if on_start:
            on_start(len(tasks), len(done))
        if tasks:
            announce_compilation(tell)
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
            if shown is not None:
                there, wanted = len(done) + len(fresh), len(done) + len(tasks)
                tell(f"Stopped: what is returned is partial, {there:,} of {wanted:,} runs.")
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
    from experiments.support.atomic_files import write_text

    folder = result.folder
    if folder is None:
        return
    if result.baseline and result.complete:
        from experiments.comparisons.report import write_report

        write_text(folder / "differences.csv", _table(result.difference_rows()))
        write_text(folder / "value_for_money.csv", _table(result.money_rows()))
        write_report(result, folder / "report.html")


def _table(rows: list[dict[str, Any]]) -> str:
    from experiments.support.csv_text import csv_text

    return csv_text(list(rows[0]) if rows else ["scenario"], [list(row.values()) for row in rows])


def _now() -> str:
    from experiments.support.provenance import now

    return now()
