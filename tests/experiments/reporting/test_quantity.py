"""An outcome as pictures and tables of a study show it: scale, unit, values, marks of what is not clear."""

import math

import pytest

from experiments.reporting.quantity import Quantity, figure
from experiments.statistics.estimates import Estimate

SHARE = Quantity("readmission_30d", "usual-care", level=False)
MONEY = Quantity("programme_cost", "usual-care", level=False)
LEVEL = Quantity("readmission_30d", "usual-care", level=True)


def test_units_and_scales() -> None:
    assert SHARE.factor == 100 and SHARE.unit == "difference, in 100 discharges" and SHARE.per == "in 100 discharges"
    assert MONEY.factor == 0.001 and MONEY.unit == "difference, 1,000 US$ of 2022 a year"
    assert LEVEL.unit == "% of discharges"
    assert "difference from usual-care, in 100 discharges" in SHARE.sentence
    scaled = SHARE.scaled(Estimate(9, -0.013, -0.02, -0.006, 0.01))
    assert (scaled.n, scaled.mean, scaled.low, scaled.high, scaled.sd) == pytest.approx((9, -1.3, -2.0, -0.6, 1.0))


def test_cells_mark_what_is_not_clear() -> None:
    assert SHARE.cell(Estimate(9, -0.013, -0.02, -0.006, 0.01)) == "−1.3"
    assert SHARE.cell(Estimate(9, -0.013, -0.03, 0.004, 0.01)) == "−1.3?"
    assert LEVEL.cell(Estimate(9, 0.121, 0.1, 0.14, 0.01)) == "12.1"
    assert MONEY.cell(Estimate(9, 540_000.0, 500_000.0, 580_000.0, 1.0)) == "+540"


def test_values_with_their_intervals() -> None:
    assert SHARE.describe(Estimate(0, math.nan, math.nan, math.nan)) == "–"
    assert SHARE.describe(Estimate(9, -0.013, -0.02, -0.006, 0.01)) == "−1.3 (−2.0 to −0.6)"
    assert LEVEL.describe(Estimate(9, 0.121, 0.1, 0.14, 0.01)).startswith("12.1 % (10.0")


def test_sizes() -> None:
    assert SHARE.amount(-0.91) == "0.91 in 100 discharges" and MONEY.amount(120.4) == "120 thousand US$ a year"
    assert figure(1234.5) == "1,234" and figure(-0.0123) == "−0.012" and figure(math.nan) == "–"
