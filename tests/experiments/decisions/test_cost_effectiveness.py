import math

import numpy as np
import pytest

from experiments.decisions.cost_effectiveness import acceptability, budget_impact, incremental_analysis, net_benefit

COST = [3_200.0, 1_000.0, 2_500.0, 3_000.0, 1_500.0]
EFFECT = [1.5, 1.0, 1.3, 1.6, 1.2]
"""By arithmetic: 1 -> 4 costs 500 for 0.2 = 2,500; 4 -> 3 costs 1,500 for 0.4 = 3,750; 2 would cost 10,000 a unit
after 4 while 3 costs 1,667 a unit after 2, so a mixture of 4 and 3 beats 2; 0 costs more than 3 and does less."""


def test_dominance_and_extended_dominance() -> None:
    rows = incremental_analysis(COST, EFFECT)
    assert [row.plan for row in rows] == [1, 4, 2, 3, 0]
    assert [row.status for row in rows] == [
        "reference", "efficient", "extendedly dominated", "efficient", "dominated",
    ]  # fmt: skip
    assert [row.against for row in rows] == [-1, 1, -1, 4, -1]
    assert [row.icer for row in rows if row.against >= 0] == pytest.approx([2_500, 3_750])
    assert all(math.isnan(row.icer) for row in rows if row.against < 0)


def test_the_frontier_changes_hands_at_the_icers() -> None:
    curve = acceptability(np.array([COST]), np.array([EFFECT]), [2_000, 2_499, 2_501, 3_749, 3_751, 50_000])
    assert curve.frontier.tolist() == [1, 1, 4, 4, 3, 3]
    assert curve.frontier_probability.tolist() == [1] * 6
    assert net_benefit(COST, EFFECT, 3_000).tolist() == pytest.approx([1_300, 2_000, 1_400, 1_800, 2_100])


def test_the_chosen_plan_need_not_be_the_likeliest() -> None:
    effect = np.array([[0.0, -1.0], [0.0, -1.0], [0.0, 5.0]])
    curve = acceptability(np.zeros((3, 2)), effect, [1.0])
    assert curve.probability[0] == pytest.approx([2 / 3, 1 / 3])
    assert (curve.frontier[0], curve.frontier_probability[0]) == (1, pytest.approx(1 / 3))


def test_equal_plans_and_equal_costs() -> None:
    rows = incremental_analysis([5.0, 5.0, 5.0], [1.0, 2.0, 2.0])
    assert [(row.plan, row.status) for row in rows] == [(1, "reference"), (2, "dominated"), (0, "dominated")]


def test_budget_by_year() -> None:
    rows, payback = budget_impact([100.0, 100.0, 40.0, 40.0], [40.0, 80.0, 120.0, 120.0], 4, ramp=[0.5], discount=0.03)
    assert [row.net for row in rows] == [30, 20, -80, -80]
    assert [row.cumulative for row in rows] == [30, 50, -30, -110]
    assert rows[-1].discounted == pytest.approx(30 + 20 / 1.03 - 80 / 1.03**2 - 80 / 1.03**3)
    assert payback == pytest.approx(2 + 50 / 80)
    never = budget_impact(100.0, 40.0, 3)[1]
    assert math.isnan(never)
    with pytest.raises(ValueError, match="years"):
        budget_impact(1.0, 1.0, 0)
