"""Designs fill the ranges as they promise, by the seed alone; Morris and the priors against other libraries."""

from collections import Counter

import numpy as np
import pytest
import scipy.stats

from experiments.studies.definition.samplers import (
    Between,
    ByPrior,
    Levels,
    Span,
    grid,
    latin_hypercube,
    morris,
    morris_steps,
    one_at_a_time,
    sobol,
)
from experiments.uncertainty.priors import prior_quantile, prior_words
from simulation.parameter_types import Prior
from simulation.parameters import PARAMETERS

SHARE = Between(0.0, 1.0, whole=False)
COUNT = Between(2, 5, whole=True)
WORDS = Levels(("clinician", "proactive", "both"))
SWITCH = Levels((False, True))
PRIOR = ByPrior(Prior("lognormal", 60, 0.5), 0, 730)
SPANS: list[Span] = [SHARE, COUNT, WORDS, PRIOR]


def test_grid_has_every_combination_and_the_last_factor_changes_fastest() -> None:
    rows = list(grid([Levels((2, 4)), SWITCH]))
    assert rows == [(2, False), (2, True), (4, False), (4, True)]


def test_one_at_a_time_leaves_the_base_by_one_factor() -> None:
    rows = list(one_at_a_time([Levels((0, 30, 90)), SHARE, COUNT], [90, 0.5, 3]))
    assert rows == [
        (90, 0.5, 3), (0, 0.5, 3), (30, 0.5, 3), (90, 0.0, 3), (90, 1.0, 3), (90, 0.5, 2), (90, 0.5, 5),
    ]  # fmt: skip


@pytest.mark.parametrize("make", [latin_hypercube, sobol])
def test_every_part_of_a_range_has_one_value(make: object) -> None:
    rows = make([SHARE, SHARE, SHARE], 64, 3)  # type: ignore[operator]
    for column in zip(*rows, strict=True):
        assert Counter(int(64 * u) for u in column) == dict.fromkeys(range(64), 1)


def test_whole_numbers_and_words_come_equally_often() -> None:
    rows = latin_hypercube([COUNT, WORDS, SWITCH], 120, 1)
    counts = [Counter(column) for column in zip(*rows, strict=True)]
    assert counts == [dict.fromkeys((2, 3, 4, 5), 30), dict.fromkeys(WORDS.values, 40), {False: 60, True: 60}]
    assert all(type(row[0]) is int and type(row[2]) is bool for row in rows)


def test_a_prior_is_drawn_as_likely_as_it_says() -> None:
    drawn = np.array([row[0] for row in latin_hypercube([PRIOR], 500, 0)], dtype=float)
    law = scipy.stats.lognorm(0.5, scale=60)
    assert scipy.stats.kstest(drawn, lambda x: law.cdf(x) / law.cdf(730)).statistic < 0.005


def test_values_depend_on_the_seed_alone() -> None:
    """The same on every machine and with every SciPy: these rows are frozen."""
    assert latin_hypercube(SPANS, 3, 7) == [
        (0.734047, 4, "both", 51.3023), (0.423553, 5, "proactive", 84.9114), (0.313093, 2, "clinician", 26.2308),
    ]  # fmt: skip
    assert sobol(SPANS, 4, 2**64 - 1) == [
        (0.0145657, 5, "both", 29.9078), (0.786352, 2, "proactive", 63.2638), (0.717415, 4, "both", 52.5869),
        (0.48969, 3, "clinician", 171.219),
    ]  # fmt: skip
    assert morris_steps(3, 2, 4, 7).tolist() == [
        [0, 2, 1], [0, 0, 1], [2, 0, 1], [2, 0, 3], [3, 1, 2], [3, 1, 0], [1, 1, 0], [1, 3, 0],
    ]  # fmt: skip
    assert latin_hypercube(SPANS, 3, 8) != latin_hypercube(SPANS, 3, 7)


