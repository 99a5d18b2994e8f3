"""Mechanism 2: people with low trust wait, and untreated need grows or eases; everybody comes on the day when off."""

import numpy as np

from simulation.state import E_EASED, E_ED, E_NEED, NEVER
from tests.simulation.pairs import Lives, assert_same, lives, scenario


def first_waits(run: Lives) -> tuple[np.ndarray, np.ndarray]:
    """People whose first event in this run's hospital is a visit for their first need: ids and days waited."""
    visits = run.of(E_ED)
    need, seen = run.first_day(E_NEED), run.first_day(E_ED)
    first = visits[visits["day"] == seen[visits["person"]]]
    chosen = first[need[first["person"]] + first["detail"] == seen[first["person"]]]
    return chosen["person"], chosen["detail"]


def test_people_wait_and_need_eases_only_when_on() -> None:
    admitted = {"acute_need.settled_in_care": 0.0, "effect.follow_up": 0.0}
    on, off = lives(*(scenario(*x, parameters=admitted) for x in ((), ("care_seeking",))))
    assert on.count(E_EASED) > 50
    assert (on.of(E_ED)["detail"] > 0).sum() > 200
    assert off.count(E_EASED) == 0
    assert (off.of(E_ED)["detail"] == 0).all()
    needs, visits = off.of(E_NEED), off.of(E_ED)
    arrived = set(zip(visits["person"].tolist(), visits["day"].tolist(), strict=True))
    assert len(needs) > 500
    assert arrived >= set(zip(needs["person"].tolist(), needs["day"].tolist(), strict=True))


def test_people_with_less_trust_wait_longer_and_arrive_sicker() -> None:
    (on,) = lives(scenario(peers=0, size=6000))
    person, wait = first_waits(on)
    trust = on.patients["usual_trust"][person]
    low, high = wait[trust < 0.45], wait[trust > 0.65]
    assert min(len(low), len(high)) > 200
    error = np.sqrt(low.var() / len(low) + high.var() / len(high))
    assert low.mean() - high.mean() > 4 * error
    untreated, none = lives(*(scenario(parameters={"care_seeking.worsening": x}) for x in (0.3, 0.0)))
    assert untreated.stays["need"].mean() > 1.2 * none.stays["need"].mean()


def test_the_first_need_falls_on_the_same_day() -> None:
    on, off = lives(scenario(), scenario("care_seeking"))
    first = np.minimum(on.first_day(E_NEED), on.first_day(E_ED))
    assert np.array_equal(first, np.minimum(off.first_day(E_NEED), off.first_day(E_ED)))
    assert (first < NEVER).sum() > 500
    assert_same(on.before(first), off.before(first))
    needs = [run.of(E_NEED) for run in (on, off)]
    same = [x[x["day"] == first[x["person"]]] for x in needs]
    assert_same(*same)
