"""The sampler finds posteriors that are known exactly."""

import numpy as np
import pytest

from experiments.calibration.sampler import Chains, elliptical_slice
from tests.experiments.keyed import normals


@pytest.mark.parametrize("blocks", [(), ([0, 1], [2])])
def test_a_normal_posterior_is_found(blocks: object) -> None:
    slopes, found, error = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -0.5]]), np.array([1.0, -0.5]), 0.4
    precision = np.eye(3) + slopes.T @ slopes / error**2
    mean, covariance = np.linalg.solve(precision, slopes.T @ found / error**2), np.linalg.inv(precision)

    def likelihood(z: np.ndarray) -> np.ndarray:
        return -0.5 * np.sum((z @ slopes.T - found) ** 2, axis=1) / error**2

    chains = elliptical_slice(likelihood, normals(1, 40, 3), 400, 7, blocks=blocks)  # type: ignore[arg-type]
    late = chains.late()
    assert late.mean(axis=0) == pytest.approx(mean, abs=0.05)
    assert np.cov(late.T) == pytest.approx(covariance, abs=0.05)
    assert chains.split_r_hat().max() < 1.1 and chains.size().min() > 200
    again = elliptical_slice(likelihood, normals(1, 40, 3), 400, 7, blocks=blocks)  # type: ignore[arg-type]
    assert again.states.tobytes() == chains.states.tobytes()


def test_chains_that_have_not_met_are_found_out() -> None:
    apart = Chains(normals(2, 60, 20, 1) + np.where(np.arange(20) % 2, 3.0, -3.0)[:, None], np.zeros((60, 20)))
    assert apart.split_r_hat().max() > 1.5 and apart.size().max() < 30
