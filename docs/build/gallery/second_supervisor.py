"""What does a second supervisor change?

Six peer workers share one supervisor. A second or a third one gives each worker more time to talk about hard days.
"""

import peerbridge as pb
from docs.build.gallery.example import Example, Measure, Size, over_lever, runs_of

WORKERS = 6
SUPERVISORS = {"one": 1, "two": 2, "three": 3}
MEASURES = (
    Measure("peer_high_burnout", "the share of days with high burnout"),
    Measure("peer_exits_per_year", "turnover in a year", "in 100 posts"),
    Measure("readmission_30d", "readmission within 30 days"),
)


def example(size: Size) -> Example:
    """Run the plans and draw what they change."""
    common = [*size.settings, f"programme.peers={WORKERS}"]
    plans = {
        f"{word}": pb.load("bridge", [*common, f"programme.peers_per_supervisor={WORKERS / number}"])
        for word, number in SUPERVISORS.items()
    }
    result = pb.compare(plans, baseline="one", replications=size.replications, draws="shipped")

    title = "Two or three supervisors against one, for six peer workers"
    picture, head, rows = over_lever(result, (2, 3), ["two", "three"], MEASURES, "supervisors", title)
    answer = f"With a second supervisor, {MEASURES[0].sentence(result, 'two')}; {MEASURES[1].sentence(result, 'two')}."
    caution = (
        "The only trial of supervision moved the climate at work a little, and none shows an effect on who leaves: "
        "what supervision does is assumed, with a wide range."
    )
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
