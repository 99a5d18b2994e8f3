"""The command line `peerbridge`: thin, over the Python API.

Exit codes: 0 fine, 1 a run failed, 2 bad input (one line on stderr), 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import codecs
import os
import sys
from importlib.metadata import entry_points

import click

from experiments.cli.brief import brief
from experiments.cli.calibrate import calibrate
from experiments.cli.common import (
    BAD_INPUT,
    BROKEN_PIPE,
    FAILED,
    STOPPED,
    Group,
    as_option,
    check_memory,
    check_words,
    in_plain_signs,
)
from experiments.cli.compare import compare, run
from experiments.cli.data_template import data_template
from experiments.cli.decide import decide
from experiments.cli.elicit import elicit
from experiments.cli.explain import explain
from experiments.cli.import_ import import_
from experiments.cli.report import report
from experiments.cli.scenarios import scenarios
from experiments.cli.sensitivity import sensitivity
from experiments.cli.study import rerun
from experiments.cli.sweep import study, sweep
from experiments.cli.trial import trial
from experiments.cli.validate import validate
from experiments.cli.warm_up import warm_up
from experiments.support.errors import BadRecords, InputError
from experiments.support.machine import is_lack_of_memory, lack_of_memory


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from experiments.support.version import PACKAGE_VERSION
        from simulation.version import VERSION

        click.echo(f"peerbridge {PACKAGE_VERSION} (model {VERSION})")
        ctx.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show both versions."
)
def cli() -> None:
    """Simulate peer support in hospitals and compare plans for it.

    \b
    Examples:
      peerbridge scenarios list
      peerbridge compare usual-care bridge --out results/first

    Results are simulated: they show what the model's assumptions imply, not what was observed.

    Exit codes: 0 fine, 1 a run failed, 2 bad input, 130 stopped with Ctrl-C.
    """


for command in (
    scenarios, run, compare, sweep, study, rerun, sensitivity, explain, decide, brief, trial, data_template, import_,
    report, warm_up, calibrate, validate, elicit,
):  # fmt: skip
    cli.add_command(command)
for entry_point in entry_points(group="peerbridge.commands"):  # of packages above this one, such as the dashboard
    cli.add_command(entry_point.load())


def main(arguments: list[str] | None = None) -> None:
    """Entry point: every way to end becomes one of the exit codes, and none a traceback for bad input."""
    codecs.register_error("plain", in_plain_signs)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us, as `>&-` does
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")  # a terminal that knows only ASCII
    code = _call(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    if code == BROKEN_PIPE:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at exit has where to go
    sys.exit(code)


def _call(arguments: list[str]) -> int:
    try:
        check_words(arguments)
        if not {"--help", "-h", "--version", "scenarios"} & set(arguments) and arguments:
            check_memory()
        code = cli.main(arguments, prog_name="peerbridge", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except BadRecords as error:
        for line in str(error).splitlines():
            click.echo(f"peerbridge: {line}", err=True)
        return BAD_INPUT
    except (InputError, click.ClickException) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else as_option(error)
        click.echo(f"peerbridge: {' '.join(text.split())}", err=True)
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        return STOPPED
    except SystemExit:  # only from click and rich, where the reader of stdout has gone
        return BROKEN_PIPE
    except Exception as error:  # every library has an error of its own for it
        if is_lack_of_memory(error):
            click.echo(
                f"peerbridge: {lack_of_memory(error)}; finished runs are kept, the same command goes on", err=True
            )
            return FAILED
        if not isinstance(error, OSError):
            raise
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        click.echo(f"peerbridge: {what}; finished runs are kept, the same command goes on", err=True)
        return FAILED


if __name__ == "__main__":
    main()
