"""Folders for results are looked at before any work begins."""

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.support.errors import InputError
from experiments.support.result_folders import LOCK, check_new


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("x"), "is a file, not a folder"),
        (lambda path: path.symlink_to("nowhere"), "is a link to nothing"),
        (lambda path: (path.mkdir(), (path / "note.txt").touch()), "is there already; name a new or empty folder"),
    ],
)
def test_a_folder_that_is_not_new_is_refused(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path / "out")
    with pytest.raises(InputError, match=said):
        check_new(tmp_path / "out")


def test_a_new_or_empty_folder_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / LOCK).touch()
    for name in ("new/below", "empty"):
        check_new(tmp_path / name)
    assert not (tmp_path / "new").exists()
