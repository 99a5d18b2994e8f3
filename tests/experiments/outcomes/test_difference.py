"""Differences with few runs: within what can be; and no cost per return where returns do not clearly differ."""

import numpy as np
import pytest

from experiments.outcomes.cost_effectiveness import MORE, UNCLEAR, money
from experiments.outcomes.difference import compare_runs
from experiments.outcomes.registry import OUTCOMES, bounds
from experiments.statistics.estimates import paired_difference


def runs(n, middle, spread, phase=0.0):
    """n numbers around a middle, the same at every call."""
    return middle + spread * np.sin(2.4 * np.arange(1, n + 1) + phase)


@pytest.mark.parametrize("n", (2, 3, 4, 20))
@pytest.mark.parametrize("name", OUTCOMES)
def test_intervals_of_few_runs_stay_within_what_the_outcome_can_be(name, n):
    low, high = bounds(name)
    middle, spread = (0.5, 0.45) if high == 1 else (40.0, 39.0)
    d = compare_runs("plan", "base", name, runs(n, middle, spread), runs(n, middle, spread, 1.0))
    for e in (d.plan, d.base):
        assert low <= e.low <= e.mean <= e.high <= high
    assert d.difference.low >= low - d.base.high and d.difference.high <= high - d.base.low
    assert d.difference.low <= d.difference.mean <= d.difference.high


def test_with_many_runs_a_difference_is_the_paired_one():
    x, y = runs(400, 0.25, 0.05), runs(400, 0.20, 0.05, 1.0)
    found, plain = compare_runs("plan", "base", "readmission_30d", x, y).difference, paired_difference(x, y)
    assert (found.low, found.high) == (plain.low, plain.high)


def test_a_programme_never_costs_less_than_nothing():
    d = compare_runs("plan", "base", "programme_cost", np.array([40_000.0, 900_000.0, 300_000.0]), np.zeros(3))
    assert d.difference.low == 0 < d.difference.mean < d.difference.high and d.reading == "unclear"
    more = compare_runs("plan", "base", "programme_cost", np.array([400_000.0, 500_000.0, 450_000.0]), np.zeros(3))
    assert more.difference.low > 0 and more.clear


def of(readmissions, cost):
    return {
        "readmissions_30d_per_year": readmissions, "programme_cost": cost, "total_cost": 3 * cost,
        "total_cost_marginal": 2 * cost,
    }  # fmt: skip


def test_no_ratio_where_draws_disagree_though_the_mean_is_known():
    """Forty draws of two runs: fewer readmissions on average, more in a tenth of the draws."""
    draw = np.repeat(np.arange(40), 2)
    averted = np.where(draw % 10 == 0, -8.0, 12.0) + runs(80, 0.0, 0.5)
    base = of(np.full(80, 100.0), np.zeros(80))
    plan = of(100.0 - averted, np.full(80, 500_000.0))
    found = money("plan", "base", plan, base, clusters=draw)
    assert found.averted.low > 0 and found.doubts["averted"].low < 0
    assert found.reading == UNCLEAR and np.isnan([found.per_readmission.mean, found.per_readmission.low]).all()
    without = money("plan", "base", plan, base)
    assert not without.reading and without.per_readmission.mean == pytest.approx(500_000 / averted.mean())
    more = money("plan", "base", of(np.full(80, 120.0) + runs(80, 0, 1), np.zeros(80)), base)
    assert more.reading == MORE and np.isnan(more.per_readmission.mean)
