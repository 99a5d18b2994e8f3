"""The four agent types as Mesa agents: views of rows, made when somebody looks.

The state of a run is arrays (`simulation.state`) that compiled code moves. A view holds its model and its row and
nothing else: what is read comes from the array, what is written goes into it. Runs that nobody looks into make no view.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, NoReturn, Protocol, Self, TypeVar, overload

import numpy as np
from mesa import Agent

from simulation import intervene
from simulation.state import (
    BOARDING,
    DEAD,
    DISCHARGE_TYPES,
    E_DISCHARGED,
    ENROLLED,
    EVENTS,
    IN_BED,
    IN_ED,
    PLACES,
    PROFESSIONS,
    REFERRAL_STATES,
    VACANT,
    WAITING,
    WORKER_HOMES,
    WORKER_STATES,
)

if TYPE_CHECKING:
    import pandas as pd

    from simulation.config import Config
    from simulation.engine import Engine

T = TypeVar("T")
V = TypeVar("V", bound="View")


class Holder(Protocol):
    """The model that holds the rows, as far as its views need it."""

    engine: Engine

    @property
    def config(self) -> Config:
        """The scenario."""

    @property
    def day(self) -> int:
        """Days run so far."""

    def view(self, kind: type[V], row: int) -> V:
        """The one view of a row."""

    def count(self, kind: type[View]) -> int:
        """Number of agents of a type."""

    def rows(self, kind: type[View]) -> Any:
        """Rows of the agents of a type that are there."""

    def first_id(self, kind: type[View]) -> int:
        """`unique_id` of row 0 of a type."""


class Column(Generic[T]):
    """One field of a row, read-only: the model alone moves it.

    Args:
        field: Name in the record.
        decode: From the stored number to the value shown.
        text: What it is, with unit and range; shown by `help`.
    """

    name: str

    def __init__(self, field: str, decode: Callable[[Any], T], text: str) -> None:
        self.field = field
        self.decode = decode
        self.__doc__ = text

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, view: None, owner: type) -> Self: ...

    @overload
    def __get__(self, view: View, owner: type) -> T: ...

    def __get__(self, view: View | None, owner: type) -> Self | T:
        return self if view is None else self.read(view)

    def __set__(self, view: View, value: Any) -> None:
        raise AttributeError(f"{type(view).__name__}.{self.name} is read-only: only the model moves it")

    def read(self, view: View) -> T:
        """Value for one view."""
        return self.decode(view.record[self.field])

    def column(self, model: Holder, rows: Any) -> Any:
        """Values of the whole array `rows`, as a table shows them."""
        return rows[self.field].copy()


class Word(Column[str]):
    """A code of a row as a word."""

    def __init__(self, field: str, words: Sequence[str], text: str) -> None:
        super().__init__(field, words.__getitem__, f"{text}: {', '.join(words)}.")
        self.words = words

    def column(self, model: Holder, rows: Any) -> Any:
        """Values of the whole array `rows`, as a category."""
        import pandas as pd

        return pd.Categorical.from_codes(rows[self.field].astype(int), categories=pd.Index(self.words))


class Flag(Column[bool]):
    """A yes or no of a row.

    Args:
        field: Name in the record.
        text: What it is.
        yes: The codes that mean yes; by default every code but 0.
    """

    def __init__(self, field: str, text: str, yes: Callable[[Any], Any] | None = None) -> None:
        self.yes = yes or (lambda code: code != 0)
        super().__init__(field, lambda code: bool(self.yes(code)), text)

    def column(self, model: Holder, rows: Any) -> Any:
        """Values of the whole array `rows`."""
        return self.yes(rows[self.field])


class Day(Column["int | None"]):
    """A day of the run, or None for "not yet"."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field, lambda day: int(day) if day >= 0 else None, text)

    def column(self, model: Holder, rows: Any) -> Any:
        """Values of the whole array `rows`, missing where None."""
        import pandas as pd

        return pd.arrays.IntegerArray(rows[self.field].astype(np.int64), rows[self.field] < 0)


