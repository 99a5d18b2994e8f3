"""Shards: the files that a study's rows are in. Written whole or not at all, checked when a writer opens the folder.

Every batch of rows has a name that no other batch has. A file of runs says which batches it holds, so that files can
be put together, copied between folders and joined, and rows are never counted twice or read half.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.studies.store.layout import RUNS, SERIES, SUBGROUPS, run_files
from experiments.support.result_folders import set_aside
from experiments.support.verified_files import (
    Damaged,
    is_intact,
    read_table,
    remove_left_sidecars,
    sidecar,
    verify,
    write_verified,
)

ALONE = "all"
"""Writer that has the folder to itself; others are shards such as "2of4", each with files of its own."""

SHARD_ROWS = 10_000
"""Rows from which on a file of runs is left as it is; smaller ones are put together."""

_MARK = b"peerbridge"


class Shards:
    """The files of one study as one of its writers may touch them.

    Args:
        folder: Folder of the study.
        mark: Digest of the specification, which every file of runs carries.
        writer: `ALONE`, which may touch every file, or a shard.

    Attributes:
        files: Files of runs that can be read.
        messages: Lines for people on what was found.
    """

    def __init__(self, folder: Path, mark: str, writer: str = ALONE) -> None:
        self.folder, self.writer = folder, writer
        self.session = f"{writer}-{_token()}"
        self.messages: list[str] = []
        self._mark, self._number = mark, 0
        self._small: dict[Path, tuple[int, frozenset[str]]] = {}
        self.files = self._take_stock()

    def add(self, runs: pa.Table, kept: Mapping[str, pa.Table]) -> None:
        """Write a batch of rows, and what was kept of its runs besides; when this returns, a kill no longer loses them.

        Raises:
            OSError: The disk is full or the folder cannot be written.
        """
        name = self._next_name()
        for table, rows in kept.items():
            (self.folder / table).mkdir(exist_ok=True)
            write_verified(self.folder / table / name, partial(_write, rows))
        # Last: what was kept of a run counts only when its row is there.
        path = self.folder / RUNS / name
        self._write_runs(path, runs, frozenset((path.stem,)))
        if sum(rows for rows, _ in self._small.values()) >= SHARD_ROWS:
            self.compact()

    def compact(self) -> int:
        """Put small files of runs together; return how many there were.

        Raises:
            OSError: The disk is full or the folder cannot be written; the small files are then still there.
        """
        small = sorted(self._small)
        if len(small) > 1:
            whole = pa.concat_tables([read_table(path) for path in small]).sort_by(
                [("replication", "ascending"), ("point", "ascending")]
            )
            batches = frozenset[str]().union(*(self._small[path][1] for path in small))
            self._write_runs(self.folder / RUNS / self._next_name(), whole, batches)
            for path in small:
                _remove(path)
                del self._small[path]
        return len(small)

    def _next_name(self) -> str:
        self._number += 1
        return f"{self.session}-{self._number:06d}.parquet"

    def _write_runs(self, path: Path, table: pa.Table, batches: frozenset[str]) -> None:
        held = json.dumps({"specification": self._mark, "batches": sorted(batches)})
        write_verified(path, partial(_write, table.replace_schema_metadata({_MARK: held})))
        if table.num_rows < SHARD_ROWS:
            self._small[path] = table.num_rows, batches

    def _mine(self, path: Path) -> bool:
        """Whether no other command can be at work on a file."""
        return self.writer == ALONE or path.name.startswith(f"{self.writer}-")

    def _take_stock(self) -> list[Path]:
        """Files of runs that can be read; what cannot, what is held twice and what has no row is put away."""
        held: dict[Path, frozenset[str]] = {}
        for path in run_files(self.folder):
            try:
                batches, rows = self._verify(path)
            except FileNotFoundError:
                continue
            except (OSError, pa.ArrowException, ValueError, KeyError, Damaged) as error:
                if isinstance(error, OSError) and error.errno:  # the machine's fault, not the file's
                    raise
                if self._mine(path):
                    set_aside(self.folder, [path])
                    why = "its digest differs" if isinstance(error, Damaged) else " ".join(str(error).split())
                    self.messages.append(f"set aside the unreadable {path.name} ({why}); its runs are made again")
                continue
            held[path] = batches
            if rows < SHARD_ROWS and self._mine(path):
                self._small[path] = rows, batches
        for path in list(held):  # killed between writing a file and removing those that it was put together from
            if self._mine(path) and any(held[path] < other for other in held.values()):
                _remove(path)
                self._small.pop(path, None)
                del held[path]
        for table in (SERIES, SUBGROUPS):
            for path in sorted((self.folder / table).glob("*.parquet")):
                if not self._mine(path) or is_intact(path):
                    continue
                self._make_again(path, held)
                set_aside(self.folder, [path])
                self.messages.append(f"set aside the damaged {table}/{path.name}; its runs are made again")
        there = frozenset[str]().union(*held.values())
        for table in (SERIES, SUBGROUPS):
            for path in (self.folder / table).glob("*.parquet"):
                if path.stem not in there and self._mine(path):
                    _remove(path)
        for table in (RUNS, SERIES, SUBGROUPS):
            remove_left_sidecars(self.folder / table, "" if self.writer == ALONE else f"{self.writer}-")
        return sorted(held)

    def _make_again(self, lost: Path, held: dict[Path, frozenset[str]]) -> None:
        """Drop the runs of a batch of which a kept table was lost, so that they count as not made.

        Rows do not say which batch they came in: those go whose key stands in no other file of the same table.
        """
        for path in [path for path, batches in held.items() if lost.stem in batches]:
            rest = held.pop(path) - {lost.stem}
            self._small.pop(path, None)
            others = [lost.with_name(f"{name}.parquet") for name in sorted(rest)]
            keys = {
                key
                for other in others
                if other.exists() and is_intact(other)
                for key in read_table(other, ["key"])["key"].unique().to_pylist()
            }
            runs = read_table(path)
            runs = runs.filter(pa.array([key in keys for key in runs["key"].to_pylist()], pa.bool_()))
            if runs.num_rows:
                smaller = path.with_name(self._next_name())
                self._write_runs(smaller, runs, rest)
                held[smaller] = rest
            _remove(path)

    def _verify(self, path: Path) -> tuple[frozenset[str], int]:
        """Compare a whole file with its digest or checksums; return the batches in it and its number of rows."""
        verify(path)
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            metadata = file.schema_arrow.metadata or {}
            if _MARK not in metadata:
                raise ValueError("it was not written by a sweep")
            found = json.loads(metadata[_MARK])
            if found["specification"] != self._mark:
                raise ValueError("it belongs to another study")
            if sidecar(path).exists():
                return frozenset(found["batches"]), file.metadata.num_rows
            return frozenset(found["batches"]), sum(batch.num_rows for batch in file.iter_batches())


def mark_of(path: Path) -> str | None:
    """Digest of the specification that a file of runs carries; None if it cannot be read."""
    try:
        metadata = pq.read_schema(path).metadata or {}
        return str(json.loads(metadata[_MARK])["specification"])
    except (OSError, pa.ArrowException, ValueError, KeyError):
        return None


def _token() -> str:
    """A name for this session that no other session has, here or elsewhere."""
    return blake2b(f"{platform.node()} {os.getpid()} {time.time_ns()}".encode(), digest_size=4).hexdigest()


def _remove(path: Path) -> None:
    path.unlink()
    sidecar(path).unlink(missing_ok=True)


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)
