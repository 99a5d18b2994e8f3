"""What a page says on paper and not on a screen: when it was made, of what, by what, and its link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard import render, runs, words
from dashboard.address import Situation
from dashboard.jobs import Runs
from dashboard.knowledge import known
from dashboard.levers import Settings, config
from dashboard.summary import kind


def head(found: Runs) -> str:
    """The line under the title; `found` is one of the page's scenarios."""
    given = "every assumption is right" if found.draw is None else "the model is right"
    return render.render(
        "paper_head.html", when=f"{datetime.now(UTC):%d %B %Y}", limits=words.LIMITS, n=len(found), kind=kind(found),
        given=given,
    )  # fmt: skip


def foot(s: Situation, plans: Sequence[tuple[str, Settings]]) -> str:
    """The plans in words, what made the numbers, and the link, which `ui/print.vue` fills in."""
    draws = known(config(s.world).population.profile)
    return render.render(
        "paper_foot.html",
        plans=[(name, words.plan(plan)) for name, plan in plans],
        world=words.listed(s.world),
        made=f"{words.version()}, {draws.label if draws else 'start values'}; seed {runs.SEED}.",
    )
