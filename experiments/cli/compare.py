"""`peerbridge run` and `peerbridge compare`: one scenario, or several against a baseline."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click

from experiments.cli import shared_options as option
from experiments.cli.common import FAILED, goes_on, print_json, tell_failed
from experiments.support.errors import InputError

DEFAULT_REPLICATIONS = 100

RUN_REPLICATIONS = 20
"""Ten draws of the parameters: the fewest that say what nobody knows."""

_settings = option.settings("Change a setting, e.g. programme.peers=6; may be repeated.")
_out = option.out("Folder for the files; a stopped command goes on there.")


@click.command()
@click.argument("scenario", metavar="NAME_OR_FILE")
@_settings
@click.option(
    "--replications", type=int, default=RUN_REPLICATIONS, show_default=True,
    help="Runs; every two share one draw of the parameters.",
)  # fmt: skip
@option.seed()
@option.workers()
@option.posterior
@option.beside_prior
@_out
@option.as_json
def run(scenario: str, as_json: bool, **options: Any) -> None:
    """Run one scenario and show its outcomes.

    \b
    Examples:
      peerbridge run bridge
      peerbridge run my-plan.toml --set programme.peers=6 --replications 20 --out results/six-peers
    """
    _go([scenario], None, as_json, options)


@click.command()
@click.argument("names", metavar="NAME_OR_FILE...", nargs=-1, required=True)
@click.option("--baseline", metavar="NAME_OR_FILE", help="What the others are compared with.  [default: the first]")
@_settings
@click.option(
    "--replications", type=int, default=DEFAULT_REPLICATIONS, show_default=True, help="Runs of each scenario."
)
@option.seed()
@option.workers()
@click.option(
    "--threshold", type=float, default=None, metavar="USD",
    help="Value of one readmission averted, for the net benefit.  [default: 15,763 US$ of 2022]",
)  # fmt: skip
@option.posterior
@option.beside_prior
@_out
@option.as_json
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
        raise InputError("compare needs two scenarios or more (peerbridge run is for one)")
    _go(list(names), baseline, as_json, options)


def _go(names: list[str], baseline: str | None, as_json: bool, options: dict[str, Any]) -> None:
    from experiments.comparisons import run as comparing
    from experiments.comparisons import terminal
    from experiments.outcomes.cost_effectiveness import THRESHOLD
    from experiments.studies.progress import StudyProgressBar
    from experiments.uncertainty.shipped import given

    command_line = shlex.join(["peerbridge", *sys.argv[1:]])
    threshold = options.get("threshold")
    try:
        with StudyProgressBar() as progress:
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
                prior=options["beside_prior"],
                on_start=progress.start,
                on_standing=progress.show,
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
    tell_failed(failed, result.attempted)
    if result.stopped:
        goes_on(result.folder, command_line)
    if result.folder is not None and not as_json:
        name = "report.html" if result.baseline else "outcomes.csv"
        click.echo(f"\nFiles are in {result.folder}; start with {result.folder / name}")
    if failed:
        raise click.exceptions.Exit(FAILED)
