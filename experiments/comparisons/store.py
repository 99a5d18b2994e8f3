"""A study: a folder that takes finished runs as they come, survives a kill, and ends as tidy files.

While runs are made each batch becomes a shard in `parts/`. At the end the shards are merged, in an order that does not
depend on how the batches fell, into `outcomes.csv`, `daily.parquet` and `discharges.parquet`, and removed.
"""

from __future__ import annotations

import csv
import io
import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.execution.kept_tables import COMPARISON as TABLES
from experiments.execution.tasks import Run
from experiments.outcomes.registry import OUTCOMES
from experiments.support import signals
from experiments.support.atomic_files import write_atomically, write_text
from experiments.support.errors import BadInput
from experiments.support.provenance import now
from experiments.support.result_folders import (
    LOCK,
    check_usable,
    lock,
    read_json,
    remove_temporaries,
    set_aside,
    write_json,
)

if TYPE_CHECKING:
    from simulation.config import Config

FORMAT = "peerbridge study 1"
MANIFEST = "provenance.json"
VALUES = "outcomes.csv"
FAILED = "failed.csv"
PARTS = "parts"
BLOCK = 10
"""Replications in a row group of the merged tables: fixed, so that the bytes do not depend on the batches."""

_KEYS = ("scenario", "replication", "seed")


