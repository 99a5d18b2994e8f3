"""What a programme's records say beyond the numbers of the fit, beside the model: shown, never fitted.

Contacts, units and housing are chosen or happen to people, so that they say nothing about what causes what.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.site_data.disclosure import SMALLEST_CELL, enough, rounded
from experiments.site_data.records import ProgrammeData, returns
from experiments.statistics.survival import cumulative_incidence
from experiments.support.types import BoolArray, FloatArray, IntArray
from scenarios.calibration_targets import Z

if TYPE_CHECKING:
    import pandas as pd

    from experiments.uncertainty.draws import ParameterDraws
    from simulation import Result
    from simulation.config import Config

RUNS = 12
"""Runs of the model beside the records, before and after."""

SEED = 20_261
"""Root seed of these runs: the same before and after, so that chance is the same."""

LONGEST = 90
"""Days after discharge up to which returns are drawn."""

UNITS_SHOWN = 4
"""Units named, the largest first; the others together are one more group."""

QUARTILES = {25: "a quarter", 50: "half", 75: "three quarters"}


@dataclass(frozen=True, slots=True)
class Described:
    """One number of a programme.

    Attributes:
        name: Key, the same for records and model.
        title: What it is.
        unit: "share", "days", "contacts" or "a year".
        value: The number; NaN where there is none.
        error: Standard error; stays of one person are counted together.
    """

    name: str
    title: str
    unit: str
    value: float
    error: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval; never below 0."""
        return max(0.0, self.value - Z * self.error)

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval; never above 1 for a share."""
        return min(1.0 if self.unit == "share" else math.inf, self.value + Z * self.error)


@dataclass(frozen=True, slots=True)
class ReturnCurve:
    """Share of people discharged alive who came back, by day.

    Attributes:
        title: What they came back to.
        days: From 0; each step holds the smallest cell of events or more, shape (k,).
        value: Cumulative incidence with censoring, shape (k,).
        error: Standard errors, shape (k,).
    """

    title: str
    days: IntArray
    value: FloatArray
    error: FloatArray


def described(data: ProgrammeData) -> list[Described]:
    """Numbers of a programme that rest on 11 stays or more, rounded as the numbers of the fit are.

    Reach and contacts; days from referral to the first contact; length of stay by way out (quartiles); early departure
    and readmission by housing and unit; staff who leave and vacant posts. A family of groups is left out whole where a
    group, or what the groups leave, is too small.
    """
    return [*_contacts(data), *_waits(data), *_lengths(data), *_groups(data), *_staff(data)]


def return_curves(data: ProgrammeData, days: Mapping[str, IntArray] | None = None) -> list[ReturnCurve]:
    """Readmission and return to the emergency department after discharge, with censoring.

    Args:
        data: Records.
        days: Days by title at which curves are told, for comparison with others; chosen by the counts if None.
    """
    found = []
    for title, column in (("Readmission", "admission_day"), ("Return to the emergency department", "ed_day")):
        if not data.dated or not (data.stays[column] >= 0).any() or (days is not None and title not in days):
            continue
        time, event, rows = returns(data.stays, data.last_day, column)
        chosen = _steps(time, event) if days is None else days[title]
        if chosen.size < 3:
            continue
        person = np.unique(data.stays["person"].to_numpy()[rows], return_inverse=True)[1]
        value, error = np.zeros(chosen.size), np.zeros(chosen.size)
        for k, day in enumerate(chosen.tolist()):
            at = cumulative_incidence(time, event, day)
            value[k] = at.value
            error[k] = math.sqrt(float(np.sum(np.bincount(person, weights=at.influence) ** 2)))
        pairs = [rounded(v, e) for v, e in zip(value.tolist(), error.tolist(), strict=True)]
        value, error = (np.array(column) for column in zip(*pairs, strict=True))
        found.append(ReturnCurve(title, chosen, value, error))
    return found


def simulated(config: Config, draws: ParameterDraws, runs: int = RUNS) -> list[ProgrammeData]:
    """Records that the model gives for a site, one per draw, drawn evenly from the sample."""
    from simulation import simulate

    rows = np.arange(runs) * len(draws) // runs
    return [
        records_of(
            simulate(config, SEED, replication=k, parameters=dict(zip(draws.names, draws.values[row], strict=True)))
        )
        for k, row in enumerate(rows.tolist())
    ]


def records_of(result: Result) -> ProgrammeData:
    """The measured period of a run in the form of a site's records; posts as their daily numbers say."""
    import pandas as pd

    first = result.config.run.warm_up_days
    table = result.discharges
    table = table[table["admission_day"] >= first].sort_values(["person", "admission_day"], kind="stable")
    n = len(table)

    def day(name: str) -> IntArray:
        days = table[name].to_numpy(np.int64)
        return np.where(days >= 0, days - first, -1)

    none = np.full(n, -1)
    stays = pd.DataFrame({
        "row": np.arange(n), "person": table["person"].to_numpy(), "admission_day": day("admission_day"),
        "discharge_day": day("discharge_day"), "discharge_type": table["discharge_type"].astype(str).to_numpy(),
        "still_in": np.zeros(n, bool), "length": table["length_of_stay"].to_numpy(np.float64) + 1.0,
        "ended": np.ones(n, bool), "returned_30d": none,
        "peer_contacts": (table["visits"] + table["contacts"]).to_numpy(np.int64),
        "unit": (table["unit"] + 1).map("unit {}".format).to_numpy(object),
        "housing": np.where(table["unhoused"], "unstable", "stable"), "ed_day": day("next_ed_day"),
        "referral_day": none, "first_contact_day": none,
    })  # fmt: skip
    return ProgrammeData(stays, None, True, 0, result.last_day - first, True, n, ())


