"""Long work of a page: what stays on the screen, Stop, a newer change, and a failure in plain words."""

import threading
import time

import pytest
import solara

from dashboard.compute.pool import Stopped
from dashboard.session.background_work import Status, use_work


class Seen:
    """A component whose work does what a test says; `now` is what it saw last."""

    def __init__(self, make):
        self.key = solara.Reactive("one")

        @solara.component
        def Visitor():
            self.now = use_work(make, self.key.value)
            Status(self.now, "ready", "busy")

        self.box, self.context = solara.render(Visitor(), handle_error=False)

    def until(self, true):
        end = time.monotonic() + 5
        while not true(self.now):
            assert time.monotonic() < end, self.now
            time.sleep(0.01)  # the work is in a thread of its own
        return self.now


@pytest.fixture
def visitor():
    opened = []

    def open_page(make):
        opened.append(Seen(make))
        return opened[-1]

    yield open_page
    for each in opened:
        each.context.close()


def test_stop_keeps_the_last_finished_result(visitor):
    begun = threading.Event()

    def make(alive, progress, report):
        if not begun.is_set():
            begun.set()
            return report("first", True)
        while alive():
            time.sleep(0.005)  # work that goes on until it is told to stop
        raise Stopped

    page = visitor(make)
    assert page.until(lambda work: work.fresh).shown.result == "first"
    page.key.value = "two"
    work = page.until(lambda work: work.pending)
    assert work.shown.result == "first" and not work.fresh, "the last numbers stay, and are known to be old"
    work.stop()
    work = page.until(lambda work: work.stopped)
    assert work.shown.result == "first" and "Stopped. The last finished numbers are shown." in str(page.box)


def test_a_newer_change_replaces_an_older_one(visitor):
    key = []

    def make(alive, progress, report):
        mine = key[-1]
        while mine == "slow" and alive():
            time.sleep(0.005)  # work that goes on until a newer change comes
        if mine == "slow":
            time.sleep(0.05)  # an answer that comes too late
        report(mine, True)

    key.append("slow")
    page = visitor(make)
    page.until(lambda work: work.pending)
    key.append("quick")
    page.key.value = "two"
    assert page.until(lambda work: work.fresh).shown.result == "quick"
    time.sleep(0.1)  # long enough for the late answer to come, which must not show: nothing says when it was dropped
    assert page.now.shown.result == "quick" and not page.now.stopped


def test_a_run_that_fails_is_told_in_a_plain_sentence_with_a_reference(visitor, caplog):
    def make(alive, progress, report):
        raise RuntimeError("secret /path")

    page = visitor(make)
    failed = page.until(lambda work: work.failed).failed
    number = caplog.records[-1].getMessage().removeprefix("reference ")
    assert failed == (
        f"The simulation did not finish. Your plan is kept: try again, or change a lever. (Reference {number})"
    )
    assert "secret" not in str(page.box) and "secret /path" in caplog.text
