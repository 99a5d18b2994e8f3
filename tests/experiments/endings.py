"""Work that ends, by a kill or by Ctrl-C, at one of the files that it puts in place."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.support import atomic_files


def ended_at(number: int, how: str, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do `work` and end it at file `number`, from 0; False if it puts fewer in place.

    `how`: "killed" before the file is in place, or "ctrl-c" after.
    """
    rename, to_go = os.replace, number

    def replace(source: Path, target: Path) -> None:
        nonlocal to_go
        to_go -= 1
        if to_go == -1 and how == "killed":
            raise SystemExit("killed")
        rename(source, target)
        if to_go == -1:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files.os, "replace", replace)
        try:
            work()
        except (SystemExit, KeyboardInterrupt):
            pass
    return to_go < 0
