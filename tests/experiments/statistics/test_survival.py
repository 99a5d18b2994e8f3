"""Curves with censoring against statsmodels, their influence against leaving subjects out, means by hand."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from experiments.statistics.survival import cumulative_incidence, restricted_mean, survival_quantile
from simulation.draws import named_uniforms

N, HORIZON = 300, 40
TIME = (60 * named_uniforms(7, "days", N)).astype(int)
EVENT = (3 * named_uniforms(7, "events", N)).astype(int)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # in the standard errors of statsmodels
def test_incidence_is_that_of_statsmodels() -> None:
    found = cumulative_incidence(TIME, EVENT, HORIZON)
    # an event on day 0 has no place in statsmodels, which counts from a time above it
    oracle = CumIncidenceRight(TIME + 1.0, EVENT)
    for day in range(HORIZON + 1):
        at = np.flatnonzero(oracle.times <= day + 1)
        expected = oracle.cinc[0][at[-1]] if at.size else 0.0
        assert found.curve[day] == pytest.approx(expected, abs=1e-12)
    assert found.value == found.curve[-1] and found.events == int(((EVENT == 1) & (TIME <= HORIZON)).sum())


def test_influence_is_what_a_subject_adds() -> None:
    """Leaving a subject out moves the estimate by its influence over n − 1, up to terms of second order."""
    found = cumulative_incidence(TIME, EVENT, HORIZON)
    for i in (0, 17, 133, 299):
        kept = np.arange(N) != i
        without = cumulative_incidence(TIME[kept], EVENT[kept], HORIZON).value
        assert found.value - without == pytest.approx(found.influence[i], abs=2e-4)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-9)


def test_nobody_and_nobody_left() -> None:
    assert np.isnan(cumulative_incidence([], [], 5).curve).all()
    gone = cumulative_incidence([1, 2], [0, 0], 5)
    assert gone.curve[:3].tolist() == [0.0, 0.0, 0.0] and np.isnan(gone.curve[3:]).all()
    over = cumulative_incidence([1, 2], [1, 2], 5)
    assert over.curve.tolist() == [0.0, 0.5, 0.5, 0.5, 0.5, 0.5]


def test_restricted_mean_is_the_area_under_the_curve() -> None:
    seen = EVENT == 1
    found = restricted_mean(TIME, seen)
    oracle = SurvfuncRight(TIME + 1.0, seen.astype(int))
    times = np.concatenate(([0.0], oracle.surv_times[oracle.n_events > 0] - 1.0))
    levels = np.concatenate(([1.0], oracle.surv_prob[oracle.n_events > 0]))
    area = float((np.diff(times) * levels[:-1]).sum())
    assert found.value == pytest.approx(area) and found.beyond == pytest.approx(levels[-1])
    assert restricted_mean([3, 5, 7], [True, True, True]).value == pytest.approx(5.0)
    assert np.isnan(restricted_mean([3, 5], [False, False]).value)


def test_quantiles_of_durations() -> None:
    assert survival_quantile([2, 4, 6, 8], [1, 1, 1, 1], 0.5) == 4.0
    assert survival_quantile([2, 4, 6, 8], [1, 1, 1, 1], 1.0) == 8.0
    assert np.isnan(survival_quantile([2, 4, 6, 8], [1, 0, 0, 0], 0.5))
