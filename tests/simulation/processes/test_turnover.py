"""People join, move away and stop only when on; who leaves takes no further part."""

import numpy as np

from simulation.state import DEAD, E_GOES, E_JOINS, GONE, TO_COME
from tests.simulation.pairs import lives, scenario

MUCH = {"turnover.moves": 0.3, "turnover.stops": 0.1}


def test_people_join_and_leave_only_when_on() -> None:
    on, off = lives(*(scenario(*x, burn_in=60, parameters=MUCH) for x in ((), ("turnover",))))
    assert on.count(E_JOINS) > 100 and on.count(E_GOES) > 100
    assert {1, 2} == set(on.of(E_GOES)["detail"].tolist())
    assert off.count(E_JOINS, E_GOES) == 0
    assert not np.isin(off.patients["place"], [GONE, TO_COME]).any()


def test_the_population_adds_up_on_every_day() -> None:
    (run,) = lives(scenario(burn_in=60, parameters=MUCH))
    d = run.daily
    change = d["joined"] - d["deaths"] - d["moved_away"] - d["stopped"]
    assert np.array_equal(np.diff(d["alive"]), change[1:])
    there = run.patients["place"] < DEAD
    assert there.sum() == d["alive"][-1]
    for name in ("in_care", "using", "unhoused"):
        assert run.patients[name][there].sum() == d[name][-1], name
    assert (run.world.counts[0]["inpatients"]) == d["census"][-1]


def test_who_has_left_takes_no_further_part() -> None:
    (run,) = lives(scenario(burn_in=60, parameters=MUCH))
    gone = run.first_day(E_GOES)
    after = run.events[run.events["day"] > gone[run.events["person"]]]
    assert len(after) == 0
    joined = run.first_day(E_JOINS)
    before = run.events[(run.events["day"] < joined[run.events["person"]]) & (joined[run.events["person"]] < 10_000)]
    assert len(before) == 0


def test_people_age_and_older_people_die_more_often() -> None:
    (run,) = lives(scenario(peers=0, size=20_000, days=600))
    age = -run.patients["birth_day"] / 365.25
    assert 38 < np.median(age) < 50 and 12 < age.std() < 19
    dead = run.patients["place"] == DEAD
    assert dead[age > 55].mean() > 2 * dead[age < 35].mean() > 0
    women = run.patients["woman"] == 1
    assert 0.4 < women.mean() < 0.5
    assert dead[women].mean() < dead[~women].mean()
