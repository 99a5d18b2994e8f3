"""What the modules of the command line share: exit codes, groups, JSON."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from experiments.support.errors import InputError
from experiments.support.machine import address_space
from experiments.support.messages import is_text, readable

if TYPE_CHECKING:
    from experiments.execution.tasks import Run

FAILED, BAD_INPUT, NOT_FINISHED, STOPPED, BROKEN_PIPE = 1, 2, 3, 130, 141
"""Exit codes: a run failed, bad input, out of time, stopped with Ctrl-C, the reader of stdout has gone."""


PLAIN = {
    "−": "-", "–": "-", "—": "-", "±": "+/-", "×": "x", "≤": "<=", "≥": ">=", "→": "->", "…": "...", "\u00a0": " ",
    "✓": "+", "✗": "x", "▲": "^", "▼": "v", "’": "'",
}  # fmt: skip
"""What stands for signs that a terminal does not know: a number must never lose its minus."""


def in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Handler for `codecs.register_error`: put `PLAIN` signs, or a question mark, where a character has no code."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


class Group(click.Group):
    """A group that keeps its commands in the order written and offers the nearest name for a wrong one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order in which they were defined."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List every command with its whole first sentence; click cuts it to one line."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(500)) for name, command in self.commands.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one is nearest."""
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            near = difflib.get_close_matches(name, list(self.commands), n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.commands)}"
            raise InputError(f"{name}: no such command; {hint}")
        return super().resolve_command(ctx, args)


LEAST_ADDRESS_SPACE = 3 * 2**30
"""Bytes of address space that a small comparison takes: libraries map much more than they use."""

OPTIONS = {"settings": "--set", "draws": "--posterior", "checked": "--check"}
"""Arguments of the Python API whose option has another name."""


def check_words(words: Sequence[str]) -> None:
    """Refuse what no command can use.

    Raises:
        InputError: A word is not text in UTF-8, or the current folder's name is not.
    """
    for word in words:
        if not is_text(word):
            raise InputError(f'"{readable(word)}" is not text in UTF-8; rename the file or folder')
    if not is_text(os.getcwd()):
        raise InputError(
            f"the current folder, {readable(os.getcwd())}, has a name that is not text in UTF-8; rename it"
        )


def check_memory() -> None:
    """Refuse to begin where a shell leaves too little address space: some libraries only crash then.

    Raises:
        InputError: The limit is below `LEAST_ADDRESS_SPACE`.
    """
    limit = address_space()
    if limit is not None and limit < LEAST_ADDRESS_SPACE:
        raise InputError(
            f"this shell lets a process take {limit / 2**30:.1f} GiB of address space (ulimit -v); runs and reports "
            f"need {LEAST_ADDRESS_SPACE / 2**30:.1f}: raise it, or limit memory with a container instead"
        )


def as_option(error: InputError) -> str:
    """The message of an error of the Python API, its argument named as the option of the command line."""
    text = str(error)
    argument = error.argument or ("settings" if text.startswith("settings ") else "")
    if not argument:
        return text
    return OPTIONS.get(argument, f"--{argument.replace('_', '-')}") + text.removeprefix(argument)


def check_each(files: Sequence[str], check: Callable[[str], str]) -> None:
    """Print what `check` says to each file, or what is wrong with it; exit code 2 if anything is.

    Args:
        files: What the user named.
        check: Raises InputError, of a line or more, for a file that cannot be used.
    """
    bad = False
    for file in files:
        try:
            click.echo(f"{file}: {check(file)}")
        except InputError as error:
            bad = True
            click.echo(as_option(error), err=True)
    if bad:
        raise click.exceptions.Exit(BAD_INPUT)


def goes_on(out: Path | None, command_line: str, why: str = "Stopped", code: int = STOPPED) -> NoReturn:
    """Say how a command that ended early goes on, and leave with its exit code; without a folder nothing was kept."""
    if out is None:
        click.echo(f"{why}. Nothing was kept: with --out DIR finished runs are kept.", err=True)
    else:
        click.echo(f"{why}; finished runs are in {out}. To go on: {command_line}", err=True)
    raise click.exceptions.Exit(code)


def tell_failed(failed: Sequence[Run], attempted: int) -> None:
    """Say on stderr how many runs failed and what the first said; nothing where none did."""
    if failed:
        first = failed[0]
        click.echo(
            f"{len(failed)} of {attempted} runs failed; the first: {first.scenario}, replication "
            f"{first.replication}, in {first.stage}: {first.message}",
            err=True,
        )


def print_json(value: object) -> None:
    """Print `value` as JSON for scripts; NaN is an error, not a number."""
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
