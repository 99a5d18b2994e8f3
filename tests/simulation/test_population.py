"""Synthesis of people, staff and posts: shares, identities and places."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.config import PROFILES
from simulation.engine import Engine
from simulation.parameters import defaults
from simulation.population import homes
from simulation.state import AT_ED, AT_UNIT, HOME, IN_COMMUNITY, NURSE, PHYSICIAN, ROAMING, VACANT
from tests.simulation.small import NOBODY, small

N = 20_000


@pytest.fixture(scope="module", params=PROFILES)
def many(request: pytest.FixtureRequest) -> Engine:
    """A large population on its first morning."""
    return Engine(
        small(
            N,
            programme=NOBODY,
            hospital={"count": 4},
            parameters={},
            profile=request.param,
            burn_in_days=0,
            off=("turnover",),
        ),
        31,
    )


def test_shares_are_those_of_the_parameters(many: Engine) -> None:
    people, values = many.world.patients, defaults(many.config.population.profile)
    for field, share in {
        "unhoused": 1 - values["population.stable_housing"],
        "uncovered": 1 - values["population.adequate_cover"],
        "co_occurring": values["population.co_occurring"],
        "injecting": values["population.injecting"],
        "in_care": values["population.in_care"],
        "using": values["after_discharge.using_at_start"],
    }.items():
        assert abs(people[field].mean() - share) < 4.5 * math.sqrt(share * (1 - share) / N), field
    for hospital in range(4):
        assert abs((people["hospital"] == hospital).mean() - 0.25) < 4.5 * math.sqrt(0.1875 / N)
    assert np.unique(people["circle"]).tolist() == list(range(int(values["population.circles"])))


def test_propensities_are_normal_and_correlated_as_declared(many: Engine) -> None:
    people, values = many.world.patients, defaults(many.config.population.profile)
    for name in ("leave_propensity", "engage_propensity"):
        assert abs(people[name].mean()) < 4.5 / math.sqrt(N)
        assert abs(people[name].std() - 1) < 4.5 / math.sqrt(2 * N)
    correlation = np.corrcoef(people["leave_propensity"], people["engage_propensity"])[0, 1]
    assert abs(correlation + values["population.selection"]) < 4.5 / math.sqrt(N)


def test_frailty_is_log_normal_with_mean_one(many: Engine) -> None:
    log, sd = np.log(many.world.patients["frailty"]), many.parameters["population.frailty_sd"]
    assert abs(log.mean() + sd**2 / 2) < 4.5 * sd / math.sqrt(N)
    assert abs(log.std() - sd) < 4.5 * sd / math.sqrt(2 * N)


def test_traits_do_not_depend_on_one_another(many: Engine) -> None:
    names = ["unhoused", "uncovered", "co_occurring", "injecting", "frailty", "leave_propensity",
             "usual_trust", "usual_stigma", "circle", "hospital", "in_care", "using"]  # fmt: skip
    table = np.array(
        [np.log(many.world.patients[n]) if n == "frailty" else many.world.patients[n].astype(float) for n in names]
    )
    r = np.corrcoef(table)[np.triu_indices(len(names), 1)]
    assert np.abs(r).max() < 4.8 / math.sqrt(N)


def test_everybody_begins_at_home_with_nobody(many: Engine) -> None:
    people = many.world.patients
    assert (people["place"] == HOME).all()
    for name in ("worker", "slot", "stay", "discharge_day", "last_contact", "at"):
        assert (people[name] == -1).all(), name
    assert (people["trust"] == people["usual_trust"]).all() and (people["stigma"] == people["usual_stigma"]).all()
    assert ((people["trust"] >= 0) & (people["trust"] <= 1) & (people["reach"] > 0) & (people["reach"] < 1)).all()
    assert many.world.counts[0]["alive"] == N


def test_people_are_harder_to_reach_without_stable_housing(many: Engine) -> None:
    people = many.world.patients
    logits = np.log(people["reach"] / (1 - people["reach"]))
    gap = logits[people["unhoused"] == 1].mean() - logits[people["unhoused"] == 0].mean()
    assert abs(gap - many.parameters["follow_up.unhoused"]) < 0.15


def test_people_who_engage_easily_are_easier_to_reach(many: Engine) -> None:
    people = many.world.patients
    housed = people["unhoused"] == 0
    logits = np.log(people["reach"] / (1 - people["reach"]))[housed]
    found = np.corrcoef(people["engage_propensity"][housed], logits)[0, 1]
    assert abs(found - many.parameters["follow_up.reach_engagement"]) < 4 / math.sqrt(housed.sum())
    assert abs(logits.std() - many.parameters["follow_up.reach_sd"]) < 0.15


@pytest.mark.interpreted
def test_units_and_clinicians_are_laid_out() -> None:
    w = Engine(small(10, hospital={"count": 3, "units": 2}), 1).world
    assert w.units["ed"].tolist() == [1, 0, 0] * 3
    assert w.units["hospital"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert w.units["beds"].tolist() == [0, 6, 6] * 3
    for u, unit in enumerate(w.units):
        first, middle, end = unit["first_nurse"], unit["first_physician"], unit["first_physician"] + unit["physicians"]
        assert middle - first == unit["nurses"] == (3 if unit["ed"] else 4)
        assert unit["physicians"] == 2
        assert (w.clinicians["unit"][first:end] == u).all()
        assert (w.clinicians["profession"][first:middle] == NURSE).all()
        assert (w.clinicians["profession"][middle:end] == PHYSICIAN).all()
    assert len(set(w.clinicians["post"].tolist())) == len(w.clinicians) == 3 * (5 + 2 * 6)


@pytest.mark.interpreted
def test_more_staff_leaves_the_others_who_they_are() -> None:
    few = Engine(small(10, burn_in_days=0), 1).world.clinicians
    more = Engine(
        small(10, hospital={"nurses_per_unit": 9, "physicians_per_unit": 5}, burn_in_days=0), 1
    ).world.clinicians
    by_post = {int(c["post"]): c for c in more}
    for c in few:
        same = by_post[int(c["post"])]
        for name in ("profession", "stigma_at_hire", "resting_burnout", "left_exit"):
            assert c[name] == same[name]


@pytest.mark.interpreted
@settings(deadline=None)
@given(st.integers(0, 400), st.lists(st.integers(0, 100), min_size=3, max_size=3).filter(lambda x: sum(x) <= 100))
def test_homes_of_posts_follow_the_shares(posts: int, hundredths: list[int]) -> None:
    unit, ed, community = (x / 100 for x in hundredths)
    config = small(10, programme={"share_unit": unit, "share_ed": ed, "share_community": community})
    found = homes(posts, config)
    assert len(found) == posts
    shares = {AT_UNIT: unit, AT_ED: ed, IN_COMMUNITY: community, ROAMING: 1 - unit - ed - community}
    for home, share in shares.items():
        assert abs(found.count(home) - share * posts) < 1 + 1e-6
        assert share > 1e-9 or found.count(home) == 0


@pytest.mark.interpreted
@pytest.mark.parametrize(("peers", "navigators", "hospitals"), [(7, 0, 3), (0, 5, 2), (4, 3, 4), (1, 0, 3), (0, 0, 2)])
def test_posts_are_spread_over_hospitals(peers: int, navigators: int, hospitals: int) -> None:
    config = small(10, programme={"peers": peers, "navigators": navigators}, hospital={"count": hospitals})
    w = Engine(config, 1).world
    assert len(w.workers) == peers + navigators
    assert w.workers["lived_experience"].sum() == peers
    for lived, posts in ((1, peers), (0, navigators)):
        counts = np.bincount(w.workers["hospital"][w.workers["lived_experience"] == lived], minlength=hospitals)
        assert counts.sum() == posts and counts.max() - counts.min() <= 1
    for h in range(hospitals):
        assert (w.workers["hospital"][w.workers_of[h] : w.workers_of[h + 1]] == h).all()
    assert w.workers_of[0] == 0 and w.workers_of[hospitals] == len(w.workers)
    assert len(set(w.workers["post"].tolist())) == len(w.workers)
    assert (w.workers["state"] == VACANT).all()
    assert w.supervisors["span"].sum() == len(w.workers)
    if len(w.workers):
        assert len(w.supervisors) == math.ceil(len(w.workers) / config.programme.peers_per_supervisor)
        assert w.supervisors["span"].max() <= math.ceil(config.programme.peers_per_supervisor)


@pytest.mark.interpreted
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_supervisors_with_lived_experience_are_a_share(share: float) -> None:
    config = small(
        10, programme={"peers": 20, "navigators": 0, "peers_per_supervisor": 1.0, "supervisor_lived_experience": share}
    )
    assert Engine(config, 1).world.supervisors["lived_experience"].mean() == share


@pytest.mark.interpreted
def test_a_post_is_the_same_in_a_larger_programme() -> None:
    few, more = (Engine(small(10, programme={"peers": n, "navigators": 2}), 1) for n in (3, 9))
    for engine in (few, more):
        engine.run(1)
    until = {int(x["post"]): int(x["until"]) for x in more.world.workers}
    traits = {int(x["post"]): float(x["trait"]) for x in more.world.workers}
    for x in few.world.workers:
        assert until[int(x["post"])] == x["until"]
        assert traits[int(x["post"])] == x["trait"]
