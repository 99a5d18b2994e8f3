"""The count of unseen draws is right where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.nine_of_ten import held
from experiments.statistics.variance_components import Doubt
from tests.experiments.keyed import normals


def test_unseen_draws_are_counted() -> None:
    shares = []
    for seed in range(60):
        z = normals(seed, 160, 3)
        shares += held(z[:, :1] + 0.7 * z[:, 1:])
    assert len(shares) == 60 * 4 and 0.87 < np.mean(shares) < 0.93


def test_a_range_that_is_too_narrow_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import nine_of_ten

    plain = nine_of_ten.split

    def narrow(values: object, draw: object) -> Doubt:
        found = plain(values, draw)  # type: ignore[arg-type]
        return replace(found, low=found.low / 2, high=found.high / 2)

    monkeypatch.setattr(nine_of_ten, "split", narrow)
    z = normals(1, 160, 3)
    assert np.mean(held(z[:, :1] + 0.1 * z[:, 1:])) < 0.75
