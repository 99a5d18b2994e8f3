"""The scenario that stands for a site: the one named, or one chosen by its records, with its own posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.calibration.calibrate import SETTINGS
from experiments.site_data.disclosure import SMALLEST_CELL
from experiments.site_data.records import ProgrammeData
from experiments.support.errors import BadInput

if TYPE_CHECKING:
    from simulation.config import Config


def site_config(data: ProgrammeData, scenario: str | None, profile: str) -> Config:
    """The scenario that describes a site: the one named, with the site's own posts if a table of staff is there.

    Without a name, `bridge` for a site with posts, or with 11 stays or more in which a peer worker was met, and
    `usual-care` for one without. A site is usually larger or smaller than a scenario, so posts are counted per stay,
    both over the days from the first admission to the end of follow-up.

    Raises:
        BadInput: There is no such scenario.
    """
    from scenarios import ScenarioError, load
    from simulation import simulate

    has_peers = (data.staff is not None) or int((data.stays["peer_contacts"] > 0).sum()) >= SMALLEST_CELL
    name = scenario or ("bridge" if has_peers else "usual-care")
    settings = [*SETTINGS, f"population.profile={profile}"]
    try:
        config = load(name, settings)
        if data.staff is None:
            return config
        result = simulate(config, 0)
        simulated = len(result.discharges) / (config.run.days + config.run.warm_up_days)
        first = data.first_day
        days = data.last_day - first + 1
        ratio = simulated / (len(data.stays) / days)
        p = config.programme
        for role, lever in (("peer", "peers"), ("navigator", "navigators")):
            posts = _posts(data, role, first, p.shift_minutes * p.days_per_week / 60)
            settings.append(f"programme.{lever}={max(1, round(posts * ratio)) if posts > 0 else 0}")
        return load(name, settings)
    except ScenarioError as error:
        raise BadInput(f"{error}", argument="scenario") from None


def _posts(data: ProgrammeData, role: str, first: int, full_week: float) -> float:
    """Full posts of a role over the days of the records."""
    assert data.staff is not None
    mine = data.staff[data.staff["role"] == role]
    start = mine["start_day"].clip(lower=first)
    end = mine["end_day"].where(mine["end_day"] >= 0, data.last_day).clip(upper=data.last_day)
    hours = mine["hours_per_week"].where(mine["hours_per_week"] > 0, full_week)
    days = (end - start + 1).clip(lower=0)
    return float((days * hours / full_week).sum() / (data.last_day - first + 1))
