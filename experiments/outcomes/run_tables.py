"""Long tables made from one run, where it was made: cumulative incidence after discharge, and outcomes by subgroup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.support.types import BoolArray
from simulation.outcomes import Rows, at_risk, incidence, of_discharges, of_stays
from simulation.state import DIED

if TYPE_CHECKING:
    import pyarrow as pa

    from simulation import Result

HORIZON = 365
DAYS = np.concatenate([np.arange(91), np.arange(95, HORIZON + 1, 5)])
"""Days since discharge at which curves are kept: every day up to 90, then every fifth."""

CURVES = ("readmission", "linkage", "ed_return", "overdose", "death")
"""Events whose curves are kept. Linkage is that of people who were not in care at discharge."""

BY_SUBGROUP = (
    "patient_initiated_discharge", "administrative_discharge", "death_in_hospital", "length_of_stay_mean",
    "treatment_completed", "disclosed_use", "reach", "trust_at_discharge", "high_mistrust_at_discharge",
    "experienced_stigma_at_discharge", "linkage_30d", "ed_return_30d", "readmission_30d", "readmission_90d",
    "overdose_30d", "death_365d",
)  # fmt: skip
"""Outcomes kept by subgroup."""

QUARTILES = ("least frail quarter", "second quarter", "third quarter", "most frail quarter")

AGE_CUTS = (30, 40, 50)
AGES = ("under 30", "30 to 39", "40 to 49", "50 and older")
"""Ages at admission, in the bands of Hser 2017 (10.1097/ADM.0000000000000312)."""

MOST_UNITS = 40
"""Inpatient units in all hospitals up to which units are told apart; beyond, hospitals are."""


def curve_rows(result: Result) -> pa.Table:
    """Aalen–Johansen cumulative incidence by days since discharge, for discharges alive in the measured period.

    Death competes, the end of the run censors.

    Returns: Columns series ("curve:readmission" and so on, see `CURVES`), x (days, see `DAYS`) and value; days on which
        nobody is followed any more are left out.
    """
    import pyarrow as pa

    going_home = _alive(result.ended)
    pieces = []
    for name in CURVES:
        curve = incidence(name, going_home, result.last_day, HORIZON)[DAYS]
        there = np.isfinite(curve)
        pieces.append((np.full(int(there.sum()), f"curve:{name}"), DAYS[there], curve[there]))
    series, x, value = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return pa.table({"series": pa.array(series), "x": pa.array(x, pa.int32()), "value": pa.array(value)})


def subgroup_rows(result: Result) -> pa.Table:
    """Outcomes of the measured period by housing, age, sex, frailty, unit, and whether a worker saw the person.

    Frailty is cut at the quartiles of the whole population, which are the same in every plan on shared draws. Who is
    seen by a worker is not: comparing the seen with the not seen says little about what being seen does.

    Returns: Columns variable, level, n (stays that the value is made from), outcome and value. The variable "everyone"
        repeats the outcomes of the run.
    """
    import pyarrow as pa

    stays = result.ended
    rows: dict[str, list[Any]] = {name: [] for name in ("variable", "level", "n", "outcome", "value")}
    for variable, level, mask in _groups(stays, result):
        for outcome, n, value in _outcomes(stays.where(mask), result.last_day):
            for column, item in zip(rows, (variable, level, n, outcome, value), strict=True):
                rows[column].append(item)
    return pa.table(rows, schema=pa.schema([
        ("variable", pa.string()), ("level", pa.string()), ("n", pa.int32()), ("outcome", pa.string()),
        ("value", pa.float64()),
    ]))  # fmt: skip


def _alive(stays: Rows) -> Rows:
    return stays.where(stays["type"] != DIED)


def _groups(stays: Rows, result: Result) -> Iterator[tuple[str, str, BoolArray]]:
    unhoused, seen = stays["unhoused"].astype(bool), stays["visits"] > 0
    yield "everyone", "everyone", np.ones(len(stays), bool)
    yield "housing", "housed", ~unhoused
    yield "housing", "unhoused", unhoused
    old = np.searchsorted(AGE_CUTS, stays["age"], side="right")
    for i, name in enumerate(AGES):
        yield "age", name, old == i
    woman = stays["woman"].astype(bool)
    yield "sex", "women", woman
    yield "sex", "men", ~woman
    cuts = np.quantile(result.frailty, (0.25, 0.5, 0.75))
    quarter = np.searchsorted(cuts, result.frailty[stays["person"]], side="right")
    for i, name in enumerate(QUARTILES):
        yield "frailty", name, quarter == i
    yield "seen by a worker", "yes", seen
    yield "seen by a worker", "no", ~seen
    h = result.config.hospital
    if h.count * h.units > MOST_UNITS:
        for place in range(h.count):
            yield "hospital", f"hospital {place + 1}", stays["hospital"] == place
        return
    for unit in np.unique(stays["unit"]):
        place, number = divmod(int(unit), h.units + 1)
        where = f"unit {number}" if h.count == 1 else f"hospital {place + 1}, unit {number}"
        yield "unit", where if unit >= 0 else "no bed yet", stays["unit"] == unit


def _outcomes(stays: Rows, last_day: int) -> Iterator[tuple[str, int, float]]:
    """Outcome, number of stays that it is made from, and value."""
    going_home = _alive(stays)
    of_all = of_stays(stays)
    values = of_all | of_discharges(going_home, last_day)
    for name in BY_SUBGROUP:
        counted = stays if name in of_all else at_risk(name.partition("_")[0], going_home)
        yield name, len(counted), values[name]
