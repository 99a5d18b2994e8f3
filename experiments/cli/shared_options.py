"""Options that several commands take, each declared once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Option = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Adds an option to a command."""


def seed(text: str = "Root seed of all draws.") -> Option:
    """`--seed`, with what it is the seed of."""
    return click.option("--seed", type=int, default=0, show_default=True, help=text)


def workers(default: str = "one per core") -> Option:
    """`--workers`, with how many there are where it is not given."""
    return click.option("--workers", type=int, help=f"Most cores to use.  [default: {default}]")


def settings(text: str) -> Option:
    """`--set`, which may be repeated."""
    return click.option("--set", "settings", multiple=True, metavar="K=V", help=text)


def out(text: str) -> Option:
    """`--out`, a folder."""
    return click.option("--out", type=click.Path(path_type=Path), help=text)


posterior: Option = click.option(
    "--posterior", metavar="FILE",
    help="Parameter draws from peerbridge calibrate, every two replications share one; prior: draws of the prior, "
    "uncalibrated; none: hand-set start values.  [default: the shipped posterior, or the prior where none fits]",
)  # fmt: skip
beside_prior: Option = click.option(
    "--beside-prior", is_flag=True,
    help="Also run draws of the prior alone and show them beside the fit; takes as long again.",
)  # fmt: skip
dask: Option = click.option("--dask", metavar="ADDRESS", help="Run on a Dask scheduler, e.g. tcp://10.0.0.5:8786.")
as_json: Option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for scripts.")
