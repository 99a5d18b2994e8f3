"""The first page in a real browser."""

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from playwright.sync_api import expect

from dashboard.ui import sentences


def card(page, name):
    return page.get_by_test_id(f"card-{name}").inner_text()


def test_numbers_are_there_at_once_without_a_network(server, visit, settled):
    page = settled(visit(server.url))
    assert 'data-testid="card-outcome"' in page.request.get(server.url).text(), "the next visitor waits for no script"
    expect(page).to_have_title("Explore · Peerbridge")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "user-scalable" not in page.locator("meta[name=viewport]").get_attribute("content")
    assert re.search(
        r"\d+ in (100|1,000)\s+with your plan\s+Current service: \d+ in (100|1,000)", card(page, "outcome")
    )
    change = card(page, "change")
    assert re.search(r"(No clear change|(fewer|more) in (100|1,000)).*Mean of 16, in 100: [−+]?\d", change, re.S)
    sure = card(page, "sure")
    assert re.search(r"(Clearly (better|worse)|Not clear).*better in \d+[^.]* of 20", sure, re.S)
    assert re.search(r"If (every assumption|the model) is right", sure)
    headline = page.get_by_test_id("headline").inner_text()
    assert headline.startswith("With 6 peer workers who keep in touch for 90 days, ")
    assert re.search(r"(fewer|more).*(anything from|of (100|1,000)).*\.$", headline)
    assert page.locator(".effect circle.good, .effect rect.bad, .effect circle.same").count() == 20
    for part in ("headline", "effect", "badges", "card-outcome", "card-change", "card-sure", "programme.peers"):
        box = page.get_by_test_id(part).bounding_box()
        assert box["y"] + box["height"] <= 800, f"{part} needs scrolling"
    body = page.inner_text("body")
    assert sentences.PURPOSE in body and sentences.LIMITS in body
    expect(page.locator(".chart .counted")).to_have_text(
        "Of 100 people who go home: how many have come back to hospital"
    )
    assert page.locator(".hundred circle").count() == 200 and page.locator("figure.effect").count() == 1
    assert "The chain, in numbers of this plan" in body
    assert not re.search(r"stochastic|replication|\bCI\b|confidence interval", body, re.I)
    a_lever_moved_by_keyboard_moves_numbers_budget_and_address(page, settled)


def on_paper(page, count):
    assert count == 1, "Explore is one page on paper"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')") == "#1d2430"
    expect(page.locator(".paper")).to_contain_text("not a forecast")
    expect(page.locator("[data-link]")).to_have_text(page.evaluate("location.href"))
    expect(page.get_by_test_id("programme.peers")).not_to_be_visible()
    page.emulate_media(media="screen", color_scheme="light")


def a_lever_moved_by_keyboard_moves_numbers_budget_and_address(page, settled):
    before, budget = card(page, "outcome"), page.get_by_test_id("budget").inner_text()
    ticks = page.get_by_test_id("chart").locator("g text").all_inner_texts()
    lever = page.get_by_test_id("programme.peers")
    lever.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("programme.peers-number")).to_have_value("10")
    page.wait_for_function("() => location.search.includes('peers=10')")
    settled(page)
    assert page.get_by_test_id("budget").inner_text() != budget
    assert page.get_by_test_id("chart").locator("g text").all_inner_texts()[:5] == ticks[:5], "the axis does not jump"
    page.get_by_test_id("programme.peers-number").fill("6")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('peers=6')")
    settled(page)
    assert card(page, "outcome") == before
    page.get_by_test_id("reset").click()
    expect(page.get_by_test_id("card-change")).to_contain_text("No change")
    page.get_by_test_id("start").select_option("hospital-only")
    expect(page.get_by_test_id("programme.follow_up_days-number")).to_have_value("0")


def test_a_link_gives_the_same_numbers_to_somebody_else_and_people_do_not_meet(server, visit, settled):
    first = settled(visit(f"{server.url}/?peers=9&follow_up_days=30&look=linkage_30d&population.size=1000"))
    numbers = card(first, "outcome"), card(first, "change")
    assert "First visit to care" in numbers[0]
    second = settled(visit(first.evaluate("location.href"), apart=True))
    assert (card(second, "outcome"), card(second, "change")) == numbers
    second.get_by_test_id("programme.peers-number").fill("3")
    second.keyboard.press("Enter")
    second.wait_for_function("() => location.search.includes('peers=3')")
    assert (card(settled(second), "outcome"), card(second, "change")) != numbers
    expect(first.get_by_test_id("programme.peers-number")).to_have_value("9")
    assert (card(first, "outcome"), card(first, "change")) == numbers


def test_a_bad_link_says_what_was_not_used(server, visit, settled):
    page = settled(
        visit(
            server.url + "/?peers=abc&follow_up_days=9999&nonsense=<script>alert(1)</script>&page=x&population.size=600"
        )
    )
    notice = page.get_by_test_id("bad-link")
    expect(notice).to_contain_text("“abc” is no value for peers")
    expect(notice).to_contain_text("“nonsense” is not a setting")
    expect(page.get_by_test_id("programme.follow_up_days-number")).to_have_value("365")


