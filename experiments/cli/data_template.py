"""`peerbridge data-template`: an example of the tables of records that a site can bring."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.support.errors import InputError
from experiments.support.limits import check_seed
from experiments.support.messages import announce_compilation
from experiments.support.result_folders import check_new


@click.command("data-template")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("programme-data"), show_default=True,
    help="Folder for the files; must be new or empty.",
)  # fmt: skip
@click.option("--people", type=int, default=6_000, show_default=True, help="People in the catchment, 500 to 1,000,000.")
@click.option(
    "--profile", type=click.Choice(["people_who_use_drugs", "serious_mental_illness"]), default="people_who_use_drugs",
    show_default=True, help="Whose stays the example shows.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the run that makes the example.")
def data_template(out: Path, people: int, profile: str, seed: int) -> None:
    """Write an example of a programme's tables, made by the model, as a pattern for your own.

    \b
    Examples:
      peerbridge data-template
      peerbridge data-template --out example --people 60000

    The tables hold one row per stay, and one per post; nobody in the example exists.
    """
    from experiments.calibration.site.template import NAMES, write_template
    from scenarios import ScenarioError, load
    from simulation import simulate

    if not 500 <= people <= 1_000_000:
        raise InputError(f"--people must lie between 500 and 1,000,000, not {people:,}")
    check_seed(seed)
    check_new(out)
    try:
        config = load("bridge", [f"population.size={people}", f"population.profile={profile}"])
    except ScenarioError as error:
        raise InputError(str(error)) from None
    announce_compilation()
    try:
        write_template(out, simulate(config, seed))
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror or error}") from None
    click.echo(f"Wrote {', '.join(NAMES[:-1])} and {NAMES[-1]} to {out}; {NAMES[-1]} says what each column holds.")
