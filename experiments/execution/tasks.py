"""What is handed to a worker and what comes back: plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

    from experiments.uncertainty.draws import ParameterDraws
    from simulation.config import Config

Status = Literal["ok", "error", "crashed", "timeout"]


GRACE_SECONDS = 5.0
"""Seconds beyond its time limit after which a worker process that does not respond is killed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run to do: a point of the design, one replication of it.

    Attributes:
        config: The scenario.
        replication: Number of the replication.
        seed: Root seed.
        model: Hash of the model's sources that must make the run; a worker that loaded others refuses.
        point: Number of the point in its design.
        draws: Sample whose draw of this replication replaces start values; None for the start values.
        make: Gives the run's values, for what is no single scenario (a virtual trial); None simulates the scenario.
    """

    config: Config
    replication: int
    seed: int
    model: str
    point: int = 0
    draws: ParameterDraws | None = None
    make: Callable[[Task], dict[str, float]] | None = None

    @property
    def parameters(self) -> dict[str, float] | None:
        """Parameters that replace start values, by name."""
        return None if self.draws is None else self.draws.of(self.replication)


@dataclass(slots=True)
class Run:
    """One finished run.

    Attributes:
        scenario: Name of the scenario.
        replication: Number of the replication; equal numbers share their draws across scenarios.
        seed: Root seed.
        status: "ok", "error" (an exception), "crashed" (its worker died) or "timeout".
        stage: Where it failed: simulate, outcomes, tables or worker.
        message: The error in one line.
        seconds: Time the run took.
        values: Outcome name to value, of a virtual trial "outcome|arm" to its mean; empty unless ok.
        tables: Arrow tables by name (see `experiments.execution.kept_tables`), where asked for.
        point: Number of the point in its design.
        finished: When it ended, in seconds since 1970 (UTC).
        worker: The process that made it; says nothing about the machine's name.
    """

    scenario: str
    replication: int
    seed: int
    status: Status = "ok"
    stage: str = ""
    message: str = ""
    seconds: float = 0.0
    values: dict[str, float] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)
    point: int = 0
    finished: float = 0.0
    worker: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """Scenario and replication: the key of the run in a comparison."""
        return self.scenario, self.replication


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a worker: tables to keep, time limits, expected versions.

    Attributes:
        keep: Names of the tables to keep of each run (see `experiments.execution.kept_tables`).
        limit: Most seconds of a run; None for no limit.
        expendable: Whether the process may be ended if a run hangs: true of worker processes only.
        grace: Seconds beyond one and a half times the limit after which such a process is ended.
        made_by: The `fingerprint` that a worker must have; empty for any.
    """

    keep: tuple[str, ...] = ()
    limit: float | None = None
    expendable: bool = False
    grace: float = GRACE_SECONDS
    made_by: str = ""

    @property
    def patience(self) -> float | None:
        """Seconds after which a worker process that does not respond is killed; None for never."""
        return 1.5 * self.limit + self.grace if self.limit is not None and self.expendable else None


class OtherVersions(Exception):
    """Worker and driver run different package versions."""


class TooLong(Exception):
    """The run took longer than its limit."""


def one_line(error: Exception) -> str:
    """Format an exception on one line, as it is stored with the run."""
    return " ".join(f"{type(error).__name__}: {error}".split())
