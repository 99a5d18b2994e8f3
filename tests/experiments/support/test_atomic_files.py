"""Files are there whole or not at all, and an error names the file that people know."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from experiments.support import atomic_files
from experiments.support.atomic_files import write_atomically


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
