"""Standard errors of cumulative incidence against statsmodels, a bootstrap-like truth, and the binomial formula."""

import math

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from experiments.curves import incidence_error
from simulation.outcomes import aalen_johansen
from tests.experiments.keyed import uniforms


def people(key: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Times to an event of interest, a competing one and censoring; whichever comes first."""
    u = uniforms(key, 3, n)
    times = np.ceil(-np.log(u) * np.array([[60.0], [120.0], [90.0]])).astype(int)
    return times.min(axis=0), np.array([1, 2, 0])[times.argmin(axis=0)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # in the standard errors of statsmodels
@pytest.mark.parametrize("key", range(4))
def test_errors_are_those_of_statsmodels(key: int) -> None:
    time, event = people(key, 150)
    other = CumIncidenceRight(time.astype(float), event)
    mine = incidence_error(time, event, int(time.max()))
    early = other.times < np.sort(time)[-3]  # at the very end nobody is left to divide by
    np.testing.assert_allclose(mine[other.times[early].astype(int)], other.cinc_se[0][early], rtol=1e-8)


def test_without_censoring_it_is_binomial() -> None:
    time, event = people(9, 200)
    event = np.where(event == 0, 2, event)
    share = aalen_johansen(time, event, 30)
    np.testing.assert_allclose(incidence_error(time, event, 30), np.sqrt(share * (1 - share) / 200), rtol=1e-9)


def test_errors_are_the_spread_of_estimates() -> None:
    studies = [people(100 + key, 250) for key in range(400)]
    estimates = [aalen_johansen(*study, 60)[[15, 60]] for study in studies]
    errors = [incidence_error(*study, 60)[[15, 60]] for study in studies]
    np.testing.assert_allclose(np.mean(errors, axis=0), np.std(estimates, axis=0), rtol=0.1)


def test_nobody_and_nobody_left() -> None:
    assert np.isnan(incidence_error([], [], 3)).all()
    assert math.isnan(incidence_error([2, 2], [0, 0], 4)[3]) and incidence_error([2, 2], [0, 0], 4)[2] == 0
