"""docs/calibration.md says what is shipped, and its program for a second opinion is Python that finds its names."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "calibration.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def posterior():
    spec = importlib.util.spec_from_file_location("posterior", DOCS / "posterior.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_says_what_is_shipped(posterior):
    assert posterior.fill(TEXT) == TEXT, "run `python docs/posterior.py`"


def test_a_folder_without_a_finished_calibration_is_refused(posterior, tmp_path):
    with pytest.raises(SystemExit, match="holds no calibration"):
        posterior.ship(tmp_path, tmp_path / "to")
    (tmp_path / "calibration.json").write_text('{"format": "peerbridge calibration 1", "state": "running"}')
    with pytest.raises(SystemExit, match="holds no finished calibration"):
        posterior.ship(tmp_path, tmp_path / "to")
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_every_name_that_a_program_takes_from_here_is_there(block):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in (
            "experiments",
            "scenarios",
            "simulation",
        ):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, name.name) for name in node.names)
