"""Progress of a sweep on stderr: a bar in a terminal or a notebook, a line a minute in a log."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from experiments.reporting.progress import LOG_SECONDS, PATIENCE, OnStderr, is_watched

if TYPE_CHECKING:
    from experiments.studies.session import Progress


class StudyProgressBar(OnStderr):
    """How a sweep stands: runs done, time left, and how well the lead outcome is known by now."""

    def __init__(self) -> None:
        super().__init__()
        self._began = self._said = time.monotonic()

    def start(self, todo: int, found: int) -> None:
        """Begin `todo` runs; `found` are there from before."""
        self._began = self._said = time.monotonic()
        if found:
            self.say(
                f"{found:,} runs are there from before; {f'{todo:,} to go.' if todo else 'nothing is left to do.'}"
            )

    def show(self, standing: Progress) -> None:
        """Show how the sweep stands."""
        now = time.monotonic()
        if not is_watched():
            if now - self._said >= LOG_SECONDS:
                self._said = now
                self.say(f"{standing.done:,} of {standing.total:,} runs; {_left(standing)}{_known(standing)}")
            return
        if self._bar is None:
            if now - self._began < PATIENCE or standing.done >= standing.total:
                return
            self._show(standing.total)
        said = f"{_left(standing)}{_known(standing)}"
        self._bar.update(self._task, completed=standing.done, total=standing.total, said=said)

    def _show(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            BarColumn(30), MofNCompleteColumn(), TextColumn("runs; {task.fields[said]}"),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=total, said="")
        self._bar.start()


def _left(standing: Progress) -> str:
    from experiments.reporting.terminal import duration

    if math.isnan(standing.seconds_left):
        return "starting"
    return f"{duration(standing.seconds_left)} left{f'; {standing.failed:,} failed' if standing.failed else ''}"


def _known(standing: Progress) -> str:
    from experiments.outcomes.registry import OUTCOMES
    from experiments.reporting.quantity import figure

    if math.isnan(standing.half_width) or standing.outcome not in OUTCOMES:
        return ""
    outcome = OUTCOMES[standing.outcome]
    width = 100 * standing.half_width if outcome.is_share else standing.half_width
    unit = " points" if outcome.is_share else ""
    return f"; differences in {outcome.label} known to ±{figure(width)}{unit} or better"
