"""Bootstrap and order-statistic intervals against SciPy's own, and by how often they hold the truth."""

import math

import numpy as np
import pytest
import scipy.stats

from experiments.statistics.estimates import mean_rows
from experiments.statistics.intervals import bca_rows, quantile_ranks, quantile_rows
from tests.experiments.keyed import normals, uniforms

SKEWED = -np.log(uniforms(5, 300, 30))  # exponential: mean 1, quantiles known


def bca_by_hand(groups: list[np.ndarray], resamples: np.ndarray, level: float) -> tuple[float, float]:
    """Efron's formulas for the mean of all values, one at a time, on given resamples of whole groups."""
    n, mean = len(groups), np.concatenate(groups).mean()
    means = np.sort([np.concatenate([groups[i] for i in drawn]).mean() for drawn in resamples])
    z0 = scipy.stats.norm.ppf(((means < mean).sum() + (means <= mean).sum()) / 2 / means.size)
    left_out = np.array([np.concatenate(groups[:i] + groups[i + 1 :]).mean() for i in range(n)])
    u = (left_out.mean() - left_out) * (n - 1)
    a = (u**3).sum() / (6 * (u**2).sum() ** 1.5)
    ends = []
    for p in ((1 - level) / 2, (1 + level) / 2):
        z = z0 + scipy.stats.norm.ppf(p)
        ends.append(np.quantile(means, scipy.stats.norm.cdf(z0 + z / (1 - a * z))))
    return ends[0], ends[1]


def test_bca_by_efrons_formulas() -> None:
    """On resamples of our own; both have 20,000 of them, so ends agree to a few hundredths of the width."""
    x = SKEWED[0]
    resamples = (uniforms(8, 20_000, x.size) * x.size).astype(int)
    low, high = bca_by_hand(list(x[:, None]), resamples, 0.95)
    found = bca_rows(x[None], resamples=20_000)
    width = high - low
    assert abs(found.low[0] - low) < 0.02 * width and abs(found.high[0] - high) < 0.02 * width
    assert found.high[0] - found.mean[0] > 1.15 * (found.mean[0] - found.low[0])  # skewed, as the data are


def test_bca_of_a_row_does_not_depend_on_its_neighbours_or_on_missing_values() -> None:
    rows = SKEWED[:4].copy()
    rows[2, 5] = math.nan
    together = bca_rows(rows)
    for i, row in enumerate(rows):
        alone = bca_rows(row[~np.isnan(row)][None])
        assert (together.low[i], together.high[i]) == pytest.approx((alone.low[0], alone.high[0]), rel=1e-12)


def test_bca_of_nothing_one_and_equal_values() -> None:
    found = bca_rows([[math.nan, math.nan], [1.0, math.nan], [2.0, 2.0]])
    assert found.n.tolist() == [0, 1, 2] and np.isnan(found.low[:2]).all()
    assert (found.low[2], found.high[2]) == (2.0, 2.0)
    assert bca_rows(np.empty((0, 4)), clusters=np.array([0, 0, 1, 1])).n.size == 0
    assert bca_rows(np.empty((2, 0)), clusters=np.empty(0, np.int64)).n.tolist() == [0, 0]


def test_bca_of_groups_by_efrons_formulas() -> None:
    """Whole groups are drawn; a run that is not defined makes its group smaller."""
    x = SKEWED[1].copy()
    x[[3, 10, 11]] = math.nan
    clusters = np.arange(30) // 2
    groups = [x[clusters == g][~np.isnan(x[clusters == g])] for g in range(15)]
    groups = [group for group in groups if group.size]
    low, high = bca_by_hand(groups, (uniforms(9, 10_000, 14) * 14).astype(int), 0.95)
    found = bca_rows(x[None], clusters=clusters, resamples=10_000)
    width = high - low
    assert abs(found.low[0] - low) < 0.03 * width and abs(found.high[0] - high) < 0.03 * width
    assert (found.n[0], found.mean[0]) == (27, pytest.approx(np.nanmean(x)))


def test_bca_of_pairs_is_that_of_their_means() -> None:
    rows, pairs = SKEWED[:5], np.arange(30) // 2
    both, means = bca_rows(rows, clusters=pairs), bca_rows(rows.reshape(5, 15, 2).mean(axis=2))
    assert both.low == pytest.approx(means.low) and both.high == pytest.approx(means.high)
    each = bca_rows(rows, clusters=np.arange(30))
    assert np.array_equal(each.low, bca_rows(rows).low)
    assert np.isnan(bca_rows(rows, clusters=np.zeros(30, np.int64)).low).all()  # one draw says nothing of the others


