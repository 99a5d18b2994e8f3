"""95 % intervals of every table hold the truth in 93 to 97 of 100 repeats drawn from stored runs."""

import json

import numpy as np
import pytest

from benchmarks import coverage
from experiments.statistics.estimates import mean_rows

LOW, HIGH = 0.93, 0.97
FEW_VALUES = 0.98
"""Quantiles of deaths, which are a handful a year: an interval whose ends lie on the same few numbers holds more."""


def test_stored_runs_are_two_of_every_draw() -> None:
    for name, values in coverage.stored().items():
        assert values.shape == (2, 1_000, 2) and np.isfinite(values).all(), name


def test_intervals_hold_the_truth_where_those_without_draws_do_not() -> None:
    """Four hundred repeats: the mean over quantities is known to a third of a point, one quantity to two points."""
    found = coverage.coverage(400)
    assert set(found) == {"outcome", "curve", "daily", "subgroup", "quantile"}
    for kind, rows in found.items():
        assert LOW <= np.mean(list(rows.values())) <= HIGH, kind
    values = coverage.stored()["curve:linkage@30"]
    less = (values[1] - values[0])[coverage.repeats(400, values.shape[1])].reshape(400, -1)
    alone = mean_rows(less)
    truth = (values[1] - values[0]).mean()
    assert np.mean((alone.low <= truth) & (truth <= alone.high)) < 0.9


@pytest.mark.slow
def test_every_interval_holds_the_truth_in_two_thousand_repeats() -> None:
    found = coverage.coverage()
    assert coverage.REPEATS >= 2_000
    for kind, rows in found.items():
        for what, share in rows.items():
            few = kind == "quantile" and what.startswith("deaths")
            assert LOW <= share <= (FEW_VALUES if few else HIGH), (kind, what)
    record = json.loads(coverage.RECORD.read_text(encoding="utf-8"))
    assert record["repeats"] == coverage.REPEATS and record["coverage"].keys() == found.keys()
    for kind, rows in found.items():
        assert record["coverage"][kind] == pytest.approx(rows, abs=0.001), kind
