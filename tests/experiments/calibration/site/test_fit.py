"""A site between hospitals in general and its own records: on a toy with known truths."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from experiments.calibration import fitting
from experiments.calibration.site import fit as site_fit
from experiments.calibration.site.targets import SiteNumbers
from experiments.support.errors import InputError
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.priors import prior_quantile, prior_share
from simulation.parameters import PARAMETERS

PROFILE = "people_who_use_drugs"
NAMES = ("discharge.patient_initiated", "acute_need.rate", "linkage.rate", "discharge.stay_median")
GENERAL = 0.3 * ndtri(qmc.LatinHypercube(len(NAMES), rng=5).random(500)) + [0.2, 0.0, -0.1, 0.0]
"""A posterior of hospitals in general: normal scores."""

OUTCOMES = ("patient_initiated_discharge", "length_of_stay_mean", "readmission_30d", "readmission_90d")
PER_RUN = 4_000


def truth_of(scores):
    """Outcomes as smooth functions of the first, second and fourth parameter."""

    def share(x):
        return 1 / (1 + np.exp(-x))

    return {
        "patient_initiated_discharge": share(-1.7 + 0.8 * scores[:, 0]),
        "length_of_stay_mean": 6.0 * np.exp(0.3 * scores[:, 3] - 0.1 * scores[:, 0]),
        "readmission_30d": share(-1.5 + 0.7 * scores[:, 1] + 0.1 * scores[:, 0]),
        "readmission_90d": share(-0.8 + 0.8 * scores[:, 1]),
    }


def observed(scores, stays, seed):
    """What `stays` stays show of each, and the error that they have."""
    z = ndtri(qmc.LatinHypercube(len(OUTCOMES), rng=seed).random(len(scores)))
    found, errors = {}, []
    for k, (name, value) in enumerate(truth_of(scores).items()):
        error = 9.0 / np.sqrt(stays) if name == "length_of_stay_mean" else np.sqrt(value * (1 - value) / stays)
        found[name] = np.clip(value + error * z[:, k], 1e-4, None)
        errors.append(np.broadcast_to(error, len(scores)))
    return found, np.array(errors)


def numbers_of(truth, stays, seed):
    """A site's numbers; the model is off by as much as is assumed of it."""
    found, errors = observed(truth[None, :], stays, seed)
    off = ndtri(qmc.LatinHypercube(len(OUTCOMES), rng=seed + 10_000).random(1))[0]
    values = np.array([found[name][0] for name in OUTCOMES]) * (1 + site_fit.DISCREPANCY * off)
    values = np.where([name == "length_of_stay_mean" for name in OUTCOMES], values, np.minimum(values, 0.999))
    return SiteNumbers(OUTCOMES, values, errors[:, 0], np.eye(len(OUTCOMES)), stays)


