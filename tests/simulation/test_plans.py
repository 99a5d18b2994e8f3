"""Hospitals that differ, phases, supervisors as a number, leave, cover, seasons, and what of it is paid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

from simulation import money, population, seasons
from simulation.config import Config
from simulation.engine import Engine, build, simulate
from simulation.processes.peer_time import has_planned_leave, is_rostered
from simulation.state import CLOSED, WORKING, supervisors_needed

pytestmark = pytest.mark.interpreted

RUN = {"burn_in_days": 0, "warm_up_days": 10, "days": 60}
STAFF = {"nurses_per_unit": 3, "physicians_per_unit": 1, "ed_nurses": 2, "ed_physicians": 1}
UNLIKE = [{"beds_per_unit": 12, "units": 2, "people": 3, "posts": 5, **STAFF}, {"units": 1, "posts": 3, **STAFF}]


def plan(**sections: object) -> Config:
    return Config.model_validate({"population": {"size": 150}, "run": RUN, "hospitals": UNLIKE} | sections)


def test_hospitals_have_their_own_beds_people_and_posts() -> None:
    config = plan(programme={"peers": 8, "navigators": 2}, population={"size": 4_000})
    engine = Engine(config, 1)
    w = engine.world
    assert w.units["beds"].tolist() == [0, 12, 12, 0, 28, 0] and config.beds == 52 == w.units["beds"].sum()
    assert w.units["nurses"][5] == 0 and len(w.clinicians) == config.clinicians == (2 * 4 + 3) + (4 + 3)
    assert np.diff(w.workers_of).tolist() == [6, 4]  # peers 5 and 3; of two navigators one each by 1.25 and 0.75
    share = (w.patients["hospital"] == 0).mean()
    assert share == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / 4_000))
    result = simulate(plan(programme={"peers": 2}), 1)
    assert set(result.discharges["hospital"]) == {0, 1} if "hospital" in result.discharges else True


def test_a_hospital_with_fewer_units_uses_only_its_own() -> None:
    engine = Engine(plan(population={"size": 400}), 2)
    engine.run()
    stays = engine.world.stays[: int(engine.world.counts[0]["stays"])]
    assert {(int(s["hospital"]), int(s["specialty"])) for s in stays} == {(0, 1), (0, 2), (1, 4)}


def test_posts_are_rounded_by_the_largest_remainder_and_add_up() -> None:
    for posts in range(40):
        found = population.posts_of_hospitals(posts, plan(programme={"peers": posts}))
        assert sum(found) == posts and abs(found[0] - posts * 5 / 8) < 1
    assert population.posts_of_hospitals(8, plan()) == [5, 3]


def test_phases_open_and_close_posts_and_the_end_closes_all() -> None:
    config = plan(
        programme={"peers": 3, "ends_after_days": 50, "supervisors": 1},
        phases=[{"day": 20, "peers": 8, "supervisors": 2, "follow_up_days": 30}, {"day": 40, "peers": 4}],
    )
    daily = simulate(config, 3, parameters={"workforce.hire_days": 0.0}).daily
    posts = daily["workers_in_post"] + daily["vacant_posts"]
    expected = [3] * 20 + [8] * 20 + [4] * 10 + [0] * 20
    assert posts.tolist() == expected and daily["supervisors_in_post"].tolist()[1:] == ([1] * 19 + [2] * 30 + [0] * 20)
    assert daily["visits_made"][50:].sum() + daily["contacts_made"][50:].sum() == 0
    assert daily["workers_in_post"][21] == 8  # posts without a wait are filled
    engine = Engine(config, 3)
    engine.run(45)
    assert engine.world.levers[0]["follow_up_days"] == 30 and (engine.world.roster[3] == CLOSED).all()


def test_nothing_changes_where_a_phase_repeats_what_was() -> None:
    plain = simulate(plan(programme={"peers": 4, "navigators": 1}), 5)
    phased = simulate(plan(programme={"peers": 4, "navigators": 1}, phases=[{"day": 15, "peers": 4}]), 5)
    assert plain.daily.equals(phased.daily)


def test_supervisors_as_a_number_are_those_of_the_ratio() -> None:
    ratio = simulate(plan(programme={"peers": 6, "peers_per_supervisor": 6.0}), 4)
    number = simulate(plan(programme={"peers": 6, "supervisors": 1}), 4)
    assert (
        ratio.daily.equals(number.daily)
        and ratio.values == number.values
        or all(
            a == b or (math.isnan(a) and math.isnan(b))
            for a, b in zip(ratio.values.values(), number.values.values(), strict=True)
        )
    )
    assert supervisors_needed(plan(programme={"peers": 6, "supervisors": 0})) == 0
    none = simulate(plan(programme={"peers": 6, "supervisors": 0}), 4)
    assert none.daily["supervision_minutes"].sum() == 0 and none.values["supervision_cost"] == 0


def test_growth_is_measured_where_the_programme_starts_with_measuring() -> None:
    settled = plan(programme={"peers": 2})
    growing = plan(programme={"peers": 2, "starts": "with measuring"})
    assert (settled.first_day, growing.first_day) == (0, 10)
    assert simulate(growing, 1).values["start_up_cost"] == 0


def test_full_posts_by_hand() -> None:
    config = plan(
        programme={"peers": 3, "ends_after_days": 50, "supervisors": 1, "supervision_hours_per_week": 6.0},
        phases=[{"day": 20, "peers": 8, "navigators": 2, "supervisors": 2}],
        money={"year": 2024, "index": 1.1},
    )
    value = {
        "cost.wage": 20.0, "cost.navigator_wage": 30.0, "cost.loading": 1.5, "cost.supervisor_wage": 50.0,
        "cost.training_hour": 0.0, "cost.clinician_hour": 0.0,
    }  # fmt: skip
    hours = 5 / 7 * 7.5 * 1.5
    days = 10 * 3 * 20 + 30 * (8 * 20 + 2 * 30)  # days 10 to 19 with three peers, 20 to 49 with eight and two
    supervision = (10 * 1 + 30 * 2) / 7 * 6 * 50
    by_hand = (days * hours + supervision) * 365 / 60 * 1.1
    assert money.full_posts(config, value, 10, 70) == pytest.approx(by_hand)


def test_supervision_beyond_what_is_taken_up_is_named() -> None:
    value = {"supervision.half_minutes": 60.0}
    assert money.supervision_not_taken_up(plan(programme={"peers": 6, "supervisors": 6}), value, 4.0) == 36 - 24
    assert money.supervision_not_taken_up(plan(programme={"peers": 6, "supervisors": 1}), value, 4.0) == 0


@njit
def rostered_on(w, j, day):  # type: ignore[no-untyped-def]  # compiled: numba types it
    return is_rostered(w, j, day)


@njit
def on_leave(w, j, day):  # type: ignore[no-untyped-def]  # compiled: numba types it
    return has_planned_leave(w, j, day)


@njit
def next_change(w, day, latest):  # type: ignore[no-untyped-def]  # compiled: numba types it
    return seasons.next_change(w, day, latest)


@njit
def month(day):  # type: ignore[no-untyped-def]  # compiled: numba types it
    return seasons.month(day)


def rostered(**programme: object) -> np.ndarray:
    config = plan(programme={"peers": 4, **programme})
    w = build(config, 1, Engine(config, 1).parameters)
    w.workers["state"] = WORKING
    return np.array([[rostered_on(w, j, day) for day in range(7 * 104)] for j in range(4)])


def test_weekends_and_planned_leave() -> None:
    weekdays = rostered(weekends=False)
    assert not weekdays.reshape(4, 104, 7)[:, :, 5:].any() and (weekdays.sum(axis=1) == 5 * 104).all()
    three = rostered(weekends=False, days_per_week=3)
    assert (three.reshape(4, 104, 7).sum(axis=2) == 3).all()
    leave = rostered(leave_weeks=5.0)
    assert (leave.sum(axis=1) == 5 * (104 - 10)).all() and not (leave == leave[0]).all()
    config = plan(programme={"peers": 4})
    w = build(config, 1, Engine(config, 1).parameters)
    assert not any(on_leave(w, 0, day) for day in range(400))


def test_months_are_twelfths_of_a_year_and_change_on_their_first_day() -> None:
    config = plan(population={"size": 100, "seasons": [1.0] * 11 + [2.0]})
    w = build(config, 1, Engine(config, 1).parameters)
    assert population.months(config).mean() == pytest.approx(1.0)
    for day in range(-400, 800):
        following = next_change(w, day, day + 365)
        assert month(following) != month(day)
        assert all(month(d) == month(day) for d in range(day, following))


def test_more_people_fall_ill_in_the_season() -> None:
    size = {"size": 3_000, "seasons": [0.2] * 6 + [1.8] * 6}
    quiet = {"hospitals": [{"beds_per_unit": 100, **STAFF}], "run": RUN | {"days": 355}}
    daily = simulate(plan(population=size, **quiet), 6).daily["ed_visits"]
    assert daily[190:360].sum() > 3 * daily[10:180].sum()


def test_who_comes_outside_the_hours_is_not_met_in_the_emergency_department() -> None:
    staff = {"peers": 8, "share_ed": 1.0, "share_unit": 0.0}
    hours = [
        simulate(plan(programme=staff | {"cover_hours": h}, population={"size": 400}), 7).daily["offers"].sum()
        for h in (24.0, 6.0, 0.0)
    ]
    assert hours[0] > 2 * hours[1] > 0 and hours[2] < hours[1]
