"""Which parameters a command uses: the posterior that is shipped, a file, or the hand-set start values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from experiments.support.errors import BadInput
from experiments.uncertainty.draws import ParameterDraws, read_draws

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "posteriors"

SHIPPED: Literal["shipped"] = "shipped"
"""Asks for the shipped posterior of the scenario's population, or start values where none is shipped."""

NONE = "none"
"""What `--posterior` takes for hand-set start values."""

Draws = ParameterDraws | Literal["shipped"] | None
"""A sample of parameters, the shipped one, or None for start values."""


def given(option: str | None) -> Draws:
    """What `--posterior` asks for: a file, "none", or the default.

    Raises:
        BadInput: The file is not there or is none of parameter draws.
    """
    if option is None or option == SHIPPED:
        return SHIPPED
    return None if option == NONE else read_draws(Path(option))


def settle(draws: Draws, profiles: Iterable[str], say: Callable[[str], None]) -> ParameterDraws | None:
    """The draws that runs of these population profiles use.

    Args:
        draws: What was asked for. The shipped posterior gives way to start values, and says so, where none is shipped
            for a profile, where profiles are mixed, and where it does not fit this version of the model.
        profiles: Population profiles of the scenarios.
        say: Called with a line for people.
    """
    if not isinstance(draws, str):
        return draws
    names = sorted(set(profiles))
    words = " and ".join(name.replace("_", " ") for name in names)
    if len(names) > 1:
        say(f"No posterior is for {words} together: hand-set start values are used, for all.")
        return None
    try:
        found = shipped(names[0])
    except BadInput as error:
        say(f"The shipped posterior does not fit this model: hand-set start values are used ({error}).")
        return None
    if found is None:
        say(f"No posterior is shipped for {words}: hand-set start values are used. How far off they are is not known.")
    return found


def shipped(profile: str) -> ParameterDraws | None:
    """The shipped posterior of a population profile; None where there is none.

    Its label says so if another version of the model made it.

    Raises:
        BadInput: Its parameters or their values are not those of this model.
    """
    import simulation

    path = FOLDER / f"{profile}.parquet"
    if not path.exists():
        return None
    draws = read_draws(path)
    made = str(shipped_record(profile).get("specification", {}).get("model", "")).partition("+")[0]
    if made and made != simulation.VERSION:
        return replace(draws, label=f"{draws.label} (this is model {simulation.VERSION})")
    return draws


def shipped_record(profile: str) -> dict[str, Any]:
    """How the shipped posterior was made (`docs/explanation/calibration.md`); empty where none is shipped."""
    path = FOLDER / f"{profile}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
