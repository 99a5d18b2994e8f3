"""Priors: quantiles against SciPy's own, the way back, and their words."""

import numpy as np
import pytest
import scipy.stats

from experiments.uncertainty.priors import (
    for_profile,
    prior_quantile,
    prior_sentence,
    prior_share,
    prior_words,
)
from simulation.parameter_types import Prior
from simulation.parameters import PARAMETERS

ORACLES = {
    "uniform": (Prior("uniform", 0.0, 1.0), scipy.stats.uniform(0, 1)),
    "normal": (Prior("normal", 0.5, 0.3), scipy.stats.norm(0.5, 0.3)),
    "lognormal": (Prior("lognormal", 0.5, 0.8), scipy.stats.lognorm(0.8, scale=0.5)),
    "beta": (Prior("beta", 2.0, 3.0), scipy.stats.beta(2, 3)),
}


@pytest.mark.parametrize("shape", ORACLES)
def test_quantiles_of_the_truncated_prior(shape: str) -> None:
    prior, oracle = ORACLES[shape]
    low, high = 0.2, 0.9
    share = np.linspace(0.01, 0.99, 25)
    found = prior_quantile(prior, low, high, share)
    below = oracle.cdf(low) + share * (oracle.cdf(high) - oracle.cdf(low))
    assert found == pytest.approx(oracle.ppf(below), rel=1e-9)
    assert prior_share(prior, low, high, found) == pytest.approx(share, rel=1e-9)
    assert (found >= low).all() and (found <= high).all()


def test_a_fixed_value_has_no_quantiles() -> None:
    with pytest.raises(ValueError, match="fixed"):
        prior_quantile(Prior("fixed"), 0.0, 1.0, 0.5)


def test_a_profile_has_its_own_prior_only_where_it_differs() -> None:
    for parameter in PARAMETERS.values():
        assert for_profile(parameter, "people_who_use_drugs") is parameter
        other = for_profile(parameter, "serious_mental_illness")
        assert other is (parameter.smi or parameter)
    assert any(parameter.smi for parameter in PARAMETERS.values())


@pytest.mark.parametrize(
    ("prior", "written", "said"),
    [
        (Prior("uniform", 0.5, 2.0), "uniform(0.5, 2)", "anything from 0.5 to 2"),
        (Prior("normal", 3.0, 0.25), "normal(3, 0.25)", "about 3, give or take 0.25"),
        (Prior("lognormal", 60.0, 0.5), "lognormal(60, 0.5)", "about 60, within a factor of 1.6"),
        (Prior("beta", 2.0, 8.0), "beta(2, 8)", "beta(2, 8)"),
        (Prior("fixed"), "fixed", "fixed"),
    ],
)
def test_words_of_a_prior(prior: Prior, written: str, said: str) -> None:
    assert prior_words(prior) == written and prior_sentence(prior) == said
