"""Curves under the levers, and the same answer before any fit, in a real browser; the rules of both without one."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.catalogue.headline_outcomes import LOOKS
from dashboard.catalogue.levers import LEVERS
from dashboard.compute.response import Response, levels
from dashboard.compute.worker import Runs
from dashboard.ui import response as told

SMALL = "population.size=600&hospital.beds_per_unit=10"
LOOK = LOOKS["readmission_30d"]


def made(name, at, **by_level):
    """A response whose outcomes have these means at each level, with the same small noise in all."""
    noise = np.linspace(-0.01, 0.01, 16)
    usual = {"readmission_30d": 0.2, "peer_high_burnout": 0.3, "reach": 0.3, "missed_visits": 0.3,
             "supervision_adequacy": 0.5}  # fmt: skip
    runs = []
    for i in range(len(at)):
        values = {k: v + noise for k, v in usual.items()} | {k: v[i] + noise for k, v in by_level.items()}
        runs.append(Runs(values, {}, np.arange(16) // 2))
    return Response(LEVERS[name], tuple(at), tuple(runs))


def test_a_curve_says_why_it_is_as_it_is():
    peers = made("programme.peers", (0, 2, 4, 8, 20), reach=[0, 0.2, 0.38, 0.4, 0.41], peer_high_burnout=[np.nan] * 1
                 + [0.3] * 4)  # fmt: skip
    assert peers.flat_from("reach") == 4
    assert "Capacity: 41 % of stays meet a worker at most, nearly all of that with 4 posts" in plain(told.reason(peers))
    short = made("programme.peers", (0, 10, 20), reach=[0, 0.2, 0.4])
    assert told.reason(short).startswith("Posts are what is short")
    longer = made("programme.follow_up_days", (0, 90, 365), reach=[0.42, 0.33, 0.15])
    assert "42 % of stays with 0 days, 15 % with 365" in plain(told.reason(longer))
    ample = made("programme.follow_up_days", (0, 90, 365), reach=[0.42, 0.42, 0.42])
    assert told.reason(ample).startswith("Staff are enough")
    thin = made("programme.peers_per_supervisor", (1, 4, 12), supervision_adequacy=[0.9, 0.5, 0.2])
    assert "90 % of the supervision that would be enough at 1 and 20 % at 12" in plain(told.reason(thin))
    assert "Nobody has tested" in told.reason(thin)
    nobody = made("programme.follow_up_days", (0, 365), peer_high_burnout=[np.nan, np.nan])
    assert "does nothing" in told.reason(nobody)


def test_a_curve_calls_a_change_clear_only_by_the_rule_of_every_page():
    falls = made("programme.peers", (0, 20), readmission_30d=[0.22, 0.2])
    assert told.change(falls, LOOK).startswith("From 0 to 20 posts, in 100: −2.0")
    assert told.change(falls, LOOK).endswith("(✓ better).")
    flat = made("programme.peers", (0, 20))
    assert told.change(flat, LOOK) == "From 0 to 20 posts nothing changes here."


def test_small_changes_look_small():
    svg = told.html(made("programme.peers", (0, 20), readmission_30d=[0.2, 0.2005]), LOOK, 20.0, 0.0)
    path = re.search(r'class="middle plan" d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)"', svg)
    assert abs(float(path[2]) - float(path[4])) < 3, "a twentieth of a case in 100 fills the panel"


def test_a_curve_goes_through_the_number_of_the_page():
    some = made("programme.peers", (0, 6, 20), readmission_30d=[0.22, 0.2, 0.19], reach=[0, 0.3, 0.5])
    page = Runs({"readmission_30d": np.full(64, 0.21), "reach": np.full(64, 0.31)}, {}, np.arange(64) // 2)
    same = Response(some.lever, some.levels, some.runs, (6.0, page))
    assert same.means("readmission_30d") == pytest.approx([0.23, 0.21, 0.2])
    beyond = Response(some.lever, some.levels, some.runs, (60.0, page))
    assert beyond.means("readmission_30d") == pytest.approx([0.22, 0.2, 0.19])


def test_levels_of_a_curve_hold_the_plan_and_today():
    assert levels(LEVERS["programme.peers"], 7.0, 3.0) == (0, 2, 3, 4, 7, 8, 12, 20)
    assert 7.0 not in levels(LEVERS["programme.peers"])
    assert levels(LEVERS["programme.peers"], 60.0)[-1] == 20, "a plan beyond the slider's end is not drawn"


def test_a_lever_shows_its_curve_and_hides_it_again(server, visit, settled, violations, tmp_path):
    page = settled(visit(f"{server.url}/?{SMALL}"))
    box = page.get_by_test_id("curve-programme.peers")
    assert box.locator("svg").count() == 0, "nothing is drawn unasked"
    page.get_by_test_id("ask-programme.peers").click()
    expect(page.get_by_test_id("status-programme.peers")).to_have_text(
        "16 simulated futures at each level.", timeout=90_000
    )
    expect(box.locator("figcaption")).to_contain_text(re.compile(r"From 0 to 20 posts, in 100: .*\((✓|✗|\?)"))
    expect(box.locator("figcaption")).to_contain_text("visits and calls that do not fit into the day")
    assert box.locator("text.today").all_text_contents() == ["now", "now"]
    shown = page.locator("table.else tbody tr", has_text="within 30 days").first.locator("td").nth(1).inner_text()
    assert box.locator("text.here").first.text_content() == shown.split()[0], "the plan's point is the page's"
    box.screenshot(path=tmp_path / "curve.png")
    assert "6 posts: " in box.locator("svg").get_attribute("aria-label")
    for options in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}):
        page.emulate_media(**options)
        assert violations(page) == [], options
    page.emulate_media(forced_colors="none", color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 640})
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_test_id("programme.peers-number").fill("9")
    page.keyboard.press("Enter")
    expect(box.locator("svg")).to_have_attribute("aria-label", re.compile("9 posts: "), timeout=90_000)
    page.get_by_test_id("ask-programme.peers").click()
    expect(box.locator("svg")).to_have_count(0)


def test_the_answer_before_any_fit_is_one_click_away(server, visit, settled, violations):
    from dashboard.compute.posterior import drawn

    if drawn("people_who_use_drugs").kind == "prior":
        pytest.skip("no posterior fits this model: every page shows the prior already")
    page = settled(visit(f"{server.url}/?{SMALL}"))
    page.get_by_test_id("ask-prior").click()
    alone = page.get_by_test_id("prior-alone")
    expect(page.get_by_test_id("status-prior")).to_have_text(
        "16 futures of each plan under the prior alone.", timeout=90_000
    )
    expect(alone).to_contain_text("Before any fit: With 6 peer workers who keep in touch for 90 days, ")
    expect(alone).to_contain_text("UNCALIBRATED")
    fitted, before = alone.locator("dd").all_inner_texts()
    card = page.get_by_test_id("card-change").inner_text()
    assert fitted in card, "the fit's number is the page's"
    assert fitted != before
    assert violations(page) == []
    page.get_by_test_id("ask-prior").click()
    expect(alone.locator("dd")).to_have_count(0)


def plain(text):
    return text.replace("\u00a0", " ")
