"""Where compiled kernels are kept: a folder per state of the sources, and what happens where it cannot be written."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import simulation
from simulation import kernel_cache
from simulation.engine import Engine
from tests.simulation.small import small


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the sources."""
    copied = tmp_path / "copy" / "simulation"
    shutil.copytree(Path(simulation.__file__).parent, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def ask(package: Path, code: str, **environment: str) -> str:
    """Output of code that imports the copied package in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=package.parent,
        env=os.environ
        | {"PYTHONPATH": str(package.parent), "PEERBRIDGE_CACHE_DIR": str(package.parent / "cache")}
        | environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FOLDER = "import simulation; print(simulation.KERNELS)"
PROBE = """from simulation.bounded import gain
from simulation.kernel import entry
@entry
def half(x):
    return gain(x, 0.5)
"""


def test_an_edit_in_a_helper_gets_a_new_folder(package: Path) -> None:
    before = ask(package, FOLDER)
    assert ask(package, FOLDER) == before
    assert Path(before).parent == package.parent / "cache" / "kernels"
    helper = package / "processes" / "linkage.py"
    text = helper.read_text(encoding="utf-8")
    helper.write_text(text + "# edited\n", encoding="utf-8")
    assert ask(package, FOLDER) != before
    helper.write_text(text, encoding="utf-8")
    assert ask(package, FOLDER) == before
    (package / "processes" / "another.py").write_text("", encoding="utf-8")
    assert ask(package, FOLDER) != before


def test_moving_text_from_one_file_to_another_is_an_edit(package: Path) -> None:
    before = ask(package, FOLDER)
    (package / "processes" / "linkage.py").rename(package / "processes" / "linking.py")
    assert ask(package, FOLDER) != before


def test_an_edit_in_a_helper_takes_effect_in_compiled_code(package: Path) -> None:
    (package / "probe.py").write_text(PROBE, encoding="utf-8")
    run = "from simulation.probe import half; print(half(0.5), sum(half.stats.cache_hits.values()))"
    assert ask(package, run) == "0.75 0"
    assert ask(package, run) == "0.75 1"
    helper = package / "bounded.py"
    text = helper.read_text(encoding="utf-8")
    assert "return x + g * (1.0 - x)" in text
    helper.write_text(text.replace("return x + g * (1.0 - x)", "return x - g * x"), encoding="utf-8")
    assert ask(package, run) == "0.25 0"


def test_the_trap_that_the_folder_avoids_is_there(package: Path) -> None:
    (package / "probe.py").write_text(PROBE, encoding="utf-8")
    fixed = package / "kernel_cache.py"
    fixed.write_text(
        fixed.read_text(encoding="utf-8").replace("return digest.hexdigest()", "return 'always the same'"),
        encoding="utf-8",
    )
    run = "from simulation.probe import half; print(half(0.5))"
    assert ask(package, run) == "0.75"
    helper = package / "bounded.py"
    text = helper.read_text(encoding="utf-8")
    helper.write_text(text.replace("return x + g * (1.0 - x)", "return x - g * x"), encoding="utf-8")
    assert ask(package, run) == "0.75"  # wrong: Numba serves what it compiled before the edit


def test_kernels_with_and_without_bounds_checks_are_kept_apart(package: Path) -> None:
    folders = {ask(package, FOLDER, NUMBA_BOUNDSCHECK=checks) for checks in ("0", "1")}
    assert len(folders) == 2


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("PEERBRIDGE_CACHE_DIR", str(blocked / "below"))
    monkeypatch.setattr(kernel_cache.tempfile, "tempdir", str(temporary))
    path = kernel_cache.folder("abc")
    assert path.is_dir() and path.is_relative_to(temporary)
    assert kernel_cache.folder("abc") == path
    shutil.rmtree(temporary)
    temporary.mkdir()
    (temporary / f"peerbridge-{os.getuid()}").write_text("in the way")
    last = kernel_cache.folder("abc")
    assert last.is_dir() and last.is_relative_to(temporary)


def test_old_folders_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    kernels = tmp_path / "kernels"
    for age in range(kernel_cache.KEEP + 4):
        (kernels / f"version{age}").mkdir(parents=True)
        os.utime(kernels / f"version{age}", (1e9 - age, 1e9 - age))
    (kernels / "a file").write_text("")
    mine = kernels / "mine"
    mine.mkdir()
    kernel_cache.mark_complete(mine)
    left = {path.name for path in kernels.iterdir()}
    assert left == {"mine", "a file", *(f"version{age}" for age in range(kernel_cache.KEEP))}
    kernel_cache.mark_complete(mine)
    assert kernel_cache.is_complete(mine)


@pytest.mark.parametrize("disabled", [False, True])
def test_only_a_whole_compiled_run_completes_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disabled: bool
) -> None:
    monkeypatch.setattr(simulation, "KERNELS", tmp_path)
    monkeypatch.setattr("simulation.engine.KERNELS", tmp_path)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1" if disabled else "0")
    engine = Engine(small(30, 5, 5), 0)
    engine.run(9)
    assert not simulation.kernel_is_compiled()
    engine.run()
    assert simulation.kernel_is_compiled() == (not disabled)


HALF = "from simulation.probe import half; print(half(0.5), sum(half.stats.cache_hits.values()))"


def test_another_checkout_and_files_written_anew_compile_nothing(package: Path, tmp_path: Path) -> None:
    (package / "probe.py").write_text(PROBE, encoding="utf-8")
    assert ask(package, HALF) == "0.75 0"
    other = tmp_path / "other" / "simulation"
    shutil.copytree(package, other, ignore=shutil.ignore_patterns("__pycache__"))
    for path in other.rglob("*.py"):
        os.utime(path, (1e9, 1e9))
    there = str(package.parent / "cache")
    assert ask(other, HALF, PEERBRIDGE_CACHE_DIR=there) == "0.75 1"
    (other / "probe.py").write_text(PROBE.replace("0.5", "0.25"), encoding="utf-8")
    assert ask(other, HALF, PEERBRIDGE_CACHE_DIR=there) == "0.625 0"
    assert ask(package, HALF) == "0.75 1"


def test_another_compiler_or_processor_gets_another_folder(package: Path) -> None:
    folders = {ask(package, FOLDER, NUMBA_CPU_NAME=name) for name in ("", "generic")}
    assert len(folders) == 2


COUNT = """import numba.core.compiler as c
compiled, plain = [], c.compile_extra
def counted(typing, target, function, *rest, **more):
    compiled.append(function)
    return plain(typing, target, function, *rest, **more)
c.compile_extra = counted
from simulation.probe import half
half(0.5)
print(sum(f.__module__.startswith("simulation") for f in compiled))
"""


def test_of_several_processes_one_compiles(package: Path) -> None:
    (package / "probe.py").write_text(PROBE, encoding="utf-8")
    with ThreadPoolExecutor(4) as pool:
        counts = sorted(int(n) for n in pool.map(lambda _: ask(package, COUNT), range(4)))
    assert counts[:3] == [0, 0, 0] and counts[3] >= 2


def test_a_folder_that_vanishes_or_cannot_be_marked_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    kernel_cache.mark_complete(tmp_path / "gone" / "long ago")
    assert not kernel_cache.is_complete(tmp_path / "gone" / "long ago")


def told(package: Path, **environment: str) -> tuple[str, str]:
    """What a process that runs one kernel prints, and what it says on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", HALF], cwd=package.parent, capture_output=True, text=True, timeout=200, check=False,
        env=os.environ
        | {"PYTHONPATH": str(package.parent), "PEERBRIDGE_CACHE_DIR": str(package.parent / "cache")}
        | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr.strip()


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("how", ["flipped", "cut", "emptied"])
def test_a_damaged_cache_heals_with_one_line(package: Path, ending: str, how: str) -> None:
    (package / "probe.py").write_text(PROBE, encoding="utf-8")
    assert told(package) == ("0.75 0", "") and told(package) == ("0.75 1", "")
    (damaged,) = (package.parent / "cache").rglob(f"probe.half*.{ending}")
    content = damaged.read_bytes()
    middle = len(content) // 2
    damaged.write_bytes(
        {"flipped": content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :], "cut": content[:middle],
         "emptied": b""}[how]
    )  # fmt: skip
    printed, said = told(package)
    assert printed == "0.75 0" and said.count("\n") == 0
    assert "PEERBRIDGE_CACHE_DIR" in said and str(package.parent / "cache") in said
    assert told(package) == ("0.75 1", "")


@pytest.mark.slow
def test_a_full_disk_is_named_and_done_without(package: Path) -> None:
    (package / "probe.py").write_text(PROBE + "\nimport numba.core.caching as c\n"
        "def full(*_):\n    raise OSError(28, 'No space left on device')\n"
        "c.IndexDataCacheFile._save_index = full\n", encoding="utf-8")  # fmt: skip
    printed, said = told(package)
    assert printed == "0.75 0" and "cannot be written (no space left on device)" in said
    assert str(package.parent / "cache") in said and "PEERBRIDGE_CACHE_DIR" in said


def test_a_user_without_a_home_gets_a_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("PEERBRIDGE_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(kernel_cache.tempfile, "tempdir", str(tmp_path))
    assert kernel_cache.folder("abc").is_relative_to(tmp_path)
