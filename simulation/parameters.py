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

from simulation.effects import PATHS, paths
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
_SSA = "US period life table 2022 (SSA Trustees Report 2025)"
_HSER = "Hser 2017, 10.1097/ADM.0000000000000312"
_KIMBER = "Kimber 2010, 10.1136/bmj.c3172 (Edinburgh)"
_MOVES = "Vancouver 1996–2005, Health & Place 2008, PMID 18427970"
_LEWER_RISK = "Lewer 2021, 10.1371/journal.pmed.1003759"
_LEWER_USE = "Lewer 2020, 10.1111/add.14892"
_HOOD = "Hood 2023, 10.1016/j.drugalcdep.2023.111009"
_CONSULT = "INREACH, odds of an addiction consult (US safety net, 5,979 stays of 3,905 people)"
_ORDERS = "University of Minnesota 2016–21, consult orders and outcomes"
_CONNECT = "Project Connect, 10.1176/appi.ps.201500503 (a plan, not a measurement)"
_HOURS = "Lin 2021, 10.1002/1348-9585.12228"
_TREATED = "MMWR 73(25):567 (US 2022)"
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
_calibrated("population.frailty_sd", 1.25, "sd of the log", 0, 2, _uniform(0.4, 1.5),
    f"{_CALIBRATED_ALONE}; one sd of frailty changes need by a factor of 1.5 to 4.5",
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
_measured("population.women", 0.45, "share", 0, 1,
    f"49 % of admitted people (Alemu 2021), 39.9 % of a cohort ({_HSER})",
    "Women.", prior=_normal(0.45, 0.03))
_assumed("population.selection", 0.5, "correlation", 0, 0.95, _uniform(0.1, 0.85),
    "Correlation of the propensity to engage with staying and linking: people who accept a worker would do better "
    "anyway.")

_measured("population.in_care", 0.25, "share", 0, 1, f"{_TREATED}: 25.1 % with medication",
    "People in care when they join.",
    Alternative(0.45, _uniform(0.2, 0.7), "assumed", _NONE), prior=_normal(0.25, 0.03))

_calibrated("turnover.entry_age", 33, "years", 18, 70, _normal(33, 3),
    "set so that people in the population are as old as people admitted (44.2 ± 15.4 years, King 2021)",
    "Mean age of people who join the population.")
_assumed("turnover.entry_age_sd", 11, "years", 0, 25, _uniform(7, 14), "Spread of the age of people who join.")
_measured("turnover.moves", 0.02, "per year", 0, 2, f"{_MOVES}: at least 0.171/9",
    "Moving away, housed and out of care.",
    prior=_lognormal(0.02, 0.4))
_measured("turnover.moves_in_care", -0.69, _HR, -3, 3, f"{_MOVES}: odds 0.50",
    "Being in care keeps people from moving.")
_measured("turnover.moves_unhoused", -0.37, _HR, -3, 3, f"{_MOVES}: odds 0.69",
    "Unstable housing goes with moving less.")
_measured("turnover.stops", 0.027, "per year", 0, 2, f"{_KIMBER}: 277 in 10,390 person-years",
    "Stopping for good, and needing the programme no more.",
    Alternative(0.01, _lognormal(0.01, 0.7), "assumed", _NONE), prior=_lognormal(0.027, 0.2))

_assumed("stability.lasting", 0.5, "share of the variance", 0, 1, _uniform(0.2, 0.8),
    "Part of stability that differs between people for life; the rest changes at turning points.")
_assumed("stability.engagement", 0.3, "correlation", 0, 0.95, _uniform(0.0, 0.6),
    "Steadier people engage more easily: who accepts a worker would come back less anyway.")
_assumed("stability.need", 0.30, "log hazard ratio per sd", 0.05, 2, _lognormal(0.30, 0.4),
    "Stability lowers acute need (a definition of its direction).")
_assumed("stability.visits", 0.35, "log hazard ratio per sd", -2, 2, _normal(0.35, 0.2),
    "Stability lowers visits without need of a bed.")
_assumed("stability.overdose", 0.30, "log hazard ratio per sd", -2, 2, _normal(0.30, 0.2), "Stability lowers overdose.")
_assumed("stability.leaving", 0.15, "log hazard ratio per sd", -2, 2, _normal(0.15, 0.15),
    "Stability keeps people in hospital until treatment is complete.")
_assumed("stability.care", 0.25, "sd", -2, 2, _normal(0.25, 0.2), "Being settled in care raises stability.")
_assumed("stability.departure", -0.15, "sd", -2, 2, _normal(-0.15, 0.15), "An early departure lowers stability.")
_assumed("stability.housing", 0.6, "log odds per sd", -3, 3, _normal(0.6, 0.3), "Steadier people are housed.")
_assumed("stability.housing_days", 540, "days", 20, 7300, _lognormal(540, 0.6),
    "How long housing stays as it is, mean.")
_assumed("stability.contact", 0.10, "share per contact", 0, 1, _lognormal(0.10, 0.5),
    "How fast contact that lasts reaches its full lift of stability.")

_calibrated("minor_visits.rate", 0.70, "per person-year", 0, 20, _lognormal(1.0, 0.5),
    f"fitted to {_LEWER_USE}: 1.51 visits and 0.41 admissions a person-year; before that, one a year within a factor "
    "of 2.7", "Visits without need of a bed.",
    Alternative(0.5, _lognormal(0.5, 0.7), "calibrated",
        f"{_CALIBRATED_ALONE}; one in two years within a factor of four"))
_calibrated("minor_visits.spread", 1.0, "sd of the log", 0, 2, _uniform(0.6, 1.4),
    "fitted to Palepu 2001 (PMID 11531049: none in 39 months for 26.4 %)", "People differ lastingly in such visits.")
_assumed("minor_visits.frailty", 0.3, "correlation", -0.95, 0.95, _uniform(0.0, 0.6), "Frail people come more often.")
_measured("minor_visits.unhoused", 0.68, _HR, -2, 3, f"{_HOUSING}: ln 1.98 for ED return",
    "Unstable housing raises such visits.", prior=_normal(0.68, 0.07))

_calibrated("acute_need.rate", 0.48, "per person-year", 0.01, 20, _lognormal(0.5, 0.5),
    f"{_CALIBRATED_ALONE}; one in two years within a factor of 2.7",
    "Acute illness that would need a hospital, per person of average frailty.",
    Alternative(0.45, _lognormal(0.5, 0.5), "calibrated",
        f"{_CALIBRATED_ALONE}; as for people who use drugs"))
_calibrated("acute_need.unhoused", 0.50, _HR, -1, 3, _normal(0.50, 0.15),
    f"{_HOUSING}: ln 1.93 for 30-day readmission, part of it through stability", "Unstable housing raises acute need.")
_assumed("acute_need.settled_in_care", 0.15, "probability", 0, 0.9, _uniform(0.0, 0.35),
    "A need that arises in care is settled outside hospital, if it is light enough.")
_assumed("acute_need.settled_limit", 0.7, "sd of treatment need", -3, 6, _normal(0.7, 0.4),
    "A need heavier than this cannot be settled outside hospital.")
_assumed("acute_need.in_care", -0.30, _HR, -3, 2, _normal(-0.3, 0.3), "Being in care changes acute need.")
_assumed("acute_need.using", 0.35, _HR, -1, 3, _normal(0.35, 0.3), "Use raises acute need.",
    Alternative(0.25, _normal(0.25, 0.3), "assumed", _NONE))
_assumed("acute_need.injecting", 0.30, _HR, -1, 3, _normal(0.3, 0.3), "Injecting raises acute need (infections).")
_calibrated("acute_need.residual", 26, "hazard ratio minus 1 per unit of residual illness", 0, 60, _lognormal(20, 0.5),
    f"fitted to {_MORENO} and {_KHAN}; after an illness that was not treated at all, need is 21 times usual, from 8 to "
    "54 times",
    "Residual illness raises acute need.")
_assumed("acute_need.residual_days", 14, "days", 1, 180, _lognormal(14, 0.4),
    "Residual illness fades with this time constant.",
    source="no number found; about two weeks by the model's design, assumed with a wide prior")
_calibrated("acute_need.after_stay", 0.165, "residual illness, 0 to 1", 0, 1, _lognormal(0.2, 0.6),
    f"fitted to {_MORENO}; a fifth of what no treatment leaves, from a twentieth to two thirds",
    "Residual illness left by a stay even when treatment was complete.")
_assumed("acute_need.plan", 0.4, "log ratio per unit of plan quality", 0, 5, _uniform(0.0, 1.5),
    "A discharge plan better than usual leaves less residual illness.")

_assumed("care_seeking.rate", 0.6, "per day", 0.01, 10, _lognormal(0.6, 0.6),
    "Hazard of seeking care at trust 0.5, stigma 0.4.")
_assumed("care_seeking.trust", 1.5, _HR, 0, 6, _normal(1.5, 0.75), "Trust shortens waiting.",
    source="sign: Haywood 2010, 10.1002/jhm.643, and Lennox 2021; no slope found, assumed with a wide prior")
_assumed("care_seeking.stigma", -1.5, _HR, -6, 0, _normal(-1.5, 0.75), "Experienced stigma lengthens waiting.")
_assumed("care_seeking.urgency", 0.15, "per day", 0.001, 0.3, _uniform(0.02, 0.25), "Untreated need grows more urgent.")
_assumed("care_seeking.easing", 0.08, "per day", 0, 2, _lognormal(0.08, 0.8),
    "Need that is not treated eases by itself.")
_assumed("care_seeking.worsening", 0.04, "log of treatment need per day waited", 0, 0.3, _uniform(0.0, 0.1),
    "People who wait arrive sicker and stay longer.")
_assumed("care_seeking.worsening_days", 60, "days", 1, 365, _lognormal(60, 0.5),
    "Waiting longer than this makes need no greater.")
_assumed("care_seeking.untreated", 0.6, "residual illness, 0 to 1", 0, 1, _uniform(0.2, 1.0),
    "Residual illness left where need was never treated.")

_measured("beds.overdose", 0.53, "probability", 0, 1, "Premier, US 2017–18: 53 % of overdoses in the ED admitted",
    "An overdose taken to the emergency department is admitted.", prior=_normal(0.53, 0.08))
_calibrated("beds.admission", 0.45, "probability", 0.01, 1, _uniform(0.25, 0.7),
    f"{_CALIBRATED_ALONE}; a visit with need of a bed ends in one at least in a quarter, at most in seven of ten",
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
_assumed("disclosure.vouching", 0.4, _HR, -3, 6, _normal(0.4, 0.5),
    "Full trust in a worker who vouches opens up.", source="sign only: Collins 2019; both signs")
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

_measured("visible_need.unhoused", 0.27, _LO, -3, 3, f"{_CONSULT}: odds 1.31", "Unstable housing is seen.",
    prior=_normal(0.27, 0.10))
_measured("visible_need.distress", 0.63, _LO, -3, 3, f"{_CONSULT}: odds 1.88 with withdrawal treated",
    "Distress is seen.",
    prior=_normal(0.63, 0.10))
_measured("visible_need.co_occurring", 0.56, _LO, -3, 3, f"{_CONSULT}: odds 1.75 with a psychiatric consult",
    "Mental illness is seen.", prior=_normal(0.56, 0.12))
_measured("visible_need.overdose", -0.34, _LO, -3, 3, f"{_CONSULT}: odds 0.71", "An overdose brings a short stay.",
    prior=_normal(-0.34, 0.15))
_measured("visible_need.age", -0.20, "log odds per 10 years", -1, 1, f"{_CONSULT}: odds 0.82",
    "Younger people are seen.",
    prior=_normal(-0.20, 0.05))
_assumed("visible_need.stays", 0.25, "log odds per stay of the year before", -1, 2, _normal(0.25, 0.2),
    "Earlier stays are known, up to four.")
_assumed("visible_need.departures", 0.25, "log odds per early departure", -1, 2, _normal(0.25, 0.2),
    "Earlier departures are known, up to two.")
_assumed("visible_need.conflict", 0.3, "log odds per conflict", -1, 2, _normal(0.3, 0.2),
    "Conflict is seen, up to two.")
_assumed("visible_need.search", 0.5, "share", -1, 2, _uniform(0.0, 1.0),
    "How far workers who search admissions go by visible need, against clinicians.")

_measured("consult.rate", 0.14, "per day at admission", 0, 5, f"set to 37.5 % of stays ordered ({_ORDERS})",
    "The addiction consult team is asked to come, at average visible need.",
    Alternative(0.03, _lognormal(0.03, 0.7), "assumed", _NONE), prior=_lognormal(0.14, 0.3))
_measured("consult.days", 2, "days", 0.2, 60, "median one day from admission to request (Canada, pilot)",
    "Requests fade over the stay with this time constant.", prior=_lognormal(2, 0.3))
_measured("consult.seen", 0.44, "probability", 0, 1, f"{_ORDERS}: 2,789 of 6,344 orders",
    "An order is followed by a consult.",
    prior=Prior("beta", 30, 38))
_assumed("consult.social_work", 0.40, "share of stays", 0, 1, _uniform(0.1, 0.8),
    "Stays seen by social work in usual care.")
_assumed("consult.social_help", 0.25, "probability", 0, 1, _uniform(0.05, 0.5), "Social work resolves a barrier.")

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
_assumed("relationship.list", 0.30, "share of the quality per list of the norm", 0, 5, _uniform(0.05, 0.6),
    "Quality of work lost by lists beyond the norm.")
_assumed("relationship.reporting", 0.40, "share of the gain", 0, 1, _uniform(0.1, 0.7),
    "Share of the gain lost where workers must report use.")
_assumed("relationship.burnout", 0.60, "share of the gain", 0, 1, _uniform(0.2, 0.9),
    "Share of the gain lost by a worker at burnout 1.")

_assumed("advocacy.softening", 0.10, "share", -1, 1, _normal(0.10, 0.20),
    "Enacted stigma and conflict avoided on days of contact, at full credibility; below zero: added.",
    source="no controlled estimate; small, both signs")
_assumed("bridging.clinician_exposure", 1.0, "exposures per visit", 0, 10, _lognormal(1.0, 0.5),
    "A visit shows clinicians the role.")


_assumed("clinicians_change.stigma_mean", 0.40, "0 to 1", 0.05, 0.95, _uniform(0.2, 0.6),
    "Clinician stigma at hire (MCRS / DDPPQ reading).")
_assumed("clinicians_change.stigma_sd", 0.15, "0 to 1", 0, 0.4, _uniform(0.05, 0.25), "Spread of clinician stigma.")
_assumed("clinicians_change.credibility_start", 0.30, "0 to 1", 0, 1, _uniform(0.1, 0.55),
    "Credibility given to the peer role at first.")
_assumed("clinicians_change.credibility_gain", 0.008, "gain per exposure", -0.2, 0.5, _normal(0.008, 0.010),
    "Exposure to working peers raises credibility; below zero: lowers it.")
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
_measured("clinicians_change.training_effect", 0.092, "lower stigma after 8 hours a year", -0.5, 0.5,
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
_assumed("barriers.solved", 0.35, "probability", 0, 1, _uniform(0.0, 0.7),
    "A session on a barrier resolves it (a probability, so not below 0).")
_assumed("barriers.lasting", 0.15, "probability", 0, 1, _uniform(0.0, 0.4),
    "Somewhere to stay, found during a stay, becomes stable housing.")
_assumed("barriers.minutes", 30, "minutes", 1, 240, _lognormal(30, 0.4), "A session on a barrier.")
_assumed("barriers.plan", 0.12, "loss of plan quality", 0, 1, _uniform(0.03, 0.3),
    "An open barrier lowers plan quality.")
_assumed("barriers.practical", 0.2, "share of the gain", 0, 1, _uniform(0.0, 0.8),
    "Share of a meeting's benefit that is practical help and needs no trust: rides, forms, reminders.")
_assumed("barriers.wait", 0.7, "days per barrier", 0, 30, _uniform(0.0, 2.5),
    "Most days that an open barrier holds up a planned discharge.")

_calibrated("discharge.stay_median", 2.0, "days", 0.5, 60, _lognormal(2.5, 0.4),
    f"fitted to {_KING} and PMID 32541363; two to three days, from one to six",
    "Median treatment need at admission.", Alternative(3.2, _lognormal(4.0, 0.5), "calibrated",
        f"{_CALIBRATED_ALONE}; four days, from one and a half to eleven"))
_calibrated("discharge.stay_sd", 1.33, "sd of the log", 0, 2, _uniform(0.6, 1.5),
    f"fitted to {_KING} (right-skewed); two thirds of stays within a factor of 1.8 to 4.5 of the median",
    "Spread of treatment need.")
_calibrated("discharge.patient_initiated", 0.0068, "per day", 0, 1, _lognormal(0.006, 0.6),
    f"fitted to {_PHILADELPHIA}; three in a hundred stays of five days without distress, from one to ten",
    "Patient-initiated discharge at distress 0, stigma 0.4, trust 0.5, after the early days.",
    Alternative(0.006, _lognormal(0.004, 0.8), "calibrated",
        f"{_CALIBRATED_ALONE}; two in a hundred stays of five days without distress, within a factor of five"))
_assumed("discharge.distress", 1.8, _HR, 0, 6, _normal(1.8, 0.7), "Distress makes people leave.")
_assumed("discharge.stigma", 1.2, _HR, 0, 6, _normal(1.2, 0.6), "Experienced stigma makes people leave.")
_assumed("discharge.trust", -1.2, _HR, -6, 0, _normal(-1.2, 0.6), "Trust keeps people.",
    source="sign: Haywood 2010, 10.1002/jhm.643; no slope in people who use drugs, assumed with a wide prior")
_calibrated("discharge.early", 0.2, "log hazard ratio on day 0", 0, 4, _uniform(0.0, 1.5),
    "fitted to PMID 32541363 (3.5 against 5.5 days); from no difference to four and a half times on day 0",
    "The first days are the hardest; fades over three days.")
_assumed("discharge.propensity", 0.7, "log hazard ratio per sd", 0, 3, _uniform(0.3, 1.2),
    "People differ in the propensity to leave early.")
_assumed("discharge.co_occurring", 0.2, _HR, -2, 3, _normal(0.2, 0.3), "Co-occurring conditions make people leave.")
_assumed("discharge.early_days", 3, "days", 0.5, 30, _uniform(1.5, 5.0), "The early days fade with this time constant.")
_assumed("discharge.covered_days", 5, "days", 0, 365, _lognormal(5, 0.5),
    "Days that cover pays where it is not adequate.")
_assumed("discharge.administrative", 0.10, "per day", 0, 1, _lognormal(0.1, 0.7),
    "Administrative discharge once cover has ended.")
_calibrated("discharge.death", 0.0005, "per day", 0, 0.1, _lognormal(0.0005, 0.7),
    f"fitted to {_KING}; three in a thousand stays of six days, within a factor of four",
    "Death in hospital at average frailty.")
_assumed("discharge.plan_base", 0.40, "0 to 1", 0, 1, _uniform(0.15, 0.65), "Plan quality without a worker.")
_assumed("discharge.plan_unplanned", 0.3, "ratio", 0, 1, _uniform(0.05, 0.7),
    "Share of the plan that an unplanned discharge keeps.")

_calibrated("linkage.rate", 0.009, "per day", 0, 1, _lognormal(0.01, 0.7),
    f"fitted to {_IMPACT}; one in a hundred a day, within a factor of four",
    "First visit right after discharge, plan quality 0, trust 0.5.")
_assumed("linkage.window", 21, "days", 2, 365, _lognormal(21, 0.5),
    "The chance of a first visit fades with this time constant.")
_assumed("linkage.plan", 1.2, _HR, 0, 5, _normal(1.2, 0.6), "A good plan links.")
_assumed("linkage.trust", 1.0, _HR, 0, 5, _normal(1.0, 0.5), "Trust links.",
    source="sign only; no slope found, assumed with a wide prior")
_assumed("linkage.treated", 0.6, _HR, 0, 4, _normal(0.6, 0.4), "Treatment begun in hospital links.")
_assumed("linkage.engagement", 0.4, "log hazard ratio per sd", 0, 3, _uniform(0.1, 0.8), "Propensity to engage links.")
_measured("linkage.drop_out", 1.33, "per year", 0, 20, f"{_FAIRLEY}: mean of methadone 1.051 and buprenorphine 1.609",
    "Leaving care.", Alternative(0.8, _lognormal(0.8, 0.6), "assumed", _NONE), prior=_uniform(1.051, 1.609))
_assumed("linkage.incentive", 0.6, _HR, -2, 5, _uniform(0.0, 1.5),
    "Incentives of a trial for a first visit in care link.")
_calibrated("linkage.background", 0.40, "per year", 0.0001, 5, _lognormal(0.40, 0.3),
    f"what a quarter in care needs with this drop-out ({_TREATED})", "Entering care outside any stay.",
    Alternative(0.6, _lognormal(0.6, 0.5), "assumed", _NONE))

_calibrated("follow_up.lost", 0.07, "per day", 0, 5, _lognormal(0.05, 0.7),
    f"fitted to {_LUKACS}; after three weeks, from five days to three months",
    "Being lost to a worker who has not been met yet, at average propensity to engage.")
_assumed("follow_up.lost_engagement", -0.6, "log hazard ratio per sd", -3, 3, _normal(-0.6, 0.4),
    "Propensity to engage keeps contact.")
_assumed("follow_up.lost_trust", -1.5, _HR, -6, 3, _normal(-1.5, 0.8), "Trust in the worker keeps contact.")
_assumed("follow_up.lost_meetings", -0.5, "log hazard ratio per log of 1 + meetings", -3, 3, _normal(-0.5, 0.3),
    "Meetings so far keep contact.")
_assumed("follow_up.lost_change", 0.5, _HR, -3, 3, _normal(0.5, 0.4), "A change of worker loses people.",
    source="24 % of clients lose their worker in a year; decline in some (10.1176/appi.ps.201900169); sign only")
_assumed("follow_up.reach_trust", 1.0, "log odds per unit", -3, 5, _normal(1.0, 0.6),
    "Trust in the worker lets one be reached.")
_assumed("follow_up.reach_meetings", 0.4, "log odds per log of 1 + meetings", -3, 3, _normal(0.4, 0.3),
    "Meetings so far let one be reached.")
_calibrated("follow_up.reach", 0.4, "probability", 0.01, 0.99, _uniform(0.2, 0.75),
    f"fitted to {_LUKACS}; one in five attempts at the least, three in four at the most",
    "An attempt reaches an average person.")
_assumed("follow_up.reach_sd", 2.4, "sd of the log odds", 0, 4, _uniform(1.0, 3.0),
    "People differ in how reachable they are.")
_assumed("follow_up.reach_engagement", 0.3, "correlation", 0, 0.95, _uniform(0.0, 0.7),
    "People who engage easily are easier to reach: those who consent or accept stay in contact more often.")
_assumed("follow_up.unhoused", -0.5, _LO, -3, 1, _normal(-0.5, 0.4), "Unstable housing makes people harder to reach.")
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
_calibrated("after_discharge.overdose_spread", 0.8, "sd of the log", 0, 2, _uniform(0.4, 1.2),
    "fitted to Caudarella 2016 (PMC4833586: 1.95 after an earlier one) and Suffoletto 2020 (PMID 32058246: 14.9 %)",
    "People differ lastingly in overdose.")
_measured("after_discharge.days_1_2", 4.39, "hazard ratio", 0.1, 50, f"{_LEWER_RISK}: 4.39 (3.75–5.14)",
    "Overdose on days 1 and 2 after discharge.", prior=_lognormal(4.39, 0.08))
_measured("after_discharge.days_3_14", 2.09, "hazard ratio", 0.1, 50, _LEWER_RISK, "Overdose on days 3 to 14.",
    prior=_lognormal(2.09, 0.08))
_calibrated("after_discharge.excess_planned", 0.55, "ratio", 0, 10, _lognormal(0.55, 0.3),
    f"{_STAPLES}: (1.39 − 1) over the mean excess of 28 days, 0.71", "Share of that excess after a planned discharge.")
_calibrated("after_discharge.excess_early", 1.52, "ratio", 0, 10, _lognormal(1.52, 0.3),
    f"{_STAPLES}: (2.08 − 1)/0.71", "Share of that excess after leaving early.")
_measured("after_discharge.hospital_early", 1.03, "hazard ratio", 0, 10, f"{_LEWER_RISK}: 1.03 (0.87–1.21)",
    "Overdose on days 1 to 14 in hospital.", prior=_lognormal(1.03, 0.08))
_measured("after_discharge.hospital_late", 0.41, "hazard ratio", 0, 10, f"{_LEWER_RISK}: 0.41 (0.30–0.56)",
    "Overdose from day 15 in hospital.", prior=_lognormal(0.41, 0.16))
_calibrated("after_discharge.after_overdose", 1.8, "hazard ratio", 0.1, 20, _lognormal(2.0, 0.4),
    f"fitted to {_HOOD}: 43 against 10 to 15 per 1,000 person-months, part of it lasting differences; about twice, "
    "from no difference to four times",
    "Overdose within 30 days of another.")
_measured("after_discharge.overdose_survival", 0.899, "probability", 0, 1, _FAIRLEY, "Survival of an overdose.")
_assumed("after_discharge.overdose_ed", 0.6, "probability", 0, 1, _uniform(0.3, 0.9),
    "An overdose survived is taken to the emergency department.")
_assumed("after_discharge.abstinent", 0.3, "hazard ratio", 0, 2, _uniform(0.1, 0.8),
    "Overdose while not using, against using.")
_measured("after_discharge.death_out", 0.00978, "per year", 0, 1, _FAIRLEY,
    "Other excess death out of treatment, at age 44; it goes with background mortality "
    "by age and sex.")
_measured("after_discharge.death_in", 0.00318, "per year", 0, 1, _FAIRLEY,
    "Other excess death in treatment, at age 44.")
_calibrated("after_discharge.death_frailty", 0.8, "exponent of frailty", 0, 3, _uniform(0.0, 1.5),
    f"fitted to {_KING}; from no part in death to more than in need of a bed",
    "Frail people die more often.")
_calibrated("after_discharge.death_surge", 3.0, "hazard ratio minus 1 on the day of discharge", 0, 100,
    _lognormal(4.0, 0.7),
    f"fitted to {_KING}; five times on the day of discharge, from twice to seventeen times",
    "Death of other causes is likelier after a stay.")
_assumed("after_discharge.death_surge_days", 90, "days", 5, 730, _lognormal(90, 0.5),
    "The surge in other deaths fades with this time constant.")
_measured("after_discharge.pauses", 0.165, "per year", 0, 10,
    "Evans 2009 (PMC2692897: 28.8 % of 365 in 638 person-years)",
    "Stopping for a time, out of care.", Alternative(0.165, _lognormal(0.165, 0.7), "assumed", _NONE),
    prior=_lognormal(0.165, 0.2))
_measured("after_discharge.pauses_in_care", 1.71, "hazard ratio", 0.1, 10, "Edinburgh Addiction Cohort 2018",
    "Care makes stopping for a time likelier.", prior=_lognormal(1.71, 0.2))
_assumed("after_discharge.return_to_use", 0.004, "per day", 0, 1, _lognormal(0.004, 0.5),
    "Return to use, out of care.", Alternative(0.001, _lognormal(0.001, 0.7), "assumed", _NONE),
    source="three quarters return, median 1.0 year after stops of half a year (Shah 2006); shorter stops end sooner")
_assumed("after_discharge.return_in_care", -1.0, _HR, -4, 0, _normal(-1.0, 0.5), "Care delays a return to use.")
_assumed("after_discharge.stopped", 0.5, "probability", 0, 1, _uniform(0.2, 0.8),
    "A treated person is not using at discharge.")
_assumed("after_discharge.using_at_start", 0.7, "share", 0, 1, _uniform(0.5, 0.9),
    "People using when they join, and the usual share of whom the rates of studies are.",
    Alternative(0.35, _uniform(0.1, 0.6), "assumed", _NONE))

_calibrated("well_being.base", 0.16, "0 to 1", 0, 0.9, _uniform(0.05, 0.4),
    f"fitted to {_UTAH}: 31.9 % with a symptom, 8.1 % persistent; below the cut-off for high burnout in every draw",
    "Resting burnout of a worker with no strain.")
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
_calibrated("well_being.hours", 0.11, "shift per 40 hours a week beyond 40", -1, 2, _normal(0.11, 0.04),
    f"{_HOURS}: odds of burnout × 2, 3, 4 beyond 60, 74, 84 hours", "Long hours tire.")
_assumed("well_being.list", 0.08, "shift per list of the norm beyond it", -1, 2, _normal(0.08, 0.05),
    "A very long list weighs on a worker.")
_measured("well_being.norm", 15, "people per worker", 1, 200, _CONNECT, "A list that is no burden.",
    prior=_lognormal(15, 0.3))
_assumed("well_being.absence", 0.03, "share of days", 0, 0.5, _lognormal(0.03, 0.4), "Days off sick, at burnout 0.3.")
_assumed("well_being.absence_burnout", 2.0, _HR, -2, 8, _normal(2.0, 0.8), "Burnout keeps workers at home.")
_assumed("well_being.incident", 0.15, "per year", 0, 10, _lognormal(0.15, 0.8),
    "An incident that costs the role credibility, at burnout 0.3 and boundaries kept.")
_assumed("well_being.incident_burnout", 2.0, _HR, -2, 8, _normal(2.0, 0.8), "Burnout dulls judgement.")
_assumed("well_being.incident_boundaries", 1.0, _HR, -2, 5, _normal(1.0, 0.5), "Boundaries not kept end in incidents.")
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
_calibrated("supervision.climate", 0.08, "shift of resting burnout", -1, 1, _normal(0.08, 0.06),
    f"{_CLIMATE}: d = 0.35 (0.02–0.68) on climate, not on burnout", "Adequate supervision lowers resting burnout.")
_assumed("supervision.boundaries", 0.25, "share", -1, 1, _normal(0.25, 0.30), "Adequate supervision keeps boundaries.")
_assumed("supervision.clarity", 0.20, "share", -1, 1, _normal(0.20, 0.30), "Adequate supervision makes the role clear.")
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
_assumed("workforce.team_kept", 0.75, "share", 0, 1, _uniform(0.4, 1.0),
    "Trust kept when a worker hands a person over to a colleague in person.")
_assumed("workforce.memory", 0.8, "share", 0, 1, _uniform(0.4, 1.0),
    "Trust kept in a worker who is met again later.")
_assumed("workforce.onboarding_capacity", 0.5, "share", 0, 1, _uniform(0.2, 0.9),
    "Working time for people during onboarding.")

# Effects of workers. Each whole effect is the log rate ratio of a named outcome at full contact in the reference
# population; harm is possible everywhere, most weight lies on a small benefit. Paths get shares of it
# (`simulation/effects.py`). Written before any look at what they predict: they are not to be moved to a trial.
_assumed("effect.bedside", -0.10, "log rate ratio", -2, 2, _normal(-0.10, 0.20),
    "Whole effect of full contact at the bedside on patient-initiated discharge.",
    source="no controlled estimate exists (Lennox 2021, Collins 2019: qualitative, in favour); a tenth fewer at the "
    "middle, harm in three draws of ten, rarely beyond a third fewer or a third more")
_assumed("effect.planning", 0.20, "log rate ratio", -2, 2, _normal(0.20, 0.25),
    "Whole effect of full planning and going along on the first visit in care after discharge.",
    source="appointments made before discharge go with attendance (Smith 2020, odds 1.65), reminders alone change "
    "nothing (Stasiewicz & Stalker); neither is a worker, so the middle is small and harm possible")
_assumed("effect.follow_up", -0.15, "log rate ratio", -2, 2, _normal(-0.15, 0.30),
    "Whole effect of full contact after discharge on acute needs that are treated in hospital.",
    source="any follow-up after a psychiatric discharge: hazard ratio 0.82 to 0.88 (Kurdyak, "
    "10.1176/appi.ps.201600507), not randomised; trials of peers and navigators disagree; wide, harm in three draws "
    "of ten")
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

_measured("cost.wage", 15.42, "US$ of 2016 per hour", 1, 500,
    "Daniels 2016; spread: at most 11 % of peers above 20 US$ (10.21203/rs.3.rs-3405876/v1)", "Wage of a peer worker.",
    prior=_lognormal(15.42, 0.21))
_assumed("cost.navigator_wage", 15.42, "US$ of 2016 per hour", 1, 500, _lognormal(15.42, 0.30),
    "Wage of a navigator.", source="no number found; as a peer worker's, with a wider prior")
_assumed("cost.loading", 1.6, "ratio", 1, 4, _uniform(1.3, 2.1),
    "From the wages of 2016 to a loaded cost in 2022: on-costs and wage growth.",
    source="gap: loaded cost after 2016; assumed with a wide prior")
_assumed("cost.supervisor_wage", 45.0, "US$ of 2022 per hour, loaded", 1, 500, _lognormal(45, 0.4),
    "Cost of a supervisor's hour.")
_assumed("cost.clinician_hour", 60.0, "US$ of 2022 per hour, loaded", 1, 1000, _lognormal(60, 0.4),
    "A clinician's hour that training takes.")
_assumed("cost.recruitment", 3000, "US$ of 2022 per hire", 0, 200_000, _lognormal(3000, 0.7),
    "Recruiting a worker or a supervisor.")
_assumed("cost.training_hour", 30, "US$ of 2022 per hour", 0, 1000, _lognormal(30, 0.5),
    "An hour of training, besides wages.")
_measured("cost.inpatient_day", 3167, "US$ of 2022 per day", 0, 50_000,
    "KFF / AHA (non-profit hospitals, 2022); its spread is assumed", "An inpatient day, on average.",
    prior=_lognormal(3167, 0.2))
_measured("cost.marginal_share", 0.27, "share of an average day", 0, 1,
    "Taheri 2000, 10.1016/s1072-7515(00)00352-5: the last day of a stay of four is 6.8 % of its cost; up to the "
    "variable share of 42 %",
    "What one inpatient day more or less costs, against an average day.", prior=_uniform(0.1, 0.42))
_measured("cost.ed_visit", 1264, "US$ of 2022 per visit", 0, 50_000, "Premier (OUD, 2022); its spread is assumed",
    "A visit to the emergency department.", prior=_lognormal(1264, 0.2))
_assumed("cost.treatment_year", 6266, "US$ per year in care", 0, 200_000, _lognormal(6266, 0.2),
    "Treatment after discharge, for a year in care: programmes that link more people cause more of it.",
    Alternative(6266, _lognormal(6266, 0.6), "assumed", _NONE),
    source="NIDA: methadone 6,552, buprenorphine 5,980 a year (middle); the price year is not given: spread assumed")
# fmt: on

REMOVED: dict[str, str] = {
    "acute_need.protection": "effect.follow_up, a log rate ratio",
    "advocacy.compromise": "advocacy.softening, which may be negative",
    "advocacy.pain_believed": "effect.bedside with its share effect.bedside_distress",
    "after_discharge.protection": "effect.overdose, a log rate ratio",
    "after_discharge.return_contact": "effect.return_to_use, a log rate ratio",
    "after_discharge.surge_days": "after_discharge.days_1_2 and after_discharge.days_3_14",
    "after_discharge.surge_early": "after_discharge.excess_early",
    "after_discharge.surge_planned": "after_discharge.excess_planned",
    "bridging.gain": "effect.bedside with its share effect.bedside_trust",
    "care_seeking.contact": "effect.seeking, a log rate ratio",
    "discharge.plan_worker": "effect.planning, a log rate ratio",
    "linkage.contact": "effect.planning with its share effect.planning_along",
    "linkage.drop_out_contact": "effect.retention, a log rate ratio",
    "population.in_care_at_start": "population.in_care",
    "relationship.lived_experience": "lived_experience.pace, a log ratio",
}
"""Parameters of model 0.5 that are no more → what stands in their place."""

NAMES: tuple[str, ...] = tuple(PARAMETERS)
RECORD = np.dtype([(name, np.float64) for name in (*NAMES, *PATHS)])
"""What kernels read: one float per parameter and per path of a worker's effect, by name."""


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
        if name in REMOVED:
            raise ValueError(f"parameter {name!r} is no more since model 1.0: use {REMOVED[name]}")
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
    complete = {**values, **paths(values)}
    return np.array([tuple(complete[name] for name in RECORD.names or ())], dtype=RECORD)