@dataclass(frozen=True, slots=True)
class Specification:
    """What must be the same for runs to belong together.

    Attributes:
        model: Version of the model and hash of its sources.
        seed: Root seed.
        scenarios: Content hash of each scenario by name, in order.
        draws: Digest of the parameter draws; empty where runs use the start values.
    """

    model: str
    seed: int
    scenarios: dict[str, str]
    draws: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the manifest."""
        return {"model": self.model, "seed": self.seed, "scenarios": self.scenarios, "draws": self.draws}

    def difference(self, other: dict[str, Any]) -> str:
        """In words, how the manifest `other` differs; empty if it does not."""
        if other.get("scenarios") != self.scenarios:
            theirs: dict[str, str] = other.get("scenarios") or {}
            if sorted(theirs) != sorted(self.scenarios):
                return f"it holds the scenarios {', '.join(theirs) or '(none)'}"
            changed = [name for name, digest in self.scenarios.items() if theirs[name] != digest]
            return f"its settings of {', '.join(changed)} differ"
        if other.get("seed") != self.seed:
            return f"it was made with seed {other.get('seed')}"
        if other.get("model") != self.model:
            return "it was made by another version of the model"
        if other.get("draws", "") != self.draws:
            return "it was made with other parameter draws"
        return ""


class Study:
    """A folder of runs of one specification. Use `Study.open`, and as a context manager."""

    def __init__(self, folder: Path, manifest: dict[str, Any], lock: IO[bytes] | None) -> None:
        self.folder = folder
        self.manifest = manifest
        self._lock = lock
        self._parts: list[tuple[str, frozenset[tuple[str, int]]]] = []
        self.runs: dict[tuple[str, int], Run] = {}
        self.messages: list[str] = []
        self._read()

    @staticmethod
    def check(folder: Path, specification: Specification) -> None:
        """Refuse a folder that cannot take runs of `specification`; changes nothing.

        Raises:
            BadInput: Another specification, something else in the folder, or not a folder.
        """
        if not check_usable(folder, MANIFEST):
            return
        manifest = _read_manifest(folder)
        reason = specification.difference(manifest["specification"])
        if reason:
            raise BadInput(f"{folder}: holds a different study ({reason}); name a new folder", argument="out")

    @classmethod
    def open(
        cls, folder: Path, specification: Specification, configs: Sequence[Config], facts: dict[str, Any]
    ) -> Study:
        """Create the study, or go on with the one that is there.

        Raises:
            BadInput: See `check`; also a folder that cannot be written, or in which another command is at work.
        """
        from scenarios import dump

        cls.check(folder, specification)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held = lock(folder / LOCK)
            remove_temporaries(folder)
            manifest = {"format": FORMAT, "created": now(), "specification": specification.as_dict()}
            if (folder / MANIFEST).exists():
                manifest = _read_manifest(folder)
            manifest.update(facts)
            write_json(folder / MANIFEST, manifest)  # first: it is what makes the folder ours
            (folder / "scenarios").mkdir(exist_ok=True)
            for config in configs:
                write_text(folder / "scenarios" / f"{config.name}.toml", dump(config))
            (folder / PARTS).mkdir(exist_ok=True)
        except OSError as error:
            raise BadInput(f"{folder}: {error.strerror or error}", argument="out") from None
        return cls(folder, manifest, held)

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()

    def add(self, runs: Sequence[Run]) -> None:
        """Store a batch of finished runs; when this returns, a kill no longer loses them. Ctrl-C waits for it.

        Runs that are stored already are left out.

        Raises:
            OSError: The disk is full or the folder cannot be written.
        """
        with signals.deferred():
            self._add([run for run in runs if run.key not in self.runs or self.runs[run.key].status != "ok"])

    def _add(self, runs: Sequence[Run]) -> None:
        if not runs:
            return
        if any(run.status == "ok" and set(run.tables) != set(TABLES) for run in runs):
            raise ValueError("a finished run lacks its tables")
        number = 1 + max((int(name) for name, _ in self._parts), default=-1)
        name = f"{number:06d}"
        for table in TABLES:
            pieces = [run.tables[table] for run in runs if table in run.tables]
            if pieces:
                whole = pa.concat_tables(pieces)
                write_atomically(self._part(name, table), partial(pq.write_table, whole))
        # Last: a shard counts only when this file is there.
        write_atomically(self._part(name, "runs"), partial(pq.write_table, _runs_table(runs)))
        self._remember(name, runs)

    def merge(self, order: Sequence[str]) -> None:
        """Merge the shards into the tidy files; `order` holds the scenario names in the order of the tables.

        Raises:
            OSError: The disk is full or the folder cannot be written; the shards are then still there.
        """
        good = [key for key, run in self.runs.items() if run.status == "ok"]
        keys = sorted(good, key=lambda key: (key[1], order.index(key[0])))
        for table in TABLES:
            write_atomically(self.folder / f"{table}.parquet", partial(self._merge, table, keys))
        write_text(self.folder / VALUES, outcomes_csv([self.runs[key] for key in keys], order))
        failed = [run for run in self.runs.values() if run.status != "ok"]
        if failed:
            write_text(self.folder / FAILED, _failed_csv(failed))
        else:
            (self.folder / FAILED).unlink(missing_ok=True)

    def close(self, state: str) -> None:
        """Record how it ended; shards are kept unless it is complete."""
        self.note({"state": state, "updated": now()})
        if state == "complete":
            shutil.rmtree(self.folder / PARTS)

    def note(self, facts: dict[str, Any]) -> None:
        """Update the manifest."""
        self.manifest.update(facts)
        write_json(self.folder / MANIFEST, self.manifest)

    def _part(self, name: str, table: str) -> Path:
        return self.folder / PARTS / f"{name}-{table}.parquet"

    def _remember(self, name: str, runs: Iterable[Run]) -> None:
        kept: set[tuple[str, int]] = set()
        for run in runs:
            run.tables = {}
            old = self.runs.get(run.key)
            if old is None or old.status != "ok":
                self.runs[run.key] = run
                if run.status == "ok":
                    kept.add(run.key)
        self._parts.append((name, frozenset(kept)))

    def _read(self) -> None:
        merged = self.folder / VALUES
        if merged.exists() and all((self.folder / f"{table}.parquet").exists() for table in TABLES):
            self._remember("-1", _read_outcomes(merged))
        for path in sorted((self.folder / PARTS).glob("[0-9]*-runs.parquet")):
            name = path.name.split("-")[0]
            try:
                runs = _read_runs(path)
                for table in TABLES:
                    if any(run.status == "ok" for run in runs):
                        pq.read_schema(self._part(name, table))
            except (OSError, pa.ArrowException, KeyError) as error:
                set_aside(self.folder, (self.folder / PARTS).glob(f"{name}-*.parquet"))
                self.messages.append(
                    f"set aside the unreadable shard {path.name} ({type(error).__name__}); its runs are made again"
                )
                continue
            self._remember(name, runs)

    def _merge(self, table: str, keys: Sequence[tuple[str, int]], path: Path) -> None:
        """Stream rows of `keys` into one file, block by block of replications."""
        source = {key: name for name, held in self._parts for key in held}
        writer: pq.ParquetWriter | None = None
        try:
            for block in _blocks(keys):
                first, last = block[0][1], block[-1][1]
                pieces: dict[tuple[str, int], pa.Table] = {}
                for name in sorted({source[key] for key in block}):
                    file = self.folder / f"{table}.parquet" if name == "-1" else self._part(name, table)
                    wanted = [("replication", ">=", first), ("replication", "<=", last)]
                    held = pq.read_table(file, filters=wanted)
                    for key in block:
                        if source[key] == name:
                            mask = pc.and_(pc.equal(held["scenario"], key[0]), pc.equal(held["replication"], key[1]))
                            pieces[key] = held.filter(mask)
                whole = pa.concat_tables([pieces[key] for key in block]).combine_chunks()
                if writer is None:
                    writer = pq.ParquetWriter(path, whole.schema, compression="zstd")
                writer.write_table(whole.cast(writer.schema), row_group_size=max(whole.num_rows, 1))
            if writer is None:
                pq.write_table(pa.table({"scenario": pa.array([], pa.string())}), path)
        finally:
            if writer is not None:
                writer.close()


def outcomes_csv(runs: Iterable[Run], order: Sequence[str]) -> str:
    """The tidy table: scenario, replication, seed, outcome, value, unit; values with every digit they have."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write([*_KEYS, "outcome", "value", "unit"])
    for run in sorted(runs, key=lambda run: (order.index(run.scenario), run.replication)):
        for name, value in run.values.items():
            write(
                [
                    run.scenario,
                    run.replication,
                    run.seed,
                    name,
                    "" if math.isnan(value) else repr(value),
                    OUTCOMES[name].unit,
                ]
            )
    return text.getvalue()


