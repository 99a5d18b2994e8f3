"""Whether a number is met: prior, posterior and left-out prediction of each target, and one word for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.calibration.hierarchy import EFFECTS, LEFT, Evidence
from experiments.calibration.posterior import Problem, prior_states, sample
from experiments.support.types import FloatArray
from scenarios.calibration_targets import Target

if TYPE_CHECKING:
    import pandas as pd


MET, ALLOWED, NOT_INFORMATIVE, MISSED = "met", "allowed", "not informative", "missed"

TAIL = 0.05
"""Two-sided tail probability below which a number is missed."""

WIDE = math.log(3.0)
"""Half width of a 95 % prediction, on a scale of logarithms or log odds, beyond which it says little: it would hold a
third of the number as well as three times of it. Sites alone differ by a factor of four in early departure."""

EXPLAINED = 0.1
"""Share of a number's expectation that the emulator explains below which nothing is said of it but a miss."""

ERRORS = 3.0
"""Errors within which a draw is said to agree with a number."""

MOST = 4_000
"""States of a posterior that tables are made from."""


@dataclass(frozen=True)
class Prediction:
    """Expectations of k numbers, and the variance with which a study scatters around them.

    Attributes:
        expected: On the scales, shape (n, k).
        site: Variance of a site's number around the expectation of an average hospital, shape (n, k).
        study: Variance of a study's number: the site's and its sampling error; shape (n, k).
    """

    expected: FloatArray
    site: FloatArray
    study: FloatArray

    @classmethod
    def at(cls, problem: Problem, states: FloatArray) -> Prediction:
        """Of states of shape (n, m + h)."""
        m, _ = problem.size
        none = np.zeros(len(problem.evidence.observed))
        study = np.diagonal(problem.evidence.covariance(states[:, m:], none), axis1=1, axis2=2).copy()
        site = study - np.diagonal(problem.evidence.own)
        return cls(problem.emulator.at(states[:, :m]), site + problem.emulator.error, study + problem.emulator.error)

    def of_study(self) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of what such a study finds, each of shape (k,)."""
        return self.expected.mean(axis=0), np.sqrt(self.expected.var(axis=0) + self.study.mean(axis=0))

    def of_site(self) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of the number at one hospital, each of shape (k,)."""
        return self.expected.mean(axis=0), np.sqrt(self.expected.var(axis=0) + self.site.mean(axis=0))


def tail(value: float, mean: float, sd: float) -> float:
    """Two-sided tail probability of a number."""
    return math.erfc(abs(value - mean) / sd / math.sqrt(2.0))


def status(value: float, mean: float, sd: float) -> str:
    """What a prediction on its own says to a number: hit, wide or off."""
    if tail(value, mean, sd) < TAIL:
        return "off"
    return "wide" if 1.96 * sd > WIDE else "hit"


def verdict(value: float, prior: tuple[float, float], posterior: tuple[float, float],
            left_out: tuple[float, float], explained: float = 1.0) -> tuple[str, str]:  # fmt: skip
    """One word for a number, and its reason.

    Args:
        value: What was found.
        prior: Mean and standard deviation of what draws of the prior predict for such a study.
        posterior: The same of the fit.
        left_out: The same of a fit that has not seen the study.
        explained: Share of the number's expectation that the emulator explains.
    """
    side = "above" if posterior[0] > value else "below"
    if status(value, *posterior) == "off":
        return MISSED, f"the fitted model stays {side} it"
    if explained < EXPLAINED:
        return NOT_INFORMATIVE, "dominated by chance: the runs do not show which parameters move it"
    without = status(value, *left_out)
    if without == "off":
        return ALLOWED, "only because the fit has seen it: a fit without this study misses it"
    if without == "wide":
        return (
            NOT_INFORMATIVE,
            "a fit without this study predicts it, but so widely that a third and three times fit as well",
        )
    if status(value, *prior) == "hit":
        return ALLOWED, "draws of the prior alone already predict it as narrowly as would count"
    return MET, "a fit without this study predicts it, and draws of the prior alone do not"


def units(evidence: Evidence) -> dict[str, set[str]]:
    """What is left out together, by name of the study: its numbers share people and site."""
    found: dict[str, set[str]] = {}
    for o in evidence.observed:
        found.setdefault(o.target.study, set()).add(o.target.id)
    return found


