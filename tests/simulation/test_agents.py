"""Views: what they read and write, how they hang together, and what they refuse."""

import copy
import math
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import Clinician, Config, Patient, PeerSupportModel, PeerWorker, Supervisor, intervene
from simulation.agents import TYPES, Fading, State, View, states, table
from simulation.config import Hospital, Population, Programme, Run
from simulation.engine import Engine
from simulation.state import DISCHARGE_TYPES, PLACES, WAITING

CONFIG = Config(
    population=Population(size=300),
    hospital=Hospital(units=2, beds_per_unit=10),
    programme=Programme(peers=4, navigators=1, share_unit=0.6, share_community=0.2, peers_per_supervisor=2),
    run=Run(burn_in_days=0, warm_up_days=15, days=45),
    parameters={"acute_need.rate": 4.0},  # a busy hospital in few days
)

DESIGN = {
    Patient: "frailty leave_propensity engage_propensity stable_housing adequate_cover co_occurring injecting circle "
    "place trust peer_trust experienced_stigma distress disclosed treatment_need treatment_received in_care enrolled "
    "last_contact residual_illness needs admissions ed_visits overdoses",
    Clinician: "unit profession stigma credibility burnout training tenure",
    PeerWorker: "home lived_experience circle skill boundaries stability burnout caseload_size minutes_left tenure "
    "state",
    Supervisor: "lived_experience span minutes_per_worker tenure",
}
"""States that the design asks for; `peer`, `caseload` and `workers` are tested apart."""

WRITABLE = [(kind, name) for kind in TYPES for name, column in states(kind).items() if isinstance(column, State)]


@pytest.fixture(scope="module")
def later() -> PeerSupportModel:
    """A model on its 45th day; tests only read it."""
    model = PeerSupportModel(CONFIG, rng=7)
    model.run_days(45)
    assert {p.place for p in model.agents_by_type[Patient]} >= {"home", "waiting for care", "inpatient unit"}
    assert sum(len(w.caseload) for w in model.agents_by_type[PeerWorker]) > 10
    return model


@pytest.fixture
def model(later: PeerSupportModel) -> PeerSupportModel:
    """A copy of it, to be changed."""
    return copy.deepcopy(later)


def asleep(model: PeerSupportModel) -> Patient:
    """Somebody at home to whom nothing has happened for a while."""
    found = model.agents_by_type[Patient].select(
        lambda p: p.place == "home" and p.last_discharge is not None and p.record["clock_day"] < model.day - 6
    )
    person: Patient = next(iter(found))
    return person


@pytest.mark.parametrize("kind", TYPES)
def test_every_state_of_the_design_is_there_and_documented(kind: type[View]) -> None:
    assert set(DESIGN[kind].split()) <= states(kind).keys()
    for name, column in states(kind).items():
        text = column.__doc__ or ""
        assert text.endswith(".") and getattr(kind, name) is column
        if isinstance(column, State):
            assert "0" in text and "1" in text, name


@pytest.mark.parametrize("kind", TYPES)
def test_tables_and_views_agree(later: PeerSupportModel, kind: type[View]) -> None:
    frame = table(later, kind)
    assert len(frame) > 0
    for view in later.agents_by_type[kind]:
        row = frame.loc[view.unique_id]
        for name in states(kind):
            value = getattr(view, name)
            if value is None:
                assert pd.isna(row[name])
            elif isinstance(value, float):
                assert row[name] == pytest.approx(value, rel=1e-12)
            else:
                assert row[name] == value
                assert type(value) in (int, bool, str)


def test_states_lie_within_their_range(later: PeerSupportModel) -> None:
    for kind, name in WRITABLE:
        values = later.agents_by_type[kind].get(name)
        assert 0.0 <= min(values) <= max(values) <= 1.0


def test_codes_and_words(later: PeerSupportModel) -> None:
    for person in later.agents_by_type[Patient]:
        assert PLACES[person.place_code] == person.place
        assert person.alive == (person.place != "dead")
        assert person.in_hospital == (person.unit is not None)
    assert set(later.agents_by_type[Clinician].get("profession")) == {"nurse", "physician"}
    homes = later.agents_by_type[PeerWorker].get("home")
    assert {"inpatient unit", "community", "roaming"} >= set(homes) >= {"inpatient unit", "community"}
    assert sum(not w.lived_experience for w in later.agents_by_type[PeerWorker]) == 1  # the navigator


def test_ids_are_unique_and_stable(later: PeerSupportModel, model: PeerSupportModel) -> None:
    ids = later.agents.get("unique_id")
    assert ids == sorted(set(ids))  # who has died or left is in no set, and keeps the number
    assert len(ids) == sum(len(later.rows(kind)) for kind in TYPES)
    assert all(later.view(type(a), a.row).unique_id == a.unique_id for a in later.agents)
    assert [(type(a), a.row) for a in later.agents] == [(type(a), a.row) for a in model.agents]
    assert later.person(12).row == 12 and later.person(12).pos is None


