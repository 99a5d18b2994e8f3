"""Make the stored runs that coverage of intervals is measured on: the reference case with every shipped draw, twice.

`python -m benchmarks.coverage_runs [FILE]`; about ten minutes on two cores.
"""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

STORED = Path(__file__).parent / "coverage_runs.parquet"
"""A row per plan and replication, a column per quantity."""

PROFILE = "people_who_use_drugs"
SCENARIOS = ("usual-care", "bridge")
OUTCOMES = (
    "patient_initiated_discharge", "readmission_30d", "linkage_30d", "trust_at_discharge",
    "deaths_per_1000_person_years", "hospital_cost",
)  # fmt: skip
CURVES = {"readmission": (7, 30, 90), "linkage": (30, 90)}
DAILY = {"census": (60, 240), "clinician_credibility": (240, 360)}
"""Series to days after the warm-up."""

SUBGROUPS = {
    "housing": ("readmission_30d", "patient_initiated_discharge"),
    "frailty": ("length_of_stay_mean", "readmission_30d"),
}
PIECE = 20


def main() -> None:
    """Make the runs and store them."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else STORED
    from experiments.uncertainty.shipped import shipped

    draws = shipped(PROFILE)
    assert draws is not None
    replications = draws.runs_per_draw * len(draws)
    pieces = [(name, first) for name in SCENARIOS for first in range(0, replications, PIECE)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        tables = list(pool.map(_piece, pieces))
    whole = pa.concat_tables(tables)
    pq.write_table(whole, path, compression="zstd")
    print(f"{path}: {whole.num_rows} rows, {whole.num_columns} columns, {path.stat().st_size / 1000:.0f} kB")


def _piece(piece: tuple[str, int]) -> pa.Table:
    """Twenty replications of a scenario."""
    from experiments.uncertainty.shipped import shipped
    from scenarios import load
    from simulation import simulate

    name, first = piece
    draws = shipped(PROFILE)
    assert draws is not None
    config = load(name)
    rows = []
    for replication in range(first, first + PIECE):
        result = simulate(config, 0, replication=replication, parameters=draws.of(replication))
        rows.append({"scenario": name, "replication": replication} | quantities(result))
    table = pa.Table.from_pylist(rows)
    narrow = [pa.field(f.name, pa.float32() if pa.types.is_floating(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(narrow))


def quantities(result: object) -> dict[str, float]:
    """What is kept of a run: outcomes, points of curves and of daily series, outcomes of subgroups."""
    from experiments.outcomes.run_tables import curve_rows, subgroup_rows

    found = {f"outcome:{name}": float(result.values[name]) for name in OUTCOMES}  # type: ignore[attr-defined]
    for row in curve_rows(result).to_pylist():  # type: ignore[arg-type]
        name = row["series"].removeprefix("curve:")
        if row["x"] in CURVES.get(name, ()):
            found[f"curve:{name}@{row['x']}"] = row["value"]
    daily = result.daily  # type: ignore[attr-defined]
    for name, days in DAILY.items():
        for day in days:
            found[f"daily:{name}@{day}"] = float(daily[name].iloc[result.config.run.warm_up_days + day])  # type: ignore[attr-defined]
    for row in subgroup_rows(result).to_pylist():  # type: ignore[arg-type]
        if row["outcome"] in SUBGROUPS.get(row["variable"], ()):
            found[f"subgroup:{row['variable']}={row['level']}:{row['outcome']}"] = row["value"]
    return {name: float(np.float32(value)) for name, value in found.items()}


if __name__ == "__main__":
    main()
