"""Progress of long work on stderr: a bar in a terminal or a notebook, a line a minute in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

from experiments.support.messages import say

PATIENCE = 1.0
"""Seconds of work before a bar appears."""

LOG_SECONDS = 60.0
"""How often a log gets a line."""


def is_watched() -> bool:
    """Whether stderr is a terminal, or a notebook that can show a bar (rich draws it with ipywidgets)."""
    if sys.stderr.isatty():
        return True
    if "IPython" not in sys.modules or find_spec("ipywidgets") is None:
        return False
    from rich.console import Console

    return Console(stderr=True).is_jupyter


class OnStderr:
    """Lines for people, above a bar where there is one. A context manager: leaving it takes the bar away."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def say(self, message: str) -> None:
        """Print a line for people on stderr."""
        if self._bar is not None:
            self._bar.console.print(message, highlight=False, markup=False)
        else:
            say(message)

    def hide(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()


class ProgressBar(OnStderr):
    """A bar with the time left, or a line a minute in a log; silent where the work is short."""

    def __init__(self) -> None:
        super().__init__()
        self._total = self._done = 0
        self._began = self._logged = 0.0

    def start(self, todo: int, found: int) -> None:
        """Begin `todo` runs, the first ones or after others; `found` are there from before."""
        self.hide()
        self._total, self._done = todo, 0
        self._began = self._logged = time.monotonic()
        if found and todo:
            self.say(f"{found:,} runs are there from before; {todo:,} to go.")

    def advance(self, runs: Sequence[object]) -> None:
        """Count a batch of finished runs."""
        self._done += len(runs)
        now = time.monotonic()
        if not is_watched():
            if now - self._logged >= LOG_SECONDS and self._done < self._total:
                self._logged = now
                self.say(f"{self._done:,} of {self._total:,} runs")
            return
        if self._bar is None:
            if now - self._began < PATIENCE or self._done >= self._total:
                return
            self._show()
        self._bar.update(self._task, completed=self._done)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("Simulating"), BarColumn(None), MofNCompleteColumn(), TextColumn("runs, time left"),
            TimeRemainingColumn(compact=True), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=self._total)
        self._bar.start()


class Waves(ProgressBar):
    """Progress of several studies, one after the other.

    Args:
        names: What each is called for people; its own name where none is given.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self._names = names

    def begin(self, name: str, todo: int, found: int) -> None:
        """Begin a study: `todo` runs to do, `found` from before."""
        self.start(todo, 0)
        self.say(f"{self._names.get(name, name)}: {todo:,} runs to go" + (f", {found:,} are there" if found else ""))

    def show(self, now: Any) -> None:
        """Show how the study stands (`Progress`)."""
        self.advance([None] * (now.fresh - self._done))
