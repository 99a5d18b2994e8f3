"""Where compiled kernels are kept: a folder named by what the package's sources say and what compiles them.

Every copy of the same sources (another checkout, a wheel, files written anew) shares one folder. Numba's disk cache
does not notice an edit in a helper module, so a changed source gets a new folder; old ones are removed. What is read
from it is compared with a digest first: a damaged file is compiled anew, never run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
def compiled_by() -> str:
    """Hash of what turns sources into machine code: Numba, processor, and what it is told (8 hexadecimal digits)."""
    digest = hashlib.blake2b(f"{platform.system()} {platform.machine()}\n".encode(), digest_size=4)
    if (found := importlib.util.find_spec("numba")) and found.origin:
        digest.update(Path(found.origin).with_name("_version.py").read_bytes())
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as processors:
        for line in processors:  # of the first processor, without what changes from minute to minute
            if not line.strip():
                break
            if line.startswith(("model name", "flags", "Features", "CPU part")):
                digest.update(line.encode())
    for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_OPT"):
        digest.update(os.environ.get(name, "").encode() + b"\0")
    return digest.hexdigest()


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
    name = f"{version}-py{sys.version_info.major}{sys.version_info.minor}-{compiled_by()}{checked}"
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


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Only one process at a time compiles into the folder: the others wait, and then find what they need."""
    try:
        import fcntl

        held = open(path / "compiling", "wb")
    except (ImportError, OSError):  # Windows, or a folder that is gone: each compiles for itself
        yield
        return
    with held:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def by_content(path: Path) -> Any:
    """A class that tells Numba where the kernels of this package are kept, whatever its path and times of its files."""
    from numba.core import caching

    root = Path(__file__).parent

    class ByContent(caching._CacheLocator):
        def __init__(self, function: Any, file: str) -> None:
            self._py_file = file
            self.line = function.__code__.co_firstlineno

        @classmethod
        def from_function(cls, function: Any, file: str) -> Any:
            return cls(function, file) if Path(file).is_relative_to(root) and path.is_dir() else None

        def get_cache_path(self) -> str:
            return str(path / Path(self._py_file).parent.relative_to(root))

        def get_source_stamp(self) -> str:
            return path.name

        def get_disambiguator(self) -> str:
            return str(self.line)

    return ByContent


def verified(path: Path) -> None:
    """Let Numba keep kernels of this package by content, compare what it reads with a digest, and heal what is damaged.

    A full disk or a folder that cannot be written is done without.
    """
    from numba.core.caching import CacheImpl
    from numba.core.caching import IndexDataCacheFile as Kept

    if hasattr(Kept, "_peerbridge"):
        return
    Kept._peerbridge = True
    CacheImpl._locator_classes = [by_content(path), *CacheImpl._locator_classes]
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

COMPLETE = "complete"
"""Name of the file that says that a whole run has been compiled."""

_said: list[str] = []


def is_complete(path: Path) -> bool:
    """Whether a whole run has been compiled into the folder."""
    return (path / COMPLETE).exists()


def mark_complete(path: Path) -> None:
    """Note that a whole run has been compiled, and remove folders of versions long gone (not where the JIT is off)."""
    if is_complete(path) or os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return
    try:
        (path / COMPLETE).touch()
        others = sorted(
            (p for p in path.parent.iterdir() if p.is_dir() and p != path),
            key=lambda p: p.stat().st_mtime,
            reverse=True,
        )
        for old in others[KEEP:]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        pass