def fitted(numbers, n=900, seed=1):
    scores, spread = site_fit.scatter(GENERAL, n, seed)
    said = site_fit.on_scales(numbers, observed(scores, PER_RUN, seed + 1)[0])
    near, between, rows = site_fit.plausible(scores, said, numbers, GENERAL, n, seed + 2)
    runs = min(4, max(1, -(-numbers.stays // PER_RUN)))
    told = site_fit.on_scales(numbers, observed(near, runs * PER_RUN, seed + 3)[0])
    return site_fit.fit(NAMES, PROFILE, near, between, rows, told, numbers, runs * PER_RUN, seed=seed)


TRUTH = np.array([0.8, 0.6, 0.3, -0.4])


def test_few_records_move_a_site_a_little_and_many_a_lot():
    moved, narrowed = [], []
    for stays in (30, 300, 3_000, 30_000):
        fits = [fitted(numbers_of(TRUTH, stays, seed), seed=seed) for seed in (1, 2, 3)]
        identified = [0, 1, 3]
        gap = TRUTH[identified] - GENERAL.mean(axis=0)[identified]
        moved.append(
            np.mean([((f.posterior.mean()[:-1] - GENERAL.mean(axis=0))[identified] / gap).mean() for f in fits])
        )
        narrowed.append(np.mean([f.posterior.sd()[identified].mean() for f in fits]))
    assert moved == sorted(moved) and narrowed == sorted(narrowed, reverse=True)
    assert moved[0] < 0.4 < 0.8 < moved[-1]
    assert narrowed[-1] < 0.5 * narrowed[0]


@pytest.mark.parametrize("stays", [300, 30_000])
def test_intervals_cover_known_truths(stays):
    sites, _ = site_fit.scatter(GENERAL, 60, 77)
    covered = []
    for number, truth in enumerate(sites):
        f = fitted(numbers_of(truth, stays, 100 + number), n=500, seed=number)
        low, high = (f.posterior.quantile(q)[:-1] for q in (0.05, 0.95))
        covered.append((low <= truth) & (truth <= high))
    share = np.mean(covered, axis=0)
    assert share.mean() == pytest.approx(0.9, abs=0.07)
    assert share.min() > 0.75


def test_what_records_say_nothing_of_stays_as_it_was():
    f = fitted(numbers_of(TRUTH, 30_000, 1))
    assert abs(f.moved(GENERAL)[2]) < 0.15
    sites = site_fit.scatter(GENERAL, 2_000, 5)[0].std(axis=0)[2]
    assert f.posterior.sd()[2] == pytest.approx(sites, rel=0.15)


def test_the_effective_sample_falls_with_the_distance_and_is_said():
    near, far = (fitted(numbers_of(GENERAL.mean(axis=0) + shift, 30_000, 1)) for shift in (0.0, 1.2))
    assert near.size > 3 * far.size
    assert not near.beyond
    with pytest.raises(InputError, match="no hospital that the model can make"):
        fitted(numbers_of(GENERAL.mean(axis=0) + 9.0, 30_000, 1))


def test_the_first_draws_of_a_sample_are_as_good_as_the_last():
    f = fitted(numbers_of(TRUTH, 3_000, 1))
    sample = f.sample(1_000)[:, 0]
    assert len(np.unique(sample[:20])) > 15
    assert abs(sample[:200].mean() - sample[-200:].mean()) < 0.4 * sample.std()


def test_correlated_errors_say_less_than_independent_ones():
    def sd(correlation):
        numbers = numbers_of(TRUTH, 300, 1)
        matrix = np.eye(4)
        matrix[2, 3] = matrix[3, 2] = correlation
        return fitted(SiteNumbers(OUTCOMES, numbers.values, numbers.errors, matrix, 300)).posterior.sd()[1]

    assert sd(0.95) > sd(0.0)


def test_scores_and_values_are_inverse():
    sample = fitting.values_at(NAMES, PROFILE, ndtr(GENERAL))
    found = site_fit.scores_of(ParameterDraws(NAMES, sample, "x", PROFILE), NAMES)
    np.testing.assert_allclose(found, GENERAL, atol=1e-6)


def test_every_prior_can_be_read_back():
    shares = np.linspace(0.01, 0.99, 9)
    for name in fitting.free_parameters(PROFILE):
        p = PARAMETERS[name]
        values = prior_quantile(p.prior, p.low, p.high, shares)
        np.testing.assert_allclose(prior_share(p.prior, p.low, p.high, values), shares, atol=1e-6, err_msg=name)


def test_sites_scatter_around_hospitals_in_general():
    scores, z = site_fit.scatter(GENERAL, 4_000, 3)
    spread = prior_quantile(site_fit.BETWEEN, *site_fit.BETWEEN_BOUNDS, ndtr(z))
    np.testing.assert_allclose(scores.mean(axis=0), GENERAL.mean(axis=0), atol=0.03)
    expected = np.sqrt(GENERAL.var(axis=0) + np.mean(spread**2))
    np.testing.assert_allclose(scores.std(axis=0), expected, rtol=0.05)
    few, _ = site_fit.scatter(GENERAL, 100, 3)
    assert few.shape == (100, len(NAMES))


def test_nobody_can_tell_from_what_leaves_a_site_how_many_people_came_twice():
    """Of 400 stays 66 left early and 3 people came twice: the clustered error, with all digits, gives that away."""
    n, k, pairs = 400, 66, (1, 1, 1)  # of the pairs: both early, one, none

    def error_of(pairs):
        p = k / n
        both = 2 * ((1 - p) ** 2 * pairs[0] - p * (1 - p) * pairs[1] + p * p * pairs[2])
        return np.sqrt(n * p * (1 - p) + both) / n

    def candidates(error, tolerance):
        every = [(a, b, c) for a in range(11) for b in range(11) for c in range(11) if a + b + c < 11]
        return [one for one in every if abs(error_of(one) - error) <= tolerance]

    exact = SiteNumbers(("patient_initiated_discharge",), np.array([k / n]), np.array([error_of(pairs)]), np.eye(1), n)
    assert candidates(exact.errors[0], 1e-12) == [pairs]
    told = exact.rounded()
    left = candidates(told.errors[0], 0.0005)
    assert pairs in left and len({sum(one) for one in left}) == 11
    assert told.values[0] == 0.17 and told.stays == 400 and told.rounded().values.tolist() == told.values.tolist()


def test_rounding_costs_a_site_less_than_its_own_error():
    for error in (0.09, 0.017, 0.0021, 0.51, 1.3):
        exact = SiteNumbers(("length_of_stay_mean",), np.array([6.54321]), np.array([error]), np.eye(1), 12_345)
        assert abs(exact.rounded().values[0] - 6.54321) <= 0.5 * error and exact.rounded().stays == 12_340