def test_what_fades_is_read_as_of_today(later: PeerSupportModel, model: PeerSupportModel) -> None:
    faded = 0
    for person in later.agents_by_type[Patient]:
        other = model.person(person.row)
        if person.place_code <= WAITING:
            stale = float(person.record["trust"])
            intervene.before_change(model.engine.world, person.row, model.day - 1)  # what the model itself would do
            faded += stale != float(other.record["trust"])
        for name, column in states(Patient).items():
            if isinstance(column, Fading):
                settled = float(other.record[column.field])  # the model ends a transient at 0.00001
                assert getattr(person, name) == pytest.approx(settled, rel=1e-12, abs=0.0 if column.usual else 1e-5)
    assert faded > 20


@pytest.mark.parametrize(("kind", "name"), WRITABLE)
def test_writing_goes_into_the_row(model: PeerSupportModel, kind: type[View], name: str) -> None:
    agents = model.agents_by_type[kind]
    agents.set(name, 0.375)
    assert set(agents.get(name)) == {0.375}
    field = states(kind)[name].field
    assert (getattr(model.engine.world, kind.array)[field][model.rows(kind)] == 0.375).all()
    setattr(model.view(kind, 0), name, 1)
    assert getattr(model.view(kind, 0), name) == 1.0
    assert getattr(model.view(kind, 1), name) == 0.375


@pytest.mark.parametrize(("kind", "name"), WRITABLE)
def test_values_out_of_range_are_refused(later: PeerSupportModel, kind: type[View], name: str) -> None:
    view = later.view(kind, 0)
    before = getattr(view, name)
    for value in (-0.001, 1.001, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"{kind.__name__}.{name} lies from 0 to 1"):
            setattr(view, name, value)
    for value in ("0.5", None, [0.5]):
        with pytest.raises(TypeError, match="number from 0 to 1"):
            setattr(view, name, value)
    assert getattr(view, name) == before


@pytest.mark.parametrize("kind", TYPES)
def test_the_rest_is_read_only(later: PeerSupportModel, kind: type[View]) -> None:
    view = later.view(kind, 0)
    for name, column in states(kind).items():
        if not isinstance(column, State):
            with pytest.raises(AttributeError, match=f"{name} is read-only"):
                setattr(view, name, getattr(view, name))
    for name in ("unique_id", "row", "model", "record"):
        with pytest.raises(AttributeError, match="read-only"):
            setattr(view, name, getattr(view, name))


def test_a_misspelt_state_is_refused(later: PeerSupportModel) -> None:
    with pytest.raises(AttributeError, match="did you mean 'trust'"):
        later.person(0).trsut = 0.5
    with pytest.raises(AttributeError, match="nothing of its own"):
        later.person(0).favourite_colour = "blue"


def test_views_are_not_made_by_users(later: PeerSupportModel) -> None:
    for kind in TYPES:
        with pytest.raises(TypeError, match="agents_by_type"):
            kind(later)
        with pytest.raises(TypeError, match="agents_by_type"):
            kind.create_agents(later, 3)
        with pytest.raises(RuntimeError, match="cannot be removed"):
            later.view(kind, 0).remove()


def test_what_is_written_takes_effect(model: PeerSupportModel, later: PeerSupportModel) -> None:
    waiting = model.agents_by_type[Patient].select(lambda p: p.place == "waiting for care")
    assert len(waiting) > 10
    calm = copy.deepcopy(model)
    waiting.set("trust", 1.0).set("experienced_stigma", 0.0)
    calm.agents_by_type[Patient].select(lambda p: p.place == "waiting for care").set("trust", 0.0).set(
        "experienced_stigma", 1.0
    )
    arrivals = []
    for m in (model, calm):
        m.run_days(3)
        arrivals.append(sum(m.person(p.row).ed_visits > later.person(p.row).ed_visits for p in waiting))
    assert arrivals[0] > arrivals[1]  # with trust people seek care sooner


def test_the_calendar_agrees_with_the_daily_scan_after_writing() -> None:
    stories = []
    for scan in (False, True):
        model = PeerSupportModel(CONFIG, rng=3)
        model.engine = Engine(CONFIG, 3, scan=scan)
        for _ in range(6):
            model.run_days(10)
            model.agents_by_type[Patient].select(lambda p: p.row % 3 == 0).set("trust", 0.9).set("contact_benefit", 0.5)
        stories.append(model.result())
    assert len(stories[0].events) > 1000
    assert stories[0].events.equals(stories[1].events)
    assert stories[0].daily.equals(stories[1].daily)


