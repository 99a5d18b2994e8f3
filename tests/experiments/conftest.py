"""Runs on a stand-in for the model, so that these tests are about experiments and not about numbers."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAKE = Path(__file__).with_name("fake_model.py")
STAND_IN = Path(__file__).with_name("stand_in")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`simulate` replaced in this process."""
    spec = importlib.util.spec_from_file_location("fake_model", FAKE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import simulation

    monkeypatch.setattr(simulation, "simulate", module.simulate, raising=False)
    monkeypatch.setattr(simulation, "VERSION", "fake", raising=False)
    monkeypatch.setattr(simulation, "kernel_is_compiled", lambda: True, raising=False)
    monkeypatch.setattr(simulation, "SOURCE_HASH", "fake")
    monkeypatch.setattr("experiments.uncertainty.shipped.shipped", module.posterior)
    return module


COMMAND = [sys.executable, "-m", "experiments.cli"]


def environment(real: bool, **extra: object) -> dict[str, str]:
    """Variables for a process on the model (`real`) or on the stand-in."""
    path = str(ROOT) if real else f"{STAND_IN}{os.pathsep}{ROOT}"
    return os.environ | {"PYTHONPATH": path, "COLUMNS": "100"} | {k: str(v) for k, v in extra.items()}


@pytest.fixture(scope="session")
def peerbridge() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `peerbridge` in a process of its own; variables for the stand-in as keywords."""

    def call(*arguments: object, real: bool = False, **extra: object) -> subprocess.CompletedProcess[str]:
        words = [*COMMAND, *map(str, arguments)]
        return subprocess.run(words, env=environment(real, **extra), capture_output=True, text=True, timeout=120)

    return call


@pytest.fixture
def start() -> Any:
    """Start `peerbridge` in the background, in a process group of its own; what is left of it is killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def call(*arguments: object, real: bool = False, **extra: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)], env=environment(real, **extra), text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield call
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
