"""`peerbridge decide`: the best plan for a question, how sure that is, and what it rests on."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

import click

from experiments.cli import shared_options as option
from experiments.cli.common import goes_on, print_json

RESULTS = Path("results")

LOG_SECONDS = 30.0
"""How often a line says how far it is, where stderr is no terminal."""


@click.command()
@click.argument("question", metavar="QUESTION")
@option.out("Folder of the runs.  [default: results/NAME]")
@click.option("--target", metavar="SENTENCE", help="Instead: what would it take, as cheaply as possible?")
@click.option("--workers", type=click.IntRange(1), help="Most cores to use.  [default: one per core]")
@click.option("--runs", type=click.IntRange(100), metavar="N", help="Most runs, whatever the question says.")
@click.option("--minutes", type=float, metavar="M", help="Make no more runs after so long.")
@option.seed()
@click.option(
    "--posterior", metavar="FILE",
    help="Parameter draws; prior: draws of the prior, uncalibrated.  [default: the shipped posterior, or the prior]",
)  # fmt: skip
@option.as_json
def decide(
    question: str, out: Path | None, target: str | None, workers: int | None, runs: int | None, minutes: float | None,
    seed: int, posterior: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Find the plan that meets constraints best, and say how sure that is and what it rests on.

    QUESTION is a bundled question (two-hospitals) or a TOML file: levers, prices, constraints, a goal. The same
    command goes on where an earlier one stopped.

    \b
    Examples:
      peerbridge decide two-hospitals --out results/board
      peerbridge decide mine.toml --target "early departures down by 2 in 100 with probability 0.8"
    """
    from dataclasses import replace

    from experiments.decisions.decide import as_json as plain
    from experiments.decisions.decide import decide as answer
    from experiments.decisions.decision_report import show
    from experiments.decisions.question import read_question
    from experiments.support.atomic_files import write_text
    from experiments.support.errors import InputError
    from experiments.uncertainty.shipped import given, resolve_posterior

    asked = read_question(question, seed, target)
    changed = replace(asked.search, runs=runs or asked.search.runs, minutes=minutes or asked.search.minutes)
    asked = replace(asked, search=changed)
    profiles = {point.config.population.profile for point in asked.plan.points}
    draws = resolve_posterior(given(posterior), profiles, lambda line: click.echo(line, err=True))
    if draws is None:
        raise InputError("--posterior none: an answer is over draws of the parameters, never at one value of them")
    folder = out or RESULTS / asked.name
    command_line = shlex.join(["peerbridge", *sys.argv[1:]])
    progress = _Progress(asked.search.runs)
    try:
        found = answer(
            asked, draws, folder, workers=workers, on_progress=progress.show, on_stage=progress.say,
            command_line=command_line,
        )  # fmt: skip
    except KeyboardInterrupt:
        progress.end()
        goes_on(folder, command_line)
    progress.end()
    import json

    write_text(folder / "answer.json", json.dumps(plain(found), indent=1, ensure_ascii=False, allow_nan=False))
    if as_json:
        print_json(plain(found))
    else:
        show(found)
        click.echo(f"\nRuns and answer.json are in {folder}")


class _Progress:
    """Runs used, on stderr: one line that changes on a terminal, a line now and then in a log."""

    def __init__(self, most: int) -> None:
        self._most, self._said, self._open = most, time.monotonic(), False

    def show(self, used: int, seconds: float) -> None:
        """Say how many runs were used."""
        text = f"{used:,} of at most {self._most:,} runs, {seconds / 60:.1f} minutes"
        now = time.monotonic()
        if sys.stderr.isatty():
            click.echo(f"\r{text}   ", err=True, nl=False)
            self._open = True
        elif now - self._said > LOG_SECONDS:
            self._said = now
            click.echo(text, err=True)

    def say(self, line: str) -> None:
        """Say a line."""
        self.end()
        click.echo(line, err=True)

    def end(self) -> None:
        """End a line that is open."""
        if self._open:
            click.echo("", err=True)
            self._open = False


decide.short_help = "Find the plan that meets constraints best, how sure that is, and what it rests on."
