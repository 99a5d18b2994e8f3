"""Each estimator against an independent one."""

import math
from dataclasses import astuple

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from experiments.statistics.estimates import (
    mean_interval,
    mean_rows,
    one_row,
    paired_difference,
    quantiles,
    ratio,
    ratio_rows,
    t_quantile,
    within,
)


def normal(n: int, stream: int) -> np.ndarray:
    """Standard normal numbers without a generator: a low-discrepancy sequence, shuffled by another."""
    u = (np.arange(1, n + 1) * (math.sqrt(5 + stream) % 1)) % 1
    return scipy.stats.norm.ppf(u[np.argsort((np.arange(n) * math.pi * (stream + 1)) % 1)])


VALUES = normal(37, 1) * 0.02 + 0.18
OTHER = VALUES * 0.9 + normal(37, 2) * 0.004


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_t_quantile_is_scipys(level: float) -> None:
    assert t_quantile(level, 12) == pytest.approx(scipy.stats.t.ppf(0.5 + level / 2, 12), rel=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, math.nan])
def test_levels_outside_0_to_1_are_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        mean_interval([1.0, 2.0], level)


def test_mean_interval_is_that_of_statsmodels() -> None:
    found = mean_interval(VALUES)
    low, high = DescrStatsW(VALUES).tconfint_mean(alpha=0.05)
    assert (found.mean, found.low, found.high) == pytest.approx((VALUES.mean(), low, high), rel=1e-12)


def test_paired_difference_is_scipys_paired_t_test() -> None:
    found = paired_difference(OTHER, VALUES)
    oracle = scipy.stats.ttest_rel(OTHER, VALUES).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), rel=1e-12)
    assert found.n == 37


def test_pairs_with_an_undefined_half_are_left_out() -> None:
    broken = VALUES.copy()
    broken[[3, 8]] = math.nan
    found = paired_difference(OTHER, broken)
    oracle = paired_difference(np.delete(OTHER, [3, 8]), np.delete(VALUES, [3, 8]))
    assert found == oracle and found.n == 35


def test_pairs_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        paired_difference([1.0, 2.0], [1.0])


@given(st.permutations(range(37)))
def test_the_order_of_runs_does_not_change_a_bit(order: list[int]) -> None:
    assert mean_interval(VALUES[order]) == mean_interval(VALUES)


def test_few_or_equal_values() -> None:
    assert mean_interval([]).n == 0 and math.isnan(mean_interval([math.nan]).mean)
    one = mean_interval([0.3])
    assert one.mean == 0.3 and math.isnan(one.low)
    same = mean_interval([0.1] * 7)
    assert (same.mean, same.low, same.high, same.sd) == (0.1, 0.1, 0.1, 0.0)


def test_quantiles_are_scipys() -> None:
    oracle = scipy.stats.mstats.mquantiles(VALUES, [0.05, 0.5, 0.9], alphap=1, betap=1)
    assert quantiles([*VALUES, math.nan], [0.05, 0.5, 0.9]) == pytest.approx(np.asarray(oracle))
    assert np.isnan(quantiles([math.nan])).all()


def test_ratio_agrees_with_a_bootstrap() -> None:
    averted = 40 + 4 * normal(80, 1)
    cost = 500_000 + 2_000 * averted + 20_000 * normal(80, 2)
    found = ratio(cost, averted)
    boot = scipy.stats.bootstrap(
        (cost, averted), lambda a, b, axis: a.mean(axis) / b.mean(axis), paired=True, vectorized=True, rng=1
    ).confidence_interval
    assert found.mean == pytest.approx(cost.mean() / averted.mean())
    width = boot.high - boot.low
    assert abs(found.low - boot.low) < 0.15 * width and abs(found.high - boot.high) < 0.15 * width


def test_the_ends_of_fiellers_interval_are_where_a_t_test_just_rejects() -> None:
    top, bottom = VALUES * 1000, OTHER
    found = ratio(top, bottom)
    for end in (found.low, found.high):
        assert scipy.stats.ttest_1samp(top - end * bottom, 0).pvalue == pytest.approx(0.05, rel=1e-6)


def test_ratio_over_something_not_clearly_different_from_zero_is_not_defined() -> None:
    found = ratio(VALUES, normal(37, 3))
    assert found.n == 37 and math.isnan(found.mean) and math.isnan(found.low)
    assert math.isnan(ratio([1.0], [1.0]).mean)


def rows_with_gaps() -> np.ndarray:
    rows = np.stack([VALUES, OTHER, np.full(37, 0.1), normal(37, 5), np.full(37, math.nan), np.full(37, math.nan)])
    rows[1, 4], rows[2, 9], rows[5, 3] = math.nan, math.nan, 1.0
    return rows


def test_many_means_at_once_are_the_single_ones() -> None:
    rows = rows_with_gaps()
    found = mean_rows(rows)
    for i, row in enumerate(rows):
        one = mean_interval(row)
        assert found.n[i] == one.n
        got = [found[i].mean, found[i].low, found[i].high, found[i].sd]
        np.testing.assert_allclose(got, [one.mean, one.low, one.high, one.sd], rtol=1e-12)
    assert (found[2].mean, found[2].low, found[2].sd) == (0.1, 0.1, 0.0)
    assert mean_rows(np.empty((2, 0))).n.tolist() == [0, 0]


