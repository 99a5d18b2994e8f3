"""Errors that end a command with one line instead of a traceback."""

from __future__ import annotations


class InputError(Exception):
    """Invalid input; the message is one line for people. Exit code 2.

    Args:
        message: What is wrong and what would be right.
        argument: Argument of the Python API that is at fault; the message begins with it. On the command line it is
            the option of that name.

    Example:
        >>> import peerbridge as pb
        >>> pb.compare(["usual-care", "bridge"], seed=-1)
        Traceback (most recent call last):
        experiments.support.errors.InputError: seed must lie between 0 and 2**64 - 1, not -1
    """

    def __init__(self, message: str, *, argument: str = "") -> None:
        super().__init__(f"{argument} {message}" if argument else message)
        self.argument = argument


class Stopped(Exception):
    """Interrupted by Ctrl-C; finished work is kept, and the same call resumes."""


class BadRecords(InputError):
    """Invalid rows of a table; the message has a line for each and reveals no value."""
