"""What the first page shows before its scripts have come: the numbers of the plan that it opens with."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.catalogue.address import Situation
from dashboard.catalogue.headline_outcomes import LOOKS
from dashboard.catalogue.levers import config
from dashboard.compute import pool
from dashboard.compute.paired_summary import picture
from dashboard.compute.posterior import drawn
from dashboard.server.guard import NONCE
from dashboard.ui import render, sentences


def first_view(titles: Sequence[str]) -> str:
    """The first page as HTML without scripts; empty until its runs are there.

    A page whose link holds another plan replaces the numbers before they are painted.

    Args:
        titles: Names of the pages, the first one open.
    """
    s = Situation()
    draws = drawn(config(s.world).population.profile)
    made = [pool.kept(config(s.world, layer), pool.FULL, draws) for layer in (s.now, s.plan)]
    if made[0] is None or made[1] is None:
        return ""
    p = picture(LOOKS[s.look], made[0], made[1])
    return render.render(
        "first.html", purpose=sentences.PURPOSE, limits=sentences.LIMITS, titles=titles,
        standing=sentences.standing(draws),
        hero=render.hero(p, sentences.named(s.now, s.plan), draws),
        said=sentences.made_from(p.n, p.kind), cards=render.cards(p), nonce=NONCE,
    )  # fmt: skip
