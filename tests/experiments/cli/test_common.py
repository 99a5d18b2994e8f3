"""What commands share: signs for plain terminals, names of options, nearest commands, JSON."""

import codecs
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from experiments.cli import common
from experiments.cli import shared_options as option
from experiments.support.errors import InputError


def test_signs_that_a_terminal_does_not_know() -> None:
    codecs.register_error("in-plain-signs", common.in_plain_signs)
    text = "−1.3 ± 0.2 ✓ ≥ 5 漢"
    assert text.encode("ascii", "in-plain-signs").decode() == "-1.3 +/- 0.2 + >= 5 ?"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("must be 1", argument="max_minutes"), "--max-minutes must be 1"),
        (InputError("must be 1", argument="draws"), "--posterior must be 1"),
        (InputError("settings programme.peeers: no such setting"), "--set programme.peeers: no such setting"),
        (InputError("a.toml: is empty"), "a.toml: is empty"),
    ],
)
def test_the_option_of_an_argument(error: InputError, said: str) -> None:
    assert common.as_option(error) == said


def test_a_wrong_command_names_the_nearest() -> None:
    @click.group(cls=common.Group)
    def tool() -> None:
        """A tool."""

    @tool.command()
    @option.seed()
    @option.workers("one per core, at most 4")
    @option.settings("Change it.")
    @option.out("A folder.")
    @option.posterior
    @option.dask
    @option.as_json
    def compare(**given: object) -> None:
        """Compare."""
        click.echo(repr(sorted(given.items())))

    with pytest.raises(InputError, match="did you mean compare"):
        CliRunner().invoke(tool, ["compar"], catch_exceptions=False)
    given = CliRunner().invoke(tool, ["compare", "--set", "a=1", "--set", "b=2", "--out", "x", "--json"]).output
    assert "('settings', ('a=1', 'b=2'))" in given and "('seed', 0)" in given and "('as_json', True)" in given
    assert "PosixPath('x')" in given and "('workers', None)" in given
    assert "[default: one per core, at most 4]" in CliRunner().invoke(tool, ["compare", "--help"]).output


def test_how_a_stopped_command_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.exceptions.Exit) as ended:
        common.goes_on(Path("results/mine"), "peerbridge sweep mine.toml")
    assert ended.value.exit_code == common.STOPPED
    assert "To go on: peerbridge sweep mine.toml" in capsys.readouterr().err
    with pytest.raises(click.exceptions.Exit):
        common.goes_on(None, "peerbridge run bridge")
    assert "Nothing was kept" in capsys.readouterr().err


def test_json_holds_no_number_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    common.print_json({"a": [1.5, None]})
    assert json.loads(capsys.readouterr().out) == {"a": [1.5, None]}
    with pytest.raises(ValueError, match="JSON"):
        common.print_json({"a": float("nan")})


def test_every_file_is_checked_before_the_command_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def check(file: str) -> str:
        if file == "bad":
            raise InputError("bad: is empty")
        return "fine"

    with pytest.raises(click.exceptions.Exit) as ended:
        common.check_each(["bad", "good"], check)
    said = capsys.readouterr()
    assert ended.value.exit_code == common.BAD_INPUT and said.out == "good: fine\n" and said.err == "bad: is empty\n"
