"""How long until a programme works?

A new programme begins with empty posts. Workers are hired, learn, and fill their lists; this is its first year.
"""

import numpy as np

import peerbridge as pb
from docs.build.gallery.example import Example, Size
from docs.build.readme_figures import drawing
from experiments.reporting.figures import Panel, small_multiples
from experiments.reporting.page import Figure

SERIES = {
    "workers_in_post": "workers in post",
    "caseload": "people on their lists",
    "minutes_with_people": "hours with people, a day",
}
WEEKS = 52


def example(size: Size) -> Example:
    """Run the first year many times and draw its weeks."""
    plan = pb.load("bridge", [*size.settings, "run.warm_up_days=180", "programme.start_day=180"])
    years = [pb.simulate(plan, replication=r).daily.iloc[180:544] for r in range(size.replications)]
    weeks = {name: np.array([y[name].to_numpy().reshape(WEEKS, 7).mean(axis=1) for y in years]) for name in SERIES}
    weeks["minutes_with_people"] = weeks["minutes_with_people"] / 60

    panels = []
    for name, words in SERIES.items():
        low, high = np.quantile(weeks[name], [0.1, 0.9], axis=0)
        panels.append(Panel(words, {"plan": weeks[name].mean(axis=0)}, "{:.0f}".format, {"plan": (low, high)}))
    title = "The first year of six posts, week by week"
    text = "Mean of simulated years; the band holds 8 of 10 of them."
    x = np.arange(1, WEEKS + 1, dtype=float)
    drawn = small_multiples(text, x, panels, ["plan"], "weeks since the start")
    shown = (1, 8, 16, 26, 39, 52)
    head = ["week", *SERIES.values()]
    rows = [[str(w), *(f"{weeks[name][:, w - 1].mean():.1f}" for name in SERIES)] for w in shown]
    hours = weeks["minutes_with_people"].mean(axis=0)
    half = int(np.argmax(hours >= hours[-8:].mean() / 2)) + 1
    answer = (
        f"Half of the time with people that the programme has at the end of its first year is there in week {half}; "
        f"{weeks['workers_in_post'][:, 25].mean():.1f} of 6 posts are filled after half a year."
    )
    runs = (
        f"{size.replications} simulated first years, {size.people:,} people; seed 0. Parameters: start values, "
        "so the band is chance only."
    )
    caution = "Days to hire, and how fast new workers learn, are assumed."
    return Example(answer, drawing(Figure("example", title, text, drawn, head, rows)), head, rows, runs, caution)
