"""Files are there whole or not at all, and an error names the file that people know."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from experiments.support import atomic_files
from experiments.support.atomic_files import write_atomically
from experiments.support.errors import InputError


@pytest.mark.parametrize("named", [True, False])
def test_a_full_disk_names_the_file_and_leaves_it_as_it_was(tmp_path: Path, named: bool) -> None:
    file = tmp_path / "report.html"
    file.write_text("before")

    def write(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *([str(temporary)] if named else []))

    with pytest.raises(OSError) as caught:
        write_atomically(file, write)
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == str(file)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"] and file.read_text() == "before"


def test_what_a_killed_writer_of_the_same_file_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    host = atomic_files._host()
    for pid, name in ((ended.pid, "report.html"), (ended.pid, "other.html"), (os.getppid(), "report.html")):
        (tmp_path / f".writing-{host}-{pid}-{name}").write_text("half")
    (tmp_path / f".writing-elsewhere-{ended.pid}-report.html").write_text("half")
    write_atomically(tmp_path / "report.html", lambda path: path.write_text("whole"))
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html", f".writing-{host}-{ended.pid}-other.html", f".writing-{host}-{os.getppid()}-report.html",
        f".writing-elsewhere-{ended.pid}-report.html",
    }  # fmt: skip


def test_a_name_that_is_no_text_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    with pytest.raises(InputError, match=r"caf\\xe9/x: the name of the file or a folder above it is not text"):
        write_atomically(folder / "x", lambda temporary: temporary.write_text("x"))
    assert not list(folder.iterdir())