def _read_outcomes(path: Path) -> list[Run]:
    runs: dict[tuple[str, str], Run] = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["scenario"], row["replication"]
            if key not in runs:
                runs[key] = Run(key[0], int(key[1]), int(row["seed"]))
            runs[key].values[row["outcome"]] = float(row["value"] or "nan")
    return list(runs.values())


def _failed_csv(runs: Iterable[Run]) -> str:
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write([*_KEYS, "stage", "message"])
    for run in sorted(runs, key=lambda run: (run.scenario, run.replication)):
        write([run.scenario, run.replication, run.seed, run.stage, run.message])
    return text.getvalue()


def _runs_table(runs: Sequence[Run]) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "scenario": pa.array([run.scenario for run in runs], pa.string()),
        "replication": pa.array([run.replication for run in runs], pa.int32()),
        "seed": pa.array([run.seed for run in runs], pa.uint64()),
        "status": pa.array([run.status for run in runs], pa.string()),
        "stage": pa.array([run.stage for run in runs], pa.string()),
        "message": pa.array([run.message for run in runs], pa.string()),
        "seconds": pa.array([run.seconds for run in runs], pa.float64()),
    }
    for name in OUTCOMES:
        columns[name] = pa.array([run.values.get(name, math.nan) for run in runs], pa.float64())
    return pa.table(columns)


def _read_runs(path: Path) -> list[Run]:
    runs = []
    for row in pq.read_table(path).to_pylist():
        run = Run(
            row["scenario"],
            row["replication"],
            row["seed"],
            row["status"],
            row["stage"],
            row["message"],
            row["seconds"],
        )
        if run.status == "ok":
            run.values = {name: row[name] for name in OUTCOMES}
        runs.append(run)
    return runs


def _blocks(keys: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    block: list[tuple[str, int]] = []
    for key in keys:
        if block and key[1] // BLOCK != block[0][1] // BLOCK:
            yield block
            block = []
        block.append(key)
    if block:
        yield block


def _read_manifest(folder: Path) -> dict[str, Any]:
    manifest = read_json(folder / MANIFEST, FORMAT)
    if manifest is None:
        raise BadInput(f"{folder}: its {MANIFEST} is not one of a study; name a new or empty folder", argument="out")
    return manifest
