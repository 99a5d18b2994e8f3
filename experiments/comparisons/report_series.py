"""What the report draws from the stored tables: daily means and cumulative incidence of readmission, by scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.outcomes import aalen_johansen, time_to

if TYPE_CHECKING:
    from simulation.config import Config

Array = NDArray[np.float64]

WINDOW = 14
"""Days over which daily series are smoothed."""


def daily_means(path: Path, columns: list[str], scenarios: list[str]) -> tuple[Array, dict[str, dict[str, Array]]]:
    """Smoothed means over replications: the days, and column to scenario to values; lacking columns are left out."""
    import pyarrow.parquet as pq

    there = [name for name in columns if name in pq.read_schema(path).names]
    table = pq.read_table(path, columns=["scenario", "day", *there])
    grouped = table.group_by(["scenario", "day"]).aggregate([(name, "mean") for name in there]).sort_by("day")
    names = np.asarray(grouped["scenario"].to_pylist())
    days = grouped["day"].to_numpy().astype(np.float64)
    span = np.unique(days)
    found: dict[str, dict[str, Array]] = {name: {} for name in there}
    for column in there:
        means = grouped[f"{column}_mean"].to_numpy(zero_copy_only=False).astype(np.float64)
        for scenario in scenarios:
            mine = names == scenario
            values = np.full(span.size, np.nan)
            values[np.searchsorted(span, days[mine])] = means[mine]
            found[column][scenario] = smooth(values)
    return span, found


def smooth(values: Array, window: int = WINDOW) -> Array:
    """Mean over the last `window` days (fewer at the start), leaving out days that are not defined."""
    defined = np.isfinite(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(defined, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(defined)])
    end = np.arange(1, values.size + 1)
    start = np.maximum(end - window, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Array = (total[end] - total[start]) / (count[end] - count[start])
    return np.where(defined, mean, np.nan)


def readmission_curves(path: Path, configs: dict[str, Config], horizon: int) -> tuple[Array, dict[str, Array]]:
    """Aalen-Johansen cumulative incidence of readmission by days since discharge, all replications together.

    Death competes, the end of the run censors. Empty where the tables are not there.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    needed = ["scenario", "discharge_day", "discharge_type", "next_readmission_day", "death_day"]
    if not set(needed) <= set(pq.read_schema(path).names):
        return np.arange(horizon + 1.0), {}
    table = pq.read_table(path, columns=needed)
    found = {}
    for name, config in configs.items():
        mine = table.filter(pc.equal(table["scenario"], name))
        out, back, dead = (mine[c].to_numpy().astype(np.int64) for c in ("discharge_day", *needed[3:]))
        alive = np.asarray(mine["discharge_type"].to_pylist()) != "died"
        counted = alive & (out >= config.run.warm_up_days) & (out < config.horizon)
        days = {"discharge_day": out[counted], "death_day": dead[counted]}
        found[name] = aalen_johansen(*time_to(back[counted], days, config.horizon - 1), horizon)
    return np.arange(horizon + 1.0), found
