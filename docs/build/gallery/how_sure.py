"""How sure can anyone be?

Two kinds of not knowing: chance, which more simulated years narrow, and numbers that nobody has measured, which only
more knowledge narrows. The same plan is run with fixed parameters, and with parameters drawn from what is known of
them.
"""

import numpy as np

import peerbridge as pb
from docs.build.gallery.example import Example, Size, dots, runs_of
from experiments.reporting.figures import Row
from experiments.statistics.estimates import Estimate

OUTCOME = "readmission_30d"


def example(size: Size) -> Example:
    """Run one plan twice, and draw how far single years and the average lie apart."""
    plans = {"usual care": pb.load("usual-care", size.settings), "bridge": pb.load("bridge", size.settings)}
    kinds = {"fixed parameters": None, "drawn parameters": "shipped"}
    years, average = {}, {}
    for name, draws in kinds.items():
        result = pb.compare(plans, replications=size.replications, draws=draws)
        apart = 100 * (result.values("bridge")[OUTCOME] - result.values("usual care")[OUTCOME])
        years[name] = Estimate(len(apart), float(np.median(apart)), *map(float, np.quantile(apart, [0.05, 0.95])))
        row = result.differences().query("scenario == 'bridge' and outcome == @OUTCOME").iloc[0]
        average[name] = Estimate(len(apart), *(100 * float(row[key]) for key in ("difference", "low", "high")))

    title = "How far the change in readmission within 30 days may be off"
    made = [Row("single years: 9 of 10 lie here", years), Row("their average: 95 % interval", average)]
    text = "Difference of the plan bridge from usual care, in people back in hospital within 30 days, of 100."
    picture, head, rows = dots(made, list(kinds), "difference from usual care, in 100", title, text)
    wide = {name: e.high - e.low for name, e in years.items()}
    answer = (
        f"With fixed parameters, 9 of 10 simulated years differ by up to {wide['fixed parameters']:.1f} in 100; with "
        f"drawn ones by up to {wide['drawn parameters']:.1f}. The second is what a planner should have in mind."
    )
    caution = "Neither says how wrong the model itself may be."
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
