"""A study of a million runs: how long its tables take."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.figures import Benchmark, Figure

POINTS, REPLICATIONS, FILES = 2_000, 500, 20
LEAD = ("patient_initiated_discharge", "readmission_30d", "linkage_30d", "programme_cost")


def measure(quick: bool) -> list[Figure]:
    from experiments import read_study

    replications = REPLICATIONS // 10 if quick else REPLICATIONS
    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place), replications)
        read_study(folder).means()  # what the first call loads is measured in `startup`
        figures = []
        for what, call, target in (
            ("means of four outcomes", lambda study: study.means(), 0.5),
            ("paired differences of four outcomes", lambda study: study.differences(), 0.5),
            ("who is best in one outcome", lambda study: study.best(LEAD[1]), None),
        ):
            seconds = []
            for _ in range(5):
                study = read_study(folder)
                began = perf_counter()
                call(study)
                seconds.append(perf_counter() - began)
            figures.append(Figure(f"{what}, {POINTS * replications:,} runs", median(seconds), "s", at_most=target))
    return figures


def write(folder: Path, replications: int) -> Path:
    """A study folder with as many columns as the design of the store was measured with, filled with noise."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from experiments.outcomes.registry import OUTCOMES
    from experiments.studies.store.layout import FORMAT

    names = [*LEAD, *(name for name in OUTCOMES if name not in LEAD)][:20]
    (folder / "runs").mkdir()
    point = np.tile(np.arange(POINTS, dtype=np.int32), replications)
    replication = np.repeat(np.arange(replications, dtype=np.int32), POINTS)
    noise = np.arange(point.size) * np.sqrt(2.0) % 1.0
    for file, rows in enumerate(np.array_split(np.arange(point.size), FILES)):
        columns: dict[str, object] = {
            "key": [f"{i:032x}" for i in rows], "point": point[rows], "replication": replication[rows],
            "status": ["ok"] * rows.size,
        }  # fmt: skip
        columns |= {name: np.roll(noise, 7 * k)[rows] for k, name in enumerate(names)}
        columns |= {f"factor {k}": point[rows] for k in range(7)}
        pq.write_table(pa.table(columns), folder / "runs" / f"{file:06d}.parquet")
    lines = [f"{p},{f'P{p:04d}' if p else 'baseline'},0,bridge" for p in range(POINTS)]
    (folder / "design.csv").write_text("\n".join(["point,plan,future,scenario", *lines]) + "\n")
    manifest = {"format": FORMAT, "baseline": "usual-care", "outcomes": LEAD, "specification": {}, "factors": []}
    manifest |= {"replications": {"number": replications}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


BENCHMARK = Benchmark(
    "summaries",
    "Tables of a study of a million runs",
    f"{POINTS:,} points, {REPLICATIONS} replications, 31 columns of noise in {FILES} files; from opening the folder to "
    "the table; median of five.",
    measure,
)
