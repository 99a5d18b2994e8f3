"""`peerbridge trial`: virtual trials from their files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli import shared_options as option
from experiments.cli.common import FAILED, STOPPED, Group, check_each, print_json
from experiments.support.errors import InputError
from experiments.support.result_folders import check_new

if TYPE_CHECKING:
    from experiments.trials.run import TrialResult
    from experiments.uncertainty.shipped import Draws
    from scenarios.trial_files.plan import TrialPlan

DEFAULT_REPLICATIONS = 500
MANY = 5
"""Least virtual trials of which a spread says anything."""


class TrialGroup(Group):
    """`peerbridge trial NAME` runs a trial; `list`, `show` and `check` come first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take anything but a command or a cry for help as what to run."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=TrialGroup)
def trial() -> None:
    """Run a published or planned trial inside the model.

    `peerbridge trial NAME_OR_FILE` enrols simulated people as the file says (docs/how-to/trials.md), assigns them by
    chance, follows them, and does so many times: the spread of the effect, by assignment and as treated, with the
    published effect's place in it. Options are in `peerbridge trial run --help`.

    \b
    Examples:
      peerbridge trial sledge-2011 --replications 500
      peerbridge trial show sledge-2011
    """


@trial.command()
@click.argument("name", metavar="NAME_OR_FILE")
@click.option(
    "--replications",
    type=int,
    default=DEFAULT_REPLICATIONS,
    show_default=True,
    help="Virtual trials, each with its own draws.",
)
@option.seed()
@option.workers("one per core, at most 4")
@click.option(
    "--power",
    type=float,
    is_flag=False,
    flag_value=0.8,
    default=None,
    metavar="[SHARE]",
    help="Also the sample size for this chance to find the effect; 0.8 if no number is given.",
)
@option.settings("Change a setting of the scenario, e.g. population.size=12000.")
@option.posterior
@option.beside_prior
@option.out("New folder for the files.")
@option.as_json
def run(name: str, replications: int, seed: int, workers: int | None, power: float | None, settings: tuple[str, ...],
        posterior: str | None, beside_prior: bool, out: Path | None, as_json: bool) -> None:  # fmt: skip
    """Run a trial many times and show how its effect spreads.

    \b
    Examples:
      peerbridge trial run navstar --replications 500 --out results/navstar
      peerbridge trial run my-trial.toml --power 0.9

    Ctrl-C shows what is finished. Exit codes: 0 fine, 1 a virtual trial failed, 2 bad input, 130 stopped.
    """
    if power is not None and not 0.05 < power < 1:
        raise InputError(f"--power must lie between 0.05 and 1, not {power:g}")
    if out is not None:
        check_new(out)
    plan = _read(name, settings)
    from experiments.reporting.progress import ProgressBar
    from experiments.trials import summary as trial_summary
    from experiments.trials import terminal
    from experiments.trials.power import sample_size
    from experiments.trials.run import run_trial
    from experiments.uncertainty.shipped import PRIOR, given

    asked = given(posterior)

    def virtual_trials(draws: Draws) -> TrialResult:
        with ProgressBar() as progress:
            progress.start(replications, 0)
            return run_trial(
                plan, replications=replications, seed=seed, workers=workers, draws=draws,
                on_done=lambda new: progress.advance([None] * new), on_message=progress.say,
            )  # fmt: skip

    result, alone = virtual_trials(asked), None
    if beside_prior and result.draws is not None and result.draws.kind == "posterior" and not result.stopped:
        alone = virtual_trials(PRIOR)
    sizes = []
    if power is not None and len(result.fine) >= MANY:
        sizes = [sample_size(result, pair, power) for pair in plan.comparisons]
    if out is not None and result.fine:
        from experiments.trials.store import write

        try:
            write(out, result, sizes)
        except OSError as error:
            raise InputError(f"--out {out}: {error.strerror or error}") from None
    if as_json:
        found = trial_summary.as_json(result, sizes)
        print_json(found if alone is None else found | {"prior_alone": trial_summary.as_json(alone)})
    elif result.fine:
        terminal.show_result(result, alone)
        if sizes:
            terminal.show_sizes(result, sizes)
    if result.failed:
        first = result.failed[0]
        click.echo(
            f"{len(result.failed)} of {len(result.trials)} virtual trials failed; the first, number "
            f"{first.replication}: {first.error}",
            err=True,
        )
    if out is not None and result.fine and not as_json:
        click.echo(f"\nFiles are in {out}; start with {out / 'trial.json'}")
    if result.stopped:
        kept = f"{len(result.fine):,} of {replications:,} virtual trials were finished"
        click.echo(f"Stopped; {kept}{'' if out or not result.fine else ' and are shown above'}.", err=True)
        raise click.exceptions.Exit(STOPPED)
    if result.failed:
        raise click.exceptions.Exit(FAILED)


@trial.command("list")
@option.as_json
def list_trials(as_json: bool) -> None:
    """List the bundled trials.

    \b
    Examples:
      peerbridge trial list
      peerbridge trial list --json
    """
    from scenarios.trial_files.read import trial_names

    plans = [_read(name, ()) for name in trial_names()]
    if as_json:
        print_json([{"name": p.name, "title": p.title, "question": p.question, "people": p.trial.n} for p in plans])
    else:
        from experiments.trials.description import show_trials

        show_trials(plans)


@trial.command("show")
@click.argument("name", metavar="NAME_OR_FILE")
def show_trial(name: str) -> None:
    """Say in words how a trial is understood: who, how many, which arms, which outcomes.

    \b
    Examples:
      peerbridge trial show sledge-2011
      peerbridge trial show my-trial.toml
    """
    from experiments.trials.description import show_plan

    show_plan(_read(name, ()))


@trial.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check_trials(files: tuple[str, ...]) -> None:
    """Check trial files and say what is wrong in each; exit code 2 if anything is.

    \b
    Examples:
      peerbridge trial check my-trial.toml
      peerbridge trial check trials/*.toml
    """

    def summary(file: str) -> str:
        _read(file, ())
        return "fine"

    check_each(files, summary)


def _read(name: str, settings: tuple[str, ...]) -> TrialPlan:
    from scenarios import ScenarioError
    from scenarios.trial_files.read import read_trial

    try:
        return read_trial(name, settings)
    except ScenarioError as error:
        raise InputError(str(error)) from None
