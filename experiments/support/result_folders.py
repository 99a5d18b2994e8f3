"""Result folders: ownership, locks, leftovers of interruptions, and quarantine of unreadable files."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from experiments.support.atomic_files import TEMPORARY
from experiments.support.errors import InputError
from experiments.support.verified_files import is_intact, is_sidecar, read_bytes, sidecar, write_verified_text

LOCK = ".lock"
QUARANTINE = "quarantine"


def check_usable(folder: Path, manifest: str) -> bool:
    """Say whether `folder` holds results (has a `manifest`); changes nothing.

    Raises:
        InputError: It is not a folder, cannot be read or written, or holds something else.
    """
    held = _held(folder)
    if manifest in held:
        return True
    if held:
        raise InputError(f"{folder}: holds something else; name a new or empty folder", argument="out")
    return False


def check_new(folder: Path) -> None:
    """Say before any work whether `folder` can be made and filled; changes nothing.

    Raises:
        InputError: It is not a folder, cannot be written, or is not empty.
    """
    if _held(folder):
        raise InputError(f"{folder}: is there already; name a new or empty folder", argument="out")


def _held(folder: Path) -> list[str]:
    """Names in `folder` except locks and temporary files; none where it does not exist and can be made."""
    try:
        if folder.is_symlink() and not folder.exists():
            raise InputError(f"{folder}: is a link to nothing", argument="out")
        for parent in () if folder.exists() else folder.absolute().parents:
            if parent.exists():
                if not parent.is_dir():
                    raise InputError(f"{folder}: {parent} is not a folder", argument="out")
                _check_writable(folder, parent)
                return []
        if not folder.is_dir():
            raise InputError(f"{folder}: is a file, not a folder", argument="out")
        _check_writable(folder, folder)
        names = [path.name for path in folder.iterdir()]
        return [name for name in names if not name.startswith((LOCK, TEMPORARY)) and not is_sidecar(name)]
    except OSError as error:
        raise InputError(f"{folder}: {(error.strerror or str(error)).lower()}", argument="out") from None


def _check_writable(folder: Path, found: Path) -> None:
    if not os.access(found, os.W_OK | os.X_OK):
        raise InputError(f"{folder}: cannot be written: permission denied", argument="out")


def read_json(path: Path, form: str) -> dict[str, Any] | None:
    """A manifest of the format `form`, or None if there is no such thing.

    Raises:
        Damaged: It differs from its digest.
    """
    try:
        found = json.loads(read_bytes(path))
        return dict(found) if found["format"] == form and isinstance(found["specification"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_json(path: Path, value: object) -> None:
    """Write plain data, atomically, with a digest and in a form that people can read."""
    write_verified_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def claim(folder: Path, manifest: str, form: str, specification: Mapping[str, Any], one: str, other: str) -> None:
    """Claim `folder` for `specification`, or check that it holds that specification already.

    Args:
        folder: The folder; made if need be.
        manifest: Name of its record.
        form: Format of the record.
        specification: Plain data; equal ones go on in the same folder.
        one: What the folder is for: "a calibration".
        other: What it holds where the specification differs, with what may differ.

    Raises:
        InputError: It cannot be used, or holds something else.
    """
    damaged = False
    if check_usable(folder, manifest):
        damaged = not is_intact(folder / manifest)
        held = {} if damaged else read_json(folder / manifest, form)
        if held is None:
            raise InputError(
                f"{folder}: its {manifest} is not one of {one}; name a new or empty folder", argument="out"
            )
        if not damaged and held["specification"] != json.loads(json.dumps(specification)):
            raise InputError(f"{folder}: holds {other}; name a new folder", argument="out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{TEMPORARY}*"):
            left.unlink(missing_ok=True)
        if damaged:  # its studies carry their own specifications, which are compared when they are opened
            set_aside(folder, [folder / manifest], leave=True)
        if damaged or not (folder / manifest).exists():
            write_json(folder / manifest, {"format": form, "specification": dict(specification), "state": "running"})
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror or error}", argument="out") from None


class Busy(InputError):
    """Another command holds the lock."""


def lock(path: Path, *, shared: bool = False) -> IO[bytes] | None:
    """Hold a lock until the file is closed or this process ends; None where the system has no locks.

    Args:
        path: Lock file; made if need be, and never removed.
        shared: Together with others who share it.

    Raises:
        Busy: Somebody else holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = open(path, "a+b")
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        if error.errno in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):  # some network drives
            return None
        raise Busy(f"{path.parent}: another command is at work in it", argument="out") from None
    return handle


def waiting_lock(path: Path) -> IO[bytes] | None:
    """Like `lock`, but waits until others have let it go."""
    while True:
        try:
            return lock(path)
        except Busy:
            time.sleep(0.05)


def remove_temporaries(folder: Path, mark: str = "") -> None:
    """Remove what a killed writer left half-written; only files whose name has `mark`."""
    for left in folder.rglob(f"{TEMPORARY}*"):
        if mark in left.name:
            left.unlink(missing_ok=True)


def set_aside(folder: Path, files: Iterable[Path], *, leave: bool = False) -> None:
    """Move unreadable files into the folder's quarantine: kept, but never read.

    Args:
        folder: The folder of results.
        files: Files in it.
        leave: Copy them instead, where a folder without them, after a kill, would not be known for what it is.
    """
    quarantine = folder / QUARANTINE
    quarantine.mkdir(exist_ok=True)
    for file in files:
        target = quarantine / file.name
        number = 1
        while target.exists():
            target = quarantine / f"{file.stem}-{number}{file.suffix}"
            number += 1
        if leave:
            shutil.copyfile(file, target)
            continue
        file.rename(target)
        sidecar(file).unlink(missing_ok=True)
