"""`peerbridge elicit`: what experts believe in the place of what one author assumed."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.support.errors import InputError


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--profile", type=click.Choice(["people_who_use_drugs", "serious_mental_illness"]),
              default="people_who_use_drugs", show_default=True, help="Population.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), required=True, help="New file of draws, for --posterior.")
def elicit(files: tuple[Path, ...], profile: str, out: Path) -> None:
    """Pool what several experts said of parameters that nobody has measured (docs/how-to/elicitation.md).

    Each FILE holds the answers of three experts or more to one question, one at least from lived experience. The pool
    gives all the same weight and keeps their disagreement. What is written are draws of the prior with the pools in the
    place of the assumed priors; every command takes them with --posterior.

    \b
    Examples:
      peerbridge elicit bedside.toml --out experts.parquet
      peerbridge compare usual-care bridge --posterior experts.parquet
    """
    from experiments.uncertainty.elicitation import read_elicitation, with_pools

    if out.exists():
        raise InputError(f"--out {out}: is there already")
    pools = [read_elicitation(file) for file in files]
    draws = with_pools(profile, pools)
    try:
        draws.write(out)
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror or error}") from None
    import numpy as np

    for pool in pools:
        low, middle, high = pool.quantile(np.array([0.05, 0.5, 0.95]))
        click.echo(
            f"{pool.elicitation.parameter}: {middle:.3g} ({low:.3g} to {high:.3g}, 90 %) from "
            f"{len(pool.elicitation.expert)} experts; {100 * pool.disagreement():.0f} % of the spread is disagreement."
        )
    click.echo(f"{out}: {draws.label}")
