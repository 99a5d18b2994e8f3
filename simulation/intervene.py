"""What a user changes by hand between two days: the person is brought up to date before, their hazards follow after.

People outside hospital sleep: their record is that of the last day on which something happened to them (`clock_day`).
"""

from __future__ import annotations

from simulation.kernel import entry
from simulation.stages import community
from simulation.world import World


@entry
def before_change(w: World, i: int, day: int) -> None:
    """Bring person `i`, outside hospital, up to the end of `day`."""
    community.settle(w, i, day)


@entry
def after_change(w: World, i: int, day: int) -> None:
    """Set the hazards of person `i`, outside hospital, from their changed record."""
    community.wake(w, i, day)
