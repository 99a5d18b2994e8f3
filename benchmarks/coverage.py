"""How often intervals hold the truth: repeats drawn from stored runs of the reference case.

The stored runs (`coverage_runs.parquet`, made by `benchmarks.coverage_runs`) hold every draw of the shipped posterior
with two replications, of `bridge` and of `usual-care`. Their mean, or quantile, is the truth of a repeat, which takes
`DRAWS` draws at random and makes the interval that a study of that size would print. `python -m benchmarks.coverage`
writes the record.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.coverage_runs import SCENARIOS, STORED

RECORD = Path(__file__).parent / "interval_coverage.json"

DRAWS = 50
"""Parameter draws of a repeat: the 100 replications that `compare` makes by default."""

REPEATS = 2_000
FAR = 100
"""Draws of a repeat where a far quantile is asked for: beyond the outermost twentieth of 50 draws lie too few."""

QUANTILES = {0.05: FAR, 0.25: DRAWS, 0.5: DRAWS, 0.75: DRAWS, 0.95: FAR}
"""Probability to the draws of a repeat."""

Array = NDArray[np.float64]


def stored(path: Path = STORED) -> dict[str, Array]:
    """Quantity → values by plan (baseline, plan), draw and run of the draw, shape (2, draws, 2)."""
    table = pq.read_table(path).sort_by([("scenario", "ascending"), ("replication", "ascending")])
    names = np.asarray(table["scenario"].to_pylist())
    found = {}
    for column in table.column_names[2:]:
        values = table[column].to_numpy().astype(np.float64)
        found[column] = np.stack([values[names == scenario].reshape(-1, 2) for scenario in SCENARIOS])
    return found


def repeats(number: int, draws: int, size: int = DRAWS) -> NDArray[np.int64]:
    """Draws of each repeat, with replacement, by the keyed generator of the model; shape (number, size)."""
    from simulation.draws import philox

    n = number * size
    zero = np.zeros(n, np.uint64)
    plain = getattr(philox, "py_func", philox)  # whole arrays at once
    high = plain(np.arange(n, dtype=np.uint64), zero, zero, zero, np.uint64(20_261_130), np.uint64(2_000))[0]
    return (high % np.uint64(draws)).astype(np.int64).reshape(number, size)


def coverage(number: int = REPEATS) -> dict[str, dict[str, float]]:
    """Share of repeats whose 95 % interval holds the truth, by kind of table and quantity."""
    from experiments.studies.analysis.long_tables import Cells

    quantities = stored()
    chosen = repeats(number, next(iter(quantities.values())).shape[1])
    clusters = np.repeat(np.arange(DRAWS), 2)
    found: dict[str, dict[str, float]] = {}
    for name, values in quantities.items():
        kind, _, what = name.partition(":")
        sampled = values[:, chosen].reshape(2, number, 2 * DRAWS)
        cells = Cells(sampled, np.zeros((0, 0, 0)))
        for of, made, truth in (
            ("value", cells.estimates([1], clusters=clusters), values[1].mean()),
            ("difference", cells.differences(np.array([1]), np.array([0]), clusters=clusters),
             (values[1] - values[0]).mean()),
        ):  # fmt: skip
            found.setdefault(kind, {})[f"{what}, {of}"] = _share(made.low, made.high, float(truth))
        if kind == "outcome":
            found.setdefault("quantile", {}).update(_quantiles(what, values, number))
    return found


def _quantiles(what: str, values: Array, number: int) -> dict[str, float]:
    """Coverage of the quantiles of an outcome and of its difference."""
    from experiments.statistics.intervals import quantile_rows

    found = {}
    for probability, draws in QUANTILES.items():
        sampled = values[:, repeats(number, values.shape[1], draws)].reshape(2, number, 2 * draws)
        clusters = np.repeat(np.arange(draws), 2)
        for of, each, whole in (
            ("value", sampled[1], values[1]), ("difference", sampled[1] - sampled[0], values[1] - values[0]),
        ):  # fmt: skip
            _, _, low, high = quantile_rows(each, [probability], clusters=clusters)
            truth = float(np.quantile(whole, probability))
            found[f"{what}, {of}, {probability:g}"] = _share(low[:, 0], high[:, 0], truth)
    return found


def _share(low: Array, high: Array, truth: float) -> float:
    """Share of intervals that do not exclude the truth; an end that is not defined excludes nothing."""
    return float((~((truth < low) | (truth > high))).mean())


def main() -> None:
    """Measure and write the record."""
    found = coverage()
    record = {
        "repeats": REPEATS,
        "draws": DRAWS,
        "draws_of_far_quantiles": FAR,
        "runs_per_draw": 2,
        "level": 0.95,
        "coverage": found,
    }
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for kind, rows in found.items():
        shares = list(rows.values())
        print(f"{kind}: {len(shares)} quantities, {min(shares):.3f} to {max(shares):.3f}, mean {np.mean(shares):.3f}")


if __name__ == "__main__":
    main()
