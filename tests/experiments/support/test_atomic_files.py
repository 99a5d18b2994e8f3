"""Files are there whole or not at all, and an error names the file that people know."""

import errno
import os
from pathlib import Path

import pytest

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
