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
from experiments.support.atomic_files import write_atomically
from experiments.support.result_folders import set_aside

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
            write_atomically(self.folder / table / name, partial(_write, rows))
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
            whole = pa.concat_tables([pq.read_table(path) for path in small]).sort_by(
                [("replication", "ascending"), ("point", "ascending")]
            )
            batches = frozenset[str]().union(*(self._small[path][1] for path in small))
            self._write_runs(self.folder / RUNS / self._next_name(), whole, batches)
            for path in small:
                path.unlink()
                del self._small[path]
        return len(small)

    def _next_name(self) -> str:
        self._number += 1
        return f"{self.session}-{self._number:06d}.parquet"

    def _write_runs(self, path: Path, table: pa.Table, batches: frozenset[str]) -> None:
        held = json.dumps({"specification": self._mark, "batches": sorted(batches)})
        write_atomically(path, partial(_write, table.replace_schema_metadata({_MARK: held})))
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
            except (OSError, pa.ArrowException, ValueError, KeyError) as error:
                if self._mine(path):
                    set_aside(self.folder, [path])
                    why = " ".join(str(error).split())
                    self.messages.append(f"set aside the unreadable {path.name} ({why}); its runs are made again")
                continue
            held[path] = batches
            if rows < SHARD_ROWS and self._mine(path):
                self._small[path] = rows, batches
        for path in list(held):  # killed between writing a file and removing those that it was put together from
            if self._mine(path) and any(held[path] < other for other in held.values()):
                path.unlink()
                self._small.pop(path, None)
                del held[path]
        there = frozenset[str]().union(*held.values())
        for table in (SERIES, SUBGROUPS):
            for path in (self.folder / table).glob("*.parquet"):
                if path.stem not in there and self._mine(path):
                    path.unlink()
        return sorted(held)

    def _verify(self, path: Path) -> tuple[frozenset[str], int]:
        """Read a whole file against its checksums; return the batches in it and its number of rows."""
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            metadata = file.schema_arrow.metadata or {}
            if _MARK not in metadata:
                raise ValueError("it was not written by a sweep")
            found = json.loads(metadata[_MARK])
            if found["specification"] != self._mark:
                raise ValueError("it belongs to another study")
            return frozenset(found["batches"]), sum(batch.num_rows for batch in file.iter_batches())


def _token() -> str:
    """A name for this session that no other session has, here or elsewhere."""
    return blake2b(f"{platform.node()} {os.getpid()} {time.time_ns()}".encode(), digest_size=4).hexdigest()


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)
