"""A study folder as the store writes it, with known effects, for tests of what reads studies."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.outcomes.registry import OUTCOMES
from tests.experiments.keyed import normals

LEVERS = {
    "programme.peers": [2, 4, 8],
    "programme.peers_per_supervisor": [2.0, 8.0],
    "programme.follow_up_days": [30, 90],
}
FUTURES = [0.4, 0.8]
FACTORS = [
    {"name": "programme.peers", "role": "lever", "unit": "posts", "label": "peer workers", "low": 2, "high": 8},
    {"name": "programme.peers_per_supervisor", "role": "lever", "unit": "workers per supervisor",
     "label": "workers per supervisor", "low": 2, "high": 8},
    {"name": "programme.follow_up_days", "role": "lever", "unit": "days", "label": "follow-up", "low": 30, "high": 90},
    {"name": "parameters.relationship.contact_gain", "role": "uncertainty", "unit": "log odds", "label": "bridging", "low": 0.4,  # noqa: E501
     "high": 0.8},
]  # fmt: skip
SHARED, OWN = 0.02, 0.004
"""Noise that runs of one replication share, and noise of each point's own."""


def points() -> list[dict[str, Any]]:
    """Rows of the design: a baseline per future, then every plan in every future."""
    gain = "parameters.relationship.contact_gain"
    rows: list[dict[str, Any]] = [
        {"plan": "baseline", "future": f, "scenario": "usual-care", **dict.fromkeys(LEVERS, 0), gain: value}
        for f, value in enumerate(FUTURES)
    ]
    for f, value in enumerate(FUTURES):
        for number, levers in enumerate(itertools.product(*LEVERS.values()), start=1):
            rows.append(
                {"plan": f"P{number:03d}", "future": f, "scenario": "bridge", **dict(zip(LEVERS, levers, strict=True)),
                 gain: value}
            )  # fmt: skip
    return [{"point": i, **row} for i, row in enumerate(rows)]


def effect(row: dict[str, Any]) -> float:
    """True difference of a plan from its baseline, for outcomes of which less is better."""
    if row["plan"] == "baseline":
        return 0.0
    peers, ratio, days = (row[name] for name in LEVERS)
    return -0.01 * peers * row["parameters.relationship.contact_gain"] * (1 + days / 90) * (1 - ratio / 16)


