"""What the pages count and say."""

import json
import re
from dataclasses import astuple

import numpy as np
import pytest

from dashboard.catalogue.headline_outcomes import LOOKS
from dashboard.catalogue.levers import config
from dashboard.compute.budget import full_cost
from dashboard.compute.paired_summary import compare_plans, on_the_better_side, picture, twenty
from dashboard.compute.worker import Runs, join, run
from dashboard.ui import drawings, render, sentences
from experiments.outcomes.difference import compare_runs
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


def test_a_plan_is_summarised_as_compare_does(small):
    """The same mean, interval, range over draws and verdict as the table of `peerbridge compare`."""
    base, plan = small
    number = np.arange(6) // 2
    for draw in (None, number):
        first, second = (Runs(runs.values, runs.curves, draw) for runs in (base, plan))
        for name in OUTCOMES:
            d = compare_plans(name, first, second)
            same = compare_runs(d.scenario, d.baseline, name, plan.values[name], base.values[name], draw)
            np.testing.assert_equal(astuple(d), astuple(same))
            if not np.isnan(less := plan.values[name] - base.values[name]).any():
                assert d.difference.mean == pytest.approx(less.mean())


def test_twenty_dots_of_known_changes():
    dots = twenty(np.arange(100.0))
    assert len(dots) == 20 and dots[0] == pytest.approx(2.475) and dots[-1] == pytest.approx(96.525)
    assert on_the_better_side(dots, lower_is_better=False) == 20 and on_the_better_side(dots, lower_is_better=True) == 0
    assert not twenty(np.zeros(5)).any()


def test_undefined_pairs_are_left_out():
    base, plan = made([0.0, 0.0, np.nan], [np.nan, 1.0, 2.0])
    d = compare_plans("readmission_30d", base, plan)
    assert d.difference.n == 1 and d.difference.mean == 1.0
    nothing = compare_plans("readmission_30d", *made([1.0], [np.nan]))
    assert nothing.difference.n == 0 and nothing.reading == "not defined"
    np.testing.assert_array_equal(twenty(np.array([np.nan, 1.0, np.nan])), np.ones(20))


def test_the_verdict_stands_in_every_place_and_counts_never_speak_against_it():
    """All futures may be better and the mean still be unknown: then nothing is called better."""
    look = LOOKS["readmission_30d"]
    one_far = np.full(40, 0.20) - np.where(np.arange(40) == 0, 0.1, 1e-4)
    p = picture(look, *made(np.full(40, 0.20), one_far))
    assert p.better == 20 and p.change.reading == "unclear"
    assert sentences.sure(p)[0] == "Not clear" and sentences.headline_change(p) == "No clear change"
    assert sentences.finding(p, True).startswith("No clear change") and sentences.a_year(p) == ""
    assert render.verdict(p.change, 40) == ("? unclear", "none")
    known = 0.20 - np.tile([0.02, -0.01], 200)
    p = picture(look, *made(np.full(400, 0.20), known))
    assert p.worse == 10 and p.change.reading == "better"
    assert sentences.sure(p)[0] == "Clearly better" and render.verdict(p.change, 400) == ("✓ better", "good")
    assert "better in 10 and worse in 10 of 20" in sentences.sure(p)[1]
    assert "clearly better" in sentences.verdict(p.change, "simulated years")


def test_where_runs_share_draws_the_range_over_draws_decides_too():
    draw = np.arange(80) // 2
    change = np.where(draw < 8, 0.01, -0.01) + np.tile([1e-3, -1e-3], 40)
    p = picture(LOOKS["readmission_30d"], *(with_draws(runs, draw) for runs in made(np.full(80, 0.2), 0.2 + change)))
    assert p.change.difference.high < 0 < p.change.doubt.high
    assert p.change.reading == "unclear" and "9 of 10 draws" in sentences.spread(p.change)


def with_draws(runs, draw):
    return Runs(runs.values, runs.curves, draw)


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
    assert sentences.a_year(p) == " That is about 30 fewer returns within 30 days a year."
    assert sentences.spread(p.change) == "−3.0"
    p = picture(look, *made(np.full(20, 0.20), np.full(20, 0.196)))
    assert sentences.headline_change(p) == "4 fewer in 1,000" and (p.base_count, p.plan_count) == (200, 196)
    p = picture(look, *made(np.full(20, 0.20), np.linspace(0.18, 0.22, 20)))
    assert sentences.finding(p, True).startswith("No clear change")
    assert sentences.spread(p.change) == "0.0 (−0.6 to +0.6)"
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
    assert "First estimate" in render.cards(p) and "fewer" not in render.cards(p)


