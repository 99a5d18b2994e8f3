"""What do empty posts cost?

Hiring a peer worker takes time, and while a post stands empty nobody comes. Here the mean time to fill a post runs from
two weeks to half a year. It is counted over the first year of a programme.
"""

import peerbridge as pb
from docs.build.gallery.example import Example, Measure, Size, over_lever, runs_of

FIRST_YEAR = ["run.warm_up_days=180", "programme.start_day=180"]
DAYS = (15, 30, 60, 90, 180)
MEASURES = (
    Measure("reach", "the share seen by a worker"),
    Measure("linkage_30d", "linkage to treatment within 30 days"),
    Measure("readmission_30d", "readmission within 30 days"),
)


def example(size: Size) -> Example:
    """Run the plans and draw what they change."""
    plans = {
        f"{days} days to hire": pb.load(
            "bridge", [*size.settings, *FIRST_YEAR, f"parameters.workforce.hire_days={days}"]
        )
        for days in DAYS
    }
    everybody = {"usual care": pb.load("usual-care", [*size.settings, FIRST_YEAR[0]]), **plans}
    result = pb.compare(everybody, replications=size.replications, draws="shipped")

    title = "What six posts for peer workers change, by how long it takes to fill one"
    picture, head, rows = over_lever(result, DAYS, list(plans), MEASURES, "days to fill a post", title)
    fast, slow = (MEASURES[0].sentence(result, f"{days} days to hire") for days in (DAYS[0], DAYS[-1]))
    answer = f"Where a post is filled in {DAYS[0]} days, {fast}. Where it takes {DAYS[-1]} days, {slow}."
    caution = "How long hospitals take to hire a peer worker has not been published."
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
