"""Who is best: against other implementations, and by how often the statements hold where the truth is known."""

import math

import numpy as np
import pytest
import scipy.stats
from sim_tools.ovs.fixed_budget import OCBA
from sim_tools.ovs.indifference_zone import KN

from experiments.statistics.ranking_selection import allocate, rank_plans, screen
from tests.experiments.keyed import normals

K, N, STUDIES = 8, 25, 400
TRUTH = np.array([0.0, 0.0, 0.3, 0.6, 0.6, 0.9, 1.0, 1.2])  # larger is better: the last plan
SHARED = 3.0 * normals(1, STUDIES, 1, N)
VALUES = TRUTH[:, None] + SHARED + normals(2, STUDIES, K, N) * np.linspace(0.3, 1.0, K)[:, None]
"""400 studies of eight plans, with much shared noise and unequal noise of their own."""


def by_hand(y: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same intervals, pair by pair, with SciPy's paired t test."""
    k = len(y)
    mean = y.mean(axis=1)
    pair_level = 1 - (1 - level) / (k - 1)

    def width(i: int, j: int) -> float:
        low = scipy.stats.ttest_rel(y[i], y[j], alternative="greater").confidence_interval(pair_level).low
        return float(mean[i] - mean[j] - low)

    upper = np.array([min(mean[i] - mean[j] + width(i, j) for j in range(k) if j != i) for i in range(k)])
    left = [i for i in range(k) if upper[i] >= 0]
    lower = np.array(
        [0.0 if left == [i] else min(0.0, *(mean[i] - mean[j] - width(i, j) for j in left if j != i)) for i in range(k)]
    )
    return np.maximum(upper, 0.0), lower, np.array([i in left for i in range(k)])


@pytest.mark.parametrize("study", range(4))
def test_intervals_pair_by_pair(study: int) -> None:
    upper, lower, left = by_hand(VALUES[study], 0.95)
    found = rank_plans(VALUES[study])
    np.testing.assert_allclose([found.low, found.high], [-upper, -lower], rtol=1e-9, atol=1e-12)
    assert ((found.standing != "clearly worse") == left).all() and found.n == N
    assert found.rank[np.argmax(found.mean)] == 1 and sorted(found.rank) == list(range(1, K + 1))


def test_all_intervals_hold_at_once_as_often_as_they_say() -> None:
    behind = np.array([np.delete(TRUTH, i).max() - TRUTH[i] for i in range(K)])
    held = best_left = leader = 0
    for y in VALUES:
        found = rank_plans(y, level=0.9)
        held += bool(np.all((found.low <= behind + 1e-12) & (behind <= found.high + 1e-12)))
        best_left += found.standing[-1] != "clearly worse"
        first = int(np.argmax(found.rank == 1))
        leader += TRUTH.max() - TRUTH[first] <= found.high[first] + 1e-12
    error = 3 * math.sqrt(0.9 * 0.1 / STUDIES)
    assert min(held, best_left, leader) / STUDIES >= 0.9 - error


def test_shared_draws_tell_apart_what_independent_ones_do_not() -> None:
    apart = VALUES - SHARED + 3.0 * normals(5, STUDIES, K, N)
    shared, independent = (
        np.mean([(rank_plans(y).standing == "clearly worse").sum() for y in values[:50]]) for values in (VALUES, apart)
    )
    assert shared > 4 > 1 > independent


def test_direction_ties_gaps_and_nothing() -> None:
    y = VALUES[0]
    up, down = rank_plans(y), rank_plans(-y, lower_is_better=True)
    assert up.rank.tolist() == down.rank.tolist() and up.standing.tolist() == down.standing.tolist()
    np.testing.assert_allclose([up.behind, up.low, up.high], [down.behind, down.low, down.high])
    np.testing.assert_allclose(down.mean, -up.mean)
    ties = rank_plans(np.stack([y[7], y[7], y[0]]))
    assert ties.standing.tolist() == ["may be best", "may be best", "clearly worse"]
    gaps = np.vstack([y, np.full(N, math.nan)])
    gaps[3, :5] = math.nan
    found = rank_plans(gaps)
    assert found.n == N - 5 and found.standing[-1] == "not defined" and found.rank[-1] == 0
    np.testing.assert_allclose(found.high[:-1], rank_plans(y[:, 5:]).high)
    assert rank_plans(np.full((2, 3), math.nan)).n == 0 and rank_plans(np.empty((2, 0))).n == 0
    assert rank_plans(y[:1]).standing.tolist() == ["may be best"]
    assert np.isnan(rank_plans(y[:, :1]).high).all()


def test_many_plans_are_compared_in_blocks() -> None:
    y = normals(11, 700, 12)
    found = rank_plans(y)
    some = np.argsort(-y.mean(axis=1))[:1]
    pairs = scipy.stats.ttest_rel(y, y[some[0]][None], axis=1, alternative="less", nan_policy="propagate").pvalue
    clearly = pairs < 0.05 / 699
    assert (found.standing[clearly] == "clearly worse").all()


class Bandit:
    """An environment for sim-tools that plays values back, the same replication for every plan."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.drawn = values, np.zeros(len(values), int)

    def register_observer(self, observer: object) -> None:
        self.observer = observer

    def simulate(self, design: int) -> None:
        value = float(self.values[design, self.drawn[design]])
        self.drawn[design] += 1
        self.observer.feedback(self, design, value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("study", range(12))
def test_two_plans_are_decided_where_sim_tools_decides(study: int) -> None:
    """Two at a time: for more, sim-tools 1.3 looks up variances of other pairs."""
    y = np.concatenate([VALUES[i][:2] for i in range(study, study + 8)], axis=1) + np.array([[0.0], [0.05]])
    bandit = Bandit(y)
    chosen = KN(bandit, 2, delta=0.3, alpha=0.05, n_0=10).solve()
    found = screen(y, 0.3)
    assert np.flatnonzero(found.kept).tolist() == list(chosen)
    # sim-tools draws once more after the plan has been dropped
    assert found.dropped_at.max() == bandit.drawn.max() - 1 <= found.most


def kn_by_hand(y: np.ndarray, delta: float, first: int, level: float) -> list[int]:
    """The procedure as Kim and Nelson print it (c = 1), plan by plan."""
    k, n = y.shape
    eta = ((2 * (1 - level) / (k - 1)) ** (-2 / (first - 1)) - 1) / 2
    inside, dropped = set(range(k)), [0] * k
    for r in range(first, n + 1):
        old = set(inside)
        for i in old:
            for j in old - {i}:
                s2 = np.var(y[i, :first] - y[j, :first], ddof=1)
                w = max(0.0, delta / (2 * r) * (2 * eta * (first - 1) * s2 / delta**2 - r))
                if y[i, :r].mean() < y[j, :r].mean() - w:
                    inside.discard(i)
                    dropped[i] = r
        if len(inside) == 1:
            break
    return dropped


@pytest.mark.parametrize("study", range(3))
def test_kn_as_it_is_printed(study: int) -> None:
    assert screen(VALUES[study], 0.2).dropped_at.tolist() == kn_by_hand(VALUES[study], 0.2, 10, 0.95)
    assert screen(-VALUES[study], 0.2, lower_is_better=True).kept.sum() == kn_by_hand(
        VALUES[study], 0.2, 10, 0.95
    ).count(0)


def test_kn_selects_the_best_as_often_as_it_says_in_the_hardest_case() -> None:
    """All plans but one are worse by exactly the indifference zone."""
    k, n, delta, level = 5, 400, 0.5, 0.9
    truth = np.array([delta, 0, 0, 0, 0])
    right, used = 0, []
    for study in range(300):
        y = truth[:, None] + 2.0 * normals(100 + study, 1, n) + normals(5_000 + study, k, n)
        found = screen(y, delta, level=level)
        assert found.kept.sum() == 1
        right += bool(found.kept[0])
        used.append(found.dropped_at.max())
    assert right / 300 >= level - 3 * math.sqrt(level * (1 - level) / 300)
    assert np.mean(used) < 80


def test_kn_refuses_what_it_cannot_do() -> None:
    for bad in (dict(indifference=0.0), dict(indifference=math.nan), dict(indifference=1.0, first=1)):
        with pytest.raises(ValueError, match="indifference"):
            screen(VALUES[0], **bad)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="every plan"):
        screen([[1.0, math.nan], [1.0, 2.0]], 1.0)
    few = screen(VALUES[0][:, :4], 0.5)
    assert few.kept.all() and few.most == 10
    assert screen(VALUES[0][:1], 0.5).kept.all()


@pytest.mark.parametrize("study", range(6))
def test_allocation_is_that_of_sim_tools(study: int) -> None:
    y = 2.0 - VALUES[study] + SHARED[study]
    other = OCBA(Bandit(np.hstack([y, y])), K, budget=K * N + 200, delta=200, n_0=N, obj="min")
    other._initialise()
    other._means, other._vars = y.mean(axis=1), y.var(axis=1, ddof=1)
    mine = allocate(y.mean(axis=1), y.std(axis=1, ddof=1), np.full(K, N), 200, lower_is_better=True)
    assert (
        mine.sum() == 200 and np.abs(mine - other._allocate()).max() <= K
    )  # it gives what rounding leaves to the best


def test_allocation_at_its_edges() -> None:
    assert allocate([1, 2, 3], [1, 1, 1], [10, 10, 10], 0).tolist() == [0, 0, 0]
    assert allocate([], [], [], 5).size == 0
    assert allocate([1, 1], [0, 0], [3, 3], 5).sum() == 5
    near = allocate([1.0, 0.99, 0.2], [1, 1, 1], [10, 10, 10], 100)
    assert near.sum() == 100 and near[2] == 0 and abs(near[0] - near[1]) <= 1
    assert allocate([1, 1, 0], [1, 1, 1], [5, 5, 5], 50)[2] == 0


def test_runs_that_share_draws_count_together() -> None:
    """Twice each run is no news: intervals are those of single runs, and a missing twin hardly changes them."""
    x = normals(3, 4, 40) + np.array([0.0, 0.1, 0.4, 0.9])[:, None]
    alone, twice = rank_plans(x), rank_plans(np.repeat(x, 2, axis=1), together=2)
    assert twice.n == 2 * alone.n and twice.standing.tolist() == alone.standing.tolist()
    for name in ("mean", "behind", "low", "high"):
        np.testing.assert_allclose(getattr(twice, name), getattr(alone, name), rtol=1e-9, atol=1e-12)
    gap = np.repeat(x, 2, axis=1)
    gap[2, 7] = np.nan
    np.testing.assert_allclose(rank_plans(gap, together=2).behind, rank_plans(gap).behind, rtol=1e-9)
    np.testing.assert_allclose(rank_plans(gap, together=2).high, alone.high, atol=0.05)
