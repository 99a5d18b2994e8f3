"""From the stays, the daily series and the event log of a run to its outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from simulation import money
from simulation.config import Config
from simulation.observe import chain, last_up_to
from simulation.outcome_definitions import OUTCOMES
from simulation.state import (
    ADMINISTRATIVE,
    CONSULTED,
    DIED,
    E_ACCEPTS,
    E_CONTACT,
    E_CONTACT_ENDS,
    E_DECLINES,
    E_DIES,
    E_DROPS_OUT,
    E_LINKED,
    E_VISIT,
    EVENTS,
    HIGH_MISTRUST,
    NURSE,
    OVERDOSED,
    PATIENT_INITIATED,
    PLANNED,
    STILL_IN,
)
from simulation.world import World

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def aalen_johansen(time: npt.ArrayLike, event: npt.ArrayLike, horizon: int) -> FloatArray:
    """Cumulative incidence of the event of interest with competing events (Aalen & Johansen 1978).

    Args:
        time: Days to event or censoring, integers ≥ 0; shape (n,).
        event: 0 censored, 1 the event of interest, 2 a competing event; shape (n,).
        horizon: Last day wanted, ≥ 0.

    Returns: Cumulative incidence on days 0 to horizon, shape (horizon + 1,); NaN everywhere where n = 0, and from the
    day on which nobody is at risk any more while the curve could still move.
    """
    t = np.asarray(time, dtype=np.int64)
    e = np.asarray(event, dtype=np.int64)
    if t.size == 0:
        return np.full(horizon + 1, np.nan)
    inside = t <= horizon
    interest = np.bincount(t[inside & (e == 1)], minlength=horizon + 1)
    competing = np.bincount(t[inside & (e == 2)], minlength=horizon + 1)
    leaving = np.bincount(np.minimum(t, horizon + 1), minlength=horizon + 2)[: horizon + 1]
    at_risk = t.size - np.concatenate(([0], np.cumsum(leaving)[:-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(at_risk > 0, interest / at_risk, 0.0)
        any_share = np.where(at_risk > 0, (interest + competing) / at_risk, 0.0)
    survival = np.concatenate(([1.0], np.cumprod(1.0 - any_share)[:-1]))
    curve: FloatArray = np.cumsum(survival * share)
    unknown = (at_risk == 0) & (survival > 0)
    if unknown.any():
        curve[int(np.argmax(unknown)) :] = np.nan
    return curve


class Rows:
    """Some rows of a structured array, read a column at a time, so that records are never copied whole.

    Args:
        table: Structured array.
        rows: Row numbers, shape (n,).
    """

    def __init__(self, table: Any, rows: IntArray) -> None:
        self.table, self.rows = table, rows

    def __getitem__(self, column: str) -> Any:
        return self.table[column][self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, keep: npt.NDArray[np.bool_]) -> Rows:
        """The rows for which `keep`, shape (n,), is true."""
        return Rows(self.table, self.rows[keep])


def mean(values: npt.NDArray[Any]) -> float:
    """Mean, or NaN of nothing."""
    return float(values.mean()) if values.size else math.nan


def median(values: npt.NDArray[Any]) -> float:
    """Median, or NaN of nothing."""
    return float(np.median(values)) if values.size else math.nan


def ratio(numerator: float, denominator: float) -> float:
    """Ratio, or NaN where the denominator is 0."""
    return float(numerator) / float(denominator) if denominator else math.nan


def time_to(day: npt.NDArray[Any], index: Any, last_day: int | IntArray) -> tuple[IntArray, IntArray]:
    """Times and event codes from discharge to a day (−1: none) with death competing and the end of the run censoring.

    Args:
        day: Day of the event of interest for each stay, −1 where there is none; shape (n,).
        index: Records of the stays, shape (n,).
        last_day: Last day of the run, or of each stay's run, shape (n,).
    """
    start = index["discharge_day"].astype(np.int64)
    censor = last_day - start
    to_event = np.where(day >= 0, day - start, np.iinfo(np.int64).max)
    to_death = np.where(index["death_day"] >= 0, index["death_day"] - start, np.iinfo(np.int64).max)
    time = np.minimum(np.minimum(to_event, to_death), censor)
    event = np.where(to_event == time, 1, np.where(to_death == time, 2, 0))
    return time, event


INCIDENCE: dict[str, tuple[str, tuple[int, ...]]] = {
    "linkage": ("linkage_day", (14, 30)),
    "ed_return": ("ed_day", (7, 30)),
    "readmission": ("readmission_day", (7, 30, 90, 365)),
    "overdose": ("overdose_day", (30,)),
    "death": ("death_day", (365,)),
}
"""First events after discharge: column with the day, and the days after discharge that are outcomes."""


def at_risk(name: str, index: Rows) -> Rows:
    """The discharges alive of which an event of `INCIDENCE` is counted: for linkage those not in care at discharge."""
    return index.where(index["in_care"] == 0) if name == "linkage" else index


def incidence(name: str, index: Rows, last_day: int, horizon: int) -> FloatArray:
    """Cumulative incidence of an event by days since discharge; death competes, the end of the run censors.

    Args:
        name: Event, a key of `INCIDENCE`.
        index: Discharges alive, shape (n,).
        last_day: Last day of the run.
        horizon: Last day since discharge wanted.

    Returns: Shape (horizon + 1,); see `aalen_johansen`.
    """
    group = at_risk(name, index)
    return aalen_johansen(*time_to(group[INCIDENCE[name][0]], group, last_day), horizon)


def stay_days(stays: Rows) -> IntArray:
    """Midnights in hospital of stays that have ended; shape (n,)."""
    days: IntArray = stays["discharge_day"] - stays["admission_day"]
    return days


def of_stays(ended: Rows) -> dict[str, float]:
    """Outcomes of all stays that ended: how, after how long, and what happened in them."""
    kind, days = ended["type"], stay_days(ended)
    return {
        "patient_initiated_discharge": mean(kind == PATIENT_INITIATED),
        "administrative_discharge": mean(kind == ADMINISTRATIVE),
        "death_in_hospital": mean(kind == DIED),
        "length_of_stay_mean": mean(days),
        "length_of_stay_median_planned": median(days[kind == PLANNED]),
        "length_of_stay_median_patient_initiated": median(days[kind == PATIENT_INITIATED]),
        "treatment_completed": mean(ended["completed"]),
        "plan_quality_mean": mean(ended["plan"][kind == PLANNED]),
        "disclosed_use": mean(ended["disclosed"]),
        "reach": mean(ended["visits"] > 0),
    }


def of_discharges(index: Rows, last_day: int) -> dict[str, float]:
    """Outcomes of discharges alive: trust and stigma then, first events in the days after; `last_day` is the run's."""
    out = {
        "trust_at_discharge": mean(index["trust"]),
        "experienced_stigma_at_discharge": mean(index["stigma"]),
        "high_mistrust_at_discharge": mean(index["trust"] <= HIGH_MISTRUST),
        "trust_at_30d": mean(index["trust_30d"][index["trust_30d"] >= 0.0]),
    }
    for name, (_, horizons) in INCIDENCE.items():
        curve = incidence(name, index, last_day, max(horizons))
        out |= {f"{name}_{horizon}d": float(curve[horizon]) for horizon in horizons}
    return out


