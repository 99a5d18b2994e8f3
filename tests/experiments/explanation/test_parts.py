import pytest

from experiments.explanation.parts import REST, WAYS, changed_settings, mixed, of_levers, of_mechanisms, without
from experiments.support.errors import InputError
from scenarios import load


def test_a_plan_without_workers_is_the_same_without_what_only_workers_do() -> None:
    usual, bridge = load("usual-care"), load("bridge")
    off = ("bridging", "advocacy", "follow_up")
    assert without(usual, off).content_hash() == usual.content_hash()
    assert without(bridge, off).content_hash() != bridge.content_hash()
    assert without(usual, ("barriers",)).content_hash() != usual.content_hash()


def test_the_ways_are_the_parts_unless_others_are_named() -> None:
    usual, bridge = load("usual-care"), load("bridge")
    made = of_mechanisms(usual, bridge)
    assert made.parts == WAYS and made.rest == REST
    after, before = made.pair(frozenset(made.names))
    assert (after, before) == (bridge, usual)
    after, _ = made.pair(frozenset({"bridging"}))
    assert after.mechanisms.bridging and not after.mechanisms.follow_up
    with pytest.raises(InputError, match="no mechanism 'briding'"):
        of_mechanisms(usual, bridge, ["briding"])


def test_levers_are_mixed_and_shares_of_posts_go_together() -> None:
    bridge = load("bridge")
    other = load("bridge", ["programme.peers=3", "programme.share_unit=0.5", "programme.share_ed=0.5"])
    other = other.model_copy(update={"name": "other"})
    assert changed_settings(bridge, other) == ["programme.peers", "programme.share_ed", "programme.share_unit"]
    made = of_levers(bridge, other)
    assert [part.members for part in made.parts] == [
        ("programme.peers",), ("programme.share_ed", "programme.share_unit")
    ]  # fmt: skip
    after, before = made.pair(frozenset({made.names[1]}))
    assert (after.programme.peers, after.programme.share_ed, before) == (6, 0.5, bridge)
    assert made.pair(frozenset(made.names))[0] == other and made.pair(frozenset())[0] == bridge


def test_a_mixture_that_is_no_scenario_ends_in_a_line() -> None:
    bridge = load("bridge")
    other = load("bridge", ["programme.share_unit=0.5", "programme.share_ed=0.5"])
    with pytest.raises(InputError, match="cannot be as in bridge while the rest") as error:
        mixed(bridge, other, ["programme.share_ed"])
    assert "\n" not in str(error.value)


def test_plans_that_do_not_differ_cannot_be_explained() -> None:
    with pytest.raises(InputError, match="the same settings"):
        of_levers(load("bridge"), load("bridge"))
