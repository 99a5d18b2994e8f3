"""docs/model.md is written from the code and holds every mechanism, parameter, source, setting and outcome."""

from pathlib import Path

import pytest

from docs.build import model_page
from simulation.config import MECHANISMS
from simulation.outcome_definitions import OUTCOMES
from simulation.parameters import PARAMETERS

PAGE = Path(__file__).parents[2] / "docs" / "model.md"


def test_the_page_is_up_to_date():
    text = PAGE.read_text()
    assert model_page.fill(text) == text, "run `python -m docs.build.model_page`"


@pytest.mark.parametrize("name", [*MECHANISMS, *PARAMETERS, *OUTCOMES])
def test_the_page_names(name):
    assert f"`{name}`" in PAGE.read_text()


def test_the_page_holds_every_source():
    text = PAGE.read_text()
    missing = {p.source for p in PARAMETERS.values() if p.source.replace("|", "\\|") not in text}
    assert not missing


def test_the_order_of_a_day_names_every_mechanism():
    listed = model_page.day()
    numbers = {int(n) for line in listed.splitlines() for n in line.split("(mechanisms ")[1].rstrip(")").split(", ")}
    assert numbers == set(range(1, len(MECHANISMS) + 1))


def test_a_missing_marker_is_refused():
    with pytest.raises(ValueError, match="no part 'counts'"):
        model_page.fill("nothing here")
