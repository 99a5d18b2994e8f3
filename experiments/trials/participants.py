"""Per-person outcomes of the participants of a trial, from a finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.trial_files.plan import Endpoint, Subgroup
from simulation import draws
from simulation.engine import Engine
from simulation.state import (
    DIED,
    E_ADMITTED,
    E_CONTACT,
    E_CONTACT_FAILED,
    E_CONTACT_MISSED,
    E_DIES,
    E_DROPS_OUT,
    E_ED,
    E_LINKED,
    E_OVERDOSE,
    E_RETURN,
    E_VISIT,
    E_VISIT_MISSED,
    PATIENT_INITIATED,
    STILL_IN,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = 10_000_000

_KINDS: dict[str, tuple[int, ...]] = {
    "readmission": (E_ADMITTED,), "admissions": (E_ADMITTED,), "ED visit": (E_ED,), "ED visits": (E_ED,),
    "readmission or death": (E_ADMITTED, E_DIES), "ED visit or death": (E_ED, E_DIES), "linkage": (E_LINKED,),
    "drop-out": (E_DROPS_OUT,), "overdose": (E_OVERDOSE,), "overdoses": (E_OVERDOSE,), "return to use": (E_RETURN,),
    "death": (E_DIES,), "reached": (E_VISIT, E_CONTACT), "contacts": (E_VISIT, E_CONTACT),
    "missed contacts": (E_VISIT_MISSED, E_CONTACT_MISSED),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """One outcome, counted for each participant.

    Attributes:
        value: 0 or 1, a count, or a number; NaN where it does not apply or is not known.
        days: Days at risk: to the event, or to death or the end of the window; alive in the window, for counts.
    """

    value: Floats
    days: Floats


class People:
    """All participants of one run, as columns.

    Args:
        engine: A finished run with a trial.
        arms: Names of its arms, in order.
    """

    def __init__(self, engine: Engine, arms: Sequence[str] = ()) -> None:
        w = engine.world
        self.n = int(w.trial[0]["enrolled"])
        self.asked = int(w.trial[0]["eligible"])
        self.rows: Any = w.participants[: self.n]
        self.arm: Ints = self.rows["arm"].astype(np.int64)
        self.last_day = engine.day - 1
        self._patients = w.patients
        self._stays = w.stays[: int(w.counts[0]["stays"])]
        self._number = np.full(len(w.patients), -1, np.int64)
        self._number[self.rows["person"]] = np.arange(self.n)
        events = w.events[: int(w.counts[0]["events"])]
        number = np.where(events["person"] >= 0, self._number[events["person"]], -1)
        self._events = events[number >= 0]
        self._who = number[number >= 0]
        row = self.rows["stay"]
        self._index = self._stays[np.maximum(row, 0)] if len(self._stays) else np.zeros(self.n, w.stays.dtype)
        self._admitted = row >= 0
        self.died = self._first(E_DIES, np.full(self.n, -1), np.full(self.n, NEVER))
        self.cluster: Ints = w.clusters["group"][self.rows["unit"]].astype(np.int64)
        self._arms = arms
        self._key = w.levers[0]["key"]
        self._parameters = engine.parameters
        self._config = engine.config
        self._slope = float(w.parameters[0]["referral.engagement"])
        self.hospital: Ints = w.units["hospital"][self.rows["unit"]].astype(np.int64)

    def dose(self, days: int, by: str = "visits and contacts") -> Ints:
        """Exposure of each person within `days` of randomisation, before any return to hospital.

        Later ones come because people came back: they would make the treated look worse, whatever the treatment does.

        Args:
            days: Days from randomisation.
            by: "visits and contacts", "visits" (in hospital), "contacts" (after discharge) or "acceptance" (0 or 1).
        """
        start = self.rows["day"].astype(np.int64)
        end = np.minimum(start + days, self._first(E_ED, start, start + days) - 1)
        if by == "acceptance":
            accepted = self.rows["accepted"].astype(np.int64)
            return np.asarray((accepted >= 0) & (accepted <= end), dtype=np.int64)
        kinds = {"visits": (E_VISIT,), "contacts": (E_CONTACT,)}.get(by, (E_VISIT, E_CONTACT))
        return sum((self._times(kind, start - 1, end) for kind in kinds), np.zeros(self.n, np.int64))

    def service(self) -> dict[str, Ints]:
        """Visits and contacts of each person since randomisation: made, tried in vain, and missed for want of time."""
        start, end = self.rows["day"].astype(np.int64) - 1, np.full(self.n, NEVER)
        return {
            "made": self._times(E_VISIT, start, end) + self._times(E_CONTACT, start, end),
            "failed": self._times(E_CONTACT_FAILED, start, end),
            "missed": self._times(E_VISIT_MISSED, start, end) + self._times(E_CONTACT_MISSED, start, end),
        }

    @property
    def seen(self) -> Bools:
        """Who was seen by the consult team."""
        return np.asarray(self.rows["seen"] > 0)

    def period(self, first_day: int, days: int) -> Ints:
        """Number of the period of `days` in which each person was enrolled."""
        return np.asarray((self.rows["day"] - first_day) // days, dtype=np.int64)

    def trait(self, variable: str) -> Floats:
        """A variable of each person by which subgroups can be made (see `SUBGROUPS`)."""
        p = self._patients[self.rows["person"]]
        if variable in ("in_care", "using", "trust", "admissions", "unit"):
            return np.asarray(self.rows[variable], dtype=np.float64)
        if variable == "hospital":
            return self.hospital.astype(np.float64)
        if variable in ("stable_housing", "adequate_cover"):
            lacks = p["unhoused" if variable == "stable_housing" else "uncovered"]
            return np.asarray(1.0 - lacks, dtype=np.float64)
        columns = {"engagement": "engage_propensity", "reachability": "reach"}
        return np.asarray(p[columns.get(variable, variable)], dtype=np.float64)

    def groups(self, by: Subgroup) -> list[tuple[str, Bools]]:
        """Groups of a variable: by its cut, by yes and no, by the median of a continuous one, or by its values."""
        values = self.trait(by.variable)
        if by.cut is not None:
            return [(f"{by.text}: {by.cut:g} or more", values >= by.cut), (f"{by.text}: less", values < by.cut)]
        if by.variable in ("frailty", "trust", "engagement", "reachability"):
            middle = float(np.median(values)) if self.n else 0.0
            return [(f"{by.text}: upper half", values > middle), (f"{by.text}: lower half", values <= middle)]
        if by.variable in ("admissions", "hospital", "unit"):
            return [(f"{by.text}: {value:g}", values == value) for value in np.unique(values)]
        return [(f"{by.text}: yes", values > 0), (f"{by.text}: no", values <= 0)]

    def count(self, endpoint: Endpoint) -> Counted:
        """Count one outcome of everybody, NaN where it does not apply or does not become known."""
        counted = self._count(endpoint)
        if not endpoint.followed_up:
            return counted
        found = self._found(endpoint.followed_up)
        return Counted(np.where(found, counted.value, np.nan), np.where(found, counted.days, np.nan))

    def _found(self, followed_up: Mapping[str, float]) -> Bools:
        """Participants who complete follow-up: a keyed draw for each person, the same for all outcomes.

        Those who engage easily are found more often, on the slope of their consent.
        """
        share = np.array([followed_up.get(name, 1.0) for name in self._arms])[self.arm]
        with np.errstate(divide="ignore"):
            odds = share / (1.0 - share) * np.exp(self._slope * self.trait("engagement"))
            chance = np.where(share < 1.0, 1.0 / (1.0 + 1.0 / odds), 1.0)
        u = [draws.uniform(self._key, draws.CONSENT, int(i), 0, 0, 2) for i in self.rows["person"]]
        return np.asarray(np.array(u) < chance)

    def _count(self, endpoint: Endpoint) -> Counted:
        name = endpoint.measure
        if not endpoint.counted.window:
            found = self._of_the_stay(name)
            return Counted(found.value - self.rows["trust"], found.days) if endpoint.change else found
        origin, known = self._origin(endpoint)
        start = origin + endpoint.shift + endpoint.after_days
        end = origin + endpoint.shift + endpoint.days
        whole = known & (end <= self.last_day)
        if name == "in care":
            return Counted(np.where(whole, self._in_care(end), np.nan), np.where(whole, 1.0, np.nan))
        if name in ("hospital days", "days at home"):
            return self._days(name, start, end, whole)
        if name == "cost":
            return self._cost(start, end, whole)
        kinds = _KINDS[name]
        if name in ("reached", "contacts"):
            start = start - (endpoint.after_days == 0)  # a worker can come on the day of randomisation itself
        alive = np.clip(np.minimum(self.died, end) - start, 0, None).astype(np.float64)
        if endpoint.counted.kind == "count":
            value = sum(self._times(kind, start, end) for kind in kinds).astype(np.float64)  # type: ignore[union-attr]
            return Counted(np.where(whole, value, np.nan), np.where(whole, alive, np.nan))
        first = np.minimum.reduce([self._first(kind, start, end) for kind in kinds])
        value = (first < NEVER).astype(np.float64)
        if name == "reached":
            value = np.maximum(value, self.seen)
        of_them = {"linkage": self.rows["in_care"] == 0, "drop-out": self.rows["in_care"] == 1}.get(name)
        if of_them is not None:
            whole = whole & of_them
        until = np.minimum.reduce([first, self.died, end])
        days = (until - start).astype(np.float64)
        if endpoint.effect == "hazard ratio":  # those whom the run's end cuts short are still known up to there
            whole = known & (self.died > start) & (start < self.last_day) & (of_them if of_them is not None else True)
            days = np.minimum(until, self.last_day) - start.astype(np.float64)
        return Counted(np.where(whole, value, np.nan), np.where(whole, np.maximum(days, 0.5), np.nan))

    def _cost(self, start: Ints, end: Ints, whole: Bools) -> Counted:
        """Cost of each person in the window: bed-days (the stay of enrolment too), visits, treatment, workers' time."""
        value = self._parameters
        who = self._number[self._stays["person"]]
        rows = np.flatnonzero(who >= 0)
        who, s = who[rows], self._stays[rows]
        left = np.where(s["type"] == STILL_IN, self.last_day, s["discharge_day"] - 1).astype(np.int64)
        inside = np.clip(np.minimum(left, end[who]) - np.maximum(s["admission_day"], start[who] + 1) + 1, 0, None)
        bed_days = np.bincount(who, weights=inside, minlength=self.n)
        minutes = self._times(E_VISIT, start, end) * value["peer_time.visit"]
        minutes = minutes + self._times(E_CONTACT, start, end) * value["peer_time.contact"]
        minutes = minutes + self._times(E_CONTACT_FAILED, start, end) * value["peer_time.attempt"]
        hour = value["cost.wage"] * value["cost.loading"]
        cost = bed_days * value["cost.inpatient_day"] + self._times(E_ED, start, end) * value["cost.ed_visit"]
        cost = cost + minutes / 60.0 * hour + self._care_days(start, end) / 365.0 * value["cost.treatment_year"]
        alive = np.clip(np.minimum(self.died, end) - start, 0, None).astype(np.float64)
        index = self._config.money.index
        return Counted(np.where(whole, cost * index, np.nan), np.where(whole, alive, np.nan))

    def _care_days(self, start: Ints, end: Ints) -> Floats:
        """Days in care of each person in the window, up to death."""
        until = np.minimum(end, self.died)
        state = self.rows["in_care"].astype(np.float64)
        since, days = start.astype(np.float64), np.zeros(self.n)
        chosen = np.isin(self._events["kind"], (E_LINKED, E_DROPS_OUT))
        order = np.flatnonzero(chosen)
        enrolled = self.rows["day"].astype(np.int64)
        for who, day, kind in zip(
            self._who[order], self._events["day"][order], self._events["kind"][order], strict=True
        ):
            if day <= enrolled[who]:
                continue
            at = min(max(float(day), float(start[who])), float(until[who]))
            days[who] += state[who] * max(0.0, at - since[who])
            since[who] = max(since[who], at)
            state[who] = float(kind == E_LINKED)
        return np.asarray(days + state * np.clip(until - since, 0, None), dtype=np.float64)

    def _origin(self, endpoint: Endpoint) -> tuple[Ints, Bools]:
        """Day from which days count, and for whom it is known."""
        day = self.rows["day"].astype(np.int64)
        if endpoint.days_from == "randomisation":
            return day, np.ones(self.n, bool)
        left = self._index["discharge_day"].astype(np.int64)
        went_home = (self._index["type"] != STILL_IN) & (self._index["type"] != DIED)
        return np.where(self._admitted & went_home, left, day), ~self._admitted | went_home

    def _of_the_stay(self, name: str) -> Counted:
        s = self._index
        ended = self._admitted & (s["type"] != STILL_IN)
        alive = ended & (s["type"] != DIED)
        value, known = {
            "patient-initiated discharge": (s["type"] == PATIENT_INITIATED, ended),
            "treatment completed": (s["completed"] == 1, ended),
            "treatment of distress": (s["medicated"] == 1, ended),
            "length of stay": (s["discharge_day"] - s["admission_day"], ended),
            "trust at discharge": (s["trust"], alive),
            "trust at 30 days": (s["trust_30d"], alive & (s["trust_30d"] >= 0)),
        }[name]
        return Counted(np.where(known, value.astype(np.float64), np.nan), np.where(known, 1.0, np.nan))

    def _of_kind(self, kind: int, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Person and day of events after `start` and up to `end`."""
        chosen = self._events["kind"] == kind
        who, day = self._who[chosen], self._events["day"][chosen].astype(np.int64)
        inside = (day > start[who]) & (day <= end[who])
        return who[inside], day[inside]

    def _times(self, kind: int, start: Ints, end: Ints) -> Ints:
        who, _ = self._of_kind(kind, start, end)
        return np.bincount(who, minlength=self.n)

    def _first(self, kind: int, start: Ints, end: Ints) -> Ints:
        who, day = self._of_kind(kind, start, end)
        first = np.full(self.n, NEVER, np.int64)
        np.minimum.at(first, who, day)
        return first

    def _in_care(self, end: Ints) -> Floats:
        """1 for people in care on the day `end`."""
        changes = np.full(self.n, -1, np.int64)
        before = np.full(self.n, -1, np.int64)
        state = self.rows["in_care"].astype(np.float64)
        for kind, now in ((E_LINKED, 1.0), (E_DROPS_OUT, 0.0)):
            who, day = self._of_kind(kind, self.rows["day"].astype(np.int64), end)
            last = before.copy()
            np.maximum.at(last, who, day)
            newer = last > changes
            state[newer] = now
            changes = np.maximum(changes, last)
        return np.where(self.died <= end, 0.0, state)

    def _days(self, name: str, start: Ints, end: Ints, whole: Bools) -> Counted:
        """Midnights in hospital without the stay of enrolment, or midnights alive and out of hospital."""
        who = self._number[self._stays["person"]]
        rows = np.flatnonzero(who >= 0)
        if name == "hospital days":
            rows = rows[self.rows["stay"][who[rows]] != rows]
        who = who[rows]
        s = self._stays[rows]
        left = np.where(s["type"] == STILL_IN, self.last_day, s["discharge_day"] - 1).astype(np.int64)
        inside = np.minimum(left, end[who]) - np.maximum(s["admission_day"], start[who] + 1) + 1
        days = np.bincount(who, weights=np.clip(inside, 0, None), minlength=self.n)
        alive = np.clip(np.minimum(self.died, end) - start, 0, None).astype(np.float64)
        value = days if name == "hospital days" else alive - days
        return Counted(np.where(whole, value, np.nan), np.where(whole, alive, np.nan))
