"""Regression-adjusted ABC against a case whose posterior is known in closed form."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import kstest, qmc

from experiments.calibration.site import regression_abc

N = 4000
SLOPES = np.array([[1.0, 0.5], [0.0, 1.0], [0.0, 0.0]])
"""Two summaries, linear in the first two of three parameters; the third is in neither."""

ERROR = np.array([0.5, 0.3])
OBSERVED = np.array([1.2, -0.4])


def normals(n, d, seed):
    return ndtri(qmc.LatinHypercube(d, rng=seed).random(n))


@pytest.fixture(scope="module")
def table():
    scores = normals(N, 3, 1)
    return scores, scores @ SLOPES, normals(N, 2, 2)


def exact():
    """Posterior of a linear model with normal priors and errors."""
    precision = np.eye(3) + SLOPES @ np.diag(ERROR**-2) @ SLOPES.T
    covariance = np.linalg.inv(precision)
    return covariance @ SLOPES @ np.diag(ERROR**-2) @ OBSERVED, np.sqrt(np.diag(covariance))


def test_the_posterior_is_the_exact_one(table):
    scores, summaries, noise = table
    found = regression_abc.fit(scores, summaries, OBSERVED, ERROR, noise, share=0.3)
    mean, sd = exact()
    assert np.all(abs(found.mean() - mean) < 4 * sd / np.sqrt(found.size))
    assert found.sd() == pytest.approx(sd, rel=0.08)
    assert found.quantile(0.5) == pytest.approx(mean, abs=0.08)


def test_what_the_targets_do_not_touch_keeps_its_prior(table):
    scores, summaries, noise = table
    found = regression_abc.fit(scores, summaries, OBSERVED, ERROR, noise)
    assert found.mean()[2] == pytest.approx(0.0, abs=4 / np.sqrt(found.size))
    assert found.sd()[2] == pytest.approx(1.0, abs=0.07)


def test_ranks_of_known_truths_are_uniform_and_intervals_cover(table):
    scores, summaries, noise = table
    tests = np.arange(0, N, 20)
    found = regression_abc.ranks(scores, summaries, ERROR, noise, tests, 0.3)
    assert found.shape == (200, 3)
    assert all(kstest(found[:, j], "uniform").pvalue > 0.001 for j in range(3))
    assert np.all(abs(regression_abc.coverage(found) - 0.9) < 4 * np.sqrt(0.09 / 200))


def test_without_its_error_the_fit_is_too_sure(table):
    """The test above can fail: a fit that ignores the study's error does not cover."""
    scores, summaries, noise = table
    sure = regression_abc.fit(scores, summaries, OBSERVED, np.zeros(2), noise, share=0.3)
    assert np.all(sure.sd()[:2] < 0.5 * exact()[1][:2])


def test_resampling_keeps_the_weights():
    posterior = regression_abc.Posterior(np.zeros((4, 1)), np.array([0.5, 0.25, 0.25, 0.0]), np.arange(4), 1.0)
    assert np.bincount(posterior.resample(8), minlength=4).tolist() == [4, 2, 2, 0]
    assert posterior.size == pytest.approx(1 / 0.375)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s, x, z: (s[:10], x[:10], z[:10]), "too few"),
        (lambda s, x, z: (s[:-1], x, z), "do not fit"),
        (lambda s, x, z: (s, np.where(x == x[0, 0], np.nan, x), z), "finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused(table, change, said):
    scores, summaries, noise = change(*table)
    with pytest.raises(ValueError, match=said):
        regression_abc.fit(scores, summaries, OBSERVED, ERROR, noise)
