"""How long a sweep will take and how much disk it needs: from a few of its own runs, in a folder that is removed."""

from __future__ import annotations

import io
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.studies.definition.plan import Fixed, Precision, StudyPlan
from experiments.support.errors import InputError
from experiments.support.machine import allowed_cores
from experiments.support.messages import announce_compilation
from experiments.support.verified_files import read_table
from scenarios.toml_files import one_line

if TYPE_CHECKING:
    import pyarrow as pa

PILOT_SECONDS = 4.0
"""Work per worker that the pilot aims at."""

FEWEST, MOST = 4, 40
"""Runs per worker of the pilot."""

DASK_WORKERS = 16
"""For how many workers the pilot has work on a Dask cluster, whose size may change at any time."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a sweep would do.

    Attributes:
        points: Points of the design, baselines counted.
        least: Runs that will be made at least.
        most: Runs that may be made.
        part: Part and number of parts, where only a shard runs.
        share: Runs of that part, at most.
        out: Folder of the study.
        exists: Whether it is there.
        found: Runs of the study that are finished in it.
        failed: Runs that failed in it.
        todo: Runs to go, at most.
        workers: Cores; 0 on a Dask cluster.
        timed: Runs of the pilot.
        run_seconds: Median time of one run.
        seconds: Time of all runs to go, at most.
        bytes: Disk for all runs to go, at most.
    """

    points: int
    least: int
    most: int
    part: tuple[int, int] | None
    share: int
    out: Path
    exists: bool
    found: int
    failed: int
    todo: int
    workers: int
    timed: int
    run_seconds: float
    seconds: float
    bytes: float

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self) | {"out": str(self.out)}


def dry_run(
    plan: StudyPlan,
    out: Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    shard: tuple[int, int] | None = None,
) -> Rehearsal:
    """Time a few runs of a study and say what the whole would take; nothing is left behind.

    Args:
        plan: The study.
        out: Folder that it would be written to.
        workers: Most cores to use; None for one per core.
        dask: Address of a Dask scheduler to use instead.
        shard: Part and number of parts.

    Raises:
        InputError: The folder holds another study, or something else.
    """
    exists, found, failed = what_is_there(plan, out)
    least, most = _runs(plan)
    parts = shard[1] if shard else 1
    share = -(-most // parts)
    todo = max(0, -(-(most - found - failed) // parts))
    cores = 0 if dask else workers or allowed_cores()
    timed, one, rate, disk = _pilot(plan, workers, dask, cores or DASK_WORKERS, todo)
    return Rehearsal(
        len(plan.points), least, most, shard, share, out, exists, found, failed, todo, cores, timed, one, todo / rate,
        disk,
    )  # fmt: skip


def what_is_there(plan: StudyPlan, out: Path) -> tuple[bool, int, int]:
    """Whether a folder exists, and how many runs of the study in it are finished and failed.

    Raises:
        InputError: The folder holds another study, or something else.
    """
    import simulation
    from experiments.studies.analysis.results import read_study
    from experiments.studies.store.writer import StudyWriter

    StudyWriter.check(out, plan, f"{simulation.VERSION}+{simulation.SOURCE_HASH}")
    if not (out / "manifest.json").exists():
        return out.exists(), 0, 0
    data = read_study(out)
    return True, len(data.runs), len(data.failed)


def _runs(plan: StudyPlan) -> tuple[int, int]:
    r = plan.replications
    least = r.minimum if isinstance(r, Precision) else r.number
    return len(plan.points) * least, len(plan.points) * r.most


def _pilot(
    plan: StudyPlan, workers: int | None, dask: str | None, cores: int, todo: int
) -> tuple[int, float, float, float]:
    """Runs timed, seconds of one, runs per second, bytes of all runs to go."""
    from experiments.studies.store.layout import STOPPED
    from experiments.studies.sweep import sweep
    from simulation import simulate

    announce_compilation()
    try:
        simulate(plan.points[-1].config, plan.seed)  # loads and perhaps compiles the model
        began = time.perf_counter()
        simulate(plan.points[len(plan.points) // 2].config, plan.seed)
    except Exception as error:  # whatever stops a run of this study would stop them all
        raise InputError(_not_working(f"{type(error).__name__}: {error}")) from None
    per_worker = int(np.clip(PILOT_SECONDS / (time.perf_counter() - began), FEWEST, MOST))
    wanted = cores * per_worker
    chosen = np.unique(np.linspace(0, len(plan.points) - 1, min(wanted, len(plan.points))).astype(int))
    points = tuple(replace(plan.points[int(i)], number=n) for n, i in enumerate(chosen))
    few = replace(plan, points=points, replications=Fixed(max(1, -(-wanted // len(points)))))
    with tempfile.TemporaryDirectory(prefix="peerbridge-") as folder:
        data = sweep(few, out=Path(folder) / "pilot", workers=workers, dask=dask, on_standing=lambda _: None)
        if data.ended == STOPPED:
            raise KeyboardInterrupt
        runs = data.runs
        if runs.empty:
            raise InputError(_not_working(str(data.failed["message"].iloc[0])))
        ended = np.sort([datetime.fromisoformat(moment).timestamp() for moment in runs["finished"]])
        seconds = runs["seconds"].to_numpy(dtype=float)
        one = float(np.median(seconds))
        # The first runs of each worker wait for it to start: the rate is that of the rest.
        late = ended[min(cores, len(ended) // 2) :]
        rate = (len(late) - 1) / (late[-1] - late[0]) if len(late) > 1 and late[-1] > late[0] else cores / one
        rows = len(runs)
        disk = _disk(Path(folder) / "pilot", rows, todo)
    return rows, one, float(rate), disk


def _not_working(why: str) -> str:
    return f"the trial runs failed, so there is nothing to time: {one_line(why)[:200]}"


def _disk(folder: Path, runs: int, todo: int) -> float:
    """Bytes of `todo` runs: each adds what the second half of the pilot's rows added to the first."""
    found = 0.0
    for file in folder.rglob("*.parquet") if todo else ():
        table = read_table(file)
        half = table.num_rows // 2
        each = (_size(table) - _size(table.slice(0, half))) / max(1, table.num_rows - half)
        found += _size(table.slice(0, 0)) + each * todo * table.num_rows / max(1, runs)
    return found


def _size(table: pa.Table) -> int:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getbuffer().nbytes
