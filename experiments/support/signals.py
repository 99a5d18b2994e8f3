"""Signal handling: SIGINT and SIGTERM are deferred or ignored where an interruption would leave partial results."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ignored() -> Iterator[None]:
    """Ignore SIGINT within the block; child processes inherit this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def deferred() -> Iterator[None]:
    """Defer SIGINT until the end of the block.

    Raises:
        KeyboardInterrupt: At the end of the block, if Ctrl-C was pressed within.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        pressed.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextmanager
def terminations() -> Iterator[None]:
    """Treat SIGTERM (from a batch system or a container) like Ctrl-C.

    Raises:
        KeyboardInterrupt: Wherever the request comes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    # A shell starts work in the background with Ctrl-C ignored; a request to end counts all the same.
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN

    def interrupt(number: int, frame: FrameType | None) -> None:
        if deaf and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)  # so that whoever holds Ctrl-C back holds this back too

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
