"""The command line `peerbridge`: thin, over the Python API.

Exit codes: 0 fine, 1 a run failed, 2 bad input (one line on stderr), 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import codecs
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from dashboard.server.command import serve
from experiments.cli.calibrate import calibrate
from experiments.cli.common import (
    BAD_INPUT,
    BROKEN_PIPE,
    FAILED,
    STOPPED,
    Group,
    check_each,
    goes_on,
    in_plain_signs,
    print_json,
)
from experiments.cli.data_template import data_template
from experiments.cli.report import report
from experiments.cli.study import rerun
from experiments.cli.sweep import study, sweep
from experiments.cli.trial import trial
from experiments.cli.warm_up import warm_up
from experiments.support.errors import BadInput, BadRecords

DEFAULT_REPLICATIONS = 100

RUN_REPLICATIONS = 20
"""Ten draws of the parameters: the fewest that say what nobody knows."""


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from experiments.support.provenance import version

        click.echo(f"peerbridge {version()}")
        ctx.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Simulate peer support in hospitals and compare plans for it.

    \b
    Examples:
      peerbridge scenarios list
      peerbridge compare usual-care bridge --out results/first

    Results are simulated: they show what the model's assumptions imply, not what was observed.

    Exit codes: 0 fine, 1 a run failed, 2 bad input, 130 stopped with Ctrl-C.
    """


@cli.group(cls=Group)
def scenarios() -> None:
    """List, show and check scenarios.

    \b
    Examples:
      peerbridge scenarios list
      peerbridge scenarios check my-plan.toml
    """


@scenarios.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for scripts.")
def list_scenarios(as_json: bool) -> None:
    """List the bundled scenarios.

    \b
    Examples:
      peerbridge scenarios list
      peerbridge scenarios list --json
    """
    from experiments.comparisons import terminal
    from scenarios import load, names

    configs = [load(name) for name in names()]
    if as_json:
        print_json([{"name": c.name, "title": c.title, "description": c.description} for c in configs])
    else:
        terminal.show_scenarios(configs)


@scenarios.command("show")
@click.argument("scenario", metavar="NAME_OR_FILE")
@click.option("--set", "settings", multiple=True, metavar="K=V", help="Change a setting, e.g. programme.peers=6.")
def show_scenario(scenario: str, settings: tuple[str, ...]) -> None:
    """Show a scenario with every setting, as TOML that can be saved and changed.

    \b
    Examples:
      peerbridge scenarios show bridge
      peerbridge scenarios show bridge --set programme.peers=6 > my-plan.toml
    """
    from scenarios import dump

    click.echo(dump(_load(scenario, settings)), nl=False)


@scenarios.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check_scenarios(files: tuple[str, ...]) -> None:
    """Check scenario files and say what is wrong in each; exit code 2 if anything is.

    \b
    Examples:
      peerbridge scenarios check my-plan.toml
      peerbridge scenarios check plans/*.toml
    """
    from scenarios import check

    def said(file: str) -> str:
        if problems := check(file):
            raise BadInput("\n".join(problems))
        return "fine"

    check_each(files, said)


_settings = click.option(
    "--set", "settings", multiple=True, metavar="K=V", help="Change a setting, e.g. programme.peers=6; may be repeated."
)
_seed = click.option("--seed", type=int, default=0, show_default=True, help="Root seed of all draws.")
_workers = click.option("--workers", type=int, default=None, help="Most cores to use.  [default: one per core]")
_out = click.option(
    "--out", type=click.Path(path_type=Path), default=None,
    help="Folder for the files; a stopped command goes on there.",
)  # fmt: skip
_posterior = click.option(
    "--posterior",
    metavar="FILE",
    help="Parameter draws from peerbridge calibrate, or none for hand-set start values; every two replications share "
    "a draw.  [default: the shipped posterior]",
)
_json = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for scripts.")


@cli.command()
@click.argument("scenario", metavar="NAME_OR_FILE")
@_settings
@click.option(
    "--replications", type=int, default=RUN_REPLICATIONS, show_default=True,
    help="Runs; every two share one draw of the parameters.",
)  # fmt: skip
@_seed
@_workers
@_posterior
@_out
@_json
def run(scenario: str, as_json: bool, **options: Any) -> None:
    """Run one scenario and show its outcomes.

    \b
    Examples:
      peerbridge run bridge
      peerbridge run my-plan.toml --set programme.peers=6 --replications 20 --out results/six-peers
    """
    _go([scenario], None, as_json, options)


