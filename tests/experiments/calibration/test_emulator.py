"""The emulator knows what it depends on, how far it is off, and what is only the chance of a run."""

import numpy as np
import pytest

from experiments.calibration.emulator import emulate
from tests.experiments.keyed import normals

N, P = 700, 40


@pytest.fixture(scope="module")
def runs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    z = normals(1, N, P)
    line = 1.0 + z[:, 3] - 0.5 * z[:, 7] + 0.3 * (z[:, 3] ** 2 - 1) + 0.4 * z[:, 3] * z[:, 7]
    chance = 0.5 * np.exp(0.3 * line)
    said = np.column_stack([line + chance * normals(2, N, 1)[:, 0], normals(3, N, 1)[:, 0]])
    again = np.column_stack([line + chance * normals(4, N, 1)[:, 0], normals(5, N, 1)[:, 0]])
    return z, said, again


def test_an_expectation_is_found_under_chance(runs: tuple[np.ndarray, ...]) -> None:
    z, said, again = runs
    twice = np.arange(300)
    made = emulate(z, said, np.ones(N, bool), (twice, again[twice]))
    assert set(made.moved_by[0][:2].tolist()) == {3, 7}
    fresh = normals(9, 500, P)
    truth = 1.0 + fresh[:, 3] - 0.5 * fresh[:, 7] + 0.3 * (fresh[:, 3] ** 2 - 1) + 0.4 * fresh[:, 3] * fresh[:, 7]
    off = made.expected(fresh)[:, 0] - truth
    assert np.std(off) < 0.25 and made.of_expectation[0] > 0.85 > made.held_out[0]
    # What it says of its own error is about right, and so is the chance of a run, level by level.
    assert made.error[0] < 0.3 and off.var() < 3 * made.error[0]
    variance = made.variance_of_run(np.array([[0.0, 0.0], [2.0, 0.0]]))[:, 0]
    assert variance == pytest.approx(0.25 * np.exp([0.0, 1.2]), rel=0.5)
    assert made.held_out[1] < 0.05  # nothing moves the second number


def test_runs_without_a_number_are_left_out_and_too_few_are_said(runs: tuple[np.ndarray, ...]) -> None:
    z, said, again = runs
    said = said.copy()
    said[50:, 1] = np.nan
    with pytest.raises(ValueError, match="only 50 runs have the number 1"):
        emulate(z, said, np.ones(N, bool), (np.arange(20), again[:20]))


def test_a_small_difference_of_two_numbers_is_seen_where_it_is_emulated_as_such() -> None:
    """Two arms move together by parameters that hardly matter for their difference."""
    z = normals(11, N, P)
    level = np.tanh(z[:, 0]) + np.sin(2 * z[:, 1]) + z[:, 2] * z[:, 4]  # beyond a second-order regression
    said = np.column_stack([level, level + 0.2 * z[:, 9]]) + 0.05 * normals(12, N, 2)
    again = (np.arange(100), said[:100] + 0.05 * normals(13, 100, 2))
    made = emulate(z, said, np.ones(N, bool), again, {1: 0})
    plain = emulate(z, said, np.ones(N, bool), again)
    fresh = normals(14, 300, P)

    def off(which: object) -> float:
        expected = which.expected(fresh)  # type: ignore[attr-defined]
        return float(np.std(expected[:, 1] - expected[:, 0] - 0.2 * fresh[:, 9]))

    shared = made.shared
    assert off(made) < 0.05 and shared[0, 0] + shared[1, 1] - 2 * shared[0, 1] < 0.02 < plain.error[0] + plain.error[1]
    assert made.moved_by[1].tolist()[0] == 9 and made.error[1] > made.error[0]
