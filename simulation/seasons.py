"""Seasons of demand: months of a year that begins with day 0, each with its ratio of acute need and of visits."""

from __future__ import annotations

from simulation.kernel import kernel


@kernel
def month(day):
    """Month of a day, 0 to 11: twelfths of a year of 365 days; days before day 0 belong to the years before."""
    return day % 365 * 12 // 365


@kernel
def ratio(w, day):
    """Demand on a day against the mean of the year."""
    return w.months[month(day)]


@kernel
def next_change(w, day, latest):
    """First day on which demand changes, at most `latest`."""
    if not w.levers[0]["seasonal"]:
        return latest
    return min(latest, day - day % 365 + ((month(day) + 1) * 365 + 11) // 12)
