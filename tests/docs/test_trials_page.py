"""docs/how-to/trials.md names every measure in its reference, and its examples are trials."""

import re
from pathlib import Path

import pytest

from scenarios.trial_files.measures import MEASURES
from scenarios.trial_files.read import read_trial

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "trials.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_has_every_measure() -> None:
    text = (PAGE.parents[1] / "reference" / "trials.md").read_text(encoding="utf-8")
    for name in MEASURES:
        assert f"| `{name}` |" in text


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_are_trials(number: int, tmp_path: Path) -> None:
    file = tmp_path / "my-trial.toml"
    file.write_text(EXAMPLES[number], encoding="utf-8")
    assert read_trial(file).trial.n >= 2


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5