def _average(values: FloatArray, person: IntArray) -> tuple[float, float]:
    """Mean and its standard error, values of one person counted together."""
    mean = float(values.mean())
    return mean, math.sqrt(float(np.sum(np.bincount(person, weights=(values - mean) / values.size) ** 2)))


def _share(name: str, title: str, hit: BoolArray, person: IntArray) -> list[Described]:
    if not enough(int(hit.sum()), hit.size):
        return []
    return [Described(name, title, "share", *rounded(*_average(hit.astype(np.float64), person)))]


def _people(stays: pd.DataFrame, rows: IntArray) -> IntArray:
    return np.unique(stays["person"].to_numpy()[rows], return_inverse=True)[1]


def _contacts(data: ProgrammeData) -> list[Described]:
    stays = data.stays
    contacts = stays["peer_contacts"].to_numpy(np.int64)
    rows = np.flatnonzero(contacts >= 0)
    if not (contacts > 0).any():
        return []
    found = _share("reach", "Stays with a contact", contacts[rows] > 0, _people(stays, rows))
    met = np.flatnonzero(contacts > 0)
    if met.size >= SMALLEST_CELL:
        mean = _average(contacts[met].astype(np.float64), _people(stays, met))
        found.append(Described("contacts", "Contacts per stay with one", "contacts", *rounded(*mean)))
    return found


def _waits(data: ProgrammeData) -> list[Described]:
    """Days from referral to the first contact, of stays with both; people never met are a share of their own."""
    stays = data.stays
    referred = stays["referral_day"].to_numpy(np.int64)
    first = stays["first_contact_day"].to_numpy(np.int64)
    rows = np.flatnonzero((referred >= 0) & (referred <= data.last_day))
    if rows.size < SMALLEST_CELL:
        return []
    met = (first[rows] >= referred[rows]) & (first[rows] <= data.last_day)
    time = np.where(met, first[rows], data.last_day) - referred[rows]
    found = []
    person = _people(stays, rows)
    for day in (1, 7):
        at = cumulative_incidence(time, met.astype(np.int64), day)
        if enough(at.events, at.at_risk):
            error = math.sqrt(float(np.sum(np.bincount(person, weights=at.influence) ** 2)))
            title = f"First contact within {day} day{'s' if day > 1 else ''} of referral"
            found.append(Described(f"contact_{day}d", title, "share", *rounded(at.value, error)))
    return found


def _lengths(data: ProgrammeData) -> list[Described]:
    """Quartiles of the length of ended stays, by way out."""
    stays = data.stays
    if not data.types_known:
        return []
    found = []
    length, ended = stays["length"].to_numpy(np.float64), stays["ended"].to_numpy(bool)
    for code in ("planned", "patient-initiated"):
        mine = np.sort(length[ended & np.isfinite(length) & (stays["discharge_type"] == code).to_numpy(bool)])
        if mine.size < 4 * SMALLEST_CELL:
            continue
        for percent, words in QUARTILES.items():
            q = percent / 100
            half = math.sqrt(q * (1 - q) / mine.size)
            low, high = np.quantile(mine, [max(0.0, q - half), min(1.0, q + half)])
            value = float(np.quantile(mine, q, method="lower"))
            title = f"Length of {code} stays: {words} are shorter than this or as long"
            error = max(0.5, float(high - low) / 2)  # lengths are whole days
            found.append(Described(f"length_{code}_{percent}", title, "days", *rounded(value, error)))
    return found


def _groups(data: ProgrammeData) -> list[Described]:
    """Early departure and readmission within 30 days by housing and by unit."""
    stays = data.stays
    housing = stays["housing"].to_numpy(object).astype(str)
    unit = stays["unit"].to_numpy(object).astype(str)
    names, size = np.unique(unit[unit != ""], return_counts=True)
    largest = names[np.argsort(-size, kind="stable")][:UNITS_SHOWN].tolist()
    found = []
    for family, labels, groups in (("housing", housing, ["stable", "unstable"]), ("unit", unit, largest)):
        if len(groups) < 2 or not all((labels == group).any() for group in groups):
            continue
        rest = ~np.isin(labels, groups)
        masks = {group: labels == group for group in groups} | ({"others": rest} if rest.any() else {})
        for outcome in ("early", "readmission"):
            numbers = [_of_group(data, outcome, family, group, mask) for group, mask in masks.items()]
            if all(numbers):
                found += [number for one in numbers for number in one]
    return found


