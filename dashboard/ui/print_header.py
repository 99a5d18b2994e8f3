"""What a page says on paper and not on a screen: when it was made, of what, by what, and its link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard.catalogue.address import Situation
from dashboard.catalogue.levers import Settings, config
from dashboard.compute import pool
from dashboard.compute.paired_summary import kind
from dashboard.compute.posterior import drawn
from dashboard.compute.worker import Runs
from dashboard.ui import render, sentences
from experiments.uncertainty.draws import ParameterDraws


def head(found: Runs, most: int | None = None) -> str:
    """The line under the title; `found` is one of the page's scenarios, of which `most` runs are shown at most."""
    given = "every assumption is right" if found.draw is None else "the model is right"
    return _head(f"{min(len(found), most or len(found))} {kind(found)} of each plan, if {given}")


def one_year(plan: str) -> str:
    """The same of a page that shows one simulated year of a plan."""
    return _head(f"one simulated year; {plan}")


def _head(shown: str) -> str:
    return render.render(
        "paper_head.html", when=f"{datetime.now(UTC):%d %B %Y}", limits=sentences.LIMITS, shown=shown
    )  # fmt: skip


def foot(s: Situation, plans: Sequence[tuple[str, Settings]]) -> str:
    """The plans in words, what made the numbers, and the link, which `ui/print.vue` fills in."""
    draws = drawn(config(s.world).population.profile)
    return render.render(
        "paper_foot.html",
        plans=[(name, sentences.plan(plan)) for name, plan in plans],
        world=sentences.listed(s.world),
        made=_made(draws),
    )


def for_picture(s: Situation, title: str, plans: Sequence[tuple[str, Settings]]) -> list[str]:
    """What a saved picture says with it: its title, each plan, what changed for all, and what made it, and when."""
    draws = drawn(config(s.world).population.profile)
    told = [f"{name}: {sentences.plan(plan)}." for name, plan in plans]
    told += [f"Changed for all plans: {sentences.listed(s.world)}."] if s.world else []
    when = f"{datetime.now(UTC):%d %B %Y}"
    return [title, *told, f"Simulated, not observed. {sentences.LIMITS} {_made(draws)} {when}."]


def _made(draws: ParameterDraws) -> str:
    return f"{sentences.version()}, {draws.label}; seed {pool.SEED}."
