"""Pages by name: which files each writes, and what it needs to make them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Files = dict[Path, str] | dict[Path, bytes]
"""File → what should be in it."""


@dataclass(frozen=True)
class Page:
    """One page of the documentation, or several that are made together."""

    name: str
    summary: str
    make: Callable[[Sequence[Path]], Files]
    """What its files should hold, from the folders of results that it needs."""

    needs: tuple[str, ...] = ()
    """Folders of finished runs, in the order of `--from`."""

    long: bool = False
    """Runs the model or a browser for more than a few seconds: only made when named."""

    compared: bool = True
    """False where the same code need not give the same bytes (screenshots), or where making it changes other files."""


PAGES: dict[str, Page] = {}


def page(
    name: str, *, needs: tuple[str, ...] = (), long: bool = False, compared: bool = True
) -> Callable[[Callable[..., Files]], Callable[..., Files]]:
    """Register a function as a page; its docstring's first line is the summary.

    The function takes the folders of `--from`, one argument for each of `needs`.
    """

    def register(function: Callable[..., Files]) -> Callable[..., Files]:
        summary = (function.__doc__ or "").strip().splitlines()[0]
        PAGES[name] = Page(name, summary, lambda folders: function(*folders), needs, long or bool(needs), compared)
        return function

    return register
