"""What does a second supervisor change?

Six peer workers share one supervisor. A second or a third one gives each worker more time to talk about hard days.
"""

from docs.build.gallery.example import Example, Measure, Size, over_lever, runs_of
from experiments import compare
from scenarios import load

WORKERS = 6
SUPERVISORS = {"one": 1, "two": 2, "three": 3}
MEASURES = (
    Measure("peer_high_burnout", "days of high burnout"),
    Measure("peer_exits_per_year", "workers who leave in a year", "in 100 posts"),
    Measure("readmission_30d", "readmission within 30 days"),
)


def example(size: Size) -> Example:
    """Run the plans and draw what they change."""
    common = [*size.settings, f"programme.peers={WORKERS}"]
    plans = {
        f"{word}": load("bridge", [*common, f"programme.peers_per_supervisor={WORKERS / number}"])
        for word, number in SUPERVISORS.items()
    }
    result = compare(plans, baseline="one", replications=size.replications, draws="shipped")

    title = "Two or three supervisors against one, for six peer workers"
    picture, head, rows = over_lever(result, (2, 3), ["two", "three"], MEASURES, "supervisors", title)
    answer = f"A second supervisor: {MEASURES[0].sentence(result, 'two')}; {MEASURES[1].sentence(result, 'two')}."
    caution = (
        "The only trial of supervision moved the climate at work a little, and none shows an effect on who leaves: "
        "what supervision does is assumed, with a wide range."
    )
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
