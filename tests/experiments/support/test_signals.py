"""Requests to end, with Ctrl-C heard, held back or ignored."""

import signal
from collections.abc import Iterator

import pytest

from experiments.support.signals import deferred, terminations


def test_a_request_to_end_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), terminations():
        signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def in_the_background() -> Iterator[None]:
    """As a shell starts work in the background: with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("in_the_background")
def test_a_request_to_end_is_heard_in_the_background_and_ctrl_c_is_not() -> None:
    with terminations():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), terminations():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.usefixtures("in_the_background")
def test_what_belongs_together_is_finished_first_there_too() -> None:
    finished = False
    with pytest.raises(KeyboardInterrupt), terminations(), deferred():
        signal.raise_signal(signal.SIGTERM)
        finished = True
    assert finished