def test_writing_before_the_first_and_after_the_last_day() -> None:
    model = PeerSupportModel(CONFIG, rng=3)
    model.agents_by_type[Patient].set("trust", 0.5)
    model.run_days(60)
    outcomes = model.result().values
    model.agents_by_type[Patient].set("trust", 0.1)
    again = model.result().values
    assert outcomes["length_of_stay_mean"] == again["length_of_stay_mean"] > 0.0


def test_a_units_credibility_follows_its_clinicians(model: PeerSupportModel) -> None:
    units = model.engine.world.units
    before = units["credibility"].copy()
    model.agents_by_type[Clinician].select(lambda c: c.unit == 1).set("credibility", 1.0)
    assert units["credibility"][1] == 1.0
    assert np.array_equal(np.delete(units["credibility"], 1), np.delete(before, 1))


def test_who_belongs_to_whom(later: PeerSupportModel) -> None:
    for worker in later.agents_by_type[PeerWorker]:
        assert len(worker.caseload) == worker.caseload_size
        assert all(person.peer is worker and person.enrolled for person in worker.caseload)
        assert worker.supervisor is not None and worker in worker.supervisor.workers
    enrolled = later.agents_by_type[Patient].select(lambda p: p.enrolled)
    assert len(enrolled) == sum(later.agents_by_type[PeerWorker].get("caseload_size"))
    assert all(p.peer is None for p in later.agents_by_type[Patient] if not p.enrolled)
    for supervisor in later.agents_by_type[Supervisor]:
        assert len(supervisor.workers) == supervisor.span
    on_unit = [p for p in later.agents_by_type[Patient] if p.place == "inpatient unit"]
    units = later.engine.world.units
    assert np.array_equal(
        np.bincount([p.unit for p in on_unit], minlength=len(units))[~units["ed"].astype(bool)],
        units["occupied"][~units["ed"].astype(bool)],
    )
    for clinician in later.agents_by_type[Clinician]:
        assert clinician.in_emergency_department == (clinician.unit == 0) and clinician.hospital == 0


def test_a_story_is_what_the_log_says_in_order(later: PeerSupportModel) -> None:
    events = later.result().events
    told = 0
    for person in later.agents_by_type[Patient]:
        story = person.story()
        logged = events[events["person"] == person.row]
        assert [e.day for e in story] == sorted(e.day for e in story)
        assert sorted((e.day, e.event, e.detail) for e in story) == sorted(
            zip(logged["day"], logged["event"], logged["detail"], strict=True)
        )
        words = [e.event for e in story]
        assert words.count("admitted") == person.admissions
        for index, event in enumerate(story):
            if event.event == "gets a bed":
                assert "admitted" in words[:index]
            told += event.worker is not None and event.worker.model is later
    assert told > 50


def test_a_story_reads_well(later: PeerSupportModel) -> None:
    left = later.agents_by_type[Patient].select(lambda p: p.last_discharge is not None)
    lines = [str(event) for person in left for event in person.story()]
    endings = {line.partition("(")[2].partition(")")[0] for line in lines if "discharged" in line}
    assert "planned" in endings and endings <= set(DISCHARGE_TYPES)
    assert any("visit, worker" in line for line in lines)


def test_mesa_sets_work_on_views(model: PeerSupportModel) -> None:
    people = model.agents_by_type[Patient]
    assert people.agg("trust", np.mean) == pytest.approx(table(model, Patient)["trust"].mean())
    assert people.get(["row", "alive"])[5][0] == 5
    assert sum(people.groupby("place").count().values()) == len(people)
    assert set(people.groupby("stable_housing").groups) == {True, False}
    assert len(model.agents.select(agent_type=PeerWorker)) == 5
    assert next(iter(people.sort("trust", ascending=True))).trust == min(people.get("trust"))
    assert len(people.select(at_most=10)) == 10
    assert people.map(lambda p: p.row)[:3] == [0, 1, 2]

    def relieve(person: Patient) -> None:
        person.distress = 0.25

    order: list[int] = []
    people.shuffle_do(lambda p: order.append(p.row))
    assert order != sorted(order) and sorted(order) == model.rows(Patient).tolist()
    people.do(relieve)
    assert set(people.get("distress")) == {0.25}


def test_a_view_survives_copying_with_its_model(later: PeerSupportModel) -> None:
    person = later.person(9)
    assert copy.copy(person) is person
    for other in (copy.deepcopy(person), pickle.loads(pickle.dumps(person))):
        assert other.model is not later and other.model.person(9) is other
        assert other.unique_id == person.unique_id and other.trust == person.trust


def test_someone_asleep_keeps_their_record_when_read(model: PeerSupportModel) -> None:
    person = asleep(model)
    before: Any = person.record.copy()
    [getattr(person, name) for name in states(Patient)]
    assert person.record == before
    person.trust = 0.5
    assert person.record["clock_day"] == model.day - 1 and person.trust == 0.5
