"""Cores and memory are those that the process may use, whatever the machine has."""

import os
from pathlib import Path

import pytest

from experiments.support import machine
from experiments.support.machine import allowed_cores, allowed_memory


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of sixteen cores whose control groups are files here."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(machine, "MEMBERSHIP", tmp_path / "cgroup")
    return tmp_path


def test_affinity_counts(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert allowed_cores() == 16
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert allowed_cores() == 1


@pytest.mark.parametrize(
    ("text", "cores"),
    [("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1), ("max 100000", 16), ("nonsense", 16), ("", 16)],
)
def test_a_quota_of_version_2_counts(groups: Path, text: str, cores: int) -> None:
    (groups / "cpu.max").write_text(text)
    assert allowed_cores() == cores


def test_the_tightest_group_above_counts(groups: Path) -> None:
    inner = groups / "slurm" / "job_7"
    inner.mkdir(parents=True)
    (groups / "cgroup").write_text("0::/slurm/job_7\n")
    (groups / "slurm" / "cpu.max").write_text("300000 100000")
    (inner / "cpu.max").write_text("max 100000")
    (inner / "memory.max").write_text("1000000")
    assert allowed_cores() == 3 and allowed_memory() == 1_000_000


def test_a_quota_of_version_1_counts(groups: Path) -> None:
    (groups / "cpu").mkdir()
    (groups / "cpu" / "cpu.cfs_quota_us").write_text("400000")
    (groups / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert allowed_cores() == 4
    (groups / "cpu" / "cpu.cfs_quota_us").write_text("-1")
    assert allowed_cores() == 16


def test_every_place_asks_the_same_function() -> None:
    root = Path(machine.__file__).parents[2]
    parts = ("experiments", "dashboard", "simulation", "scenarios")
    sources = [path for part in parts for path in (root / part).rglob("*.py")]
    asking = [path.name for path in sources if "cpu_count" in path.read_text(encoding="utf-8")]
    assert len(sources) > 100 and asking == ["machine.py"]


@pytest.mark.parametrize(
    "error",
    (MemoryError(), OSError("Cannot allocate memory"), ImportError("x.so: failed to map segment from shared object")),
)
def test_lack_of_memory_is_told_whatever_the_library_calls_it(error):
    assert machine.is_lack_of_memory(error) and machine.lack_of_memory(error).startswith("memory ran out (")
    assert not machine.is_lack_of_memory(OSError("No space left on device"))