@pytest.mark.parametrize("steps", [2, 4, 6, 10])
def test_morris_moves_every_factor_once_in_each_walk(steps: int) -> None:
    walks = morris_steps(5, 40, steps, 1).reshape(40, 6, 5)
    moves = np.diff(walks, axis=1)
    assert ((moves != 0).sum(axis=2) == 1).all() and ((moves != 0).sum(axis=1) == 1).all()
    assert set(np.abs(moves[moves != 0])) == {steps // 2}
    assert walks.min() == 0 and walks.max() == steps - 1
    assert {(moves[:, :, f] > 0).any() for f in range(5)} == {True} == {(moves[:, :, f] < 0).any() for f in range(5)}
    starts = Counter(np.minimum(walks[:, 0, 0], walks[:, -1, 0]).tolist())
    assert max(starts.values()) - min(starts.values()) <= 1 + 40 % (steps // 2)


def test_morris_is_analysed_by_salib_to_the_true_effects() -> None:
    analyze = pytest.importorskip("SALib.analyze.morris")
    steps = 4
    cube = morris_steps(3, 25, steps, 2) / (steps - 1)
    answer = 3 * cube[:, 0] - 2 * cube[:, 1]
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    found = analyze.analyze(problem, cube, answer, num_levels=steps, seed=1)
    np.testing.assert_allclose(np.asarray(found["mu"], dtype=float), [3, -2, 0], atol=1e-12)
    np.testing.assert_allclose(np.asarray(found["sigma"], dtype=float), 0, atol=1e-12)


def test_morris_has_the_shape_of_salibs_own() -> None:
    sample = pytest.importorskip("SALib.sample.morris")
    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
    theirs = np.asarray(sample.sample(problem, 30, num_levels=6, seed=1))
    ours = morris_steps(4, 30, 6, 1) / 5
    assert theirs.shape == ours.shape
    np.testing.assert_allclose(np.unique(theirs.round(12)), np.unique(ours.round(12)))
    jumps = [np.abs(np.diff(x.reshape(30, 5, 4), axis=1)).max() for x in (theirs, ours)]
    assert jumps[0] == pytest.approx(jumps[1])


def test_morris_on_the_scales_of_the_factors() -> None:
    rows = morris([SHARE, COUNT, SWITCH, PRIOR], 12, 4, 0)
    assert {row[0] for row in rows} == {0.0, 0.333333, 0.666667, 1.0}
    assert {row[1] for row in rows} == {2, 3, 4, 5} and {row[2] for row in rows} == {False, True}
    eighths = prior_quantile(PRIOR.prior, 0, 730, np.array([1, 3, 5, 7]) / 8)
    np.testing.assert_allclose(sorted({float(row[3]) for row in rows}), eighths, rtol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [2, 3, 4, 7])
@pytest.mark.parametrize("steps", [2, 4, 8])
def test_a_move_of_morris_always_changes_the_value(count: int, steps: int) -> None:
    for span in (Levels(tuple(range(count))), Between(1, count, whole=True)):
        for i in range(steps // 2):
            assert span.step(i, steps) != span.step(i + steps // 2, steps)


LAWS = {
    "uniform": (Prior("uniform", -1, 2), scipy.stats.uniform(-1, 3)),
    "normal": (Prior("normal", 0.3, 0.4), scipy.stats.norm(0.3, 0.4)),
    "lognormal": (Prior("lognormal", 0.5, 0.8), scipy.stats.lognorm(0.8, scale=0.5)),
    "beta": (Prior("beta", 20, 7), scipy.stats.beta(20, 7)),
}


@pytest.mark.parametrize("shape", LAWS)
@pytest.mark.parametrize("bounds", [(-5.0, 5.0), (0.0, 1.0), (0.1, 0.8)])
def test_quantiles_of_truncated_priors(shape: str, bounds: tuple[float, float]) -> None:
    prior, law = LAWS[shape]
    share = np.linspace(0, 1, 41)
    values = prior_quantile(prior, *bounds, share)
    assert (np.diff(values) >= 0).all() and bounds[0] <= values[0] and values[-1] <= bounds[1]
    low, high = law.cdf(bounds)
    np.testing.assert_allclose((law.cdf(values) - low) / (high - low), share, atol=1e-9)


def test_every_parameter_with_a_prior_can_be_drawn() -> None:
    for parameter in PARAMETERS.values():
        for prior in {parameter.prior, parameter.smi.prior if parameter.smi else parameter.prior}:
            if prior.shape == "fixed":
                continue
            values = prior_quantile(prior, parameter.low, parameter.high, [0, 0.025, 0.5, 0.975, 1])
            assert np.isfinite(values).all() and parameter.low <= values[0] < values[2] < values[4] <= parameter.high
    with pytest.raises(ValueError, match="no prior"):
        prior_quantile(Prior("fixed"), 0, 1, 0.5)
    assert prior_words(Prior("lognormal", 60, 0.5)) == "lognormal(60, 0.5)"
