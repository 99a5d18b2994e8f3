"""`peerbridge explain`: why one plan differs from another, and for whom."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from experiments.cli import shared_options as option
from experiments.cli.common import FAILED, goes_on, print_json, tell_failed


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--over", type=click.Choice(["mechanisms", "levers"]), default="mechanisms", show_default=True,
    help="Split over mechanisms of the model, or over the settings in which A and B differ.",
)  # fmt: skip
@click.option(
    "--part", "parts", multiple=True, metavar="MECHANISM",
    help="A mechanism to split over; may be repeated.  [default: the ways in which peer workers act]",
)  # fmt: skip
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME", help="Outcome to show; may be repeated.  [default: six]"
)
@option.settings("Change a setting of both plans, e.g. run.days=365; may be repeated.")
@click.option("--replications", type=int, default=40, show_default=True, help="Runs of each combination of parts.")
@click.option(
    "--orders", type=int, default=16, show_default=True, help="Orders to sample where there are more than six parts."
)
@option.seed()
@option.workers()
@option.posterior
@option.out("Folder of the runs and the report; a stopped command goes on there.")
@option.as_json
def explain(
    before: str, after: str, over: str, parts: tuple[str, ...], outcomes: tuple[str, ...], settings: tuple[str, ...],
    replications: int, orders: int, seed: int, workers: int | None, posterior: str | None, out: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Explain why plan B differs from plan A: what each part adds, and for whom it changed.

    Parts (Shapley values) sum to the difference that peerbridge compare prints for the same plans, seed and
    replications. With up to six parts every combination is run; with more, some orders of the parts are.

    \b
    Examples:
      peerbridge explain usual-care bridge --out results/why
      peerbridge explain bridge my-plan.toml --over levers --outcome readmission_30d
    """
    from experiments.explanation import explain as explaining
    from experiments.explanation import terminal
    from experiments.studies.progress import StudyProgressBar
    from experiments.uncertainty.shipped import given

    wanted = [explaining.known_outcome(name) for name in outcomes]
    command_line = shlex.join(["peerbridge", *sys.argv[1:]])
    try:
        with StudyProgressBar() as progress:
            why = explaining.explain(
                before,
                after,
                over="levers" if over == "levers" else "mechanisms",
                parts=parts,
                settings=settings,
                replications=replications,
                orders=orders,
                seed=seed,
                workers=workers,
                out=out,
                draws=given(posterior),
                on_start=progress.start,
                on_standing=progress.show,
                on_message=progress.say,
                command_line=command_line,
            )
    except KeyboardInterrupt:  # while it looks at people or files are put together: the runs are there
        goes_on(out, command_line)
    if as_json:
        print_json(terminal.as_json(why, wanted))
    elif why.comparison.complete:
        terminal.show(why, wanted)
    failed = why.comparison.failed
    tell_failed(failed, why.comparison.attempted)
    if why.stopped:
        goes_on(why.comparison.folder, command_line)
    if why.comparison.folder is not None and not as_json:
        folder = why.comparison.folder
        click.echo(f"\nFiles are in {folder}; start with {folder / 'report.html'}")
    if failed:
        raise click.exceptions.Exit(FAILED)


explain.short_help = "Explain why one plan differs from another: what each part adds, and for whom it changed."
