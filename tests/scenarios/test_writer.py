"""A written scenario holds every setting, loads back to the same hash, and keeps what people wrote as text."""

import tomllib
from pathlib import Path

import pytest

from scenarios import dump, load, names
from simulation.config import Config


@pytest.mark.parametrize("name", names())
def test_every_scenario_comes_back(name: str, tmp_path: Path) -> None:
    config = load(name)
    file = tmp_path / "again.toml"
    file.write_text(dump(config), encoding="utf-8")
    again = load(file)
    assert again == config.model_copy(update={"name": again.name}) and again.content_hash() == config.content_hash()


def test_all_settings_stand_in_the_file() -> None:
    config = load("bridge", ["programme.peers=6", "parameters.linkage.rate=0.031"])
    held = tomllib.loads(dump(config))
    assert {key: held[key] for key in config.settings() if key in held} == {
        key: values for key, values in config.settings().items() if values
    }
    assert dump(config).startswith(f"# All settings of a scenario; content hash {config.content_hash()}.\n")


def test_any_sign_is_text(tmp_path: Path) -> None:
    odd = 'A "quoted" \\ é ✓ [title] = # no comment'
    config: Config = load("bridge").model_copy(update={"title": odd, "sources": ["x\x07y", "a, b"]})
    file = tmp_path / "odd.toml"
    file.write_text(dump(config), encoding="utf-8")
    assert load(file).title == odd and list(load(file).sources) == ["xy", "a, b"]
