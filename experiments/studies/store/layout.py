"""Reading a study's folder: its manifest, and its runs as one table however many files and writers made them.

Layout: `manifest.json`, `design.csv`, `runs/*.parquet`, on request `series/` and `subgroups/`, a file per session in
`sessions/`, and `quarantine/`. `study_writing` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.support.errors import InputError
from experiments.support.result_folders import read_json
from experiments.support.verified_files import dataset, read_bytes, verify

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from experiments.uncertainty.draws import ParameterDraws

FORMAT = "peerbridge study 2"
MANIFEST = "manifest.json"
DESIGN = "design.csv"
DRAWS = "draws.parquet"
RUNS, SERIES, SUBGROUPS, SESSIONS = "runs", "series", "subgroups", "sessions"

IDENTITY: tuple[str, ...] = ("key", "point", "plan", "future", "scenario", "replication", "seed")
"""First columns of a row; then every factor, then every outcome, then `STATUS`, then `TIMING`."""

STATUS: tuple[str, ...] = ("status", "stage", "message")
TIMING: tuple[str, ...] = ("seconds", "finished", "worker")
"""Last columns of a row: they differ each time a run is made, so the final table does not have them."""

COMPLETE, RUNNING, STOPPED, OUT_OF_TIME = "complete", "running", "stopped", "out of time"
"""States of a session and of a study."""

MISSING, OK, FAILED = 0, 1, 2
"""How a run stands in a store, by point and replication."""

OLDER = "provenance.json", "peerbridge study 1"
"""File and format of a comparison as it was stored before comparisons became studies."""

_HELD = {"specification": dict, "factors": list, "replications": dict}
"""What a manifest holds without which nothing can be made of a study."""


def run_key(model: str, content_hash: str, replication: int, seed: int, draws: ParameterDraws | None = None) -> str:
    """Key of a run, 32 hexadecimal digits: equal keys mean equal bits."""
    sample = "" if draws is None else f"\n{draws.digest}"
    return sha256(f"{model}\n{content_hash}\n{replication}\n{seed}{sample}".encode()).hexdigest()[:32]


def read_manifest(folder: Path | str) -> dict[str, Any]:
    """The manifest of a study, with its sessions and the state that follows from them.

    Raises:
        InputError: `folder` holds no study of a sweep, or a file that says what it is was damaged.
    """
    folder = Path(folder)
    refuse_older(folder)
    manifest = read_json(folder / MANIFEST, FORMAT)
    if not (folder / MANIFEST).exists():
        raise InputError(f"{folder}: no study is there (it has no {MANIFEST})")
    if manifest is None or not all(isinstance(manifest.get(key), kind) for key, kind in _HELD.items()):
        raise InputError(f"{folder}: its {MANIFEST} is not that of a study")
    if not (folder / DESIGN).is_file():
        raise InputError(f"{folder}: its {DESIGN} is not there")
    verify(folder / DESIGN)
    sessions = []
    for path in sorted((folder / SESSIONS).glob("*.json")):
        try:
            sessions.append(dict(json.loads(read_bytes(path))))
        except (OSError, ValueError, TypeError):
            continue
    manifest["sessions"] = sorted(sessions, key=lambda session: str(session.get("started", "")))
    manifest["state"] = _state(manifest["sessions"])
    return manifest


def refuse_older(folder: Path) -> None:
    """Refuse the folder of a comparison as it was stored before comparisons became studies.

    Raises:
        InputError: It is one.
    """
    if read_json(folder / OLDER[0], OLDER[1]) is not None:
        raise InputError(
            f"{folder}: holds a comparison of an older version ({OLDER[1]}), which is no longer read; "
            "run it again in a new folder"
        )


def _state(sessions: list[dict[str, Any]]) -> str:
    """Complete if a whole sweep is, or every shard of n; otherwise what the last one that is not says."""
    last = {str(session.get("writer")): str(session.get("state")) for session in sessions}
    if last.get("all") == COMPLETE:
        return COMPLETE
    shards = {name for name, state in last.items() if state == COMPLETE and "of" in name}
    for name in shards:
        number = int(name.partition("of")[2])
        if all(f"{i}of{number}" in shards for i in range(1, number + 1)):
            return COMPLETE
    unfinished = [state for state in last.values() if state != COMPLETE]
    return unfinished[-1] if unfinished else RUNNING


def run_files(folder: Path | str) -> list[Path]:
    """Files that hold runs, half-written ones left out."""
    return sorted(path for path in (Path(folder) / RUNS).glob("*.parquet") if not path.name.startswith("."))


@contextmanager
def connect(folder: Path | str, files: Sequence[Path] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with a view `runs`: each run once, an ok row before a failed one.

    Args:
        folder: Folder of the study.
        files: Only these files of runs.

    Raises:
        InputError: A file of runs is damaged or cannot be read.
        FileNotFoundError: A writer has put files together since they were listed.
    """
    import duckdb
    import pyarrow as pa

    paths = list(run_files(folder) if files is None else files)
    with duckdb.connect() as connection:
        if not paths:
            connection.execute(
                "CREATE TABLE runs (key VARCHAR, point INTEGER, plan VARCHAR, future INTEGER, scenario VARCHAR,"
                " replication INTEGER, seed UBIGINT, status VARCHAR, stage VARCHAR, message VARCHAR,"
                " seconds DOUBLE, finished VARCHAR, worker VARCHAR)"
            )
            yield connection
            return
        source = "files"  # as Arrow reads them: DuckDB would take "seed=7" in a path for a column, and expand "~"
        connection.register(source, dataset(paths))
        try:
            rows, different = connection.execute(
                f"SELECT count(*), count(DISTINCT (point::BIGINT << 32) + replication) FROM {source}"
            ).fetchone() or (0, 0)
            if rows != different:
                source = (
                    f"(SELECT * FROM {source} QUALIFY row_number() OVER"
                    " (PARTITION BY point, replication ORDER BY status != 'ok', finished DESC) = 1)"
                )
            connection.execute(f"CREATE VIEW runs AS SELECT * FROM {source}")
            yield connection
        except (duckdb.IOException, duckdb.InvalidInputException, pa.ArrowException) as error:
            raise _unreadable(folder, error) from None


def _unreadable(folder: Path | str, error: Exception) -> InputError:
    first = str(error).splitlines()[0]
    return InputError(
        f"{folder}: a file of runs cannot be read ({first}); the same sweep again sets it aside and makes its runs anew"
    )


def read_runs(folder: Path | str, columns: Sequence[str] | None = None) -> pa.Table:
    """Every run once, sorted by replication and point.

    Args:
        folder: Folder of the study.
        columns: Columns wanted; all if None.

    Raises:
        InputError: No study, or a file of runs that cannot be read.
    """
    read_manifest(folder)
    wanted = "*" if columns is None else ", ".join(quoted(name) for name in columns)
    for attempt in (1, 2, 3):
        try:
            with connect(folder) as connection:
                return as_arrow(connection, f"SELECT {wanted} FROM runs ORDER BY replication, point")
        except (InputError, FileNotFoundError):  # a writer may have put files together since we looked
            if attempt == 3:
                raise
    raise AssertionError


def final_table(folder: Path | str) -> pa.Table:
    """Every run once, without the columns that differ each time a run is made: the same bytes however it was made."""
    table = read_runs(folder)
    return table.drop_columns([name for name in TIMING if name in table.column_names])


def as_arrow(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """The answer of a query as one table."""
    found: pa.Table = connection.sql(query).to_arrow_table()
    return found.combine_chunks()


def quoted(name: str) -> str:
    """A column's name as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'
