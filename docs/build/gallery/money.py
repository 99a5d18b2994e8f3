"""What does it cost, and who pays?

Workers cost money, and days in hospital do too. Each plan is set against usual care, in thousands of US$ of
2022 a year.
"""

import peerbridge as pb
from docs.build.gallery.example import Example, Measure, Size, over_plans, runs_of

WORKERS = (2, 6, 12)
UNIT = "thousand US$ a year"
MEASURES = (
    Measure("programme_cost", "the cost of the programme", UNIT, 1e-3),
    Measure("hospital_cost", "the cost of hospital days and emergency visits", UNIT, 1e-3),
    Measure("total_cost", "the cost of programme and hospital together", UNIT, 1e-3),
)


def example(size: Size) -> Example:
    """Run the plans and draw what they cost."""
    plans = {f"{n} workers": pb.load("bridge", [*size.settings, f"programme.peers={n}"]) for n in WORKERS}
    everybody = {"usual care": pb.load("usual-care", size.settings), **plans}
    result = pb.compare(everybody, replications=size.replications, draws="shipped")

    title = "Cost of two, six and twelve workers, against usual care"
    picture, head, rows = over_plans(result, MEASURES, f"difference from usual care, {UNIT}", title)
    programme = MEASURES[0].estimate(result, "6 workers")
    both = MEASURES[2].sentence(result, "6 workers")
    answer = f"Six workers cost {programme.mean:,.0f} thousand US$ a year. With them, {both}."
    caution = (
        "Money that a hospital does not spend on one bed is often spent on the next person who waits for it. A day "
        "that somebody stays because they were not driven away counts as a cost here, and is none to them."
    )
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
