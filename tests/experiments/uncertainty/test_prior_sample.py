"""Draws of the prior: even over every prior, inside bounds, and stable where the model changes elsewhere."""

import numpy as np
import pytest

from experiments.uncertainty import prior_sample
from experiments.uncertainty.draws import read_draws
from experiments.uncertainty.prior_sample import prior_draws, priors
from experiments.uncertainty.priors import prior_share
from simulation.parameters import PARAMETERS

PROFILE = "people_who_use_drugs"


@pytest.mark.parametrize("profile", [PROFILE, "serious_mental_illness"])
def test_each_stratum_of_each_prior_is_drawn_once(profile: str) -> None:
    draws, unknown = prior_draws(profile, 40), priors(profile)
    assert draws.names == tuple(unknown) and draws.kind == "prior" and "UNCALIBRATED" in draws.label
    for name, column in zip(draws.names, draws.values.T, strict=True):
        p = PARAMETERS[name]
        assert p.low <= column.min() and column.max() <= p.high
        share = prior_share(unknown[name], p.low, p.high, column)
        assert sorted(np.floor(40 * np.clip(share, 0, 1 - 1e-9)).astype(int)) == pytest.approx(range(40), abs=1), name


def test_parameters_are_independent() -> None:
    ranks = np.argsort(np.argsort(prior_draws(PROFILE, 500).values, axis=0), axis=0)
    r = np.corrcoef(ranks.T)[np.triu_indices(ranks.shape[1], 1)]
    assert abs(r.mean()) < 0.002 and abs(r).max() < 0.25


def test_a_parameter_that_goes_leaves_the_others_their_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    before = prior_draws(PROFILE, 30)
    gone = before.names[3]
    monkeypatch.setattr(prior_sample, "PARAMETERS", {n: p for n, p in PARAMETERS.items() if n != gone})
    after = prior_sample.prior_draws.__wrapped__(PROFILE, 30)
    kept = [j for j, name in enumerate(before.names) if name != gone]
    assert gone not in after.names and np.array_equal(after.values, before.values[:, kept])


def test_a_file_keeps_what_kind_of_draws_it_holds(tmp_path) -> None:
    prior_draws(PROFILE, 5).write(tmp_path / "prior.parquet")
    assert read_draws(tmp_path / "prior.parquet").kind == "prior"
