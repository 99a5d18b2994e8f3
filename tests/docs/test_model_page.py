"""The model page and its tables hold every mechanism, parameter, source, setting, outcome and event."""

import re
from pathlib import Path

import pytest

from docs.build import model_pages
from simulation.config import MECHANISMS
from simulation.event_definitions import EVENT_LIST
from simulation.outcome_definitions import OUTCOMES
from simulation.parameters import PARAMETERS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    ("page", "names"), [("mechanisms", MECHANISMS), ("parameters", PARAMETERS), ("outcomes", OUTCOMES)]
)
def test_the_page_names_each(page: str, names: tuple[str, ...]) -> None:
    text = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_page_holds_every_event() -> None:
    text = (REFERENCE / "events.md").read_text(encoding="utf-8")
    assert [name for name in EVENT_LIST if f"| {name} |" not in text] == []


def test_the_page_holds_every_source() -> None:
    text = (REFERENCE / "parameters.md").read_text(encoding="utf-8")
    missing = {p.source for p in PARAMETERS.values() if p.source.replace("|", "\\|") not in text}
    assert not missing


def test_the_order_of_a_day_has_a_line_for_every_step() -> None:
    listed = model_pages.day().splitlines()
    assert len(listed) >= 15 and all(re.match(r"\d+\. [a-z]", line) for line in listed)
    assert {"discharge", "consult", "referral"} <= set(re.findall(r"[a-z]+", " ".join(listed)))
    sections = re.findall(r"^## \d+\. `(\w+)`", model_pages.mechanisms(), re.M)
    assert tuple(sections) == MECHANISMS
