"""Long work of a page: in a task that a newer change replaces, Stop ends, and an error turns into a plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import solara
import solara.lab
from solara.util import CancelledError

from dashboard.compute.pool import Stopped
from dashboard.log import log, reference
from dashboard.ui.widgets import Button

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """A finished result and what it was made for."""

    key: Hashable
    result: T
    final: bool


@dataclass(slots=True)
class Work(Generic[T]):
    """What a page sees of its long work.

    Attributes:
        shown: The last good result, for whatever key; None before the first.
        fresh: Whether `shown` is the final result for the present key.
        pending: Whether work goes on.
        done: Share done, 0 to 1; read by `Status` alone, so that progress draws nothing else anew.
        stopped: Whether the visitor stopped it.
        failed: A plain sentence if it failed, else "".
        stop: Stops it.
        again: Starts it again.
    """

    shown: Shown[T] | None
    fresh: bool
    pending: bool
    done: solara.Reactive[float]
    stopped: bool
    failed: str
    stop: Callable[[], None]
    again: Callable[[], None]


Make = Callable[[Callable[[], bool], Callable[[float], None], Callable[[Any, bool], None]], None]


def use_work(
    make: Make, key: Hashable, ready: Callable[[], Any | None] = lambda: None, active: bool = True
) -> Work[Any]:
    """Run `make(alive, progress, report)` in the background whenever `key` changes.

    Args:
        make: Asks `alive()` often, tells `progress(share)`, and hands over results with `report(result, final)`.
        key: What the result depends on.
        ready: The final result if it is there already, without waiting.
        active: Whether to work at all.
    """
    shown = solara.use_reactive(None)
    done = solara.use_reactive(0.0)
    stopped = solara.use_reactive(False)
    failed = solara.use_reactive("")
    there = solara.use_memo(lambda: ready() if active else None, [key, active])
    attempt = solara.use_ref(0)

    def work() -> None:
        attempt.current += 1
        mine = attempt.current
        if not active or there is not None:
            return

        def report(result: Any, final: bool) -> None:
            if not task.is_current():
                raise Stopped
            shown.value = Shown(key, result, final)

        stopped.value, failed.value, done.value = False, "", 0.0
        try:
            make(task.is_current, lambda share: done.set(round(share, 1)), report)
        except Stopped:
            if mine == attempt.current:  # stopped by the visitor, not replaced by a newer change
                stopped.value = True
            raise CancelledError() from None
        except Exception:  # whatever went wrong, the page stays and says so; the log has the cause
            if mine != attempt.current:
                return
            number = reference()
            log.exception("reference %s", number)
            failed.value = (
                f"The simulation did not finish. Your plan is kept: try again, or change a lever. (Reference {number})"
            )

    task = solara.lab.use_task(work, dependencies=[key, active], raise_error=False)
    seen = solara.use_ref(None)  # what was on the screen last, for the time when a new key has nothing yet
    if there is not None:
        seen.current = Shown(key, there, True)
    elif shown.value is not None and (seen.current is None or shown.value.key == key):
        seen.current = shown.value
    last = seen.current
    fresh = last is not None and last.key == key and last.final
    pending = active and not fresh and not stopped.value and not failed.value
    return Work(
        shown=last,
        fresh=fresh,
        pending=pending,
        done=done,
        stopped=stopped.value and not fresh,
        failed="" if fresh else failed.value,
        stop=task.cancel,
        again=lambda: task(),
    )


@solara.component
def Status(work: Work[Any], ready: str, busy: str, testid: str = "status") -> None:
    """The line that says what goes on, with Stop and Try again."""
    said = work.failed or (
        f"{busy} {work.done.value:.0%}" if work.pending
        else "Stopped. The last finished numbers are shown." if work.stopped
        else ready
    )  # fmt: skip
    with solara.v.Html(tag="div", class_="status" + (" wrong" if work.failed else "")):
        solara.HTML(tag="p", unsafe_innerHTML=said, attributes={"role": "status", "data-testid": testid})
        if work.pending:
            solara.HTML(
                tag="progress", attributes={"max": "1", "value": f"{work.done.value:.1f}", "aria-label": "Work done"}
            )
            Button(label="Stop", testid="stop", look="quiet", event_click=lambda *_: work.stop())
        elif work.stopped or work.failed:
            Button(label="Run again", testid="again", look="quiet", event_click=lambda *_: work.again())
