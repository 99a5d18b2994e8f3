"""What a parameter is: value, unit, bounds, prior, kind and source, all of them required."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["measured", "calibrated", "assumed"]
Shape = Literal["fixed", "uniform", "normal", "lognormal", "beta"]


@dataclass(frozen=True, slots=True)
class Prior:
    """A prior, truncated to the parameter's bounds.

    Attributes:
        shape: fixed (no doubt carried), uniform(a, b), normal(mean a, sd b), lognormal(median a, sd of log b) or
            beta(a, b) on [0, 1].
        a: First number of the shape.
        b: Second number of the shape.
    """

    shape: Shape
    a: float = math.nan
    b: float = math.nan


@dataclass(frozen=True, slots=True)
class Alternative:
    """Value, prior, kind and source of a parameter for people with serious mental illness, where they differ."""

    value: float
    prior: Prior
    kind: Kind
    source: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: `<mechanism>.<what>`.
        value: Start value, in `unit`.
        unit: Unit; "log hazard ratio per unit" for slopes.
        low: Lower bound, inclusive.
        high: Upper bound, inclusive.
        prior: Prior of the value.
        kind: measured, calibrated or assumed.
        source: Study (author or journal, year, DOI), or why there is none.
        text: What it does, in one sentence.
        smi: What differs for people with serious mental illness.

    Raises:
        ValueError: Something is missing, or the value lies outside the bounds.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    prior: Prior
    kind: Kind
    source: str
    text: str
    smi: Alternative | None = None

    def __post_init__(self) -> None:
        missing = [field for field in ("name", "unit", "source", "text") if not getattr(self, field).strip()]
        if missing or not isinstance(self.prior, Prior) or self.kind not in ("measured", "calibrated", "assumed"):
            raise ValueError(f"parameter {self.name!r} lacks {', '.join(missing) or 'a prior or a kind'}")
        for value in (self.value, *([self.smi.value] if self.smi else [])):
            if not (math.isfinite(value) and self.low <= value <= self.high):
                raise ValueError(f"parameter {self.name!r}: {value} is outside {self.low} to {self.high} {self.unit}")
        if self.kind != "measured" and self.prior.shape == "fixed":
            raise ValueError(f"parameter {self.name!r} is {self.kind} and needs a prior with a width")
