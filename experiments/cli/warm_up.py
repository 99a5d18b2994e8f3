"""`peerbridge warm-up`: how many days a scenario needs before it is measured, and a record of the analysis."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli import shared_options as option
from experiments.cli.common import print_json
from experiments.support.errors import InputError
from experiments.support.limits import check_replications, check_seed, check_workers
from experiments.support.result_folders import check_new

MOST = 10_000


@click.command("warm-up")
@click.argument("scenario", metavar="NAME_OR_FILE")
@option.settings("Change a setting, e.g. run.warm_up_days=120.")
@click.option("--replications", type=int, default=60, show_default=True, help="Runs that the series are averaged over.")
@option.seed()
@option.workers()
@option.out("Folder for the record: warm_up.json, two CSV tables and a page with pictures.")
@option.as_json
def warm_up(
    scenario: str,
    settings: tuple[str, ...],
    replications: int,
    seed: int,
    workers: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say how many days of a run should not be measured, by MSER-5 and Welch's averages.

    \b
    Examples:
      peerbridge warm-up bridge
      peerbridge warm-up my-plan.toml --replications 100 --out results/warm-up

    The hospital's series decide, and the programme's where it starts before measurement. What clinicians and workers
    learn goes on for years: that is an answer of the model, not a warm-up.
    """
    from experiments.reporting.progress import ProgressBar
    from experiments.support.messages import announce_compilation
    from experiments.warm_up import report as warm_up_report
    from experiments.warm_up.analysis import analyse
    from scenarios import ScenarioError, load

    check_replications(replications, 2, MOST)
    check_seed(seed)
    check_workers(workers)
    if out is not None:
        check_new(out)
    try:
        config = load(scenario, settings)
    except ScenarioError as error:
        raise InputError(str(error)) from None
    with ProgressBar() as progress:
        announce_compilation(progress.say)
        progress.start(replications * (2 if config.programme.peers + config.programme.navigators else 1), 0)
        found = analyse(
            config, replications=replications, seed=seed, workers=workers, on_run=lambda: progress.advance([None])
        )
    if as_json:
        print_json({"finding": found.in_words(), **found.as_dict()})
    else:
        warm_up_report.show(found)
    if out is not None:
        try:
            warm_up_report.write(found, out)
        except OSError as error:
            raise InputError(f"--out {out}: {error.strerror or error}") from None
        click.echo(f"\nFiles are in {out}; start with {out / 'warm_up.html'}", err=as_json)
