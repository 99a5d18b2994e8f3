"""Prices of an answer: the one place from which decisions take what things are worth.

Costs are outcomes of a run (`programme_cost`, `hospital_cost`, `total_cost`), priced by the model's own parameters in
US$ of 2022; here is what turns them and health into one number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from experiments.outcomes.cost_effectiveness import THRESHOLD
from experiments.support.types import FloatArray

Perspective = Literal["programme", "hospital"]

CURRENCY, PRICE_YEAR = "US$", 2022

COST: dict[str, str] = {"programme": "programme_cost", "hospital": "total_cost"}
"""Perspective to the outcome that is its cost: the programme's own budget, or with it the hospital's (each bed-day at
its average cost, as if a bed that stays empty saved all of it)."""

FULL_COST = "programme_cost_full"
"""Budget of a year in which every post is filled: what has to be granted, and more than `programme_cost`, which is what
was paid for posts as they were filled."""

EFFECT = "readmissions_30d_per_year"
"""What is averted where health is to be weighed against money."""

NET_BENEFIT = "net_benefit"
"""Name of the net benefit where a question or a command names an outcome."""


@dataclass(frozen=True, slots=True)
class Prices:
    """How money and health are weighed.

    Attributes:
        perspective: Whose costs count.
        threshold: Value of one readmission averted, US$ of 2022.
        discount: Rate per year for sums over several years.
    """

    perspective: Perspective = "programme"
    threshold: float = THRESHOLD
    discount: float = 0.03

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes of a run that the net benefit is made of."""
        return COST[self.perspective], EFFECT

    def net_benefit(self, values: Mapping[str, FloatArray]) -> FloatArray:
        """Net benefit a year of each run, up to a constant that all plans share: less cost, less what is not averted.

        Args:
            values: Outcome to values, of any one shape.

        Raises:
            KeyError: One of `outcomes` is not there.
        """
        return np.asarray(-self.threshold * values[EFFECT] - values[COST[self.perspective]])
