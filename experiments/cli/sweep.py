"""`peerbridge sweep`, and `peerbridge study list | show | check`: studies from their files."""

from __future__ import annotations

import math
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import shared_options as option
from experiments.cli.common import FAILED, NOT_FINISHED, Group, check_each, goes_on, print_json
from experiments.support.errors import InputError
from experiments.support.limits import check_workers

if TYPE_CHECKING:
    from experiments.studies.definition.plan import StudyPlan

RESULTS = Path("results")
"""Where studies go unless --out names another folder."""


@click.command()
@click.argument("study", metavar="STUDY")
@option.out("Folder of the study.  [default: results/NAME]")
@option.workers()
@option.dask
@click.option("--shard", metavar="I/N", help="Run only part I of N; the parts may share one folder.")
@click.option("--max-minutes", type=float, metavar="M", help="Stop in an orderly way so long after the first run.")
@click.option("--replications", type=int, metavar="N", help="Runs of each point, whatever the study says.")
@option.seed("Root seed of all draws and of the design.")
@option.settings("Change a setting of every scenario, e.g. run.days=730; may be repeated.")
@option.posterior
@click.option("--retry-failed", is_flag=True, help="Do runs again that failed before.")
@click.option("--dry-run", is_flag=True, help="Say how many runs, how long and how much disk; write nothing.")
@option.as_json
def sweep(study: str, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Run a study: many plans, compared with a baseline on shared draws.

    STUDY is the name of a bundled study or a TOML file (docs/how-to/studies.md). The same command goes on where an
    earlier one stopped, and runs again only what is not there.

    \b
    Examples:
      peerbridge sweep staffing-supervision-followup --dry-run
      peerbridge sweep my-study.toml --out results/mine --workers 8

    Exit codes: 0 fine, 1 a run failed, 2 bad input, 3 out of time (--max-minutes), 130 stopped with Ctrl-C.
    """
    options["shard"] = _shard(options["shard"])
    _check_options(options)
    plan = _read(study, options)
    out: Path = options.pop("out") or RESULTS / plan.name
    if dry_run:
        from experiments.studies.dry_run import dry_run as rehearse

        rehearsal = rehearse(plan, out, workers=options["workers"], dask=options["dask"], shard=options["shard"])
        if as_json:
            print_json(rehearsal.as_dict())
        else:
            from experiments.studies.preview import show_rehearsal

            show_rehearsal(plan, rehearsal)
        return
    _run(plan, out, as_json, options)


def _run(plan: StudyPlan, out: Path, as_json: bool, options: dict[str, Any]) -> None:
    from experiments.studies.progress import StudyProgressBar
    from experiments.studies.store.layout import COMPLETE, OUT_OF_TIME
    from experiments.studies.sweep import sweep as run_study

    again = shlex.join(["peerbridge", *sys.argv[1:]])
    for note in plan.notes:
        click.echo(f"Note: {note}.", err=True)
    names = ("workers", "dask", "shard", "max_minutes", "retry_failed")
    with StudyProgressBar() as progress:
        data = run_study(
            plan,
            out=out,
            **{name: options[name] for name in names},
            on_start=progress.start,
            on_standing=progress.show,
            on_message=progress.say,
            command_line=again,
        )
    if as_json:
        from experiments.studies.report.terminal import as_json as to_json

        print_json(to_json(plan, data))
    elif options["shard"] and data.ended == COMPLETE != data.state:
        part, parts = options["shard"]
        click.echo(
            f"Part {part} of {parts} is done: {len(data.runs):,} runs are in {out}. Other shards are still to come."
        )
    else:
        from experiments.studies.report.terminal import show_study

        show_study(plan, data)
    if data.ended != COMPLETE:
        if data.ended == OUT_OF_TIME:
            goes_on(out, again, "The time is up", NOT_FINISHED)
        goes_on(out, again)
    if len(data.failed):
        raise click.exceptions.Exit(FAILED)


def _read(study: str, options: dict[str, Any]) -> StudyPlan:
    from experiments.studies.definition.reader import read_study_file
    from experiments.uncertainty.shipped import given, resolve_posterior

    plan = read_study_file(
        study, replications=options.pop("replications"), seed=options.pop("seed"), settings=options.pop("settings")
    )
    profiles = {point.config.population.profile for point in plan.points}
    draws = resolve_posterior(given(options.pop("posterior")), profiles, lambda line: click.echo(line, err=True))
    return plan.with_draws(draws)


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if not found:
        raise InputError(f"--shard {text[:40]}: must read I/N, for example 1/4 for the first of four parts")
    part, parts = int(found[1]), int(found[2])
    if not 1 <= part <= parts:
        raise InputError(f"--shard {text}: part I must lie between 1 and N = {parts}")
    return part, parts


def _check_options(options: dict[str, Any]) -> None:
    workers, minutes, address = options["workers"], options["max_minutes"], options["dask"]
    check_workers(workers)
    if minutes is not None and not (0 < minutes < math.inf):
        raise InputError(f"--max-minutes must be a number above 0, not {minutes:g}")
    if address is not None:
        if workers is not None:
            raise InputError("--dask and --workers: give one of them; a Dask cluster brings its own workers")
        if not re.fullmatch(r"(?:(?:tcp|tls|ws|wss|ucx|inproc)://)?\S*[^\s/:]:[0-9]{1,5}", address):
            raise InputError(
                f"--dask {address[:80]}: must be the address of a scheduler, for example tcp://10.0.0.5:8786"
            )


@click.group(cls=Group)
def study() -> None:
    """List, show and check studies, and look after their folders.

    \b
    Examples:
      peerbridge study list
      peerbridge study show peer-dose > my-study.toml
    """


@study.command("list")
@option.as_json
def list_studies(as_json: bool) -> None:
    """List the bundled studies and what each one asks.

    \b
    Examples:
      peerbridge study list
      peerbridge study list --json
    """
    from experiments.studies.definition.reader import read_study_file, study_names

    plans = [read_study_file(name) for name in study_names()]
    if as_json:
        print_json([_facts(plan) for plan in plans])
    else:
        from experiments.studies.preview import show_studies

        show_studies(plans)


@study.command("show")
@click.argument("name", metavar="STUDY")
def show_study_file(name: str) -> None:
    """Show the file of a study, to be saved and changed.

    \b
    Examples:
      peerbridge study show peer-dose
      peerbridge study show peer-dose > my-study.toml
    """
    from experiments.studies.definition.reader import read_study_file, study_text

    read_study_file(name)
    click.echo(study_text(name), nl=False)


@study.command("check")
@click.argument("files", metavar="STUDY...", nargs=-1, required=True)
def check_studies(files: tuple[str, ...]) -> None:
    """Check studies and say how large each is; exit code 2 if anything is wrong.

    \b
    Examples:
      peerbridge study check my-study.toml
      peerbridge study check studies/*.toml
    """
    from experiments.studies.definition.reader import read_study_file

    def summary(file: str) -> str:
        plan = read_study_file(file)
        runs = f"{len(plan.points) * plan.replications.most:,}"
        most = "" if hasattr(plan.replications, "number") else "at most "
        return "\n  note: ".join([f"fine; {_size(plan)}, {most}{runs} runs", *plan.notes])

    check_each(files, summary)


def _size(plan: StudyPlan) -> str:
    futures = f" in {plan.futures:,} futures" if plan.futures > 1 else ""
    return f"{plan.plans:,} plan{'s' * (plan.plans != 1)} and the baseline{futures}"


def _facts(plan: StudyPlan) -> dict[str, Any]:
    return {
        "name": plan.name, "title": plan.title, "question": plan.question, "baseline": plan.baseline,
        "scenarios": list(plan.scenarios), "plans": plan.plans, "futures": plan.futures, "points": len(plan.points),
        "most_runs": len(plan.points) * plan.replications.most, "factors": [f.as_dict() for f in plan.factors],
    }  # fmt: skip