class Age(Column[float]):
    """Age from the day of birth."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field, float, text)

    def read(self, view: View) -> float:
        """Value for one view at the end of the last day run."""
        return (view.model.day - 1 - float(view.record[self.field])) / 365.25

    def column(self, model: Holder, rows: Any) -> Any:
        """Values of the whole array `rows` at the end of the last day run."""
        return (model.day - 1 - rows[self.field]) / 365.25


class State(Column[float]):
    """A state in [0, 1] that may be written; what is written counts from the next day on."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field, float, text)

    def __set__(self, view: View, value: float) -> None:
        what = f"{type(view).__name__}.{self.name}"
        if not isinstance(value, Real):
            raise TypeError(f"{what} is a number from 0 to 1, not {value!r}")
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{what} lies from 0 to 1; {value!r} does not")
        view.write(self.field, float(value))


class Fading(State):
    """A state that fades by itself outside hospital, where the record is that of the person's last event.

    Args:
        field: Name in the record.
        usual: Field of the level to which it returns; None is 0.
        pace: From the parameter record to the share per day (exponential decay).
        text: What it is.
    """

    def __init__(self, field: str, usual: str | None, pace: Callable[[Any], Any], text: str) -> None:
        super().__init__(field, text)
        self.usual = usual
        self.pace = pace

    def read(self, view: View) -> float:
        """Value for one view at the end of the last day run."""
        p = view.record
        now = float(p[self.field])
        days = view.model.day - 1 - int(p["clock_day"])
        if days <= 0 or p["place"] > WAITING:
            return now
        usual = float(p[self.usual]) if self.usual else 0.0
        return usual + (now - usual) * math.exp(-self.pace(view.model.engine.world.parameters[0]) * days)

    def column(self, model: Holder, rows: Any) -> Any:
        """Values of the whole array `rows` at the end of the last day run."""
        days = np.where(rows["place"] > WAITING, 0, np.maximum(0, model.day - 1 - rows["clock_day"]))
        usual = rows[self.usual] if self.usual else 0.0
        return usual + (rows[self.field] - usual) * np.exp(-self.pace(model.engine.world.parameters[0]) * days)


def number(field: str, text: str) -> Column[float]:
    """A real number that only the model moves."""
    return Column(field, float, text)


def count(field: str, text: str) -> Column[int]:
    """A whole number that only the model moves."""
    return Column(field, int, text)


class View(Agent):
    """A Mesa agent that is a view of one row; made by the model, never by a user.

    Attributes:
        model: The model that holds the row.
        row: Row in the array of its type, from 0: the number by which tables and events name it.
        unique_id: Number from 1, unique over all four types and the same for the whole run.
        pos: Always None: the model has no grid.
    """

    model: Holder
    row: int
    unique_id: int
    pos: None = None

    array: ClassVar[str]
    """Name of the array of the type in `simulation.world.ARRAYS`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kind = type(self).__name__
        raise TypeError(f"a {kind} is a view of a row: take it from model.agents_by_type[{kind}]")

    @classmethod
    def of(cls, model: Holder, row: int, unique_id: int) -> Self:
        """A new view; ask the model instead, which keeps one for each row."""
        view = cls.__new__(cls)
        own = view.__dict__  # past __setattr__
        own["model"] = model
        own["row"] = row
        own["unique_id"] = unique_id
        return view

    @property
    def record(self) -> Any:
        """The row itself, as stored; see `simulation.state`."""
        return getattr(self.model.engine.world, self.array)[self.row]

    def write(self, field: str, value: float) -> None:
        """Store a value that has been checked."""
        self.record[field] = value

    def remove(self) -> NoReturn:
        """Refused: the model alone decides who leaves the population.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(f"{self!r} cannot be removed: only the model decides who comes and goes")

    def __setattr__(self, name: str, value: Any) -> None:
        known = getattr(type(self), name, None)
        if isinstance(known, Column):
            known.__set__(self, value)
            return
        kind = type(self).__name__
        if known is not None or name in self.__dict__:
            raise AttributeError(f"{kind}.{name} is read-only: only the model moves it")
        near = difflib.get_close_matches(name, states(type(self)), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ": a view keeps nothing of its own"
        raise AttributeError(f"{kind} has no state {name!r}{hint}")

    def __reduce__(self) -> Any:
        return _found_in, (self.model, type(self), self.row)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}>"


