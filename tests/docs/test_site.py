"""The documentation site: built with warnings as errors, read from the file system, asking nothing of the network."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import peerbridge
from tests.support.server import CHROMIUM

ROOT = Path(__file__).parents[2]
LOADS = {"script": "src", "img": "src", "source": "src", "iframe": "src", "link": "href"}
"""Tags that make a browser fetch something, with the attribute that says what."""

ONLY_NAMED = {"canonical", "next", "prev"}
"""Links in the head that a browser does not follow by itself."""


class Page(HTMLParser):
    """What a page fetches, where it links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.places |= {held[key] or "" for key in ("id", "name") if held.get(key)}
        if tag == "a" and held.get("href"):
            self.links.append(held["href"] or "")
        if tag in LOADS and held.get(LOADS[tag]) and held.get("rel") not in ONLY_NAMED:
            self.fetched.append(held[LOADS[tag]] or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built."""
    to = tmp_path_factory.mktemp("site")
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(to)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return to


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page of the site, read."""
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_page_of_the_docs_is_built_and_no_script_is(site: Path) -> None:
    docs = ROOT / "docs"
    for page in docs.rglob("*.md"):
        assert (site / page.relative_to(docs)).with_suffix(".html").exists(), page
    assert not list(site.rglob("*.py")) and not (site / "build").exists()


def test_the_python_reference_has_every_public_name(pages: dict[Path, Page], site: Path) -> None:
    places = pages[site / "reference" / "python.html"].places
    assert [name for name in peerbridge.__all__ if name.isidentifier() and not name.isupper()
            and f"peerbridge.{name}" not in places] == []  # fmt: skip


def test_no_page_fetches_anything_from_a_foreign_host(site: Path, pages: dict[Path, Page]) -> None:
    assert len(pages) > 40
    for path, page in pages.items():
        assert len(page.fetched) > 4, path
        for url in page.fetched:
            parts = urlsplit(url)
            assert parts.scheme in ("", "data") and not parts.netloc, f"{path.relative_to(site)}: {url}"
            if not parts.scheme and path.name != "404.html":
                assert (path.parent / unquote(parts.path)).exists(), f"{path.relative_to(site)}: {url}"
    for sheet in site.rglob("*.css"):
        urls = re.findall(r"""(?:url\(|@import\s+)["']?(?:https?:)?//[^)"']+""", sheet.read_text(encoding="utf-8"))
        assert not urls, f"{sheet.relative_to(site)}: {urls}"


def test_every_link_within_the_site_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    followed = 0
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = there / "index.html" if there.is_dir() else there
            assert there.exists(), f"{path.relative_to(site)}: {link}"
            if parts.fragment and there in pages:
                assert unquote(parts.fragment) in pages[there].places, f"{path.relative_to(site)}: {link}"
            followed += 1
    assert followed > 1_000


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_search_works_from_the_file_system_and_pages_fit_the_screen(site: Path, width: int) -> None:
    if CHROMIUM is None:
        pytest.skip("no browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 844})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index", "reference/parameters", "reference/python", "tutorials/first-sweep", "gallery/index"):
            page.goto(f"{site.as_uri()}/{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if width < 1000:
            page.locator("label.md-header__button[for=__search]").click()
        page.locator(".md-search__input").click()
        page.locator(".md-search__input").press_sequentially("boarding")
        page.locator(".md-search-result__item").first.wait_for(timeout=20_000)
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
