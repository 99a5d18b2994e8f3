import numpy as np
import pytest

from experiments.explanation.shapley import all_coalitions, coalitions_of, exact, sampled, sampled_orders

PARTS = ["a", "b", "c"]


def glove(on: frozenset[str]) -> np.ndarray:
    """The glove game: a and b have a left glove, c the right one; a pair is worth 1 (Shapley values 1/6, 1/6, 4/6)."""
    return np.full(2, float("c" in on and ("a" in on or "b" in on)))


def test_the_glove_game_is_split_as_in_the_textbook() -> None:
    found = {share.part: share.values for share in exact(PARTS, {on: glove(on) for on in all_coalitions(PARTS)})}
    np.testing.assert_allclose(found["a"], 1 / 6)
    np.testing.assert_allclose(found["b"], 1 / 6)
    np.testing.assert_allclose(found["c"], 4 / 6)


def test_a_part_that_changes_nothing_gets_exactly_zero_and_parts_sum_to_the_whole() -> None:
    runs = np.array([0.1, 0.7, -0.3])
    effects = {
        on: runs * ("a" in on) + 0.3 * runs**2 * ({"a", "b"} <= on) + 0.1 * ("b" in on) for on in all_coalitions(PARTS)
    }
    found = {share.part: share.values for share in exact(PARTS, effects)}
    assert (found["c"] == 0).all()
    np.testing.assert_allclose(sum(found.values()), effects[frozenset(PARTS)], atol=1e-15)
    np.testing.assert_allclose(found["a"], runs + 0.15 * runs**2)


def test_sampled_orders_sum_to_the_whole_and_come_near_with_an_error_that_says_how_near() -> None:
    parts = [f"p{i}" for i in range(8)]

    def effect(on: frozenset[str]) -> np.ndarray:  # sizes 1 to 8, and pairs that need one another
        alone = sum(i + 1 for i, name in enumerate(parts) if name in on)
        return np.array([alone + 3 * (parts[0] in on and parts[7] in on) - 2 * (parts[1] in on and parts[2] in on)])

    truth = {share.part: share.values[0] for share in exact(parts, {on: effect(on) for on in all_coalitions(parts)})}
    orders = sampled_orders(parts, 16)
    assert orders == sampled_orders(parts, 16) and orders[1] == orders[0][::-1]
    shares = sampled(parts, orders, {on: effect(on) for on in coalitions_of(orders)})
    assert [share.part for share in shares] == parts
    assert sum(share.values[0] for share in shares) == pytest.approx(effect(frozenset(parts))[0])
    assert all(abs(share.values[0] - truth[share.part]) <= 4 * share.error + 1e-9 for share in shares)
    assert len(coalitions_of(orders)) < 2**8


def test_more_orders_come_nearer() -> None:
    """Interactions of three, which antithetic pairs do not cancel."""
    parts = [f"p{i}" for i in range(7)]

    def effect(on: frozenset[str]) -> np.ndarray:
        return np.array([10.0 * (set(parts[:3]) <= on) + 4.0 * (set(parts[3:]) <= on)])

    truth = np.array([s.values[0] for s in exact(parts, {on: effect(on) for on in all_coalitions(parts)})])
    miss = []
    for number in (4, 400):
        orders = sampled_orders(parts, number)
        found = sampled(parts, orders, {on: effect(on) for on in coalitions_of(orders)})
        miss.append(float(np.abs(np.array([s.values[0] for s in found]) - truth).max()))
    assert miss[1] < 0.5 < miss[0]