def test_many_ratios_at_once_are_the_single_ones() -> None:
    top, bottom = rows_with_gaps() * 1000, rows_with_gaps()[::-1] + 1
    found = ratio_rows(top, bottom)
    for i in range(len(top)):
        one = ratio(top[i], bottom[i])
        assert found.n[i] == one.n
        got = [found[i].mean, found[i].low, found[i].high]
        np.testing.assert_allclose(got, [one.mean, one.low, one.high], rtol=1e-9)


GROUPS = np.arange(37) // 2
UNEVEN = np.array([0] * 9 + [1] * 2 + [2] * 11 + [3] * 5 + [4] * 10)


def test_runs_of_one_draw_are_one_piece_of_news() -> None:
    shared = VALUES[:18].repeat(2) + 0.001 * normal(36, 3)
    found = mean_interval(shared, clusters=GROUPS[:36])
    means = mean_interval(shared.reshape(18, 2).mean(axis=1))
    assert (found.n, means.n) == (36, 18)
    assert (found.mean, found.low, found.high) == pytest.approx((means.mean, means.low, means.high))
    assert found.high - found.low > 1.3 * (mean_interval(shared).high - mean_interval(shared).low)


@pytest.mark.parametrize("clusters", [GROUPS, UNEVEN], ids=["pairs", "uneven"])
def test_clusters_of_any_size_as_in_statsmodels(clusters: np.ndarray) -> None:
    values = VALUES + 0.01 * normal(20, 5)[clusters]
    oracle = sm.OLS(values, np.ones(37)).fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    found = mean_interval(values, clusters=clusters)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.conf_int(0.05)[0]))


def test_runs_that_all_differ_in_their_draw_are_as_without_clusters() -> None:
    each = np.arange(37)
    plain = mean_interval(VALUES)
    found = mean_interval(VALUES, clusters=each)
    assert (found.mean, found.low, found.high) == pytest.approx((plain.mean, plain.low, plain.high))
    both, alone = ratio(OTHER, VALUES, clusters=each), ratio(OTHER, VALUES)
    assert (both.mean, both.low, both.high) == pytest.approx((alone.mean, alone.low, alone.high))


def test_one_draw_has_no_interval() -> None:
    found = mean_interval([1.0, 2.0, 4.0], clusters=[0, 0, 0])
    assert found.mean == pytest.approx(7 / 3) and math.isnan(found.low)
    assert math.isnan(ratio([1.0, 2.0, 4.0], [3.0, 3.1, 3.2], clusters=[0, 0, 0]).mean)


def test_a_ratio_over_pairs_of_runs_is_that_of_their_means() -> None:
    top, bottom = OTHER[:36], VALUES[:36]
    found = ratio(top, bottom, clusters=GROUPS[:36])
    means = ratio(top.reshape(18, 2).mean(axis=1), bottom.reshape(18, 2).mean(axis=1))
    assert (found.mean, found.low, found.high) == pytest.approx((means.mean, means.low, means.high))


@pytest.mark.parametrize("clusters", [GROUPS, UNEVEN, np.zeros(37, int)], ids=["pairs", "uneven", "one"])
def test_many_rows_with_clusters_as_one_by_one(clusters: np.ndarray) -> None:
    rows = np.array([VALUES, OTHER, VALUES + 0.01 * normal(20, 5)[clusters], np.full(37, 0.2)])
    rows[1, 4:9] = np.nan
    found = mean_rows(rows, clusters=clusters)
    for i, row in enumerate(rows):
        one = mean_interval(row, clusters=clusters)
        assert found[i].n == one.n
        for field in ("mean", "low", "high", "sd"):
            assert getattr(found[i], field) == pytest.approx(getattr(one, field), nan_ok=True, abs=1e-12)
    both = ratio_rows(rows[:3], np.roll(rows[:3], 1, axis=0), clusters=clusters)
    for i in range(3):
        one = ratio(rows[i], np.roll(rows[:3], 1, axis=0)[i], clusters=clusters)
        for field in ("mean", "low", "high"):
            assert getattr(both[i], field) == pytest.approx(getattr(one, field), nan_ok=True)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6), st.sampled_from([(0.0, 1.0), (0.0, math.inf), (-2.0, math.inf)])
)
def test_intervals_stay_within_what_can_be_and_hold_the_mean(values, bounds):
    e = mean_interval(values)
    found = within(one_row(e), *bounds)[0]
    assert found.mean == e.mean and found.n == e.n
    assert bounds[0] <= found.low <= e.mean <= found.high <= bounds[1] + 1e-12


def test_with_many_runs_the_bounds_change_nothing():
    e = mean_interval(VALUES)
    for bounds in ((0.0, 1.0), (0.0, math.inf), (-math.inf, math.inf)):
        assert within(one_row(e), *bounds)[0] == e


def test_with_few_runs_an_interval_ends_where_nothing_can_be():
    e = mean_interval([0.02, 0.9, 0.3])
    assert e.low < 0 and e.high > 1
    found = within(one_row(e), 0.0, 1.0)[0]
    assert (found.mean, found.low, found.high) == (e.mean, 0.0, 1.0)


def test_a_mean_on_or_beyond_a_bound_and_one_without_an_interval_are_left():
    for values in ([0.0, 0.0], [1.0, 1.0, 1.0], [0.5], [], [-0.2, -0.1], [1.1, 1.3]):
        e = mean_interval(values)
        np.testing.assert_array_equal(astuple(within(one_row(e), 0.0, 1.0)[0]), astuple(e))
