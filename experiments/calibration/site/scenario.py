"""The scenario that stands for a site: the one named, or one chosen by its records, with its own posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.calibration.expectations import SETTINGS
from experiments.site_data.disclosure import SMALLEST_CELL
from experiments.site_data.records import ProgrammeData
from experiments.support.errors import InputError

if TYPE_CHECKING:
    from simulation.config import Config


def site_config(data: ProgrammeData, scenario: str | None, profile: str) -> Config:
    """The scenario that describes a site: the one named, with the site's own posts if a table of staff is there.

    Without a name, `bridge` for a site with posts, or with 11 stays or more in which a peer worker was met, and
    `usual-care` for one without. A site is usually larger or smaller than a scenario, so posts are counted per stay,
    both over the days from the first admission to the end of follow-up.

    Raises:
        InputError: There is no such scenario.
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
        raise InputError(f"{error}", argument="scenario") from None


SHORTEST = 90
"""Days of records below which no scenario of the site's size is written."""

SIGNIFICANT = 2
"""Digits of what a site's scenario says of its size: enough to plan with, too few to tell a row by."""


def scenario_text(data: ProgrammeData, config: Config, admissions_per_day: float) -> str | None:
    """The site as a scenario file: people, beds and posts at its own size, to two digits.

    Args:
        data: The records.
        config: Scenario that describes the site, at the scenario's size.
        admissions_per_day: Admissions a day that the model has in that scenario.

    Returns: TOML that `compare`, `sweep` and the dashboard take; None where the records have no days, or too few days
        or stays to tell the size of the site.
    """
    days = data.last_day - data.first_day + 1
    if not data.dated or days < SHORTEST or len(data.stays) < 10 * SMALLEST_CELL or admissions_per_day <= 0:
        return None
    ratio = len(data.stays) / days / admissions_per_day
    h, p = config.hospital, config.programme
    people = min(2_000_000, max(500, _rounded(config.population.size * ratio)))
    units = h.count * h.units * ratio
    whole = max(1, min(40, round(units)))
    beds = max(1, _rounded(h.beds_per_unit * units / whole))
    posts = {"peers": p.peers * ratio, "navigators": p.navigators * ratio}
    if data.staff is not None:
        full_week = p.shift_minutes * p.days_per_week / 60
        posts = {f"{role}s": _posts(data, role, data.first_day, full_week) for role in ("peer", "navigator")}
    staffing = [f"{name} = {_rounded(n)}" for name, n in posts.items()]
    base = config.name if config.name in ("bridge", "usual-care") else "bridge" if any(posts.values()) else "usual-care"
    return (
        "\n".join(
            [
                "# Made by peerbridge calibrate from a hospital's records, to two digits.",
                "# Prices are those of the scenario that it extends.",
                "schema = 1",
                f'extends = "{base}"',
                'name = "site"',
                'title = "Our hospital"',
                'question = "What would a plan change in our hospital?"',
                "\n[population]",
                f"size = {people}",
                f'profile = "{config.population.profile}"',
                "\n[hospital]",
                "count = 1",
                f"units = {whole}",
                f"beds_per_unit = {beds}",
                "\n[programme]",
                *staffing,
            ]
        )
        + "\n"
    )


def _rounded(value: float) -> int:
    """A number to `SIGNIFICANT` digits."""
    return int(float(f"{value:.{SIGNIFICANT}g}"))


def _posts(data: ProgrammeData, role: str, first: int, full_week: float) -> float:
    """Full posts of a role over the days of the records."""
    assert data.staff is not None
    mine = data.staff[data.staff["role"] == role]
    start = mine["start_day"].clip(lower=first)
    end = mine["end_day"].where(mine["end_day"] >= 0, data.last_day).clip(upper=data.last_day)
    hours = mine["hours_per_week"].where(mine["hours_per_week"] > 0, full_week)
    days = (end - start + 1).clip(lower=0)
    return float((days * hours / full_week).sum() / (data.last_day - first + 1))
