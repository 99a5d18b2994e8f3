"""Where should peer workers meet people?

The same six workers can wait in the emergency department, work on the wards, or in the community, or do two of these.
"""

import peerbridge as pb
from docs.build.gallery.example import Example, Measure, Size, over_plans, runs_of

PLANS = {
    "emergency department": "ed-only",
    "wards only": "hospital-only",
    "community": "community-only",
    "wards and after": "bridge",
}
LEADS = {"wards and after": "the wards and keeping in touch", "community": "the community only"}
MEASURES = (
    Measure("patient_initiated_discharge", "early departure"),
    Measure("readmission_30d", "readmission within 30 days"),
    Measure("linkage_30d", "linkage to treatment within 30 days"),
)


def example(size: Size) -> Example:
    """Run the bundled plans and draw what they change."""
    plans = {words: pb.load(name, size.settings) for words, name in PLANS.items()}
    everybody = {"usual care": pb.load("usual-care", size.settings), **plans}
    result = pb.compare(everybody, replications=size.replications, draws="shipped")

    title = "The same workers in four places, against usual care"
    picture, head, rows = over_plans(result, MEASURES, "difference from usual care, in 100", title)
    parts = (f"With workers in {place}, {MEASURES[0].sentence(result, name)}" for name, place in LEADS.items())
    answer = ". ".join(parts) + "."
    caution = "How much trust a worker wins in each place has not been measured; the model gives all places the same."
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
