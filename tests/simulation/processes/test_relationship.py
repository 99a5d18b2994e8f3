"""Mechanism 8: visits and contacts build trust in the worker; none arises when off."""

import numpy as np

from simulation.effects import OUTCOMES
from simulation.state import E_CONTACT, E_REFERRED, E_VISIT
from tests.simulation.pairs import (
    Array,
    assert_nothing_changes,
    assert_same,
    assert_same_days,
    assert_same_people,
    assert_same_stays,
    assert_same_until,
    lives,
    scenario,
    seeds,
)


def test_trust_in_the_worker_arises_only_when_on() -> None:
    trust_only = {"barriers.practical": 0.0}
    on, off = lives(*(scenario(*x, parameters=trust_only) for x in ((), ("relationship",))))
    assert on.count(E_VISIT) > 100 and off.count(E_VISIT) > 100
    listed = on.patients["worker"] >= 0
    assert listed.sum() > 10
    assert (on.patients["peer_trust"][listed] > 0).mean() > 0.9
    assert on.patients["benefit"].max() > 0
    assert off.patients["peer_trust"].max() == off.patients["benefit"].max() == 0.0


def test_lived_experience_and_autonomy_build_more_trust() -> None:
    def trust(**levers: object) -> Array:
        """Mean trust in the worker over everybody on a list, by seed: lists are short, so one seed says little."""
        runs = seeds(scenario(peers=0, programme=levers, parameters={"lived_experience.pace": 1.0}), range(1, 13))
        listed = [run.patients["peer_trust"][run.patients["worker"] >= 0] for run in runs]
        assert sum(map(len, listed)) > 100
        return np.array([trust.mean() for trust in listed])

    free = trust(peers=3, autonomy=1.0)
    for other in (trust(peers=3, autonomy=0.0), trust(peers=0, navigators=3, autonomy=1.0)):
        gap = free - other
        assert gap.mean() > 0.03 + 2 * gap.std(ddof=1) / np.sqrt(len(gap))


def test_trust_that_nothing_depends_on_changes_nothing_else() -> None:
    leads = (
        "effect.bedside",
        "effect.planning",
        "follow_up.reach_trust",
        "follow_up.lost_trust",
        "disclosure.vouching",
        "follow_up.benefit",
        "follow_up.visit_benefit",
        "follow_up.hand_over",
    )
    flat = dict.fromkeys((*leads, *OUTCOMES), 0.0)
    on, off = lives(*(scenario(*x, parameters=flat) for x in ((), ("relationship",))))
    assert on.patients["peer_trust"].max() > 0.2
    assert on.count(E_CONTACT) > 20
    assert_same(on.log, off.log)
    assert_same_stays(on, off)
    assert_same_days(on, off)
    assert_same_people(on, off, "peer_trust", "known_trust", "benefit", "lift")
    assert_same(on.world.clinicians, off.world.clinicians)
    assert_same(on.world.workers, off.world.workers)


def test_lives_are_the_same_until_the_first_referral() -> None:
    cut = ("beds", "clinicians_change", "well_being")
    assert_same_until(*lives(scenario(*cut), scenario("relationship", *cut)), E_REFERRED)


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("relationship", peers=0))
