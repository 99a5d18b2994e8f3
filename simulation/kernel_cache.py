"""Where compiled kernels are kept: a folder named by a hash of the package's sources.

Numba's disk cache does not notice an edit in a helper module, so a changed source gets a new folder; old ones are
removed. What is read from it is compared with a digest first: a damaged file is compiled anew, never run.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

KEEP = 8
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
    """The usual place, in the user's home where there is one.

    Raises:
        RuntimeError: The user has no home (a container with a bare user number).
    """
    if chosen := os.environ.get("PEERBRIDGE_CACHE_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "peerbridge"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "peerbridge"


def folder(version: str) -> Path:
    """Folder of the kernels of these sources; falls back to a temporary one where the usual place cannot be written."""
    checked = "-checked" if os.environ.get("NUMBA_BOUNDSCHECK") == "1" else ""
    name = f"{version}-py{sys.version_info.major}{sys.version_info.minor}{checked}"
    try:
        usual = [_base()]
    except RuntimeError:
        usual = []
    for base in (*usual, Path(tempfile.gettempdir()) / f"peerbridge-{os.getuid() if hasattr(os, 'getuid') else 0}"):
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


def verified() -> None:
    """Let Numba's cache compare what it reads with a digest, heal what is damaged, and do without a place to write."""
    from numba.core.caching import IndexDataCacheFile as Kept

    if hasattr(Kept, "_peerbridge"):
        return
    Kept._peerbridge = True
    load, save, load_index, load_data, dump = Kept.load, Kept.save, Kept._load_index, Kept._load_data, Kept._dump

    place = os.environ.get("NUMBA_CACHE_DIR", "")

    def ours(kept: Any) -> bool:
        return bool(place) and str(kept._cache_path).startswith(place)

    def check(path: str, skip: int = 0) -> None:
        with open(path, "rb") as file:
            content = file.read()[skip:]
        if hashlib.blake2b(content[:-DIGEST], digest_size=DIGEST).digest() != content[-DIGEST:]:
            raise ValueError(f"{path} is damaged")

    def dump_with_digest(self: Any, found: object) -> bytes:
        content: bytes = dump(self, found)  # pickle does not read what follows
        return content + hashlib.blake2b(content, digest_size=DIGEST).digest()

    def index(self: Any) -> Any:
        if not ours(self):
            return load_index(self)
        try:
            check(self._index_path, len(pickle.dumps(self._version, protocol=-1)))
        except FileNotFoundError:
            return {}
        return load_index(self)

    def data(self: Any, name: str) -> Any:
        if ours(self):
            check(self._data_path(name))
        return load_data(self, name)

    def load_or_heal(self: Any, key: object) -> Any:
        try:
            return load(self, key)
        except Exception as error:  # whatever damage does to a pickle or to machine code
            if not ours(self):
                raise
            _once(f"{error or type(error).__name__}: it is compiled anew")
            _forget(self)
            return None

    def save_or_not(self: Any, key: object, found: object) -> None:
        try:
            save(self, key, found)
        except OSError as error:
            if not ours(self):
                raise
            _once(f"cannot be written ({(error.strerror or str(error)).lower()}): the model is compiled anew each time")
        except Exception:  # an index that was damaged since it was read
            if not ours(self):
                raise
            _forget(self)
            with suppress(Exception):
                save(self, key, found)

    Kept.load, Kept.save, Kept._load_index, Kept._load_data, Kept._dump = (
        load_or_heal, save_or_not, index, data, dump_with_digest,
    )  # fmt: skip


def _forget(kept: Any) -> None:
    """Remove the index of one compiled function, and with it what it points to."""
    with suppress(OSError):
        os.unlink(kept._index_path)


def _once(what: str) -> None:
    """Say one line about the cache on stderr, the first time that there is something to say."""
    if not _said:
        _said.append(what)
        place = os.environ.get("NUMBA_CACHE_DIR", "")
        print(
            f"The cache of compiled kernels, {place}: {what}. PEERBRIDGE_CACHE_DIR names another place.",
            file=sys.stderr,
        )


DIGEST = 16
"""Bytes of the digest at the end of each file."""

_said: list[str] = []


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
