"""Writing a study's folder: finished runs come in batches, a kill at any moment loses only what was not yet flushed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from experiments.execution.tasks import Run
from experiments.outcomes.registry import OUTCOMES
from experiments.studies.definition.plan import StudyPlan
from experiments.studies.store.layout import (
    DESIGN,
    DRAWS,
    FAILED,
    FORMAT,
    IDENTITY,
    MANIFEST,
    OK,
    RUNNING,
    RUNS,
    SESSIONS,
    STATUS,
    TIMING,
    as_arrow,
    connect,
    quoted,
    refuse_older,
    run_files,
    run_key,
)
from experiments.studies.store.shards import ALONE, Shards, mark_of
from experiments.support import signals
from experiments.support.csv_text import csv_text
from experiments.support.errors import InputError
from experiments.support.provenance import made_with, now
from experiments.support.result_folders import (
    LOCK,
    check_usable,
    lock,
    read_json,
    remove_temporaries,
    set_aside,
    waiting_lock,
    write_json,
)
from experiments.support.types import FloatArray
from experiments.support.verified_files import is_intact, write_verified_text


class StudyWriter:
    """The folder of one study, opened to add runs. Use `StudyWriter.open`, and as a context manager.

    Attributes:
        status: `MISSING`, `OK` or `FAILED` by point and replication; shape (points, most replications).
        lead: The outcome that leads, by point and replication; NaN where it is not there.
        messages: Lines for people on what was found.
    """

    def __init__(self, folder: Path, plan: StudyPlan, model: str, writer: str, lead: str, locks: ExitStack) -> None:
        self.folder, self.plan, self.model = folder, plan, model
        self._locks, self._outcome, self._types = locks, lead, column_types(plan)
        self._shards = Shards(folder, digest(specification(plan, model)), writer)
        self.messages = self._shards.messages
        shape = len(plan.points), plan.replications.most
        self.status: NDArray[np.int8] = np.zeros(shape, np.int8)
        self.lead: FloatArray = np.full(shape, np.nan)
        self._read()
        started = datetime.now(UTC).isoformat()  # finer than a second: the last session is the one that counts
        self._session: dict[str, Any] = {"writer": writer, "started": started, "state": RUNNING}

    @staticmethod
    def check(folder: Path, plan: StudyPlan, model: str) -> None:
        """Refuse a folder that cannot take runs of `plan`; changes nothing.

        Raises:
            InputError: Another study, something else in the folder, or not a folder.
        """
        refuse_older(folder)
        if not check_usable(folder, MANIFEST):
            return
        if not is_intact(folder / MANIFEST):  # made again from the plan, if the runs are its own
            mark = digest(specification(plan, model))
            if any(mark_of(path) not in (mark, None) for path in run_files(folder)):
                raise InputError(
                    f"{folder}: its {MANIFEST} is damaged and its runs are of another study", argument="out"
                )
            return
        manifest = read_json(folder / MANIFEST, FORMAT)
        if manifest is None:
            raise InputError(
                f"{folder}: its {MANIFEST} is not one of a sweep; name a new or empty folder", argument="out"
            )
        reason = difference(specification(plan, model), manifest["specification"])
        if reason:
            raise InputError(f"{folder}: holds a different study ({reason}); name a new folder", argument="out")

    @classmethod
    def open(cls, folder: Path, plan: StudyPlan, model: str, *, writer: str = ALONE, lead: str = "") -> StudyWriter:
        """Create the study, or go on with the one that is there.

        Args:
            folder: Where.
            plan: What.
            model: Version and source hash of the model.
            writer: "all", or a shard such as "2of4": shards share a folder, each with files of its own.
            lead: Outcome to hold in memory; the first of the plan's if empty.

        Raises:
            InputError: See `check`; also a folder that cannot be written, or in which another command is at work.
        """
        cls.check(folder, plan, model)
        locks = ExitStack()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path, shared in ((LOCK, writer != ALONE), *(((f"{LOCK}-{writer}", False),) if writer != ALONE else ())):
                handle = lock(folder / path, shared=shared)
                if handle is not None:
                    locks.enter_context(handle)
            remove_temporaries(folder, "" if writer == ALONE else f"-{writer}-")
            manifest = _manifest(plan, model)
            damaged = _set_aside_damaged(folder)
            with _alone(folder):
                held = {} if MANIFEST in damaged else read_json(folder / MANIFEST, FORMAT) or {}
                if {**held, **manifest} != held:  # first: it is what makes the folder ours
                    write_json(folder / MANIFEST, {"format": FORMAT, "created": now(), **held, **manifest})
                design = _design_csv(plan)
                if not (folder / DESIGN).exists() or (folder / DESIGN).read_bytes() != design.encode():
                    write_verified_text(folder / DESIGN, design)
                if plan.draws is not None and (DRAWS in damaged or not (folder / DRAWS).exists()):
                    plan.draws.write(folder / DRAWS)
            for name in (RUNS, SESSIONS):
                (folder / name).mkdir(exist_ok=True)
            opened = cls(folder, plan, model, writer, lead or plan.outcomes[0], locks)
            opened.messages[:0] = [f"set aside the damaged {name}; it is made again" for name in damaged]
            return opened
        except OSError as error:
            locks.close()
            raise InputError(f"{folder}: {error.strerror or error}", argument="out") from None
        except BaseException:  # Ctrl-C too must leave no folder locked
            locks.close()
            raise

    def __enter__(self) -> StudyWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._locks.close()

    def add(self, runs: Sequence[Run]) -> None:
        """Store finished runs; when this returns, a kill no longer loses them. Ctrl-C waits for it.

        Raises:
            OSError: The disk is full or the folder cannot be written.
        """
        if not runs:
            return
        with signals.deferred():
            kept = self._kept(runs)
            self._shards.add(self._rows(runs), kept)
            for run in runs:
                if self.status[run.point, run.replication] != OK:
                    self.status[run.point, run.replication] = OK if run.status == "ok" else FAILED
                    self.lead[run.point, run.replication] = run.values.get(self._outcome, math.nan)

    def compact(self) -> None:
        """Put small files of runs together.

        Raises:
            OSError: The disk is full or the folder cannot be written; the small files are then still there.
        """
        with signals.deferred():
            self._shards.compact()

    def note(self, **facts: Any) -> None:
        """Keep what is known of this session: how it was called, on what, how far it got."""
        self._session.update(facts)
        path = self.folder / SESSIONS / f"{self._shards.session}.json"
        write_json(path, {**self._session, "updated": now()})

    def _read(self) -> None:
        if not self._shards.files:
            return
        with connect(self.folder, self._shards.files) as connection:
            found = as_arrow(
                connection,
                f"SELECT point, replication, status = 'ok' AS ok, {quoted(self._outcome)} AS lead FROM runs"
                f" WHERE replication < {self.plan.replications.most}",
            )
        at = found["point"].to_numpy(), found["replication"].to_numpy()
        ok = found["ok"].to_numpy(zero_copy_only=False)
        self.status[at] = np.where(ok, OK, FAILED)
        self.lead[at] = np.where(ok, found["lead"].to_numpy(zero_copy_only=False).astype(np.float64), np.nan)

    def _key(self, run: Run) -> str:
        return run_key(self.model, self.plan.points[run.point].content_hash, run.replication, run.seed, self.plan.draws)

    def _rows(self, runs: Sequence[Run]) -> pa.Table:
        points = [self.plan.points[run.point] for run in runs]
        columns: dict[str, pa.Array] = {
            "key": pa.array([self._key(run) for run in runs], pa.string()),
            "point": pa.array([point.number for point in points], pa.int32()),
            "plan": pa.array([point.plan for point in points], pa.string()),
            "future": pa.array([point.future for point in points], pa.int32()),
            "scenario": pa.array([point.scenario for point in points], pa.string()),
            "replication": pa.array([run.replication for run in runs], pa.int32()),
            "seed": pa.array([run.seed for run in runs], pa.uint64()),
        }
        assert tuple(columns) == IDENTITY
        for name, kind in self._types.items():
            columns[name] = pa.array([point.values.get(name) for point in points], kind)
        for name in OUTCOMES:
            columns[name] = pa.array([run.values.get(name) for run in runs], pa.float64())
        for name in STATUS:
            columns[name] = pa.array([getattr(run, name) for run in runs], pa.string())
        times = (datetime.fromtimestamp(run.finished, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for run in runs)
        columns["seconds"] = pa.array([run.seconds for run in runs], pa.float64())
        columns["finished"] = pa.array(times, pa.string())
        columns["worker"] = pa.array([run.worker for run in runs], pa.string())
        assert tuple(columns)[-3:] == TIMING
        return pa.table(columns)

    def _kept(self, runs: Sequence[Run]) -> dict[str, pa.Table]:
        """What was kept of runs besides outcomes, in the folder's tables, with the run in front of each row."""
        pieces: dict[str, list[pa.Table]] = {}
        for run in runs:
            for kind, table in run.tables.items():
                rows = table.num_rows
                index = pa.array(np.zeros(rows, np.int32))
                table = table.add_column(0, "key", pa.DictionaryArray.from_arrays(index, pa.array([self._key(run)])))
                table = table.add_column(1, "point", pa.repeat(pa.scalar(run.point, pa.int32()), rows))
                table = table.add_column(2, "replication", pa.repeat(pa.scalar(run.replication, pa.int32()), rows))
                pieces.setdefault(kind.partition(":")[0], []).append(table)
            run.tables = {}
        return {kind: pa.concat_tables(tables) for kind, tables in pieces.items()}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Shards that begin together write the files that they share one after the other."""
    handle = waiting_lock(folder / f"{LOCK}-manifest")
    try:
        yield
    finally:
        if handle is not None:
            handle.close()


def _set_aside_damaged(folder: Path) -> list[str]:
    """Put away what differs from its digest and can be made again; return the names."""
    whole = [path for name in (MANIFEST, DESIGN, DRAWS) if (path := folder / name).exists() and not is_intact(path)]
    sessions = [path for path in sorted((folder / SESSIONS).glob("*.json")) if not is_intact(path)]
    if whole or sessions:
        set_aside(folder, whole, leave=True)
        set_aside(folder, sessions)
    return [path.name for path in (*whole, *sessions)]


def specification(plan: StudyPlan, model: str) -> dict[str, Any]:
    """What must be the same for runs to belong together, as it comes back from a manifest."""
    found: dict[str, Any] = json.loads(json.dumps({"model": model, **plan.specification()}, allow_nan=False))
    return found


def digest(specification: dict[str, Any]) -> str:
    """Hash of a specification, which every file of runs carries."""
    return sha256(json.dumps(specification, sort_keys=True).encode()).hexdigest()[:32]


def difference(mine: dict[str, Any], other: dict[str, Any]) -> str:
    """In words, how the specification `other` differs from `mine`; empty if it does not."""
    if mine == other:
        return ""
    names = [name for name in {**mine, **other} if mine.get(name) != other.get(name)]
    if "seed" in names:
        return f"it was made with seed {other.get('seed')}"
    if "model" in names:
        return f"it was made by another version of the model, {other.get('model')}; this is {mine.get('model')}"
    if "scenarios" in names:
        theirs, ours = other.get("scenarios", {}), mine["scenarios"]
        if sorted(theirs) == sorted(ours):
            return f"its settings of {', '.join(name for name in ours if theirs[name] != ours[name])} differ"
        return f"it holds the scenarios {', '.join(theirs) or '(none)'}"
    words = {"points_hash": "points", "draws": "parameter draws", "keep": "tables kept of each run"}
    return f"its {', '.join(dict.fromkeys(words.get(name, name) for name in names))} differ"


def column_types(plan: StudyPlan) -> dict[str, pa.DataType]:
    """Type of each factor's column."""
    found = {}
    for factor in plan.factors:
        kinds = {type(point.values[factor.name]) for point in plan.points if point.values.get(factor.name) is not None}
        if kinds <= {bool}:
            found[factor.name] = pa.bool_()
        elif kinds <= {int}:
            found[factor.name] = pa.int64()
        elif kinds <= {int, float}:
            found[factor.name] = pa.float64()
        else:
            found[factor.name] = pa.string()
    return found


def _manifest(plan: StudyPlan, model: str) -> dict[str, Any]:
    rule: Any = plan.replications
    found = {
        "name": plan.name,
        "title": plan.title,
        "question": plan.question,
        "description": plan.description,
        "sources": list(plan.sources),
        "notes": list(plan.notes),
        "baseline": plan.baseline,
        "outcomes": list(plan.outcomes),
        "seed": plan.seed,
        "replications": asdict(rule),
        "limits": asdict(plan.limits),
        "threshold_usd_2022": plan.threshold,
        "points": len(plan.points),
        "factors": [factor.as_dict() for factor in plan.factors],
        "scenarios": {
            name: config.model_dump(mode="json", exclude={"name"}) for name, config in plan.scenarios.items()
        },
        "draws": None if plan.draws is None else plan.draws.record(),
        "provenance": made_with(),
        "specification": specification(plan, model),
    }
    return dict(json.loads(json.dumps(found, allow_nan=False)))


def _design_csv(plan: StudyPlan) -> str:
    names = list(column_types(plan))
    return csv_text(
        ["point", "plan", "future", "scenario", *names],
        [[p.number, p.plan, p.future, p.scenario, *map(p.values.get, names)] for p in plan.points],
    )
