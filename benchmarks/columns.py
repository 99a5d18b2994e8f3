"""The subset as NumPy columns: one array per attribute, one vectorised pass over everybody a day.

As a careful NumPy user would write it: hazards that change only with a person's status are columns of their own,
people in hospital are handled by their row numbers, transients are multiplied in place. Hazards of a day are taken at
its middle.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from benchmarks.subset import (
    DIED,
    LONG_AGO,
    PATIENT_INITIATED,
    PLANNED,
    REFERENCE_MORTALITY,
    Counts,
    Stay,
    outcomes,
    usual_mix,
    values,
)
from simulation.config import Config
from simulation.population import mortality

HOME, WAITING, IN_HOSPITAL, DEAD = 0, 1, 2, 3
NONE = -1


class Columns:
    """The state of one run."""

    def __init__(self, config: Config, seed: int) -> None:
        self.config = config
        self.p = p = values(config)
        self.rng = rng = np.random.default_rng(seed)
        self.day = 0
        self.days: list[Counts] = []
        self.today = Counts()
        n, h = config.population.size, config.hospital

        def clipped(mean: float, sd: float) -> np.ndarray:
            return np.clip(mean + sd * rng.standard_normal(n), 0.0, 1.0)

        self.hospital = rng.integers(h.count, size=n)
        sd = p["population.frailty_sd"]
        self.frailty = np.exp(sd * rng.standard_normal(n) - 0.5 * sd * sd)
        self.leave_propensity = rng.standard_normal(n)
        r = p["population.selection"]
        self.engage_propensity = math.sqrt(1.0 - r * r) * rng.standard_normal(n) - r * self.leave_propensity
        self.unhoused = rng.random(n) >= p["population.stable_housing"]
        self.co_occurring = rng.random(n) < p["population.co_occurring"]
        self.injecting = rng.random(n) < p["population.injecting"]
        self.usual_trust = clipped(p["population.trust_mean"], p["population.trust_sd"])
        self.usual_stigma = clipped(p["population.stigma_mean"], p["population.stigma_sd"])
        self.trust, self.stigma = self.usual_trust.copy(), self.usual_stigma.copy()
        self.in_care = rng.random(n) < p["population.in_care"]
        self.using = rng.random(n) < p["after_discharge.using_at_start"]
        self.place = np.zeros(n, np.int8)
        for name in ("need", "received", "distress", "residual", "surge", "frail_surge", "link_hazard"):
            setattr(self, name, np.zeros(n))
        for name in ("need_hazard", "overdose_hazard", "death_hazard", "care_hazard", "use_hazard"):
            setattr(self, name, np.zeros(n))
        self.disclosed, self.medicated = np.zeros(n, bool), np.zeros(n, bool)
        sd = p["after_discharge.overdose_spread"]
        self.overdose_proneness = np.exp(sd * rng.standard_normal(n) - 0.5 * sd * sd)
        self.woman = (rng.random(n) < p["population.women"]).astype(int)
        age = p["turnover.entry_age"] + p["turnover.entry_age_sd"] * rng.standard_normal(n)
        leaving = 0.7 * p["turnover.moves"] + p["turnover.stops"]
        self.age = np.clip(age, 18.0, 80.0) + np.minimum(rng.standard_exponential(n) / leaving, 90.0)
        self.mortality = mortality()
        self.usual_mix = usual_mix(p)
        self.overdosed = np.zeros(n, bool)
        self.discharge_day = np.full(n, LONG_AGO, np.int64)
        self.overdose_day = np.full(n, LONG_AGO, np.int64)
        self.need_day = np.zeros(n, np.int64)
        self.unit = np.zeros(n, np.int64)
        self.stay = np.full(n, NONE, np.int64)  # row of the present or last stay
        self.set_hazards(np.arange(n))
        self.fades = {
            "residual": math.exp(-1.0 / p["acute_need.residual_days"]),
            "frail_surge": math.exp(-1.0 / p["after_discharge.death_surge_days"]),
            "link_hazard": math.exp(-1.0 / p["linkage.window"]),
        }
        self.middle = {name: math.sqrt(fade) for name, fade in self.fades.items()}
        self.trust_fade = math.exp(-p["population.trust_memory"])
        self.stigma_fade = math.exp(-p["population.stigma_memory"])

        self.rosters = [[h.ed_nurses, h.ed_physicians]] + [[h.nurses_per_unit, h.physicians_per_unit]] * h.units
        self.rosters = np.array(self.rosters * h.count)
        self.first = np.concatenate(([0], np.cumsum(self.rosters.ravel())))[:-1].reshape(-1, 2)
        staff = int(self.rosters.sum())
        nurse = np.repeat(np.tile([True, False], len(self.rosters)), self.rosters.ravel())
        mean, sd = p["clinicians_change.stigma_mean"], p["clinicians_change.stigma_sd"]
        stigma = np.clip(mean + sd * rng.standard_normal(staff), 0.0, 1.0)
        high = np.where(nurse, p["clinicians_change.high_nurse"], p["clinicians_change.high_physician"])
        sd = p["clinicians_change.burnout_sd"]
        burnout = p["clinicians_change.burnout_cut_off"] + sd * (ndtri(high) + rng.standard_normal(staff))
        enacted = p["encounters.clinician_stigma"] * (stigma - 0.4)
        enacted += p["encounters.burnout"] * np.clip(burnout, 0.0, 1.0)
        self.enacts = np.minimum(p["encounters.enacted"] * np.exp(enacted), 0.9)
        self.not_good = 1.0 - p["encounters.good"] * (1.0 - stigma)

        rows = 1024 + 2 * n
        self.stays = 0
        self.of = {
            name: np.full(rows, NONE, np.int64)
            for name in ("person", "admission", "discharge", "kind", "readmission", "linkage", "overdose", "previous")
        }
        self.marks = {name: np.zeros(rows) for name in ("trust", "stigma", "completed", "disclosed", "in_care")}

    def set_hazards(self, who: np.ndarray) -> None:
        """Hazards per day that change only with use and care."""
        p, care, using = self.p, self.in_care[who], self.using[who]
        self.need_hazard[who] = (
            p["acute_need.rate"]
            / 365.0
            * self.frailty[who]
            * np.exp(
                p["acute_need.unhoused"] * self.unhoused[who]
                + p["acute_need.in_care"] * care
                + p["acute_need.using"] * using
                + p["acute_need.injecting"] * self.injecting[who]
            )
        )
        yearly = np.where(care, p["after_discharge.overdose_in"], p["after_discharge.overdose_out"])
        yearly = yearly * self.overdose_proneness[who] / self.usual_mix
        self.overdose_hazard[who] = yearly / 365.0 * np.where(using, 1.0, p["after_discharge.abstinent"])
        excess = np.where(care, p["after_discharge.death_in"], p["after_discharge.death_out"]) / REFERENCE_MORTALITY
        age = np.minimum((self.age[who] + self.day / 365.25).astype(int), 110)
        self.death_hazard[who] = self.mortality[self.woman[who], age] / 365.0
        self.death_hazard[who] *= 1.0 + excess * self.frailty[who] ** p["after_discharge.death_frailty"]
        self.care_hazard[who] = np.where(care, p["linkage.drop_out"], p["linkage.background"]) / 365.0
        again = p["after_discharge.return_to_use"] * np.where(care, math.exp(p["after_discharge.return_in_care"]), 1.0)
        pauses = p["after_discharge.pauses"] / 365.0 * np.where(care, p["after_discharge.pauses_in_care"], 1.0)
        self.use_hazard[who] = np.where(using, pauses, again)

    def step(self) -> None:
        """One day."""
        self.today = Counts()
        self.day_at_home()
        self.day_on_units(np.flatnonzero(self.place == IN_HOSPITAL))
        self.today.census = int((self.place == IN_HOSPITAL).sum())
        self.today.alive = int((self.place != DEAD).sum())
        self.days.append(self.today)
        self.day += 1

    def day_at_home(self) -> None:
        """Hazards of a day outside hospital, and what fades in it."""
        p, middle = self.p, self.middle
        need = (p["acute_need.residual"] * middle["residual"]) * self.residual
        need += 1.0
        need *= self.need_hazard
        overdose = self.overdose_hazard.copy()
        since = self.day - self.discharge_day
        soon = np.flatnonzero(since <= 14)
        most = np.where(since[soon] <= 2, p["after_discharge.days_1_2"], p["after_discharge.days_3_14"])
        overdose[soon] *= 1.0 + self.surge[soon] * (most - 1.0)
        overdose[self.day - self.overdose_day <= 30] *= p["after_discharge.after_overdose"]
        death = middle["frail_surge"] * self.frail_surge
        death += 1.0
        death *= self.death_hazard
        care = middle["link_hazard"] * self.link_hazard
        care *= ~self.in_care
        care += self.care_hazard
        waits = np.flatnonzero(self.place == WAITING)
        need[waits] = p["care_seeking.easing"]
        waited = self.day - self.need_day[waits] - 0.5
        seek = np.zeros_like(need)
        seek[waits] = (
            0.5
            * p["care_seeking.rate"]
            * (1.0 + np.exp(p["care_seeking.urgency"] * waited))
            * np.exp(
                p["care_seeking.trust"] * (self.trust[waits] - 0.5)
                + p["care_seeking.stigma"] * (self.stigma[waits] - 0.4)
            )
        )
        hazards = (need, seek, overdose, death, care, self.use_hazard)
        total = need + seek
        for hazard in hazards[2:]:
            total += hazard
        total *= self.place <= WAITING
        wait = self.rng.standard_exponential(len(total))
        happens = np.flatnonzero(wait < total)

        # In hospital nothing drifts; the other transients are set anew at discharge and may fade there unseen.
        inside = np.flatnonzero(self.place == IN_HOSPITAL)
        for name, fade in self.fades.items():
            column = getattr(self, name)
            column *= fade
        for column, usual, fade in (
            (self.trust, self.usual_trust, self.trust_fade),
            (self.stigma, self.usual_stigma, self.stigma_fade),
        ):
            kept = column[inside]
            column -= usual
            column *= fade
            column += usual
            column[inside] = kept
        left = 1.0 - wait[happens] / total[happens]
        self.events_of_day(happens, np.array([hazard[happens] for hazard in hazards]), left)

    def events_of_day(self, who: np.ndarray, hazards: np.ndarray, left: np.ndarray) -> None:
        """First events of a day, and what else happens in the `left` part of it; what they start, starts tomorrow."""
        while len(who):
            levels = np.cumsum(hazards, axis=0)
            cause = (self.rng.random(len(who)) * levels[-1] >= levels).sum(axis=0)
            self.need_changes(who[cause == 0])
            overdosed, transported = self.overdoses(who[cause == 2])
            self.die(np.concatenate((who[cause == 3], overdosed)))
            self.change_care(who[cause == 4])
            again = who[cause == 5]
            self.using[again] = ~self.using[again]
            self.set_hazards(again)
            arrivals = np.concatenate((who[cause == 1], transported))
            hazards[cause, np.arange(len(who))] = 0.0
            hazards[:2, cause <= 1] = 0.0
            total = hazards.sum(axis=0)
            left = left - self.rng.standard_exponential(len(who)) / np.maximum(total, 1e-300)
            self.arrive(arrivals)
            goes_on = (left > 0.0) & (self.place[who] <= WAITING)
            who, hazards, left = who[goes_on], hazards[:, goes_on], left[goes_on]

    def need_changes(self, who: np.ndarray) -> None:
        """Acute need begins, or eases untreated."""
        well = self.place[who] == HOME
        begins, eases = who[well], who[~well]
        p = self.p
        self.begin_need(begins)
        heaviest = p["discharge.stay_median"] * math.exp(p["discharge.stay_sd"] * p["acute_need.settled_limit"])
        settled = self.in_care[begins] & (self.need[begins] <= heaviest)
        settled &= self.rng.random(len(begins)) < p["acute_need.settled_in_care"]
        self.place[begins] = np.where(settled, HOME, WAITING)
        self.residual[begins[settled]] = np.maximum(self.residual[begins[settled]], p["acute_need.after_stay"])
        self.place[eases] = HOME
        self.residual[eases] = np.maximum(self.residual[eases], self.p["care_seeking.untreated"])

    def begin_need(self, who: np.ndarray) -> None:
        z = self.rng.standard_normal(len(who))
        self.need[who] = self.p["discharge.stay_median"] * np.exp(self.p["discharge.stay_sd"] * z)
        self.received[who] = 0.0
        self.need_day[who] = self.day
        self.overdosed[who] = False

    def overdoses(self, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the people who die and those taken to the emergency department."""
        self.today.overdoses += len(who)
        self.overdose_day[who] = self.day
        self.mark("overdose", who)
        survives = self.rng.random(len(who)) < self.p["after_discharge.overdose_survival"]
        taken = who[survives & (self.rng.random(len(who)) < self.p["after_discharge.overdose_ed"])]
        well = taken[self.place[taken] == HOME]
        self.begin_need(well)
        self.overdosed[well] = True
        return who[~survives], taken

    def mark(self, what: str, who: np.ndarray) -> None:
        """Note the day on the last stay; earlier ones get it at the end."""
        rows = self.stay[who]
        rows = rows[rows >= 0]
        rows = rows[self.of[what][rows] == NONE]
        self.of[what][rows] = self.day

    def die(self, who: np.ndarray) -> None:
        self.today.deaths += len(who)
        self.place[who] = DEAD

    def change_care(self, who: np.ndarray) -> None:
        self.in_care[who] = ~self.in_care[who]
        enter = who[self.in_care[who]]
        self.stop_using(enter)
        self.mark("linkage", enter)
        self.set_hazards(who)

    def stop_using(self, who: np.ndarray) -> None:
        self.using[who] &= self.rng.random(len(who)) >= self.p["after_discharge.stopped"]

    def arrive(self, who: np.ndarray) -> None:
        """The emergency department admits, or sees and sends home."""
        p = self.p
        self.today.ed_visits += len(who)
        self.need[who] *= np.exp(p["care_seeking.worsening"] * np.minimum(self.day - self.need_day[who], 60))
        chance = np.where(self.overdosed[who], p["beds.overdose"], p["beds.admission"])
        admitted = self.rng.random(len(who)) < chance
        back, who = who[~admitted], who[admitted]
        per_hospital = self.config.hospital.units + 1
        self.meet_clinicians(back, self.hospital[back] * per_hospital)
        self.place[back] = HOME
        self.residual[back] = np.maximum(self.residual[back], p["acute_need.after_stay"])

        self.today.admissions += len(who)
        self.place[who] = IN_HOSPITAL
        self.unit[who] = self.hospital[who] * per_hospital + 1 + self.rng.integers(per_hospital - 1, size=len(who))
        z = self.rng.standard_normal(len(who))
        self.distress[who] = np.clip(p["disclosure.distress_mean"] + p["disclosure.distress_sd"] * z, 0.0, 1.0)
        self.disclosed[who] = False
        self.medicated[who] = False
        rows = np.arange(self.stays, self.stays + len(who))
        before = self.stay[who]
        self.of["readmission"][before[before >= 0]] = self.day
        self.of["previous"][rows] = before
        self.of["person"][rows] = who
        self.of["admission"][rows] = self.day
        self.stay[who] = rows
        self.stays += len(who)

    def meet_clinicians(self, who: np.ndarray, unit: np.ndarray) -> None:
        """Encounters of one day: good, stigmatising, or neither."""
        p, rng = self.p, self.rng
        trust, stigma = self.trust[who], self.stigma[who]
        for profession, name in enumerate(("nurse", "physician")):
            number = (p[f"encounters.{name}"] + rng.random(len(who))).astype(int)
            roster, first = self.rosters[unit, profession], self.first[unit, profession]
            for k in range(int(p[f"encounters.{name}"]) + 1):
                meets = number > k
                if not meets.any():
                    continue
                clinician = first + (rng.random(len(who)) * roster).astype(int)
                how = rng.random(len(who))
                bad = meets & (how < self.enacts[clinician])
                good = meets & ~bad & (how > self.not_good[clinician])
                trust += np.where(good, p["encounters.trust_gain"] * (1.0 - trust), 0.0)
                stigma -= np.where(good, p["encounters.stigma_loss"] * stigma, 0.0)
                trust -= np.where(bad, p["encounters.trust_loss"] * trust, 0.0)
                stigma += np.where(bad, p["encounters.stigma_gain"] * (1.0 - stigma), 0.0)
        self.trust[who], self.stigma[who] = trust, stigma

    def day_on_units(self, who: np.ndarray) -> None:
        """Encounters, conflict, distress, disclosure, and the ways out, of the people in hospital."""
        p, rng = self.p, self.rng
        t = self.day - self.of["admission"][self.stay[who]]
        self.meet_clinicians(who, self.unit[who])
        chance = p["encounters.conflict"] * np.exp(p["encounters.conflict_distress"] * self.distress[who])
        harmed = who[rng.random(len(who)) < np.minimum(chance, 0.9)]
        self.trust[harmed] *= 1.0 - p["encounters.conflict_harm"]
        self.stigma[harmed] += p["encounters.conflict_harm"] * (1.0 - self.stigma[harmed])
        distress = self.distress[who]
        rises = distress + p["disclosure.rise"] * (1.0 - distress)
        falls = np.where(self.medicated[who], 1.0 - p["disclosure.relief"], 1.0 - p["disclosure.decay"]) * distress
        distress = np.where(self.medicated[who] | (t >= p["disclosure.peak_day"]), falls, rises)
        self.distress[who] = distress
        trust, stigma = self.trust[who], self.stigma[who]
        hazard = p["disclosure.rate"] * np.exp(
            p["disclosure.trust"] * (trust - 0.5) + p["disclosure.stigma"] * (stigma - 0.4)
        )
        tells = who[~self.disclosed[who] & (rng.random(len(who)) < -np.expm1(-hazard))]
        self.disclosed[tells] = True
        self.medicated[tells] = rng.random(len(tells)) < p["disclosure.medication"]

        ratio = np.where(t < 14, p["after_discharge.hospital_early"], p["after_discharge.hospital_late"])
        overdosed = rng.random(len(who)) < -np.expm1(-ratio * self.overdose_hazard[who])
        self.today.overdoses += int(overdosed.sum())
        self.overdose_day[who[overdosed]] = self.day
        fatal = overdosed & (rng.random(len(who)) >= p["after_discharge.overdose_survival"])

        leave = p["discharge.patient_initiated"] * np.exp(
            p["discharge.distress"] * distress
            + p["discharge.stigma"] * (stigma - 0.4)
            + p["discharge.trust"] * (trust - 0.5)
            + p["discharge.early"] * np.exp(-t / p["discharge.early_days"])
            + p["discharge.propensity"] * self.leave_propensity[who]
            + p["discharge.co_occurring"] * self.co_occurring[who]
        )
        death = p["discharge.death"] * self.frailty[who]
        left = np.maximum(0.0, self.need[who] - self.received[who])
        self.received[who] += 1.0
        competes = rng.random(len(who)) < -np.expm1(-(leave + death) * np.minimum(1.0, left))
        dies = competes & (rng.random(len(who)) * (leave + death) >= leave)
        ends = competes | (left <= 1.0) | fatal
        kind = np.where(dies | fatal, 2, np.where(competes, 1, 0))
        self.discharge(who[ends], kind[ends])

    def discharge(self, who: np.ndarray, kind: np.ndarray) -> None:
        p, rows = self.p, self.stay[who]
        completed = np.where(kind == 0, 1.0, np.minimum(1.0, self.received[who] / self.need[who]))
        self.of["kind"][rows] = kind
        self.of["discharge"][rows] = self.day
        self.marks["completed"][rows] = (completed >= 1.0) & (kind != 2)
        for name in ("trust", "stigma", "disclosed", "in_care"):
            self.marks[name][rows] = getattr(self, name)[who]
        self.die(who[kind == 2])
        who, completed, kind = who[kind != 2], completed[kind != 2], kind[kind != 2]
        self.place[who] = HOME
        after = p["acute_need.after_stay"]
        self.residual[who] = after + (1.0 - after) * (1.0 - completed)
        self.surge[who] = np.where(kind == 0, p["after_discharge.excess_planned"], p["after_discharge.excess_early"])
        self.discharge_day[who] = self.day
        self.frail_surge[who] = p["after_discharge.death_surge"]
        plan = p["discharge.plan_base"] * np.where(kind == 0, 1.0, p["discharge.plan_unplanned"])
        self.link_hazard[who] = p["linkage.rate"] * np.exp(
            p["linkage.plan"] * plan
            + p["linkage.trust"] * (self.trust[who] - 0.5)
            + p["linkage.treated"] * self.medicated[who]
            + p["linkage.engagement"] * self.engage_propensity[who]
        )
        treated = who[self.medicated[who]]
        self.stop_using(treated)
        self.set_hazards(who)

    def run(self) -> None:
        """All days."""
        for _ in range(self.config.horizon):
            self.step()

    def outcomes(self) -> dict[str, float]:
        """Outcomes, by the same definitions as for the object model."""
        of = self.of
        for row in range(self.stays - 1, -1, -1):
            before = of["previous"][row]
            if before >= 0:
                for what in ("linkage", "overdose"):
                    if of[what][before] == NONE:
                        of[what][before] = of[what][row]
        kinds = {0: PLANNED, 1: PATIENT_INITIATED, 2: DIED, NONE: ""}
        stays = [
            Stay(
                person=int(of["person"][row]),
                admission_day=int(of["admission"][row]),
                discharge_day=int(of["discharge"][row]),
                kind=kinds[int(of["kind"][row])],
                trust=float(self.marks["trust"][row]),
                stigma=float(self.marks["stigma"][row]),
                completed=bool(self.marks["completed"][row]),
                disclosed=bool(self.marks["disclosed"][row]),
                in_care=bool(self.marks["in_care"][row]),
                readmission_day=int(of["readmission"][row]),
                linkage_day=int(of["linkage"][row]),
                overdose_day=int(of["overdose"][row]),
            )
            for row in range(self.stays)
        ]
        return outcomes(stays, self.days, self.config)


def run(config: Config, seed: int) -> dict[str, float]:
    """Outcomes of one run."""
    columns = Columns(config, seed)
    columns.run()
    return columns.outcomes()
