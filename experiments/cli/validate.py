"""`peerbridge validate`: the frozen model against trials that it has never seen."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli.common import print_json
from experiments.support.errors import InputError
from experiments.support.result_folders import check_new


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--replications", type=int, default=200, show_default=True, help="Virtual trials of each trial.")
@click.option("--seed", type=int, default=0, show_default=True, help="Root seed.")
@click.option("--workers", type=int, default=None, help="Most cores to use.  [default: one per core, at most 4]")
@click.option(
    "--posterior",
    metavar="FILE",
    help="As for peerbridge trial; prior: draws of the prior.  [default: the shipped posterior, or the prior]",
)
@click.option("--out", type=click.Path(path_type=Path), default=None, help="New folder for the files.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for scripts.")
def validate(files: tuple[str, ...], replications: int, seed: int, workers: int | None, posterior: str | None,
             out: Path | None, as_json: bool) -> None:  # fmt: skip
    """Score the model, as it is, against trials that no fit of it has seen.

    Each FILE is a trial file (docs/how-to/trials.md) whose outcomes say what was published. The model predicts what a
    trial of that size finds, with all that is not known of its parameters, sites and trials. An effect passes where it
    lies in the middle 90 % of the predictions and these leave out the opposite conclusion; it is wide where they hold
    that too, and a miss where it lies outside. Model, parameters and files are printed with their hashes.

    \b
    Examples:
      peerbridge validate unseen/*.toml --out results/validation
      peerbridge validate my-trial.toml --posterior prior

    Exit codes: 0 scored, whatever the scores; 2 bad input; 130 stopped.
    """
    from experiments.calibration import unseen_trials
    from experiments.reporting.progress import ProgressBar
    from experiments.uncertainty.shipped import given
    from scenarios import ScenarioError
    from scenarios.trial_files.read import read_trial

    if out is not None:
        check_new(out)
    plans, digests = [], []
    for file in files:
        try:
            plans.append(read_trial(file))
            path = Path(file)
            text = path.read_bytes() if path.is_file() else plans[-1].config.content_hash().encode()
        except ScenarioError as error:
            raise InputError(str(error)) from None
        except OSError as error:
            raise InputError(f"{file}: {error.strerror or error}") from None
        digests.append(unseen_trials.file_digest(text))
        if not any(e.published for e in plans[-1].endpoints):
            raise InputError(f"{file}: no outcome says what was published, so there is nothing to score")
    if len({plan.name for plan in plans}) < len(plans):
        raise InputError("two of the files have one name")
    with ProgressBar() as progress:
        progress.start(replications * len(plans), 0)
        result = unseen_trials.validate(
            plans, digests, draws=given(posterior), replications=replications, seed=seed, workers=workers,
            on_done=lambda new: progress.advance([None] * new), on_message=progress.say,
        )  # fmt: skip
    if out is not None:
        try:
            unseen_trials.write(result, out)
        except OSError as error:
            raise InputError(f"--out {out}: {error.strerror or error}") from None
    if as_json:
        print_json(result.as_json() | {"digest": result.digest})
    else:
        unseen_trials.show(result)
        if out is not None:
            click.echo(f"\nFiles are in {out}")
