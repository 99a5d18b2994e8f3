"""What experts believe of a parameter that nobody has measured: quantiles from several, pooled with their spread.

After the Sheffield framework (O'Hagan and others 2006, Uncertain Judgements): each expert says alone a value that is as
likely too low as too high, and two values that would surprise them a little on either side; the pool gives every expert
the same weight and keeps their disagreement. Each expert's belief is a normal distribution with a side of its own above
and below the middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from experiments.support.errors import InputError
from experiments.support.types import FloatArray
from experiments.uncertainty.draws import ParameterDraws
from experiments.uncertainty.prior_sample import SEED, SIZE, prior_draws
from scenarios.toml_files import ScenarioError, read_toml
from simulation.draws import named_uniforms
from simulation.parameters import PARAMETERS

LEAST_EXPERTS = 3
"""Experts below which no pool is made: one person's belief is what an assumed prior is already."""

Z90 = 1.644854

Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Expert(_Strict):
    """What one person believes, said alone, before hearing the others.

    Attributes:
        role: What makes them an expert, without their name.
        lived_experience: Whether they know what is asked from their own life.
        low: They would be surprised (1 in 20) below this.
        median: As likely too low as too high.
        high: They would be surprised (1 in 20) above this.
        reason: Why, in their words.
    """

    role: Text
    lived_experience: bool
    low: FiniteFloat
    median: FiniteFloat
    high: FiniteFloat
    reason: Text

    @model_validator(mode="after")
    def _in_order(self) -> Expert:
        if not self.low < self.median < self.high:
            raise ValueError("low, median and high must rise")
        return self

    def quantile(self, share: FloatArray) -> FloatArray:
        """Values at probabilities."""
        from scipy.special import ndtri

        z = ndtri(share)
        side = np.where(z < 0, self.median - self.low, self.high - self.median)
        return np.asarray(self.median + z * side / Z90)


class Elicitation(_Strict):
    """A file: one parameter, asked of several people.

    Attributes:
        schema_: Version of the format, 1.
        parameter: Name of the parameter.
        question: What was asked, in words that do not need the model.
        date: When, as year, month and day.
        facilitator: Who asked: their role, not their name.
        expert: The experts, three or more, one at least with lived experience.
    """

    schema_: Annotated[int, Field(alias="schema", ge=1, le=1)]
    parameter: Text
    question: Text
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    facilitator: Text
    expert: list[Expert]

    @model_validator(mode="after")
    def _enough(self) -> Elicitation:
        if self.parameter not in PARAMETERS:
            raise ValueError(f"the model has no parameter {self.parameter}")
        parameter = PARAMETERS[self.parameter]
        if parameter.kind != "assumed":
            raise ValueError(f"{self.parameter} is {parameter.kind}: only what nobody has measured is asked of experts")
        if len(self.expert) < LEAST_EXPERTS:
            raise ValueError(f"needs {LEAST_EXPERTS} experts or more")
        if not any(e.lived_experience for e in self.expert):
            raise ValueError("needs one expert or more with lived experience")
        for e in self.expert:
            if not (parameter.low <= e.low and e.high <= parameter.high):
                raise ValueError(f"answers must lie between {parameter.low:g} and {parameter.high:g} {parameter.unit}")
        return self


@dataclass(frozen=True)
class Pool:
    """Beliefs of several experts about one parameter, as one.

    Attributes:
        elicitation: The file.
    """

    elicitation: Elicitation

    def quantile(self, share: FloatArray) -> FloatArray:
        """Values below which `share` of the pool lies: every expert has the same weight."""
        parameter = PARAMETERS[self.elicitation.parameter]
        fine = (np.arange(4_000) + 0.5) / 4_000
        each = np.concatenate([e.quantile(fine) for e in self.elicitation.expert])
        return np.asarray(np.clip(np.quantile(each, share), parameter.low, parameter.high))

    @property
    def digest(self) -> str:
        """Hash of the answers; 32 hexadecimal digits."""
        return sha256(self.elicitation.model_dump_json().encode()).hexdigest()[:32]

    def disagreement(self) -> float:
        """Share of the pool's variance that is between the experts."""
        fine = (np.arange(4_000) + 0.5) / 4_000
        each = np.stack([e.quantile(fine) for e in self.elicitation.expert])
        return float(each.mean(axis=1).var() / each.var()) if each.var() > 0 else math.nan


def read_elicitation(path: Path) -> Pool:
    """Read a file of answers.

    Raises:
        InputError: Something is wrong in it, in one line.
    """
    try:
        data = read_toml(path, path.name, "file of answers").data
        return Pool(Elicitation.model_validate(data))
    except ScenarioError as error:
        raise InputError(str(error)) from None
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in detail["loc"])
        raise InputError(f"{path.name}: {where + ': ' if where else ''}{detail['msg']}") from None


def by_parameter(pools: Sequence[Pool]) -> dict[str, Pool]:
    """Pools by the parameter that they are of.

    Raises:
        InputError: Two are of one parameter.
    """
    found = {pool.elicitation.parameter: pool for pool in pools}
    if len(found) < len(pools):
        raise InputError("two files are of one parameter")
    return found


def with_pools(profile: str, pools: list[Pool], n: int = SIZE, seed: int = SEED) -> ParameterDraws:
    """Draws of the prior in which what experts believe takes the place of what one author assumed.

    Args:
        profile: Population profile.
        pools: One for each parameter.
        n: Draws.
        seed: Seed of the sample, as for `prior_draws`.

    Raises:
        InputError: Two pools are of one parameter.
    """
    names = list(by_parameter(pools))
    base = prior_draws(profile, n, seed)
    values = base.values.copy()
    for name, pool in zip(names, pools, strict=True):
        order, within = named_uniforms(seed, name, 2 * n).reshape(2, n)
        values[:, base.names.index(name)] = pool.quantile((np.argsort(np.argsort(order)) + within) / n)
    label = f"draws of the prior with what {sum(len(p.elicitation.expert) for p in pools)} answers of experts say of "
    label += f"{', '.join(names)}: UNCALIBRATED"
    return ParameterDraws(base.names, values, label[:300], profile, base.runs_per_draw, "prior")
