"""Parameter screen: which parameters are correlated with any target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.calibration.fitting import Observation
from experiments.support.types import FloatArray
from simulation.parameters import PARAMETERS

if TYPE_CHECKING:
    import pandas as pd


FALSE_ALARMS = 0.05
"""Chance that even one parameter without any influence passes the screen (Bonferroni over all pairs)."""


def screen(
    names: Sequence[str], scores: FloatArray, said: FloatArray, observed: Sequence[Observation], size: float = math.inf
) -> pd.DataFrame:
    """Rank correlations of parameters with the prediction of each target.

    Args:
        names: p parameters.
        scores: Their normal scores, shape (n, p), as independent as a Latin hypercube makes them.
        said: Predictions, shape (n, k), finite.
        observed: The k targets.
        size: How many independent draws these are worth, where they are fewer than n.

    Returns: One row per parameter, in the order of `names`: parameter, kind, passed (its correlation with some target
        is beyond chance), target (the one that it moves most), largest (that correlation) and the correlation with
        each target, by id.
    """
    import pandas as pd
    from scipy.special import ndtri
    from scipy.stats import rankdata

    n, k = said.shape
    x, y = (_standard(rankdata(values, axis=0)) for values in (scores, said))
    found = x.T @ y / n
    bound = float(ndtri(1 - FALSE_ALARMS / (2 * len(names) * k))) / math.sqrt(max(min(n, size) - 1, 1.0))
    top = np.abs(found).argmax(axis=1)
    largest = found[np.arange(len(names)), top]
    columns: dict[str, object] = {
        "parameter": list(names), "kind": [PARAMETERS[name].kind for name in names],
        "passed": np.abs(largest) > bound, "target": [observed[j].target.id for j in top], "largest": largest,
    }  # fmt: skip
    return pd.DataFrame(columns | {o.target.id: found[:, j] for j, o in enumerate(observed)})


def joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two screens of the same parameters by different targets as one."""
    found = first.copy()
    stronger = second["passed"] & (~first["passed"] | (second["largest"].abs() > first["largest"].abs()))
    for column in ("target", "largest"):
        found[column] = first[column].where(~stronger, second[column])
    found["passed"] = first["passed"] | second["passed"]
    others = [column for column in second.columns if column not in first.columns]
    return found.join(second[others])


def _standard(ranks: FloatArray) -> FloatArray:
    spread = ranks.std(axis=0)
    return np.asarray((ranks - ranks.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
