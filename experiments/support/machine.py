"""What of the machine this process may use: cores and memory, as affinity and control groups allow."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def allowed_cores() -> int:
    """Cores that this process may use: at most its affinity, and the quota of its control groups rounded up."""
    try:
        cores = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        cores = os.cpu_count() or 1
    quotas = []
    for folder in _groups():
        words = _words(folder / "cpu.max")
        words = words or [*_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us")]
        if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]) > 0:
            quotas.append(math.ceil(int(words[0]) / int(words[1])))
    return max(1, min([cores, *(quota for quota in quotas if quota > 0)]))


def allowed_memory() -> int | None:
    """Bytes that this process and its group may hold; None where nothing says."""
    found = []
    for folder in _groups():
        for name in ("memory.max", "memory.limit_in_bytes"):
            words = _words(folder / name)
            if words and words[0].isdigit():
                found.append(int(words[0]))
    try:
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        pass
    limit = address_space()
    return min(found if limit is None else [*found, limit], default=None)


def address_space() -> int | None:
    """Bytes that the shell lets this process map (`ulimit -v`); None where there is no limit."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    except (ImportError, OSError, ValueError):
        return None
    return None if limit == resource.RLIM_INFINITY else limit


LACKS = ("resource temporarily unavailable", "cannot allocate memory", "failed to map segment", "malloc of size",
         "out of memory", "bad_alloc")  # fmt: skip
"""What libraries say, each in its own kind of error, where memory or threads run out."""


def is_lack_of_memory(error: BaseException) -> bool:
    """Whether an error of any library says that memory, address space or threads ran out."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in LACKS)


def lack_of_memory(error: BaseException) -> str:
    """One line for people about such an error, with the limit that is set."""
    most = allowed_memory()
    limit = "" if most is None else f"; this process may take {most / 2**30:.1f} GiB (ulimit -v, container or machine)"
    return f"memory ran out ({' '.join(str(error).split())[:120] or type(error).__name__}){limit}"


def _groups() -> list[Path]:
    """Folders of the control groups that this process is in, innermost first (versions 2 and 1)."""
    folders: list[Path] = []
    try:
        lines = MEMBERSHIP.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    for line in lines:
        _, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if kinds and not {"cpu", "memory"} & set(kinds.split(",")):
            continue
        root = CGROUP / kinds if kinds else CGROUP
        inside = root / path.lstrip("/")
        folders += [folder for folder in (inside, *inside.parents) if folder.is_relative_to(root)]
    return [*folders, CGROUP, CGROUP / "cpu", CGROUP / "memory"]


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []
