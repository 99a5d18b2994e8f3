"""What a fit is worth: what its posterior predicts, and how its intervals fare on truths that are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments import abc, fitting
from scenarios.evidence import Target

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

RANK_TESTS = 200
"""Draws that play the world once, to see whether the method's intervals cover."""

TRUTHS = 10
"""Draws among them whose parameters are recovered one by one, for people to read."""


def predictive_table(
    used: Sequence[Target],
    predicted: Mapping[str, Array],
    discrepancy: float,
    seed: int = 0,
    prior: Mapping[str, Array] | None = None,
) -> pd.DataFrame:
    """What draws of a posterior predict for each target.

    Args:
        used: Targets with a prediction.
        predicted: What the model said for each target id, one number per draw.
        discrepancy: See `fitting.DISCREPANCY`.
        seed: Seed of the noise that stands for study and discrepancy.
        prior: What draws of the priors predict, for the reasons of misses.

    Returns: id, quantity, study, unit, found, its own interval, the model's median and 95 % interval over draws (low,
        high), the predictive interval for a study like this one (study_low, study_high: with the study's error and the
        discrepancy), width of the model's interval relative to what was found, inside, and the likely reason of a miss.
    """
    import pandas as pd
    from scipy.special import expit, ndtri
    from scipy.stats import qmc

    rows = []
    for k, target in enumerate(used):
        values = np.asarray(predicted[target.id], dtype=np.float64)
        values = values[np.isfinite(values)]
        low, middle, high = np.quantile(values, [0.025, 0.5, 0.975]) if values.size else [math.nan] * 3
        row = {
            "id": target.id, "quantity": target.quantity, "study": target.study, "unit": target.unit,
            "draws": values.size, "median": middle, "low": low, "high": high,
        }  # fmt: skip
        if target.sign:
            right = np.mean(np.sign(values) == (-1.0 if target.sign == "negative" else 1.0)) if values.size else 0.0
            inside = bool(right > 0.5)
            reason = "" if inside else "most draws of the posterior have the other sign"
            rows.append(row | {"found": math.nan, "sign": target.sign, "sign_share": right, "inside": inside,
                               "reason": reason})  # fmt: skip
            continue
        observed = fitting.observe(target, discrepancy)
        noise = ndtri(qmc.LatinHypercube(1, rng=seed + k).random(max(values.size, 1))[:, 0])[: values.size]
        study = observed.on_scale(values) + noise * observed.error
        study = {"logit": expit, "log": np.exp, "linear": np.asarray}[observed.scale](study)
        own = target.interval()
        study_low, study_high = np.quantile(study, [0.025, 0.975]) if values.size else (math.nan, math.nan)
        assert target.value is not None
        inside = bool(study_low <= target.value <= study_high)
        rows.append(row | {
            "found": target.value, "found_low": own[0], "found_high": own[1], "study_low": study_low,
            "study_high": study_high, "relative_width": (high - low) / abs(target.value),
            "inside": inside, "inside_model": bool(low <= target.value <= high),
            "reason": "" if inside else _reason(target, middle, prior or {}, used),
        })  # fmt: skip
    return pd.DataFrame(rows)


ALONE = 0.02
"""Share of the priors' draws beyond a target below which the model hardly reaches it even alone."""

PULLED = 0.3
"""Correlation over draws of the priors from which two targets are said to be moved together."""


def _reason(target: Target, middle: float, prior: Mapping[str, Array], used: Sequence[Target]) -> str:
    """Why a target is missed, as far as the draws tell."""
    assert target.value is not None
    side = "higher" if middle > target.value else "lower"
    said = f"the model is {side}"
    mine = prior.get(target.id)
    if mine is None or not np.isfinite(middle):
        return said
    beyond = np.nanmean(mine <= target.value if side == "higher" else mine >= target.value)
    if beyond < ALONE:
        return f"{said}; hardly any draw of the priors gets there, so the mechanism or its priors cannot make it"
    others = []
    for other in used:
        theirs = prior.get(other.id)
        if other.id != target.id and theirs is not None:
            both = np.isfinite(mine) & np.isfinite(theirs)
            if both.sum() > 2 and mine[both].std() and theirs[both].std():
                others.append((abs(float(np.corrcoef(mine[both], theirs[both])[0, 1])), other.id))
    strong = [name for strength, name in sorted(others, reverse=True)[:3] if strength > PULLED]
    pulled = f"; {', '.join(strong)} move with it and hold it back" if strong else ""
    return f"{said}; {100 * beyond:.0f} % of the priors' draws get there alone, but not with the other targets{pulled}"


def known_truths(
    table: fitting.Table, identified: NDArray[np.bool_], adjusted: NDArray[np.bool_]
) -> tuple[Array, float | None]:
    """How often 90 % intervals hold a known truth, by parameter, shape (p,), and how even the ranks are.

    Args:
        table: Draws of which some play the world in turn, with the studies' errors added to what they say.
        identified: Parameters whose ranks are tested together, shape (p,).
        adjusted: As for `abc.fit`.

    Returns:
        Coverage, and p of a chi-square test of even ranks; None where nothing is identified. Ranks of one truth are not
        independent, so a small p overstates.
    """
    from scipy.special import chdtrc

    tests = _spread_out(len(table.rows), RANK_TESTS)
    ranks = abc.ranks(table.scores, table.said, table.error, table.noise, tests, table.share, adjusted)
    mine = ranks[:, identified].ravel()
    if not mine.size:
        return abc.coverage(ranks), None
    counts = np.bincount(np.minimum((mine * 10).astype(int), 9), minlength=10)
    chi2 = float(np.sum((counts - mine.size / 10) ** 2 / (mine.size / 10)))
    return abc.coverage(ranks), float(chdtrc(9, chi2))


def recover(
    table: fitting.Table,
    names: Sequence[str],
    profile: str,
    identified: NDArray[np.bool_],
    adjusted: NDArray[np.bool_],
) -> pd.DataFrame:
    """Recovery of ten known parameter sets, parameter by parameter, for the identified ones.

    Returns: truth (number of the draw that played the world), parameter, value, low and high (90 % interval), inside.
    """
    import pandas as pd
    from scipy.special import ndtr

    chosen = [name for name, pinned in zip(names, identified, strict=True) if pinned]

    def values(scores: Array) -> Array:
        return fitting.values_at(chosen, profile, np.clip(ndtr(scores[:, identified]), 1e-9, 1 - 1e-9))

    rows = []
    for row in _spread_out(len(table.rows), TRUTHS) if chosen else ():
        posterior = abc.play(table.scores, table.said, table.error, table.noise, int(row), table.share, adjusted)
        ends = np.vstack([posterior.quantile(0.05), table.scores[row], posterior.quantile(0.95)])
        for name, (low, value, high) in zip(chosen, values(ends).T.tolist(), strict=True):
            inside = bool(low <= value <= high)
            rows.append((int(table.rows[row]), name, value, low, high, inside))
    return pd.DataFrame(rows, columns=["truth", "parameter", "value", "low", "high", "inside"])


def _spread_out(n: int, wanted: int) -> NDArray[np.int64]:
    return np.linspace(0, n - 1, min(wanted, n)).astype(np.int64)
