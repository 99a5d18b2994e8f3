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

    Raises:
        ValueError: The shape is unknown, or its numbers are missing or leave it without a width.
    """

    shape: Shape
    a: float = math.nan
    b: float = math.nan

    def __post_init__(self) -> None:
        wide = {
            "fixed": math.isnan(self.a) and math.isnan(self.b),
            "uniform": self.a < self.b,
            "normal": math.isfinite(self.a) and self.b > 0,
            "lognormal": self.a > 0 and self.b > 0,
            "beta": self.a > 0 and self.b > 0,
        }
        if not wide.get(self.shape, False):
            raise ValueError(f"no prior: {self.shape}({self.a:g}, {self.b:g})")


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
        if missing:
            raise ValueError(f"parameter {self.name!r} lacks {', '.join(missing)}")
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"parameter {self.name!r} lacks bounds")
        for which in (self, self.smi) if self.smi else (self,):
            if not isinstance(which.prior, Prior) or which.kind not in ("measured", "calibrated", "assumed"):
                raise ValueError(f"parameter {self.name!r} lacks a prior or a kind")
            if not which.source.strip():
                raise ValueError(f"parameter {self.name!r} lacks source")
            if not (math.isfinite(which.value) and self.low <= which.value <= self.high):
                raise ValueError(
                    f"parameter {self.name!r}: {which.value} is outside {self.low} to {self.high} {self.unit}"
                )
            if which.kind != "measured" and which.prior.shape == "fixed":
                raise ValueError(f"parameter {self.name!r} is {which.kind} and needs a prior with a width")
