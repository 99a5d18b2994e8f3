"""Tables of a study: the form that all have, and long ones over replications (curves, daily series, subgroups)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.outcomes.registry import OUTCOMES
from experiments.statistics.estimates import LEVEL, Estimates, mean_rows
from experiments.studies.definition.plan import BASELINE
from experiments.support.types import FloatArray, IntArray
from experiments.support.verified_files import dataset

if TYPE_CHECKING:
    import pandas as pd

    from experiments.studies.store.folder import StudyFolder


SMALL_CELL = 100
"""Stays in all replications together below which a subgroup is called small."""


@dataclass(frozen=True)
class Cells:
    """Values by point, cell (a day of a curve, a subgroup) and replication, NaN where there is none.

    Attributes:
        values: Shape (points, cells, replications).
        n: What each value is made from, of the same shape; empty if nothing is known of it.
    """

    values: FloatArray
    n: FloatArray

    @classmethod
    def fill(
        cls, point: NDArray[Any], cell: NDArray[Any], replication: NDArray[Any], value: FloatArray,
        n: FloatArray | None, points: int, cells: int,
    ) -> Cells:  # fmt: skip
        """Put rows of a long table, in any order, into their places."""
        shape = points, cells, int(replication.max()) + 1 if replication.size else 0
        values = np.full(shape, np.nan)
        values[point, cell, replication] = value
        size = np.zeros(shape if n is not None else (0, 0, 0))
        if n is not None:
            size[point, cell, replication] = n
        return cls(values, size)

    def estimates(
        self,
        rows: Sequence[int] | IntArray,
        level: float = LEVEL,
        clusters: IntArray | None = None,
    ) -> Estimates:
        """Means over replications of the points `rows`; arrays of shape (rows × cells,).

        Args:
            rows: Points.
            level: Confidence level.
            clusters: Number of the parameter draw of each replication, as for `mean_rows`; None without draws.
        """
        chosen = self.values[rows]
        return mean_rows(chosen.reshape(-1, chosen.shape[2]), level, clusters)

    def differences(
        self,
        rows: IntArray,
        bases: IntArray,
        level: float = LEVEL,
        clusters: IntArray | None = None,
    ) -> Estimates:
        """Paired differences of the points `rows` from the points `bases`, as `estimates`."""
        less = self.values[rows] - self.values[bases]
        return mean_rows(less.reshape(-1, less.shape[2]), level, clusters)

    def sizes(self, rows: IntArray) -> IntArray:
        """What all replications of a cell together are made from, shape (rows × cells,)."""
        return np.asarray(self.n[rows].sum(axis=2).ravel(), dtype=np.int64)


def over_replications(
    study: StudyFolder, folder: str, names: tuple[str, ...], prefix: str, level: float = LEVEL
) -> pd.DataFrame:
    """Means and paired differences of a long table over its replications; empty where nothing was kept.

    Args:
        study: The study.
        folder: "series" or "subgroups".
        names: Columns that tell the cells of a point apart.
        prefix: How the names of series begin.
        level: Confidence level.

    Returns: One row per point and cell that has a value: n (replications), stays and small (subgroups only), value,
        low, high, difference, difference_low, difference_high (NaN for baselines).
    """
    import pandas as pd

    held = _read(study.folder / folder, folder == "subgroups", prefix)
    if held is None:
        return pd.DataFrame()
    cell, cells = held.groupby(list(names), sort=False).ngroup().to_numpy(), held[list(names)].drop_duplicates()
    row = np.searchsorted(study.design["point"].to_numpy(), held["point"])
    there = np.unique(row)
    filled = Cells.fill(
        row, cell, held["replication"].to_numpy(), held["value"].to_numpy(),
        held["n"].to_numpy() if "n" in held else None, len(study.design), len(cells),
    )  # fmt: skip
    table = study.place(np.repeat(there, len(cells)))
    for name in names:
        table[name] = np.tile(cells[name].to_numpy(), len(there))
    if "outcome" in names:
        table["unit"] = table["outcome"].map({name: outcome.unit for name, outcome in OUTCOMES.items()})
    clusters = study.clusters(filled.values.shape[2])
    mean = filled.estimates(there, level, clusters)
    less = filled.differences(there, study.base_rows[there], level, clusters)
    table["n"] = mean.n
    if "n" in held:
        table["stays"] = filled.sizes(there)
        table["small"] = table["stays"] < SMALL_CELL
    table["value"], table["low"], table["high"] = mean.mean, mean.low, mean.high
    own = table["plan"].to_numpy() == BASELINE
    for name, end in (("difference", less.mean), ("difference_low", less.low), ("difference_high", less.high)):
        table[name] = np.where(own, np.nan, end)
    table["level"] = level
    table = table[table["n"] > 0]
    return table.sort_values(["point", "series", "x"] if "x" in table else "point", ignore_index=True, kind="stable")


def _read(folder: Path, subgroups: bool, prefix: str) -> pd.DataFrame | None:
    """Rows of series/ (those whose series begins with `prefix`) or of subgroups/; None if nothing was kept."""
    shards = sorted(folder.glob("[!.]*.parquet"))
    if not shards:
        return None
    import pyarrow.compute as pc

    data = dataset(shards)
    if subgroups:
        table = data.to_table(columns=["point", "replication", "variable", "level", "n", "outcome", "value"])
        table = table.rename_columns(["point", "replication", "variable", "subgroup", "n", "outcome", "value"])
    else:
        chosen = pc.starts_with(pc.field("series"), prefix)
        table = data.to_table(columns=["point", "replication", "series", "x", "value"], filter=chosen)
    frame: pd.DataFrame | None = table.to_pandas() if table.num_rows else None
    return frame


def tidy(
    study: StudyFolder,
    rows: IntArray,
    names: Sequence[str],
    level: float,
    columns: Callable[[str], Mapping[str, Any]],
) -> pd.DataFrame:
    """A table with a row per point and outcome, in the order of points, then of `names`; units in `attrs["units"]`.

    Args:
        study: The study.
        rows: Rows of its design.
        names: Outcomes.
        level: Level of the intervals.
        columns: Gives the columns of an outcome: arrays over `rows`, or single values.
    """
    import pandas as pd

    place = study.place(np.repeat(rows, len(names)))
    parts = [{"outcome": name, "unit": OUTCOMES[name].unit, **columns(name), "level": level} for name in names]
    found = {}
    for column in parts[0] if parts else []:
        whole = np.stack([np.broadcast_to(np.asarray(part[column]), rows.shape) for part in parts], axis=1)
        found[column] = whole.ravel()
    table = pd.concat([place, pd.DataFrame(found)], axis=1)
    table.attrs["units"] = {name: OUTCOMES[name].unit for name in names}
    return table
