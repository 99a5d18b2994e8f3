"""docs/studies.md is written from the code, names every key and design, and its examples are studies."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from experiments.designs import KINDS
from experiments.study_file import read_study_file

PAGE = Path(__file__).parents[2] / "docs" / "studies.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def studies() -> ModuleType:
    spec = importlib.util.spec_from_file_location("studies_page", PAGE.with_name("studies.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(studies: ModuleType) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert studies.fill(text) == text, "run `python docs/studies.py`"


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
