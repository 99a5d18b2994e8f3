"""Long tables made from one run, where it was made: cumulative incidence after discharge, and outcomes by subgroup."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulation.outcomes import aalen_johansen, time_to

if TYPE_CHECKING:
    import pyarrow as pa

    from simulation import Result

HORIZON = 365
DAYS = np.concatenate([np.arange(91), np.arange(95, HORIZON + 1, 5)])
"""Days since discharge at which curves are kept: every day up to 90, then every fifth."""

CURVES: dict[str, str] = {
    "readmission": "next_readmission_day",
    "linkage": "linkage_day",
    "ed_return": "next_ed_day",
    "overdose": "overdose_day",
    "death": "death_day",
}
"""Curve to the column of the day of its event. Linkage is that of people who were not in care at discharge."""

QUARTILES = ("least frail quarter", "second quarter", "third quarter", "most frail quarter")

MOST_UNITS = 40
"""Inpatient units in all hospitals up to which units are told apart; beyond, hospitals are."""


def curve_rows(result: Result) -> pa.Table:
    """Aalen–Johansen cumulative incidence by days since discharge, for discharges alive in the measured period.

    Death competes, the end of the run censors.

    Returns: Columns series ("curve:readmission" and so on, see `CURVES`), x (days, see `DAYS`) and value; days on which
        nobody is followed any more are left out.
    """
    import pyarrow as pa

    stays = _Stays(result).where_alive()
    pieces = []
    for name in CURVES:
        curve = stays.incidence(name, HORIZON)[DAYS]
        there = np.isfinite(curve)
        pieces.append((np.full(int(there.sum()), f"curve:{name}"), DAYS[there], curve[there]))
    series, x, value = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return pa.table({"series": pa.array(series), "x": pa.array(x, pa.int32()), "value": pa.array(value)})


def subgroup_rows(result: Result) -> pa.Table:
    """Outcomes of the measured period by housing, frailty, unit, and whether a worker saw the person.

    Frailty is cut at the quartiles of the whole population, which are the same in every plan on shared draws. Who is
    seen by a worker is not: comparing the seen with the not seen says little about what being seen does.

    Returns: Columns variable, level, n (stays that the value is made from), outcome and value. The variable "everyone"
        repeats the outcomes of the run.
    """
    import pyarrow as pa

    stays = _Stays(result)
    rows: dict[str, list[Any]] = {name: [] for name in ("variable", "level", "n", "outcome", "value")}
    for variable, level, mask in stays.groups():
        for outcome, n, value in stays.where(mask).outcomes():
            for column, item in zip(rows, (variable, level, n, outcome, value), strict=True):
                rows[column].append(item)
    return pa.table(rows, schema=pa.schema([
        ("variable", pa.string()), ("level", pa.string()), ("n", pa.int32()), ("outcome", pa.string()),
        ("value", pa.float64()),
    ]))  # fmt: skip


class _Stays:
    """Ended stays of the measured period, as columns."""

    def __init__(self, result: Result) -> None:
        frame = result.discharges
        measured = frame["discharge_day"].to_numpy() >= result.config.run.warm_up_days
        names = (
            "discharge_day", "length_of_stay", "completed", "disclosed", "trust", "experienced_stigma", "unhoused",
            "frailty", "in_care", "seen", "hospital", "unit", "death_day", *CURVES.values(),
        )  # fmt: skip
        self.columns = {name: frame[name].to_numpy()[measured] for name in names}
        self.columns["type"] = frame["discharge_type"].astype(str).to_numpy()[measured]
        self.last_day = int(result.daily.index[-1])
        self.hospital = result.config.hospital
        self.cuts = np.quantile(result._frailty, (0.25, 0.5, 0.75))

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def where(self, mask: NDArray[np.bool_]) -> _Stays:
        some = object.__new__(_Stays)
        some.__dict__.update(self.__dict__, columns={name: column[mask] for name, column in self.columns.items()})
        return some

    def where_alive(self) -> _Stays:
        return self.where(self["type"] != "died")

    def groups(self) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
        yield "everyone", "everyone", np.ones(len(self["type"]), bool)
        yield "housing", "housed", ~self["unhoused"]
        yield "housing", "unhoused", self["unhoused"]
        quarter = np.searchsorted(self.cuts, self["frailty"], side="right")
        for i, name in enumerate(QUARTILES):
            yield "frailty", name, quarter == i
        yield "seen by a worker", "yes", self["seen"]
        yield "seen by a worker", "no", ~self["seen"]
        h, per_hospital = self.hospital, self.hospital.units + 1
        if h.count * h.units > MOST_UNITS:
            for place in range(h.count):
                yield "hospital", f"hospital {place + 1}", self["hospital"] == place
            return
        for unit in np.unique(self["unit"]):
            place, number = divmod(int(unit), per_hospital)
            where = f"unit {number}" if h.count == 1 else f"hospital {place + 1}, unit {number}"
            yield "unit", where if unit >= 0 else "no bed yet", self["unit"] == unit

    def outcomes(self) -> Iterator[tuple[str, int, float]]:
        alive = self.where_alive()
        for name, mask in (
            ("patient_initiated_discharge", self["type"] == "patient-initiated"),
            ("administrative_discharge", self["type"] == "administrative"),
            ("death_in_hospital", self["type"] == "died"),
            ("length_of_stay_mean", self["length_of_stay"]),
            ("treatment_completed", self["completed"]),
            ("disclosed_use", self["disclosed"]),
            ("reach", self["seen"]),
            ("trust_at_discharge", alive["trust"]),
            ("high_mistrust_at_discharge", alive["trust"] <= 0.5),
            ("experienced_stigma_at_discharge", alive["experienced_stigma"]),
        ):
            yield name, mask.size, float(mask.mean()) if mask.size else math.nan
        for name, days in (
            ("linkage", 30), ("ed_return", 30), ("readmission", 30), ("readmission", 90), ("overdose", 30),
            ("death", 365),
        ):  # fmt: skip
            group = alive.where(~alive["in_care"]) if name == "linkage" else alive
            yield f"{name}_{days}d", group["type"].size, float(group.incidence(name, days)[days])

    def incidence(self, name: str, horizon: int) -> NDArray[np.float64]:
        group = self.where(~self["in_care"]) if name == "linkage" else self
        time, event = time_to(group[CURVES[name]], group, self.last_day)
        return aalen_johansen(time, event, horizon)
