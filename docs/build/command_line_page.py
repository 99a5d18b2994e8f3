"""The page on the command line, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from docs.build.generated_parts import DOCS, filled
from docs.build.registry import Files, page
from experiments.cli.entry import cli

WIDTH = 100


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """A command and all below it, each with its context, in the order of `--help`."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from commands(below, click.Context(below, info_name=name, parent=context, **SETTINGS))


SETTINGS = {"terminal_width": WIDTH, "max_content_width": WIDTH}


def reference() -> str:
    """A section for each command: what `--help` prints."""
    parts = []
    for context in commands(cli, click.Context(cli, info_name="peerbridge", **(cli.context_settings | SETTINGS))):
        title = f"## {context.command_path}"
        parts.append(f"{title}\n\n```text\n{context.get_help()}\n```")
    return "\n\n".join(parts)


@page("command-line")
def command_line() -> Files:
    """Every command and its options."""
    return filled(DOCS / "reference" / "command-line.md", {"commands": reference()})
