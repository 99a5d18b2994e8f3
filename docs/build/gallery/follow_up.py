"""How long should we follow up?

A peer worker who stays in touch after discharge may keep people from coming back, but every call takes time from the
bedside. The plan "bridge" has six workers; here they follow people up for no time at all, or for up to half a year.
"""

import peerbridge as pb
from docs.build.gallery.example import Example, Measure, Size, over_lever, runs_of

DAYS = (0, 14, 30, 60, 90, 180)
MEASURES = (
    Measure("readmission_30d", "readmission within 30 days"),
    Measure("readmission_90d", "readmission within 90 days"),
    Measure("in_care_90d", "the share in care after 90 days"),
)


def example(size: Size) -> Example:
    """Run the plans and draw what they change."""
    plans = {f"{days} days": pb.load("bridge", [*size.settings, f"programme.follow_up_days={days}"]) for days in DAYS}
    everybody = {"usual care": pb.load("usual-care", size.settings), **plans}
    result = pb.compare(everybody, replications=size.replications, draws="shipped")

    title = "What peer workers change, by how long they follow people up"
    picture, head, rows = over_lever(result, DAYS, list(plans), MEASURES, "days of follow-up", title)
    short, long = (MEASURES[1].sentence(result, f"{days} days") for days in (DAYS[0], DAYS[-1]))
    answer = f"Against usual care, without any follow-up, {short}. With {DAYS[-1]} days of it, {long}."
    caution = "No trial has compared durations of follow-up with one another. Calls are assumed to help less and less."
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