def left_early(ended: Rows, horizon: int) -> FloatArray:
    """Share of stays that the person had ended by each day of the stay, days 0 to `horizon`; shape (horizon + 1,)."""
    days = stay_days(ended)[ended["type"] == PATIENT_INITIATED]
    by_day = np.bincount(np.minimum(days, horizon + 1), minlength=horizon + 2)[: horizon + 1]
    share: FloatArray = np.cumsum(by_day) / max(len(ended), 1)
    return share


def ended_stays(stays: npt.NDArray[Any], first: int) -> Rows:
    """Stays that ended on day `first` or later, from the records of all stays."""
    return Rows(stays, np.flatnonzero((stays["type"] != STILL_IN) & (stays["discharge_day"] >= first)))


class History:
    """Events of some kinds, chained person by person, so that what came last before a day is found without sorting.

    Args:
        events: Event log in order of day.
        kinds: Codes of the events wanted.
        people: Number of people.

    Attributes:
        rows: Rows of the events wanted, in order of day.
    """

    def __init__(self, events: Any, kinds: tuple[int, ...], people: int) -> None:
        wanted = np.zeros(len(EVENTS), np.bool_)
        wanted[list(kinds)] = True
        self._events = events
        self._latest, self.rows, self._before = chain(events, wanted, people)

    def up_to(self, who: IntArray, when: IntArray) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """For each (who, when): row of the person's last event up to that day, and whether there is one."""
        rows = last_up_to(self._events, self._latest, self.rows, self._before, who, when)
        return rows, rows >= 0


