"""Which parameters drive an answer, from runs that are there: shares of variance, swings and thresholds.

Each replication used one draw of all parameters, so a regression of the draws' means on a parameter tells what knowing
it would explain: its main effect, the first-order Sobol index where parameters are independent. Monte Carlo error is
taken off the variance that is shared out. The same regression gives the mean of the answer where a parameter is low or
high (a tornado), and the value at which the answer changes its sign (a threshold).

Morris and Sobol designs are studies (`kind = "morris"`, `"sobol"` in a study file); `indices_of_design` analyses them
with SALib.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.outcomes.assumptions import LEAST_DRAWS as LEAST_DRAWS
from experiments.outcomes.assumptions import Answer as Answer
from experiments.outcomes.assumptions import Share as Share
from experiments.outcomes.assumptions import checked, explained, polynomial
from experiments.outcomes.assumptions import parameter_shares as parameter_shares
from experiments.statistics.by_draw import normal_scores
from experiments.statistics.estimates import LEVEL
from experiments.support.types import FloatArray, IntArray
from simulation.draws import named_uniforms
from simulation.parameters import PARAMETERS

if TYPE_CHECKING:
    from experiments.studies.external_formats import SalibForm


RESAMPLES = 200
"""Bootstrap samples of draws behind the interval of a threshold."""


def group_shares(answer: Answer, groups: Mapping[str, Sequence[str]]) -> list[Share]:
    """Share of the variance of each group of parameters, by a linear regression on all of its members together.

    A group that is too large for the draws (more members than half of them) is left out.

    Args:
        answer: What is looked at.
        groups: Name to parameters; those that were not drawn are passed over.

    Raises:
        ValueError: Fewer than `LEAST_DRAWS` draws.
    """
    y = checked(answer)
    scores = normal_scores(answer.parameters)
    found = []
    for group, members in groups.items():
        columns = [answer.names.index(name) for name in members if name in answer.names]
        if not columns or 2 * len(columns) > len(y):
            continue
        x = np.column_stack([np.ones(len(y)), scores[:, columns]])
        share, error, chance = explained(x, y, answer)
        found.append(Share(group, "", share, error, chance < 0.05 / len(groups), members=len(columns)))
    return sorted(found, key=lambda s: -s.share)


def groups_by_mechanism(names: Sequence[str]) -> dict[str, list[str]]:
    """Parameters by the part of the model that they belong to: the word before the point."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.partition(".")[0], []).append(name)
    return found


def groups_by_kind(names: Sequence[str]) -> dict[str, list[str]]:
    """Parameters by what is known of them: measured, calibrated, assumed."""
    found: dict[str, list[str]] = {}
    for name in names:
        if name in PARAMETERS:
            found.setdefault(PARAMETERS[name].kind, []).append(name)
    return found


@dataclass(frozen=True, slots=True)
class Threshold:
    """How far an assumption, or a group of them together, must move for the answer to change its sign.

    Attributes:
        name: Parameter or group.
        value: Value of the parameter at which the mean answer is 0; NaN where no value in the range of the draws does
            it, and for a group.
        low: Lower end of the 95 % interval of `value`, from resamples of the draws in which there is one.
        high: Upper end.
        found_in: Share of the resamples in which there is a threshold.
        quantile: The same as a quantile of the draws: of a parameter its own; of a group the quantile, towards the
            side that favours the change, at which all its members must stand at once. NaN where there is none.
        beyond: Share of the draws on the other side of `value`; NaN for a group.
    """

    name: str
    value: float
    low: float
    high: float
    found_in: float
    quantile: float
    beyond: float