def outcome_values(row: dict[str, Any], replications: int, only: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Outcome to values by replication; NaN for those not in `only`, if it is given."""
    values = {}
    for k, (name, outcome) in enumerate(OUTCOMES.items()):
        if only and name not in only:
            values[name] = np.full(replications, np.nan)
            continue
        noise = SHARED * normals(k, replications) + OWN * normals(1_000 * (row["point"] + 1) + k, replications)
        sign = {"lower": 1.0, "higher": -1.0, "none": 0.0}[outcome.better]
        scale = 1e6 if outcome.is_money else 100.0 if outcome.kind == "rate" and k % 2 else 1.0
        values[name] = scale * (0.5 + sign * effect(row) + noise)
    if row["plan"] == "baseline":
        for name in ("peer_burnout_mean", "peer_high_burnout", "missed_visits"):
            values[name] = np.full(replications, np.nan)
    values["programme_cost"] = np.full(replications, 90_000.0 * row["programme.peers"])
    return values


def write_study(
    folder: Path,
    replications: int = 20,
    *,
    design: Sequence[dict[str, Any]] | None = None,
    rule: dict[str, Any] | None = None,
    shards: int = 3,
    failed: Sequence[tuple[int, int]] = (),
    lacking: Sequence[str] = (),
    keep: bool = False,
    only: Sequence[str] = (),
    specification: dict[str, Any] | None = None,
) -> Path:
    """Write a study folder.

    Args:
        folder: Where; made if need be.
        replications: Of every point.
        design: Rows as `points()` gives them, the default.
        rule: Of a precision study: outcome, half_width or relative, minimum, maximum.
        shards: Files in runs/; the first two share some rows, as after a resume.
        failed: (point, replication) of runs that ended in an error.
        lacking: Outcomes that the first shard does not have.
        keep: Write a curve, a daily series and subgroups too.
        only: The only outcomes to make, to be quick; all if empty.
        specification: What else the manifest holds.
    """
    rows = list(points() if design is None else design)
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    number = len(rows)
    point = np.tile(np.arange(number), replications)
    replication = np.repeat(np.arange(replications), number)
    bad = np.isin(point * replications + replication, [p * replications + r for p, r in failed])
    held = [outcome_values(row, replications, only) for row in rows]
    columns: dict[str, Any] = {
        "key": [f"{p:016x}{r:016x}" for p, r in zip(point, replication, strict=True)],
        "point": pa.array(point, pa.int32()),
        "plan": [rows[p]["plan"] for p in point],
        "future": pa.array([rows[p]["future"] for p in point], pa.int32()),
        "scenario": [rows[p]["scenario"] for p in point],
        "replication": pa.array(replication, pa.int32()),
        "seed": pa.array(np.zeros(point.size), pa.uint64()),
    }
    factors = [name for name in rows[0] if name not in ("point", "plan", "future", "scenario")]
    columns |= {name: [rows[p][name] for p in point] for name in factors}
    for name in OUTCOMES:
        columns[name] = np.where(bad, np.nan, np.stack([h[name] for h in held], axis=1).ravel())
    columns["status"] = np.where(bad, "error", "ok")
    columns["stage"] = np.where(bad, "simulate", "")
    columns["message"] = np.where(bad, "ZeroDivisionError: on purpose", "")
    columns["seconds"] = np.full(point.size, 0.05)
    columns["finished"] = ["2026-11-22T09:00:00Z"] * point.size
    columns["worker"] = ["here"] * point.size
    whole = pa.table(columns)
    cuts = np.linspace(0, whole.num_rows, shards + 1).astype(int)
    for i in range(shards):
        start = max(0, cuts[i] - 3) if i == 1 else cuts[i]
        part = whole.slice(start, cuts[i + 1] - start)
        pq.write_table(part.drop_columns(list(lacking)) if i == 0 else part, folder / "runs" / f"{i:06d}.parquet")
    if keep:
        _write_long(folder, rows, replications)
    lines = [",".join(rows[0])] + [",".join(str(value) for value in row.values()) for row in rows]
    (folder / "design.csv").write_text("\n".join(lines) + "\n")
    manifest = {
        "format": "peerbridge study 2", "name": "synthetic", "title": "A synthetic study", "question": "What would be?",
        "description": "", "sources": [], "baseline": "usual-care", "seed": 0,
        "outcomes": ["patient_initiated_discharge", "readmission_30d", "peer_high_burnout", "programme_cost"],
        "replications": rule or {"number": replications}, "factors": FACTORS if design is None else [],
        "state": "complete", "specification": {}, "provenance": {}, "sessions": [],
    }  # fmt: skip
    manifest |= specification or {}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "sessions").mkdir(exist_ok=True)
    session = {"writer": "all", "started": "2026-11-22T09:00:00Z", "state": manifest["state"]}
    (folder / "sessions" / "000000.json").write_text(json.dumps(session))
    return folder


def _write_long(folder: Path, rows: Sequence[dict[str, Any]], replications: int) -> None:
    """A curve that rises to 0.2 plus the effect in 30 days, a daily series, and two subgroups of unequal size."""
    series: dict[str, list[Any]] = {name: [] for name in ("key", "point", "replication", "series", "x", "value")}
    groups: dict[str, list[Any]] = {
        name: [] for name in ("key", "point", "replication", "variable", "level", "n", "outcome", "value")
    }
    for replication, row in itertools.product(range(replications), rows):
        point = row["point"]
        shared = 0.01 * normals(replication + 1, 2)[0]
        place = f"{point:016x}{replication:016x}", point, replication
        for x in range(0, 31, 10):
            top = (0.2 + effect(row) + shared) * x / 30
            for name, value in (("curve:readmission", top), ("daily:census", 100.0 + x + 100 * shared)):
                for column, item in zip(series, (*place, name, x, value), strict=True):
                    series[column].append(item)
        for level, n, more in (("housed", 50, 0.0), ("unhoused", 3, 0.1)):
            cell = (*place, "housing", level, n, "readmission_30d", 0.2 + more + effect(row) + shared)
            for column, item in zip(groups, cell, strict=True):
                groups[column].append(item)
    for name, columns in (("series", series), ("subgroups", groups)):
        (folder / name).mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), folder / name / "000000.parquet")
