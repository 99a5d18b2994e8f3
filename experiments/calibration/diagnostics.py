"""Diagnostics of a fit: posterior predictions, and simulation-based calibration on known parameter sets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments.calibration import fitting, regression_abc, trial_evidence
from scenarios.calibration_targets import Target
from simulation import draws as keyed

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

RANK_TESTS = 200
"""Draws that serve as known truth in simulation-based calibration."""

TRUTHS = 10
"""Of these, draws whose parameters are recovered one by one in a table."""


def predictive_table(
    used: Sequence[Target],
    predicted: Mapping[str, Array],
    discrepancy: float,
    seed: int = 0,
    prior: Mapping[str, Array] | None = None,
) -> pd.DataFrame:
    """Posterior predictive distribution of each target.

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
    """Likely reason why a target is missed, from the draws."""
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


@dataclass(frozen=True)
class Method:
    """A fitting method as simulation-based calibration tests it: from summaries to a posterior.

    Attributes:
        table: Draws of which some play the world in turn, with the studies' errors added to what they say.
        adjusted: As for `abc.fit`.
        evidence: What published trials say.
        seed: Seed of the noise that stands for their errors, and root seed of the chance in pretend trials.
    """

    table: fitting.Table
    adjusted: NDArray[np.bool_]
    evidence: Sequence[trial_evidence.Evidence] = ()
    seed: int = 0

    def play(self, row: int) -> tuple[regression_abc.Posterior, regression_abc.Posterior]:
        """Fit as if `row` of the table were the world: the posterior before and after its own pretend trials."""
        t = self.table
        before = regression_abc.play(t.scores, t.said, t.error, t.noise, row, t.share, self.adjusted)
        if not self.evidence:
            return before, before
        key = np.uint64(keyed.derive_key(self.seed, int(t.rows[row])))
        chance = np.array([
            keyed.normal_quantile(keyed.uniform(key, keyed.ASSUMED_EFFECT, k, 0, 0, 0))
            for k in range(len(self.evidence))
        ])  # fmt: skip
        found = trial_evidence.pretend(self.evidence, t.scores[row], chance)
        return before, trial_evidence.learn(before, self.evidence, self.seed, found)


def known_truths(method: Method, identified: NDArray[np.bool_]) -> tuple[Array, Array, float | None]:
    """Simulation-based calibration: coverage of 90 % intervals and uniformity of ranks.

    What a pretend trial finds is the emulator's number at the truth, with the trial's error; so this tests what
    is learned from a trial, and not how well the emulator stands for it.

    Args:
        method: What is tested.
        identified: Parameters whose ranks are tested together, shape (p,).

    Returns:
        Coverage by parameter, shape (p,), the same before the trials, and p of a chi-square test of even ranks; None
        where nothing is identified. Ranks of one truth are not independent, so a small p overstates.
    """
    from scipy.special import chdtrc

    tests = _spread_out(len(method.table.rows), RANK_TESTS)
    ranks = np.empty((2, tests.size, identified.size))
    for i, row in enumerate(tests):
        ranks[:, i] = [posterior.below(method.table.scores[row]) for posterior in method.play(int(row))]
    before, after = ranks
    mine = after[:, identified].ravel()
    if not mine.size:
        return regression_abc.coverage(after), regression_abc.coverage(before), None
    counts = np.bincount(np.minimum((mine * 10).astype(int), 9), minlength=10)
    chi2 = float(np.sum((counts - mine.size / 10) ** 2 / (mine.size / 10)))
    return regression_abc.coverage(after), regression_abc.coverage(before), float(chdtrc(9, chi2))


def recover(method: Method, names: Sequence[str], profile: str, identified: NDArray[np.bool_]) -> pd.DataFrame:
    """Recovery of ten known parameter sets, parameter by parameter, for the identified ones.

    Returns: truth (number of the draw that played the world), parameter, value, low and high (90 % interval), inside.
    """
    import pandas as pd
    from scipy.special import ndtr

    table = method.table
    chosen = [name for name, pinned in zip(names, identified, strict=True) if pinned]

    def values(scores: Array) -> Array:
        return fitting.values_at(chosen, profile, np.clip(ndtr(scores[:, identified]), 1e-9, 1 - 1e-9))

    rows = []
    for row in _spread_out(len(table.rows), TRUTHS) if chosen else ():
        posterior = method.play(int(row))[1]
        ends = np.vstack([posterior.quantile(0.05), table.scores[row], posterior.quantile(0.95)])
        for name, (low, value, high) in zip(chosen, values(ends).T.tolist(), strict=True):
            inside = bool(low <= value <= high)
            rows.append((int(table.rows[row]), name, value, low, high, inside))
    return pd.DataFrame(rows, columns=["truth", "parameter", "value", "low", "high", "inside"])


def _spread_out(n: int, wanted: int) -> NDArray[np.int64]:
    return np.linspace(0, n - 1, min(wanted, n)).astype(np.int64)