def test_the_chart_is_read_by_arrow_keys_and_saved_as_data_and_pictures(server, visit, settled):
    page = settled(visit(server.url))
    page.get_by_test_id("chart").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".readout")).to_contain_text(re.compile(r"Day 30: Current service \d+.* in 100"))
    page.get_by_test_id("single").click()
    expect(page.locator(".one.plan")).to_have_count(16)
    page.get_by_test_id("table").locator("summary").click()
    expect(page.get_by_test_id("table").locator("tbody tr")).to_have_count(7)

    def saved(kind):
        with page.expect_download() as download:
            page.get_by_test_id(f"save-{kind}").click()
        return Path(download.value.path()).read_bytes()

    lines = saved("csv").decode().splitlines()
    assert lines[0].startswith("# Peerbridge") and "seed" in lines[0]
    rows = list(csv.DictReader(io.StringIO("\n".join(x for x in lines if not x.startswith("#")))))
    assert {r["plan"] for r in rows} == {"now", "plan"}
    assert float(rows[0]["readmission_30d"]) > 0
    drawing = ElementTree.fromstring(saved("svg"))
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg" and float(drawing.get("width")) > 400
    styles = [node.get("style", "") for node in drawing.iter()]
    assert sum("stroke-dasharray:7px, 5px" in style for style in styles) >= 1, "the current service is dashed"
    written = " ".join(node.text or "" for node in drawing.iter() if node.tag.endswith("text"))
    for words in ("hospital within 30 days", "Your plan: Peer workers: 6 posts",
                  "Simulated, not observed", "model ", str(datetime.now(UTC).year)):  # fmt: skip
        assert words in written, f"a saved picture does not say: {words}"
    png = saved("png")
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and int.from_bytes(png[16:20], "big") > 800


def test_what_there_is_today_can_be_set_and_stands_in_the_link(server, visit, settled, sheets, tmp_path):
    page = settled(visit(f"{server.url}/?population.size=1000"))
    on_paper(page, sheets(page, tmp_path / "explore.pdf"))
    budget = page.get_by_test_id("budget").inner_text()
    page.get_by_test_id("today").locator("summary").click()
    page.get_by_test_id("now.programme.peers-number").fill("2")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('now.peers=2')")
    expect(page.get_by_test_id("today").locator("summary")).to_contain_text("2 workers")
    expect(page.get_by_test_id("budget")).to_contain_text("more than now")
    settled(page)
    page.get_by_test_id("adopt").click()
    settled(page)
    expect(page.get_by_test_id("card-change")).to_contain_text("No change")
    page.get_by_test_id("nobody").click()
    page.wait_for_function("() => !location.search.includes('now.')")
    settled(page)
    expect(page.get_by_test_id("budget")).not_to_contain_text("than now")
    assert page.get_by_test_id("budget").inner_text() == budget


def test_dark_goes_to_both_edges_of_a_wide_screen(server, visit):
    page = visit(server.url, width=1920, height=1080, apart=True, color_scheme="dark")
    expect(page.get_by_test_id("programme.peers")).to_be_visible()
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(18, 22, 28)"
    behind = """x => { let e = document.elementFromPoint(x, 600), c; do { c = getComputedStyle(e).backgroundColor
      e = e.parentElement } while (c === 'rgba(0, 0, 0, 0)'); return c }"""
    assert [page.evaluate(behind, x) for x in (30, 1890)] == [ground, ground]


def test_one_person_is_no_crash(server, visit, settled):
    page = settled(visit(f"{server.url}/?population.size=1"))
    assert page.get_by_test_id("crash").count() == 0
    expect(page.get_by_test_id("changed-note")).to_contain_text("People followed: 1 person.")


def test_a_source_of_a_lever_is_a_link(server, visit):
    page = visit(f"{server.url}/?population.size=600")
    page.get_by_role("button", name="What is known: Workers per supervisor").click()
    expect(page.locator(".known a.doi")).to_have_attribute("href", "//doi.org/10.1176/appi.ps.20230112")


def test_the_answer_comes_first_is_heard_and_says_what_it_rests_on(server, visit, settled, violations):
    page = settled(visit(f"{server.url}/?population.size=600", width=390, height=844))
    headline = page.get_by_test_id("headline")
    assert headline.bounding_box()["y"] < page.get_by_test_id("programme.peers").bounding_box()["y"]
    assert headline.bounding_box()["y"] + headline.bounding_box()["height"] <= 844, "the answer needs scrolling"
    expect(page.get_by_test_id("heard")).to_have_text(f"Answer: {headline.inner_text()}")
    assert page.get_by_test_id("heard").get_attribute("aria-live") == "polite"
    tree = page.locator("main").aria_snapshot()
    assert headline.inner_text()[:60] in tree and tree.index(headline.inner_text()[:60]) < tree.index("Your plan")
    badges = page.get_by_test_id("badges")
    expect(badges.locator(".chip")).to_have_text(
        ["direction assumed", re.compile("size (open|rough|known)"), "trials, of other workers"]
    )
    badges.locator("summary").click()
    expect(badges).to_contain_text(re.compile(r"Before any data, \d+ of 100 draws of it make this better"))
    assert badges.locator("a.doi").count() == 1
    rests = page.get_by_test_id("rests")
    rests.locator("summary").click()
    assert rests.locator(".chip").count() == 3 * page.locator("table.else tbody tr").count()
    expect(rests).to_contain_text("No controlled study anywhere has estimated what peer workers do")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    page.get_by_test_id("look").select_option("linkage_30d")
    expect(page.get_by_test_id("heard")).to_contain_text("first visit to care")
    expect(badges.locator(".chip").last).to_have_text("a study, not by lot")
