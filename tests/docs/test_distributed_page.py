"""Commands on the page about clusters exist, with the options that it gives them."""

import re
from pathlib import Path

import click
import pytest

from experiments.cli.entry import cli

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "distributed.md").read_text(encoding="utf-8")
LINES = PAGE.replace("\\\n", " ").splitlines()
OURS = [
    line[line.index("peerbridge ") :].split("#")[0].split() for line in LINES if re.match(r"(nohup )?peerbridge ", line)
]
DASK = [
    re.split(r"\bdask (?=scheduler|worker)", line)[1].split()
    for line in LINES
    if re.search(r"\bdask (scheduler|worker) -|dask worker tcp", line)
]


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_our_commands(words: list[str]) -> None:
    command: click.Command = cli
    rest = words[1:]
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


def test_commands_of_dask() -> None:
    pytest.importorskip("distributed")
    from distributed.cli import dask_scheduler, dask_worker

    assert len(OURS) > 8 and len(DASK) == 2
    for name, *rest in DASK:
        command = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[name]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in rest if word.startswith("--")} <= known
