"""Start with my hospital: the form in a real browser."""

import re

from playwright.sync_api import expect


def test_my_hospital_holds_for_every_page_and_is_kept_in_the_link(server, visit, settled, violations, tmp_path):
    page = settled(visit(f"{server.url}/?population.size=600&hospital.beds_per_unit=10"))
    before = page.get_by_test_id("card-outcome").inner_text()
    form = page.get_by_test_id("hospital")
    form.locator("summary").click()
    page.get_by_test_id("hospital-population.size").fill("50000")
    page.get_by_test_id("hospital-send").click()
    expect(page.get_by_test_id("hospital-errors")).to_contain_text("to 20,000; got 50,000")
    assert "50000" not in page.evaluate("location.search"), "nothing of a form with a mistake is used"
    for options in ({"color_scheme": "light"}, {"color_scheme": "dark"}):
        page.emulate_media(**options)
        assert violations(page) == [], options
    expect(page.get_by_test_id("hospital-population.size")).to_have_value("50000")
    page.get_by_test_id("hospital-population.size").fill("900")
    page.get_by_test_id("hospital-hospital.units").fill("3")
    page.get_by_test_id("hospital-hospital.units").press("Enter")
    page.wait_for_function("() => location.search.includes('population.size=900')")
    expect(page.get_by_test_id("hospital-errors")).to_have_count(0)
    expect(page.get_by_test_id("hospital-said")).to_contain_text("Every page uses these numbers now")
    expect(form.locator("summary")).to_have_text("My hospital")
    expect(page.get_by_test_id("status")).to_contain_text(re.compile("of each plan"), timeout=180_000)
    page.wait_for_function("() => !document.querySelector('.stale')", timeout=180_000)
    form.screenshot(path=tmp_path / "hospital.png")
    assert page.get_by_test_id("card-outcome").inner_text() != before
    page.get_by_role("link", name="Compare plans").click()
    expect(page.get_by_test_id("changed-note")).to_contain_text("People followed: 900")
