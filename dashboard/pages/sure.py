"""How sure are we? Chance kept apart from what nobody knows; which unknowns matter; what was never measured."""

from __future__ import annotations

import math
from dataclasses import replace

import solara

from dashboard.catalogue.headline_outcomes import LOOKS, HeadlineOutcome
from dashboard.catalogue.levers import config, label
from dashboard.compute import futures, pool
from dashboard.compute.paired_summary import compare_plans, on_the_better_side, twenty
from dashboard.compute.posterior import drawn, known
from dashboard.compute.worker import Runs
from dashboard.session import state
from dashboard.session.background_work import Status
from dashboard.session.tasks import use_futures
from dashboard.ui import drawings, print_header, render, sentences
from dashboard.ui.widgets import Choice, Print
from experiments.statistics.variance_components import split
from experiments.uncertainty.draws import ParameterDraws
from simulation.parameters import PARAMETERS

NEVER: tuple[str, ...] = (
    "What peer workers do to early departures. No controlled study anywhere has estimated it.",
    "How many peer workers are enough, how many of them one supervisor can look after, and how long follow-up should "
    "last. None of the three has ever been compared by lot.",
    "How much trust changes whether people stay or come back for care. Only the direction is known.",
    "How stigmatising clinicians in hospitals are, and how working with peer workers changes that.",
    "How many people one worker can support, how many hours of supervision they need, how many hospital peer workers "
    "leave, and how long it takes to hire one.",
    "What a peer worker costs today: the last published wage is of 2016.",
    "How contact goes on week by week, and how many people who use drugs are in hospital without insurance.",
)
"""What nobody has measured, from the project's list of gaps."""

ABSENT: tuple[str, ...] = (
    "Families, friends and neighbours: the model has clinicians, workers and supervisors, but nobody's relatives.",
    "Race, gender and language, and how people are treated because of them.",
    "The drug supply, the law and police, and how they change from year to year.",
    "Children, pregnancy, and care for other illnesses as such: an acute need is an acute need.",
    "What peer support means to people, beyond trust, stigma and distress on a scale of 0 to 1.",
    "Growth that changes the place itself: new units, new services, a workforce that learns over decades.",
)
"""What the model leaves out."""


@solara.component
def Sure() -> None:
    """The page."""
    s = state.situation.value
    base, plan = config(s.world, s.now), config(s.world, s.plan)
    profile = base.population.profile
    posterior = known(profile)
    work = use_futures(base, plan)
    noun = "simulated futures" if posterior else "prior futures"
    solara.HTML(tag="h2", unsafe_innerHTML="How sure are we?")
    with solara.v.Html(tag="div", class_="row"):
        Choice(label="Look at", value=s.look, testid="look",
               options=[{"value": k, "text": v.label} for k, v in LOOKS.items()],
               on_value=lambda v: state.update(lambda x: replace(x, look=v)))  # fmt: skip
        Status(work, f"{futures.NUMBER} {noun}; dots and verdict are of the {pool.FULL} that every page shows.",
               f"Drawing {noun}…")  # fmt: skip
        Print()
    solara.HTML(tag="p", attributes={"data-testid": "knowledge"}, unsafe_innerHTML=(
        "Two things blur an answer. <b>Chance</b>: another year, other people fall ill. And <b>what nobody knows</b>: "
        f"most numbers of the model are assumptions. Here both are shown, kept apart. {_drawn(posterior)}"
    ))  # fmt: skip
    if s.plan == s.now:
        solara.HTML(
            tag="p", classes=["empty"], unsafe_innerHTML="The plan is the current service. Move a lever on Explore."
        )
    elif work.shown is None:
        solara.HTML(tag="p", classes=["empty"], unsafe_innerHTML="Simulating; this takes some seconds…")
    else:
        both = work.shown.result
        html = page(LOOKS[s.look], both["now"], both["plan"], drawn(profile), noun)
        html = print_header.head(both["now"], pool.FULL) + html
        solara.HTML(tag="div", classes=[] if work.fresh else ["stale"], unsafe_innerHTML=html)
    never = "".join(f"<li>{text}</li>" for text in NEVER)
    absent = "".join(f"<li>{text}</li>" for text in ABSENT)
    solara.HTML(tag="div", classes=["two"], unsafe_innerHTML=(
        f"<section><h2>What has never been measured</h2><ul>{never}</ul></section>"
        f"<section><h2>What is not in the model</h2><ul>{absent}</ul></section>"
    ))  # fmt: skip
    solara.HTML(tag="div", unsafe_innerHTML=print_header.foot(s, [("Current service", s.now), ("Your plan", s.plan)]))


def _drawn(posterior: ParameterDraws | None) -> str:
    if posterior is None:
        return (
            "For the second, every unknown is drawn from its range, all at once, many times. We call these <b>prior "
            "futures</b>: they come from what was thought likely before any data of a hospital were used. There is no "
            "fit of this model to data for these people yet: numbers on all pages come from these futures."
        )
    return (
        "For the second, every unknown is drawn at once, many times, so that the model still agrees with published "
        "numbers (a <i>posterior</i>; details on the page for researchers). Published numbers narrow few unknowns "
        "down: most are as open as before. Each draw is simulated twice, and what differs between the two is chance."
    )


def page(look: HeadlineOutcome, base: Runs, plan: Runs, draws: ParameterDraws, noun: str) -> str:
    """Two dot plots on one axis, the parts of the spread, and the unknowns that matter.

    Dots and verdict are of the futures that every page shows; all futures serve to find the unknowns that matter.

    Args:
        look: What is looked at.
        base: Current service, in futures.
        plan: The plan, in the same futures.
        draws: What the futures were drawn from.
        noun: What the futures are called.
    """
    n = min(len(base), len(plan))
    base, plan = base.first(n), plan.first(n)
    assert plan.draw is not None
    shown = compare_plans(look.outcome, base.first(pool.FULL), plan.first(pool.FULL))
    finding = sentences.verdict(shown, f"{min(n, pool.FULL)} {noun}")
    if shown.reading in ("same", "not defined"):
        return f"<p class='sure-finding'>{finding} Move a lever on Explore.</p>"
    differences = 100.0 * (plan.values[look.outcome] - base.values[look.outcome])
    first, second = (twenty(x) for x in (
        futures.chance_only(differences[: pool.FULL], plan.draw[: pool.FULL]), differences[: pool.FULL]
    ))  # fmt: skip
    reach = max(abs(first).max(), abs(second).max(), 1e-6)
    lower = look.lower_is_better
    pictures = []
    for title, dots in (
        ("Chance only, as if nothing were unknown", first),
        (f"{noun[0].upper()}{noun[1:]}: chance and what nobody knows", second),
    ):
        better, worse = on_the_better_side(dots, lower), on_the_better_side(dots, not lower)
        caption = f"{title}: {sentences.counts(better, worse)}."
        pictures.append(drawings.twenty(dots, lower, caption, "", reach=float(reach)))
    unknown = split(differences, plan.draw).share_unknown
    found, _ = futures.strongest(differences, plan.draw, draws)
    rows = [
        {
            "text": PARAMETERS[u.name].text, "label": label(u.name), "source": render.linked(PARAMETERS[u.name].source),
            "more": (u.strength > 0) != lower, "width": round(100 * abs(u.strength)),
        }
        for u in found
    ]  # fmt: skip
    return render.render(
        "sure.html", look=look, pictures=pictures, chance=None if math.isnan(unknown) else round(10 * (1 - unknown)),
        rows=rows, finding=finding, n=n, unknowns=len(draws.names), futures=noun,
    )  # fmt: skip
