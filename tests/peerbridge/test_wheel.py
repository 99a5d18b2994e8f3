"""A wheel, built and installed elsewhere, has everything: the commands run from there, far from this checkout."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("peerbridge", "simulation", "scenarios", "experiments", "dashboard")
STUDY = """
title = "More posts"
question = "What do six posts change?"
scenarios = ["bridge"]
baseline = "usual-care"
design = { kind = "grid" }
levers = { "programme.peers" = { values = [2, 6] } }
"""
SMALL = ("--set", "population.size=400", "--set", "run.warm_up_days=30", "--set", "run.days=60", "--replications", "2")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what the repository holds."""
    pytest.importorskip("setuptools", minversion="77")
    source = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    made = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-qq", "-w", made, source]
    subprocess.run(list(map(str, words)), check=True, timeout=300)
    (found,) = made.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for a Python that has the wheel in a folder of its own, and this environment's other packages."""
    place = tmp_path_factory.mktemp("elsewhere")
    words = [sys.executable, "-m", "pip", "install", "--no-deps", "-qq", "--target", place / "site", wheel]
    subprocess.run(list(map(str, words)), check=True, timeout=300)
    path = os.pathsep.join([str(place / "site"), sysconfig.get_path("purelib")])
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NUMBA"))}
    return outer | {"PYTHONPATH": path, "SITE": str(place / "site")}


@pytest.fixture(scope="module")
def peerbridge(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The installed command, in a folder with files that have the names of our packages."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "simulation.py").write_text("raise SystemExit('the file of the user')", encoding="utf-8")
    (folder / "posts.toml").write_text(STUDY, encoding="utf-8")

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, str(Path(environment["SITE"]) / "bin" / "peerbridge"), *words],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done

    call.folder = folder  # type: ignore[attr-defined]
    return call


@pytest.mark.slow
def test_the_wheel_holds_every_file_that_is_no_code(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    there = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    wanted = {name for name in there if not name.endswith(".md")}
    assert {"peerbridge/__init__.py", "scenarios/library/bridge.toml", "dashboard/py.typed"} <= wanted
    assert sum(name.startswith("dashboard/assets/") for name in wanted) > 3
    assert not wanted - held


@pytest.mark.slow
def test_everything_comes_from_the_wheel(environment: dict[str, str], tmp_path: Path) -> None:
    code = f"import {', '.join(PACKAGES)}\nfor m in ({', '.join(PACKAGES)}): print(m.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert len(done.stdout.split()) == len(PACKAGES)
    assert all(line.startswith(environment["SITE"]) for line in done.stdout.split()), done.stdout


@pytest.mark.slow
def test_the_commands_run_from_the_wheel(peerbridge: Run) -> None:
    folder: Path = peerbridge.folder  # type: ignore[attr-defined]
    assert "usual-care" in peerbridge("scenarios", "list").stdout
    assert "readmission" in peerbridge("run", "bridge", *SMALL).stdout
    peerbridge("compare", "usual-care", "bridge", *SMALL, "--out", "compared")
    assert (folder / "compared" / "report.html").stat().st_size > 10_000
    peerbridge("sweep", "posts.toml", *SMALL, "--out", "swept")
    peerbridge("report", "swept")
    assert (folder / "swept" / "report.html").stat().st_size > 10_000
    assert peerbridge("trial", "list").stdout and peerbridge("study", "list").stdout


@pytest.mark.slow
def test_the_dashboard_is_served_from_the_wheel(environment: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("solara")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, str(Path(environment["SITE"]) / "bin" / "peerbridge"), "serve", "--port", str(port)]
    server = subprocess.Popen(
        words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        page, until = "", time.monotonic() + 300
        while not page and time.monotonic() < until and server.poll() is None:
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).read().decode()
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        assert "Peerbridge" in page
    finally:
        server.terminate()
        server.communicate(timeout=60)
