"""Which parameters a command uses: the shipped posterior, draws of the prior, a file, or the hand-set start values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from experiments.support.errors import InputError
from experiments.support.verified_files import read_bytes
from experiments.uncertainty.draws import ParameterDraws, read_draws
from experiments.uncertainty.prior_sample import prior_draws

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "posteriors"

SHIPPED: Literal["shipped"] = "shipped"
"""Asks for the shipped posterior of the scenario's population, or draws of the prior where none fits this model."""

PRIOR: Literal["prior"] = "prior"
"""Asks for draws of the prior: the answer before any fit."""

ONE_HOSPITAL = "one-hospital"
"""What `--posterior` takes for one hospital like those of the studies, in the place of an average one."""

NONE = "none"
"""What `--posterior` takes for hand-set start values."""

Draws = ParameterDraws | Literal["shipped", "prior"] | Path | str | None
"""A sample of parameters, the shipped one, draws of the prior, the path of a file, or None for start values."""


def given(option: str | None) -> Draws:
    """Interpret `--posterior`: a file, "prior", "none", or the default.

    Raises:
        InputError: The file is not there or is none of parameter draws.
    """
    if option is None or option == SHIPPED:
        return SHIPPED
    if option == PRIOR:
        return PRIOR
    if option == ONE_HOSPITAL:
        return ONE_HOSPITAL
    return None if option == NONE else read_draws(Path(option))


def resolve_posterior(draws: Draws, profiles: Iterable[str], tell: Callable[[str], None]) -> ParameterDraws | None:
    """Return the draws that runs of these population profiles use.

    Args:
        draws: What was asked for. The shipped posterior gives way to draws of the prior, and says so, where none is
            shipped for a profile or where it was fitted to another version of the model. Profiles that are mixed have
            no common sample: start values are used.
        profiles: Population profiles of the scenarios.
        tell: Called with a line for people.

    Raises:
        InputError: A file is not there or is none of parameter draws.
    """
    if draws is None or isinstance(draws, ParameterDraws):
        return draws
    if draws not in (SHIPPED, PRIOR, ONE_HOSPITAL):
        return read_draws(Path(draws))
    names = sorted(set(profiles))
    words = " and ".join(name.replace("_", " ") for name in names)
    if len(names) > 1:
        tell(f"No sample of parameters is for {words} together: hand-set start values are used, for all.")
        return None
    if draws == PRIOR:
        return prior_draws(names[0])
    if draws == ONE_HOSPITAL:
        path = FOLDER / f"{names[0]}.{ONE_HOSPITAL}.parquet"
        if shipped(names[0]) is None or not path.exists():
            raise InputError(
                f"--posterior {ONE_HOSPITAL}: no posterior is shipped for {words}, to say how sites differ"
            )
        return read_draws(path)
    try:
        posterior = shipped(names[0])
    except InputError as error:
        tell(f"{error}: draws of the prior are used, UNCALIBRATED.")
        return prior_draws(names[0])
    if posterior is None:
        tell(f"No posterior is shipped for {words}: draws of the prior are used, UNCALIBRATED.")
        return prior_draws(names[0])
    return posterior


def shipped(profile: str) -> ParameterDraws | None:
    """Return the shipped posterior of a population profile; None where there is none.

    Raises:
        InputError: It was fitted to another version of the model; or its values are not those of this model.
    """
    import simulation

    path = FOLDER / f"{profile}.parquet"
    if not path.exists():
        return None
    made = str(shipped_record(profile).get("specification", {}).get("model", "")).partition("+")[0]
    if made != simulation.VERSION:
        raise InputError(
            f"The shipped posterior was fitted to model {made or 'of no known version'} and says nothing of model "
            f"{simulation.VERSION}"
        )
    return read_draws(path)


def shipped_record(profile: str) -> dict[str, Any]:
    """How the shipped posterior was made (`docs/explanation/calibration.md`); empty where none is shipped.

    Raises:
        InputError: The record is damaged.
    """
    path = FOLDER / f"{profile}.json"
    return dict(json.loads(read_bytes(path))) if path.exists() else {}
