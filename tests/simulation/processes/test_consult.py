"""The consult team of usual care sees who stands out, and they tell of their use; nobody is seen when off."""

import numpy as np

from simulation.state import CONSULTED, E_CONSULT, E_SOCIAL_WORK
from tests.simulation.pairs import assert_same_until_hospital, lives, scenario

OFTEN = {"consult.rate": 0.5, "consult.seen": 0.8}


def test_people_are_seen_only_when_on() -> None:
    on, off = lives(*(scenario(*x, peers=0, parameters=OFTEN) for x in ((), ("consult",))))
    assert on.count(E_CONSULT) > 50 and on.count(E_SOCIAL_WORK) > 50
    seen = on.stays["consult"] == CONSULTED
    assert seen.sum() == on.count(E_CONSULT) == on.total("consults")
    assert on.stays["disclosed"][seen].all()
    assert off.count(E_CONSULT, E_SOCIAL_WORK) == 0
    assert not off.stays["consult"].any() and not off.stays["social_work"].any()


def test_who_stands_out_is_seen_more_often() -> None:
    clear = {"visible_need.stays": 1.0, "visible_need.co_occurring": 1.5}
    (run,) = lives(scenario("beds", peers=0, size=4000, parameters={**OFTEN, "consult.rate": 0.15, **clear}))
    stays = run.discharged
    ill = run.patients["co_occurring"][stays["person"]] == 1
    often = stays["stays_before"] >= 2
    seen = stays["consult"] == CONSULTED
    assert min(ill.sum(), often.sum(), (~often).sum()) > 100
    assert seen[ill].mean() > 1.3 * seen[~ill].mean()
    assert seen[often].mean() > 1.3 * seen[~often].mean()


def test_usual_care_reaches_the_published_share() -> None:
    (run,) = lives(scenario(peers=0, size=6000, parameters={"acute_need.rate": 0.48}))
    share = run.result.values["consulted"]
    assert 0.08 < share < 0.25, share  # 16.5 % of stays (Minnesota), 11.6 % (INREACH)


def test_social_work_resolves_barriers() -> None:
    much, none = lives(
        *(scenario(peers=0, parameters={"consult.social_work": 1.0, "consult.social_help": x}) for x in (1.0, 0.0))
    )
    assert not (much.stays["barriers"] & much.stays["barriers_at_start"]).any()
    assert np.count_nonzero(none.stays["barriers"]) > 50


def test_lives_are_the_same_until_hospital() -> None:
    assert_same_until_hospital(*lives(scenario(peers=0), scenario("consult", peers=0)))
