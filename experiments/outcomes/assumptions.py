"""Which assumptions an answer rests on: the share of its spread between parameter draws that each parameter has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from experiments.statistics.by_draw import draw_means, normal_scores, spline_basis
from experiments.statistics.estimates import Estimate, mean_interval
from experiments.support.types import FloatArray
from simulation.parameters import PARAMETERS

DEGREE = 3
"""Degree of the polynomial in a parameter's normal score, from which swings and thresholds come."""

DRAWS_PER_KNOT, MOST_KNOTS = 250, 8
"""Shares come from a cubic spline with a knot more for so many draws: with few draws, the same cubic."""

LEAST_DRAWS = 30
"""Draws below which no regression is made."""

ENDS = (0.05, 0.95)
"""Quantiles of a parameter between which a swing is shown."""

NAMED = 3
"""Assumptions that are named beside an answer."""

CARRIED = "What carries these answers: the assumptions with the largest share of the spread between draws."
"""Stands above such names."""


@dataclass(frozen=True, eq=False)
class Answer:
    """An outcome, or a difference between plans, by parameter draw.

    Attributes:
        values: Mean over the replications of each draw, shape (n,).
        error: Variance of the Monte Carlo error of such a mean.
        names: Parameters, p of them.
        parameters: Their values by draw, shape (n, p).
        label: What the answer is, in words.
        kind: "posterior" or "prior" (uncalibrated): where the draws come from.
    """

    values: FloatArray
    error: float
    names: tuple[str, ...]
    parameters: FloatArray
    label: str = ""
    kind: Literal["posterior", "prior"] = "prior"

    @property
    def mean(self) -> Estimate:
        """Mean over draws with its interval."""
        return mean_interval(self.values)

    @property
    def probability_above(self) -> float:
        """Share of the draws in which the answer is above 0, Monte Carlo error taken off."""
        return float((self.without_error > 0).mean())

    @property
    def without_error(self) -> FloatArray:
        """The draws' values pulled together to the spread that is not Monte Carlo error."""
        total = float(self.values.var(ddof=1))
        factor = math.sqrt(max(0.0, 1 - self.error / total)) if total > 0 else 0.0
        middle = float(self.values.mean())
        return np.asarray(middle + factor * (self.values - middle))

    @property
    def parameter_variance(self) -> float:
        """Variance between draws without the Monte Carlo error, 0 or more."""
        return max(0.0, float(self.values.var(ddof=1)) - self.error)


@dataclass(frozen=True, slots=True)
class Share:
    """What one parameter, or a group, has to do with an answer.

    Attributes:
        name: Parameter or group.
        kind: measured, calibrated or assumed; of a group "".
        share: Of the variance between draws, 0 to 1.
        error: Standard error of the share.
        clear: Whether it stands out from chance at 5 % among all that were looked at (Bonferroni).
        low: Mean of the answer where the parameter is at its 5 % quantile; NaN for a group.
        high: The same at its 95 % quantile.
        members: Parameters of the group; 1 for a parameter.
    """

    name: str
    kind: str
    share: float
    error: float
    clear: bool
    low: float = math.nan
    high: float = math.nan
    members: int = 1


