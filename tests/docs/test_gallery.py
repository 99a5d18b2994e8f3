"""The worked examples run, and their pages are those of their scripts."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from docs.build import gallery_pages
from docs.build.gallery.example import Example, Size

SMALL = Size(replications=4, people=600)


@pytest.mark.parametrize("name", gallery_pages.NAMES)
def test_the_script_answers_its_question(name: str) -> None:
    answer: Example = gallery_pages.script(name).example(SMALL)
    assert re.search(r"\d", answer.answer) and "nan" not in answer.answer
    assert len(answer.rows) >= 2 and all(len(row) == len(answer.head) for row in answer.rows)
    drawing = ElementTree.fromstring(answer.picture)
    assert drawing.tag.endswith("svg") and len(drawing.findall(".//{*}text")) > 5
    assert "Parameters: " in answer.runs and "4 simulated" in answer.runs
    page = gallery_pages.text_of(name, answer)
    assert "*Simulated with model" in page and "**What this does not tell.**" in page


@pytest.mark.parametrize("name", gallery_pages.NAMES)
def test_the_page_is_of_this_script(name: str) -> None:
    page = gallery_pages.path(name).read_text(encoding="utf-8")
    title, _ = gallery_pages.question(name)
    assert page.startswith(f"# {title}\n") and gallery_pages.source(name) in page, "run `python -m docs.build gallery`"
    assert re.search(r"\*Simulated with model [\d.]+: \d+ simulated .* Parameters: \w+", page, re.DOTALL)
    ElementTree.parse(gallery_pages.path(name).with_suffix(".svg"))


def test_there_are_ten_and_the_front_page_of_the_gallery_has_them() -> None:
    index = (gallery_pages.GALLERY / "index.md").read_text(encoding="utf-8")
    scripts = {file.stem for file in (gallery_pages.DOCS / "build" / "gallery").glob("*.py")} - {"__init__", "example"}
    assert scripts == set(gallery_pages.NAMES) and len(scripts) == 10
    assert all(f"({gallery_pages.path(name).name})" in index for name in gallery_pages.NAMES)
