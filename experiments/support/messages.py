"""Lines for people on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable


def say(message: str) -> None:
    """Print a line for people on stderr."""
    print(message, file=sys.stderr, flush=True)


def is_text(name: str) -> bool:
    """Whether a name from the system is text in UTF-8, as the libraries that read and write tables need."""
    return not any("\ud800" <= sign <= "\udfff" for sign in name)


def readable(name: str) -> str:
    """A name with the bytes that are no UTF-8 as "\\xe9"."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def announce_compilation(say: Callable[[str], None] = say) -> bool:
    """Say that the next run compiles the model, where it does; returns whether."""
    from simulation import kernel_is_compiled

    if kernel_is_compiled():
        return False
    say("Compiling the model for this machine, once: up to a minute ...")
    return True
