"""Links between pages lead somewhere: files and headings are there. No network is asked."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "scenarios/README.md")),
]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Names that a link may give after `#`, as both the site and a viewer of Markdown make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def test_pages_in_docs_stay_in_docs() -> None:
    """Only what is in docs/ is part of the site."""
    for page in PAGES:
        if page.is_relative_to(ROOT / "docs"):
            for target in re.findall(r"\]\(([^)\s#:]+)", prose(page)):
                assert (page.parent / target).resolve().is_relative_to(ROOT / "docs"), f"{page}: {target}"


CODE = ("simulation", "scenarios", "experiments", "dashboard", "benchmarks", "tests", "docs")


@pytest.mark.parametrize("folder", CODE)
def test_pages_that_code_names_are_there(folder: str) -> None:
    for file in (ROOT / folder).rglob("*.py"):
        for name in re.findall(r"\bdocs/[\w/.-]+\.md\b", file.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{file.relative_to(ROOT)}: {name}"


def test_prose_is_of_reasonable_width() -> None:
    for page in PAGES:
        for line in prose(page).splitlines():
            assert len(line) <= 120 or line.startswith(("|", "![")) or "](" in line, f"{page.name}: {line[:80]}"
