"""What a run costs, by what is paid for: posts, supervision, training, recruiting, bed-days, visits, treatment.

Amounts are per year measured, in prices of the scenario's `money.year`. A bed-day is a midnight. Wages are paid for
every day of a filled post, planned and sick leave too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulation.config import Config
from simulation.state import supervisors_of


def costs(config: Config, value: Mapping[str, float], daily: Any, days: int) -> dict[str, float]:
    """Money outcomes of the measured period by name.

    Args:
        config: The scenario.
        value: Every parameter by name.
        daily: Daily series from day 0 on; shape (days run,).
        days: Days run so far.
    """
    first = config.run.warm_up_days
    measured, before = daily[first:days], daily[: min(first, days)]
    if not len(measured):
        return {}
    yearly = 365.0 / len(measured) * config.money.index
    parts = {name: amount * yearly for name, amount in _programme(config, value, measured, first).items()}
    programme = sum(parts.values())
    bed_days, visits = measured["census"].sum(), measured["ed_visits"].sum() * value["cost.ed_visit"]
    average = bed_days * value["cost.inpatient_day"]
    treatment = measured["in_care"].sum() / 365.0 * value["cost.treatment_year"] * yearly
    hospital = (average + visits) * yearly
    marginal = (average * value["cost.marginal_share"] + visits) * yearly
    found = parts | {
        "programme_cost": programme,
        "programme_cost_full": full_posts(config, value, first, days),
        "start_up_cost": sum(_programme(config, value, before, 0).values()) * config.money.index,
        "bed_day_cost": average * yearly,
        "ed_cost": visits * yearly,
        "treatment_cost": treatment,
        "hospital_cost": hospital,
        "hospital_cost_marginal": marginal,
        "total_cost": programme + hospital + treatment,
        "total_cost_marginal": programme + marginal + treatment,
    }
    return {name: float(amount) for name, amount in found.items()}


def _programme(config: Config, value: Mapping[str, float], daily: Any, first: int) -> dict[str, float]:
    """Cost of the programme on the days of `daily`, which begin with day `first`, in US$ of 2022."""
    p = config.programme
    navigators = daily["navigators_in_post"].sum()
    peers = daily["workers_in_post"].sum() - navigators
    supervised = daily["supervision_minutes"].sum() / 60.0
    if p.supervision_paid == "hours set":
        supervised = daily["supervisors_in_post"].sum() / 7.0 * p.supervision_hours_per_week
    hires = daily["worker_hires"].sum()
    running = max(0, min(first + len(daily), config.last_day) - max(config.first_day, first))
    return {
        "worker_cost": _wages(config, value, peers, navigators),
        "supervision_cost": supervised * value["cost.supervisor_wage"],
        "recruiting_cost": (hires + daily["supervisor_hires"].sum()) * value["cost.recruitment"],
        "training_cost": hires * p.training_hours * value["cost.training_hour"] + _teaching(config, value, running),
    }


def _wages(config: Config, value: Mapping[str, float], peers: float, navigators: float) -> float:
    """Wages for so many days of filled posts."""
    p = config.programme
    hours = p.days_per_week / 7.0 * p.shift_minutes / 60.0
    by_role = peers * value["cost.wage"] + navigators * value["cost.navigator_wage"]
    return float(by_role * hours * value["cost.loading"])


def _teaching(config: Config, value: Mapping[str, float], days: int) -> float:
    """Training of clinicians on so many days of the programme, with the time that it takes them."""
    if not any(phase.peers or phase.navigators for phase in config.plan):
        return 0.0
    hours = config.clinicians * config.programme.cross_training_hours * days / 365.0
    return hours * (value["cost.training_hour"] + value["cost.clinician_hour"])


def full_posts(config: Config, value: Mapping[str, float], first: int, end: int) -> float:
    """Wages of every post, every supervisor's hours and training of clinicians, per year; hires are not in it.

    Args:
        config: The scenario.
        value: Every parameter by name.
        first: First day that counts.
        end: Day after the last that counts.
    """
    p, total = config.programme, 0.0
    plan = config.plan
    ends = [*[phase.day for phase in plan[1:]], config.last_day]
    for phase, until in zip(plan, ends, strict=True):
        days = max(0, min(until, end, config.last_day) - max(phase.day, first))
        total += _wages(config, value, days * (phase.peers or 0), days * (phase.navigators or 0))
        hours = days / 7.0 * supervisors_of(config, phase) * p.supervision_hours_per_week
        total += hours * value["cost.supervisor_wage"]
    total += _teaching(config, value, max(0, min(end, config.last_day) - max(config.first_day, first)))
    return float(total * 365.0 / max(1, end - first) * config.money.index)


def supervision_not_taken_up(config: Config, value: Mapping[str, float], most: float) -> float:
    """Supervisors' hours a week that are set and that workers in full posts do not take up, at the most in any phase.

    Args:
        config: The scenario.
        value: Every parameter by name.
        most: Minutes that a worker takes up at most, in those of half worth.
    """
    unused = [0.0]
    for phase in config.plan:
        posts = (phase.peers or 0) + (phase.navigators or 0)
        hours = supervisors_of(config, phase) * config.programme.supervision_hours_per_week
        unused.append(hours - posts * most * value["supervision.half_minutes"] / 60.0)
    return float(np.max(unused))
