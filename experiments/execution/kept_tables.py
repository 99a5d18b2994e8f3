"""Tables of a run that are kept besides its outcomes, as Arrow tables made in the worker."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from experiments.execution.tasks import Run

DAILY = "daily"
DISCHARGES = "discharges"
COMPARISON: tuple[str, ...] = (DAILY, DISCHARGES)
"""Tables of a run that a comparison keeps when a folder is given, a row per day and per stay."""

SERIES_DAILY = "series:daily"
SERIES_CURVES = "series:curves"
SERIES_PREDICTIONS = "series:predictions"
SUBGROUPS = "subgroups"


def keep(result: Any, run: Run, names: tuple[str, ...]) -> dict[str, pa.Table]:
    """Tables of `result` by name."""
    return {name: _table(result, run, name) for name in names}


def _table(result: Any, run: Run, name: str) -> pa.Table:
    if name in COMPARISON:
        return arrow_table(getattr(result, name), run)
    if name == SERIES_DAILY:
        return daily_rows(result)
    if name == SERIES_PREDICTIONS:
        return prediction_rows(result)
    from experiments.outcomes import run_tables

    table: pa.Table = (run_tables.curve_rows if name == SERIES_CURVES else run_tables.subgroup_rows)(result)
    return table


def arrow_table(frame: Any, run: Run) -> pa.Table:
    """A table of one run as Arrow, with the columns scenario, replication, seed in front.

    The index of `frame` becomes a column if it has a name; categories become text.
    """
    if frame.index.name is not None:
        frame = frame.reset_index()
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    for i, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(i, column.name, table[column.name].cast(pa.string()))
    n = table.num_rows
    table = table.add_column(0, "scenario", pa.repeat(pa.scalar(run.scenario), n))
    table = table.add_column(1, "replication", pa.repeat(pa.scalar(run.replication, pa.int32()), n))
    return table.add_column(2, "seed", pa.repeat(pa.scalar(run.seed, pa.uint64()), n))


def daily_rows(result: Any) -> pa.Table:
    """Daily series in long form: series "daily:census" and so on, x = day of the run, value."""
    daily = result.daily
    days = pa.array(daily.index.to_numpy(), pa.int32())
    pieces = [
        pa.table(
            {
                "series": pa.repeat(pa.scalar(f"daily:{name}"), len(days)),
                "x": days,
                "value": pa.array(daily[name].to_numpy(dtype=float), pa.float64()),
            }
        )
        for name in daily.columns
    ]
    return pa.concat_tables(pieces)


def prediction_rows(result: Any) -> pa.Table:
    """Predictions of targets that are not outcomes, in long form: series "prediction:...", x = 0, value."""
    from experiments.outcomes.target_predictions import OF_STAYS, stays_of

    stays = stays_of(result)
    return pa.table({
        "series": pa.array([f"prediction:{name}" for name in OF_STAYS], pa.string()),
        "x": pa.array([0] * len(OF_STAYS), pa.int32()),
        "value": pa.array([of(stays) for of in OF_STAYS.values()], pa.float64()),
    })  # fmt: skip
