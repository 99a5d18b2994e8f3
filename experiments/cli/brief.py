"""`peerbridge brief`: the board's paper of a finished folder."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli import shared_options as option


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@option.out("Folder of the papers.  [default: FOLDER]")
@click.option("--language", default="en", show_default=True, help="Language of the sentences.")
def brief(folder: Path, out: Path | None, language: str) -> None:
    """Write a paper for a board: four pages and one page, as HTML and as tagged PDF.

    FOLDER is what `peerbridge compare --out`, `sweep` or `decide` finished. The paper says the question, the plans, the
    answer, how sure it is, what it costs, for whom, what nobody has measured and what to measure first. Files of an
    earlier paper are replaced.

    \b
    Examples:
      peerbridge brief results/two-hospitals
      peerbridge brief results/mine --out board
    """
    from experiments.briefing.write import write_brief

    made = write_brief(folder, out, language=language)
    click.echo("Written: " + ", ".join(str(path) for path in made))


brief.short_help = "Write a paper for a board: four pages and one, as HTML and PDF."