def left_out(
    problem: Problem, seed: int, executor: Executor, *, chains: int, steps: int
) -> dict[str, tuple[Problem, FloatArray]]:
    """A posterior without each study, by its name: the problem with its numbers only, and states to predict them.

    Args:
        problem: The fit.
        seed: Seed of the chains.
        executor: Samples them; it never changes a result.
        chains: Chains of each.
        steps: Steps of each chain.
    """
    found = {}
    without = {name: ids for name, ids in units(problem.evidence).items() if ids != set(problem.evidence.ids)}
    one = partial(_without, problem, seed, chains, steps)
    for (name, ids), rest_states in zip(without.items(), executor.map(one, without), strict=True):
        others = set(problem.evidence.ids) - ids
        rest = problem.without(ids)
        found[name] = (problem.without(others), _with_spreads(problem, rest, rest_states, ids, seed, name))
    return found


def _without(problem: Problem, seed: int, chains: int, steps: int, name: str) -> FloatArray:
    rest = problem.without(units(problem.evidence)[name])
    return sample(rest, seed, chains=chains, steps=steps, name=f"without {name}").thinned(MOST // 4)


def _with_spreads(
    problem: Problem, rest: Problem, states: FloatArray, ids: set[str], seed: int, name: str
) -> FloatArray:
    """States in terms of the whole problem's spreads; a spread that only the left-out study had is as its prior."""
    m, h = problem.size
    known = {s.name: j for j, s in enumerate(rest.evidence.spreads)}
    fresh = prior_states(len(states), h, seed, f"spreads without {name}")
    columns = [
        states[:, m + known[s.name]] if s.name in known else fresh[:, j] for j, s in enumerate(problem.evidence.spreads)
    ]
    return np.column_stack([states[:, :m], *columns])


def effects(evidence: Evidence) -> list[tuple[str, int, int]]:
    """Effects of trials: name, and positions of the number of the arm and of that which it is compared with."""
    found = []
    targets = [o.target for o in evidence.observed]
    for i, one in enumerate(targets):
        if one.trial is None or one.comparator:
            continue
        for j, two in enumerate(targets):
            if two.comparator and (two.trial, two.prediction) == (one.trial, one.prediction):
                found.append((f"{one.id} − {two.id}", i, j))
    return found


def effect_prediction(problem: Problem, states: FloatArray, i: int, j: int) -> tuple[FloatArray, FloatArray]:
    """Expected effect on the scale, shape (n,), and the variance of what a trial like it finds, shape (n,)."""
    m, _ = problem.size
    expected = problem.emulator.at(states[:, :m])
    covariance = problem.evidence.covariance(states[:, m:], np.zeros(len(problem.evidence.observed)))
    spread = covariance[:, i, i] + covariance[:, j, j] - 2 * covariance[:, i, j]
    missed = problem.emulator.shared
    return expected[:, i] - expected[:, j], spread + missed[i, i] + missed[j, j] - 2 * missed[i, j]


def table(
    problem: Problem, prior: FloatArray, posterior: FloatArray, without: Mapping[str, tuple[Problem, FloatArray]]
) -> pd.DataFrame:
    """One row for each number that is fitted, and one for each effect of a trial.

    Args:
        problem: The fit.
        prior: States of the prior, shape (n, m + h).
        posterior: States of the posterior.
        without: As from `left_out`.

    Returns: id, quantity, study, unit; found with its 95 % interval; for an average hospital the median and 95 %
        interval of prior and posterior (low, high); site_low, site_high: at one hospital; study_low, study_high: in a
        study like this one; left_median, left_low, left_high: the same by a fit without the study; distance and tail
        of the number in the posterior's prediction; contraction: share of the prior standard deviation of the
        expectation that is gone; sd_over_error: posterior standard deviation over the study's error; verdict, reason.
    """
    import pandas as pd

    ids = problem.evidence.ids
    before, after = (Prediction.at(problem, states) for states in (prior, posterior))
    rows: list[dict[str, Any]] = []
    explained = problem.emulator.of_expectation.copy()
    for _, i, j in effects(problem.evidence):  # an arm is emulated by its difference from the other: that is the effect
        explained[i] = problem.emulator.of_expectation[j]
    for i, o in enumerate(problem.evidence.observed):
        rest = without.get(o.target.study)
        if rest is None:
            left = before.of_study()[0][i], before.of_study()[1][i]
        else:
            mine, states = rest
            told = Prediction.at(mine, _own_spreads(problem, mine, states)).of_study()
            at = mine.evidence.ids.index(ids[i])
            left = float(told[0][at]), float(told[1][at])
        target = o.target
        low, high = target.interval()
        rows.append(
            {"id": target.id, "quantity": target.quantity, "study": target.study, "unit": target.unit,
             "found": target.value, "found_low": low, "found_high": high}
            | _row(o.natural, o.value, o.error, before.expected[:, i], after.expected[:, i],
                   (before.of_study()[0][i], before.of_study()[1][i]), (after.of_study()[0][i], after.of_study()[1][i]),
                   after.of_site()[1][i], left, float(explained[i]))
        )  # fmt: skip
    for name, i, j in effects(problem.evidence):
        rows.append(_effect_row(problem, prior, posterior, without, name, i, j))
    return pd.DataFrame(rows)


def _own_spreads(problem: Problem, mine: Problem, states: FloatArray) -> FloatArray:
    """States of the whole problem's spreads as those of a part of it, which may have fewer."""
    m, _ = problem.size
    place = {s.name: m + j for j, s in enumerate(problem.evidence.spreads)}
    return np.column_stack([states[:, :m], *(states[:, place[s.name]] for s in mine.evidence.spreads)])


def _row(
    natural: Any, value: float, error: float, before: FloatArray, after: FloatArray, prior: tuple[float, float],
    posterior: tuple[float, float], site_sd: float, left: tuple[float, float], explained: float = 1.0,
) -> dict[str, Any]:  # fmt: skip
    word, reason = verdict(value, prior, posterior, left, explained)
    at = [0.5, 0.025, 0.975]

    def ends(mean: float, sd: float) -> list[float]:
        return [float(x) for x in natural(np.array([mean - 1.96 * sd, mean + 1.96 * sd]))]

    was, now = ([float(x) for x in natural(np.quantile(x, at))] for x in (before, after))
    site, study, out, prior_study = (
        ends(posterior[0], site_sd), ends(*posterior), ends(*left), ends(*prior)
    )  # fmt: skip
    return {
        "prior_median": was[0], "prior_low": was[1], "prior_high": was[2], "prior_study_low": prior_study[0],
        "prior_study_high": prior_study[1], "median": now[0], "low": now[1], "high": now[2],
        "site_low": site[0], "site_high": site[1], "study_low": study[0], "study_high": study[1],
        "left_median": float(natural(np.array([left[0]]))[0]), "left_low": out[0], "left_high": out[1],
        "distance": (value - posterior[0]) / posterior[1], "tail": tail(value, *posterior),
        "prior_tail": tail(value, *prior), "left_tail": tail(value, *left),
        "contraction": 1 - float(after.std()) / float(before.std()),
        "sd_over_error": float(after.std()) / error if error > 0 else math.nan, "verdict": word, "reason": reason,
    }  # fmt: skip


def _effect_row(
    problem: Problem, prior: FloatArray, posterior: FloatArray, without: Mapping[str, tuple[Problem, FloatArray]],
    name: str, i: int, j: int,
) -> dict[str, Any]:  # fmt: skip
    """The effect of a trial on the scale, shown as a ratio (of odds or of counts)."""
    one, two = problem.evidence.observed[i], problem.evidence.observed[j]
    value = one.value - two.value
    own = problem.evidence.own
    error = math.sqrt(own[i, i] + own[j, j] - 2 * own[i, j])

    def told(which: Problem, states: FloatArray, a: int, b: int) -> tuple[FloatArray, tuple[float, float]]:
        expected, variance = effect_prediction(which, states, a, b)
        return expected, (float(expected.mean()), math.sqrt(float(expected.var() + variance.mean())))

    before, was = told(problem, prior, i, j)
    after, now = told(problem, posterior, i, j)
    m, _ = problem.size
    if one.target.study in without:
        mine, states = without[one.target.study]
        at = mine.evidence.ids.index
        left = told(mine, _own_spreads(problem, mine, states), at(one.target.id), at(two.target.id))[1]
    else:
        left = was
    trial_sd = problem.evidence.spreads[[s.name for s in problem.evidence.spreads].index(EFFECTS)]
    at_h = m + [s.name for s in problem.evidence.spreads].index(EFFECTS)
    rest = m + [s.name for s in problem.evidence.spreads].index(LEFT)
    left_over = problem.evidence.spreads[rest - m]
    spread = trial_sd.at(posterior[:, at_h]) ** 2 + 2 * left_over.at(posterior[:, rest]) ** 2
    site_sd = math.sqrt(float(after.var() + spread.mean()))
    kind = "odds ratio" if one.scale == "logit" else "ratio"
    ends = np.exp([value - 1.96 * error, value + 1.96 * error])
    return {
        "id": name, "quantity": f"{_short(one.target)}, {kind}", "study": one.target.study, "unit": kind,
        "found": math.exp(value), "found_low": ends[0], "found_high": ends[1],
    } | _row(np.exp, value, error, before, after, was, now, site_sd, left,
             float(problem.emulator.of_expectation[i]))  # fmt: skip


def _short(target: Target) -> str:
    return f"Effect in the trial: {target.quantity[0].lower()}{target.quantity[1:]}, against the other arm"


def trials_left_out(rows: pd.DataFrame) -> pd.DataFrame:
    """Effects of trials as a fit predicts them that has not seen the trial.

    Returns: id, study, found, left_median, left_low and left_high (90 %), place (0 to 1), inside, decisive (the
        interval does not reach from no effect to twice the published effect).
    """
    import pandas as pd
    from scipy.special import ndtr

    found = []
    for r in rows[rows["id"].str.contains(" − ")].to_dict("records"):
        mean = math.log(r["left_median"])
        sd = (math.log(r["left_high"]) - math.log(r["left_low"])) / (2 * 1.96)
        value = math.log(r["found"])
        low, high = mean - 1.645 * sd, mean + 1.645 * sd
        ends = sorted((0.0, 2 * value))
        found.append({
            "id": r["id"], "study": r["study"], "found": r["found"], "left_median": r["left_median"],
            "left_low": math.exp(low), "left_high": math.exp(high), "place": float(ndtr((value - mean) / sd)),
            "inside": low <= value <= high, "decisive": not (low <= ends[0] and high >= ends[1]),
        })  # fmt: skip
    return pd.DataFrame(found)


def joint(said: FloatArray, evidence: Evidence, spreads: FloatArray, chance: FloatArray) -> tuple[float, FloatArray]:
    """How many draws agree with all numbers at once.

    Args:
        said: Single runs on the scales, shape (n, k).
        evidence: k numbers.
        spreads: Normal scores of the spreads that count, shape (h,).
        chance: Variance of one run, shape (k,).

    Returns:
        Share of the draws within `ERRORS` errors of every number (sampling error, spread between sites and trials, what
        is left over, and the chance of the run), and how many numbers each draw misses, shape (n,). A number that a
        run does not have is missed.
    """
    error = np.sqrt(np.diagonal(evidence.covariance(spreads[None, :], chance)[0]))
    with np.errstate(invalid="ignore"):
        missed = ~(np.abs(said - evidence.value) <= ERRORS * error)
    each = missed.sum(axis=1)
    return float(np.mean(each == 0)), each


def spreads_table(evidence: Evidence, scores: FloatArray) -> pd.DataFrame:
    """Standard deviations between sites and trials before and after the fit, by name.

    Args:
        evidence: The numbers.
        scores: Normal scores of the spreads in the posterior, shape (n, h).
    """
    import pandas as pd

    rows = []
    for j, spread in enumerate(evidence.spreads):
        before = spread.at(np.array([0.0, -1.959964, 1.959964]))
        after = np.quantile(spread.at(scores[:, j]), [0.5, 0.025, 0.975])
        rows.append({
            "spread": spread.name, "numbers": int((np.diagonal(spread.pattern) > 0).sum()), "prior_median": before[0],
            "prior_low": before[1], "prior_high": before[2], "median": after[0], "low": after[1], "high": after[2],
            "reason": spread.reason,
        })  # fmt: skip
    return pd.DataFrame(rows)


def counts(words: Sequence[str]) -> dict[str, int]:
    """How many numbers have each verdict."""
    return {word: sum(w == word for w in words) for word in (MET, ALLOWED, NOT_INFORMATIVE, MISSED)}
