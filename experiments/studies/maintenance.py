"""Looking after study folders: what is in one, joining several, putting files together, exporting."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.studies.analysis.uncertainty import Parts, typical, which
from experiments.studies.store.layout import (
    DESIGN,
    DRAWS,
    FORMAT,
    MANIFEST,
    RUNS,
    SERIES,
    SESSIONS,
    SUBGROUPS,
    final_table,
    read_manifest,
    read_runs,
    run_files,
)
from experiments.studies.store.shards import Shards
from experiments.studies.store.writer import difference, digest
from experiments.support.atomic_files import write_atomically
from experiments.support.errors import InputError
from experiments.support.result_folders import (
    LOCK,
    QUARANTINE,
    Busy,
    check_usable,
    lock,
    read_json,
    remove_temporaries,
    write_json,
)
from experiments.support.verified_files import copy_verified, is_intact, remove_left_sidecars

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = (SERIES, SUBGROUPS, RUNS)
"""Folders of files, rows of runs last: what was kept of a run counts only when its row is there."""

SHEET_ROWS = 1_048_575
"""Rows that fit on a sheet below its head."""


@dataclass(frozen=True, slots=True)
class Info:
    """What a study folder holds.

    Attributes:
        title: Title of the study.
        question: What it asks.
        state: complete, stopped, out of time, or running.
        at_work: Whether a command is at work in it now.
        plans: Plans, the baseline not counted.
        futures: Settings of the uncertainties.
        points: Plans and baselines, by future.
        done: Runs that are finished.
        failed: Runs that failed, by status.
        missing: Runs still to be made; None where other files are needed to know.
        run_seconds: Median time of a run.
        seconds_left: Estimate for what is missing, on as many workers as last time; NaN if nothing is known.
        bytes: Size on disk.
        files: Files of runs.
        quarantined: Files set aside as unreadable.
        sessions: Commands that worked on it.
        model: Version and source hash of the model that made it.
        same_model: Whether that is the model installed here.
        made_with: Versions of what it was computed with.
        parameters: Which parameters its runs use, in words.
        doubt: Chance beside what nobody knows in the outcomes that lead, the median over plans.
    """

    title: str
    question: str
    state: str
    at_work: bool
    plans: int
    futures: int
    points: int
    done: int
    failed: dict[str, int]
    missing: int
    run_seconds: float
    seconds_left: float
    bytes: int
    files: int
    quarantined: int
    sessions: int
    model: str
    same_model: bool
    made_with: dict[str, str]
    parameters: str
    doubt: tuple[Parts, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; what is not known is None."""
        found = asdict(self) | {"doubt": [part._asdict() for part in self.doubt]}
        return {k: None if isinstance(v, float) and v != v else v for k, v in found.items()}


def info(folder: Path | str) -> Info:
    """What a study folder holds.

    Raises:
        InputError: `folder` holds no study, or a file in it cannot be read.
    """
    import simulation
    from experiments.studies.analysis.results import read_study

    folder = Path(folder)
    data = read_study(folder)
    manifest = data.manifest
    runs = read_runs(folder, ["point", "replication", "status", "seconds", "worker"]) if run_files(folder) else None
    status = np.asarray([] if runs is None else runs["status"].to_pylist(), dtype=object)
    seconds = np.asarray([] if runs is None else runs["seconds"].to_pylist(), dtype=float)
    kinds, counts = np.unique(status[status != "ok"].astype(str), return_counts=True)
    missing = max(_wanted(data) - len(status), 0)
    median = float(np.median(seconds)) if seconds.size else float("nan")
    workers = max((int(session.get("workers", 0)) for session in manifest["sessions"][-1:]), default=0) or 1
    model = str(manifest["specification"].get("model", ""))
    return Info(
        title=str(manifest.get("title", "")),
        question=str(manifest.get("question", "")),
        state=data.state,
        at_work=_at_work(folder),
        plans=data.design["plan"].nunique() - 1,
        futures=data.design["future"].nunique(),
        points=len(data.design),
        done=int((status == "ok").sum()),
        failed={str(kind): int(count) for kind, count in zip(kinds, counts, strict=True)},
        missing=missing,
        run_seconds=median,
        seconds_left=missing * median / workers if missing else 0.0,
        bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        files=len(run_files(folder)),
        quarantined=len(list((folder / QUARANTINE).glob("*"))),
        sessions=len(manifest["sessions"]),
        model=model,
        same_model=model == f"{simulation.VERSION}+{simulation.SOURCE_HASH}",
        made_with=dict(manifest.get("provenance", {}).get("versions", {})),
        parameters=which(data.sample),
        doubt=tuple(typical(data.doubts())) if data.sample and runs is not None else (),
    )


def _wanted(data: Any) -> int:
    """Runs wanted in all, as far as can be known: a precision rule asks for more only when it sees what is there."""
    rule = data.rule
    if rule is None:
        return int(data.manifest["replications"]["number"]) * len(data.design)
    from experiments.studies.analysis.precision import wanted_replications

    points = list(data.design.rename(columns={"point": "number"}).itertuples())
    values = {point.number: x for point, x in zip(points, data.attempted(rule.outcome), strict=True)}
    return sum(wanted_replications(rule, points, values, together=data.together).values())


def _at_work(folder: Path) -> bool:
    try:
        handle = lock(folder / LOCK)
    except (Busy, OSError):
        return True
    if handle is not None:
        handle.close()
    return False


