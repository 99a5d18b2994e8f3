"""What a plan would cost if every post were filled: the line that moves along with the levers, before any run."""

from __future__ import annotations

from simulation.config import Config
from simulation.engine import complete
from simulation.state import supervisors_needed


def full_cost(config: Config) -> float:
    """Wages of all workers and supervisors and training of clinicians, US$ of 2022 a year; hires are not in it."""
    p, h, value = config.programme, config.hospital, complete(config, None)
    workers = (p.peers + p.navigators) * 365.0 * p.days_per_week / 7.0 * p.shift_minutes / 60.0
    cost = workers * value["cost.wage"] * value["cost.loading"]
    cost += supervisors_needed(config) * 365.0 / 7.0 * p.supervision_hours_per_week * value["cost.supervisor_wage"]
    if p.peers + p.navigators:
        staff = h.count * (h.units * (h.nurses_per_unit + h.physicians_per_unit) + h.ed_nurses + h.ed_physicians)
        cost += staff * p.cross_training_hours * value["cost.training_hour"]
    return float(cost)
