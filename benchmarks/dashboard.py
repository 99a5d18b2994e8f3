"""How fast the dashboard answers, in a real browser: echo, busy state, first and refined estimate, cold page, Stop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.figures import Benchmark, Figure
from experiments.support.machine import allowed_cores
from tests.support.server import CHROMIUM, started

WATCH = """() => {
  const seen = window.seen = {}; let began = 0
  const start = () => {
    began = performance.now()
    for (const what of ['echo', 'busy', 'first', 'range', 'stopped']) seen[what] = null
  }
  document.addEventListener('keydown', start, true); document.addEventListener('mousedown', start, true)
  const note = what => { if (seen[what] === null) seen[what] = performance.now() - began }
  const by = id => document.querySelector(`[data-testid="${id}"]`)
  const see = (node, then, what) => new MutationObserver(then).observe(node, what)
  see(document.querySelector('.side'), () => note('echo'), { subtree: true, attributes: true, childList: true })
  see(document.querySelector('.top'), () => {
    if (/Updating/.test(by('status').innerText)) note('busy')
    if (by('again')) note('stopped')
  }, { subtree: true, childList: true, characterData: true })
  const moved = { subtree: true, attributes: true, attributeFilter: ['d'] }
  const banded = () => { note('first'); if (document.querySelector('.band.plan')) note('range') }
  see(document.querySelector('.chart svg'), banded, { ...moved, childList: true })
}"""
"""Notes in the page itself, in ms since the last key or press: echo of the lever, busy state, first change of the
chart, first band, and the answer to Stop."""


def measure(quick: bool) -> list[Figure]:
    """Start a server, open pages, move a lever."""
    with served() as (browser, url):
        return figures(browser, url, 2 if quick else 8)


@contextmanager
def served() -> Iterator[tuple[Any, str]]:
    """A browser, and the address of a server for it.

    Raises:
        RuntimeError: There is no chromium.
    """
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        raise RuntimeError("no chromium on this machine")
    with started() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser, url
        browser.close()


def settle(page: Any) -> None:
    """Wait until a page shows its final numbers."""
    page.wait_for_function(
        "() => /simulated (years|futures) of each plan/"
        ".test(document.querySelector('[data-testid=status]')?.innerText || '') && !document.querySelector('.stale')",
        timeout=180_000,
    )


def figures(browser: Any, url: str, moves: int) -> list[Figure]:
    """Open pages of a server in a browser, and move a lever so often."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(url)
    page.get_by_test_id("programme.peers").wait_for(timeout=180_000)
    settle(page)
    numbers, levers = [], []
    for _ in range(moves):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        other = context.new_page()
        began = time.perf_counter()
        other.goto(url, wait_until="commit")
        other.get_by_test_id("card-outcome").wait_for()
        numbers.append(time.perf_counter() - began)
        other.get_by_test_id("programme.peers").wait_for()
        levers.append(time.perf_counter() - began)
        context.close()
    page.evaluate(WATCH)
    page.get_by_test_id("programme.follow_up_days").focus()
    seen, refined, cached, stopped = [], [], [], []
    for _ in range(moves):
        began = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => window.seen.first !== null", timeout=180_000)
        page.wait_for_timeout(50)
        settle(page)
        refined.append(time.perf_counter() - began)
        seen.append(page.evaluate("({...window.seen})"))
    for key in ["ArrowLeft", "ArrowRight"] * (moves // 2):
        page.keyboard.press(key)
        page.wait_for_function("() => window.seen.first !== null", timeout=180_000)
        cached.append(page.evaluate("window.seen.first"))
        settle(page)
    for _ in range(moves):
        page.get_by_test_id("programme.peers").focus()
        page.keyboard.press("ArrowRight")  # a plan never asked for: one that is known has nothing to stop
        page.get_by_test_id("stop").click()
        page.wait_for_function("() => window.seen.stopped !== null", timeout=180_000)
        stopped.append(page.evaluate("window.seen.stopped"))
    page.goto(f"{url}/?page=watch")
    page.get_by_test_id("canvas").wait_for(timeout=180_000)
    page.wait_for_timeout(500)
    frames = []
    for _ in range(10):
        page.get_by_test_id("on").click()
        frames.append(float(page.get_by_test_id("canvas").get_attribute("data-cost")))

    def middle(what: str) -> float:
        return _middle([each[what] for each in seen])

    return [
        Figure("slider echo", middle("echo"), "ms", at_most=50),
        Figure("busy state", middle("busy"), "ms", at_most=200),
        Figure("first estimate", middle("first"), "ms", at_most=300, note="4 futures of a plan never asked for"),
        Figure("first range", middle("range"), "ms", note="16 futures of it"),
        Figure("refined estimate", median(refined), "s", at_most=2, note="64 futures of it"),
        Figure("a plan seen before", _middle(cached), "ms", at_most=100),
        Figure("cold page to first numbers", median(numbers), "s", at_most=2, note="new browser profile, warm server"),
        Figure("cold page to levers that answer", median(levers), "s", note="the same page"),
        Figure("Stop", _middle(stopped) / 1000, "s", at_most=0.5),
        Figure(
            "one frame of Watch a year", median(frames), "ms", at_most=100, note="6,000 people; drawn in the browser"
        ),
    ]


def _middle(values: list[float | None]) -> float:
    known = [v for v in values if v is not None]
    return median(known) if known else float("nan")


BENCHMARK = Benchmark(
    "dashboard",
    "The dashboard",
    f"Medians in Debian's chromium on the same machine, with `peerbridge serve` and {allowed_cores()} workers; an echo "
    "is the lever's own value, an estimate the moment when the chart moves. Levers are moved by keys; a mouse waits "
    "for a pause of 80 ms.",
    measure,
)
