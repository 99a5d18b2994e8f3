"""docs/trials.md is written from the code, names every key and measure, and its examples are trials."""

import re
from pathlib import Path

import pytest

from docs.build import trials_page
from scenarios.trial_files.measures import MEASURES
from scenarios.trial_files.read import read_trial

PAGE = Path(__file__).parents[2] / "docs" / "trials.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert trials_page.fill(text) == text, "run `python -m docs.build.trials_page`"
    with pytest.raises(ValueError, match="has no mark"):
        trials_page.fill("nothing")


def test_the_page_has_every_measure() -> None:
    for name in MEASURES:
        assert f"| `{name}` |" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_are_trials(number: int, tmp_path: Path) -> None:
    file = tmp_path / "my-trial.toml"
    file.write_text(EXAMPLES[number], encoding="utf-8")
    assert read_trial(file).trial.n >= 2


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5