def test_money_is_more_or_less_and_never_better_or_worse():
    base, plan = ({"hospital_cost": x} for x in (np.zeros(40), np.linspace(-1e5, 1e5, 40)))
    assert render.verdict(compare_plans("hospital_cost", Runs(base, {}), Runs(plan, {})), 40) == ("? unclear", "none")
    more = {"hospital_cost": np.full(40, 1e5)}
    assert render.verdict(compare_plans("hospital_cost", Runs(base, {}), Runs(more, {})), 40) == ("▲ more", "none")
    assert render.verdict(compare_plans("hospital_cost", Runs(base, {}), Runs(more, {})), 4)[0] == "counting…"


def test_the_budget_of_full_posts_is_above_what_the_model_spends(small):
    plan = config({"population.size": 300}, {"programme.peers": 2})
    assert full_cost(config()) == 0
    # hires are the one thing that the line leaves out
    assert full_cost(plan) > np.median(small[1].values["programme_cost"]) - 10_000


def test_counts_name_what_happens_and_leave_out_what_does_not():
    assert sentences.counts(18, 2) == "better in 18 and worse in 2 of 20"
    assert sentences.counts(0, 20) == "worse in 20 of 20"
    assert sentences.counts(0, 0) == "the same in 20 of 20"
    assert sentences.counts(11, 4) == "better in 11, worse in 4 and the same in 5 of 20"


def test_where_nobody_is_counted_the_page_says_so():
    p = picture(LOOKS["readmission_30d"], *made(np.full(20, np.nan), np.full(20, np.nan)))
    assert p.undefined and sentences.headline_change(p) == "Nothing to count"
    assert "nobody is counted" in sentences.sure(p)[1] and "Nothing to count" in sentences.finding(p, True)
    assert "Nothing to count" in render.cards(p) and "nan" not in render.cards(p)


def test_a_plan_that_changes_nothing_has_a_card_that_says_so():
    p = picture(LOOKS["readmission_30d"], *made(np.full(20, 0.2), np.full(20, 0.2)))
    assert "Move a lever to see a change." in render.cards(p) and "Mean of" not in render.cards(p)


def test_one_of_a_thing_is_not_plural():
    assert sentences.value("programme.peers", 1) == "1 post" and sentences.value("programme.peers", 0) == "0 posts"
    assert sentences.value("population.size", 1) == "1 person"
    assert sentences.value("programme.supervisor_lived_experience", 0.0) == "0\u00a0%"
    assert sentences.value("programme.share_ed", 0.25) == "25\u00a0% of posts"


def test_a_headline_names_the_plan_its_change_in_people_and_the_doubt():
    look = LOOKS["readmission_30d"]

    def said(base, plan, draw=None):
        runs = made(base, plan)
        p = picture(look, *(with_draws(r, draw) for r in runs) if draw is not None else runs)
        return "".join(text for text, _ in sentences.headline(p, "9 peer workers", p.n >= 16))

    draw = np.arange(80) // 2
    base = np.full(80, 0.2)
    assert said(base, base - 0.03 + 0.01 * np.linspace(-1, 1, 40)[draw], draw) == (
        "With 9 peer workers, about 3 fewer of 100 people who go home are back in hospital within 30 days: "
        "anything from 2 to 4 fewer."
    )
    unclear = said(base, base + 0.03 * np.linspace(-1, 1, 40)[draw], draw)
    assert unclear == (
        "With 9 peer workers, it is not clear whether more or fewer people who go home are back in hospital within 30 "
        "days: of 1,000, anything from 29 fewer to 29 more."
    )
    assert said(base, base) == "The plan changes nothing here: every future is as under the current service."
    assert said(base[:4], base[:4] - 0.1).endswith("are being counted.")
    assert "Nothing to count" in said(np.full(20, np.nan), np.full(20, np.nan))


def test_a_plan_is_named_by_what_differs():
    six = {"programme.peers": 6, "programme.follow_up_days": 90}
    assert sentences.named({}, six) == "6 peer workers who keep in touch for 90 days"
    assert sentences.named({}, {"programme.peers": 1}).startswith("1 peer worker ")
    assert (
        sentences.named({}, {"programme.peers": 2, "programme.follow_up_days": 0}) == "2 peer workers in hospital only"
    )
    thin = six | {"programme.peers_per_supervisor": 12.0}
    assert sentences.named(six, thin) == "12 workers to a supervisor instead of 2.4"
    assert sentences.named(six, {}).startswith("no peer workers instead of 6")
    assert sentences.named(six, six | {"programme.champion": True}) == "1 other change"
    assert sentences.named(six, six) == "the current service"