def compact(folder: Path | str) -> tuple[int, int]:
    """Put the small files of a study together; return how many files of runs there were and are.

    Raises:
        InputError: No study, or another command is at work in it.
        OSError: The disk is full or the folder cannot be written.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    with ExitStack() as stack:
        _hold(stack, folder)
        before = len(run_files(folder))
        remove_temporaries(folder)
        Shards(folder, digest(manifest["specification"])).compact()
        return before, len(run_files(folder))


def merge(folders: Sequence[Path | str], out: Path | str) -> int:
    """Join folders of one study into a new one, or into one that is there; return how many runs it then holds.

    Raises:
        InputError: They hold different studies, or another command is at work in one of them.
        OSError: The disk is full or a folder cannot be written.
    """
    out = Path(out)
    sources = [Path(folder) for folder in folders]
    manifests = [read_manifest(folder) for folder in sources]
    if check_usable(out, MANIFEST) and is_intact(out / MANIFEST):
        if (out / DESIGN).exists():
            sources.append(out)
            manifests.append(read_manifest(out))
        elif (begun := read_json(out / MANIFEST, FORMAT)) is not None:  # a merge was killed before the design came
            manifests.append(begun)
            sources.append(out)
    for source, manifest in zip(sources, manifests, strict=True):
        reason = difference(manifests[0]["specification"], manifest["specification"])
        if reason:
            raise InputError(f"{source}: holds another study than {sources[0]} ({reason})")
    with ExitStack() as stack:
        out.mkdir(parents=True, exist_ok=True)
        for source in {*(path.resolve() for path in sources), out.resolve()}:
            _hold(stack, source, read_only=source != out.resolve())
        remove_temporaries(out)
        largest = max(
            manifests, key=lambda m: int(m["replications"].get("number", m["replications"].get("maximum", 0)))
        )
        write_json(out / MANIFEST, {k: v for k, v in largest.items() if k not in ("sessions", "state")})
        for source in sources:
            if source.resolve() == out.resolve():
                continue
            for name in (DESIGN, DRAWS):
                if (source / name).exists():
                    _copy(source / name, out / name)
            for table in (*TABLES, SESSIONS):
                for path in (source / table).glob("[!.]*"):
                    (out / table).mkdir(exist_ok=True)
                    _copy(path, out / table / path.name)
        for table in (*TABLES, SESSIONS):
            remove_left_sidecars(out / table)
        Shards(out, digest(manifests[0]["specification"])).compact()
    return int(read_runs(out, ["point"]).num_rows)


def _hold(stack: ExitStack, folder: Path, read_only: bool = False) -> None:
    try:
        handle = lock(folder / LOCK)
    except PermissionError:
        if not read_only:
            raise
        handle = None
    except OSError as error:
        if not (read_only and error.errno == errno.EROFS):
            raise
        handle = None
    if handle is not None:
        stack.enter_context(handle)


def _copy(source: Path, target: Path) -> None:
    if not target.exists() or not is_intact(target):
        copy_verified(source, target)


def export(folder: Path | str, path: Path | str) -> int:
    """Write the final table, a row per run without timing: the same bytes however the runs were made.

    Args:
        folder: Folder of the study.
        path: File that ends in .csv, .parquet or .xlsx.

    Returns:
        How many runs it holds.

    Raises:
        InputError: No study, another ending, or more runs than a sheet has rows.
        OSError: The file cannot be written.
    """
    path = Path(path)
    writers: dict[str, Callable[[pa.Table, Path], None]] = {}
    writers |= {
        ".csv": _write_csv,
        ".parquet": _write_parquet,
        ".xlsx": partial(_write_workbook, read_manifest(folder)),
    }
    if path.suffix not in writers:
        raise InputError(f"{path}: must end in .csv, .parquet or .xlsx")
    table = final_table(folder)
    if path.suffix == ".xlsx" and table.num_rows > SHEET_ROWS:
        raise InputError(f"{path}: {table.num_rows:,} runs do not fit on a sheet; export .csv or .parquet")
    write_atomically(path, lambda temporary: writers[path.suffix](table, temporary))
    return int(table.num_rows)


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd")


def _write_csv(table: pa.Table, path: Path) -> None:
    import pyarrow.csv as csv

    csv.write_csv(_nan_as_empty(table), path, csv.WriteOptions(quoting_style="needed"))


def _write_workbook(manifest: dict[str, Any], table: pa.Table, path: Path) -> None:
    from xlsxwriter import Workbook

    from experiments.outcomes.registry import OUTCOMES
    from experiments.studies.report.spreadsheet import MADE

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        book.set_properties({"title": manifest.get("title", ""), "author": "Peerbridge", "created": MADE})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("runs")
        sheet.freeze_panes(1, 1)
        for j, name in enumerate(table.column_names):
            sheet.write_string(0, j, name, bold)
        for batch in _nan_as_empty(table).to_batches(max_chunksize=10_000):
            first = sheet.dim_rowmax + 1
            for i, row in enumerate(zip(*(column.to_pylist() for column in batch.columns), strict=True)):
                for j, value in enumerate(row):
                    if value is not None:
                        sheet.write(first + i, j, value)
        about = book.add_worksheet("columns")
        for i, cells in enumerate(
            [("column", "unit", "meaning"), *((o.name, o.unit, o.label) for o in OUTCOMES.values()),
             *((f["name"], f.get("unit", ""), f.get("label", "")) for f in manifest.get("factors", []))]
        ):  # fmt: skip
            about.write_row(i, 0, cells, bold if i == 0 else None)


def _nan_as_empty(table: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    for i, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(i)
            table = table.set_column(i, field, pc.if_else(pc.is_nan(column), None, column))
    return table
