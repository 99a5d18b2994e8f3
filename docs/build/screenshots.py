"""Pictures of the dashboard's pages for the README, from a server of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PINS = "&".join((
    "pin=In+hospital+only~peers:6,follow_up_days:0", "pin=Thin+supervision~peers:6,peers_per_supervisor:12",
    "pin=Nine+workers~peers:9",
))  # fmt: skip
PAGES = {"explore": "", "compare": PINS, "sure": "", "assumptions": "", "watch": "", "researchers": ""}
"""Page → what else is in its address."""

READY = "() => !document.querySelector('progress, .stale, .empty')"


def take(folder: Path) -> None:
    """Write `dashboard-<page>.png`, 1280 by 800, into a folder."""
    from benchmarks.dashboard import served, settle  # needs what tests need: only who takes pictures has it

    with served() as (browser, url):
        page: Any = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.get_by_test_id("programme.peers").wait_for(timeout=180_000)
        settle(page)
        for name, more in PAGES.items():
            page.goto(f"{url}/?page={name}&{more}")
            page.locator("main h2").first.wait_for()
            page.wait_for_timeout(1_000)
            page.wait_for_function(READY, timeout=300_000)
            if name == "researchers":
                found = page.get_by_role("heading", name="Targets against predictions")  # there is one with a posterior
                if found.count():
                    found.evaluate("heading => heading.scrollIntoView()")
            if name == "watch":
                page.get_by_test_id("scrub").fill("200")
                page.get_by_test_id("scrub").blur()
            page.wait_for_timeout(500)
            page.screenshot(path=folder / f"dashboard-{name}.png")