@cli.command()
@click.argument("names", metavar="NAME_OR_FILE...", nargs=-1, required=True)
@click.option("--baseline", metavar="NAME_OR_FILE", help="What the others are compared with.  [default: the first]")
@_settings
@click.option(
    "--replications", type=int, default=DEFAULT_REPLICATIONS, show_default=True, help="Runs of each scenario."
)
@_seed
@_workers
@click.option(
    "--threshold", type=float, default=None, metavar="USD",
    help="Value of one readmission averted, for the net benefit.  [default: 15,763 US$ of 2022]",
)  # fmt: skip
@_posterior
@_out
@_json
def compare(names: tuple[str, ...], baseline: str | None, as_json: bool, **options: Any) -> None:
    """Compare scenarios: differences from a baseline, with 95 % confidence intervals.

    Replication r of every scenario shares its draws, so a difference is the effect of the plan and not of luck.
    --set changes every scenario.

    \b
    Examples:
      peerbridge compare usual-care bridge
      peerbridge compare usual-care bridge my-plan.toml --replications 200 --out results/mine
    """
    if len({*names, *([baseline] if baseline else [])}) < 2:
        raise BadInput("compare needs two scenarios or more (peerbridge run is for one)")
    _go(list(names), baseline, as_json, options)


cli.add_command(sweep)
cli.add_command(study)
cli.add_command(rerun)
cli.add_command(trial)
cli.add_command(data_template)
cli.add_command(report)
cli.add_command(warm_up)
cli.add_command(serve)
cli.add_command(calibrate)


def _go(names: list[str], baseline: str | None, as_json: bool, options: dict[str, Any]) -> None:
    from experiments.comparisons import run as comparing
    from experiments.comparisons import terminal
    from experiments.outcomes.cost_effectiveness import THRESHOLD
    from experiments.reporting.progress import Progress
    from experiments.uncertainty.shipped import given

    command_line = shlex.join(["peerbridge", *sys.argv[1:]])
    threshold = options.get("threshold")
    try:
        with Progress() as progress:
            result = comparing.compare(
                list(names),
                baseline=baseline,
                settings=options["settings"],
                replications=options["replications"],
                seed=options["seed"],
                workers=options["workers"],
                out=options["out"],
                threshold=THRESHOLD if threshold is None else threshold,
                draws=given(options["posterior"]),
                on_start=progress.start,
                on_batch=progress.advance,
                on_message=progress.say,
                command_line=command_line,
            )
    except KeyboardInterrupt:  # while files are put together: the shards are still there
        goes_on(options["out"], command_line)
    if as_json:
        print_json(terminal.as_json(result))
    elif result.complete:
        terminal.show(result)
    failed = result.failed
    if failed:
        first = failed[0]
        click.echo(
            f"{len(failed)} of {len(result.runs)} runs failed; the first: {first.scenario}, replication "
            f"{first.replication}, in {first.stage}: {first.message}",
            err=True,
        )
    if result.stopped:
        goes_on(result.folder, command_line)
    if result.folder is not None and not as_json:
        name = "report.html" if result.baseline else "outcomes.csv"
        click.echo(f"\nFiles are in {result.folder}; start with {result.folder / name}")
    if failed:
        raise click.exceptions.Exit(FAILED)


def _load(scenario: str, settings: tuple[str, ...]) -> Any:
    from scenarios import ScenarioError, load

    try:
        return load(scenario, settings)
    except ScenarioError as error:
        raise BadInput(str(error)) from None


def main(arguments: list[str] | None = None) -> None:
    """Entry point: every way to end becomes one of the exit codes, and none a traceback for bad input."""
    codecs.register_error("plain", in_plain_signs)
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
        code = cli.main(arguments, prog_name="peerbridge", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except BadRecords as error:
        for line in str(error).splitlines():
            click.echo(f"peerbridge: {line}", err=True)
        return BAD_INPUT
    except (BadInput, click.ClickException) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"peerbridge: {' '.join(text.split())}", err=True)
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        return STOPPED
    except SystemExit:  # only from click and rich, where the reader of stdout has gone
        return BROKEN_PIPE
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        click.echo(f"peerbridge: {what}; finished runs are kept, the same command goes on", err=True)
        return FAILED


if __name__ == "__main__":
    main()
