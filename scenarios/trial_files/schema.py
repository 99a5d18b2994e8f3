"""The tables of a trial file, each key with what it must be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from scenarios.checked_toml import Format
from scenarios.checked_toml import Table as _Table
from scenarios.checked_toml import key as _key
from scenarios.trial_files.measures import EFFECTS, MEASURES, SUBGROUPS, Effect
from simulation.state import VISIT_MEMORY
from simulation.trial_specification import WORKERS

MOST_PEOPLE = 200_000
DESCRIBED = "title", "question", "description", "sources", "assumed"

Phase = Annotated[list[int | float], Field(min_length=2, max_length=2)]
Three = Annotated[list[float], Field(min_length=3, max_length=3)]
Pair = Annotated[list[str], Field(min_length=2, max_length=2)]
Worker = Literal["peer", "navigator", "social worker"]
Workers = Annotated[list[Worker], Field(min_length=1, max_length=3)]
Known = Annotated[float, Field(gt=0, le=1)]


def _one_of(*words: str) -> str:
    return "one of " + ", ".join(f'"{word}"' for word in words)


_TEXT = "text in quotes"
_YES = "true or false"
_SHARE = "a number from 0 to 1"


class EligibilityTable(_Table):
    """`[eligibility]`: who may take part. A trait that is left out may be either."""

    profile: Literal["people_who_use_drugs", "serious_mental_illness"] | None = _key(
        None,
        _one_of("people_who_use_drugs", "serious_mental_illness"),
        "Which population; that of the scenario if left out.",
    )
    diagnosis: Literal["substance use", "serious mental illness", "both"] | None = _key(
        None,
        _one_of("substance use", "serious mental illness", "both"),
        'Group of diagnoses, in place of profile: the model knows no single ones. With "both", people of the profile '
        "who have the other too.",
    )
    place: list[Literal["ward", "emergency department", "ED", "discharge"]] = _key(
        ["ward"],
        'a list of "ward", "emergency department" and "discharge"',
        "Where people are asked: in a bed, in the emergency department (also while they wait for a bed), or in the "
        "evening of the day on which they leave.",
        min_length=1,
    )
    discharge_types: list[Literal["planned", "patient-initiated", "administrative"]] = _key(
        ["planned"],
        'a list of "planned", "patient-initiated" and "administrative"',
        'How a stay must have ended for people who are asked at "discharge".',
        min_length=1,
    )
    stay_days_at_least: int = _key(
        0, "a whole number from 0 to 365", "Days in hospital so far, 0 on the day of admission.", ge=0, le=365
    )
    stay_days_at_most: int = _key(
        10_000, "a whole number from 0 to 10,000", "Days in hospital so far.", ge=0, le=10_000
    )
    admissions_at_least: int = _key(0, "a whole number from 0 to 100", "Admissions within the window.", ge=0, le=100)
    admissions_at_most: int = _key(
        10_000, "a whole number from 0 to 10,000", "Admissions within the window.", ge=0, le=10_000
    )
    admissions_within_days: int = _key(
        365, "a whole number from 1 to 3,650", "The window before enrolment, in days.", ge=1, le=3_650
    )
    admissions_count_this_one: bool = _key(True, _YES, "The present stay counts as one of them.")
    ed_visits_at_least: int = _key(
        0,
        f"a whole number from 0 to {VISIT_MEMORY}",
        "Visits to the emergency department within their window, the present one too.",
        ge=0,
        le=VISIT_MEMORY,
    )
    ed_visits_within_days: int = _key(365, "a whole number from 1 to 3,650", "Their window, in days.", ge=1, le=3_650)
    stable_housing: bool | None = _key(None, _YES, "Has stable housing.")
    adequate_cover: bool | None = _key(None, _YES, "Insurance covers a whole stay.")
    co_occurring: bool | None = _key(
        None, _YES, "Co-occurring mental illness (people who use drugs), or use of drugs (serious mental illness)."
    )
    injecting: bool | None = _key(None, _YES, "Injects drugs.")
    in_care: bool | None = _key(None, _YES, "Is in care.")
    using: bool | None = _key(None, _YES, "Uses drugs at present.")
    woman: bool | None = _key(None, _YES, "Is a woman.")
    age_at_least: int = _key(0, "a whole number from 0 to 120", "Age in years.", ge=0, le=120)
    age_at_most: int = _key(120, "a whole number from 0 to 120", "Age in completed years.", ge=0, le=120)
    seen_by_consult_team: bool | None = _key(
        None, _YES, "The consult team of usual care has seen the person in the present stay."
    )
    seen_by_social_work: bool | None = _key(
        None, _YES, "Social work of usual care has seen the person in the present stay."
    )
    overdose_before: bool | None = _key(None, _YES, "Has had an overdose within its window.")
    overdose_within_days: int = _key(365, "a whole number from 1 to 3,650", "That window, in days.", ge=1, le=3_650)
    approached: float = _key(
        1.0,
        "a number above 0 and at most 1",
        "Share of eligible people who are asked, by lot at each visit or stay: a sample of them, whoever they are.",
        gt=0,
        le=1,
    )
    consent: float = _key(
        1.0,
        "a number above 0 and at most 1",
        "Share of those asked who take part, at average propensity to engage; "
        "those who engage easily consent more often.",
        gt=0,
        le=1,
    )


class EnrolmentTable(_Table):
    """`[enrolment]`: how many people, how long, and how they are assigned."""

    people: int | None = _key(
        None,
        f"a whole number from 2 to {MOST_PEOPLE:,}",
        "People in all arms together; may be left out if every arm says its own.",
        ge=2,
        le=MOST_PEOPLE,
    )
    days: int | None = _key(
        None,
        "a whole number from 1 to 3,650",
        "Days of enrolment, 365 if left out (stepped wedge: its steps).",
        ge=1,
        le=3_650,
    )
    pace: Literal["even", "as they come"] = _key(
        "even",
        _one_of("even", "as they come"),
        "How fast people are enrolled: spread evenly over the days of enrolment (what one day lacks the next may add), "
        "or everybody who can be had until there are enough.",
    )
    people_per_week: float | None = _key(
        None,
        "a number above 0 and at most 10,000",
        "People enrolled in a week at most, on average since the first day, in place of an even pace.",
        gt=0,
        le=10_000,
    )
    assignment: Literal["individual", "blocks", "cluster", "stepped-wedge"] = _key(
        "individual",
        _one_of("individual", "blocks", "cluster", "stepped-wedge"),
        "How people come to their arm: one by one, in permuted blocks, with their cluster, or with their cluster once "
        "it has crossed over.",
    )
    block_size: int | None = _key(
        None,
        "a whole number from 2 to 200",
        "People of a permuted block, a multiple of the shares of the arms.",
        ge=2,
        le=200,
    )
    blocks_by_hospital: bool = _key(False, _YES, "Each hospital has blocks of its own.")
    cluster: Literal["unit", "hospital"] = _key("unit", _one_of("unit", "hospital"), "What a cluster is.")
    steps: int | None = _key(None, "a whole number from 1 to 50", "Crossings of a stepped wedge.", ge=1, le=50)
    step_days: int | None = _key(
        None, "a whole number from 1 to 1,000", "Days between crossings, and before the first.", ge=1, le=1_000
    )


class StaffTable(_Table):
    """`[staff]`: posts for the trial; every worker goes wherever the people of their arm are."""

    peers: int = _key(0, "a whole number from 0 to 20,000", "Posts for peer workers.", ge=0, le=20_000)
    navigators: int = _key(
        0, "a whole number from 0 to 10,000", "Posts for navigators, without lived experience.", ge=0, le=10_000
    )
    social_workers: int = _key(
        0,
        "a whole number from 0 to 10,000",
        "Posts for social workers; to the model they are workers without lived experience, like navigators.",
        ge=0,
        le=10_000,
    )
    in_post_days_before: int = _key(
        180, "a whole number from 0 to 3,650", "Days before enrolment on which hiring begins.", ge=0, le=3_650
    )


class ArmTable(_Table):
    """`[arms.NAME]`: what the people of one arm get. With no key it is usual care."""

    title: str = _key("", f"{_TEXT}, at most 60 characters", "A few words for tables.", max_length=60)
    reference: bool = _key(
        False,
        _YES,
        "The other arms are compared with this one; if no arm says so, the "
        "first without "
        "a worker, consult team or written information.",
    )
    share: int | None = _key(
        None, "a whole number from 1 to 100", "People assigned here against those of other arms.", ge=1, le=100
    )
    people: int | None = _key(
        None,
        f"a whole number from 1 to {MOST_PEOPLE:,}",
        "People of this arm, in place of share.",
        ge=1,
        le=MOST_PEOPLE,
    )
    worker: Literal["none"] | Worker | Workers = _key(
        "none",
        f'{_one_of("none", *WORKERS)}, or a list, as in ["peer", "social worker"]',
        "Who works with people; of several kinds, whoever has the shortest list. A person has one worker at a time.",
    )
    worker_after_discharge: Worker | Workers | None = _key(
        None,
        f"{_one_of(*WORKERS)}, or a list of them",
        "Who keeps in touch after discharge, where it is somebody else: people go over to one with room, who starts "
        "with a share of the trust in the one before.",
    )
    uptake: float | None = _key(
        None,
        _SHARE,
        "Share that accepts the worker (or team) at the first offer, at average propensity to "
        "engage; the "
        "model's own if left out.",
        ge=0,
        le=1,
    )
    in_hospital: bool = _key(
        True, _YES, "The worker visits in hospital; otherwise the first offer comes by phone after discharge."
    )
    visit_every_days: int = _key(1, "a whole number from 1 to 30", "Days between visits in hospital.", ge=1, le=30)
    first_offer_after_days: int = _key(
        0, "a whole number from 0 to 60", "Days from assignment to the first offer.", ge=0, le=60
    )
    contact_days: int = _key(
        0,
        "a whole number from 0 to 1,095",
        "How long the worker keeps in touch after the stay; 0 ends contact at the door.",
        ge=0,
        le=1_095,
    )
    contact_days_from: Literal["discharge", "randomisation"] = _key(
        "discharge", _one_of("discharge", "randomisation"), "From where these days count."
    )
    contact_schedule: str | list[Phase] = _key(
        "weekly",
        'words, as in "twice a week for a month, then monthly", or a list of [until day, every n days]',
        "When contacts are due after discharge.",
    )
    first_contact_after_days: int | None = _key(
        None,
        "a whole number from 1 to 1,095",
        "Days from a discharge to the first contact after it; 1, or the first of the days that the schedule lists.",
        ge=1,
        le=1_095,
    )
    reach: float | None = _key(
        None,
        "a number above 0 and below 1",
        "Share of attempts at contact that find a person who is reached as easily as the middle one; the model's own "
        "if left out. People differ as they do in the model.",
        gt=0,
        lt=1,
    )
    contacts_at_most: int = _key(
        0, "a whole number from 0 to 1,000", "Most contacts after discharge; 0: no limit.", ge=0, le=1_000
    )
    hand_over: bool = _key(False, _YES, "Contact ends with a hand-over to another service.")
    plans_discharge: bool = _key(True, _YES, "The worker, or the consult team, plans the discharge.")
    practical_help: bool = _key(True, _YES, "The worker helps with housing, cover, transport and a treatment bed.")
    incentive_for_contacts: float = _key(
        0.0,
        _SHARE,
        "Incentives for attending contacts, 1 for what was tried; "
        "their effect is "
        "assumed and wide (`follow_up.incentive`).",
        ge=0,
        le=1,
    )
    incentive_for_care: float = _key(
        0.0,
        _SHARE,
        "Incentives for a first visit in care; their effect is assumed and wide (`linkage.incentive`).",
        ge=0,
        le=1,
    )
    consult_team: bool = _key(
        False,
        _YES,
        "A team sees the person in hospital, asks about use, offers "
        "treatment and, if "
        "plans_discharge, plans the discharge.",
    )
    written_information: bool = _key(
        False,
        _YES,
        "A leaflet or workbook. The model has no mechanism for it: it "
        "does nothing "
        "unless an assumed ratio below says so.",
    )
    assumed_acute_need_ratio: Three | None = _key(
        None,
        "a list of three numbers above 0, low, middle and high",
        "What the model has no mechanism for: a hazard ratio of acute need from randomisation on, with its "
        "assumed 95 % range.",
    )
    assumed_linkage_ratio: Three | None = _key(
        None,
        "a list of three numbers above 0, low, middle and high",
        "The same for a first visit in care.",
    )


class PublishedTable(_Table):
    """`[outcomes.NAME.published]`: what the paper found."""

    effect: float | None = _key(None, "a number", "The effect, on the scale of `effect` above.")
    low: float | None = _key(None, "a number", "Lower end of its interval.")
    high: float | None = _key(None, "a number", "Upper end.")
    level: float = _key(
        0.95, "a number above 0.5 and below 1", "Level of that interval; 0.95 if left out.", gt=0.5, lt=1
    )
    p: float | None = _key(
        None, "a number above 0 and at most 1", "The p value of the paper's test, two-sided.", gt=0, le=1
    )
    significant: bool | None = _key(
        None,
        _YES,
        'Whether the paper found a difference: false for "no significant difference", which is a result even where no '
        "effect is given.",
    )
    arms: dict[str, float] = _key({}, "a table of numbers by arm", "What the paper found in each arm.")
    source: str = _key("", _TEXT, "Study, DOI or register number.")
    note: str = _key("", _TEXT, "What to keep in mind.")


class OutcomeTable(_Table):
    """`[outcomes.NAME]`: what is counted, in which window, and how arms are compared."""

    title: str = _key("", f"{_TEXT}, at most 80 characters", "A few words for tables.", max_length=80)
    measure: str = _key(..., _one_of(*MEASURES), "What is counted of each person.")
    effect: Effect = _key(
        ..., "an effect, such as " + _one_of(*EFFECTS["event"][:2], *EFFECTS["count"]), "How two arms are compared."
    )
    days: int | None = _key(None, "a whole number from 1 to 3,650", "Last day of the window.", ge=1, le=3_650)
    after_days: int = _key(0, "a whole number from 0 to 3,650", "The window begins after this day.", ge=0, le=3_650)
    days_from: Literal["randomisation", "discharge", "end of contact"] = _key(
        "randomisation",
        _one_of("randomisation", "discharge", "end of contact"),
        "From where days count: randomisation, the end of the stay of enrolment, or the last day on which any arm is "
        "still in contact, the same for every arm.",
    )
    followed_up: Known | dict[str, Known] = _key(
        1.0,
        "a number above 0 and at most 1, or a table of them by arm",
        "Share of people whose outcome becomes known, at average propensity to engage; those who engage easily are "
        "found more often, and the others are left out of the analysis.",
    )
    primary: bool = _key(False, _YES, "The outcome on which power and subgroups rest; the first if none says so.")
    one_sided: bool = _key(False, _YES, "The test asks for benefit only.")
    change_from_baseline: bool = _key(
        False, _YES, "The difference to the person's value at randomisation is counted, where the measure has one."
    )
    published: PublishedTable | None = _key(None, "a table, [outcomes.NAME.published]", "")


class AnalysisTable(_Table):
    """`[analysis]`: how results are read."""

    alpha: float = _key(0.05, "a number above 0 and below 0.5", "Level of the tests.", gt=0, lt=0.5)
    treated_by: Literal["visits and contacts", "visits", "contacts", "acceptance"] = _key(
        "visits and contacts",
        _one_of("visits and contacts", "visits", "contacts", "acceptance"),
        "What makes a person count as treated, as treated: visits in hospital, contacts after discharge, either, or "
        "having accepted a worker.",
    )
    treated_from_contacts: int = _key(
        1,
        "a whole number from 1 to 100",
        "Visits and contacts from which a person counts as treated, as treated.",
        ge=1,
        le=100,
    )
    treated_within_days: int = _key(
        30,
        "a whole number from 1 to 3,650",
        "Days from randomisation within which they count, up to a return to hospital: later ones come "
        "because people came back.",
        ge=1,
        le=3_650,
    )
    exposure_strata: list[int] = _key(
        [],
        "a list of whole numbers above 0 that rise, as in [1, 4, 8]",
        "Strata of the primary outcome by visits and contacts within treated_within_days: [1, 4] gives none, 1 to 3, 4 "
        "and more.",
    )
    subgroups: list[str] = _key(
        [],
        'a list such as ["stable_housing", "admissions >= 4"]',
        f"Variables by which the primary outcome is split: {', '.join(SUBGROUPS)}; a number cuts a variable in two.",
    )
    comparisons: list[Pair] = _key(
        [],
        'a list of pairs of arms, as in [["peer", "usual"]]',
        "Which arms are compared; each with the reference if left out.",
    )


class TrialTable(_Table):
    """A trial file."""

    schema_version: int = _key(1, "1", "Version of the format.", alias="schema", ge=1, le=1)
    title: str = _key(..., f"{_TEXT}, up to 200 characters", "A few words.", min_length=1, max_length=200)
    question: str = _key(
        "", f"{_TEXT}, up to 1,000 characters", "What the trial asks, in plain words.", max_length=1_000
    )
    description: str = _key("", f"{_TEXT}, up to 4,000 characters", "The trial in a few sentences.", max_length=4_000)
    sources: list[str] = _key([], 'a list of texts, as in ["Sledge 2011, 10.1176/ps.62.5.pss6205_0541"]', "Studies.")
    assumed: list[str] = _key([], "a list of texts", "Details that the source at hand does not give.")
    scenario: str = _key(
        "usual-care", "the name or file of a scenario, in quotes", "Hospital and population around the trial."
    )
    outside: Literal["usual care", "programme"] = _key(
        "usual care",
        _one_of("usual care", "programme"),
        "What people outside the trial get: no worker, or the programme of the scenario, with the same workers.",
    )
    settings: dict[str, Any] = _key(
        {}, "a table, [settings]", 'Settings of the scenario, as in "population.size" = 12000.'
    )
    eligibility: EligibilityTable = _key(EligibilityTable(), "a table, [eligibility]", "")
    enrolment: EnrolmentTable = _key(EnrolmentTable(), "a table, [enrolment]", "")
    staff: StaffTable = _key(StaffTable(), "a table, [staff]", "")
    arms: dict[str, ArmTable] = _key(..., "tables, [arms.NAME]", "", min_length=1, max_length=20)
    outcomes: dict[str, OutcomeTable] = _key(..., "tables, [outcomes.NAME]", "", min_length=1, max_length=40)
    analysis: AnalysisTable = _key(AnalysisTable(), "a table, [analysis]", "")


TABLES: dict[str, type[_Table]] = {
    "eligibility": EligibilityTable, "enrolment": EnrolmentTable, "staff": StaffTable, "analysis": AnalysisTable,
}  # fmt: skip
NAMED: dict[str, type[_Table]] = {"arms": ArmTable, "outcomes": OutcomeTable}

FORMAT = Format(
    "a trial file", TrialTable, TABLES, NAMED, {("outcomes", "published"): PublishedTable}, described=DESCRIBED
)
"""What a trial file may hold."""
