"""A goal or a budget is answered by the search of `peerbridge decide`, and its plan is one click away."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from dashboard.catalogue.address import Situation
from dashboard.compute import decision
from dashboard.compute.decision import Asked
from dashboard.compute.pool import Stopped
from dashboard.pages.takes import told
from experiments.decisions.choice import Chance
from experiments.decisions.constraints import read_constraint

SMALL = "population.size=600&hospital.beds_per_unit=10"
TINY = {"population.size": 200, "hospital.beds_per_unit": 10}


@pytest.mark.parametrize("outcome", ["readmission_30d", "patient_initiated_discharge", "linkage_30d"])
def test_what_is_asked_is_a_constraint_of_a_question_file(outcome):
    read = read_constraint(Asked("goal", outcome, 2, 0, 0.9).sentence)
    assert (read.outcome, read.difference) == (outcome, True)
    assert read.bound == pytest.approx(0.02 if outcome == "linkage_30d" else -0.02)
    money = read_constraint(Asked("budget", outcome, 0, 300_000, 0.8).sentence)
    assert (money.outcome, money.bound, money.side) == ("programme_cost_full", 300_000, -1)


@pytest.fixture(scope="module")
def found(compiled):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, "RUNS", 150)
        patch.setattr(decision, "PLANS", 4)
        patch.setattr(decision.pool, "WORKERS", 1)
        s = Situation()
        shares = []
        asked = Asked("budget", "readmission_30d", 0, 200_000, 0.8)
        answer = decision.answer(TINY, s.now, s.plan, asked, alive=lambda: True, progress=shares.append)
        assert shares == sorted(shares) and 0 < shares[-1] <= 1
        return answer, asked


def test_a_budget_is_kept(found):
    answer, asked = found
    assert answer.met and answer.recommended.outcomes["programme_cost_full"] <= asked.dollars
    assert set(answer.recommended.levers) == set(decision.LEVELS)


def test_what_is_not_known_is_not_claimed(found):
    answer, asked = found
    sure = replace(answer.recommended, constraints=[Chance(0.97, 0.9, 0.99, 0.0, 60)])
    said = told(replace_plan(answer, sure), asked)
    assert "The best plan that meets this is" in said and "Too few years" not in said
    unsure = replace(answer.recommended, constraints=[Chance(1.0, 0.5, 1.0, 0.0, 4)])
    said = told(replace_plan(answer, unsure), asked)
    assert "The best plan that may meet this is" in said and "Too few years" in said


def replace_plan(answer, plan):
    return replace(answer, recommended=plan)


def test_a_visitor_who_leaves_ends_the_search(compiled):
    s = Situation()
    with pytest.raises(Stopped):
        decision.answer(
            TINY, s.now, s.plan, Asked("goal", "readmission_30d", 1, 0, 0.8), alive=lambda: False,
            progress=lambda share: None,
        )  # fmt: skip
    assert not decision._one_at_a_time.locked(), "the next visitor waits for ever"


def test_a_goal_gives_a_plan_that_is_one_click_away(server, visit, violations, tmp_path):
    page = visit(f"{server.url}/?page=takes&{SMALL}")
    expect(page).to_have_title("What would it take? · Peerbridge")
    page.get_by_test_id("cases").fill("1")
    page.get_by_role("button", name="Find the cheapest plan").click()
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("again")).to_be_visible()
    page.get_by_test_id("again").click()
    answer = page.get_by_test_id("answer")
    expect(answer).to_contain_text(re.compile("(The cheapest plan that|No plan within)"), timeout=240_000)
    expect(answer).to_contain_text(re.compile(r"holds in \d+\s% of draws \(\d+\s% to \d+\s%\); asked for: 80\s%"))
    page.screenshot(path=tmp_path / "takes.png", full_page=True)
    for options in ({"color_scheme": "light"}, {"color_scheme": "dark"}):
        page.emulate_media(**options)
        assert violations(page) == [], options
    page.set_viewport_size({"width": 320, "height": 640})
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 800})
    peers = re.search(r"Peer workers: (\d+) post", answer.inner_text())[1]
    page.get_by_test_id("use-plan").click()
    expect(page).to_have_title("Explore · Peerbridge")
    expect(page.get_by_test_id("programme.peers-number")).to_have_value(peers)


def test_all_pages_stand_on_one_line_of_the_navigation(server, visit):
    page = visit(f"{server.url}/?page=takes&{SMALL}")
    expect(page.get_by_test_id("cases")).to_be_visible()
    tops = page.locator("nav.pages li").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(tops) == 7 and len(set(tops)) == 1
