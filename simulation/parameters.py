"""Every parameter of the model, once: value, unit, bounds, prior, kind and source.

Kinds: *measured* (fixed, from a study), *calibrated* (has a prior; fitted to targets; until the fit exists the value is
set by hand), *assumed* (no number exists; a wide prior carries the doubt through every answer). Names are
`<mechanism>.<what>`; kernels read them from one record by the same names. Sources are the studies of the evidence file
(author or journal, year, DOI); no other number claims a source.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from simulation.parameter_types import Alternative, Kind, Parameter, Prior

_NONE = "no number found; assumed with a wide prior"
_FAIRLEY = "Fairley 2021, PMC8014209"
_KING = "King 2021, 10.1097/ADM.0000000000000915"
_MORENO = "Moreno 2019, 10.1097/ADM.0000000000000499"
_KHAN = "Khan 2024, 10.1503/cmaj.240364"
_STAPLES = "Staples 2024, 10.1002/jhm.13510"
_PHILADELPHIA = "Philadelphia 2017, 10.1186/s12954-021-00581-6"
_HOUSING = "US, 4 states, 10.1007/s11606-020-06029-0"
_SLEDGE = "Sledge 2011, 10.1176/ps.62.5.pss6205_0541"
_IMPACT = "Englander 2019, 10.1007/s11606-019-05251-9"
_WELCH = "Welch 2019, PMC6727316"
_LUKACS = "Lukacs 2023, AJEM"
_MISTRUST = "GBMMS mistrust 2.8 ± 0.8 on 1 to 5, n = 262 (Yale MPH thesis 2025)"
_AIKEN = "Aiken 2023, 10.1001/jamahealthforum.2023.1809"
_NSI = "NSI 2025 (US 2024)"
_EBY = "Eby 2010, 10.1016/j.jsat.2010.06.009 (SUD counsellors, a proxy)"
_UTAH = "Gardner Institute survey of peer workers, Utah 2025"
_LEAVING = "US 2023, 454 peers, 10.1037/prj0000633"
_CLIMATE = "Los Angeles cluster trial of training in supervision, 10.1176/appi.ps.20230112"
_WORKSHOP = "J Addict Nurs 2020 (DDPPQ, n = 38)"
_CALIBRATED_ALONE = "free parameter fitted to the targets; no direct measurement"


def _uniform(a: float, b: float) -> Prior:
    return Prior("uniform", a, b)


def _normal(mean: float, sd: float) -> Prior:
    return Prior("normal", mean, sd)


def _lognormal(median: float, sd: float) -> Prior:
    return Prior("lognormal", median, sd)


_FIXED = Prior("fixed")
_HR = "log hazard ratio per unit"
_LO = "log odds per unit"

PARAMETERS: dict[str, Parameter] = {}
"""All parameters by name, in the order of the mechanisms."""


def _p(
    name: str,
    value: float,
    unit: str,
    low: float,
    high: float,
    prior: Prior,
    kind: Kind,
    source: str,
    text: str,
    smi: Alternative | None = None,
) -> None:
    if name in PARAMETERS:
        raise ValueError(f"parameter {name!r} is declared twice")
    PARAMETERS[name] = Parameter(name, value, unit, low, high, prior, kind, source, text, smi)


def _measured(
    name: str,
    value: float,
    unit: str,
    low: float,
    high: float,
    source: str,
    text: str,
    smi: Alternative | None = None,
    prior: Prior = _FIXED,
) -> None:
    _p(name, value, unit, low, high, prior, "measured", source, text, smi)


def _calibrated(
    name: str,
    value: float,
    unit: str,
    low: float,
    high: float,
    prior: Prior,
    source: str,
    text: str,
    smi: Alternative | None = None,
) -> None:
    _p(name, value, unit, low, high, prior, "calibrated", source, text, smi)


def _assumed(
    name: str,
    value: float,
    unit: str,
    low: float,
    high: float,
    prior: Prior,
    text: str,
    smi: Alternative | None = None,
    source: str = _NONE,
) -> None:
    _p(name, value, unit, low, high, prior, "assumed", source, text, smi)


# fmt: off
_calibrated("population.frailty_sd", 1.25, "sd of the log", 0, 2, _uniform(0.4, 1.5), _CALIBRATED_ALONE,
    "Spread of frailty for acute need; a wide one makes repeated users of the hospital emerge.")
_measured("population.stable_housing", 0.32, "share", 0, 1,
    "Harlem Hospital 2022–23, conference abstract (admitted with OUD)", "People with stable housing.",
    Alternative(0.602, _uniform(0.3, 0.85), "assumed",
        "no number for SMI found; centred on the other patients of Harlem Hospital 2022–23"))
_assumed("population.adequate_cover", 0.75, "share", 0, 1, _uniform(0.4, 0.95),
    "People whose insurance covers a whole stay.")
_assumed("population.co_occurring", 0.4, "share", 0, 1, _uniform(0.15, 0.75),
    "People who use drugs with co-occurring mental illness, or people with SMI who also use drugs.")
_measured("population.injecting", 0.253, "share", 0, 1, _FAIRLEY, "People who inject.",
    Alternative(0.05, _uniform(0.0, 0.2), "assumed", _NONE))
_assumed("population.circles", 20, "circles per hospital", 1, 1000, _lognormal(20, 0.7),
    "Community circles; a worker and a patient of the same circle know each other.")
_measured("population.trust_mean", 0.55, "0 to 1", 0.05, 0.95, f"{_MISTRUST}: 1 − (2.8 − 1)/4",
    "Usual trust in clinicians.", prior=_normal(0.55, 0.012))
_measured("population.trust_sd", 0.20, "0 to 1", 0, 0.5, f"{_MISTRUST}: 0.8/4", "Spread of usual trust.")
_assumed("population.stigma_mean", 0.40, "0 to 1", 0.05, 0.95, _uniform(0.15, 0.65), "Usual experienced stigma.")
_assumed("population.stigma_sd", 0.20, "0 to 1", 0, 0.5, _uniform(0.05, 0.3), "Spread of usual experienced stigma.")
_assumed("population.trust_memory", 0.003, "per day", 0, 0.2, _lognormal(0.003, 1.0),
    "Rate at which trust drifts back to the person's usual trust at home.")
_assumed("population.stigma_memory", 0.005, "per day", 0, 0.2, _lognormal(0.005, 1.0),
    "Rate at which experienced stigma drifts back to the person's usual level at home.")
_assumed("population.selection", 0.5, "correlation", 0, 0.95, _uniform(0.1, 0.85),
    "Correlation of the propensity to engage with staying and linking: people who accept a worker would do better "
    "anyway.")
_assumed("population.in_care_at_start", 0.25, "share", 0, 1, _uniform(0.1, 0.5), "People in care on the first day.")

_calibrated("acute_need.rate", 0.255, "per person-year", 0.01, 20, _lognormal(0.255, 0.5), _CALIBRATED_ALONE,
    "Acute illness that would need a hospital, per person of average frailty.",
    Alternative(0.45, _lognormal(0.45, 0.5), "calibrated", _CALIBRATED_ALONE))
_calibrated("acute_need.unhoused", 0.66, _HR, -1, 3, _normal(0.66, 0.15), f"{_HOUSING}: ln 1.93 for 30-day readmission",
    "Unstable housing raises acute need.")
_assumed("acute_need.in_care", -0.30, _HR, -3, 2, _normal(-0.3, 0.3), "Being in care changes acute need.")
_assumed("acute_need.using", 0.35, _HR, -1, 3, _normal(0.35, 0.3), "Use raises acute need.",
    Alternative(0.25, _normal(0.25, 0.3), "assumed", _NONE))
_assumed("acute_need.injecting", 0.30, _HR, -1, 3, _normal(0.3, 0.3), "Injecting raises acute need (infections).")
_calibrated("acute_need.residual", 26, "hazard ratio minus 1 per unit of residual illness", 0, 60, _lognormal(26, 0.6),
    f"fitted to {_MORENO} and {_KHAN}", "Residual illness raises acute need.")
_assumed("acute_need.residual_days", 14, "days", 1, 180, _lognormal(14, 0.4),
    "Residual illness fades with this time constant.",
    source="no number found; about two weeks by the model's design, assumed with a wide prior")
_calibrated("acute_need.after_stay", 0.165, "residual illness, 0 to 1", 0, 1, _uniform(0.05, 0.7),
    f"fitted to {_MORENO}", "Residual illness left by a stay even when treatment was complete.")
_assumed("acute_need.plan", 0.4, "log ratio per unit of plan quality", 0, 5, _uniform(0.0, 1.5),
    "A discharge plan better than usual leaves less residual illness.")
_calibrated("acute_need.protection", 0.30, "share of the hazard", 0, 0.95, _uniform(0.0, 0.9),
    f"fitted to {_SLEDGE} and other follow-up targets with their full error",
    "Share of acute need that a fresh, full benefit of contact removes.")

_assumed("care_seeking.rate", 0.6, "per day", 0.01, 10, _lognormal(0.6, 0.6),
    "Hazard of seeking care at trust 0.5, stigma 0.4.")
_assumed("care_seeking.trust", 1.5, _HR, 0, 6, _normal(1.5, 0.75), "Trust shortens waiting.",
    source="sign: Haywood 2010, 10.1002/jhm.643, and Lennox 2021; no slope found, assumed with a wide prior")
_assumed("care_seeking.stigma", -1.5, _HR, -6, 0, _normal(-1.5, 0.75), "Experienced stigma lengthens waiting.")
_assumed("care_seeking.contact", 0.6, _HR, 0, 4, _normal(0.6, 0.4), "A worker in contact shortens waiting.")
_assumed("care_seeking.urgency", 0.15, "per day", 0.001, 0.3, _uniform(0.02, 0.25), "Untreated need grows more urgent.")
_assumed("care_seeking.easing", 0.08, "per day", 0, 2, _lognormal(0.08, 0.8),
    "Need that is not treated eases by itself.")
_assumed("care_seeking.worsening", 0.04, "log of treatment need per day waited", 0, 0.3, _uniform(0.0, 0.1),
    "People who wait arrive sicker and stay longer.")
_assumed("care_seeking.worsening_days", 60, "days", 1, 365, _lognormal(60, 0.5),
    "Waiting longer than this makes need no greater.")
_assumed("care_seeking.untreated", 0.6, "residual illness, 0 to 1", 0, 1, _uniform(0.2, 1.0),
    "Residual illness left where need was never treated.")

_calibrated("beds.admission", 0.45, "probability", 0.01, 1, _uniform(0.25, 0.7), _CALIBRATED_ALONE,
    "A visit to the emergency department leads to admission (at average severity).")
_assumed("beds.severity", 1.2, "log odds per sd of treatment need", 0, 5, _normal(1.2, 0.5),
    "Sicker people are admitted.")
_assumed("beds.outlier_days", 1, "days", 0, 60, _uniform(0, 4),
    "Days of boarding after which any unit's free bed is taken.")
_assumed("beds.background_stay", 5.0, "days", 1, 60, _lognormal(5.0, 0.3),
    "Mean stay of patients from outside the population.")
_assumed("beds.usual_ratio", 0.8, "patients per clinician of the roster", 0.05, 20, _lognormal(0.8, 0.25),
    "Patients per clinician at which load counts as usual.")
_assumed("beds.urgent", 1.0, "sd of treatment need", -6, 6, _normal(1.0, 0.4),
    "Severity from which a person goes ahead in the queue for a bed.")

_assumed("encounters.nurse", 2, "per inpatient-day", 0, 10, _uniform(1, 4), "Encounters with nurses that leave a mark.")
_assumed("encounters.physician", 1, "per inpatient-day", 0, 10, _uniform(0.5, 2), "Encounters with physicians.")
_assumed("encounters.enacted", 0.06, "probability", 0, 0.8, _uniform(0.03, 0.25),
    "An encounter enacts stigma, at clinician stigma 0.4, no burnout, usual load.")
_assumed("encounters.clinician_stigma", 2.0, "log ratio per unit", 0, 6, _normal(2.0, 0.8),
    "Clinician stigma raises enacted stigma.")
_assumed("encounters.burnout", 0.8, "log ratio per unit", 0, 4, _normal(0.8, 0.4), "Burnout raises enacted stigma.")
_assumed("encounters.load", 0.5, "log ratio per unit", 0, 4, _normal(0.5, 0.3),
    "Load (patients per clinician over usual) raises enacted stigma.")
_assumed("encounters.good", 0.35, "probability", 0, 0.9, _uniform(0.1, 0.5),
    "An encounter is a good one, at clinician stigma 0.")
_assumed("encounters.trust_gain", 0.03, "gain", 0, 0.5, _lognormal(0.03, 0.6), "A good encounter raises trust.")
_assumed("encounters.trust_loss", 0.06, "loss", 0, 0.8, _lognormal(0.06, 0.6), "Enacted stigma lowers trust.")
_assumed("encounters.stigma_gain", 0.045, "gain", 0, 0.8, _lognormal(0.045, 0.6),
    "Enacted stigma raises experienced stigma.")
_assumed("encounters.stigma_loss", 0.02, "loss", 0, 0.5, _lognormal(0.02, 0.6),
    "A good encounter lowers experienced stigma.")
_assumed("encounters.conflict", 0.04, "per inpatient-day", 0, 0.8, _lognormal(0.04, 0.6),
    "Conflict over unit rules (a smoke, a pass, a search) at no distress.")
_assumed("encounters.conflict_distress", 1.5, _HR, 0, 5, _normal(1.5, 0.6), "Distress makes conflict likelier.")
_assumed("encounters.conflict_harm", 0.08, "loss of trust, gain of stigma", 0, 0.8, _lognormal(0.08, 0.5),
    "What a conflict does.")

_assumed("disclosure.rate", 0.20, "per day", 0, 5, _lognormal(0.2, 0.6),
    "Hazard of disclosing at trust 0.5, stigma 0.4, no worker.")
_assumed("disclosure.trust", 2.0, _HR, 0, 6, _normal(2.0, 0.8), "Trust in clinicians opens up.")
_assumed("disclosure.stigma", -1.0, _HR, -5, 0, _normal(-1.0, 0.5), "Experienced stigma closes down.")
_assumed("disclosure.vouching", 1.5, _HR, 0, 6, _normal(1.5, 0.8),
    "Trust in a worker who vouches opens up (Collins 2019).")
_assumed("disclosure.medication", 0.7, "probability", 0, 1, _uniform(0.4, 0.95),
    "Disclosed distress is offered treatment.")
_assumed("disclosure.distress_mean", 0.40, "0 to 1", 0, 1, _uniform(0.2, 0.6),
    "Distress at arrival (withdrawal, pain, craving).", Alternative(0.35, _uniform(0.15, 0.6), "assumed", _NONE))
_assumed("disclosure.distress_sd", 0.20, "0 to 1", 0, 0.5, _uniform(0.05, 0.3), "Spread of distress at arrival.")
_assumed("disclosure.rise", 0.25, "gain per day", 0, 0.9, _uniform(0.05, 0.5),
    "Untreated distress rises until its peak.", Alternative(0.10, _uniform(0.0, 0.3), "assumed", _NONE))
_assumed("disclosure.peak_day", 3, "day of stay", 0, 30, _uniform(1.5, 4.5), "Day on which untreated distress peaks.",
    source="days 1 to 3 by the model's design; no number found, assumed with a wide prior")
_assumed("disclosure.decay", 0.15, "loss per day", 0, 0.9, _uniform(0.05, 0.3),
    "Distress falls by itself after its peak.")
_assumed("disclosure.relief", 0.40, "loss per day", 0, 0.95, _uniform(0.15, 0.7), "Treated distress falls.")

_assumed("referral.clinician_rate", 0.35, "per inpatient-day", 0, 5, _lognormal(0.35, 0.6),
    "Clinicians refer, at full credibility of the role.")
_assumed("referral.proactive_rate", 0.35, "per inpatient-day", 0, 5, _lognormal(0.35, 0.6),
    "Workers find people by searching admissions.")
_assumed("referral.ed_factor", 0.8, "ratio", 0, 10, _lognormal(0.8, 0.5),
    "Referral in the emergency department against a unit.")
_calibrated("referral.acceptance", 0.74, "probability", 0.01, 0.99, Prior("beta", 20, 7),
    f"{_WELCH}: 649/876, published range 58 to 87 %", "A first offer is accepted, at average propensity to engage.")
_assumed("referral.engagement", 0.9, "log odds per sd", 0, 4, _normal(0.9, 0.4),
    "Propensity to engage moves acceptance.")
_assumed("referral.discharge_rate", 0.5, "probability", 0, 1, _uniform(0.2, 0.9),
    "Community workers are told of a discharge.")

_measured("peer_time.first_visit", 35, "minutes", 5, 180, f"{_WELCH}: median 35 (IQR 25–45)", "A first bedside visit.")
_measured("peer_time.first_visit_sd", 0.436, "sd of the log", 0, 2, f"{_WELCH}: ln(45/25)/1.349",
    "Spread of first visits.")
_assumed("peer_time.visit", 25, "minutes", 5, 120, _lognormal(25, 0.3), "A later bedside visit.")
_assumed("peer_time.planning", 40, "minutes per stay", 0, 300, _lognormal(40, 0.5), "Planning of care after discharge.")
_assumed("peer_time.attempt", 6, "minutes", 1, 60, _lognormal(6, 0.4), "An attempt to reach somebody after discharge.")
_assumed("peer_time.contact", 25, "minutes", 1, 180, _lognormal(25, 0.4),
    "A contact made after discharge, travel included.")
_assumed("peer_time.documentation", 0.20, "share of the shift", 0, 0.8, _uniform(0.1, 0.35), "Documentation.")
_assumed("peer_time.out_of_scope", 0.25, "share of the shift", 0, 0.8, _uniform(0.05, 0.45),
    "Out-of-scope tasks where nobody knows the role.")

_assumed("relationship.visit_gain", 0.25, "gain", 0, 0.9, _uniform(0.08, 0.45),
    "A bedside visit builds trust in the worker.")
_assumed("relationship.contact_gain", 0.12, "gain", 0, 0.9, _uniform(0.03, 0.3),
    "A contact after discharge builds trust in the worker.")
_assumed("relationship.lived_experience", 0.35, "share of the gain", 0, 1, _uniform(0.0, 0.7),
    "Share of the gain that rests on lived experience; a navigator builds less by it.")
_assumed("relationship.reporting", 0.40, "share of the gain", 0, 1, _uniform(0.1, 0.7),
    "Share of the gain lost where workers must report use.")
_assumed("relationship.burnout", 0.60, "share of the gain", 0, 1, _uniform(0.2, 0.9),
    "Share of the gain lost by a worker at burnout 1.")

_assumed("bridging.gain", 0.12, "gain", 0, 0.8, _uniform(0.0, 0.3),
    "A visit lends clinicians trust, at full trust in the worker and full credibility.",
    source="no controlled estimate exists (Lennox 2021, Collins 2019: qualitative); prior starts at no effect")
_assumed("bridging.clinician_exposure", 1.0, "exposures per visit", 0, 10, _lognormal(1.0, 0.5),
    "A visit shows clinicians the role.")

_assumed("advocacy.softening", 0.40, "share", 0, 1, _uniform(0.0, 0.7),
    "Enacted stigma avoided on days of contact, at full credibility.")
_assumed("advocacy.compromise", 0.50, "probability", 0, 1, _uniform(0.1, 0.9),
    "A conflict ends in a compromise on days of contact, at full credibility.")
_assumed("advocacy.pain_believed", 0.15, "loss of distress per day", 0, 0.8, _uniform(0.0, 0.3),
    "Pain believed on days of contact, at full credibility.")

_assumed("clinicians_change.stigma_mean", 0.40, "0 to 1", 0.05, 0.95, _uniform(0.2, 0.6),
    "Clinician stigma at hire (MCRS / DDPPQ reading).")
_assumed("clinicians_change.stigma_sd", 0.15, "0 to 1", 0, 0.4, _uniform(0.05, 0.25), "Spread of clinician stigma.")
_assumed("clinicians_change.credibility_start", 0.30, "0 to 1", 0, 1, _uniform(0.1, 0.55),
    "Credibility given to the peer role at first.")
_assumed("clinicians_change.credibility_gain", 0.010, "gain per exposure", 0, 0.5, _lognormal(0.01, 0.8),
    "Exposure to working peers raises credibility.")
_assumed("clinicians_change.champion", 0.5, "share more", 0, 5, _uniform(0.0, 1.0),
    "A champion makes exposure count for more.")
_assumed("clinicians_change.clarity", 0.5, "share more", 0, 5, _uniform(0.0, 1.0),
    "Role clarity (cross-training, boundaries) makes exposure count for more.")
_assumed("clinicians_change.clarity_boundaries", 0.5, "share", 0, 1, _uniform(0.1, 0.8),
    "Clear boundaries make the role clear.")
_assumed("clinicians_change.clarity_training", 0.5, "share at 8 hours a year", 0, 1, _uniform(0.1, 0.8),
    "Cross-training makes the role clear.")
_assumed("clinicians_change.clarity_champion", 0.3, "share", 0, 1, _uniform(0.0, 0.6),
    "A champion makes the role clear.")
_assumed("clinicians_change.incident", 0.10, "loss per incident", 0, 0.9, _uniform(0.02, 0.3),
    "An incident of a worker lowers credibility on the unit.")
_assumed("clinicians_change.credibility_fade", 0.002, "loss per day", 0, 0.1, _lognormal(0.002, 0.8),
    "Credibility fades without exposure.")
_assumed("clinicians_change.good_contact", 0.002, "loss per good encounter", 0, 0.2, _lognormal(0.002, 0.8),
    "Good contact lowers stigma.")
_assumed("clinicians_change.backfire", 0.004, "gain per conflict", 0, 0.2, _lognormal(0.004, 0.8),
    "Contact backfires in a burnt-out clinician.")
_assumed("clinicians_change.stigma_return", 0.002, "per day", 0, 0.1, _lognormal(0.002, 0.8),
    "Stigma drifts back to where it was at hire.")
_measured("clinicians_change.training_effect", 0.092, "lower stigma after 8 hours a year", 0, 0.5,
    f"{_WORKSHOP}: 12.09 of 132 points", "A workshop lowers stigma.", prior=_normal(0.092, 0.018))
_assumed("clinicians_change.training_fade", 180, "days", 10, 3650, _lognormal(180, 0.7),
    "The effect of training fades with this time constant.",
    source="held at 30 days (J Addict Nurs 2020); nothing later, assumed with a wide prior")
_measured("clinicians_change.high_nurse", 0.47, "share", 0.01, 0.99, _AIKEN, "Nurses with high burnout at the start.")
_measured("clinicians_change.high_physician", 0.32, "share", 0.01, 0.99, _AIKEN,
    "Physicians with high burnout at the start.")
_assumed("clinicians_change.burnout_cut_off", 0.5, "0 to 1", 0.05, 0.95, _uniform(0.4, 0.6),
    "Burnout above which it is called high.",
    source="a definition: with it the start values reproduce Aiken 2023, 10.1001/jamahealthforum.2023.1809")
_assumed("clinicians_change.burnout_sd", 0.20, "0 to 1", 0.01, 0.5, _uniform(0.1, 0.3), "Spread of clinician burnout.")
_assumed("clinicians_change.burnout_load", 0.3, "shift of the resting level per unit of load", 0, 3, _uniform(0.0, 0.6),
    "Load (patients per clinician over usual) raises burnout.")
_assumed("clinicians_change.burnout_conflict", 0.010, "gain per conflict", 0, 0.5, _lognormal(0.01, 0.7),
    "Conflict raises burnout.")
_assumed("clinicians_change.burnout_rest", 0.01, "per day", 0, 0.5, _lognormal(0.01, 0.7),
    "Burnout drifts to its resting level.")
_measured("clinicians_change.nurse_turnover", 0.164, "per year", 0, 3, _NSI, "Exits of nurses.")
_assumed("clinicians_change.physician_turnover", 0.08, "per year", 0, 3, _lognormal(0.08, 0.5), "Exits of physicians.")
_assumed("clinicians_change.exit_burnout", 0.8, _HR, -2, 4, _normal(0.8, 0.4), "Burnout raises exits of clinicians.")
_assumed("clinicians_change.nurse_conflict", 2.0, "ratio", 0.2, 10, _lognormal(2.0, 0.4),
    "Nurses meet more conflict than physicians.")
_assumed("clinicians_change.nurse_gain", 0.7, "ratio", 0, 2, _uniform(0.4, 1.0),
    "Nurses gain less from contact than physicians.")

_assumed("barriers.housing", 0.6, "probability", 0, 1, _uniform(0.2, 0.95),
    "Unstable housing is a barrier to discharge.")
_assumed("barriers.cover", 0.5, "probability", 0, 1, _uniform(0.2, 0.9), "Cover that is not adequate is a barrier.")
_assumed("barriers.transport", 0.2, "probability", 0, 1, _uniform(0.05, 0.5), "Transport is a barrier.")
_assumed("barriers.treatment_bed", 0.35, "probability", 0, 1, _uniform(0.1, 0.7),
    "Waiting for a treatment bed is a barrier.")
_assumed("barriers.solved", 0.35, "probability", 0, 1, _uniform(0.05, 0.7), "A session on a barrier resolves it.")
_assumed("barriers.minutes", 30, "minutes", 1, 240, _lognormal(30, 0.4), "A session on a barrier.")
_assumed("barriers.plan", 0.12, "loss of plan quality", 0, 1, _uniform(0.03, 0.3),
    "An open barrier lowers plan quality.")
_assumed("barriers.practical", 0.2, "share of the gain", 0, 1, _uniform(0.0, 0.8),
    "Share of a meeting's benefit that is practical help and needs no trust: rides, forms, reminders.")
_assumed("barriers.wait", 0.7, "days per barrier", 0, 30, _uniform(0.0, 2.5),
    "Most days that an open barrier holds up a planned discharge.")

_calibrated("discharge.stay_median", 2.0, "days", 0.5, 60, _lognormal(2.0, 0.3), f"fitted to {_KING} and PMID 32541363",
    "Median treatment need at admission.", Alternative(3.2, _lognormal(3.2, 0.4), "calibrated", _CALIBRATED_ALONE))
_calibrated("discharge.stay_sd", 1.33, "sd of the log", 0, 2, _uniform(0.6, 1.4), f"fitted to {_KING} (right-skewed)",
    "Spread of treatment need.")
_calibrated("discharge.patient_initiated", 0.0068, "per day", 0, 1, _lognormal(0.0068, 0.6),
    f"fitted to {_PHILADELPHIA}",
    "Patient-initiated discharge at distress 0, stigma 0.4, trust 0.5, after the early days.",
    Alternative(0.006, _lognormal(0.006, 0.6), "calibrated", _CALIBRATED_ALONE))
_assumed("discharge.distress", 1.8, _HR, 0, 6, _normal(1.8, 0.7), "Distress makes people leave.")
_assumed("discharge.stigma", 1.2, _HR, 0, 6, _normal(1.2, 0.6), "Experienced stigma makes people leave.")
_assumed("discharge.trust", -1.2, _HR, -6, 0, _normal(-1.2, 0.6), "Trust keeps people.",
    source="sign: Haywood 2010, 10.1002/jhm.643; no slope in people who use drugs, assumed with a wide prior")
_calibrated("discharge.early", 0.2, "log hazard ratio on day 0", 0, 4, _uniform(0.0, 1.5),
    "fitted to PMID 32541363 (3.5 against 5.5 days)", "The first days are the hardest; fades over three days.")
_assumed("discharge.propensity", 0.7, "log hazard ratio per sd", 0, 3, _uniform(0.3, 1.2),
    "People differ in the propensity to leave early.")
_assumed("discharge.co_occurring", 0.2, _HR, -2, 3, _normal(0.2, 0.3), "Co-occurring conditions make people leave.")
_assumed("discharge.early_days", 3, "days", 0.5, 30, _uniform(1.5, 5.0), "The early days fade with this time constant.")
_assumed("discharge.covered_days", 5, "days", 0, 365, _lognormal(5, 0.5),
    "Days that cover pays where it is not adequate.")
_assumed("discharge.administrative", 0.10, "per day", 0, 1, _lognormal(0.1, 0.7),
    "Administrative discharge once cover has ended.")
_calibrated("discharge.death", 0.0005, "per day", 0, 0.1, _lognormal(0.0005, 0.5), f"fitted to {_KING}",
    "Death in hospital at average frailty.")
_assumed("discharge.plan_base", 0.40, "0 to 1", 0, 1, _uniform(0.15, 0.65), "Plan quality without a worker.")
_assumed("discharge.plan_worker", 0.35, "0 to 1", 0, 1, _uniform(0.05, 0.6),
    "Plan quality added by planning with a worker.")
_assumed("discharge.plan_unplanned", 0.3, "ratio", 0, 1, _uniform(0.05, 0.7),
    "Share of the plan that an unplanned discharge keeps.")

_calibrated("linkage.rate", 0.009, "per day", 0, 1, _lognormal(0.009, 0.6), f"fitted to {_IMPACT}",
    "First visit right after discharge, plan quality 0, trust 0.5.")
_assumed("linkage.window", 21, "days", 2, 365, _lognormal(21, 0.5),
    "The chance of a first visit fades with this time constant.")
_assumed("linkage.plan", 1.2, _HR, 0, 5, _normal(1.2, 0.6), "A good plan links.")
_assumed("linkage.trust", 1.0, _HR, 0, 5, _normal(1.0, 0.5), "Trust links.",
    source="sign only; no slope found, assumed with a wide prior")
_assumed("linkage.treated", 0.6, _HR, 0, 4, _normal(0.6, 0.4), "Treatment begun in hospital links.")
_assumed("linkage.contact", 0.6, _HR, 0, 4, _normal(0.6, 0.4), "A worker in contact links.")
_assumed("linkage.engagement", 0.4, "log hazard ratio per sd", 0, 3, _uniform(0.1, 0.8), "Propensity to engage links.")
_measured("linkage.drop_out", 1.33, "per year", 0, 20, f"{_FAIRLEY}: mean of methadone 1.051 and buprenorphine 1.609",
    "Leaving care.", Alternative(0.8, _lognormal(0.8, 0.6), "assumed", _NONE), prior=_uniform(1.051, 1.609))
_assumed("linkage.incentive", 0.6, _HR, -2, 5, _uniform(0.0, 1.5),
    "Incentives of a trial for a first visit in care link.")
_assumed("linkage.drop_out_contact", -0.4, _HR, -3, 0, _normal(-0.4, 0.3), "A worker in contact keeps people in care.")
_assumed("linkage.background", 0.05, "per year", 0.0001, 5, _lognormal(0.05, 0.8), "Entering care outside any stay.")

_calibrated("follow_up.reach", 0.4, "probability", 0.01, 0.99, _uniform(0.2, 0.75), f"fitted to {_LUKACS}",
    "An attempt reaches an average person.")
_assumed("follow_up.reach_sd", 2.4, "sd of the log odds", 0, 4, _uniform(1.0, 3.0),
    "People differ in how reachable they are.")
_assumed("follow_up.reach_engagement", 0.3, "correlation", 0, 0.95, _uniform(0.0, 0.7),
    "People who engage easily are easier to reach: those who consent or accept stay in contact more often.")
_assumed("follow_up.unhoused", -0.5, _LO, -3, 1, _normal(-0.5, 0.4), "Unstable housing makes people harder to reach.")
_calibrated("follow_up.lost", 0.4, "probability", 0, 1, _uniform(0.15, 0.8), f"fitted to {_LUKACS}",
    "An attempt that fails ends the contact for good, at average propensity to engage.")
_assumed("follow_up.lost_engagement", -1.0, "log odds per sd", -3, 0, _normal(-1.0, 0.5),
    "Propensity to engage keeps contact after a failed attempt.")
_assumed("follow_up.retry_days", 3, "days", 1, 60, _uniform(1, 7), "A failed attempt is repeated after this many days.")
_assumed("follow_up.benefit", 0.35, "gain per contact", 0, 1, _uniform(0.1, 0.7),
    "A contact made builds the benefit: practical help, and the rest weighted by trust in the worker.")
_assumed("follow_up.visit_benefit", 0.12, "gain per visit", 0, 1, _uniform(0.0, 0.5),
    "A visit in hospital builds the benefit that a person goes home with.")
_assumed("follow_up.fade", 30, "days", 2, 730, _lognormal(30, 0.7),
    "The benefit fades after the last contact with this time constant.")
_assumed("follow_up.incentive", 0.8, _LO, -2, 5, _uniform(0.0, 2.0),
    "Incentives of a trial make an attempt to reach a person succeed more often.")
_assumed("follow_up.hand_over", 0.25, "gain", 0, 1, _uniform(0.0, 0.5),
    "A hand-over at the end refreshes the benefit once.")

_measured("after_discharge.overdose_out", 0.103, "per year", 0, 5, _FAIRLEY, "Overdose out of treatment.",
    Alternative(0.010, _lognormal(0.010, 0.8), "assumed", _NONE))
_measured("after_discharge.overdose_in", 0.0438, "per year", 0, 5, _FAIRLEY, "Overdose in treatment.",
    Alternative(0.005, _lognormal(0.005, 0.8), "assumed", _NONE))
_measured("after_discharge.overdose_survival", 0.899, "probability", 0, 1, _FAIRLEY, "Survival of an overdose.")
_assumed("after_discharge.overdose_ed", 0.6, "probability", 0, 1, _uniform(0.3, 0.9),
    "An overdose survived is taken to the emergency department.")
_calibrated("after_discharge.surge_planned", 0.90, "hazard ratio minus 1 on the day of discharge", 0, 20,
    _lognormal(0.9, 0.3), f"{_STAPLES}: 1.39 over 28 days, (1.39 − 1)/0.43",
    "Overdose is likelier just after a planned discharge.")
_calibrated("after_discharge.surge_early", 2.5, "hazard ratio minus 1 on the day of discharge", 0, 20,
    _lognormal(2.5, 0.3), f"{_STAPLES}: 2.08 over 28 days, (2.08 − 1)/0.43",
    "Overdose is likelier just after leaving early.")
_assumed("after_discharge.surge_days", 14, "days", 1, 180, _lognormal(14, 0.4),
    "The surge fades with this time constant.")
_assumed("after_discharge.protection", 0.20, "share of the hazard", 0, 0.95, _uniform(0.0, 0.5),
    "Share of overdose hazard that a full benefit of contact removes.")
_assumed("after_discharge.abstinent", 0.3, "hazard ratio", 0, 2, _uniform(0.1, 0.8),
    "Overdose while not using, against using.")
_measured("after_discharge.death_out", 0.00978, "per year", 0, 1, _FAIRLEY, "Other excess death out of treatment.")
_measured("after_discharge.death_in", 0.00318, "per year", 0, 1, _FAIRLEY, "Other excess death in treatment.")
_calibrated("after_discharge.death_frailty", 0.8, "exponent of frailty", 0, 3, _uniform(0.3, 1.3), f"fitted to {_KING}",
    "Frail people die more often.")
_calibrated("after_discharge.death_surge", 3.0, "hazard ratio minus 1 on the day of discharge", 0, 100,
    _lognormal(5.0, 0.6), f"fitted to {_KING}", "Death of other causes is likelier after a stay.")
_assumed("after_discharge.death_surge_days", 90, "days", 5, 730, _lognormal(90, 0.5),
    "The surge in other deaths fades with this time constant.")
_assumed("after_discharge.return_to_use", 0.03, "per day", 0, 1, _lognormal(0.03, 0.7),
    "Return to use after a stay, out of care.")
_assumed("after_discharge.return_in_care", -1.0, _HR, -4, 0, _normal(-1.0, 0.5), "Care delays a return to use.")
_assumed("after_discharge.return_contact", 0.25, "share of the hazard", 0, 0.95, _uniform(0.0, 0.5),
    "Share of return to use that a full benefit of contact removes.")
_assumed("after_discharge.stopped", 0.5, "probability", 0, 1, _uniform(0.2, 0.8),
    "A treated person is not using at discharge.")
_assumed("after_discharge.using_at_start", 0.8, "share", 0, 1, _uniform(0.5, 0.95), "People using on the first day.",
    Alternative(0.35, _uniform(0.1, 0.6), "assumed", _NONE))

_calibrated("well_being.base", 0.08, "0 to 1", 0, 0.9, _uniform(0.05, 0.4),
    f"fitted to {_UTAH}: 31.9 % with a symptom, 8.1 % persistent", "Resting burnout of a worker with no strain.")
_assumed("well_being.trait_sd", 0.12, "0 to 1", 0, 0.5, _uniform(0.05, 0.25), "Workers differ.")
_assumed("well_being.load", 0.30, "shift at a full shift", 0, 2, _uniform(0.05, 0.5),
    "Load (work asked for over minutes of the shift, counted up to 2) raises burnout.")
_assumed("well_being.acuity", 0.15, "shift", 0, 2, _uniform(0.0, 0.35), "Distress of the people seen raises burnout.")
_assumed("well_being.boundaries", 0.15, "shift", 0, 2, _uniform(0.0, 0.35),
    "People of one's own circle without clear limits raise burnout.")
_assumed("well_being.ambiguity", 0.15, "shift", 0, 2, _uniform(0.0, 0.35),
    "A role that colleagues do not understand raises burnout.")
_assumed("well_being.isolation", 0.10, "shift", 0, 2, _uniform(0.0, 0.3), "Being the only worker raises burnout.")
_assumed("well_being.adaptation", 0.10, "shift", 0, 2, _uniform(0.0, 0.25),
    "Experience lowers strain over the first years.")
_assumed("well_being.pace", 0.015, "per day", 0.001, 0.5, _lognormal(0.015, 0.6), "Burnout moves to its resting level.")
_assumed("well_being.memory", 14, "days", 1, 180, _lognormal(14, 0.5),
    "Strain, acuity and overlap are felt as means over about this time.")
_assumed("well_being.cut_off", 0.5, "0 to 1", 0.05, 0.95, _uniform(0.4, 0.6), "Burnout above which it is called high.",
    source="a definition: read against Gardner Institute 2025 and Aiken 2023; same cut-off as for clinicians")
_assumed("well_being.leave", 0.10, "per year", 0, 5, _lognormal(0.1, 0.7), "Going on leave, at burnout 0.3.")
_assumed("well_being.leave_burnout", 2.5, _HR, 0, 8, _normal(2.5, 1.0), "Burnout raises leave.")
_assumed("well_being.leave_days", 21, "days", 1, 365, _lognormal(21, 0.6), "Length of a leave.")
_assumed("well_being.return_to_use", 0.01, "per year", 0, 2, _lognormal(0.01, 1.0),
    "A worker returns to use (rare), at burnout 0.3, stability 0.5.",
    source="gap: return to use of hospital peers has not been counted; assumed with a wide prior")
_assumed("well_being.return_stability", -2.0, _HR, -8, 0, _normal(-2.0, 1.0),
    "Personal stability protects a worker from a return to use.")
_measured("well_being.exit", 0.30, "per year", 0, 5, f"{_EBY}: 33.2 % a year from all causes, read with burnout's part",
    "Exit of a worker at burnout 0.3.", prior=_lognormal(0.30, 0.4))
_calibrated("well_being.exit_burnout", 1.2, _HR, -2, 5, _normal(1.2, 0.6),
    f"{_LEAVING}: odds of thinking of leaving 1.54 with burnout", "Burnout raises exits.")

_assumed("supervision.half_minutes", 60, "minutes per worker and week", 5, 600, _lognormal(60, 0.5),
    "Supervision that gives half of its full worth; more than four times this is not taken up.")
_assumed("supervision.match", 0.5, "share", 0, 1, _uniform(0.0, 0.9),
    "Worth of supervision without lived experience, against a peer mentor.")
_calibrated("supervision.climate", 0.12, "shift of resting burnout", 0, 1, _normal(0.12, 0.06),
    f"{_CLIMATE}: d = 0.35 (0.02–0.68) on climate", "Adequate supervision lowers resting burnout.")
_assumed("supervision.boundaries", 0.5, "share", 0, 1, _uniform(0.0, 0.9), "Adequate supervision keeps boundaries.")
_assumed("supervision.clarity", 0.4, "share", 0, 1, _uniform(0.0, 0.8), "Adequate supervision makes the role clear.")
_assumed("supervision.exit", 0.0, _HR, -1.5, 1.5, _normal(0.0, 0.3), "Direct effect of adequate supervision on exits.",
    source=f"no trial shows one ({_CLIMATE}); centred on zero and wide")
_measured("supervision.turnover", 0.234, "per year", 0, 3, _EBY, "Exits of supervisors.")

_assumed("workforce.hire_days", 60, "days", 0, 730, _lognormal(60, 0.5), "Mean time to fill a post.")
_assumed("workforce.hire_stability", 0.5, "share more", 0, 5, _uniform(0.0, 1.5),
    "Asking for full stability lengthens hiring by this share.")
_assumed("workforce.onboarding_days", 30, "days", 0, 365, _lognormal(30, 0.5), "Onboarding with few people.")
_assumed("workforce.skill_start", 0.40, "0 to 1", 0, 1, _uniform(0.2, 0.7), "Skill of a new worker without training.")
_assumed("workforce.skill_training", 0.20, "gain per 40 hours", 0, 1, _uniform(0.0, 0.5), "Training raises skill.")
_assumed("workforce.skill_pace", 0.006, "per day", 0, 0.5, _lognormal(0.006, 0.6),
    "Skill grows on the job; faster with supervision.")
_assumed("workforce.handed_over", 0.5, "probability", 0, 1, _uniform(0.1, 0.9),
    "A leaver's person is handed over rather than dropped.")
_assumed("workforce.trust_kept", 0.5, "share", 0, 1, _uniform(0.1, 0.9),
    "Trust in the worker that is kept when a person goes over to another worker.")
_assumed("workforce.onboarding_capacity", 0.5, "share", 0, 1, _uniform(0.2, 0.9),
    "Working time for people during onboarding.")

# Effects of workers. Each whole effect is the log rate ratio of a named outcome at full contact in the reference
# population; harm is possible everywhere, most weight lies on a small benefit. Paths get shares of it
# (`simulation/effects.py`). Written before any look at what they predict: they are not to be moved to a trial.
_assumed("effect.bedside", -0.10, "log rate ratio", -2, 2, _normal(-0.10, 0.20),
    "Whole effect of full contact at the bedside on patient-initiated discharge.",
    source="no controlled estimate exists (Lennox 2021, Collins 2019: qualitative, in favour); a tenth fewer at the middle, "
    "harm in three draws of ten, rarely beyond a third fewer or a third more")
_assumed("effect.planning", 0.20, "log rate ratio", -2, 2, _normal(0.20, 0.25),
    "Whole effect of full planning and going along on the first visit in care after discharge.",
    source="appointments made before discharge go with attendance (Smith 2020, odds 1.65), reminders alone change nothing "
    "(Stasiewicz & Stalker); neither is a worker, so the middle is small and harm possible")
_assumed("effect.follow_up", -0.15, "log rate ratio", -2, 2, _normal(-0.15, 0.30),
    "Whole effect of full contact after discharge on acute needs that are treated in hospital.",
    source="any follow-up after a psychiatric discharge: hazard ratio 0.82 to 0.88 (Kurdyak, 10.1176/appi.ps.201600507), not "
    "randomised; trials of peers and navigators disagree; wide, harm in three draws of ten")
_assumed("effect.overdose", -0.05, "log rate ratio", -2, 2, _normal(-0.05, 0.20),
    "Whole effect of full contact after discharge on overdose.", source="no estimate found; near nothing, both signs")
_assumed("effect.retention", -0.10, "log rate ratio", -2, 2, _normal(-0.10, 0.25),
    "Whole effect of full contact on dropping out of care.", source="no estimate found; small, both signs")
_assumed("effect.return_to_use", -0.05, "log rate ratio", -2, 2, _normal(-0.05, 0.20),
    "Whole effect of full contact on return to use.", source="no estimate found; near nothing, both signs")
_assumed("effect.seeking", 0.20, "log rate ratio", -2, 2, _normal(0.20, 0.30),
    "Whole effect of full contact on seeking care when ill; emergency visits can rise by it.",
    source="sign: Lennox 2021 (\"bidirectional\" navigation); no slope found, both signs")
_assumed("effect.bedside_trust", 0.30, "share", 0, 1, _uniform(0.10, 0.50),
    "Share of the bedside effect that acts through trust in clinicians (bridging).")
_assumed("effect.bedside_distress", 0.25, "share", 0, 1, _uniform(0.05, 0.45),
    "Share of the bedside effect that acts through distress eased (pain believed); the rest is company.")
_assumed("effect.planning_along", 0.50, "share", 0, 1, _uniform(0.20, 0.80),
    "Share of the planning effect that needs contact after discharge (going along); the rest is the plan.")
_assumed("effect.follow_up_settled", 0.30, "share", 0, 1, _uniform(0.05, 0.50),
    "Share of a benefit of follow-up by which a need in contact is settled outside hospital.")
_assumed("effect.follow_up_stability", 0.25, "share", 0, 1, _uniform(0.05, 0.45),
    "Share of the follow-up effect that acts through stability, once contact has lasted; the rest is fewer needs.")
_assumed("lived_experience.pace", 0.25, "log ratio", -2, 2, _normal(0.25, 0.30),
    "Lived experience: how fast trust begins, against a navigator; the level later is the same.",
    source="sign and shape: Sells 2006, 10.1176/ps.2006.57.8.1179 (faster start, no difference at 12 months)")
_assumed("lived_experience.disclosure", 0.20, "log ratio", -2, 2, _normal(0.20, 0.30),
    "Lived experience: how much a trusted worker opens people up, against a navigator.",
    source="sign only: Collins 2019 (\"I wouldn't have talked to them\")")
_assumed("lived_experience.credibility", -0.15, "log ratio", -2, 2, _normal(-0.15, 0.25),
    "Lived experience: credibility with clinicians, against a navigator.", source="sign only: Scannell 2021")
_assumed("lived_experience.strain", 0.02, "shift of resting burnout", -0.5, 0.5, _normal(0.02, 0.04),
    "Lived experience: strain of its own, against a navigator.", source="sign only: Lennox 2021")
_assumed("supervision.skill", 0.4, "share more", -1, 5, _normal(0.4, 0.5), "Adequate supervision speeds learning.")
_assumed("supervision.isolation", 0.2, "share", -1, 1, _normal(0.2, 0.3), "Adequate supervision eases isolation.")
_assumed("stability.memory", 240, "days", 20, 3650, _lognormal(240, 0.9),
    "Mean time between turning points of a life: how long what contact, care and stays changed is kept.",
    source="no number found; short and long memory are both inside (55 to 1,050 days are 90 of 100)")

_measured("cost.wage", 15.42, "US$ of 2016 per hour", 1, 500, "Daniels 2016", "Wage of a worker.")
_assumed("cost.loading", 1.6, "ratio", 1, 4, _uniform(1.3, 2.1),
    "From the wage of 2016 to a loaded cost in 2022: on-costs and wage growth.",
    source="gap: loaded cost after 2016; assumed with a wide prior")
_assumed("cost.supervisor_wage", 45.0, "US$ of 2022 per hour, loaded", 1, 500, _lognormal(45, 0.4),
    "Cost of a supervisor's hour.")
_assumed("cost.recruitment", 3000, "US$ of 2022 per hire", 0, 200_000, _lognormal(3000, 0.7), "Recruiting a worker.")
_assumed("cost.training_hour", 30, "US$ of 2022 per hour", 0, 1000, _lognormal(30, 0.5),
    "An hour of training, besides wages.")
_measured("cost.inpatient_day", 3167, "US$ of 2022 per day", 0, 50_000, "KFF / AHA (non-profit hospitals, 2022)",
    "An inpatient day.")
_measured("cost.ed_visit", 1264, "US$ of 2022 per visit", 0, 50_000, "Premier (OUD, 2022)",
    "A visit to the emergency department.")
# fmt: on

NAMES: tuple[str, ...] = tuple(PARAMETERS)
RECORD = np.dtype([(name, np.float64) for name in NAMES])
"""What kernels read: one float per parameter, by name."""


def defaults(profile: str = "people_who_use_drugs") -> dict[str, float]:
    """Start values of every parameter for a population profile.

    Raises:
        ValueError: The profile does not exist.
    """
    if profile not in ("people_who_use_drugs", "serious_mental_illness"):
        raise ValueError(f"unknown profile {profile!r}")
    smi = profile == "serious_mental_illness"
    return {p.name: p.smi.value if smi and p.smi else p.value for p in PARAMETERS.values()}


def check_values(values: Mapping[str, float]) -> dict[str, float]:
    """Check names and bounds of parameter values and return them as floats.

    Raises:
        ValueError: An unknown name (with the nearest valid one), or a value that is no number or outside its bounds.
    """
    checked = {}
    for name, value in values.items():
        if name not in PARAMETERS:
            near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
            raise ValueError(f"unknown parameter {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        p = PARAMETERS[name]
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise ValueError(f"parameter {name!r} must be a number, not {value!r}")
        if not (math.isfinite(value) and p.low <= value <= p.high):
            raise ValueError(f"parameter {name!r} must lie from {p.low:g} to {p.high:g} {p.unit}, not {value:g}")
        checked[name] = float(value)
    return checked


def record(values: Mapping[str, float]) -> npt.NDArray[np.void]:
    """One-element array of dtype `RECORD` from a complete mapping of values."""
    return np.array([tuple(values[name] for name in NAMES)], dtype=RECORD)