def threshold(answer: Answer, name: str) -> Threshold:
    """Value of one parameter at which the mean of the answer, over all others, changes its sign.

    Raises:
        ValueError: Fewer than `LEAST_DRAWS` draws, or the parameter was not drawn.
    """
    y = checked(answer)
    if name not in answer.names:
        raise ValueError(f"{name}: was not drawn")
    values = answer.parameters[:, answer.names.index(name)]
    z = normal_scores(values)[:, 0]
    at = _crossing(z, y)
    ordered, scores = np.sort(values), np.sort(z)
    again = []
    picks = named_uniforms(16, f"threshold {name}", RESAMPLES * len(y)).reshape(RESAMPLES, len(y))
    for row in (picks * len(y)).astype(np.int64):
        again.append(_crossing(z[row], y[row]))
    there = np.array([x for x in again if not math.isnan(x)])
    share = there.size / RESAMPLES
    if math.isnan(at):
        return Threshold(name, math.nan, math.nan, math.nan, share, math.nan, 0.0)
    low, high = np.quantile(there, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if there.size else (math.nan, math.nan)
    value, low, high = (float(np.interp(point, scores, ordered)) for point in (at, low, high))
    middle = polynomial([0.0]) @ np.linalg.lstsq(polynomial(z), y, rcond=None)[0]
    below = float((z <= at).mean())
    fit = polynomial(z) @ np.linalg.lstsq(polynomial(z), y, rcond=None)[0]
    beyond = float((np.sign(fit) != np.sign(y.mean() or float(middle[0]))).mean())
    return Threshold(name, value, low, high, share, below, beyond)


def _crossing(z: FloatArray, y: FloatArray) -> float:
    """Score nearest to the middle at which the polynomial is 0, within the central 99 % of scores; NaN where none."""
    coefficients = np.linalg.lstsq(polynomial(z), y, rcond=None)[0]
    roots = np.polynomial.Polynomial(coefficients).roots()
    real = roots[np.abs(roots.imag) < 1e-9].real
    inside = real[(real >= z.min()) & (real <= z.max())]
    return float(inside[np.argmin(np.abs(inside))]) if inside.size else math.nan


def group_threshold(answer: Answer, name: str, members: Sequence[str]) -> Threshold:
    """How favourable all of a group must be at once for the mean answer to change its sign.

    Every member stands at the same quantile of its own draws, towards the side on which it moves the answer to the
    other sign; a linear regression on the group tells when. NaN where even the 99.5 % quantiles do not do it.

    Raises:
        ValueError: Fewer than `LEAST_DRAWS` draws, or too few for so large a group.
    """
    from scipy.special import ndtr

    y = checked(answer)
    columns = [answer.names.index(member) for member in members if member in answer.names]
    if not columns or 2 * len(columns) > len(y):
        raise ValueError(f"{name}: has {len(columns)} drawn parameters, which {len(y)} draws cannot tell apart")
    x = np.column_stack([np.ones(len(y)), normal_scores(answer.parameters)[:, columns]])

    def score(rows: IntArray) -> float:
        coefficients = np.linalg.lstsq(x[rows], y[rows], rcond=None)[0]
        reach = float(np.abs(coefficients[1:]).sum())
        needed = abs(float(coefficients[0])) / reach if reach > 0 else math.inf
        return needed if needed <= 2.576 else math.nan

    at = score(np.arange(len(y)))
    picks = named_uniforms(16, f"threshold of {name}", RESAMPLES * len(y)).reshape(RESAMPLES, len(y))
    again = np.array([score(row) for row in (picks * len(y)).astype(np.int64)])
    share = float(np.isfinite(again).mean())
    quantile = float(ndtr(at)) if not math.isnan(at) else math.nan
    return Threshold(name, math.nan, math.nan, math.nan, share, quantile, math.nan)


def indices_of_design(form: SalibForm, outcome: str) -> list[dict[str, Any]]:
    """Indices of a study's own factors, by SALib: Morris' mu* and sigma, or first-order Sobol indices by RBD-FAST.

    Args:
        form: The study as `experiments.studies.external_formats.to_salib` gives it.
        outcome: One of its outcomes.

    Returns: One entry per factor: name and what SALib's analysis returns, largest first.

    Raises:
        KeyError: The outcome is not in the form.
        ValueError: The design is neither Morris, Sobol nor Latin hypercube, or a row has no value.
    """
    y = form.y[outcome]
    if np.isnan(y).any():
        raise ValueError(f"{outcome}: {int(np.isnan(y).sum())} rows of the design have no value")
    if form.kind == "morris":
        from SALib.analyze import morris

        found = morris.analyze(form.problem, form.x, y, num_levels=form.levels, seed=0)
        keys: tuple[str, ...] = ("mu_star", "mu", "sigma", "mu_star_conf")
    elif form.kind in ("sobol", "latin-hypercube"):
        from SALib.analyze import rbd_fast

        found = rbd_fast.analyze(form.problem, form.x, y, seed=0)
        keys = ("S1", "S1_conf")
    else:
        raise ValueError(f"a design of kind {form.kind!r} has no indices; morris, sobol and latin-hypercube have")
    rows = [
        {"name": name} | {key: float(found[key][i]) for key in keys} for i, name in enumerate(form.problem["names"])
    ]
    return sorted(rows, key=lambda row: -row[keys[0]])
