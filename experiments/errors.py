"""Errors that end a command with one line instead of a traceback."""

from __future__ import annotations


class BadInput(Exception):
    """What was asked for cannot be done; the message is one line for people. Exit code 2."""
