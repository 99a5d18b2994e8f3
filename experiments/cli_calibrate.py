"""`peerbridge calibrate`: fit the model to what studies found."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from experiments.cli_parts import STOPPED
from experiments.errors import BadInput


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("results/calibration"), show_default=True,
              help="Folder; a stopped command goes on there.")  # fmt: skip
@click.option("--first", type=int, default=2_000, show_default=True, help="Draws of the first wave, from the priors.")
@click.option("--second", type=int, default=4_000, show_default=True, help="Draws of the second wave, which is fitted.")
@click.option(
    "--check", "checked", type=int, default=400, show_default=True, help="Draws of the posterior to simulate."
)
@click.option("--discrepancy", type=float, default=0.1, show_default=True, metavar="D",
              help="Assumed: how far a right model may be off any one study, as a share of its number.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Root seed.")
@click.option("--workers", type=int, help="Most cores to use.  [default: one per core]")
@click.option("--dask", metavar="ADDRESS", help="Run on a Dask scheduler, e.g. tcp://10.0.0.5:8786.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for scripts.")
def calibrate(out: Path, as_json: bool, workers: int | None, dask: str | None, **sizes: Any) -> None:
    """Fit the parameters that no study gives to the numbers that studies found.

    Draws of the priors are simulated in two waves and weighed by how near they come to the targets (scenarios/targets);
    the result is a sample of parameters, not one best set, with what the targets do and do not pin down.

    \b
    Examples:
      peerbridge calibrate
      peerbridge calibrate --second 20000 --out results/long --workers 16

    Exit codes: 0 fine, 2 bad input, 130 stopped with Ctrl-C; the same command then goes on.
    """
    from experiments.calibration import Design, Stopped
    from experiments.calibration import calibrate as fit
    from experiments.calibration_report import as_json as to_json
    from experiments.calibration_report import show, write_report
    from experiments.progress import Progress

    if workers is not None and workers < 1:
        raise BadInput(f"--workers must be 1 or more, not {workers}")
    again = shlex.join(["peerbridge", *sys.argv[1:]])
    names = {"wave-1": "first wave", "wave-2": "second wave", "check": "what the posterior predicts"}
    with Progress() as progress:
        seen = [0]

        def start(name: str, todo: int, found: int) -> None:
            seen[0] = 0
            progress.say(f"{names[name]}: {todo:,} runs to go" + (f", {found:,} are there" if found else ""))
            progress.start(todo, 0)

        def standing(now: Any) -> None:
            progress.advance([None] * (now.fresh - seen[0]))
            seen[0] = now.fresh

        try:
            result = fit(
                out, Design(**sizes), workers=workers, dask=dask, on_start=start, on_standing=standing,
                on_message=progress.say, command_line=again,
            )  # fmt: skip
        except (Stopped, KeyboardInterrupt):
            click.echo(f"Stopped; finished runs are in {out}. To go on: {again}", err=True)
            raise click.exceptions.Exit(STOPPED) from None
    write_report(result, out / "report.html")
    if as_json:
        from experiments.cli_parts import print_json

        print_json(to_json(result))
    else:
        show(result)
        click.echo(f"\nFiles are in {out}; start with {out / 'report.html'}")
