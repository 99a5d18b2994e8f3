"""What every terminal table is made of: the console, widths, tables without lines, times and sizes in words."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 100


NARROW = 90
"""Below so many columns tables of numbers do not fit unless numbers may break."""


def console() -> Console:
    """Where tables go: as wide as the terminal, or 100 columns without colour where stdout is no terminal."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, soft_wrap=False)


def whole(out: Console) -> bool:
    """Whether numbers may keep to one line; on a narrow screen they break, or columns would be cut off."""
    return out.width >= NARROW


def plain_table(header: bool = True) -> Table:
    """A table without lines."""
    return Table(
        box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", collapse_padding=True, show_header=header
    )


def duration(seconds: float) -> str:
    """A time in words that do not promise too much: "45 seconds", "4 minutes", "2.5 hours"."""
    if seconds < 90:
        n = max(1, round(seconds))
        return f"{n} second{'s' * (n != 1)}"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes" if seconds >= 600 else f"{seconds / 60:.2g} minutes"
    return f"{seconds / 3600:.2g} hours" if seconds < 48 * 3600 else f"{seconds / 86400:.2g} days"


def size(n: float) -> str:
    """A size on disk: "640 kB", "2.4 MB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n < 1000 or unit == "GB":
            return f"{n:.3g} {unit}" if n < 100 else f"{n:.0f} {unit}"
        n /= 1000
    raise AssertionError
