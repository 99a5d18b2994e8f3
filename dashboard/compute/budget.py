"""What a plan would cost if every post were filled: the line that moves along with the levers, before any run."""

from __future__ import annotations

from simulation.config import Config
from simulation.engine import complete
from simulation.money import full_posts


def full_cost(config: Config) -> float:
    """Wages of all workers and supervisors and training of clinicians, US$ of 2022 a year; hires are not in it."""
    first = config.run.warm_up_days
    return full_posts(config, complete(config, None), first, config.horizon)