def _of_group(data: ProgrammeData, outcome: str, family: str, group: str, mask: BoolArray) -> list[Described]:
    stays = data.stays
    words = f"housing {group}" if family == "housing" else group
    if outcome == "early":
        if not data.types_known:
            return []
        rows = np.flatnonzero(mask & stays["ended"].to_numpy(bool) & (stays["discharge_type"] != "").to_numpy(bool))
        hit = (stays["discharge_type"] == "patient-initiated").to_numpy(bool)[rows]
        return _share(f"early_{family}_{group}", f"Patient-initiated discharge, {words}", hit, _people(stays, rows))
    if not data.dated:
        return []
    time, event, at = returns(stays, data.last_day)
    chosen = mask[at]
    back = cumulative_incidence(time[chosen], event[chosen], 30)
    if not enough(back.events, back.at_risk):
        return []
    person = _people(stays, at[chosen])
    error = math.sqrt(float(np.sum(np.bincount(person, weights=back.influence) ** 2)))
    title = f"Readmission within 30 days, {words}"
    return [Described(f"readmission_{family}_{group}", title, "share", *rounded(back.value, error))]


def _staff(data: ProgrammeData) -> list[Described]:
    """Posts over the days of follow-up: people who leave, and days on which a post that had begun was empty."""
    if data.staff is None:
        return []
    staff = data.staff
    start = np.maximum(staff["start_day"].to_numpy(np.int64), data.first_day)
    ended = staff["end_day"].to_numpy(np.int64)
    end = np.where(ended < 0, data.last_day, np.minimum(ended, data.last_day))
    inside = end >= start
    years = float(np.sum((end - start + 1)[inside])) / 365
    left = int(np.sum((ended >= data.first_day) & (ended < data.last_day)))
    found = []
    if left >= SMALLEST_CELL:
        title = "Workers who leave, per filled post"
        found.append(Described("exits", title, "a year", *rounded(left / years, math.sqrt(left) / years)))
    post = staff["post"].to_numpy(np.int64)
    n = int(post.max()) + 1
    if n >= SMALLEST_CELL:
        begun = np.full(n, np.iinfo(np.int64).max)
        np.minimum.at(begun, post[inside], start[inside])
        filled = np.bincount(post[inside], weights=(end - start + 1)[inside], minlength=n)
        there = begun <= data.last_day
        days = (data.last_day - begun[there] + 1).astype(np.float64)
        empty = np.clip(days - filled[there], 0, None)
        value = float(empty.sum() / days.sum())
        error = math.sqrt(float(np.sum((empty - value * days) ** 2))) / float(days.sum())
        if value > 0 and error > 0:
            found.append(Described("vacant", "Days on which a post is vacant", "share", *rounded(value, error)))
    return found


def _steps(time: IntArray, event: IntArray) -> IntArray:
    """Days from 0 to `LONGEST` between which the smallest cell of events or more lie."""
    counts = np.bincount(time[(event == 1) & (time <= LONGEST)], minlength=LONGEST + 1)
    days, waiting = [0], 0
    for day in range(1, LONGEST + 1):
        waiting += int(counts[day]) + (int(counts[0]) if day == 1 else 0)
        if waiting >= SMALLEST_CELL:
            days.append(day)
            waiting = 0
    return np.array(days)


def beside(data: ProgrammeData, before: Sequence[ProgrammeData], after: Sequence[ProgrammeData]) -> pd.DataFrame:
    """The programme's numbers beside the model's, before and after the fit.

    Returns: One row per number: name, title, unit, records, records_low, records_high, and before, before_low,
        before_high, after, after_low, after_high over runs (median, least and most); NaN where the model has none.
    """
    import pandas as pd

    said = {
        "before": [{one.name: one.value for one in described(run)} for run in before],
        "after": [{one.name: one.value for one in described(run)} for run in after],
    }
    rows = []
    for number in described(data):
        row: dict[str, object] = {
            "name": number.name, "title": number.title, "unit": number.unit, "records": number.value,
            "records_low": number.low, "records_high": number.high,
        }  # fmt: skip
        for which, runs in said.items():
            known = [run[number.name] for run in runs if number.name in run] if "unit_" not in number.name else []
            enough = len(known) * 2 > len(runs)
            values = np.array(known if enough else [math.nan])
            row |= {which: float(np.median(values)), f"{which}_low": values.min(), f"{which}_high": values.max()}
        rows.append(row)
    return pd.DataFrame(rows)


def compare_curves(
    data: ProgrammeData, before: Sequence[ProgrammeData], after: Sequence[ProgrammeData]
) -> list[dict[str, ReturnCurve]]:
    """Return curves of the records beside the middle run of the model on each of their days.

    Returns: For each curve that the records hold: series ("your records", "before your records", "after") to curve.
    """
    found = []
    for own in return_curves(data):
        series = {"your records": own}
        for name, runs in (("before your records", before), ("after", after)):
            told = [curve for run in runs for curve in return_curves(run, {own.title: own.days})]
            if told:
                middle = np.nanmedian([curve.value for curve in told], axis=0)
                series[name] = ReturnCurve(own.title, own.days, middle, np.zeros(own.days.size))
        found.append(series)
    return found
