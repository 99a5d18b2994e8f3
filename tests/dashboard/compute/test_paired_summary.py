"""What the pages count and say."""

import json
import re

import numpy as np
import pytest

from dashboard.catalogue.headline_outcomes import LOOKS
from dashboard.catalogue.levers import config
from dashboard.compute.budget import full_cost
from dashboard.compute.paired_summary import change, picture
from dashboard.compute.worker import Runs, join, run
from dashboard.ui import drawings, render, sentences
from experiments.outcomes.registry import OUTCOMES


@pytest.fixture(scope="module")
def small():
    world = {"population.size": 300}
    return run(config(world), 1, range(6)), run(config(world, {"programme.peers": 2}), 1, range(6))


def made(base, plan):
    n = len(base)
    day = np.linspace(0, 1, 91)
    both = [np.asarray(x, float) for x in (base, plan)]
    return [
        Runs({"readmission_30d": x, "count:going_home": np.full(n, 1000.0)}, {"readmission_30d": np.outer(x, day)})
        for x in both
    ]


def test_runs_end_where_the_outcomes_are(small):
    for runs in small:
        assert set(OUTCOMES) <= set(runs.values)
        np.testing.assert_allclose(runs.curves["readmission_30d"][:, 30], runs.values["readmission_30d"])
        np.testing.assert_allclose(runs.curves["linkage_30d"][:, 30], runs.values["linkage_30d"])
        left = runs.curves["patient_initiated_discharge"]
        assert np.all(np.diff(left, axis=1) >= 0) and np.all(
            left[:, -1] <= runs.values["patient_initiated_discharge"] + 1e-12
        )


def test_batches_join_to_the_same_runs(small):
    world = {"population.size": 300}
    parts = join([run(config(world), 1, range(0, 2)), run(config(world), 1, range(2, 6))])
    for name, values in small[0].values.items():
        np.testing.assert_array_equal(values, parts.values[name])


def test_twenty_dots_and_the_range_of_a_known_difference():
    c = change(np.arange(100.0), np.zeros(100))
    assert c.middle == 49.5 and len(c.dots) == 20 and c.low == pytest.approx(9.9) and c.high == pytest.approx(89.1)
    assert c.worse(lower_is_better=True) == 20 and c.better(lower_is_better=True) == 0
    assert change(np.ones(5), np.ones(5)).none


def test_undefined_pairs_are_left_out():
    c = change(np.array([np.nan, 1.0, 2.0]), np.array([0.0, 0.0, np.nan]))
    assert c.n == 1 and c.middle == 1.0
    assert change(np.array([np.nan]), np.array([1.0])).n == 0


def test_whole_people_add_up():
    for shift in (-0.026, -0.014, 0.0, 0.004, 0.018):
        base, plan = made(np.full(20, 0.186), np.full(20, 0.186 + shift))
        p = picture(LOOKS["readmission_30d"], base, plan)
        assert p.plan_people - p.base_people == round(100 * shift)
        assert p.plan_count - p.base_count == round(p.out_of * shift)


def test_sentences_say_fewer_more_or_no_clear_change():
    look = LOOKS["readmission_30d"]
    p = picture(look, *made(np.full(20, 0.20), np.full(20, 0.17)))
    assert sentences.headline_change(p) == "3 fewer in 100"
    assert sentences.finding(p, True) == (
        "With your plan, 3 fewer in 100 are back in hospital within 30 days, if the assumptions hold."
    )
    assert sentences.a_year(p.yearly, look.cases) == "about 30 fewer returns within 30 days a year"
    p = picture(look, *made(np.full(20, 0.20), np.full(20, 0.196)))
    assert sentences.headline_change(p) == "4 fewer in 1,000" and (p.base_count, p.plan_count) == (200, 196)
    p = picture(look, *made(np.full(20, 0.20), np.linspace(0.18, 0.22, 20)))
    assert sentences.finding(p, True).startswith("No clear change")
    assert sentences.ends(p) == "16 fewer to 16 more in 1,000"
    p = picture(look, *made(np.full(20, 0.20), np.full(20, 0.20)))
    assert sentences.headline_change(p) == "No change"


def test_small_pictures_count_right():
    assert drawings.hundred(17, "plan", "17 of 100 <people>").count('class="on plan"') == 17
    assert "&lt;people&gt;" in drawings.hundred(17, "plan", "17 of 100 <people>")
    dots = np.concatenate([np.full(13, -1.0), np.full(7, 0.4)])
    drawn = drawings.twenty(dots, True, "13 better, 7 worse", "in 100")
    assert drawn.count('class="good"') == 13 and drawn.count('class="bad"') == 7
    assert len(re.findall('<circle class="good"', drawn)) == 13, "better and worse differ in shape, not only in colour"
    assert len(re.findall('<rect class="bad"', drawn)) == 7
    assert 'class="zero"' in drawn and "◄ better" in drawn and "worse ►" in drawn


def test_no_range_before_enough_runs():
    from dashboard.pages.explore import _numbers, _series

    p = picture(LOOKS["readmission_30d"], *made(np.full(4, 0.20), np.full(4, 0.17)))
    for curve in json.loads(_series(p, enough=False, single=False))["series"]:
        assert curve["middle"] and curve["low"] == curve["high"] == []
    assert " to " not in re.sub("<caption>.*?</caption>", "", _numbers(p, enough=False))
    assert "First estimate" in render.cards(p) and "8 in 10" not in render.cards(p)


def test_a_small_difference_of_money_or_of_days_is_no_clear_change():
    c = change(np.linspace(-1, 1, 40), np.zeros(40))
    assert render.reading(c, OUTCOMES["hospital_cost"]) == ("≈ no clear change", "none")
    assert render.reading(change(np.ones(40), np.zeros(40)), OUTCOMES["hospital_cost"])[0] == "▲ more in 20 of 20"


def test_the_budget_of_full_posts_is_above_what_the_model_spends(small):
    plan = config({"population.size": 300}, {"programme.peers": 2})
    assert full_cost(config()) == 0
    # hires are the one thing that the line leaves out
    assert full_cost(plan) > np.median(small[1].values["programme_cost"]) - 10_000
