"""Where compiled kernels are kept: a folder named by a hash of the package's sources.

Numba's disk cache does not notice an edit in a helper module, so a changed source gets a new folder; old ones are
removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

KEEP = 24
"""Folders of other versions, Pythons and checked variants that are kept."""


def source_hash() -> str:
    """Hash of every source file of the package (16 hexadecimal digits)."""
    digest = hashlib.blake2b(digest_size=8)
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _mark() -> str:
    """Name of the file that says that a whole run has been compiled.

    Numba keeps compiled code by the path of each source file and the time it was last written: another checkout of the
    same sources, or files written anew, are compiled again.
    """
    root = Path(__file__).parent
    digest = hashlib.blake2b(str(root.resolve()).encode(), digest_size=8)
    for path in sorted(root.rglob("*.py")):
        digest.update(path.stat().st_mtime_ns.to_bytes(8, "little", signed=True))
    return f"complete-{digest.hexdigest()}"


def _base() -> Path:
    if chosen := os.environ.get("PEERBRIDGE_CACHE_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "peerbridge"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "peerbridge"


def folder(version: str) -> Path:
    """Folder of the kernels of these sources; falls back to a temporary one where the usual place cannot be written."""
    checked = "-checked" if os.environ.get("NUMBA_BOUNDSCHECK") == "1" else ""
    name = f"{version}-py{sys.version_info.major}{sys.version_info.minor}{checked}"
    for base in (_base(), Path(tempfile.gettempdir()) / f"peerbridge-{os.getuid() if hasattr(os, 'getuid') else 0}"):
        path = base / "kernels" / name
        try:
            path.mkdir(parents=True, exist_ok=True)
            if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
                continue  # compiled code is run as it is: never somebody else's
            with tempfile.TemporaryFile(dir=path):
                return path
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="peerbridge-"))


def install(version: str) -> Path:
    """Point Numba to the folder (before or after it is imported) and return it."""
    path = folder(version)
    os.environ["NUMBA_CACHE_DIR"] = str(path)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(path)
    return path


def is_complete(path: Path) -> bool:
    """Whether a whole run has been compiled into the folder."""
    return (path / _mark()).exists()


def mark_complete(path: Path) -> None:
    """Note that a whole run has been compiled, and remove folders of versions long gone (not where the JIT is off)."""
    if is_complete(path) or os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return
    try:
        (path / _mark()).touch()
        others = sorted(
            (p for p in path.parent.iterdir() if p.is_dir() and p != path),
            key=lambda p: p.stat().st_mtime,
            reverse=True,
        )
        for old in others[KEEP:]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        pass
