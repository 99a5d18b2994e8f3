"""Every outcome of a run, declared once: unit, denominator, definition, and which direction is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
    """

    name: str
    label: str
    unit: str
    per: str
    definition: str
    better: Literal["lower", "higher", "none"]
    group: Literal["discharge", "after discharge", "experience", "workforce", "money", "system"]


_INDEX = "discharges alive in the measured period"
_ALL = "all discharges in the measured period, deaths in hospital included"
_AJ = "Aalen–Johansen; death competes, the end of the run censors"

OUTCOMES: dict[str, Outcome] = {
    o.name: o
    for o in (
        Outcome(
            "patient_initiated_discharge",
            "patient-initiated discharge",
            "share",
            _ALL,
            "Stays that the person ended before treatment was complete.",
            "lower",
            "discharge",
        ),
        Outcome(
            "administrative_discharge",
            "administrative discharge",
            "share",
            _ALL,
            "Stays ended because cover ended.",
            "lower",
            "discharge",
        ),
        Outcome(
            "death_in_hospital", "death in hospital", "share", _ALL, "Stays that ended in death.", "lower", "discharge"
        ),
        Outcome(
            "length_of_stay_mean",
            "length of stay",
            "days",
            _ALL,
            "Mean days in hospital, those of admission and discharge both counted. Preventing an early "
            "departure lengthens that stay, so "
            "this is no welfare outcome by itself.",
            "none",
            "discharge",
        ),
        Outcome(
            "length_of_stay_median_planned",
            "median stay, planned",
            "days",
            "planned discharges in the measured period",
            "Median length of stay of planned discharges.",
            "none",
            "discharge",
        ),
        Outcome(
            "length_of_stay_median_patient_initiated",
            "median stay, patient-initiated",
            "days",
            "patient-initiated discharges in the measured period",
            "Median length of stay of patient-initiated discharges.",
            "none",
            "discharge",
        ),
        Outcome(
            "treatment_completed",
            "treatment completed",
            "share",
            _ALL,
            "Stays in which treatment received reached treatment needed.",
            "higher",
            "discharge",
        ),
        Outcome(
            "plan_quality_mean",
            "discharge plan quality",
            "0 to 1",
            "planned discharges in the measured period",
            "Mean quality of the discharge plan.",
            "higher",
            "discharge",
        ),
        Outcome(
            "linkage_14d",
            "linkage to care, 14 d",
            "probability",
            f"{_INDEX}, not in care then",
            f"First attended visit within 14 days ({_AJ}).",
            "higher",
            "after discharge",
        ),
        Outcome(
            "linkage_30d",
            "linkage to care, 30 d",
            "probability",
            f"{_INDEX}, not in care then",
            f"First attended visit within 30 days ({_AJ}).",
            "higher",
            "after discharge",
        ),
        Outcome(
            "in_care_90d",
            "in care at 90 d",
            "share",
            f"{_INDEX} and at least 90 days before the end of the run",
            "In care and alive 90 days after discharge.",
            "higher",
            "after discharge",
        ),
        Outcome(
            "ed_return_7d",
            "ED return, 7 d",
            "probability",
            _INDEX,
            f"First visit to the emergency department within 7 days ({_AJ}).",
            "none",
            "after discharge",
        ),
        Outcome(
            "ed_return_30d",
            "ED return, 30 d",
            "probability",
            _INDEX,
            f"First visit to the emergency department within 30 days ({_AJ}). It can rise when trust rises.",
            "none",
            "after discharge",
        ),
        Outcome(
            "readmission_7d",
            "readmission, 7 d",
            "probability",
            _INDEX,
            f"First unplanned readmission within 7 days ({_AJ}).",
            "lower",
            "after discharge",
        ),
        Outcome(
            "readmission_30d",
            "readmission, 30 d",
            "probability",
            _INDEX,
            f"First unplanned readmission within 30 days ({_AJ}).",
            "lower",
            "after discharge",
        ),
        Outcome(
            "readmission_90d",
            "readmission, 90 d",
            "probability",
            _INDEX,
            f"First unplanned readmission within 90 days ({_AJ}).",
            "lower",
            "after discharge",
        ),
        Outcome(
            "readmission_365d",
            "readmission, 365 d",
            "probability",
            _INDEX,
            f"First unplanned readmission within 365 days ({_AJ}).",
            "lower",
            "after discharge",
        ),
        Outcome(
            "death_365d",
            "death, 365 d",
            "probability",
            _INDEX,
            f"Death within 365 days of discharge ({_AJ.split(';')[0]}; the end of the run censors).",
            "lower",
            "after discharge",
        ),
        Outcome(
            "overdose_30d",
            "overdose, 30 d",
            "probability",
            _INDEX,
            f"First overdose within 30 days of discharge ({_AJ}).",
            "lower",
            "after discharge",
        ),
        Outcome(
            "admissions_per_1000_person_years",
            "admissions",
            "per 1,000 person-years",
            "person-years lived",
            "Admissions of the population.",
            "none",
            "system",
        ),
        Outcome(
            "ed_visits_per_1000_person_years",
            "ED visits",
            "per 1,000 person-years",
            "person-years lived",
            "Visits to the emergency department.",
            "none",
            "system",
        ),
        Outcome(
            "hospital_days_per_1000_person_years",
            "hospital days",
            "per 1,000 person-years",
            "person-years lived",
            "Days in hospital, boarding included.",
            "lower",
            "system",
        ),
        Outcome(
            "deaths_per_1000_person_years",
            "deaths",
            "per 1,000 person-years",
            "person-years lived",
            "Deaths from any cause, in hospital or outside.",
            "lower",
            "system",
        ),
        Outcome(
            "overdoses_per_1000_person_years",
            "overdoses",
            "per 1,000 person-years",
            "person-years lived",
            "Overdoses outside hospital, fatal or not.",
            "lower",
            "system",
        ),
        Outcome(
            "boarding_days_mean",
            "boarding before a bed",
            "days",
            "admissions in the measured period",
            "Mean days from the decision to admit to a bed.",
            "lower",
            "system",
        ),
        Outcome(
            "occupancy_mean",
            "bed occupancy",
            "share of staffed beds",
            "bed-days",
            "Mean share of staffed beds in use, by the population and by others.",
            "none",
            "system",
        ),
        Outcome(
            "diversions_per_1000_admissions",
            "diversions",
            "per 1,000 admissions",
            "admissions decided",
            "Admissions decided for which neither bed nor boarding place was free.",
            "lower",
            "system",
        ),
        Outcome(
            "trust_at_discharge",
            "trust in clinicians at discharge",
            "0 to 1",
            _INDEX,
            "Mean trust in clinicians on the day of discharge.",
            "higher",
            "experience",
        ),
        Outcome(
            "trust_at_30d",
            "trust in clinicians at 30 d",
            "0 to 1",
            f"{_INDEX}, alive and out of hospital for 30 days",
            "Mean trust in clinicians 30 days after discharge.",
            "higher",
            "experience",
        ),
        Outcome(
            "experienced_stigma_at_discharge",
            "experienced stigma at discharge",
            "0 to 1",
            _INDEX,
            "Mean experienced stigma on the day of discharge.",
            "lower",
            "experience",
        ),
        Outcome(
            "high_mistrust_at_discharge",
            "high mistrust at discharge",
            "share",
            _INDEX,
            "Trust in clinicians at or below 0.5, the reading of a GBMMS mistrust of 3 or more.",
            "lower",
            "experience",
        ),
        Outcome(
            "disclosed_use",
            "disclosed use",
            "share",
            _ALL,
            "Stays in which the person told staff about use or distress.",
            "higher",
            "experience",
        ),
        Outcome(
            "peer_burnout_mean",
            "burnout of peer workers",
            "0 to 1",
            "days of filled posts",
            "Mean burnout of peer workers and navigators in post.",
            "lower",
            "workforce",
        ),
        Outcome(
            "peer_high_burnout",
            "peer workers with high burnout",
            "share",
            "days of filled posts",
            "Days of filled posts with burnout above the cut-off.",
            "lower",
            "workforce",
        ),
        Outcome(
            "peer_exits_per_year",
            "exits of peer workers",
            "per filled post and year",
            "years of filled posts",
            "Exits from peer posts, all causes.",
            "lower",
            "workforce",
        ),
        Outcome(
            "vacancy_share",
            "vacant posts",
            "share",
            "post-days of the programme",
            "Days on which a post was vacant.",
            "lower",
            "workforce",
        ),
        Outcome(
            "caseload_mean",
            "caseload",
            "people per filled post",
            "days of filled posts",
            "Mean people on the list.",
            "none",
            "workforce",
        ),
        Outcome(
            "minutes_with_people",
            "time with people",
            "share of minutes worked",
            "minutes worked",
            "Share of working time spent with people or trying to reach them.",
            "higher",
            "workforce",
        ),
        Outcome(
            "reach", "reach", "share", _ALL, "Stays in which the person was seen by a worker.", "higher", "workforce"
        ),
        Outcome(
            "acceptance",
            "accepts a worker",
            "share",
            "first offers",
            "First offers that were accepted.",
            "none",
            "workforce",
        ),
        Outcome(
            "missed_visits",
            "missed visits",
            "share",
            "visits and contacts made, tried or missed",
            "Visits and contacts that did not fit in when they were due; each counts once, however long it then waits.",
            "lower",
            "workforce",
        ),
        Outcome(
            "contacts_made_per_enrolled",
            "contacts made",
            "per enrolled discharge",
            "enrolled discharges",
            "Follow-up contacts made after discharge.",
            "higher",
            "workforce",
        ),
        Outcome(
            "engaged_30d",
            "still engaged at 30 d",
            "share",
            "people offered a worker at least 30 days before the end",
            "Offered a worker, contact not ended 30 days later, and met in the 30 days up to then.",
            "higher",
            "workforce",
        ),
        Outcome(
            "engaged_90d",
            "still engaged at 90 d",
            "share",
            "people offered a worker at least 90 days before the end",
            "Offered a worker, contact not ended 90 days later, and met in the 30 days up to then.",
            "higher",
            "workforce",
        ),
        Outcome(
            "supervision_adequacy",
            "supervision adequacy",
            "0 to 1",
            "days of filled posts",
            "Minutes of supervision available against minutes needed, at most 1.",
            "higher",
            "workforce",
        ),
        Outcome(
            "clinician_stigma_mean",
            "clinician stigma",
            "0 to 1",
            "clinician-days",
            "Mean stigma of clinicians.",
            "lower",
            "workforce",
        ),
        Outcome(
            "clinician_credibility_mean",
            "credibility of the peer role",
            "0 to 1",
            "clinician-days",
            "Mean credibility that clinicians give the peer role.",
            "higher",
            "workforce",
        ),
        Outcome(
            "clinician_burnout_mean",
            "burnout of clinicians",
            "0 to 1",
            "clinician-days",
            "Mean burnout of clinicians.",
            "lower",
            "workforce",
        ),
        Outcome(
            "clinician_high_burnout",
            "clinicians with high burnout",
            "share",
            "clinician-days",
            "Clinician-days with burnout above the cut-off.",
            "lower",
            "workforce",
        ),
        Outcome(
            "clinician_exits_per_year",
            "exits of clinicians",
            "per clinician and year",
            "clinician-years",
            "Exits of clinicians, all causes.",
            "lower",
            "workforce",
        ),
        Outcome(
            "programme_cost",
            "programme cost",
            "US$ of 2022 per year",
            "years measured",
            "Workers, supervisors, training and recruitment of the programme.",
            "lower",
            "money",
        ),
        Outcome(
            "hospital_cost",
            "hospital cost",
            "US$ of 2022 per year",
            "years measured",
            "Inpatient days and visits to the emergency department of the population.",
            "lower",
            "money",
        ),
        Outcome(
            "total_cost",
            "programme and hospital cost",
            "US$ of 2022 per year",
            "years measured",
            "Programme cost plus hospital cost.",
            "lower",
            "money",
        ),
    )
}
"""All outcomes by name, in the order in which tables show them.

Cost per readmission averted and net benefit need two scenarios: `experiments.compare` computes them from differences.
"""

HEADLINES: tuple[str, ...] = (
    "patient_initiated_discharge",
    "readmission_30d",
    "readmission_90d",
    "linkage_30d",
    "trust_at_discharge",
    "peer_high_burnout",
    "reach",
    "missed_visits",
    "deaths_per_1000_person_years",
    "programme_cost",
    "hospital_cost",
)
"""Outcomes of the short table."""
