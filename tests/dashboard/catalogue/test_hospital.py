"""The form of a visitor's own hospital, without a browser."""

from dashboard.catalogue.address import Situation, is_sound, read, write
from dashboard.catalogue.hospital import FORM, fields, taken
from dashboard.catalogue.levers import config, limits


def test_what_is_typed_is_an_assumption_of_every_plan_and_what_is_empty_is_not():
    world, wrong = taken(
        {"effect.bedside": 0.1, "cost.wage": 20.0},
        {"population.size": "1,200", "hospital.beds_per_unit": "20", "cost.wage": " "},
    )
    assert wrong == []
    assert world == {"population.size": 1200, "hospital.beds_per_unit": 20, "effect.bedside": 0.1}
    made = config(world)
    assert (made.population.size, made.hospital.beds_per_unit) == (1200, 20)
    assert taken(world, {})[0] == {"effect.bedside": 0.1}


def test_what_is_wrong_is_said_with_its_bounds_and_nothing_is_used():
    _, wrong = taken(
        {}, {"population.size": "50000", "hospital.units": "2.5", "hospital.beds_per_unit": "few", "cost.wage": "18"}
    )
    low = limits("population.size")[0]
    assert wrong == [
        f"People whom the programme is for, in the area: must be from {low:g} to 20,000; got 50,000.",
        "Units (wards): must be a whole number; got 2.5.",
        "Beds in each unit: “few” is no number.",
    ]
    assert taken({}, {"cost.wage": "nan"})[1] and taken({}, {"cost.wage": "1e999"})[1]


def test_a_link_keeps_the_hospital():
    world, _ = taken({}, {"population.size": "1200", "hospital.units": "6", "cost.inpatient_day": "2900.5"})
    s, problems = read(write(Situation(world=world)))
    assert problems == [] and s.world == world and is_sound(s)


def test_the_form_shows_what_is_given_and_what_stands_in():
    rows = {row["name"]: row for row in fields({"population.size": 1200})}
    assert len(rows) == len(FORM)
    assert rows["population.size"]["value"] == "1200"
    assert (rows["hospital.units"]["value"], rows["hospital.units"]["usual"]) == ("", "4")
