"""Targets: what published studies found, as data that a fit, and the page on validation, compare the model with."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from scenarios.toml_files import ScenarioError, read_toml

FOLDER = Path(__file__).parent / "targets"

Z = 1.959964
"""Standard normal quantile of a 95 % interval."""

COUNTED = ("days", "per person", "per year", "per 1,000 person-years", "per person-year")
"""Units of numbers above 0 without an upper end, which are compared as logarithms, as ratios are."""

Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Error(_Strict):
    """Uncertainty of a published number, in one of four forms.

    Attributes:
        proportion_of: Number of people or stays of which the value is a share.
        standard_deviation: Standard deviation between them, with `of`, their number.
        of: Number of people or stays, with `standard_deviation`.
        low: Lower end of the 95 % interval, with `high`.
        high: Upper end of the 95 % interval.
        scale: Scale on which the interval is symmetric.
        unknown: The study's error is not known to us.
    """

    proportion_of: Annotated[int, Field(gt=0)] | None = None
    standard_deviation: Annotated[FiniteFloat, Field(gt=0)] | None = None
    of: Annotated[int, Field(gt=0)] | None = None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    scale: Literal["linear", "log"] = "linear"
    unknown: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Error:
        forms = [
            self.proportion_of is not None,
            self.standard_deviation is not None and self.of is not None,
            self.low is not None and self.high is not None and self.low < self.high,
            self.unknown,
        ]
        if sum(forms) != 1:
            raise ValueError("give proportion_of, or standard_deviation and of, or low < high, or unknown = true")
        return self

    def standard_error(self, value: float) -> float:
        """Standard error of `value` (of its logarithm where `scale` is "log"); NaN where it is not known."""
        if self.proportion_of is not None:
            return math.sqrt(value * (1 - value) / self.proportion_of)
        if self.standard_deviation is not None and self.of is not None:
            return self.standard_deviation / math.sqrt(self.of)
        if self.low is not None and self.high is not None:
            low, high = (math.log(self.low), math.log(self.high)) if self.scale == "log" else (self.low, self.high)
            return (high - low) / (2 * Z)
        return math.nan


class Target(_Strict):
    """One number, or one sign, that a study found.

    Attributes:
        id: Short name, unique over all files.
        quantity: What was counted, in words.
        population: Where, when and who.
        study: Author and year.
        source: DOI, or what else identifies the study.
        read: Where the number was read: in the study itself or in an account of it.
        value: The number, in `unit`; left out for a sign.
        unit: Unit of the value.
        sign: Sign of a relation, where the study gives no more.
        error: How exactly the number is known.
        weight: How much the study should count: high, medium, low or sign.
        scenario: Scenario to compare with.
        trial: Virtual trial to compare with.
        arm: Arm of the trial of which the value is the mean: a trial is compared by the levels of its arms.
        prediction: Name of the model's number (an outcome, or one of `experiments.outcomes.target_predictions`).
        missing: Why the model has no such number.
        role: "target" is fitted; "check" is printed beside and never fitted, with the reason in `why`: it is an input,
            sets a prior, or is marked so in the evidence.
        why: Reason of the role "check".
        kind: Kind of quantity; numbers of one kind share a standard deviation between sites.
        sites: Hospitals or organisations over which the study averages, where it says how many.
        comparator: Whether the arm of the trial is the one that the others are compared with.
        note: What to keep in mind.
    """

    id: Text
    quantity: Text
    population: Text
    study: Text
    source: Text
    read: Literal["abstract or table", "secondary account", "computed"]
    value: FiniteFloat | None = None
    unit: Text = "share"
    sign: Literal["positive", "negative"] | None = None
    error: Error | None = None
    weight: Literal["high", "medium", "low", "sign"]
    scenario: Text | None = None
    trial: Text | None = None
    arm: Text | None = None
    prediction: Text | None = None
    missing: Text | None = None
    role: Literal["target", "check"] = "target"
    why: Text | None = None
    kind: Literal["discharge", "stay", "return", "contact", "harm", "association", "work"] | None = None
    sites: Annotated[int, Field(gt=0)] = 1
    comparator: bool = False
    note: str = ""
    profile: Literal["people_who_use_drugs", "serious_mental_illness"] = "people_who_use_drugs"

    @model_validator(mode="after")
    def _whole(self) -> Target:
        if (self.value is None) == (self.sign is None) or (self.value is None) != (self.error is None):
            raise ValueError("give a value with its error, or a sign")
        if (self.prediction is None) == (self.missing is None):
            raise ValueError("give a prediction, or say in `missing` why there is none")
        if (self.scenario is None) == (self.trial is None):
            raise ValueError("give a scenario or a trial to compare with")
        if (self.arm is None) != (self.trial is None):
            raise ValueError("an arm is one of a trial, and a trial is compared by its arms: give both")
        if self.comparator and self.trial is None:
            raise ValueError("comparator says something of an arm of a trial")
        if (self.role == "check") != (self.why is not None):
            raise ValueError('role = "check" needs its reason in why, and only that')
        if self.role == "target" and self.value is not None and self.prediction and self.kind is None:
            raise ValueError("a target that is fitted needs its kind of quantity")
        if self.trial is not None and self.sign is not None:
            raise ValueError("a trial is compared by its value, not by a sign")
        if self.value is not None and self.error is not None:
            self._check_error(self.value, self.error)
            self._check_value(self.value, self.error)
        return self

    def _check_value(self, value: float, error: Error) -> None:
        """Refuse a fitted number that has no logarithm or logit, and one that its own interval leaves out."""
        if error.low is not None and error.high is not None and not error.low <= value <= error.high:
            raise ValueError(f"the value {value:g} lies outside its own interval, {error.low:g} to {error.high:g}")
        if self.role == "check" or self.prediction is None:
            return
        share = self.unit == "share" and not is_ratio(self.quantity)
        if share and not 0 < value < 1:
            raise ValueError(f"a share that is fitted lies between 0 and 1, both left out, not {value:g}")
        if (self.unit in COUNTED or is_ratio(self.quantity)) and value <= 0:
            raise ValueError(f"a ratio, and a number in {self.unit}, that is fitted is above 0, not {value:g}")

    @staticmethod
    def _check_error(value: float, error: Error) -> None:
        """Refuse a number whose standard error would be zero or not a number: a fit divides by it."""
        if error.proportion_of is not None and not 0 < value < 1:
            raise ValueError(
                f"a share with proportion_of lies between 0 and 1, both left out, not {value:g}; "
                "for none or all of them give low and high"
            )
        if error.scale == "log" and not (value > 0 and error.low is not None and error.low > 0):
            raise ValueError('with scale = "log" the value, low and high are above 0')

    def interval(self) -> tuple[float, float]:
        """95 % interval of the study's number, in its unit; NaN where its error is not known.

        Raises:
            ValueError: The target is a sign.
        """
        if self.value is None or self.error is None:
            raise ValueError(f"{self.id} is a sign and has no interval")
        if self.error.low is not None and self.error.high is not None:
            return self.error.low, self.error.high
        half = Z * self.error.standard_error(self.value)
        return self.value - half, self.value + half


def is_ratio(quantity: str) -> bool:
    """Whether the words for a number say that it is a ratio (a "duration" is none)."""
    return re.search(r"\bratio\b", quantity) is not None


def targets(source: Path = FOLDER, profile: str | None = None) -> tuple[Target, ...]:
    """Targets of a file, or of the files of a folder, in the order in which they are written.

    Args:
        source: File or folder.
        profile: Population profile whose targets are wanted; all if None.

    Raises:
        ScenarioError: On the first thing that is wrong, in one line with file and target.
    """
    found: dict[str, Target] = {}
    for path in sorted(source.glob("*.toml")) if source.is_dir() else [source]:
        file = read_toml(path, path.name, "file of targets")
        unknown = file.data.keys() - {"profile", "target"}
        if unknown:
            raise ScenarioError(
                f"{path.name}: {min(unknown)}: is not known; a file of targets has profile and [[target]]"
            )
        for number, entry in enumerate(file.data.get("target", []), start=1):
            where = f"{path.name}, target {entry.get('id', number) if isinstance(entry, dict) else number}"
            try:
                target = Target.model_validate({"profile": file.data.get("profile")} | entry)
            except (ValidationError, TypeError) as error:
                raise ScenarioError(f"{where}: {_first(error)}") from None
            if target.id in found:
                raise ScenarioError(f"{where}: is there twice")
            found[target.id] = target
    return tuple(target for target in found.values() if profile is None or target.profile == profile)


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "must be a table"
    detail = error.errors(include_url=False)[0]
    message = detail["msg"].removeprefix("Value error, ")
    return f"{'.'.join(str(part) for part in detail['loc']) or 'target'}: {message}"
