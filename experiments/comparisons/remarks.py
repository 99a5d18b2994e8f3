"""What a scenario's file leaves to the loader, in sentences: local totals that are solved, posts that are rounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from experiments.reporting.wording import listed

if TYPE_CHECKING:
    from simulation.config import Config


def remarks(config: Config) -> list[str]:
    """What was solved for `[local]` and held, then which shares of posts were rounded to whole posts; may be empty."""
    return [*_solved(config), *_rounded(config)]


def _solved(config: Config) -> Iterator[str]:
    from simulation.local_totals import DAYS_WITHIN, SHARE_WITHIN, STAYS_WITHIN

    local = config.local
    if not local.given:
        return
    said = []
    if local.stays_per_year is not None:
        people = local.solve == "population.size"
        held = "acute_need.rate" if people else f"population.size at {config.population.size:,}"
        said.append(
            f"{local.stays_per_year:,.6g} stays a year by {local.solve} "
            f"(within {100 * STAYS_WITHIN:g} %; {held} is held)"
        )
    if local.length_of_stay is not None:
        said.append(f"{local.length_of_stay:g} days of stay by discharge.stay_median (within {100 * DAYS_WITHIN:g} %)")
    if local.readmission_30d is not None:
        said.append(
            f"{100 * local.readmission_30d:g} % readmitted within 30 days by acute_need.residual "
            f"(within {100 * SHARE_WITHIN:g} in 100)"
        )
    yield f"Solved in every run, so that usual care has them: {listed(said)}."


def _rounded(config: Config) -> Iterator[str]:
    """One sentence for each number of posts that its shares do not divide into whole posts."""
    from simulation.population import homes, posts_of_hospitals
    from simulation.state import AT_ED, AT_UNIT, IN_COMMUNITY, ROAMING

    sites, p = config.sites, config.programme
    weights = [site.posts for site in sites]
    places = {AT_UNIT: p.share_unit, AT_ED: p.share_ed, IN_COMMUNITY: p.share_community}
    places[ROAMING] = max(0.0, 1.0 - sum(places.values()))
    words = ("on units", "in the emergency department", "in the community", "roaming")
    seen = set()
    for phase in config.plan:
        for posts, who in ((phase.peers or 0, "peer workers"), (phase.navigators or 0, "navigators")):
            if not posts or (posts, who) in seen:
                continue
            seen.add((posts, who))
            whole = posts_of_hospitals(posts, config)
            exact = [posts * weight / sum(weights) for weight in weights]
            names = [site.title or f"hospital {i}" for i, site in enumerate(sites, 1)]
            if said := _unlike(whole, exact, [f"in {name}" for name in names]):
                yield f"Posts for {posts} {who} are rounded to whole posts: {said}."
            for name, here in zip(names, whole, strict=True):
                found = homes(here, config)
                said = _unlike([found.count(place) for place in places], [here * x for x in places.values()], words)
                if said:
                    where = f" in {name}" if len(sites) > 1 else ""
                    yield f"Posts for {here} {who}{where} are rounded to whole posts: {said}."


def _unlike(whole: Sequence[int], exact: Sequence[float], words: Sequence[str]) -> str:
    """Whole posts beside exact ones where any differ: "4 on units (3.6), 2 in the community (2.4)"; else empty."""
    if all(abs(n - x) < 1e-6 for n, x in zip(whole, exact, strict=True)):
        return ""
    parts = zip(whole, exact, words, strict=True)
    return ", ".join(f"{n} {word} ({x:.3g} by its share)" for n, x, word in parts if n or x > 1e-9)
