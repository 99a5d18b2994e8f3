"""What a planner sets: the validated, immutable configuration of one simulated hospital system.

The model takes a [`Config`][simulation.config.Config] and knows no file. Reading TOML, `extends`, overrides and
messages with line numbers live in `scenarios`. Every field carries its unit, bounds and a sentence on how it acts, so
that the loader, the command line and the documentation say the same thing.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

MECHANISMS: tuple[str, ...] = (
    "turnover",
    "stability",
    "acute_need",
    "minor_visits",
    "care_seeking",
    "beds",
    "encounters",
    "disclosure",
    "consult",
    "referral",
    "peer_time",
    "relationship",
    "bridging",
    "advocacy",
    "clinicians_change",
    "barriers",
    "discharge",
    "linkage",
    "follow_up",
    "after_discharge",
    "well_being",
    "supervision",
    "workforce",
)
"""Names of the mechanisms, in the order of the design; each is one file in `simulation/processes/`."""

PROFILES: tuple[str, ...] = ("people_who_use_drugs", "serious_mental_illness")
"""Names of the population profiles."""

FOR_PEOPLE: tuple[str, ...] = ("name", "title", "question", "description", "sources")
"""Keys of a scenario that change no number."""


def lever(
    default: Any, unit: str, text: str, *, ge: float | None = None, le: float | None = None, gt: float | None = None
) -> Any:
    """Declare one setting with its unit, bounds and the sentence shown to planners."""
    return Field(default, ge=ge, le=le, gt=gt, description=text, json_schema_extra={"unit": unit})


class Section(BaseModel):
    """A table of a scenario: unknown keys, NaN and infinities are refused, and values cannot change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Programme(Section):
    """The peer-support programme: the levers of section 3 of the model's design."""

    peers: int = lever(0, "posts", "Posts for peer workers (lived experience, on the payroll).", ge=0, le=20_000)
    navigators: int = lever(
        0,
        "posts",
        "Posts for navigators: the same work without lived experience, the comparator of several trials.",
        ge=0,
        le=20_000,
    )
    peers_per_supervisor: float = lever(
        2.4,
        "workers per supervisor",
        "How many workers one supervisor looks after; more workers means fewer minutes for each. 2.4 was seen in "
        "practice (348 peers, 143 supervisors; 10.1176/appi.ps.20230112); no rule exists in the US.",
        ge=1,
        le=100,
    )
    supervisors: int | None = lever(
        None,
        "posts",
        "Posts for supervisors, as a number in place of peers_per_supervisor; 0 for none. Left out, the ratio says how "
        "many, rounded up.",
        ge=0,
        le=20_000,
    )
    supervisor_lived_experience: float = lever(
        0.5, "share", "Share of supervisors who are peer mentors (lived experience) rather than clinicians.", ge=0, le=1
    )
    supervision_hours_per_week: float = lever(
        6.0,
        "hours per supervisor per week",
        "Time a supervisor has for supervision, shared among the workers whom they have.",
        ge=0,
        le=60,
    )
    supervision_paid: Literal["hours set", "hours used"] = lever(
        "hours set", "rule", "Whether a supervisor's hours are paid as set, or as far as workers take them up."
    )
    follow_up_days: int = lever(
        90, "days", "How long a worker keeps in touch after discharge; 0 ends contact at the door.", ge=0, le=365
    )
    contact_schedule: tuple[tuple[int, int], ...] = lever(
        ((28, 7), (90, 14), (365, 30)),
        "(until day, every n days)",
        "Contacts after discharge, as phases: until which day, every how many days. "
        "[[30, 4], [365, 30]] is about twice a week for a month, then monthly.",
    )
    hand_over: bool = lever(True, "yes/no", "End follow-up with a hand-over to another service instead of cold.")
    caseload_cap: int = lever(25, "people per worker", "Most people a worker may have on their list.", ge=1, le=250)
    priority: Literal["inpatients_first", "follow_up_first"] = lever(
        "inpatients_first", "rule", "What a worker does first when minutes are short."
    )
    door: Literal["clinician", "proactive", "both"] = lever(
        "both", "rule", "How people reach a worker: clinicians refer, workers search admissions, or both."
    )
    referral_delay_days: int = lever(
        1, "days", "Days between a referral and the worker being told; 0 is a simplified referral.", ge=0, le=30
    )
    share_ed: float = lever(
        0.0,
        "share of posts",
        "Posts in the emergency department: they meet people on the day they come and while they board.",
        ge=0,
        le=1,
    )
    share_community: float = lever(
        0.0,
        "share of posts",
        "Posts in the community: they meet people after discharge, and take over those whom other workers met.",
        ge=0,
        le=1,
    )
    share_unit: float = lever(
        1.0,
        "share of posts",
        "Posts on inpatient units, who also keep in touch after discharge where nobody in the community can. What the "
        "three shares leave over roams: emergency department, units and keeping in touch.",
        ge=0,
        le=1,
    )
    shift_minutes: int = lever(450, "minutes per shift", "Working time on a day on duty.", ge=30, le=720)
    days_per_week: int = lever(
        5, "days per week", "Days on duty per week; posts are staggered over the week.", ge=1, le=7
    )
    weekends: bool = lever(
        True, "yes/no", "Days on duty are staggered over the whole week; false: Monday to Friday, five at most."
    )
    cover_hours: float = lever(
        24.0,
        "hours a day",
        "Hours of the day in which somebody is there for people who come to the emergency department; arrivals are "
        "spread evenly over the day, and who comes outside these hours is not met there on that day.",
        ge=0,
        le=24,
    )
    leave_weeks: float = lever(
        0.0,
        "weeks per year",
        "Planned, paid leave of a worker, whole weeks spread over the year and staggered; nobody stands in.",
        ge=0,
        le=26,
    )
    visit_interval_days: int = lever(1, "days", "Days between bedside visits to the same person.", ge=1, le=30)
    training_hours: float = lever(
        40.0,
        "hours",
        "Training of a new worker before and during onboarding; courses of about 40 hours are usual "
        "(Gardner Institute 2025). Hours beyond 80 add nothing.",
        ge=0,
        le=400,
    )
    boundary_practice: float = lever(
        0.5, "0 (none) to 1 (clear, agreed, kept)", "Clear expectations and limits of the role.", ge=0, le=1
    )
    stability_at_hire: float = lever(
        0.5,
        "0 (not asked) to 1 (high)",
        "Personal stability asked for at hiring; it lengthens hiring and protects from a return to use, nothing else.",
        ge=0,
        le=1,
    )
    cross_training_hours: float = lever(
        0.0,
        "hours per clinician per year",
        "Training of clinicians in working with people who use drugs and with peers; acts only beside filled posts.",
        ge=0,
        le=80,
    )
    champion: bool = lever(
        False, "yes/no", "A member of the clinical staff who speaks for the programme; acts only beside filled posts."
    )
    autonomy: float = lever(
        0.5,
        "0 (must report use) to 1 (free to keep confidences)",
        "How far workers may keep what people tell them; a worker who must report is trusted less.",
        ge=0,
        le=1,
    )
    starts: Literal["before measuring", "with measuring"] = lever(
        "before measuring",
        "rule",
        "Whether the programme has settled when measurement begins (it starts with the run, run.warm_up_days earlier) "
        "or its growth is measured (it starts with measurement).",
    )
    start_day: int = lever(
        0,
        "days",
        "Days by which the programme starts later: than the run, or than measurement where it starts with measuring.",
        ge=0,
        le=20_000,
    )
    ends_after_days: int = lever(
        0, "days of the programme", "Days after which the programme ends; 0: it goes on.", ge=0, le=20_000
    )

    @field_validator("contact_schedule", mode="before")
    @classmethod
    def _as_phases(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return tuple(tuple(phase) if isinstance(phase, list | tuple) else phase for phase in value)
        return value

    @field_validator("contact_schedule")
    @classmethod
    def _phases_in_order(cls, value: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        if not 1 <= len(value) <= 8:
            raise ValueError("needs 1 to 8 phases of [until day, every n days]")
        last = 0
        for until, every in value:
            if until <= last or until > 365:
                raise ValueError("the days on which phases end must rise, from 1 to 365")
            if not 1 <= every <= 365:
                raise ValueError("the days between contacts must lie from 1 to 365")
            last = until
        return value

    @model_validator(mode="after")
    def _shares_fit(self) -> Programme:
        if self.share_ed + self.share_community + self.share_unit > 1 + 1e-9:
            raise ValueError("share_ed + share_community + share_unit is more than 1 (what is left over roams)")
        return self


class Population(Section):
    """The people in the catchment for whom peer support is intended."""

    size: int = lever(
        6_000,
        "people",
        "People in the catchment for whom peer support is intended, on average: people come, leave and die.",
        ge=1,
        le=2_000_000,
    )
    profile: Literal["people_who_use_drugs", "serious_mental_illness"] = lever(
        "people_who_use_drugs", "profile", "Which population: sets start values and priors that differ between them."
    )
    seasons: tuple[float, ...] = lever(
        (),
        "ratio by month",
        "Seasons of demand: twelve ratios of acute need and of visits, of a year that begins with the run (day 0) and "
        "of equal months; their mean is made 1. Empty: none.",
    )

    @field_validator("seasons", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("seasons")
    @classmethod
    def _twelve_months(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value and (len(value) != 12 or not all(0.0 <= ratio <= 10.0 for ratio in value) or sum(value) <= 0.0):
            raise ValueError("must be a list of twelve numbers from 0 to 10, not all 0, one for each month; or empty")
        return value


class _Building(Section):
    """Beds and staff of one hospital."""

    units: int = lever(4, "units per hospital", "Inpatient units.", ge=1, le=40)
    beds_per_unit: int = lever(28, "staffed beds", "Staffed beds of a unit.", ge=1, le=100_000)
    boarding_places: int = lever(
        40,
        "places per hospital",
        "Places for people who wait in the emergency department for a bed; beyond it they are "
        "diverted to another system.",
        ge=0,
        le=100_000,
    )
    background_occupancy: float = lever(
        0.6, "share of beds", "Beds that patients from outside the population would fill on average.", ge=0, le=0.98
    )
    nurses_per_unit: int = lever(24, "nurses per unit", "Nurses on a unit's roster.", ge=1, le=2_000)
    physicians_per_unit: int = lever(6, "physicians per unit", "Physicians on a unit's roster.", ge=1, le=500)
    ed_nurses: int = lever(30, "nurses", "Nurses on the roster of the emergency department.", ge=1, le=2_000)
    ed_physicians: int = lever(12, "physicians", "Physicians on the roster of the emergency department.", ge=1, le=500)


class Hospital(_Building):
    """The hospitals that serve the catchment; every hospital has the same make-up unless `[[hospital]]` says other."""

    count: int = lever(
        1, "hospitals", "Hospitals, each with an emergency department and inpatient units.", ge=1, le=1_000
    )


class Site(_Building):
    """One of several hospitals that differ: a `[[hospital]]` table. What it leaves out is as in `[hospital]`."""

    title: str = Field("", description="What it is called in tables.", max_length=60, json_schema_extra={"unit": ""})
    people: float = lever(
        1.0, "ratio", "People whom it serves, in proportion to those of the other hospitals.", gt=0, le=1e9
    )
    posts: float = lever(
        1.0,
        "ratio",
        "Posts of the programme, in proportion to those of the other hospitals, rounded to whole posts.",
        ge=0,
        le=1e9,
    )


class Phase(Section):
    """From some day of the programme on, other posts, supervisors or days of follow-up: a `[[phase]]` table.

    What it leaves out stays as it was before. Posts that are new are vacant at first, posts that go are left.
    """

    day: int = Field(
        ...,
        ge=1,
        le=20_000,
        description="Day of the programme, counted from its start, on which the phase begins.",
        json_schema_extra={"unit": "day of the programme"},
    )
    peers: int | None = lever(None, "posts", "Posts for peer workers.", ge=0, le=20_000)
    navigators: int | None = lever(None, "posts", "Posts for navigators.", ge=0, le=20_000)
    supervisors: int | None = lever(
        None, "posts", "Posts for supervisors; left out, as in the phase before, or by the ratio.", ge=0, le=20_000
    )
    follow_up_days: int | None = lever(
        None, "days", "How long a worker keeps in touch after discharges from this day on.", ge=0, le=365
    )


class Local(Section):
    """A hospital's own totals under usual care, which the model is made to have.

    For every run, usual care is run with the same draws and parameters until it has them (`simulation.local_totals`).
    """

    stays_per_year: float | None = lever(
        None, "stays per year", "Stays that begin in a year, of people for whom the programme is.", ge=10, le=5_000_000
    )
    length_of_stay: float | None = lever(
        None, "days", "Mean midnights of a stay; discharge.stay_median is solved for it.", ge=0.5, le=60
    )
    readmission_30d: float | None = lever(
        None,
        "share of discharges",
        "Readmitted within 30 days of discharge; acute_need.residual is solved for it.",
        ge=0.001,
        le=0.95,
    )
    solve: Literal["population.size", "acute_need.rate"] = lever(
        "population.size",
        "rule",
        "What is solved for stays_per_year; the other is held fixed: how many people there are, or how often they "
        "fall ill.",
    )

    @property
    def given(self) -> bool:
        """Whether any total is given."""
        return (self.stays_per_year, self.length_of_stay, self.readmission_30d) != (None, None, None)


class Money(Section):
    """The year whose prices amounts are shown in; the model's own prices are of 2022."""

    year: int = lever(2022, "year", "Year of prices in which amounts are shown.", ge=1990, le=2100)
    index: float = lever(
        1.0, "ratio", "Prices of that year over prices of 2022: every amount is multiplied by it.", ge=0.1, le=10
    )

    @model_validator(mode="after")
    def _year_and_index(self) -> Self:
        if (self.year == 2022) != (self.index == 1.0):
            raise ValueError(
                "year and index belong together: prices of 2022 have index 1, those of another year another"
            )
        return self


class Run(Section):
    """How long the model runs; one step is one day."""

    burn_in_days: int = lever(
        365,
        "days",
        "Days of usual care before day 0, without any programme, after which the population is in balance; the same "
        "for every plan, and shared between plans.",
        ge=0,
        le=3_650,
    )
    warm_up_days: int = lever(180, "days", "Days before measurement begins.", ge=0, le=20_000)
    days: int = lever(
        730, "days", "Days of measurement; outcomes within a year of discharge need two years.", ge=1, le=20_000
    )


class Mechanisms(Section):
    """Switches of the mechanisms; off means that no effect of it and no draw of it remains."""

    turnover: bool = True
    stability: bool = True
    acute_need: bool = True
    minor_visits: bool = True
    care_seeking: bool = True
    beds: bool = True
    encounters: bool = True
    disclosure: bool = True
    consult: bool = True
    referral: bool = True
    peer_time: bool = True
    relationship: bool = True
    bridging: bool = True
    advocacy: bool = True
    clinicians_change: bool = True
    barriers: bool = True
    discharge: bool = True
    linkage: bool = True
    follow_up: bool = True
    after_discharge: bool = True
    well_being: bool = True
    supervision: bool = True
    workforce: bool = True

    @classmethod
    def none(cls) -> Mechanisms:
        """Every mechanism off: the model with exact answers."""
        return cls(**dict.fromkeys(MECHANISMS, False))


ParameterOverrides = Annotated[dict[str, float], Field(default_factory=dict)]


class Config(Section):
    """One scenario, complete: what `simulate` and `PeerSupportModel` take.

    `parameters` overrides single model parameters by name (for example a local price); names and bounds are those of
    `simulation.parameters`. What is in `FOR_PEOPLE` does not enter the hash; `question` is what the scenario answers.

    Example:
        >>> import peerbridge as pb
        >>> config = pb.load("bridge", ["programme.peers=6"])
        >>> config.programme.peers, config.horizon == config.run.warm_up_days + config.run.days
        (6, True)
        >>> smaller = pb.Config.model_validate({"population": {"size": 400}})
        >>> smaller.population.size, smaller.content_hash() == pb.Config().content_hash()
        (400, False)
    """

    name: str = "unnamed"
    title: str = ""
    question: str = ""
    description: str = ""
    sources: tuple[str, ...] = ()
    programme: Programme = Programme()
    population: Population = Population()
    hospital: Hospital = Hospital()
    run: Run = Run()
    mechanisms: Mechanisms = Mechanisms()
    local: Local = Local()
    money: Money = Money()
    parameters: ParameterOverrides
    hospitals: tuple[Site, ...] = Field((), max_length=1_000)
    phases: tuple[Phase, ...] = Field((), max_length=50)

    @field_validator("sources", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("parameters")
    @classmethod
    def _known_parameters(cls, value: dict[str, float]) -> dict[str, float]:
        from simulation.parameters import check_values

        return check_values(value)

    @model_validator(mode="before")
    @classmethod
    def _complete_hospitals(cls, data: object) -> object:
        """What a `[[hospital]]` leaves out is as in `[hospital]`; how many there are follows."""
        if not isinstance(data, dict) or not data.get("hospitals"):
            return data
        shared = data.get("hospital", {})
        shared = shared.model_dump() if isinstance(shared, Hospital) else shared
        given = data["hospitals"]
        if not isinstance(shared, dict) or not isinstance(given, list | tuple):
            return data
        sites = [site.model_dump() if isinstance(site, Site) else site for site in given]
        if not all(isinstance(site, dict) for site in sites):
            return data
        common = {key: value for key, value in shared.items() if key in _Building.model_fields}
        sites = [{**common, **site} for site in sites]
        if shared.get("count", len(sites)) != len(sites):
            raise ValueError(f"hospital.count: there are {len(sites)} [[hospital]] tables; leave count out")
        units = [site.get("units", Hospital.model_fields["units"].default) for site in sites]
        most = max((n for n in units if type(n) is int), default=1)
        return data | {"hospitals": tuple(sites), "hospital": shared | {"count": len(sites), "units": max(1, most)}}

    @field_validator("hospitals", "phases", mode="before")
    @classmethod
    def _tables_as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _phases_in_order(self) -> Self:
        days = [phase.day for phase in self.phases]
        if any(late <= early for early, late in zip(days, days[1:], strict=False)):
            raise ValueError(f"phases: the days on which phases begin must rise; they are {', '.join(map(str, days))}")
        end = self.programme.ends_after_days
        if end and days and days[-1] >= end:
            raise ValueError(f"phases: one begins on day {days[-1]}, and the programme ends after {end} days")
        local = self.local
        if local.stays_per_year is not None and local.length_of_stay is not None:
            needed = local.stays_per_year * local.length_of_stay / 365.0
            if needed > self.beds:
                raise ValueError(
                    f"local.stays_per_year: {local.stays_per_year:,g} stays of {local.length_of_stay:g} days fill "
                    f"{needed:,.0f} beds, and the hospitals have {self.beds:,}"
                )
        if self.population.seasons and self.run.burn_in_days % 365:
            raise ValueError("population.seasons: needs run.burn_in_days of whole years (a multiple of 365)")
        if self.hospitals and not any(site.posts for site in self.hospitals):
            raise ValueError("hospitals: no hospital has a share of the posts; give one of them posts above 0")
        return self

    @property
    def sites(self) -> tuple[Site, ...]:
        """Each hospital, whether they differ or not."""
        if self.hospitals:
            return self.hospitals
        same = self.hospital.model_dump(exclude={"count"})
        return (Site.model_construct(title="", people=1.0, posts=1.0, **same),) * self.hospital.count

    @property
    def beds(self) -> int:
        """Staffed beds of all hospitals."""
        return sum(site.units * site.beds_per_unit for site in self.sites)

    @property
    def clinicians(self) -> int:
        """Clinicians on all rosters."""
        return sum(
            site.units * (site.nurses_per_unit + site.physicians_per_unit) + site.ed_nurses + site.ed_physicians
            for site in self.sites
        )

    @property
    def first_day(self) -> int:
        """Day of the run on which the programme starts."""
        late = self.run.warm_up_days if self.programme.starts == "with measuring" else 0
        return late + self.programme.start_day

    @property
    def last_day(self) -> int:
        """Day of the run on which the programme is over; the horizon where it goes on."""
        end = self.programme.ends_after_days
        return min(self.horizon, self.first_day + end) if end else self.horizon

    @property
    def plan(self) -> tuple[Phase, ...]:
        """The phases of the programme, complete and with days of the run: the first is `programme` itself.

        Supervisors are left out where the ratio says how many.
        """
        p = self.programme
        now = Phase.model_construct(
            day=self.first_day, peers=p.peers, navigators=p.navigators, supervisors=p.supervisors,
            follow_up_days=p.follow_up_days,
        )  # fmt: skip
        found = [now]
        for phase in self.phases:
            changed = phase.model_dump(exclude_none=True) | {"day": self.first_day + phase.day}
            now = now.model_copy(update=changed)
            found.append(now)
        return tuple(found)

    @property
    def horizon(self) -> int:
        """Days of the whole run, warm-up included."""
        return self.run.warm_up_days + self.run.days

    def settings(self) -> dict[str, Any]:
        """Everything that changes numbers, as plain data in a fixed order."""
        left_out = {"hospital"} if self.hospitals else {"hospitals"}
        left_out |= set() if self.phases else {"phases"}
        found = self.model_dump(mode="json", exclude=set(FOR_PEOPLE) | left_out, exclude_none=True)
        if "supervisors" in found["programme"]:
            del found["programme"]["peers_per_supervisor"]  # the number stands in its place
        return found

    def content_hash(self) -> str:
        """Hash of `settings()`: 24 hexadecimal digits, the same for the same numbers whatever the scenario's name."""
        text = json.dumps(self.settings(), sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
