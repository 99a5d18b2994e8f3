import math

import numpy as np
import pytest
from scipy.stats import norm

from experiments.decisions.value_of_information import (
    draw_means,
    evpi,
    evppi,
    evsi,
    normals,
    probability_best,
    share_error,
    trial_results,
    without_monte_carlo_error,
)

N = 1_000


def gain(mean: float, sd: float) -> float:
    """E max(0, X) - max(0, E X) of a normal X: the value of knowing all of X where the other action gives 0."""
    return float(sd * norm.pdf(mean / sd) + mean * norm.cdf(mean / sd) - max(0.0, mean))


def sample(name: str, n: int = N) -> np.ndarray:
    """Normal numbers, spread evenly (a Latin hypercube in one dimension), in an order of their own."""
    even = norm.ppf((np.arange(n) + 0.5) / n)
    return np.asarray(even[np.argsort(normals(name, n))])


X, Y = sample("x"), sample("y")
TWO = np.column_stack([np.zeros(N), -30.0 + 80.0 * X + 60.0 * Y])


def test_perfect_information_of_two_actions() -> None:
    found = evpi(TWO)
    assert found.value == pytest.approx(gain(-30, 100), abs=2 * found.error)
    assert found.error < 3
    assert probability_best(TWO)[1] == pytest.approx(norm.cdf(-0.3), abs=0.03)


def test_partial_information_of_one_parameter() -> None:
    x, y, nothing = evppi(TWO, X), evppi(TWO, np.exp(Y)), evppi(TWO, sample("unrelated"))
    assert x.value == pytest.approx(gain(-30, 80), abs=2.5)
    assert y.value == pytest.approx(gain(-30, 60), abs=2.5)
    assert (x.share, y.share) == (pytest.approx(0.64, abs=0.04), pytest.approx(0.36, abs=0.04))
    assert nothing.value < 1.0


def test_partial_information_of_a_group_is_all_there_is() -> None:
    few = slice(0, 120)
    found = evppi(TWO[few], np.column_stack([X, Y])[few])
    assert found.value == pytest.approx(evpi(TWO[few]).value, rel=0.03)


def test_a_group_whose_parameters_act_together_against_nested_monte_carlo() -> None:
    a, b, c = sample("a", 150), sample("b", 150), sample("c", 150)
    net = np.column_stack([np.zeros(150), 10 + 50 * a * b + 20 * c])
    outer = np.stack([normals("outer a", 4_000), normals("outer b", 4_000)])
    inner = normals("inner", 50)
    conditional = (10 + 50 * outer[0] * outer[1])[:, None] + 20 * (inner - inner.mean())
    nested = np.maximum(conditional.mean(axis=1), 0).mean() - max(conditional.mean(), 0)
    found = evppi(net, np.column_stack([a, b]))
    assert found.value == pytest.approx(nested, abs=3 * found.error)
    assert evppi(net, a).value < 0.25 * nested  # neither says anything alone


def test_three_plans_against_nested_monte_carlo() -> None:
    bent = np.column_stack([np.zeros(N), 40 * np.sin(X) + 30 * Y, 25 * X**2 - 30 + 10 * Y])
    known = normals("outer", 40_000)
    table = np.column_stack([np.zeros(known.size), 40 * np.sin(known), 25 * known**2 - 30])
    nested = table.max(axis=1).mean() - table.mean(axis=0).max()
    found = evppi(bent, X)
    assert found.value == pytest.approx(nested, abs=3 * found.error)


def test_sample_information_of_a_trial() -> None:
    for error in (0.5, 2.0):
        results = trial_results({"effect": X}, {"effect": error})
        found = evsi(TWO, results)
        assert found.value == pytest.approx(gain(-30, 80 / math.sqrt(1 + error**2)), abs=3.5)
    assert share_error(0.2, 400) == pytest.approx(0.02)


def test_monte_carlo_error_is_no_lack_of_knowledge() -> None:
    n, runs = 500, 2
    x = sample("truth", n)
    found: list[tuple[float, float, float]] = []
    for again in range(10):
        noise = normals(f"noise {again}", n * runs * 2).reshape(n * runs, 2) * 40
        values = np.repeat(np.column_stack([np.zeros(n), -20 + 50 * x]), runs, axis=0) + noise
        means, error = draw_means(values, np.repeat(np.arange(n), runs))
        clean = without_monte_carlo_error(means, error)
        found.append((evpi(means).value, evpi(clean).value, evppi(means, x).value))
    raw, clear, known = np.mean(found, axis=0)
    assert raw > 1.3 * gain(-20, 50)
    assert clear == pytest.approx(gain(-20, 50), abs=1.0)
    assert known == pytest.approx(gain(-20, 50), abs=1.0)


def test_a_plan_that_never_differs_is_worth_no_study() -> None:
    same = np.zeros((50, 2))
    assert probability_best(same).tolist() == [0.5, 0.5]
    assert evpi(without_monte_carlo_error(same, np.zeros((2, 2)))).value == 0
    assert evppi(same, np.arange(50.0)).value == 0
    with pytest.raises(ValueError, match="20 draws"):
        evppi(same[:10], np.arange(10.0))
