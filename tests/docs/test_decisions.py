"""Pages on decisions have a number each, in the name of the file and in the heading."""

import re
from pathlib import Path

PAGES = sorted((Path(__file__).parents[2] / "docs" / "explanation" / "decisions").glob("*.md"))


def test_every_page_has_a_number_of_its_own() -> None:
    names = [int(page.name.partition("-")[0]) for page in PAGES]
    headings = [re.match(r"# (\d+)\. ", page.read_text(encoding="utf-8")) for page in PAGES]
    assert names == list(range(1, len(PAGES) + 1))
    assert [int(found.group(1)) for found in headings if found] == names
