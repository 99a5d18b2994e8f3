"""Files with a digest beside them: what a command reads back is what was written, or it says which file is damaged.

Beside `NAME` stands `.NAME.sha256` in the form of sha256sum, so `sha256sum --check .*.sha256` says the same; hidden, so
that tools which read a whole folder of Parquet files pass it over. A file without one, of an earlier version or copied
alone, is read as it is; Parquet's own page checksums are still verified.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.support.atomic_files import write_atomically, write_text
from experiments.support.errors import InputError
from experiments.support.machine import is_lack_of_memory

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds

SIDECAR = ".sha256"
"""Ending of the name of a digest."""

ATTEMPTS = 4
"""How often a file and its digest are read before they count as different: a writer may be between the two."""

PAUSE_SECONDS = 0.05

_LINE = re.compile(r"([0-9a-f]{64})  \S.*")


class Damaged(InputError):
    """A file does not hold what was written.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, why: str = "its SHA-256 digest differs") -> None:
        self.path = path
        super().__init__(f"{path}: is damaged ({why}); the command that made it sets it aside and makes it again")


def sidecar(path: Path) -> Path:
    """The file that holds the digest of `path`."""
    return path.with_name(f".{path.name}{SIDECAR}")


def is_sidecar(name: str) -> bool:
    """Whether a file of this name holds the digest of another."""
    return name.startswith(".") and name.endswith(SIDECAR)


def remove_left_sidecars(folder: Path, mark: str = "") -> None:
    """Remove digests whose file is not there (a kill came between the two); only files whose name begins with `mark`.

    Nobody may be writing such a file meanwhile.
    """
    for left in folder.glob(f".{mark}*{SIDECAR}"):
        if not left.with_name(left.name[1:].removesuffix(SIDECAR)).exists():
            left.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """SHA-256 digest of a file, 64 hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_verified(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file like `write_atomically`, and its digest beside it.

    The digest comes first; while a file is replaced, both digests stand there, so a kill leaves no mismatch.

    Raises:
        OSError: The disk is full or the folder cannot be written; `path` is then as it was.
    """

    def write_both(temporary: Path) -> None:
        write(temporary)
        new = digest_of(temporary)
        old = [digest_of(path)] if path.exists() else []
        noted = _noted(path)
        _note(path, dict.fromkeys([new, *(digest for digest in old if noted is None or digest in noted)]))

    write_atomically(path, write_both)
    if len(_noted(path) or ()) > 1:
        _note(path, [digest_of(path)])


def write_verified_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with `\\n` line ends, and its digest beside it."""
    write_verified(path, lambda temporary: temporary.write_bytes(text.encode("utf-8")))


def copy_verified(source: Path, target: Path) -> None:
    """Copy a file, verified, with a digest of its own.

    Raises:
        Damaged: The source is.
        OSError: It cannot be read, or the target not written.
    """
    verify(source)
    write_verified(target, lambda temporary: shutil.copyfile(source, temporary))


def _note(path: Path, digests: Iterable[str]) -> None:
    write_text(sidecar(path), "".join(f"{digest}  {path.name}\n" for digest in digests))


def _noted(path: Path) -> frozenset[str] | None:
    """Digests that `path` may have; None where none was written, empty where what was written is damaged too."""
    try:
        lines = sidecar(path).read_bytes().decode("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    return frozenset(found[1] for line in lines if (found := _LINE.fullmatch(line)))


def is_intact(path: Path) -> bool:
    """Whether a file is what its digest says; True where it has none.

    Raises:
        OSError: It is not there or cannot be read.
    """
    for attempt in range(ATTEMPTS):
        noted, found = _noted(path), path.stat()
        if noted is None or _digest(path, (found.st_ino, found.st_size, found.st_mtime_ns)) in noted:
            return True
        if attempt < ATTEMPTS - 1:
            time.sleep(PAUSE_SECONDS)
    return False


@lru_cache(maxsize=100_000)
def _digest(path: Path, stamp: tuple[int, int, int]) -> str:
    """The digest of a file, computed once for each state of it."""
    return digest_of(path)


def verify(path: Path) -> None:
    """Compare a file with its digest.

    Raises:
        Damaged: They differ.
        OSError: The file is not there or cannot be read.
    """
    if not is_intact(path):
        raise Damaged(path)


def read_bytes(path: Path) -> bytes:
    """Content of a small file, verified.

    Raises:
        Damaged: It differs from its digest.
        OSError: It is not there or cannot be read.
    """
    verify(path)
    return path.read_bytes()


def _unread(path: Path, error: Exception) -> Exception:
    """What to raise where a file whose digest is right cannot be read: damage, unless memory or threads ran out."""
    why = " ".join(str(error).split())[:200]
    return MemoryError(why) if is_lack_of_memory(error) else Damaged(path, why)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A Parquet file as a table, verified. Nothing in its path is taken for a column.

    Raises:
        Damaged: It differs from its digest, or from the checksums of its pages.
        FileNotFoundError: It is not there.
        MemoryError: The process may not take the memory, or start the threads, that reading needs.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    verify(path)
    try:
        with open(path, "rb") as file, pq.ParquetFile(file, page_checksum_verification=True) as held:
            return held.read(columns=None if columns is None else list(columns))
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException, KeyError) as error:
        raise _unread(path, error) from None


def dataset(paths: Sequence[Path]) -> ds.Dataset:
    """Several Parquet files as one, each verified; a column that a file lacks is null in its rows.

    Arrow gets absolute paths and no partitioning: a folder called "~x" or "seed=7" is a name and nothing else.

    Raises:
        Damaged: A file differs from its digest, or is no Parquet file.
        FileNotFoundError: A file is not there.
    """
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    schemas: list[Any] = []
    for path in paths:
        verify(path)
        try:
            with open(path, "rb") as file:
                schemas.append(pq.read_schema(file))
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowException) as error:
            raise _unread(path, error) from None
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    return ds.dataset([str(path.absolute()) for path in paths], schema=schema, format="parquet", partitioning=None)
