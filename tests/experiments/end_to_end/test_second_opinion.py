"""A second, sequential fit by another library agrees with ours where the posterior is known."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.calibration.site import regression_abc
from tests.experiments.keyed import normals

SLOPES = np.array([[1.0, 0.3], [0.0, 0.8], [0.5, -0.4]])
NOISE = 0.4
FOUND = np.array([0.9, -0.5, 0.6])


def exact() -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the posterior of the linear toy with standard normal priors."""
    covariance = np.linalg.inv(np.eye(2) + SLOPES.T @ SLOPES / NOISE**2)
    return covariance @ SLOPES.T @ FOUND / NOISE**2, np.sqrt(np.diag(covariance))


def test_ours_finds_the_known_posterior() -> None:
    scores = normals(1, 6000, 2)
    said = scores @ SLOPES.T
    found = regression_abc.fit(scores, said, FOUND, np.full(3, NOISE), normals(2, 6000, 3), share=0.3)
    mean, sd = exact()
    assert found.mean() == pytest.approx(mean, abs=0.06) and found.sd() == pytest.approx(sd, rel=0.12)


@pytest.mark.slow
def test_pyabc_finds_the_same(tmp_path: Path) -> None:
    pyabc: Any = pytest.importorskip("pyabc")
    from concurrent.futures import ThreadPoolExecutor

    def model(point: Any) -> dict[str, np.ndarray]:
        return {"said": SLOPES @ np.array([point["a"], point["b"]])}

    prior = pyabc.Distribution(a=pyabc.RV("norm", 0, 1), b=pyabc.RV("norm", 0, 1))
    kernel = pyabc.IndependentNormalKernel(var=np.full(3, NOISE**2))
    with ThreadPoolExecutor(2) as executor:
        fit = pyabc.ABCSMC(
            model, prior, kernel, population_size=600, eps=pyabc.Temperature(),
            acceptor=pyabc.StochasticAcceptor(), sampler=pyabc.sampler.ConcurrentFutureSampler(executor, 8),
        )  # fmt: skip
        fit.new("sqlite:///" + str(tmp_path / "fit.db"), {"said": FOUND})
        history = fit.run(max_nr_populations=8)
    points, weights = history.get_distribution()
    values = points[["a", "b"]].to_numpy()
    mean = weights @ values
    sd = np.sqrt(weights @ (values - mean) ** 2)
    size = 1 / math.fsum(np.asarray(weights) ** 2)
    wanted, spread = exact()
    assert np.all(np.abs(mean - wanted) < 5 * spread / math.sqrt(size) + 0.03)
    assert sd == pytest.approx(spread, rel=0.25)
