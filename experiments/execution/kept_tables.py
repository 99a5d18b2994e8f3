"""Tables of a run that are kept besides its outcomes, as Arrow tables made in the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

SERIES_DAILY = "series:daily"
SERIES_CURVES = "series:curves"
SERIES_PREDICTIONS = "series:predictions"
SUBGROUPS = "subgroups"


def tables_of(result: Any, names: tuple[str, ...]) -> dict[str, pa.Table]:
    """Tables of `result` by name."""
    return {name: _table(result, name) for name in names}


def _table(result: Any, name: str) -> pa.Table:
    if name == SERIES_DAILY:
        return daily_rows(result)
    if name == SERIES_PREDICTIONS:
        return prediction_rows(result)
    from experiments.outcomes import run_tables

    table: pa.Table = (run_tables.curve_rows if name == SERIES_CURVES else run_tables.subgroup_rows)(result)
    return table


def daily_rows(result: Any) -> pa.Table:
    """Daily series in long form: series "daily:census" and so on, x = day of the run, value."""
    import pyarrow as pa

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
    import pyarrow as pa

    from experiments.outcomes.target_predictions import OF_STAYS, stays_of

    stays = stays_of(result)
    return pa.table({
        "series": pa.array([f"prediction:{name}" for name in OF_STAYS], pa.string()),
        "x": pa.array([0] * len(OF_STAYS), pa.int32()),
        "value": pa.array([of(stays) for of in OF_STAYS.values()], pa.float64()),
    })  # fmt: skip