def measure(world: World, config: Config, parameters: Mapping[str, float], day: int) -> dict[str, float]:
    """All outcomes of the measured period by name (see `OUTCOMES`); NaN where a denominator is 0.

    Args:
        world: The state at the end of the last day run, its stays completed.
        config: The scenario.
        parameters: Every parameter value of the run, by name.
        day: Days run so far.
    """
    w = world
    first, last = config.run.warm_up_days, day - 1
    daily = w.daily[first : last + 1]
    days = len(daily)
    stays = w.stays[: int(w.counts[0]["stays"])]
    ended = ended_stays(stays, first)
    index = ended.where(ended["type"] != DIED)
    out = dict.fromkeys(OUTCOMES, math.nan)
    if days <= 0:
        return out

    out |= of_stays(ended)
    out |= of_discharges(index, last)
    out["high_mistrust"] = ratio(w.counts[0]["mistrusting"], w.counts[0]["alive"])

    person_years = daily["alive"].sum() / 365.0
    admissions = daily["admissions"].sum()
    for name, column in (
        ("admissions", "admissions"), ("ed_visits", "ed_visits"), ("hospital_days", "census"), ("deaths", "deaths"),
        ("overdoses", "overdoses"), ("early_departures", "patient_initiated"), ("minor_visits", "minor_visits"),
    ):  # fmt: skip
        out[f"{name}_per_1000_person_years"] = ratio(1000.0 * daily[column].sum(), person_years)
    soon = (index["readmission_day"] >= 0) & (index["readmission_day"] - index["discharge_day"] <= 30)
    out["readmissions_30d_per_1000_person_years"] = ratio(1000.0 * soon.sum(), person_years)
    out["days_alive_out_of_hospital_90d"] = days_at_home(stays, index, last, 90)
    out["in_care"] = ratio(daily["in_care"].sum(), daily["alive"].sum())
    out["using"] = ratio(daily["using"].sum(), daily["alive"].sum())
    out["unhoused"] = ratio(daily["unhoused"].sum(), daily["alive"].sum())
    out["population_mean"] = mean(daily["alive"])
    out["consulted"] = mean(ended["consult"] == CONSULTED)
    bedded = Rows(stays, np.flatnonzero(stays["bed_day"] >= first))
    out["boarding_days_mean"] = mean(bedded["bed_day"] - bedded["admission_day"])
    out["occupancy_mean"] = mean((daily["occupied_beds"] + daily["background_beds"]) / config.beds)
    out["stays_per_year"] = float(admissions * 365.0 / days)
    out["diversions_per_1000_admissions"] = ratio(
        1000.0 * daily["diversions"].sum(), admissions + daily["diversions"].sum()
    )

    in_post = daily["workers_in_post"].sum()
    out["peer_burnout_mean"] = ratio((daily["worker_burnout"] * daily["workers_in_post"]).sum(), in_post)
    out["peer_high_burnout"] = ratio(daily["workers_high_burnout"].sum(), in_post)
    out["peer_exits_per_year"] = ratio(daily["worker_exits"].sum(), in_post / 365.0)
    out["peer_returns_to_use_per_year"] = ratio(daily["worker_returns"].sum(), in_post / 365.0)
    out["peer_incidents_per_year"] = ratio(daily["incidents"].sum(), in_post / 365.0)
    out["peer_days_absent"] = ratio(daily["days_absent"].sum(), in_post * config.programme.days_per_week / 7.0)
    harms = daily["worker_exits"].sum() + daily["worker_returns"].sum() + daily["worker_leaves"].sum()
    out["worker_harms_per_year"] = float(harms / (days / 365.0))
    out["vacancy_share"] = ratio(daily["vacant_posts"].sum(), in_post + daily["vacant_posts"].sum())
    out["caseload_mean"] = ratio(daily["caseload"].sum(), in_post)
    out["minutes_with_people"] = ratio(daily["minutes_with_people"].sum(), daily["minutes_worked"].sum())
    out["acceptance"] = ratio(daily["acceptances"].sum(), daily["offers"].sum())
    missed = daily["visits_missed"].sum() + daily["contacts_missed"].sum()
    done = daily["visits_made"].sum() + daily["contacts_made"].sum() + daily["contacts_failed"].sum()
    out["missed_visits"] = ratio(missed, missed + done)
    enrolled = index.where(index["enrolled"] == 1)
    out["contacts_made_per_enrolled"] = mean(enrolled["contacts"])
    out["supervision_adequacy"] = ratio((daily["supervision_adequacy"] * daily["workers_in_post"]).sum(), in_post)
    out["clinician_stigma_mean"] = mean(daily["clinician_stigma"])
    out["clinician_credibility_mean"] = mean(daily["clinician_credibility"])
    out["clinician_burnout_mean"] = mean(daily["clinician_burnout"])
    staff = len(w.clinicians)
    nurses = int((w.clinicians["profession"] == NURSE).sum())
    of_nurses = daily["nurses_high_burnout"]
    out["clinician_high_burnout"] = mean(daily["clinicians_high_burnout"] / staff)
    out["nurse_high_burnout"] = mean(of_nurses / nurses)
    out["physician_high_burnout"] = mean((daily["clinicians_high_burnout"] - of_nurses) / (staff - nurses))
    out["clinician_exits_per_year"] = ratio(daily["clinician_exits"].sum(), staff * days / 365.0)

    out |= from_events(w, index, first, last)
    out |= money.costs(config, parameters, w.daily, day)
    return out


