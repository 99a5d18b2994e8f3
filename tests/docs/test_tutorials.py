"""The tutorials run as they stand and print what they show."""

from pathlib import Path

import pytest

from docs.build import tutorials

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "tutorials").glob("*.md"))


# Eleven commands: what each of them does has fast tests of its own.
SLOW = "laptop-to-cluster"


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=page.stem, marks=pytest.mark.slow if page.stem == SLOW else ()) for page in PAGES],
)
def test_the_page_shows_what_its_steps_print(page):
    text = page.read_text(encoding="utf-8")
    assert tutorials.run_page(text) == text, "run `python -m docs.build tutorials`"


def test_there_are_three():
    assert len([page for page in PAGES if page.name != "index.md"]) == 3


@pytest.mark.parametrize(
    "text",
    ["```console\n$ exit 3\n```\n", "```console exit=2\n$ true\n```\n", "```python\n1 / 0\n```\n"],
)
def test_a_step_that_ends_otherwise_is_said(text):
    with pytest.raises(tutorials.StepFailed):
        tutorials.run_page(text)


def test_what_is_printed_replaces_what_was_there():
    steps = "```toml file=a.txt\nx = 1\n```\n```console\n$ cat a.txt\nold\n```\n"
    page = f"{steps}```python\nprint(2)\n```\n```text\nold\n```\n"
    assert tutorials.run_page(page) == page.replace("old", "x = 1", 1).replace("old", "2")
