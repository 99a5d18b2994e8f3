"""Every outcome of a run, declared once: what it counts and of what, its unit, how it is shown, which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["share", "rate", "score", "days", "mean", "money"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one outcome counts.

    Attributes:
        name: Fixed name, as in results and files.
        label: Short name for tables.
        unit: Unit of the value.
        per: Denominator.
        definition: One sentence.
        better: Direction that is better for people, or "none" where a change in either direction is no welfare outcome.
        group: discharge, after discharge, experience, workforce, money or system.
        kind: What the number is: a share (0 to 1, shown in per cent), a rate (events per something), a score (0 to 1),
            days, a mean of counts, or money.
        counted: What the denominator counts, plural, as in "fewer in 100 stays".
        decimals: Decimals shown; of shares, in per cent.
        plain_label: Label for staff and visitors; empty where `label` serves.
        headline: Place in the short table, 1 for the first; 0 for outcomes that are not in it.
        trade_off: Whether it stands in comparisons of what is gained with what is paid for it.
    """

    name: str
    label: str
    unit: str
    per: str
    definition: str
    better: Literal["lower", "higher", "none"]
    group: Literal["discharge", "after discharge", "experience", "workforce", "money", "system"]
    kind: Kind
    counted: str
    decimals: int = 1
    plain_label: str = ""
    headline: int = 0
    trade_off: bool = False

    @property
    def is_share(self) -> bool:
        """Whether it is shown in per cent, and differences in percentage points."""
        return self.kind == "share"

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of money, which people judge for themselves."""
        return self.kind == "money"


_INDEX = "discharges alive in the measured period"
_ALL = "all discharges in the measured period, deaths in hospital included"
_ALONE = "Aalen–Johansen"
_AJ = f"{_ALONE}; death competes, the end of the run censors"

OUTCOMES: dict[str, Outcome] = {
    o.name: o
    for o in (
        Outcome(
            "patient_initiated_discharge", "patient-initiated discharge", "share", _ALL,
            "Stays that the person ended before treatment was complete.",
            "lower", "discharge", kind="share", counted="stays",
            headline=1, trade_off=True, plain_label="Stays that the person ended early",
        ),
        Outcome(
            "administrative_discharge", "administrative discharge", "share", _ALL,
            "Stays ended because cover ended.",
            "lower", "discharge", kind="share", counted="stays",
        ),
        Outcome(
            "death_in_hospital", "death in hospital", "share", _ALL,
            "Stays that ended in death.",
            "lower", "discharge", kind="share", counted="stays",
        ),
        Outcome(
            "length_of_stay_mean", "length of stay", "days", _ALL,
            "Mean midnights in hospital (day of discharge minus day of admission; a stay that ends on its first day is "
            "0). Preventing an early departure lengthens that stay, so this is no welfare outcome by itself.",
            "none", "discharge", kind="days", counted="stays",
            plain_label="Days in hospital, per stay",
        ),
        Outcome(
            "length_of_stay_median_planned", "median stay, planned", "days",
            "planned discharges in the measured period",
            "Median length of stay of planned discharges.",
            "none", "discharge", kind="days", counted="planned discharges",
        ),
        Outcome(
            "length_of_stay_median_patient_initiated", "median stay, patient-initiated", "days",
            "patient-initiated discharges in the measured period",
            "Median length of stay of patient-initiated discharges.",
            "none", "discharge", kind="days", counted="patient-initiated discharges",
        ),
        Outcome(
            "treatment_completed", "treatment completed", "share", _ALL,
            "Stays in which treatment received reached treatment needed.",
            "higher", "discharge", kind="share", counted="stays",
        ),
        Outcome(
            "plan_quality_mean", "discharge plan quality", "0 to 1", "planned discharges in the measured period",
            "Mean quality of the discharge plan.",
            "higher", "discharge", kind="score", counted="planned discharges", decimals=2,
        ),
        Outcome(
            "consulted", "seen by the consult team", "share", _ALL,
            "Stays in which the consult team of usual care saw the person.",
            "none", "discharge", kind="share", counted="stays",
        ),
        Outcome(
            "linkage_14d", "linkage to care, 14 d", "probability", f"{_INDEX}, not in care then",
            f"First attended visit within 14 days ({_AJ}).",
            "higher", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "linkage_30d", "linkage to care, 30 d", "probability", f"{_INDEX}, not in care then",
            f"First attended visit within 30 days ({_AJ}).",
            "higher", "after discharge", kind="share", counted="discharges",
            headline=4, plain_label="People with a first visit to care within 30 days",
        ),
        Outcome(
            "in_care_90d", "in care at 90 d", "share", f"{_INDEX} and at least 90 days before the end of the run",
            "In care and alive 90 days after discharge.",
            "higher", "after discharge", kind="share", counted="discharges",
            plain_label="People in care 90 days after going home",
        ),
        Outcome(
            "days_alive_out_of_hospital_90d", "days alive and out of hospital, 90 d", "days",
            f"{_INDEX} and at least 90 days before the end of the run",
            "Mean days of the 90 after discharge on whose midnight the person is alive and not in hospital.",
            "higher", "after discharge", kind="days", counted="discharges",
        ),
        Outcome(
            "ed_return_7d", "ED return, 7 d", "probability", _INDEX,
            f"First visit to the emergency department within 7 days ({_AJ}).",
            "none", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "ed_return_30d", "ED return, 30 d", "probability", _INDEX,
            f"First visit to the emergency department within 30 days ({_AJ}). It can rise when trust rises.",
            "none", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "readmission_7d", "readmission, 7 d", "probability", _INDEX,
            f"First unplanned readmission within 7 days ({_AJ}).",
            "lower", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "readmission_30d", "readmission, 30 d", "probability", _INDEX,
            f"First unplanned readmission within 30 days ({_AJ}).",
            "lower", "after discharge", kind="share", counted="discharges",
            headline=2, trade_off=True, plain_label="People back in hospital within 30 days",
        ),
        Outcome(
            "readmission_90d", "readmission, 90 d", "probability", _INDEX,
            f"First unplanned readmission within 90 days ({_AJ}).",
            "lower", "after discharge", kind="share", counted="discharges",
            headline=3, plain_label="People back in hospital within 90 days",
        ),
        Outcome(
            "readmission_365d", "readmission, 365 d", "probability", _INDEX,
            f"First unplanned readmission within 365 days ({_AJ}).",
            "lower", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "death_365d", "death, 365 d", "probability", _INDEX,
            f"Death within 365 days of discharge ({_ALONE}; the end of the run censors).",
            "lower", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "overdose_death_365d", "death by overdose, 365 d", "probability", _INDEX,
            "Death by overdose within 365 days of discharge (Aalen–Johansen; other death competes, the end censors).",
            "lower", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "overdose_30d", "overdose, 30 d", "probability", _INDEX,
            f"First overdose within 30 days of discharge ({_AJ}).",
            "lower", "after discharge", kind="share", counted="discharges",
        ),
        Outcome(
            "stays_per_year", "stays a year", "per year", "years measured",
            "Admissions of the population in a year.",
            "none", "system", kind="mean", counted="years", decimals=0,
        ),
        Outcome(
            "admissions_per_1000_person_years", "admissions", "per 1,000 person-years", "person-years lived",
            "Admissions of the population.",
            "none", "system", kind="rate", counted="person-years",
        ),
        Outcome(
            "ed_visits_per_1000_person_years", "ED visits", "per 1,000 person-years", "person-years lived",
            "Visits to the emergency department.",
            "none", "system", kind="rate", counted="person-years",
            plain_label="Emergency visits, per 1,000 people and year",
        ),
        Outcome(
            "hospital_days_per_1000_person_years", "hospital days", "per 1,000 person-years", "person-years lived",
            "Midnights in hospital, boarding included.",
            "lower", "system", kind="rate", counted="person-years",
        ),
        Outcome(
            "deaths_per_1000_person_years", "deaths", "per 1,000 person-years", "person-years lived",
            "Deaths from any cause, in hospital or outside.",
            "lower", "system", kind="rate", counted="person-years",
            headline=9, plain_label="Deaths, per 1,000 people and year",
        ),
        Outcome(
            "overdoses_per_1000_person_years", "overdoses", "per 1,000 person-years", "person-years lived",
            "Overdoses, fatal or not, in hospital or outside.",
            "lower", "system", kind="rate", counted="person-years",
        ),
        Outcome(
            "early_departures_per_1000_person_years", "early departures", "per 1,000 person-years",
            "person-years lived",
            "Patient-initiated discharges of the population.",
            "lower", "system", kind="rate", counted="person-years",
        ),
        Outcome(
            "readmissions_30d_per_1000_person_years", "readmissions within 30 d", "per 1,000 person-years",
            "person-years lived",
            "Discharges that were followed by a readmission within 30 days.",
            "lower", "system", kind="rate", counted="person-years",
        ),
        Outcome(
            "minor_visits_per_1000_person_years", "visits without need of a bed", "per 1,000 person-years",
            "person-years lived",
            "Visits to the emergency department without need of a bed.",
            "none", "system", kind="rate", counted="person-years",
        ),
        Outcome(
            "in_care", "in care", "share", "person-years lived",
            "People in care at midnight.",
            "higher", "system", kind="share", counted="person-years",
        ),
        Outcome(
            "using", "using", "share", "person-years lived",
            "People using at midnight.",
            "lower", "system", kind="share", counted="person-years",
        ),
        Outcome(
            "unhoused", "without stable housing", "share", "person-years lived",
            "People without stable housing at midnight.",
            "lower", "system", kind="share", counted="person-years",
        ),
        Outcome(
            "population_mean", "people", "people", "days measured",
            "Mean number of people in the population: it changes where a plan keeps people alive.",
            "none", "system", kind="mean", counted="days", decimals=0,
        ),
        Outcome(
            "boarding_days_mean", "boarding before a bed", "days", "admissions in the measured period",
            "Mean days from the decision to admit to a bed.",
            "lower", "system", kind="days", counted="admissions",
        ),
        Outcome(
            "occupancy_mean", "bed occupancy", "share of staffed beds", "bed-days",
            "Mean share of staffed beds in use, by the population and by others.",
            "none", "system", kind="share", counted="bed-days",
        ),
        Outcome(
            "diversions_per_1000_admissions", "diversions", "per 1,000 admissions", "admissions decided",
            "Admissions decided for which neither bed nor boarding place was free.",
            "lower", "system", kind="rate", counted="admissions",
        ),
        Outcome(
            "trust_at_discharge", "trust in clinicians at discharge", "0 to 1", _INDEX,
            "Mean trust in clinicians on the day of discharge.",
            "higher", "experience", kind="score", counted="discharges", decimals=2,
            headline=5, plain_label="Trust in clinicians when going home (0 to 1)",
        ),
        Outcome(
            "trust_at_30d", "trust in clinicians at 30 d", "0 to 1",
            f"{_INDEX}, alive and out of hospital for 30 days",
            "Mean trust in clinicians 30 days after discharge.",
            "higher", "experience", kind="score", counted="discharges", decimals=2,
        ),
        Outcome(
            "experienced_stigma_at_discharge", "experienced stigma at discharge", "0 to 1", _INDEX,
            "Mean experienced stigma on the day of discharge.",
            "lower", "experience", kind="score", counted="discharges", decimals=2,
            plain_label="Stigma that people feel when going home (0 to 1)",
        ),
        Outcome(
            "high_mistrust_at_discharge", "high mistrust at discharge", "share", _INDEX,
            "Trust in clinicians at or below 0.5, the reading of a GBMMS mistrust of 3 or more.",
            "lower", "experience", kind="share", counted="discharges",
        ),
        Outcome(
            "high_mistrust", "high mistrust", "share", "people alive on the last day",
            "Trust in clinicians at or below 0.5 (a GBMMS mistrust of 3 or more), in hospital or not.",
            "lower", "experience", kind="share", counted="people",
        ),
        Outcome(
            "disclosed_use", "disclosed use", "share", _ALL,
            "Stays in which the person told staff about use or distress.",
            "higher", "experience", kind="share", counted="stays",
        ),
        Outcome(
            "peer_burnout_mean", "burnout of peer workers", "0 to 1", "days of filled posts",
            "Mean burnout of peer workers and navigators in post.",
            "lower", "workforce", kind="score", counted="worker-days", decimals=2,
        ),
        Outcome(
            "peer_high_burnout", "peer workers with high burnout", "share", "days of filled posts",
            "Days of filled posts with burnout above the cut-off.",
            "lower", "workforce", kind="share", counted="worker-days",
            headline=6, trade_off=True, plain_label="Peer workers with high burnout",
        ),
        Outcome(
            "peer_exits_per_year", "exits of peer workers", "per filled post and year", "years of filled posts",
            "Exits from peer posts, all causes.",
            "lower", "workforce", kind="rate", counted="years of filled posts", decimals=2,
            plain_label="Peer workers who leave, per post and year",
        ),
        Outcome(
            "peer_returns_to_use_per_year", "returns to use of peer workers", "per filled post and year",
            "years of filled posts",
            "Returns to use of workers with lived experience.",
            "lower", "workforce", kind="rate", counted="years of filled posts", decimals=2,
        ),
        Outcome(
            "peer_incidents_per_year", "incidents of peer workers", "per filled post and year", "years of filled posts",
            "Incidents of workers that cost the role credibility.",
            "lower", "workforce", kind="rate", counted="years of filled posts", decimals=2,
        ),
        Outcome(
            "peer_days_absent", "days off sick", "share", "rostered days of filled posts",
            "Days on the roster on which a worker was off sick.",
            "lower", "workforce", kind="share", counted="worker-days",
        ),
        Outcome(
            "worker_harms_per_year", "harms of workers", "per year", "years measured",
            "Exits, returns to use and leaves of workers; 0 where a plan has no workers.",
            "lower", "workforce", kind="rate", counted="years",
        ),
        Outcome(
            "vacancy_share", "vacant posts", "share", "post-days of the programme",
            "Days on which a post was vacant.",
            "lower", "workforce", kind="share", counted="post-days",
        ),
        Outcome(
            "caseload_mean", "caseload", "people per filled post", "days of filled posts",
            "Mean people on the list.",
            "none", "workforce", kind="mean", counted="worker-days",
        ),
        Outcome(
            "minutes_with_people", "time with people", "share of minutes worked", "minutes worked",
            "Share of working time spent with people or trying to reach them.",
            "higher", "workforce", kind="share", counted="minutes",
        ),
        Outcome(
            "reach", "reach", "share", _ALL,
            "Stays in which the person was seen by a worker.",
            "higher", "workforce", kind="share", counted="stays",
            headline=7, plain_label="Stays in which the person met a worker",
        ),
        Outcome(
            "acceptance", "accepts a worker", "share", "first offers",
            "First offers that were accepted.",
            "none", "workforce", kind="share", counted="offers",
        ),
        Outcome(
            "missed_visits", "missed visits", "share", "visits and contacts made, tried or missed",
            "Visits and contacts that did not fit in when they were due; each counts once, however long it then waits.",
            "lower", "workforce", kind="share", counted="visits due",
            headline=8, plain_label="Visits and calls due that were missed",
        ),
        Outcome(
            "contacts_made_per_enrolled", "contacts made", "per enrolled discharge", "enrolled discharges",
            "Follow-up contacts made after discharge.",
            "higher", "workforce", kind="rate", counted="enrolled discharges", decimals=2,
        ),
        Outcome(
            "engaged_30d", "still engaged at 30 d", "share",
            "people offered a worker at least 30 days before the end",
            "Offered a worker, contact not ended 30 days later, and met in the 30 days up to then.",
            "higher", "workforce", kind="share", counted="people",
        ),
        Outcome(
            "engaged_60d", "still engaged at 60 d", "share",
            "people offered a worker at least 60 days before the end",
            "Offered a worker, contact not ended 60 days later, and met in the 30 days up to then.",
            "higher", "workforce", kind="share", counted="people",
        ),
        Outcome(
            "engaged_90d", "still engaged at 90 d", "share",
            "people offered a worker at least 90 days before the end",
            "Offered a worker, contact not ended 90 days later, and met in the 30 days up to then.",
            "higher", "workforce", kind="share", counted="people",
        ),
        Outcome(
            "supervision_adequacy", "supervision adequacy", "0 to 1", "days of filled posts",
            "What the minutes of supervision taken up are worth, at most 1.",
            "higher", "workforce", kind="score", counted="worker-days", decimals=2,
        ),
        Outcome(
            "clinician_stigma_mean", "clinician stigma", "0 to 1", "clinician-days",
            "Mean stigma of clinicians.",
            "lower", "workforce", kind="score", counted="clinician-days", decimals=2,
        ),
        Outcome(
            "clinician_credibility_mean", "credibility of the peer role", "0 to 1", "clinician-days",
            "Mean credibility that clinicians give the peer role.",
            "higher", "workforce", kind="score", counted="clinician-days", decimals=2,
        ),
        Outcome(
            "clinician_burnout_mean", "burnout of clinicians", "0 to 1", "clinician-days",
            "Mean burnout of clinicians.",
            "lower", "workforce", kind="score", counted="clinician-days", decimals=2,
        ),
        Outcome(
            "clinician_high_burnout", "clinicians with high burnout", "share", "clinician-days",
            "Clinician-days with burnout above the cut-off.",
            "lower", "workforce", kind="share", counted="clinician-days",
        ),
        Outcome(
            "nurse_high_burnout", "nurses with high burnout", "share", "nurse-days",
            "Nurse-days with burnout above the cut-off.",
            "lower", "workforce", kind="share", counted="nurse-days",
        ),
        Outcome(
            "physician_high_burnout", "physicians with high burnout", "share", "physician-days",
            "Physician-days with burnout above the cut-off.",
            "lower", "workforce", kind="share", counted="physician-days",
        ),
        Outcome(
            "clinician_exits_per_year", "exits of clinicians", "per clinician and year", "clinician-years",
            "Exits of clinicians, all causes.",
            "lower", "workforce", kind="rate", counted="clinician-years", decimals=2,
        ),
        Outcome(
            "programme_cost", "programme cost", "US$ of 2022 per year", "years measured",
            "Workers, supervisors, recruiting and training of the programme, as posts were filled.",
            "lower", "money", kind="money", counted="years", decimals=0,
            headline=10, trade_off=True, plain_label="Cost of the programme, a year",
        ),
        Outcome(
            "programme_cost_full", "programme cost on full posts", "US$ of 2022 per year", "years measured",
            "Wages of every post, every supervisor's hours and training of clinicians, as if no post were ever "
            "vacant: the budget to ask for. Hires are not in it.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "worker_cost", "wages of workers", "US$ of 2022 per year", "years measured",
            "Wages of peer workers and navigators for the days on which posts were filled, on-costs included.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "supervision_cost", "supervision", "US$ of 2022 per year", "years measured",
            "Supervisors' hours, as set or as far as they are taken up.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "recruiting_cost", "recruiting", "US$ of 2022 per year", "years measured",
            "Recruiting of workers and supervisors.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "training_cost", "training", "US$ of 2022 per year", "years measured",
            "Training of new workers, and of clinicians with the time that it takes them.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "start_up_cost", "programme cost before measuring", "US$ of 2022", "years measured",
            "What the programme cost before the measured period: recruiting, training and ramp-up of one that starts "
            "earlier. An amount, not a rate.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "bed_day_cost", "bed-days", "US$ of 2022 per year", "years measured",
            "Midnights in hospital of the population, each at the price of an average day.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "ed_cost", "emergency visits", "US$ of 2022 per year", "years measured",
            "Visits to the emergency department of the population.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "treatment_cost", "treatment after discharge", "US$ of 2022 per year", "years measured",
            "Treatment of people in care outside hospital: linkage that works costs more of it.",
            "none", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "hospital_cost", "hospital cost", "US$ of 2022 per year", "years measured",
            "Bed-days at the price of an average day, and visits to the emergency department.",
            "lower", "money", kind="money", counted="years", decimals=0,
            headline=11, plain_label="Cost of hospital care, a year",
        ),
        Outcome(
            "hospital_cost_marginal", "hospital cost, marginal", "US$ of 2022 per year", "years measured",
            "Bed-days at what one day more or less costs, and visits to the emergency department: the difference "
            "between two plans in it is what a hospital saves while its beds and staff stay.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
        Outcome(
            "total_cost", "programme, hospital and treatment", "US$ of 2022 per year", "years measured",
            "Programme cost, hospital cost at average prices and treatment.",
            "lower", "money", kind="money", counted="years", decimals=0,
            plain_label="All costs together, a year",
        ),
        Outcome(
            "total_cost_marginal", "programme, hospital and treatment, marginal", "US$ of 2022 per year",
            "years measured",
            "The same with bed-days at their marginal price.",
            "lower", "money", kind="money", counted="years", decimals=0,
        ),
    )
}  # fmt: skip
"""All outcomes by name, in the order in which tables show them.

Cost per readmission averted and net benefit need two scenarios: `experiments.compare` computes them from differences.
"""

HEADLINES: tuple[str, ...] = tuple(
    sorted((o.name for o in OUTCOMES.values() if o.headline), key=lambda n: OUTCOMES[n].headline)
)
"""Outcomes of the short table, in its order."""

TRADE_OFFS: tuple[str, ...] = tuple(name for name in HEADLINES if OUTCOMES[name].trade_off)
"""What a plan is weighed by: for the person, for the hospital, for the workers, for the payer."""

PLAIN: tuple[str, ...] = tuple(o.name for o in OUTCOMES.values() if o.plain_label)
"""Outcomes that have a label for staff and visitors."""