def _found_in(model: Holder, kind: type[View], row: int) -> View:
    return model.view(kind, row)


def states(kind: type[View]) -> dict[str, Column[Any]]:
    """All states of an agent type by name, in the order of their declaration."""
    return {name: column for name, column in vars(kind).items() if isinstance(column, Column)}


def table(model: Holder, kind: type[View]) -> pd.DataFrame:
    """All states of all agents of one type at the end of the last day run; index `AgentID`. Makes no view.

    Of people, those who are in the population.
    """
    import pandas as pd

    there = model.rows(kind)
    rows = getattr(model.engine.world, kind.array)[there]
    index = pd.Index(model.first_id(kind) + there, name="AgentID")
    return pd.DataFrame({name: c.column(model, rows) for name, c in states(kind).items()}, index=index)


class StoryEvent(NamedTuple):
    """One event in a person's life, as logged; `str` of it is a line to read."""

    day: int
    """Day of the run, from 0."""
    event: str
    """A word of `simulation.state.EVENTS`."""
    worker: PeerWorker | None
    """The worker it concerns."""
    unit: int
    """Row of the unit where it happened, −1 outside hospital."""
    detail: int
    """What the event log has as detail, −1 for none."""

    def __str__(self) -> str:
        line = f"day {self.day}: {self.event}"
        if self.event == EVENTS[E_DISCHARGED]:
            line += f" ({DISCHARGE_TYPES[self.detail]})"
        return line if self.worker is None else f"{line}, worker {self.worker.row}"


