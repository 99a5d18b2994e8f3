"""Atomic file writes: readers, and interruptions at any moment, never leave a partial file."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path

from experiments.support.errors import InputError
from experiments.support.messages import is_text, readable

TEMPORARY = ".writing-"
"""Prefix of files that are not finished; what a kill leaves behind is removed when the folder is opened again."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write` with a temporary name beside `path`, flush it to disk, then rename it into place.

    Raises:
        InputError: The path is not text in UTF-8, which the libraries that write tables need.
        OSError: The disk is full or the folder cannot be written; `path` is then as it was.
    """
    if not is_text(str(path.absolute())):
        raise InputError(f"{readable(str(path))}: the name of the file or a folder above it is not text in UTF-8")
    # Absolute, because Arrow would take "~root/" in a name for somebody's home.
    temporary = path.absolute().with_name(f"{TEMPORARY}{_host()}-{os.getpid()}-{path.name}")
    _remove_left(path)
    try:
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:  # Ctrl-C too must leave no half-written file
        temporary.unlink(missing_ok=True)
        # Arrow does not say which file; others name the temporary one, which nobody knows.
        if isinstance(error, OSError) and error.errno and error.filename in (None, str(temporary), temporary):
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
        raise
    flush_folder(path.parent)


@cache
def _host() -> str:
    return blake2b(platform.node().encode(), digest_size=4).hexdigest()


@lru_cache(maxsize=10_000)
def _left_in(folder: Path) -> tuple[Path, ...]:
    """Unfinished files that processes of this machine had left in a folder before this one first wrote there."""
    return tuple(folder.glob(f"{TEMPORARY}{_host()}-*"))


def _remove_left(path: Path) -> None:
    """Remove what killed writers of the same file left; folders of results are cleaned whole when they are opened."""
    for left in _left_in(path.parent):
        pid, _, name = left.name.removeprefix(f"{TEMPORARY}{_host()}-").partition("-")
        if name == path.name and pid.isdigit() and not _is_alive(int(pid)):
            left.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # os.kill would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with `\\n` line ends, atomically."""
    write_atomically(path, lambda temporary: temporary.write_bytes(text.encode("utf-8")))


def flush_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut, where the system allows it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