def parameter_shares(answer: Answer) -> list[Share]:
    """Share of the variance of each parameter, the largest first.

    Raises:
        ValueError: Fewer than `LEAST_DRAWS` draws.
    """
    y = checked(answer)
    scores = normal_scores(answer.parameters)
    found = []
    for j, name in enumerate(answer.names):
        z = scores[:, j]
        basis = spline_basis(z, min(MOST_KNOTS, len(y) // DRAWS_PER_KNOT)) if z.min() < z.max() else z[:, None]
        share, error, chance = explained(basis, y, answer)
        coefficients = np.linalg.lstsq(polynomial(z), y, rcond=None)[0]
        low, high = (polynomial(np.quantile(z, [end])) @ coefficients for end in ENDS)
        kind = PARAMETERS[name].kind if name in PARAMETERS else ""
        clear = chance < 0.05 / len(answer.names)
        found.append(Share(name, kind, share, error, clear, float(low[0]), float(high[0])))
    return sorted(found, key=lambda s: -s.share)


def checked(answer: Answer) -> FloatArray:
    """Values by draw.

    Raises:
        ValueError: Fewer than `LEAST_DRAWS` draws.
    """
    if len(answer.values) < LEAST_DRAWS:
        raise ValueError(f"shares of variance need {LEAST_DRAWS} parameter draws or more, not {len(answer.values)}")
    return answer.values


def polynomial(z: ArrayLike) -> FloatArray:
    """Powers of normal scores up to `DEGREE`, shape (n, DEGREE + 1)."""
    return np.asarray(np.vander(np.asarray(z, dtype=np.float64), DEGREE + 1, increasing=True))


def explained(x: FloatArray, y: FloatArray, answer: Answer) -> tuple[float, float, float]:
    """Adjusted share of the parameter variance that columns explain, its standard error, and the F test's p-value."""
    from scipy.special import fdtrc

    n, total = len(y), float(((y - y.mean()) ** 2).sum())
    q, r = np.linalg.qr(x)
    k = int((np.abs(np.diag(r)) > 1e-9 * math.sqrt(n)).sum()) - 1
    if total <= 0 or k < 1 or answer.parameter_variance <= 0:
        return 0.0, 0.0, 1.0
    rest = float(((y - q @ (q.T @ y)) ** 2).sum())
    adjusted = 1 - (rest / (n - k - 1)) / (total / (n - 1))
    scale = total / (n - 1) / answer.parameter_variance
    inside = float(np.clip(adjusted, 0.0, 1.0))
    # Asymptotic variance of R2 (Olkin and Finn 1995, 10.1037/0033-2909.118.1.155), and that of chance where it is 0.
    error = math.sqrt(4 * inside * (1 - inside) ** 2 / n + 2 * k * (1 - inside) ** 2 / n**2)
    f = (total - rest) / k / (rest / (n - k - 1)) if rest > 0 else math.inf
    chance = float(fdtrc(k, n - k - 1, f)) if math.isfinite(f) else 0.0
    return float(np.clip(adjusted * scale, 0.0, 1.0)), error * scale, chance


def carriers(
    values: ArrayLike, draw: ArrayLike, names: Sequence[str], parameters: FloatArray, most: int = NAMED
) -> list[Share] | None:
    """The assumptions that matter most to an answer, strongest first; None where there are too few draws to tell.

    Args:
        values: The answer by replication, shape (n,); NaN where it is not defined.
        draw: Number of the draw of each replication, shape (n,).
        names: Parameters, p of them.
        parameters: Their values by draw, shape (draws, p).
        most: How many.
    """
    y, number = np.asarray(values, dtype=np.float64), np.asarray(draw)
    there = ~np.isnan(y)
    used = np.unique(number[there])
    if used.size < LEAST_DRAWS:
        return None
    means, error = draw_means(y[there, None], number[there])
    return parameter_shares(Answer(means[:, 0], float(error[0, 0]), tuple(names), parameters[used]))[:most]


def carried_by(found: Sequence[Share] | None, draws: int, runs_per_draw: int = 2) -> str:
    """The same in a sentence that follows the name of the answer."""
    if found is None:
        return (
            f"{draws} draws are too few to tell which assumptions matter most; take {LEAST_DRAWS * runs_per_draw} runs "
            "or more"
        )
    if not any(share.share > 0 for share in found):
        return "no assumption moves it more than chance does"
    parts = [f"{s.name} ({s.kind}, {100 * s.share:.0f} %)" for s in found if s.clear]
    if not parts:
        return f"no single assumption can be told from chance by {draws} draws; more would tell more"
    return f"most by {', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else f"most by {parts[0]}"