class Patient(View):
    """A person in the catchment population, in hospital or not; `row` is the person's number in every table."""

    array = "patients"

    hospital = count("hospital", "Hospital that serves the person, from 0.")
    circle = count("circle", "Community circle, from 0: people who may know one another.")
    frailty = number("frailty", "Severity: frailty for acute need, as a ratio to the average person, above 0.")
    leave_propensity = number("leave_propensity", "Propensity to leave early, in standard deviations from the average.")
    engage_propensity = number("engage_propensity", "Propensity to engage, in standard deviations from the average.")
    reachability = number("reach", "Probability that one attempt at contact succeeds, 0 to 1.")
    stable_housing = Flag("unhoused", "Whether the person has stable housing.", lambda code: code == 0)
    age = Age("birth_day", "Age in years at the end of the last day run.")
    woman = Flag("woman", "Whether the person is a woman.")
    stability = number("stability", "Stability (housing, income, coping), in standard deviations from the average.")
    usual_stability = number("usual_stability", "The part of it that lasts, in standard deviations.")
    overdose_proneness = number("overdose_proneness", "What is lasting in overdose, as a ratio to the average person.")
    visit_proneness = number(
        "visit_proneness", "What is lasting in visits without need of a bed, as a ratio to the average person."
    )
    adequate_cover = Flag("uncovered", "Whether insurance covers a whole stay.", lambda code: code == 0)
    co_occurring = Flag("co_occurring", "Whether the person has a co-occurring mental illness.")
    injecting = Flag("injecting", "Whether the person injects.")

    place = Word("place", PLACES, "Where the person is at the end of the day")
    place_code = count("place", "The same as a code of `simulation.state`, 0 to 7.")
    alive = Flag("place", "Whether the person is alive.", lambda code: code != DEAD)
    present = Flag("place", "Whether the person is in the population.", lambda code: code < DEAD)
    joined = count("joined", "Day of joining the population; negative: before day 0.")
    in_hospital = Flag(
        "place",
        "Whether the person is in hospital, boarding included.",
        lambda code: (code >= IN_ED) & (code <= IN_BED),
    )
    trust = Fading(
        "trust", "usual_trust", lambda P: P["population.trust_memory"], "Trust in clinicians, 0 (none) to 1 (full)."
    )
    usual_trust = number("usual_trust", "Trust in clinicians to which the person returns outside hospital, 0 to 1.")
    peer_trust = State("peer_trust", "Trust in their worker, 0 (none, or no worker) to 1 (full).")
    experienced_stigma = Fading(
        "stigma", "usual_stigma", lambda P: P["population.stigma_memory"], "Experienced stigma, 0 (none) to 1 (most)."
    )
    usual_stigma = number("usual_stigma", "Experienced stigma to which the person returns outside hospital, 0 to 1.")
    distress = State(
        "distress",
        "Distress (withdrawal, pain, craving), 0 to 1; outside hospital it keeps the value of the last stay.",
    )
    residual_illness = Fading(
        "residual",
        None,
        lambda P: 1.0 / P["acute_need.residual_days"],
        "Illness left untreated, 0 (none) to 1 (all of it).",
    )
    contact_benefit = Fading(
        "benefit", None, lambda P: 1.0 / P["follow_up.fade"], "What contacts with a worker have left, 0 (nothing) to 1."
    )
    disclosed = Flag("disclosed", "Whether use was disclosed in the present or last stay.")
    medicated = Flag("medicated", "Whether distress was treated in the present or last stay.")
    treatment_need = number("need", "Treatment needed in the present or last illness, days, 0 or more.")
    treatment_received = number("received", "Treatment received in the present or last illness, days, 0 or more.")
    using = Flag("using", "Whether the person uses at present.")
    in_care = Flag("in_care", "Whether the person is linked to care.")
    referral = Word("referral", REFERRAL_STATES, "Where the person stands with the programme")
    referral_code = count("referral", "The same as a code of `simulation.state`, 0 to 3.")
    enrolled = Flag("referral", "Whether the person has a worker.", lambda code: code == ENROLLED)
    in_follow_up = Flag("followed", "Whether a worker keeps in touch after discharge.")
    last_contact = Day("last_contact", "Day of the last meeting with a worker; None: never.")
    last_discharge = Day("discharge_day", "Day of the last discharge; None: never.")
    needs = count("needs", "Acute illnesses so far.")
    admissions = count("stays", "Admissions so far, the present one included.")
    ed_visits = count("ed_visits", "Arrivals at the emergency department so far.")
    overdoses = count("overdoses", "Overdoses so far.")
    offers = count("offers", "Offers of a worker answered since the last arrival.")

    def write(self, field: str, value: float) -> None:
        """Store a value that has been checked; outside hospital, hazards follow it from the next day on."""
        if self.record["place"] > WAITING:
            super().write(field, value)
            return
        world, day = self.model.engine.world, self.model.day - 1
        intervene.before_change(world, self.row, day)
        super().write(field, value)
        intervene.after_change(world, self.row, day)

    @property
    def peer(self) -> PeerWorker | None:
        """The worker (peer or navigator) on whose list the person is, or None."""
        worker = int(self.record["worker"])
        return self.model.view(PeerWorker, worker) if worker >= 0 else None

    @property
    def unit(self) -> int | None:
        """Unit of the bed, or of the emergency department while boarding; None outside hospital."""
        p = self.record
        stay = self.model.engine.world.stays[p["stay"]]
        if p["place"] == IN_BED:
            return int(stay["unit"])
        if p["place"] == BOARDING:
            return int(stay["hospital"]) * (self.model.config.hospital.units + 1)
        return None

    def story(self) -> list[StoryEvent]:
        """Everything that happened to the person so far, in the order in which it happened."""
        world = self.model.engine.world
        log = world.events[: int(world.counts[0]["events"])]
        return [
            StoryEvent(
                day=int(e["day"]),
                event=EVENTS[e["kind"]],
                worker=self.model.view(PeerWorker, int(e["worker"])) if e["worker"] >= 0 else None,
                unit=int(e["unit"]),
                detail=int(e["detail"]),
            )
            for e in log[log["person"] == self.row]
        ]


