"""Making one run of a study again, from its row and the manifest alone, and comparing it bit by bit."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.outcomes.registry import OUTCOMES
from experiments.studies.definition.plan import BASELINE, LEVER
from experiments.studies.store.layout import DRAWS, as_arrow, connect, read_manifest, run_key
from experiments.support.errors import InputError
from experiments.support.messages import announce_compilation
from experiments.uncertainty.draws import read_draws

if TYPE_CHECKING:
    from simulation import Result
    from simulation.config import Config

SHORTEST = 4
"""Least digits of a key."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """A run made again.

    Attributes:
        row: The row as it was stored.
        config: The scenario as it was put together from the row.
        result: What the model returns now; None if it fails.
        error: How it fails now, in one line; empty if it does not.
        differences: Outcome to its value then and now, where a bit differs.
        model: Model that made the row.
        same_model: Whether that is the model installed here.
    """

    row: dict[str, Any]
    config: Config
    result: Result | None
    error: str
    differences: dict[str, tuple[float | None, float | None]]
    model: str
    same_model: bool

    @property
    def same(self) -> bool:
        """Whether it ended as it did then, to the last bit."""
        if self.result is None:
            return bool(self.row["status"] == "error" and self.row["message"] == self.error)
        return bool(self.row["status"] == "ok" and not self.differences)


def rerun(folder: Path | str, key: str) -> Rerun:
    """Make a run again.

    Args:
        folder: Folder of the study.
        key: Key of the run, or enough of its first digits that no other begins so.

    Raises:
        InputError: No such run, several, or a row that does not lead to a scenario with its key.
    """
    import simulation
    from experiments.execution.tasks import one_line
    from experiments.outcomes.registry import run_values

    manifest = read_manifest(folder)
    row = find(folder, key)
    config = config_of(manifest, row)
    model = str(manifest["specification"]["model"])
    draws = read_draws(Path(folder) / DRAWS) if (Path(folder) / DRAWS).exists() else None
    if run_key(model, config.content_hash(), row["replication"], row["seed"], draws) != row["key"]:
        raise InputError(f"{row['key']}: its row does not lead back to its scenario; was a column changed by hand?")
    result, error = None, ""
    values: dict[str, float | None] = dict.fromkeys(OUTCOMES)
    announce_compilation()
    try:
        parameters = None if draws is None else draws.of(row["replication"])
        result = simulation.simulate(config, row["seed"], replication=row["replication"], parameters=parameters)
        values.update(run_values(result))
    except Exception as caught:  # a run may have failed with anything: to fail again is to be the same
        result, error = None, one_line(caught)
    differences = {name: (row.get(name), values[name]) for name in OUTCOMES if not _same(row.get(name), values[name])}
    here = f"{simulation.VERSION}+{simulation.SOURCE_HASH}"
    return Rerun(row, config, result, error, differences, model, model == here)


def find(folder: Path | str, key: str) -> dict[str, Any]:
    """The row of a run by its key, or by the first digits of it.

    Raises:
        InputError: No such run, or several.
    """
    key = key.lower()
    if len(key) < SHORTEST or set(key) - set("0123456789abcdef"):
        raise InputError(f"{key[:40]}: a key is {SHORTEST} to 32 of the digits 0-9 and a-f; they are in the column key")
    with connect(folder) as connection:
        found = as_arrow(connection, f"SELECT * FROM runs WHERE key LIKE '{key}%' ORDER BY key LIMIT 3").to_pylist()
    if not found:
        raise InputError(f"{key}: {folder} holds no run with this key")
    if len(found) > 1:
        raise InputError(f"{key}: several runs begin so ({', '.join(row['key'][:12] for row in found)}, ...)")
    return dict(found[0])


def config_of(manifest: dict[str, Any], row: dict[str, Any]) -> Config:
    """The scenario of a row: the base scenario from the manifest, and the row's own factors.

    Raises:
        InputError: The manifest lacks the scenario.
    """
    from experiments.studies.definition.points import with_values
    from simulation.config import Config

    name = row["scenario"]
    if name not in manifest.get("scenarios", {}):
        raise InputError(f"the manifest does not hold the scenario {name!r}")
    base = Config.model_validate_json(json.dumps({"name": name, **manifest["scenarios"][name]}))
    values = {}
    for factor in manifest["factors"]:
        value = row.get(factor["name"])
        if value is None or (row["plan"] == BASELINE and factor["role"] == LEVER):
            continue
        values[factor["name"]] = value
    return with_values(base, values)


def _same(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is now
    return struct.pack("<d", then) == struct.pack("<d", now)
