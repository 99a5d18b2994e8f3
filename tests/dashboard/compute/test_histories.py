"""One simulated year, person by person."""

import base64

import numpy as np
import pytest

from dashboard.catalogue.levers import config
from dashboard.compute import histories
from dashboard.pages import watch
from simulation import PeerSupportModel
from simulation.state import EVENTS

WORLD = {"population.size": 400}
NOW, PLAN = config(WORLD), config(WORLD, {"programme.peers": 2})


@pytest.fixture(scope="module")
def film():
    return histories.film(PLAN, 1, 0)


def unpack(text, kind=np.uint8):
    return np.frombuffer(base64.b64decode(text), kind)


def test_a_film_ends_where_the_model_ends(film):
    code = unpack(film.start).copy()
    who, what = unpack(film.who, np.uint16), unpack(film.what)
    assert len(who) == len(what) == film.until[-1] and film.days == 365
    code[who] = what  # later changes win
    model = PeerSupportModel(PLAN, rng=1)
    model.run_days(PLAN.horizon)
    people = model.engine.world.patients
    place = np.where(code >> 3 >= histories.WARDS_FROM, 4, code >> 3)
    np.testing.assert_array_equal(place, people["place"])
    assert np.bincount(place, minlength=8).tolist() == film.counts[-1]
    step = np.array([min(4, int(5 * model.person(i).trust)) for i in range(len(code))])
    np.testing.assert_array_equal(code & 7, step)
    assert len(film.workers[-1]) == 2 and film.workers[-1][0][0] == model.engine.world.workers["state"][0]


def test_a_story_is_the_event_log_in_words(film):
    model = PeerSupportModel(PLAN, rng=1)
    model.run_days(PLAN.horizon)
    person = int(np.argmax([model.person(i).admissions for i in range(400)]))
    told = histories.story(PLAN, 1, 0, person)
    logged = {(event.day - 179, event.event) for event in model.person(person).story()}
    assert {m.day for m in told} == {day for day, _ in logged}
    assert any("is admitted to hospital" == m.text for m in told)
    assert [m.day for m in told] == sorted(m.day for m in told)


def test_every_event_of_a_person_has_plain_words():
    spoken = set(histories.SAID) | {"discharged"}
    assert {name for name in EVENTS if not name.startswith(("clinician", "supervisor"))} <= spoken


def test_lives_part_on_the_first_day_that_differs():
    def life(*moments):
        return [histories.Moment(day, text, text) for day, text in moments]

    one = life((1, "falls ill"), (3, "gets a bed"), (5, "leaves"))
    assert histories.parting(one, one) is None
    other = life((1, "falls ill"), (3, "gets a bed"), (3, "is visited"), (9, "goes home"))
    assert histories.parting(one, other) == (3, "nothing else", "is visited")
    assert histories.parting(one, one[:2]) == (5, "leaves", "nothing else")


def test_people_worth_a_look_are_not_only_successes():
    found = histories.telling(NOW, PLAN, 1, 0)
    assert len({t.person for t in found}) == len(found) >= 2
    for each in found:
        assert (
            histories.parting(histories.story(NOW, 1, 0, each.person), histories.story(PLAN, 1, 0, each.person))
            or "never" in each.why
        )


def test_a_worker_has_a_story_too():
    told = histories.worker_story(PLAN, 1, 0, 0)
    assert any("visits and" in m.text for m in told)


def test_one_day_is_one_line_and_the_same_again_is_grouped():
    def moment(day, text, mark=""):
        return histories.Moment(day, text, mark)

    told = histories.entries([
        moment(2, "is admitted"), moment(2, "gets a bed"), moment(3, "is visited"), moment(4, "is visited"),
        moment(9, "is visited"), moment(10, "dies in hospital", histories.DEATH),
    ])  # fmt: skip
    assert [(e.first, e.last, e.text, e.dies) for e in told] == [
        (2, 2, "is admitted; gets a bed", False), (3, 9, "is visited (3 times)", False),
        (10, 10, "dies in hospital", True),
    ]  # fmt: skip


def test_a_death_is_told_once_and_by_its_cause():
    kind = EVENTS.index
    rows = [(190, "contact ends", 3), (190, "discharged", 3), (190, "dies", 2), (183, "visit", -1), (183, "visit", -1)]
    events = np.array([(d, kind(n), x) for d, n, x in rows[::-1]], dtype=[("day", int), ("kind", int), ("detail", int)])
    told = histories._told(events, 180)
    assert [(m.day, m.text) for m in told] == [(4, "is visited by the peer worker"), (11, "dies in hospital")]


def test_somebody_who_died_before_the_year_is_not_said_to_be_well():
    html = watch._list([histories.Moment(-3, "dies of an overdose", histories.DEATH)], None)
    assert "died 4 days before the year that is counted: of an overdose" in html and "Nothing happened" not in html
    assert "died 1 day before" in watch._list([histories.Moment(0, "dies in hospital", histories.DEATH)], None)
