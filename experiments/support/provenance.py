"""Provenance of a result: versions, commit and machine, enough to reproduce it."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

from experiments.support.machine import allowed_cores
from experiments.support.version import PACKAGE_VERSION

PACKAGES: tuple[str, ...] = ("mesa", "numpy", "numba", "scipy", "scikit-learn", "pandas", "pyarrow", "pydantic")
ROOT = Path(__file__).resolve().parents[2]


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of what it computes with."""
    found = {"python": platform.python_version(), "peerbridge": PACKAGE_VERSION}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


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
    return {"system": platform.platform(), "processor": platform.machine(), "cores": allowed_cores()}


@cache
def made_with() -> dict[str, object]:
    """Versions, commit and machine, looked up once."""
    return {"versions": versions(), "git": git(), "machine": machine()}


def now() -> str:
    """The time in UTC, to the second (ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="seconds")
