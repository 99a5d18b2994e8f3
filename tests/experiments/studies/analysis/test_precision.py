"""The rule that says how many replications a plan needs."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_tools.output_analysis import ReplicationsAlgorithm

from experiments.statistics.estimates import mean_interval
from experiments.studies.analysis.precision import advise, advise_points, half_widths, look_ahead, wanted_replications
from experiments.studies.definition.plan import Precision
from tests.experiments.keyed import normals

DATA = 0.02 + 0.05 * normals(7, 400, 1_500)
"""400 studies of one difference of 0.02, with a standard deviation of 0.05 between replications."""


class Point(NamedTuple):
    number: int
    plan: str
    future: int = 0


def within(
    half_width: float | None = None, relative: float | None = None, minimum: int = 10, maximum: int = 400
) -> Precision:
    return Precision("x", half_width, relative, minimum, maximum)


def test_half_widths_are_those_of_the_t_interval_of_every_beginning() -> None:
    x = DATA[0, :40].copy()
    x[[0, 7, 8]] = math.nan
    n, mean, half = half_widths(x)
    for k in range(1, 41):
        oracle = mean_interval(x[:k])
        assert n[k - 1] == oracle.n
        np.testing.assert_allclose(mean[k - 1], oracle.mean, rtol=1e-12)
        np.testing.assert_allclose(half[k - 1], (oracle.high - oracle.low) / 2, rtol=1e-9)


@pytest.mark.parametrize("together", [1, 2, 3])
def test_half_widths_of_runs_that_share_draws_are_those_of_the_interval_robust_to_it(together: int) -> None:
    draw = np.arange(41) // together
    x = DATA[1, :41] + 0.05 * DATA[2, draw]
    x[[0, 7, 8, 20]] = math.nan
    n, mean, half = half_widths(x, together=together)
    for k in range(1, 42):
        oracle = mean_interval(x[:k], clusters=draw[:k])
        assert n[k - 1] == oracle.n
        np.testing.assert_allclose(mean[k - 1], oracle.mean, rtol=1e-12)
        np.testing.assert_allclose(half[k - 1], (oracle.high - oracle.low) / 2, rtol=1e-9)


def test_runs_that_share_draws_need_more_of_them() -> None:
    """Twice each value says no more than once, so the rule asks for twice the runs."""
    alone = advise(within(half_width=0.01, maximum=2_000), DATA[3])
    twice = advise(within(half_width=0.01, maximum=2_000), np.repeat(DATA[3], 2), together=2)
    assert alone.state == twice.state == "reached"
    assert 1.7 * alone.wanted < twice.wanted < 2.3 * alone.wanted


class Replay:
    """A model for sim-tools that plays values back."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def single_run(self, replication_number: int) -> dict[str, float]:
        return {"x": float(self.values[replication_number])}


@pytest.mark.parametrize("study", range(5))
def test_precision_is_reached_where_sim_tools_says_so(study: int) -> None:
    """Looking after every replication, as they do, the rule first holds at their solution plus its look-ahead."""
    other = ReplicationsAlgorithm(0.05, 0.5, 3, 5, 1_000)
    solution = other.select(Replay(DATA[study]), ["x"])[0]["x"]
    at_every_n = (
        n for n in range(3 + look_ahead(3), 1_000)
        if advise(within(relative=0.5, minimum=n, maximum=n), DATA[study, :n]).state == "reached"
    )  # fmt: skip
    assert next(at_every_n) == solution + look_ahead(solution)


def test_a_lucky_dip_does_not_stop_it() -> None:
    """Equal values make the half-width 0 for a while; the next ones show that it was luck."""
    x = np.concatenate([np.zeros(4), DATA[0, :300]])
    assert half_widths(x)[2][3] == 0.0
    a = advise(within(half_width=0.02, minimum=5), x)
    assert a.state == "reached" and a.wanted > 20


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 399), st.integers(0, 1_500), st.integers(0, 1_500))
def test_more_values_than_wanted_change_nothing(study: int, first: int, second: int) -> None:
    rule = within(half_width=0.008, maximum=600)
    few, many = sorted((first, second))
    a, b = advise(rule, DATA[study, :few]), advise(rule, DATA[study, :many])
    if a.state == "more":
        assert a.wanted > few and b.wanted >= a.wanted
    else:
        assert a == b


@pytest.mark.parametrize("step", [1, 3, 17, 1_000])
def test_batches_do_not_change_how_many_are_run(step: int) -> None:
    rule = within(half_width=0.008)
    held = 0
    while advise(rule, DATA[3, :held]).state == "more":
        held += step
    assert advise(rule, DATA[3, :held]) == advise(rule, DATA[3])


def test_the_budget_ends_it_and_undefined_outcomes_do_not_eat_it() -> None:
    assert advise(within(half_width=1e-6, maximum=60), DATA[0]).state == "maximum"
    assert advise(within(half_width=1e-6, maximum=60), DATA[0]).wanted == 60
    nothing = advise(within(half_width=0.1), np.full(10, math.nan))
    assert (nothing.state, nothing.wanted) == ("not defined", 10)
    assert advise(within(relative=0.1), np.zeros(10)).state == "reached"


def test_coverage_after_stopping() -> None:
    """The interval at the end still holds the truth about as often as it says, although the data chose when to stop."""
    inside, used = 0, []
    for x in DATA:
        a = advise(within(half_width=0.012, minimum=10, maximum=1_500), x)
        e = mean_interval(x[: a.wanted])
        assert a.state == "reached" and e.high - e.low <= 2 * 0.012
        inside += e.low <= 0.02 <= e.high
        used.append(a.wanted)
    # 400 studies: three standard errors of a share of 0.95 are 0.033. About 68 replications would do if sd were known.
    assert 0.95 - 0.033 <= inside / len(DATA) <= 0.95 + 0.033
    assert 66 <= np.mean(used) <= 80


def test_a_baseline_gets_the_most_of_its_future_and_futures_do_not_mix() -> None:
    points = [Point(0, "baseline"), Point(1, "baseline", 1), Point(2, "P1"), Point(3, "P2"), Point(4, "P1", 1)]
    rule = within(half_width=0.012, maximum=200)
    base = normals(9, 200)
    values = {0: base, 1: base, 2: base + DATA[0, :200], 3: base + 1e-4 * DATA[1, :200], 4: base + DATA[2, :200]}
    wanted = wanted_replications(rule, points, values)
    assert wanted[3] == 10 and wanted[2] == advise(rule, values[2] - base).wanted > 10
    assert wanted[0] == wanted[2] and wanted[1] == wanted[4]
    assert set(advise_points(rule, points, values)) == {2, 3, 4}


def test_missing_pairs_are_asked_for() -> None:
    points = [Point(0, "baseline"), Point(1, "P1")]
    rule = within(half_width=0.012)
    assert wanted_replications(rule, points, {}) == {0: 10, 1: 10}
    assert wanted_replications(rule, points, {0: DATA[0, :3], 1: DATA[1, :50]}) == {0: 10, 1: 10}
    alone = wanted_replications(rule, [Point(0, "baseline")], {0: DATA[0, :300]})
    assert alone == {0: advise(rule, DATA[0, :300]).wanted}
