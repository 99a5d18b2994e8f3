"""docs/explanation/calibration.md: what is shipped, and a program for a second opinion that finds its names."""

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

import simulation
from docs.build import posterior_pages

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "explanation" / "calibration.md").read_text(encoding="utf-8")


def test_a_folder_without_a_finished_calibration_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="holds no calibration"):
        posterior_pages.ship(tmp_path, tmp_path / "to")
    (tmp_path / "calibration.json").write_text('{"format": "peerbridge calibration 2", "state": "running"}')
    with pytest.raises(SystemExit, match="holds no finished calibration"):
        posterior_pages.ship(tmp_path, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def finished(made, model):
    """A folder that looks like a finished calibration of a model."""
    made.mkdir()
    specification = {"design": {"profile": "somebody"}, "model": model}
    record = {"format": "peerbridge calibration 2", "state": "complete", "specification": specification}
    record["command_line"] = "peerbridge calibrate --out /home/me/fit --workers 2"
    (made / "calibration.json").write_text(json.dumps(record))
    for name in ("posterior.parquet", "predictions.parquet", *(f"{table}.csv" for table in posterior_pages.TABLES)):
        (made / name).write_text(name)
    return made


def test_what_is_shipped_names_no_folder_of_the_machine_that_made_it(tmp_path, monkeypatch):
    made = finished(tmp_path / "made", f"{simulation.VERSION}+other sources")
    monkeypatch.setattr(posterior_pages, "read_draws", str)
    monkeypatch.setattr(posterior_pages, "differing", lambda *_: [])
    assert posterior_pages.ship(made, tmp_path / "to") == "somebody"
    held = json.loads((tmp_path / "to" / "somebody.json").read_text())
    assert held["command_line"] == "peerbridge calibrate --out results/calibration --workers 2"
    assert (tmp_path / "to" / "somebody.parquet").read_text() == "posterior.parquet"
    assert len([p for p in (tmp_path / "to").iterdir() if not p.name.startswith(".")]) == 11  # beside their digests


def test_a_fit_of_another_model_is_not_shipped(tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="was fitted to model 0.1.0"):
        posterior_pages.ship(finished(tmp_path / "old", "0.1.0+x"), tmp_path / "to")
    monkeypatch.setattr(posterior_pages, "read_draws", str)
    monkeypatch.setattr(posterior_pages, "differing", lambda *_: ["draw 0: C1 is 0.2 and was 0.1"])
    with pytest.raises(SystemExit, match="gives other numbers .* C1 is 0.2 and was 0.1"):
        posterior_pages.ship(finished(tmp_path / "moved", f"{simulation.VERSION}+x"), tmp_path / "to")
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
