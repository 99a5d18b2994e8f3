"""docs/how-to/studies.md names every design, and its examples are studies."""

import re
from pathlib import Path

import pytest

from experiments.studies.definition.reader import read_study_file
from experiments.studies.definition.samplers import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "studies.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_has_every_design(kind: str) -> None:
    assert f"| `{kind}` |" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_are_studies(number: int, tmp_path: Path) -> None:
    file = tmp_path / "my-study.toml"
    file.write_text(EXAMPLES[number], encoding="utf-8")
    plan = read_study_file(file)
    if number == 0:
        assert (plan.plans, len(plan.points) * plan.replications.most) == (8, 450)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3
