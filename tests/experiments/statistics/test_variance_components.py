"""Chance and ignorance told apart, on numbers whose parts are known."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import qmc

from experiments.statistics.variance_components import split
from tests.experiments.keyed import normals


def made(draws, per, chance, unknown, seed=3):
    z = ndtri(qmc.LatinHypercube(per + 1, rng=seed).random(draws))
    values = 5.0 + unknown * z[:, :1] + chance * z[:, 1:]
    return values.ravel(), np.repeat(np.arange(draws), per)


@pytest.mark.parametrize(("chance", "unknown"), [(1.0, 0.5), (0.2, 2.0), (1.0, 1.0)])
def test_the_parts_are_found(chance, unknown):
    found = split(*made(4000, 2, chance, unknown))
    assert found.draws == 4000
    assert found.chance == pytest.approx(chance, rel=0.05)
    assert found.unknown == pytest.approx(unknown, rel=0.1)
    assert found.share_unknown == pytest.approx(unknown**2 / (chance**2 + unknown**2), abs=0.05)
    assert (found.low, found.high) == (
        pytest.approx(5 - 1.645 * unknown, abs=0.14 * unknown + 0.02),
        pytest.approx(5 + 1.645 * unknown, abs=0.14 * unknown + 0.02),
    )


def test_where_only_chance_is_at_work_nothing_is_unknown():
    found = split(*made(2000, 2, 1.0, 0.0))
    assert found.unknown < 0.25
    assert found.high - found.low < 0.8


def test_more_runs_shrink_chance_and_not_the_rest():
    few, many = (split(*made(400, per, 1.0, 1.0)) for per in (2, 50))
    assert many.unknown == pytest.approx(few.unknown, rel=0.15)
    assert many.chance == pytest.approx(few.chance, rel=0.15)


def test_unequal_groups_agree_with_the_model_of_statsmodels():
    statsmodels = pytest.importorskip("statsmodels.api")
    values, draw = made(300, 3, 1.0, 0.8)
    keep = np.ones(values.size, bool)
    keep[2::9] = False
    found = split(np.where(keep, values, np.nan), draw)
    model = statsmodels.MixedLM(values[keep], np.ones(keep.sum()), groups=draw[keep]).fit(reml=True)
    assert found.unknown == pytest.approx(float(np.sqrt(model.cov_re[0, 0])), rel=0.05)
    assert found.chance == pytest.approx(float(np.sqrt(model.scale)), rel=0.05)


def test_too_few_draws_or_single_runs_say_nothing():
    assert split([1.0, 2.0, 3.0], [0, 1, 2]).draws == 0
    assert np.isnan(split(*made(5, 2, 1.0, 1.0)).unknown)
    assert split([np.nan] * 4, [0, 0, 1, 1]).draws == 0


@pytest.mark.parametrize(
    ("draws", "ratio", "low", "high"),
    [
        (20, 3.0, 0.88, 0.93),
        (50, 3.0, 0.88, 0.92),
        (50, 1.0, 0.88, 0.92),
        (50, 0.5, 0.88, 0.93),
        (100, 0.5, 0.88, 0.92),
    ],
)
def test_nine_of_ten_further_draws_lie_in_the_range(draws, ratio, low, high):
    """On average over studies of that size; ratio of what is unknown to chance. Ranges of old held 63 to 87 %."""
    studies = 250
    inside = []
    grid = ndtri((np.arange(2_000) + 0.5) / 2_000)
    for study in range(studies):
        z = normals(1_000 * draws + study, draws, 3)
        found = split((z[:, :1] + z[:, 1:] / ratio).ravel(), np.repeat(np.arange(draws), 2))
        inside.append(np.mean((grid > found.low) & (grid < found.high)))
    assert low < np.mean(inside) < high


def test_where_chance_hides_what_is_unknown_the_range_is_wide_rather_than_a_point():
    inside, hidden = [], []
    for study in range(100):
        z = normals(study, 50, 3)
        found = split((z[:, :1] + 5.0 * z[:, 1:]).ravel(), np.repeat(np.arange(50), 2))
        inside.append(found.low < -1.2 and found.high > 1.2)
        hidden.append(found.error)
    assert np.mean(inside) > 0.85 and np.median(hidden) > 1.0


def test_shares_of_draws_on_either_side_of_zero():
    draw = np.repeat(np.arange(20), 3)
    found = split(np.where(draw < 6, -1.0, 2.0) + np.tile([-0.01, 0.0, 0.01], 20), draw)
    assert (found.below, found.above) == (0.3, 0.7)
