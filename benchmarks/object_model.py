"""The subset as an idiomatic Mesa model: one object per person and clinician, a `step` that asks everybody daily.

Written from the equations of the design, not through the kernels, and as a careful Mesa user would: hazards that
change only with a person's status are kept on the agent, transients that have faded are dropped, and agents act by
`AgentSet.do` (nobody waits for anybody here, so the cheaper unshuffled form is right). Hazards of a day are taken at
its middle.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import mesa

from benchmarks.subset import (
    DIED,
    LONG_AGO,
    NOT_YET,
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

HOME, WAITING, IN_HOSPITAL = "home", "waiting", "in hospital"
GONE = 1e-6
"""A transient below this has faded."""


def clip(x: float) -> float:
    return min(1.0, max(0.0, x))


class Clinician(mesa.Agent):
    """A clinician; with `clinicians_change` off, stigma and burnout stay as they were at hire."""

    def __init__(self, model: SubsetModel, nurse: bool) -> None:
        super().__init__(model)
        p, gauss = model.p, model.random.gauss
        self.stigma = clip(gauss(p["clinicians_change.stigma_mean"], p["clinicians_change.stigma_sd"]))
        high = p["clinicians_change.high_nurse" if nurse else "clinicians_change.high_physician"]
        sd = p["clinicians_change.burnout_sd"]
        self.burnout = clip(gauss(p["clinicians_change.burnout_cut_off"] + sd * NormalDist().inv_cdf(high), sd))
        enacted = p["encounters.enacted"] * math.exp(
            p["encounters.clinician_stigma"] * (self.stigma - 0.4) + p["encounters.burnout"] * self.burnout
        )
        self.enacts = min(enacted, 0.9)
        self.not_good = 1.0 - p["encounters.good"] * (1.0 - self.stigma)

    def step(self) -> None:
        """Nothing changes in a clinician in the subset."""


class Unit:
    """A unit and its roster; encounters are with nurses and physicians drawn from it."""

    def __init__(self, model: SubsetModel, nurses: int, physicians: int) -> None:
        self.nurses = [Clinician(model, nurse=True) for _ in range(nurses)]
        self.physicians = [Clinician(model, nurse=False) for _ in range(physicians)]


class Hospital:
    """An emergency department and inpatient units that always have a bed."""

    def __init__(self, model: SubsetModel) -> None:
        h = model.config.hospital
        self.emergency = Unit(model, h.ed_nurses, h.ed_physicians)
        self.units = [Unit(model, h.nurses_per_unit, h.physicians_per_unit) for _ in range(h.units)]


class Person(mesa.Agent):
    """A person of the catchment population."""

    def __init__(self, model: SubsetModel) -> None:
        super().__init__(model)
        p, gauss, uniform = model.p, model.random.gauss, model.random.random
        self.hospital = model.random.choice(model.hospitals)
        sd = p["population.frailty_sd"]
        self.frailty = math.exp(gauss(0.0, sd) - 0.5 * sd * sd)
        self.leave_propensity = gauss(0.0, 1.0)
        r = p["population.selection"]
        self.engage_propensity = gauss(0.0, math.sqrt(1.0 - r * r)) - r * self.leave_propensity
        self.unhoused = uniform() >= p["population.stable_housing"]
        self.co_occurring = uniform() < p["population.co_occurring"]
        self.injecting = uniform() < p["population.injecting"]
        self.usual_trust = self.trust = clip(gauss(p["population.trust_mean"], p["population.trust_sd"]))
        self.usual_stigma = self.stigma = clip(gauss(p["population.stigma_mean"], p["population.stigma_sd"]))
        self.in_care = uniform() < p["population.in_care"]
        self.using = uniform() < p["after_discharge.using_at_start"]
        self.place = HOME
        self.unit: Unit | None = None
        self.need = 0.0
        self.received = 0.0
        self.need_day = 0
        self.distress = 0.0
        self.disclosed = False
        self.medicated = False
        self.residual = 0.0
        sd = p["after_discharge.overdose_spread"]
        self.overdose_proneness = math.exp(gauss(0.0, sd) - 0.5 * sd * sd)
        self.woman = uniform() < p["population.women"]
        joined_at = min(max(gauss(p["turnover.entry_age"], p["turnover.entry_age_sd"]), 18.0), 80.0)
        leaving = 0.7 * p["turnover.moves"] + p["turnover.stops"]
        # The comparator is plain Mesa, so it draws from the model's own generator and not by keys.
        self.age = joined_at + min(model.random.expovariate(leaving), 90.0)
        self.surge = 0.0  # share of the excess of overdose after discharge
        self.discharge_day = LONG_AGO
        self.overdose_day = LONG_AGO
        self.overdosed = False
        self.frail_surge = 0.0
        self.link_hazard = 0.0  # of a first visit because of the last stay; fades
        self.stays: list[Stay] = []
        self.set_hazards()

    def set_hazards(self) -> None:
        """Hazards per day that change only with use and care."""
        p = self.model.p
        care = "in" if self.in_care else "out"
        self.need_hazard = (
            p["acute_need.rate"]
            / 365.0
            * self.frailty
            * math.exp(
                p["acute_need.unhoused"] * self.unhoused
                + p["acute_need.in_care"] * self.in_care
                + p["acute_need.using"] * self.using
                + p["acute_need.injecting"] * self.injecting
            )
        )
        abstinent = 1.0 if self.using else p["after_discharge.abstinent"]
        self.overdose_hazard = p[f"after_discharge.overdose_{care}"] / 365.0 * abstinent
        self.overdose_hazard *= self.overdose_proneness / self.model.usual_mix
        excess = p[f"after_discharge.death_{care}"] / REFERENCE_MORTALITY
        age = min(int(self.age + self.model.day / 365.25), 110)
        self.death_hazard = self.model.mortality[int(self.woman)][age] / 365.0
        self.death_hazard *= 1.0 + excess * self.frailty ** p["after_discharge.death_frailty"]
        self.care_hazard = p["linkage.drop_out" if self.in_care else "linkage.background"] / 365.0
        self.use_hazard = p["after_discharge.pauses"] / 365.0
        if self.using:
            self.use_hazard *= p["after_discharge.pauses_in_care"] if self.in_care else 1.0
        else:
            self.use_hazard = p["after_discharge.return_to_use"]
            if self.in_care:
                self.use_hazard *= math.exp(p["after_discharge.return_in_care"])

    def step(self) -> None:
        """One day."""
        if self.place != IN_HOSPITAL:
            self.day_at_home()
        if self.place == IN_HOSPITAL:
            self.day_on_unit()

    def day_at_home(self) -> None:
        """Hazards of a day outside hospital."""
        m = self.model
        overdose, death, care = self.overdose_hazard, self.death_hazard, self.care_hazard
        seek = 0.0
        if self.place == HOME:
            need = self.need_hazard
            if self.residual:
                need *= 1.0 + m.residual_now * self.residual
        else:
            need = m.easing
            waited = m.day - self.need_day - 0.5
            seek = (
                m.seek_rate
                * (1.0 + math.exp(m.urgency * waited))
                * math.exp(m.seek_trust * (self.trust - 0.5) + m.seek_stigma * (self.stigma - 0.4))
            )
        overdose *= self.times_of_risk()
        if self.frail_surge:
            death *= 1.0 + m.frail_surge_now * self.frail_surge
        if self.link_hazard and not self.in_care:
            care += m.link_now * self.link_hazard
        self.fade()
        total = need + seek + overdose + death + care + self.use_hazard
        u = m.random.random()
        if u > math.exp(-total):
            self.events_of_day([need, seek, overdose, death, care, self.use_hazard], 1.0 + math.log(u) / total)

    def events_of_day(self, hazards: list[float], left: float) -> None:
        """First event of a day, and what else happens in the `left` part of it; what it starts, starts tomorrow."""
        random = self.random
        happen = (self.need_changes, self.arrive, self.overdose, self.die, self.change_care, self.change_use)
        while left > 0.0:
            (k,) = random.choices(range(len(hazards)), hazards)
            happen[k]()
            if self.place not in (HOME, WAITING):
                return
            hazards[k] = 0.0
            if k <= 1:
                hazards[0] = hazards[1] = 0.0
            total = sum(hazards)
            if total <= 0.0:
                return
            left -= random.expovariate(total)

    def fade(self) -> None:
        """What fades or drifts in a day at home."""
        m = self.model
        if self.residual:
            self.residual = self.residual * m.residual_fade if self.residual > GONE else 0.0
        if self.frail_surge:
            self.frail_surge = self.frail_surge * m.frail_surge_fade if self.frail_surge > GONE else 0.0
        if self.link_hazard:
            self.link_hazard = self.link_hazard * m.link_fade if self.link_hazard > GONE else 0.0
        if self.trust != self.usual_trust:
            self.trust = self.usual_trust + (self.trust - self.usual_trust) * m.trust_fade
        if self.stigma != self.usual_stigma:
            self.stigma = self.usual_stigma + (self.stigma - self.usual_stigma) * m.stigma_fade

    def need_changes(self) -> None:
        """Acute need begins, or eases untreated."""
        p = self.model.p
        if self.place == HOME:
            self.begin_need()
            heaviest = p["discharge.stay_median"] * math.exp(p["discharge.stay_sd"] * p["acute_need.settled_limit"])
            light = self.need <= heaviest
            if self.in_care and light and self.random.random() < p["acute_need.settled_in_care"]:
                self.residual = max(self.residual, p["acute_need.after_stay"])
            else:
                self.place = WAITING
        else:
            self.place = HOME
            self.residual = max(self.residual, self.model.p["care_seeking.untreated"])

    def begin_need(self) -> None:
        p = self.model.p
        self.need = p["discharge.stay_median"] * math.exp(self.random.gauss(0.0, p["discharge.stay_sd"]))
        self.received = 0.0
        self.need_day = self.model.day
        self.overdosed = False

    def times_of_risk(self) -> float:
        """Hazard ratio of overdose by the days since discharge and since the last one."""
        p, day = self.model.p, self.model.day
        ratio = 1.0
        since = day - self.discharge_day
        if self.surge and since <= 14:
            ratio += self.surge * (p["after_discharge.days_1_2" if since <= 2 else "after_discharge.days_3_14"] - 1.0)
        if day - self.overdose_day <= 30:
            ratio *= p["after_discharge.after_overdose"]
        return ratio

    def overdose(self) -> None:
        m = self.model
        self.overdose_day = m.day
        m.today.overdoses += 1
        for stay in self.stays:
            if stay.overdose_day == NOT_YET:
                stay.overdose_day = m.day
        if self.random.random() >= m.p["after_discharge.overdose_survival"]:
            self.die()
        elif self.random.random() < m.p["after_discharge.overdose_ed"]:
            if self.place == HOME:
                self.begin_need()
                self.overdosed = True
            self.arrive()

    def change_care(self) -> None:
        self.in_care = not self.in_care
        if self.in_care:
            self.stop_using()
            for stay in self.stays:
                if stay.linkage_day == NOT_YET:
                    stay.linkage_day = self.model.day
        self.set_hazards()

    def change_use(self) -> None:
        self.using = not self.using
        self.set_hazards()

    def stop_using(self) -> None:
        if self.using and self.random.random() < self.model.p["after_discharge.stopped"]:
            self.using = False

    def die(self) -> None:
        self.model.today.deaths += 1
        self.remove()
        self.place = DIED

    def arrive(self) -> None:
        """The emergency department admits, or sees and sends home."""
        m = self.model
        m.today.ed_visits += 1
        self.need *= math.exp(m.p["care_seeking.worsening"] * min(m.day - self.need_day, 60))
        if self.random.random() < m.p["beds.overdose" if self.overdosed else "beds.admission"]:
            self.admit()
        else:
            self.meet_clinicians(self.hospital.emergency)
            self.place = HOME
            self.residual = max(self.residual, m.p["acute_need.after_stay"])

    def admit(self) -> None:
        m = self.model
        m.today.admissions += 1
        m.inpatients += 1
        self.place = IN_HOSPITAL
        self.unit = self.random.choice(self.hospital.units)
        self.distress = clip(self.random.gauss(m.p["disclosure.distress_mean"], m.p["disclosure.distress_sd"]))
        self.disclosed = False
        self.medicated = False
        if self.stays:
            self.stays[-1].readmission_day = m.day
        stay = Stay(person=self.unique_id, admission_day=m.day)
        self.stays.append(stay)
        m.stays.append(stay)

    def meet_clinicians(self, unit: Unit) -> None:
        """Encounters of one day: good, stigmatising, or neither."""
        p, random = self.model.p, self.random
        nurses = int(p["encounters.nurse"] + random.random())
        physicians = int(p["encounters.physician"] + random.random())
        for roster, number in ((unit.nurses, nurses), (unit.physicians, physicians)):
            for _ in range(number):
                clinician = random.choice(roster)
                how = random.random()
                if how < clinician.enacts:
                    self.trust -= p["encounters.trust_loss"] * self.trust
                    self.stigma += p["encounters.stigma_gain"] * (1.0 - self.stigma)
                elif how > clinician.not_good:
                    self.trust += p["encounters.trust_gain"] * (1.0 - self.trust)
                    self.stigma -= p["encounters.stigma_loss"] * self.stigma

    def day_on_unit(self) -> None:
        """Encounters, conflict, distress, disclosure, and the ways out."""
        m = self.model
        p, random = m.p, self.random
        day_of_stay = m.day - self.stays[-1].admission_day
        self.meet_clinicians(self.unit)
        conflict = p["encounters.conflict"] * math.exp(p["encounters.conflict_distress"] * self.distress)
        if random.random() < min(conflict, 0.9):
            self.trust -= p["encounters.conflict_harm"] * self.trust
            self.stigma += p["encounters.conflict_harm"] * (1.0 - self.stigma)
        if self.medicated:
            self.distress -= p["disclosure.relief"] * self.distress
        elif day_of_stay < p["disclosure.peak_day"]:
            self.distress += p["disclosure.rise"] * (1.0 - self.distress)
        else:
            self.distress -= p["disclosure.decay"] * self.distress
        if not self.disclosed:
            hazard = p["disclosure.rate"] * math.exp(
                p["disclosure.trust"] * (self.trust - 0.5) + p["disclosure.stigma"] * (self.stigma - 0.4)
            )
            if random.random() < 1.0 - math.exp(-hazard):
                self.disclosed = True
                self.medicated = random.random() < p["disclosure.medication"]
        ratio = p["after_discharge.hospital_early" if day_of_stay < 14 else "after_discharge.hospital_late"]
        if random.random() < 1.0 - math.exp(-ratio * self.overdose_hazard):
            m.today.overdoses += 1
            self.overdose_day = m.day
            if random.random() >= p["after_discharge.overdose_survival"]:
                self.discharge(DIED)
                return
        self.end_of_day(day_of_stay)

    def end_of_day(self, day_of_stay: int) -> None:
        """Patient-initiated discharge and death compete for as much of the day as treatment still takes."""
        p, random = self.model.p, self.random
        leave = p["discharge.patient_initiated"] * math.exp(
            p["discharge.distress"] * self.distress
            + p["discharge.stigma"] * (self.stigma - 0.4)
            + p["discharge.trust"] * (self.trust - 0.5)
            + p["discharge.early"] * math.exp(-day_of_stay / p["discharge.early_days"])
            + p["discharge.propensity"] * self.leave_propensity
            + p["discharge.co_occurring"] * self.co_occurring
        )
        death = p["discharge.death"] * self.frailty
        left = max(0.0, self.need - self.received)
        self.received += 1.0
        if random.random() < 1.0 - math.exp(-(leave + death) * min(1.0, left)):
            self.discharge(PATIENT_INITIATED if random.random() * (leave + death) < leave else DIED)
        elif left <= 1.0:
            self.discharge(PLANNED)

    def discharge(self, kind: str) -> None:
        m = self.model
        p, stay = m.p, self.stays[-1]
        m.inpatients -= 1
        completed = 1.0 if kind == PLANNED else min(1.0, self.received / self.need)
        stay.kind = kind
        stay.discharge_day = m.day
        stay.completed = completed >= 1.0 and kind != DIED
        stay.trust, stay.stigma = self.trust, self.stigma
        stay.disclosed, stay.in_care = self.disclosed, self.in_care
        if kind == DIED:
            self.die()
            return
        self.place = HOME
        after = p["acute_need.after_stay"]
        self.residual = after + (1.0 - after) * (1.0 - completed)
        self.surge = p["after_discharge.excess_planned" if kind == PLANNED else "after_discharge.excess_early"]
        self.discharge_day = m.day
        self.frail_surge = p["after_discharge.death_surge"]
        plan = p["discharge.plan_base"] * (1.0 if kind == PLANNED else p["discharge.plan_unplanned"])
        self.link_hazard = p["linkage.rate"] * math.exp(
            p["linkage.plan"] * plan
            + p["linkage.trust"] * (self.trust - 0.5)
            + p["linkage.treated"] * self.medicated
            + p["linkage.engagement"] * self.engage_propensity
        )
        if self.medicated:
            self.stop_using()
        self.set_hazards()


class SubsetModel(mesa.Model):
    """The subset of Peerbridge, with an object for every agent."""

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(rng=seed)
        self.config = config
        self.p = p = values(config)
        self.day = 0
        self.inpatients = 0
        self.mortality = mortality().tolist()
        self.usual_mix = usual_mix(p)
        self.stays: list[Stay] = []
        self.days: list[Counts] = []
        self.today = Counts()

        self.easing = p["care_seeking.easing"]
        self.seek_rate = 0.5 * p["care_seeking.rate"]
        self.urgency = p["care_seeking.urgency"]
        self.seek_trust, self.seek_stigma = p["care_seeking.trust"], p["care_seeking.stigma"]
        self.residual_fade = math.exp(-1.0 / p["acute_need.residual_days"])
        self.frail_surge_fade = math.exp(-1.0 / p["after_discharge.death_surge_days"])
        self.link_fade = math.exp(-1.0 / p["linkage.window"])
        self.trust_fade = math.exp(-p["population.trust_memory"])
        self.stigma_fade = math.exp(-p["population.stigma_memory"])
        self.residual_now = p["acute_need.residual"] * math.sqrt(self.residual_fade)
        self.frail_surge_now = math.sqrt(self.frail_surge_fade)
        self.link_now = math.sqrt(self.link_fade)

        self.hospitals = [Hospital(self) for _ in range(config.hospital.count)]
        for _ in range(config.population.size):
            Person(self)
        self.people = self.agents_by_type[Person]
        self.datacollector = mesa.DataCollector(
            {"inpatients": "inpatients", "admissions": lambda m: m.today.admissions, "alive": lambda m: m.today.alive}
        )

    def step(self) -> None:
        """One day."""
        self.today = Counts()
        self.people.do("step")
        self.today.census = self.inpatients
        self.today.alive = len(self.people)
        self.days.append(self.today)
        self.datacollector.collect(self)
        self.day += 1

    def run(self) -> dict[str, float]:
        """All days; returns the outcomes."""
        for _ in range(self.config.horizon):
            self.step()
        return outcomes(self.stays, self.days, self.config)


def run(config: Config, seed: int) -> dict[str, float]:
    """Outcomes of one run."""
    return SubsetModel(config, seed).run()
