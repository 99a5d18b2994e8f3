"""What made a result: versions, commit, machine; enough to make it again."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGES: tuple[str, ...] = ("mesa", "numpy", "numba", "scipy", "pandas", "pyarrow", "pydantic")
ROOT = Path(__file__).resolve().parents[1]


def version() -> str:
    """Version of the installed package."""
    try:
        return metadata.version("peerbridge")
    except metadata.PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of what it computes with."""
    found = {"python": platform.python_version(), "peerbridge": version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


@cache
def model_source() -> str:
    """Hash of the model's source files: changes with any edit, also where the version was not raised."""
    digest = hashlib.blake2b(digest_size=12)
    folder = ROOT / "simulation"
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def git() -> dict[str, str | bool] | None:
    """Commit of the checkout and whether files differ from it; None outside a checkout."""
    if not (ROOT / ".git").exists():
        return None

    def ask(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    try:
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(ask("status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.SubprocessError):
        return None


def machine() -> dict[str, str | int]:
    """The machine, without its name or user."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count() or 1}


def now() -> str:
    """The time in UTC, to the second (ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="seconds")
