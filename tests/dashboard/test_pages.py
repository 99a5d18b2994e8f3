"""The other pages in a real browser."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.compute.posterior import drawn
from dashboard.ui import sentences
from dashboard.ui.drawings import Span, spans

PIN = "pin=Hospital~peers:6,follow_up_days:0&pin=Thin~peers:6,peers_per_supervisor:12"
SMALL = "population.size=600&hospital.beds_per_unit=10"
TITLES = {
    "explore": "Explore",
    "compare": "Compare plans",
    "takes": "What would it take?",
    "sure": "How sure are we?",
    "assumptions": "Assumptions and evidence",
    "watch": "Watch a year",
    "researchers": "For researchers",
}  # fmt: skip


def test_plans_are_set_aside_and_compared(server, visit, settled, sheets, tmp_path):
    page = visit(server.url + f"/?page=compare&{PIN}&{SMALL}")
    settled(page)
    heads = page.locator("table.compare thead th").all_inner_texts()
    assert heads == ["What", "Current service", "Your plan", "Hospital", "Thin"]
    assert page.locator("figure.twenty").count() == 3
    assert re.search(r"✓ better|✗ worse|\? unclear", page.locator("table.compare").inner_text())
    assert not re.search(r"(better|worse|unclear) 9 of 10", page.locator("table.compare").inner_text()), (
        "a verdict runs into the range: “better 9 of 10” reads as a count"
    )
    assert re.search(r"(better|worse) in \d+.* of 20", page.locator(".multiples").inner_text())
    assert page.locator("svg.plot").count() == 1
    page.get_by_test_id("remove-0").click()
    page.wait_for_function("() => !location.search.includes('Hospital')")
    settled(page)
    expect(page.locator("table.compare thead th")).to_have_count(4)
    page.get_by_test_id("pin").click()
    page.wait_for_function("() => decodeURIComponent(location.search).includes('6+workers')")
    assert sheets(settled(page), tmp_path / "compare.pdf") == 1, "the report is one page on paper"
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_be_visible()
    expect(page.locator("nav.pages")).not_to_be_visible()


def test_an_assumption_changed_is_marked_everywhere_and_undone(server, visit, settled):
    page = visit(f"{server.url}/?page=assumptions&{SMALL}")
    page.get_by_test_id("find").fill("relationship contact gain")
    row = page.get_by_test_id("row-relationship.contact_gain")
    expect(row).to_contain_text("Nobody has measured this")
    row.locator("input").fill("0.25")
    row.locator("input").press("Enter")
    expect(row).to_contain_text("changed")
    page.wait_for_function("() => location.search.includes('relationship.contact_gain=0.25')")
    expect(page.get_by_test_id("find")).to_have_value("relationship contact gain")
    expect(row.locator("input")).to_be_focused()
    page.get_by_test_id("find").fill("overdose")
    assert page.locator("a[href*='//doi.org/10.']").count() > 0
    page.get_by_role("link", name="Explore").click()
    expect(page.get_by_test_id("changed-note")).to_contain_text("ontact gain: 0.25")
    assert "page=" not in page.evaluate("location.search")
    page.go_back()
    expect(page.get_by_test_id("find")).to_be_visible()
    page.get_by_role("link", name="Explore").click()
    page.get_by_test_id("changed-note").get_by_role("button").click()
    page.wait_for_function("() => !location.search.includes('relationship.contact_gain')")


def test_every_page_is_accessible_in_light_and_dark_and_narrow_enough(server, visit, violations):
    page = visit(f"{server.url}/?{PIN}&{SMALL}")
    for name, title in TITLES.items():
        page.get_by_role("link", name=title).click()
        expect(page).to_have_title(f"{title} · Peerbridge")
        expect(page.locator("main h2").first).to_be_visible()
        if name == "assumptions":  # some of the two hundred rows are enough for the checker
            page.get_by_test_id("find").fill("visit")
        page.wait_for_function("() => !document.querySelector('progress, .stale, .empty')", timeout=90_000)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function("() => !document.querySelector('progress, .stale, .empty')", timeout=90_000)
            assert violations(page) == [], f"{name}, {scheme}"
        page.set_viewport_size({"width": 320, "height": 640})
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        special = re.search(r"stochastic|replication|confidence interval", page.inner_text("body"), re.I)
        assert not special or name == "researchers", special
        page.set_viewport_size({"width": 1280, "height": 800})


def test_a_posterior_that_is_not_final_says_so_on_every_page(server, visit):
    page = visit(f"{server.url}/?{SMALL}")
    said = sentences.standing(drawn("people_who_use_drugs"))
    for name in TITLES:
        page.goto(f"{server.url}/?page={name}&{SMALL}")
        expect(page.locator("main h2").first).to_be_visible()
        expect(page.get_by_test_id("standing")).to_have_text([said] if said else [])


def test_a_draw_that_is_no_final_fit_has_its_words():
    fitted = drawn("people_who_use_drugs")
    assert "fewer simulations" in sentences.standing(replace(fitted, kind="posterior", label="provisional posterior"))
    assert sentences.standing(replace(fitted, kind="posterior", label="posterior of 21 numbers")) == ""
    assert "fitted to no study" in sentences.standing(replace(fitted, kind="prior", label="prior"))


def test_labels_of_targets_are_whole_and_do_not_overlap():
    names = ["C1 short", "C9-navigator − C9-usual Effect in the trial: readmission within 30 days after a stay, " * 2]
    svg = ElementTree.fromstring(spans([(n, [Span("now", 0.5, 1, 1.5)]) for n in names], "c", "x", (0, 2), 1.0))
    placed = [t for t in svg.iter("text") if t.get("x") == "0"]
    assert " ".join(t.text for t in placed).split() == " ".join(names).split()
    heights = [float(t.get("y")) for t in placed]
    assert min(b - a for a, b in pairwise(heights)) >= 12


def test_what_was_never_measured_is_named(server, visit):
    page = visit(server.url + "/?page=sure")
    expect(page.locator("main")).to_contain_text("What peer workers do to early departures. No controlled study")
    expect(page.locator("main")).to_contain_text("What is not in the model")
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("again")).to_be_visible()


@pytest.mark.slow
def test_futures_keep_chance_apart_from_what_nobody_knows(server, visit):
    page = visit(server.url + "/?page=sure")
    expect(page.get_by_test_id("status")).to_contain_text(re.compile(r"^64 (prior|simulated) futures"), timeout=120_000)
    assert page.locator("figure.twenty").count() == 2
    expect(page.locator("main")).to_contain_text(re.compile(r"Of ten parts of the spread"))


@pytest.mark.slow
def test_why_did_this_change_sums_to_the_whole(server, visit, settled, sheets, tmp_path):
    page = settled(visit(server.url))
    page.get_by_test_id("why-ways").click()
    bars = page.locator("figure.bars")
    expect(bars).to_be_visible(timeout=180_000)
    values = [float(t.split(" ")[0].replace("−", "-")) for t in bars.locator("text.value").all_text_contents()]
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=0.06 * len(values))
    assert sheets(page, tmp_path / "why.pdf") == 1, "with the split too it is one page on paper"
    page.emulate_media(media="print")
    expect(bars.get_by_text("Keeping in touch after going home")).to_be_visible()
    expect(page.locator(".chained")).not_to_be_visible()


def test_the_plan_of_a_page_opens_as_a_scenario_file(tmp_path):
    from dashboard.catalogue.levers import config
    from dashboard.pages.researchers import parameters_file, plan_file
    from scenarios import load

    plan = config({"population.size": 500, "relationship.contact_gain": 0.25}, {"programme.peers": 3})
    file = tmp_path / "plan.toml"
    file.write_text(plan_file(plan), encoding="utf-8")
    opened = load(file)
    assert opened.programme.peers == 3 and opened.parameters == {"relationship.contact_gain": 0.25}
    assert "relationship.contact_gain,0.25," in parameters_file(plan)


@pytest.mark.slow
def test_researchers_get_a_live_model(server, visit, violations):
    page = visit(server.url + "/?page=researchers&peers=3&population.size=500")
    page.get_by_test_id("live").click()
    page.get_by_role("button", name="Step").click()
    expect(page.get_by_text(re.compile(r"Step: 1\b|Time: 1\.0"))).to_be_visible()  # Mesa 3.3 and 3.5
    assert page.get_by_text("Console").count() == 0  # it would run code on the server
    expect(page.locator(".mesa img").first).to_have_attribute("alt", "census and boarding, day by day")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme


def test_four_named_plans_fit_on_one_sheet_with_whole_names(server, visit, settled, sheets, tmp_path):
    page = visit(f"{server.url}/?page=compare&{SMALL}")
    page.get_by_test_id("pin-four").click()
    page.wait_for_function("() => decodeURIComponent(location.search).split('pin=').length === 5")
    page.wait_for_function("() => document.querySelectorAll('table.compare thead th').length === 7")
    names = settled(page).locator("table.compare thead th").all_inner_texts()[3:]
    drawn = " ".join(page.locator("svg.plot text.label").all_text_contents())
    for name in names:
        assert name in drawn, f"{name} is cut in {drawn}"
    assert sheets(page, tmp_path / "four.pdf") == 1


def test_certainty_and_the_year_are_whole_on_paper(server, visit, sheets, tmp_path):
    page = visit(f"{server.url}/?page=sure&{SMALL}")
    expect(page.get_by_test_id("status")).to_contain_text(re.compile(r"^64 (prior|simulated) futures"), timeout=120_000)
    sheets(page, tmp_path / "sure.pdf")
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_contain_text("Printed on")
    for shown in ("i.chance", "i.unknown"):
        if page.locator(shown).count():
            assert page.locator(shown).first.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"
    expect(page.locator("[data-link]")).to_have_text(page.evaluate("location.href"))
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Watch a year").click()
    expect(page.get_by_test_id("canvas")).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 700, "height": 1000})
    box = page.get_by_test_id("canvas").bounding_box()
    assert box["x"] + box["width"] <= 700, "the picture is cut at the edge of the sheet"
    expect(page.locator(".paper")).to_contain_text("one simulated year; your plan")
    assert page.locator(".key i").first.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"


def test_a_plan_that_changes_nothing_has_no_axis_and_no_doubt():
    from dashboard.catalogue.headline_outcomes import LOOKS
    from dashboard.compute.worker import Runs
    from dashboard.pages import sure
    from experiments.uncertainty.prior_sample import prior_draws

    look = LOOKS["readmission_30d"]
    for value, said in ((0.2, "changes nothing here"), (np.nan, "nobody is counted here")):
        same = Runs({look.outcome: np.full(64, value)}, {}, np.arange(64) // 2)
        html = sure.page(look, same, same, prior_draws("people_who_use_drugs", 32), "prior futures")
        assert said in html and "<svg" not in html and "doubt comes from" not in html


def test_sources_are_links():
    from dashboard.ui.render import linked

    assert linked("A <b> (Kurdyak, 10.1176/appi.ps.201600507), wide.") == (
        'A &lt;b&gt; (Kurdyak, <a class="doi" href="https://doi.org/10.1176/appi.ps.201600507" rel="noreferrer">'
        "10.1176/appi.ps.201600507</a>), wide."
    )
