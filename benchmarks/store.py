"""The store of a sweep: writing a million rows as they come, finding what is there, a summary."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pyarrow as pa

from benchmarks.figures import Benchmark, Figure

POINTS, REPLICATIONS, BATCH = 2_000, 500, 10_000
OUTCOMES = 18


def measure(quick: bool) -> list[Figure]:
    from experiments.studies.store.layout import RUNS, as_arrow, connect
    from experiments.studies.store.shards import Shards

    replications = REPLICATIONS // 10 if quick else REPLICATIONS
    whole = rows(replications)
    n = f"{whole.num_rows:,} rows"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / RUNS).mkdir()
        shards = Shards(folder, "benchmark")
        began = perf_counter()
        for first in range(0, whole.num_rows, BATCH):
            shards.add(whole.slice(first, BATCH), {})
        wrote = perf_counter() - began
        size = sum(path.stat().st_size for path in (folder / RUNS).iterdir())

        began = perf_counter()
        stock = Shards(folder, "benchmark")
        checked = perf_counter() - began

        def ask(query: str) -> float:
            seconds = []
            for _ in range(5):
                began = perf_counter()
                with connect(folder, stock.files) as connection:
                    as_arrow(connection, query)
                seconds.append(perf_counter() - began)
            return median(seconds)

        there = ask("SELECT point, replication, status = 'ok' AS ok, outcome_0 AS lead FROM runs")
        means = ", ".join(f"avg(outcome_{k}), stddev_samp(outcome_{k})" for k in range(4))
        summary = ask(f"SELECT plan, future, count(*), {means} FROM runs WHERE status = 'ok' GROUP BY plan, future")
    return [
        Figure(f"write {n}, flushed to disk every {BATCH:,}", wrote, "s"),
        Figure(f"size of {n}", size / 1e6, "MB"),
        Figure(f"check all pages of {n} when a study is taken up", checked, "s"),
        Figure(f"which runs are there, {n}", there, "s", at_most=0.5),
        Figure(f"summary of four outcomes by plan, {n}", summary, "s", at_most=0.5),
    ]


def rows(replications: int) -> pa.Table:
    """Rows as a sweep stores them: 31 columns, outcomes of noise."""
    point = np.tile(np.arange(POINTS, dtype=np.int32), replications)
    n = point.size
    noise = np.arange(n) * np.sqrt(2.0) % 1.0
    columns: dict[str, object] = {
        "key": pa.array([f"{(i * 0x9E3779B97F4A7C15) % 2**128:032x}" for i in range(n)]),
        "point": point,
        "plan": pa.array(np.char.mod("P%04d", point)),
        "future": np.zeros(n, np.int32),
        "replication": np.repeat(np.arange(replications, dtype=np.int32), POINTS),
        "seed": np.zeros(n, np.uint64),
        "factor_0": point % 7,
        "factor_1": point % 11 / 10.0,
        "factor_2": point // 77,
    }
    columns |= {f"outcome_{k}": np.roll(noise, 7 * k) for k in range(OUTCOMES)}
    columns |= {
        "status": pa.repeat(pa.scalar("ok"), n),
        "seconds": noise,
        "finished": pa.repeat(pa.scalar("2026-11-22T09:00:00.000000Z"), n),
        "worker": pa.repeat(pa.scalar("70bd-1"), n),
    }
    return pa.table(columns)


BENCHMARK = Benchmark(
    "store",
    "The store of a sweep",
    f"{POINTS:,} points, {REPLICATIONS} replications, 31 columns of noise, {BATCH:,} rows a file; queries with DuckDB, "
    "median of five.",
    measure,
)
