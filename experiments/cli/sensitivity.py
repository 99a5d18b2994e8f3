"""`peerbridge sensitivity`: which assumption drives an answer, and what would turn it."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli import shared_options as option
from experiments.cli.common import print_json


@click.command()
@click.argument("study", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--outcome", default="readmission_30d", show_default=True, help="An outcome, or net_benefit.")
@click.option("--plan", help="Plan of the study, such as P001.  [default: the only one]")
@click.option("--against", help='What it is compared with; "" for its level.  [default: the baseline]')
@click.option("--prior", type=click.Path(path_type=Path), help="The same study run with --posterior prior.")
@click.option(
    "--perspective", type=click.Choice(["programme", "hospital"]), default="programme", show_default=True,
    help="Whose costs count in the net benefit.",
)  # fmt: skip
@click.option("--threshold", type=float, metavar="USD", help="Value of one readmission averted.  [default: 15,763]")
@click.option("--top", type=click.IntRange(1, 300), default=10, show_default=True, help="Parameters to show.")
@option.as_json
def sensitivity(
    study: Path, outcome: str, plan: str | None, against: str | None, prior: Path | None, perspective: str,
    threshold: float | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Say which assumptions drive an answer and how strong one must be to turn it; no run is made.

    FOLDER is a study that `peerbridge sweep` made on draws of the parameters. For the net benefit it also says what
    knowing more would be worth to the choice among the study's plans.

    \b
    Examples:
      peerbridge sensitivity results/mine --plan P003 --outcome readmission_30d
      peerbridge sensitivity results/mine --plan P003 --against P001 --outcome net_benefit
    """
    from experiments.decisions import sensitivity_report as made
    from experiments.decisions.prices import NET_BENEFIT, Prices
    from experiments.outcomes.cost_effectiveness import THRESHOLD
    from experiments.studies.analysis.results import read_study

    data = read_study(study)
    prices = Prices(
        "hospital" if perspective == "hospital" else "programme", THRESHOLD if threshold is None else threshold
    )
    found = [made.of_study(data, outcome, plan, against, prices, top)]
    if prior is not None:
        found.append(made.of_study(read_study(prior), outcome, plan, against, prices, top))
    worth = made.worth_of_knowing(data, prices, top) if outcome == NET_BENEFIT else None
    if as_json:
        print_json(made.as_json(found, worth))
    else:
        made.show(found, worth, top)


sensitivity.short_help = "Say which assumptions drive an answer, and how strong one must be to turn it."
