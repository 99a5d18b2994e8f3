"""What a worked example consists of, and the two pictures that most of them need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from docs.build.readme_figures import drawing
from experiments.reporting import figures
from experiments.reporting.page import Figure, legend
from experiments.statistics.estimates import Estimate
from experiments.support.types import FloatArray
from peerbridge import Comparison


@dataclass(frozen=True)
class Size:
    """How large an example is run: as on its page, or small in the tests."""

    replications: int = 60
    people: int = 6_000

    @property
    def settings(self) -> list[str]:
        """Settings for every plan."""
        return [f"population.size={self.people}"]


@dataclass(frozen=True)
class Example:
    """The answer of a worked example.

    Attributes:
        answer: Sentences with numbers, for a lay reader.
        picture: An SVG drawing.
        head: Head of the table that says the same as the picture.
        rows: Its rows.
        runs: How many runs of what, and with which parameters.
        caution: What it does not tell.
    """

    answer: str
    picture: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    runs: str
    caution: str


@dataclass(frozen=True)
class Measure:
    """An outcome with lay words for it.

    Attributes:
        outcome: Name of the outcome.
        words: What it counts, to be followed by "falls by": "readmission within 30 days".
        of: What it is counted among: "in 100".
        times: What the model's number is multiplied with; 100 for shares.
    """

    outcome: str
    words: str
    of: str = "in 100"
    times: float = 100.0

    def estimate(self, result: Comparison, plan: str) -> Estimate:
        """Difference of a plan from the baseline, in the measure's unit."""
        row = self._row(result, plan)
        return Estimate(int(row["n"]), *(self.times * float(row[key]) for key in ("difference", "low", "high")))

    def clear(self, result: Comparison, plan: str) -> bool:
        """Whether the difference may be called clear, by the rule of every table."""
        return "unclear" not in str(self._row(result, plan)["reading"])

    def sentence(self, result: Comparison, plan: str) -> str:
        """The difference of a plan from the baseline in words."""
        e, row = self.estimate(result, plan), self._row(result, plan)
        ends = f"95 % interval of the average {e.low:+,.1f} to {e.high:+,.1f}"
        low, high = (self.times * float(str(row[key])) for key in ("unknown_low", "unknown_high"))
        if math.isfinite(low):
            ends += f"; 9 of 10 draws of what nobody knows {low:+,.1f} to {high:+,.1f}"
        if self.clear(result, plan):
            words = f"{self.words} {'falls' if e.mean < 0 else 'rises'} by {abs(e.mean):,.1f} {self.of} ({ends})"
        else:
            words = f"{self.words} does not clearly change ({e.mean:+,.1f} {self.of}; {ends})"
        return words.replace("-", "−")

    def _row(self, result: Comparison, plan: str) -> dict[str, object]:
        table = result.differences()
        (row,) = table[(table["scenario"] == plan) & (table["outcome"] == self.outcome)].to_dict("records")
        return {str(key): value for key, value in row.items()}


def cell(e: Estimate) -> str:
    """An estimate for a table."""
    return f"{e.mean:+.1f} ({e.low:+.1f} to {e.high:+.1f})".replace("-", "−")


def _signed(low: FloatArray, high: FloatArray) -> Callable[[float], str]:
    """How numbers are written on an axis: with more decimals where all are small."""
    return "{:+.2f}".format if max(abs(low).max(), abs(high).max()) < 0.5 else "{:+.1f}".format


def over_lever(
    result: Comparison,
    values: Sequence[float],
    plans: Sequence[str],
    measures: Sequence[Measure],
    axis: str,
    title: str,
) -> tuple[str, list[str], list[list[str]]]:
    """One small plot a measure: differences from the baseline over the settings of a lever. Drawing, head, rows."""
    panels = []
    for measure in measures:
        made = [measure.estimate(result, plan) for plan in plans]
        mean, low, high = (np.array([getattr(e, key) for e in made]) for key in ("mean", "low", "high"))
        panels.append(
            figures.Panel(measure.words, {"plan": mean}, _signed(low, high), {"plan": (low, high)}, True, measure.of)
        )
    text = f"Differences from {result.baseline}, with 95 % intervals."
    drawn = figures.small_multiples(text, np.array(values, dtype=float), panels, ["plan"], axis)
    rows = [[plan, *(cell(measure.estimate(result, plan)) for measure in measures)] for plan in plans]
    head = ["plan", *(f"{measure.words}, {measure.of}" for measure in measures)]
    return drawing(Figure("example", title, text, drawn, head, rows)), head, rows


def over_plans(
    result: Comparison, measures: Sequence[Measure], axis: str, title: str
) -> tuple[str, list[str], list[list[str]]]:
    """A row a measure and a dot a plan: differences from the baseline. Drawing, head, rows."""
    plans = result.plans
    made = [
        figures.Row(measure.words, {plan: measure.estimate(result, plan) for plan in plans}) for measure in measures
    ]
    return dots(made, plans, axis, title, f"Differences from {result.baseline}, with 95 % intervals.")


def dots(
    made: Sequence[figures.Row], order: Sequence[str], axis: str, title: str, text: str
) -> tuple[str, list[str], list[list[str]]]:
    """A row of dots with intervals for each of `made`. Drawing, head, rows."""
    drawn = figures.differences(title, text, made, order, axis)
    head = ["", *order]
    rows = [[row.label, *(cell(row.estimates[name]) for name in order)] for row in made]
    return drawing(Figure("example", title, text, [drawn], head, rows, legend(order, order))), head, rows


def runs_of(result: Comparison, size: Size) -> str:
    """How the runs of a comparison were made."""
    parameters = result.draws.label if result.draws is not None else "start values"
    return (
        f"{len(result.complete)} simulated years of each plan, the same simulated people in every plan, "
        f"{size.people:,} of them; seed {result.seed}. Parameters: {parameters}."
    )
