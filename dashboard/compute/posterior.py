"""What is known of the model's parameters: the shipped posterior, with its tables, or nothing yet."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from experiments.support.csv_text import csv_text
from experiments.support.errors import InputError
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.prior_sample import prior_draws
from experiments.uncertainty.shipped import FOLDER, shipped, shipped_record

log = logging.getLogger("peerbridge.dashboard")


@cache
def known(profile: str) -> ParameterDraws | None:
    """The shipped posterior of a population profile; None where there is none that fits this model."""
    try:
        return shipped(profile)
    except InputError as error:
        log.warning("no posterior is used: %s", error)
        return None


def drawn(profile: str) -> ParameterDraws:
    """Return the draws that every page uses: the posterior, or the prior where no posterior fits this model."""
    return known(profile) or prior_draws(profile)


@cache
def record(profile: str) -> dict[str, Any]:
    """How the posterior was made; empty where there is none."""
    return shipped_record(profile) if known(profile) else {}


@cache
def table(profile: str, kind: str) -> tuple[dict[str, str], ...]:
    """Rows of a table of the posterior, "predictive" or "parameters"; empty where it is not shipped."""
    path = FOLDER / f"{profile}.{kind}.csv"
    if known(profile) is None or not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def draws_text(draws: ParameterDraws) -> str:
    """Draws as CSV, a column per parameter."""
    return csv_text(draws.names, [[f"{v:.8g}" for v in row] for row in draws.values.tolist()])


def table_text(rows: Sequence[Mapping[str, str]]) -> str:
    """A table as CSV."""
    return csv_text(list(rows[0]), [list(row.values()) for row in rows])