def test_bca_holds_the_truth_where_runs_share_a_draw() -> None:
    """Two runs of one draw say nearly the same: as independent runs they would be too sure."""
    shared = SKEWED.repeat(2, axis=1) + 0.1 * normals(6, 300, 60)
    held = [
        np.mean((found.low <= 1) & (found.high >= 1))
        for found in (bca_rows(shared, clusters=np.arange(60) // 2), bca_rows(shared))
    ]
    assert 0.89 <= held[0] <= 0.98 and held[1] < 0.86


def test_coverage_of_bca_and_t_on_skewed_values() -> None:
    for rows in (bca_rows, mean_rows):
        found = rows(SKEWED)
        assert 0.89 <= np.mean((found.low <= 1) & (found.high >= 1)) <= 0.98


@pytest.mark.parametrize("n", [5, 20, 37, 60, 400])
@pytest.mark.parametrize("p", [0.05, 0.25, 0.5, 0.9])
def test_quantile_intervals_are_those_of_scipys_quantile_test(n: int, p: float) -> None:
    x = normals(n, 1, n)
    _, value, low, high = quantile_rows(x, [p])
    oracle = scipy.stats.quantile_test(x[0], p=p).confidence_interval(0.95)
    np.testing.assert_array_equal([low[0, 0], high[0, 0]], [oracle.low, oracle.high])
    assert value[0, 0] == np.quantile(x, p)


def test_ranks_hold_the_exact_confidence() -> None:
    for n in (15, 40, 100):
        for p in (0.1, 0.5, 0.75):
            low, high = quantile_ranks(n, p, 0.9)
            below = scipy.stats.binom.cdf(low - 1, n, p)
            above = scipy.stats.binom.sf(high - 1, n, p)
            assert below <= 0.05 and above <= 0.05
            assert scipy.stats.binom.cdf(low, n, p) > 0.05 and scipy.stats.binom.sf(high - 2, n, p) > 0.05


def test_coverage_of_quantiles() -> None:
    _, _, low, high = quantile_rows(SKEWED, [0.5])
    assert np.mean((low <= math.log(2)) & (high >= math.log(2))) >= 0.93


def test_missing_values_of_a_row_are_left_out() -> None:
    x = np.array([[3.0, math.nan, 1.0, 2.0], [math.nan] * 4])
    n, value, low, _ = quantile_rows(x, [0.5])
    assert n.tolist() == [3, 0] and value[0, 0] == 2.0 and np.isnan(value[1, 0]) and np.isnan(low).all()


def test_quantiles_of_runs_that_share_nothing_are_nearly_the_exact_ones() -> None:
    """Fractional ends lie within the exact ones, which are at least as wide, and are as wide but for one rank."""
    x = normals(11, 40, 100)
    each = np.arange(100)
    for p in (0.1, 0.5, 0.9):
        exact, shared = quantile_rows(x, [p]), quantile_rows(x, [p], clusters=each)
        np.testing.assert_array_equal(exact[1], shared[1])
        for end in (2, 3):
            there, here = (
                np.array([np.searchsorted(np.sort(row), at) for row, at in zip(x, found[end][:, 0], strict=True)])
                for found in (exact, shared)
            )
            assert np.abs(there - here).max() <= 3 and np.abs(there - here).mean() < 1.6


def test_coverage_of_quantiles_where_runs_share_draws() -> None:
    """Fifty draws, two runs each that agree to three fifths: as independent runs they would be too sure."""
    x = np.sqrt(0.8) * normals(12, 600, 50).repeat(2, axis=1) + np.sqrt(0.2) * normals(13, 600, 100)
    clusters = np.arange(100) // 2
    for p in (0.1, 0.5, 0.9):
        truth = scipy.stats.norm.ppf(p)
        held = []
        for given in (clusters, None):
            _, _, low, high = quantile_rows(x, [p], clusters=given)
            held.append(np.mean((low <= truth) & (truth <= high)))
        assert 0.93 <= held[0] <= 0.975, p
        assert held[1] < held[0] - 0.02


def test_quantiles_of_one_draw_have_no_interval() -> None:
    _, value, low, high = quantile_rows([[1.0, 2.0, 3.0]], [0.5], clusters=np.zeros(3, np.int64))
    assert value[0, 0] == 2.0 and np.isnan([low, high]).all()
    _, _, low, high = quantile_rows([[1.0, 2.0, math.nan, 4.0]], [0.05], clusters=np.array([0, 0, 1, 1]))
    assert np.isnan([low, high]).any()