class Clinician(View):
    """A post of a nurse or physician on a unit; who leaves is replaced the same evening."""

    array = "clinicians"

    unit = count("unit", "Unit, from 0, emergency departments included; numbered as in the table of discharges.")
    profession = Word("profession", PROFESSIONS, "Profession")
    profession_code = count("profession", "The same as a code of `simulation.state`, 0 or 1.")
    stigma = State("stigma", "Stigma towards the people the programme is for, 0 (none) to 1 (most).")
    credibility = State("credibility", "Credibility given to the peer role, 0 (none) to 1 (full).")
    burnout = State("burnout", "Emotional exhaustion, 0 (none) to 1 (most).")
    training = number("training", "Lowering of stigma by training that has not faded yet, 0 to 1.")
    tenure = count("tenure", "Days in post.")
    holder = count("ordinal", "Which holder of the post, from 0.")

    def write(self, field: str, value: float) -> None:
        """Store a value that has been checked; the unit's mean credibility follows."""
        super().write(field, value)
        if field == "credibility":
            world = self.model.engine.world
            mine = world.clinicians["unit"] == self.unit
            world.units[self.unit]["credibility"] = world.clinicians["credibility"][mine].mean()

    @property
    def hospital(self) -> int:
        """Hospital, from 0."""
        return int(self.model.engine.world.units[self.unit]["hospital"])

    @property
    def in_emergency_department(self) -> bool:
        """Whether the unit is an emergency department."""
        return bool(self.model.engine.world.units[self.unit]["ed"])


class PeerWorker(View):
    """A post of a peer worker or navigator, and who holds it; a vacant post shows who held it last."""

    array = "workers"

    hospital = count("hospital", "Hospital, from 0.")
    home = Word("home", WORKER_HOMES, "Where the post is based")
    home_code = count("home", "The same as a code of `simulation.state`, 0 to 3.")
    lived_experience = Flag("lived_experience", "Lived experience: yes for a peer worker, no for a navigator.")
    state = Word("state", WORKER_STATES, "State of the post")
    state_code = count("state", "The same as a code of `simulation.state`, 0 to 3.")
    in_post = Flag("state", "Whether somebody holds the post.", lambda code: code != VACANT)
    on_duty = Flag("on_duty", "Whether on duty on the last day run.")
    circle = count("circle", "Community circle, from 0.")
    skill = State("skill", "Skill, 0 (none) to 1 (full).")
    boundaries = State("boundaries", "Boundaries kept, 0 (none) to 1 (always).")
    stability = State("stability", "Personal stability, 0 to 1.")
    burnout = State("burnout", "Emotional exhaustion, 0 (none) to 1 (most).")
    strain = number("strain", "Work asked for as a share of the shift, as a running mean, 0 to 2.")
    acuity = number("acuity", "Distress of the people met, as a running mean, 0 to 1.")
    overlap = number("overlap", "Share of people met who are of the worker's own circle, as a running mean, 0 to 1.")
    supervision_adequacy = number("adequacy", "Adequacy of supervision, 0 (none) to 1 (all that is needed).")
    caseload_size = count("caseload", "People on the list.")
    minutes_left = number("minutes", "Minutes left of the last day's shift, 0 or more.")
    tenure = count("tenure", "Days in post.")
    leaves = count("leaves", "Leaves taken so far.")
    holder = count("ordinal", "Which holder of the post, from 1; 0 before the first.")

    @property
    def caseload(self) -> list[Patient]:
        """The people on the list."""
        people = self.model.engine.world.caseloads[self.row]
        return [self.model.view(Patient, int(i)) for i in people[people >= 0]]

    @property
    def supervisor(self) -> Supervisor | None:
        """Who supervises the post, or None."""
        supervisor = int(self.record["supervisor"])
        return self.model.view(Supervisor, supervisor) if 0 <= supervisor < self.model.count(Supervisor) else None


class Supervisor(View):
    """A post of a supervisor, with lived experience (a peer mentor) or a clinical background."""

    array = "supervisors"

    lived_experience = Flag("lived_experience", "Lived experience: yes for a peer mentor, no for a clinician.")
    in_post = Flag("filled", "Whether somebody holds the post.")
    span = count("span", "Posts supervised.")
    minutes_per_worker = number("minutes", "Minutes of supervision a week for each worker, 0 or more.")
    tenure = count("tenure", "Days in post.")
    holder = count("ordinal", "Which holder of the post, from 0.")

    @property
    def workers(self) -> list[PeerWorker]:
        """The workers supervised."""
        rows = np.flatnonzero(self.model.engine.world.workers["supervisor"] == self.row)
        return [self.model.view(PeerWorker, int(j)) for j in rows]


TYPES: tuple[type[View], ...] = (Patient, Clinician, PeerWorker, Supervisor)
"""The agent types, in the order of their ids."""
