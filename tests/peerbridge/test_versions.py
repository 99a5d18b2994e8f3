"""Two versions, each declared once: the package's and the model's; the files that repeat them are in step."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import simulation
from experiments.execution.worker import fingerprint
from experiments.studies.store.layout import run_key
from experiments.support import version
from experiments.support.provenance import versions

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"\d+\.\d+\.\d+")


def test_the_command_line_shows_both() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "peerbridge", "--version"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == f"peerbridge {version.PACKAGE_VERSION} (model {simulation.VERSION})\n", done.stderr


def test_citation_and_changes_are_in_step() -> None:
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited and cited[1] == version.PACKAGE_VERSION
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (Package|Model) (\S+)", changes, re.MULTILINE)
    newest = {what: next(number for kind, number in headings if kind == what) for what in ("Package", "Model")}
    assert newest == {"Package": version.PACKAGE_VERSION, "Model": simulation.VERSION}


def test_a_new_version_of_the_model_is_marked_as_one_that_changes_numbers() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", changes, flags=re.MULTILINE)
    models = [part for part in parts if part.startswith("Model ")]
    assert len(models) > 1
    for part in models[:-1]:  # the first one had nothing to change
        assert "**[numbers]**" in part, part.splitlines()[0]


def test_the_package_takes_its_version_from_the_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"] and "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": f"{version.__name__}.PACKAGE_VERSION"}
    assert versions()["peerbridge"] == version.PACKAGE_VERSION


def test_only_the_version_of_the_model_enters_what_decides_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    monkeypatch.setattr(version, "PACKAGE_VERSION", "99.0.0")
    assert fingerprint() == before and simulation.VERSION in before
    key = run_key(f"{simulation.VERSION}+{simulation.SOURCE_HASH}", "c", 0, 0)
    assert key != run_key(f"9.9.9+{simulation.SOURCE_HASH}", "c", 0, 0)


def test_no_source_of_the_model_knows_the_version_of_the_package() -> None:
    for path in (ROOT / "simulation").rglob("*.py"):
        assert "PACKAGE_VERSION" not in path.read_text(encoding="utf-8"), path


def test_the_hashed_lock_has_the_versions_of_constraints_and_a_digest_of_each() -> None:
    pinned = {
        line.strip() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if "==" in line
    }
    whole = (ROOT / "constraints-hashed.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", whole)[1:]
    assert {entry.partition(" \\\n")[0].strip() for entry in entries} == pinned
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)
