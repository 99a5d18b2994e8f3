"""How many peer workers?

The first workers meet the people who are easiest to meet. Does each further one change as much?
"""

import peerbridge as pb
from docs.build.gallery.example import Example, Measure, Size, over_lever, runs_of

WORKERS = (1, 2, 4, 6, 8, 12)
MEASURES = (
    Measure("reach", "the share seen by a worker"),
    Measure("patient_initiated_discharge", "early departure"),
    Measure("readmission_30d", "readmission within 30 days"),
)


def example(size: Size) -> Example:
    """Run the plans and draw what they change."""
    plans = {f"{n} worker{'s' * (n > 1)}": pb.load("bridge", [*size.settings, f"programme.peers={n}"]) for n in WORKERS}
    everybody = {"usual care": pb.load("usual-care", size.settings), **plans}
    result = pb.compare(everybody, replications=size.replications, draws="shipped")

    title = "What peer workers change, by their number"
    picture, head, rows = over_lever(result, WORKERS, list(plans), MEASURES, "peer workers", title)
    few, many = (MEASURES[2].sentence(result, f"{n} workers") for n in (2, 12))
    answer = f"Against usual care, with two workers, {few}. With twelve, {many}."
    caution = "The right number depends on how many people need them: here they serve one hospital of 112 beds."
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
