"""One run of a scenario by its name, from a file or as a `Config`; the model itself knows no files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scenarios.loader import load
from scenarios.toml_files import ScenarioError
from simulation.config import Config

if TYPE_CHECKING:
    from simulation.result import Result


def simulate(
    scenario: str | os.PathLike[str] | Config,
    seed: int = 0,
    *,
    settings: Sequence[str] = (),
    replication: int = 0,
    parameters: Mapping[str, float] | None = None,
) -> Result:
    """Run one scenario once.

    Args:
        scenario: Name of a bundled scenario, path of a scenario file, or a `Config`.
        seed: Root seed, 0 to 2**64 - 1. Runs that share seed and replication share every draw that both make.
        settings: Overrides such as "programme.peers=6", where `scenario` is a name or a path.
        replication: 0 to 2**32 - 1; replications of one seed are independent.
        parameters: Values that replace start values by name, for example one draw of a posterior
            (`read_draws(...).of(0)`); the scenario's own `parameters` win over them.

    Returns:
        Outcomes, daily series, stays and events.

    Raises:
        ScenarioError: The scenario or a setting is not usable.
        ValueError: A seed, replication or parameter value is out of range.

    Example:
        >>> import peerbridge as pb
        >>> result = pb.simulate("bridge", seed=1, settings=["population.size=300", "run.days=60"])
        >>> len(result.daily) == result.config.horizon
        True
        >>> bool(0 <= result.outcomes["occupancy_mean"] <= 1)
        True
    """
    from simulation.engine import simulate as run

    if not isinstance(scenario, Config):
        scenario = load(scenario, settings)
    elif settings:
        raise ScenarioError("settings: only for a name or a file; a Config has its settings")
    return run(scenario, seed, replication=replication, parameters=parameters)
