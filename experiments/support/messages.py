"""Lines for people on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable


def say(message: str) -> None:
    """Print a line for people on stderr."""
    print(message, file=sys.stderr, flush=True)


def announce_compilation(say: Callable[[str], None] = say) -> bool:
    """Say that the next run compiles the model, where it does; returns whether."""
    from simulation import kernel_is_compiled

    if kernel_is_compiled():
        return False
    say("Compiling the model for this machine, once: up to a minute ...")
    return True
