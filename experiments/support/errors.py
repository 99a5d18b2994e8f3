"""Errors that end a command with one line instead of a traceback."""

from __future__ import annotations


class BadInput(Exception):
    """Invalid input; the message is one line for people. Exit code 2."""


class Stopped(Exception):
    """Interrupted by Ctrl-C; finished work is kept, and the same call resumes."""


class BadRecords(BadInput):
    """Invalid rows of a table; the message has a line for each and reveals no value."""
