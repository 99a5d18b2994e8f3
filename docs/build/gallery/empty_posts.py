"""What do empty posts cost?

Hiring a peer worker takes time, and while a post stands empty nobody comes. Here the mean time to fill a post runs from
two weeks to half a year. It is counted over the first year of a programme.
"""

from docs.build.gallery.example import Example, Measure, Size, over_lever, runs_of
from experiments import compare
from scenarios import load

FIRST_YEAR = ["run.warm_up_days=180", "programme.start_day=180"]
DAYS = (15, 30, 60, 90, 180)
MEASURES = (
    Measure("reach", "seen by a worker"),
    Measure("linkage_30d", "treatment begun within 30 days"),
    Measure("readmission_30d", "readmission within 30 days"),
)


def example(size: Size) -> Example:
    """Run the plans and draw what they change."""
    plans = {
        f"{days} days to hire": load("bridge", [*size.settings, *FIRST_YEAR, f"parameters.workforce.hire_days={days}"])
        for days in DAYS
    }
    everybody = {"usual care": load("usual-care", [*size.settings, FIRST_YEAR[0]]), **plans}
    result = compare(everybody, replications=size.replications, draws="shipped")

    title = "What six posts for peer workers change, by how long it takes to fill one"
    picture, head, rows = over_lever(result, DAYS, list(plans), MEASURES, "days to fill a post", title)
    fast, slow = (MEASURES[0].sentence(result, f"{days} days to hire") for days in (DAYS[0], DAYS[-1]))
    answer = f"Against usual care: posts filled within {DAYS[0]} days, {fast}; within {DAYS[-1]} days, {slow}."
    caution = "How long hospitals take to hire a peer worker has not been published."
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
