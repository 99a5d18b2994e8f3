"""Watch a year in a real browser."""

import re

from playwright.sync_api import expect


def test_a_year_plays_steps_and_tells_two_lives(server, visit):
    page = visit(server.url + "/?page=watch&population.size=800")
    expect(page.get_by_test_id("canvas")).to_be_visible()
    expect(page.get_by_test_id("today")).to_contain_text(re.compile(r"Day 1: [\d,]+ people at home"))
    page.get_by_test_id("on").click()
    expect(page.get_by_test_id("day")).to_have_text("2 of 365")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("day")).to_have_text(re.compile(r"^([4-9]|\d\d+) of 365"))
    page.get_by_test_id("play").click()
    page.get_by_test_id("scrub").focus()
    page.keyboard.press("End")
    expect(page.get_by_test_id("day")).to_have_text("365 of 365")
    assert float(page.get_by_test_id("canvas").get_attribute("data-cost")) < 100
    page.get_by_test_id("suggestions").get_by_role("button").first.click()
    expect(page.get_by_test_id("parting")).to_contain_text("The two lives part")
    assert page.locator("ol.story").count() == 2
    page.get_by_test_id("person").fill("7")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("parting")).to_contain_text("Person 7.")
    page.get_by_test_id("worker").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("worker-story")).to_contain_text("visits and")
    page.get_by_test_id("watch-now").click()
    expect(page.get_by_test_id("today")).to_contain_text("No peer workers")
