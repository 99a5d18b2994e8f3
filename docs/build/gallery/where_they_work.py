"""Where should peer workers meet people?

The same six workers can wait in the emergency department, work on the wards, or in the community, or do two of these.
"""

from docs.build.gallery.example import Example, Measure, Size, over_plans, runs_of
from experiments import compare
from scenarios import load

PLANS = {
    "emergency department": "ed-only",
    "wards only": "hospital-only",
    "community": "community-only",
    "wards and after": "bridge",
}
MEASURES = (
    Measure("patient_initiated_discharge", "early departure"),
    Measure("readmission_30d", "readmission within 30 days"),
    Measure("linkage_30d", "treatment begun within 30 days"),
)


def example(size: Size) -> Example:
    """Run the bundled plans and draw what they change."""
    plans = {words: load(name, size.settings) for words, name in PLANS.items()}
    everybody = {"usual care": load("usual-care", size.settings), **plans}
    result = compare(everybody, replications=size.replications, draws="shipped")

    title = "The same workers in four places, against usual care"
    picture, head, rows = over_plans(result, MEASURES, "difference from usual care, in 100", title)
    answer = "; ".join(f"{place}: {MEASURES[0].sentence(result, place)}" for place in ("wards and after", "community"))
    caution = "How much trust a worker wins in each place has not been measured; the model gives all places the same."
    return Example(f"{answer[0].upper()}{answer[1:]}.", picture, head, rows, runs_of(result, size), caution)