def days_at_home(stays: Any, index: Any, last: int, window: int) -> float:
    """Mean days alive and out of hospital in the `window` days after discharge, of stays followed as long.

    A midnight in hospital is a day in hospital; days after death count as none.
    """
    group = index.where(index["discharge_day"] + window <= last)
    if not group.rows.size:
        return math.nan
    start = group["discharge_day"].astype(np.int64)
    end = start + window
    alive = np.where(group["death_day"] >= 0, np.minimum(group["death_day"], end), end) - start
    order = np.lexsort((stays["admission_day"], stays["person"]))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    person = stays["person"][order]
    first = stays["admission_day"][order].astype(np.int64)
    left = np.where(stays["type"][order] == STILL_IN, last + 1, stays["discharge_day"][order]).astype(np.int64)
    inside = np.zeros(len(start))
    ahead = place[group.rows] + 1
    open_ = np.ones(len(start), np.bool_)
    while True:
        open_ &= ahead < len(order)
        at = np.where(open_, ahead, 0)
        open_ &= (person[at] == group["person"]) & (first[at] < end)
        if not open_.any():
            return float((alive - inside).mean())
        days = np.minimum(left[at], end) - np.minimum(first[at], end)
        inside += np.where(open_, np.maximum(days, 0), 0)
        ahead += 1


def from_events(w: World, index: Any, first: int, last: int) -> dict[str, float]:
    """Outcomes that need the event log: death by overdose, care at 90 days, engagement at 30, 60 and 90 days."""
    events = w.events[: int(w.counts[0]["events"])]
    days, kinds, people = events["day"], events["kind"], len(w.patients)

    care = History(events, (E_LINKED, E_DROPS_OUT), people)
    group = index.where(index["discharge_day"] + 90 <= last)
    who, when = group["person"].astype(np.int64), group["discharge_day"].astype(np.int64)
    row, found = care.up_to(who, when + 90)
    linked = group["in_care"] == 1
    changed = found.copy()
    changed[found] = days[row[found]] > when[found]
    linked[changed] = kinds[row[changed]] == E_LINKED
    alive = (group["death_day"] < 0) | (group["death_day"] > when + 90)
    out = {"in_care_90d": mean(linked & alive)}

    deaths = events[kinds == E_DIES]
    by_overdose = np.zeros(people, np.bool_)
    by_overdose[deaths["person"][deaths["detail"] == OVERDOSED]] = True
    time, event = time_to(np.where(by_overdose[index["person"]], index["death_day"], -1), index, last)
    out["overdose_death_365d"] = float(aalen_johansen(time, event, 365)[365])

    ends = History(events, (E_CONTACT_ENDS,), people)
    met = History(events, (E_CONTACT, E_VISIT), people)
    offers = History(events, (E_ACCEPTS, E_DECLINES), people).rows
    offers = offers[days[offers] >= first]
    for window in (30, 60, 90):
        asked = offers[days[offers] + window <= last]
        who, when = events["person"][asked].astype(np.int64), days[asked].astype(np.int64)
        row, found = ends.up_to(who, when + window)
        ended = found.copy()
        ended[found] = days[row[found]] >= when[found]
        row, found = met.up_to(who, when + window)
        lately = found.copy()
        lately[found] = days[row[found]] > when[found] + window - 30
        out[f"engaged_{window}d"] = mean((kinds[asked] == E_ACCEPTS) & ~ended & lately)
    return out
