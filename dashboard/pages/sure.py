"""How sure are we? Chance kept apart from what nobody knows; which unknowns matter; what was never measured."""

from __future__ import annotations

from dataclasses import replace

import solara

from dashboard import drawings, futures, render, runs, state
from dashboard.jobs import Runs
from dashboard.levers import config, label
from dashboard.looks import LOOKS, Look
from dashboard.summary import change
from dashboard.tasks import use_futures, use_plans
from dashboard.widgets import Choice
from dashboard.working import Status
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
    chance = use_plans({"now": base, "plan": plan})
    unknown = use_futures(base, plan)
    look = LOOKS[s.look]
    solara.HTML(tag="h2", unsafe_innerHTML="How sure are we?")
    with solara.v.Html(tag="div", class_="row"):
        Choice(label="Look at", value=s.look, testid="look",
               options=[{"value": k, "text": v.label} for k, v in LOOKS.items()],
               on_value=lambda v: state.update(lambda x: replace(x, look=v)))  # fmt: skip
        Status(unknown, f"{futures.NUMBER} prior futures.", "Drawing prior futures…")
    solara.HTML(
        tag="p",
        unsafe_innerHTML="Two things blur an answer. <b>Chance</b>: another year, other people fall ill. And <b>what "
        "nobody knows</b>: most numbers of the model are assumptions. Here both are shown, kept apart. For the second, "
        "every unknown is drawn from its range, all at once, many times. We call these <b>prior futures</b>: they come "
        "from what was thought likely before any data of a hospital were used. The fit to data is still to come.",
    )
    if s.plan == s.now:
        solara.HTML(
            tag="p", classes=["empty"], unsafe_innerHTML="The plan is the current service. Move a lever on Explore."
        )
    elif chance.shown is None or unknown.shown is None:
        solara.HTML(tag="p", classes=["empty"], unsafe_innerHTML="Simulating; this takes some ten seconds…")
    else:
        both = chance.shown.result
        html = page(look, both["now"], both["plan"], *unknown.shown.result, str(base.population.profile))
        solara.HTML(tag="div", classes=[] if unknown.fresh and chance.fresh else ["stale"], unsafe_innerHTML=html)
    never = "".join(f"<li>{text}</li>" for text in NEVER)
    absent = "".join(f"<li>{text}</li>" for text in ABSENT)
    solara.HTML(tag="div", classes=["two"], unsafe_innerHTML=(
        f"<section><h2>What has never been measured</h2><ul>{never}</ul></section>"
        f"<section><h2>What is not in the model</h2><ul>{absent}</ul></section>"
    ))  # fmt: skip


def page(look: Look, base: Runs, plan: Runs, base_futures: Runs, plan_futures: Runs, profile: str) -> str:
    """Two dot plots on one axis, the parts of the spread, and the unknowns that matter."""
    by_chance = 100.0 * (plan.values[look.outcome] - base.values[look.outcome])
    by_all = 100.0 * (plan_futures.values[look.outcome] - base_futures.values[look.outcome])
    first = change(plan.values[look.outcome], base.values[look.outcome], 100.0)
    second = change(plan_futures.values[look.outcome], base_futures.values[look.outcome], 100.0)
    reach = max(abs(first.dots).max(), abs(second.dots).max(), 1e-6)
    lower = look.lower_is_better
    pictures = []
    for title, c in (
        ("Chance only, if every assumption is right", first),
        ("Prior futures: chance and what nobody knows", second),
    ):
        caption = f"{title}: better in {c.better(lower)}, worse in {c.worse(lower)} of 20."
        pictures.append(drawings.twenty(c.dots, lower, caption, "", reach=float(reach)))
    share = futures.share_of_chance(by_chance, by_all)
    found, bar = futures.strongest(by_all, profile)
    rows = [
        {
            "text": PARAMETERS[u.name].text, "label": label(u.name), "source": PARAMETERS[u.name].source,
            "more": (u.strength > 0) != lower, "width": round(100 * abs(u.strength)),
        }
        for u in found
    ]  # fmt: skip
    return render.render(
        "sure.html", look=look, pictures=pictures, chance=round(10 * share), known=10 - round(10 * share), rows=rows,
        first=first, second=second, lower=lower, n=second.n, unknowns=len(futures.priors(profile)), full=runs.FULL,
    )  # fmt: skip
