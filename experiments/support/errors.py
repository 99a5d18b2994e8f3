"""Errors that end a command with one line instead of a traceback."""

from __future__ import annotations


class BadInput(Exception):
    """What was asked for cannot be done; the message is one line for people. Exit code 2."""


class Stopped(Exception):
    """Ctrl-C came before the end: what is finished is kept, the same call goes on."""


class BadRecords(BadInput):
    """Rows of a table that cannot be used; the message has a line for each, and none of their values."""
