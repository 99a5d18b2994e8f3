"""Sweeps: every point of a study, replication by replication, until it is done, stopped or out of time.

The same call goes on where an earlier one ended. What ends up in the folder does not depend on workers, executors,
interruptions or shards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from experiments.execution.scheduler import WorkerPool
from experiments.execution.start_workers import hire
from experiments.execution.tasks import GRACE_SECONDS, RunOptions
from experiments.execution.worker import fingerprint
from experiments.studies.definition.plan import Fixed, StudyPlan
from experiments.studies.progress import StudyProgressBar
from experiments.studies.session import Progress, lead, work_through
from experiments.studies.store.layout import COMPLETE
from experiments.studies.store.shards import ALONE
from experiments.studies.store.writer import StudyWriter
from experiments.support import signals
from experiments.support.errors import InputError
from experiments.support.limits import check_workers
from experiments.support.messages import say
from experiments.uncertainty.shipped import SHIPPED, Draws, resolve_posterior

if TYPE_CHECKING:
    from experiments.execution.dask_cluster import Cluster
    from experiments.studies.analysis.results import StudyData


def sweep(
    study: str | Path | StudyPlan,
    *,
    out: Path | str,
    workers: int | None = None,
    dask: str | None = None,
    shard: tuple[int, int] | None = None,
    max_minutes: float | None = None,
    replications: int | None = None,
    seed: int = 0,
    settings: Sequence[str] = (),
    draws: Draws | Literal["default"] = "default",
    retry_failed: bool = False,
    on_start: Callable[[int, int], None] | None = None,
    on_standing: Callable[[Progress], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    command_line: str = "",
) -> StudyData:
    """Run a study: many plans, each compared with a baseline on shared draws.

    Args:
        study: Name of a bundled study, a study file, or a plan that has been read.
        out: Folder of the study; goes on where an earlier call with the same study stopped.
        workers: Worker processes on this machine; None for one per core.
        dask: Address of a Dask scheduler whose workers make the runs instead.
        shard: (i, n): only part i of n; the parts may share one folder, at the same time or one after the other.
        max_minutes: Stop in an orderly, balanced way so long after the first run began (compiling the model and
            starting workers do not count); None for what the study says.
        replications: Runs of each point, whatever the study says.
        seed: Root seed; only where `study` is a name or file.
        settings: Settings of every scenario, such as "run.days=730"; only where `study` is a name or file.
        draws: Sample of the model's parameters, or the path of a file of one: every two replications use one draw, in
            every plan the same, and the answers carry parameter uncertainty. "shipped" is the posterior that comes
            with this version, None the start values. The default is "shipped" for a name or file, as on the command
            line, and for a plan that has been read what it holds.
        retry_failed: Make runs again that failed before.
        on_start: Called with the number of runs to do and of runs found in `out`. Without this and `on_standing`
            progress is shown on stderr: a bar in a terminal or a notebook, else a line a minute.
        on_standing: Called after each batch of finished runs.
        on_message: Called with lines for people.
        command_line: Kept in the record of the session.

    Returns:
        The study, read; after Ctrl-C or `max_minutes`, what there is: a line says so, and `StudyData.ended` which.

    Raises:
        InputError: The study, an option, the cluster or the folder is not usable; nothing has been written then. Also a
            worker that turns out to have other versions: what was flushed is kept.
        OSError: The disk is full or the folder cannot be written; what was flushed is kept.

    Example:
        >>> from pathlib import Path
        >>> import peerbridge as pb
        >>> text = '''
        ... title = "More posts"
        ... question = "What do six posts change?"
        ... scenarios = ["bridge"]
        ... baseline = "usual-care"
        ... design = { kind = "grid" }
        ... levers = { "programme.peers" = { values = [2, 6] } }
        ... '''
        >>> size = Path("posts.toml").write_text(text, encoding="utf-8")
        >>> small = ["population.size=400", "run.warm_up_days=30", "run.days=60"]
        >>> study = pb.sweep("posts.toml", out="results/posts", replications=4, workers=1, settings=small)
        >>> study.state, len(study.runs)
        ('complete', 12)
    """
    from experiments.studies.analysis.results import read_study

    plan = _plan(study, replications, seed, settings)
    check_workers(workers)
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        raise InputError(f"must be (i, n) with 1 <= i <= n, not {shard}", argument="shard")
    minutes = plan.limits.max_minutes if max_minutes is None else max_minutes
    if minutes is not None and not 0 < minutes < math.inf:
        raise InputError(f"must be a number above 0, not {minutes}", argument="max_minutes")

    import simulation

    with ExitStack() as stack:
        shown = on_start is None and on_standing is None
        if shown:
            progress = stack.enter_context(StudyProgressBar())
            on_start, on_standing = progress.start, progress.show
            on_message = on_message or progress.say
        tell = on_message or say
        plan = _with_draws(plan, draws, not isinstance(study, StudyPlan), tell)
        model = f"{simulation.VERSION}+{simulation.SOURCE_HASH}"
        StudyWriter.check(Path(out), plan, model)
        stack.enter_context(signals.terminations())
        cluster = None
        if dask is not None:
            from experiments.execution.dask_cluster import connect

            cluster = stack.enter_context(connect(dask))
        writer = ALONE if shard is None else f"{shard[0]}of{shard[1]}"
        folder = stack.enter_context(StudyWriter.open(Path(out), plan, model, writer=writer, lead=lead(plan)))
        ended, wanted = work_through(
            plan, folder, lambda todo: _hire(plan, workers, cluster, todo, tell), tell,
            shard=shard, minutes=minutes, retry_failed=retry_failed, on_start=on_start, on_standing=on_standing,
            command_line=command_line, executor=dask or "local",
        )  # fmt: skip
        data = read_study(out)
        data.ended = ended
        if shown and ended != COMPLETE:
            n = f"{len(data.runs):,} of {wanted:,} runs"
            tell(f"{ended.capitalize()}: what is returned is partial, {n}. The same call goes on.")
    return data


def _with_draws(
    plan: StudyPlan, draws: Draws | Literal["default"], from_file: bool, tell: Callable[[str], None]
) -> StudyPlan:
    """The plan on the draws that were asked for; the shipped posterior by default where the plan comes from a file."""
    if draws == "default":
        if not from_file:
            return plan
        draws = SHIPPED
    profiles = {point.config.population.profile for point in plan.points}
    return plan.with_draws(resolve_posterior(draws, profiles, tell))


def _plan(study: str | Path | StudyPlan, replications: int | None, seed: int, settings: Sequence[str]) -> StudyPlan:
    from dataclasses import replace

    if isinstance(study, StudyPlan):
        return study if replications is None else replace(study, replications=Fixed(replications))
    from experiments.studies.definition.reader import read_study_file

    return read_study_file(study, replications=replications, seed=seed, settings=settings)


def _hire(
    plan: StudyPlan, workers: int | None, cluster: Cluster | None, todo: int, tell: Callable[[str], None]
) -> WorkerPool:
    """The workers of a sweep."""
    limit = plan.limits.run_seconds
    orders = RunOptions(plan.keep.tables, limit, expendable=True, grace=GRACE_SECONDS, made_by=fingerprint())
    return hire(orders, workers, cluster, todo, tell)
