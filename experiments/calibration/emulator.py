"""An emulator of the model's expectations: regressions that choose their parameters and say how far off they are.

For each number a lasso picks the parameters on which it depends, and a ridge regression of second order in them (with
the products of the strongest) predicts it, both by scikit-learn. What it misses on draws that it has not seen, less the
chance of the runs themselves, is its own error; the chance comes from draws that were run twice.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.support.types import BoolArray, FloatArray, IntArray

MOST_ACTIVE = 24
"""Parameters that one number may depend on."""

PAIRED = 5
"""Strongest parameters whose products enter."""

HELD_OUT = 5
"""One in so many draws is kept from the first fit, to see how far it is off."""

LEAST = 60
"""Draws below which no emulator is fitted."""


@dataclass(frozen=True)
class Emulator:
    """Expectations of k numbers as functions of p normal scores.

    Attributes:
        active: Columns of the scores that any number depends on, shape (m,).
        pairs: Products that enter, as positions in `active`, shape (q, 2).
        weights: Shape (1 + 2 m + q, k).
        shared: Covariance of what the emulator itself misses, shape (k, k).
        chance: Coefficients of the log variance of a run by chance: constant and slope on the expectation, shape
            (2, k).
        held_out: Share of the variance of runs explained in draws that were held out, shape (k,).
        of_expectation: The same without the chance of the runs: of the variance of expectations; shape (k,).
        moved_by: For each number the columns that it depends on, strongest first.
    """

    active: IntArray
    pairs: IntArray
    weights: FloatArray
    shared: FloatArray
    chance: FloatArray
    held_out: FloatArray
    of_expectation: FloatArray
    moved_by: tuple[IntArray, ...]

    @property
    def error(self) -> FloatArray:
        """Variance of what the emulator itself misses, shape (k,)."""
        return np.diagonal(self.shared)

    def expected(self, scores: FloatArray) -> FloatArray:
        """Expectations at scores of shape (n, p); shape (n, k)."""
        return self.at(scores[:, self.active])

    def at(self, active: FloatArray) -> FloatArray:
        """Expectations at the active scores alone, shape (n, m); shape (n, k)."""
        return np.asarray(_terms(active, self.pairs) @ self.weights)

    def variance_of_run(self, expected: FloatArray) -> FloatArray:
        """Variance by chance of one run at expectations of shape (n, k)."""
        return np.asarray(np.exp(self.chance[0] + self.chance[1] * expected))

    def only(self, columns: list[int]) -> Emulator:
        """The same for some of the numbers."""
        return Emulator(
            self.active, self.pairs, self.weights[:, columns], self.shared[np.ix_(columns, columns)],
            self.chance[:, columns], self.held_out[columns], self.of_expectation[columns],
            tuple(self.moved_by[j] for j in columns),
        )  # fmt: skip


def _terms(z: FloatArray, pairs: IntArray) -> FloatArray:
    return np.column_stack([np.ones(len(z)), z, (z**2 - 1) / math.sqrt(2), z[:, pairs[:, 0]] * z[:, pairs[:, 1]]])


def emulate(
    scores: FloatArray,
    said: FloatArray,
    tested: BoolArray,
    again: tuple[IntArray, FloatArray],
    relative: Mapping[int, int] | None = None,
) -> Emulator:
    """Fit an emulator.

    Args:
        scores: Normal scores of the parameters, shape (n, p).
        said: What a run said, shape (n, k); NaN where it had no such number.
        tested: Draws near which it will be used, shape (n,): one in `HELD_OUT` of these measures its error.
        again: Rows that were run twice, and what the second run said, shape (r, k).
        relative: Numbers that are emulated by their difference from another one, such as an arm of a trial from the arm
            that it is compared with: position to position. R² is then that of the difference.

    Raises:
        ValueError: Too few runs have some number.
    """
    n, p = scores.shape
    relative = relative or {}
    chance = _chance(said, again)[1]
    said, second = said.copy(), again[1].copy()
    turn = np.eye(said.shape[1])
    for i, j in relative.items():
        said[:, i] -= said[:, j]
        second[:, i] -= second[:, j]
        turn[i, j] = 1.0
    again = again[0], second
    chosen, fitted = [], []
    k = said.shape[1]
    held = np.zeros(n, bool)
    held[np.flatnonzero(tested)[::HELD_OUT]] = True
    error, held_out, of_expectation = np.empty(k), np.empty(k), np.empty(k)
    noise = _chance(said, again)[0]
    for j in range(k):
        known = np.isfinite(said[:, j])
        if known.sum() < LEAST:
            raise ValueError(f"only {known.sum()} runs have the number {j}")
        y = said[:, j]
        train, test = known & ~held, known & held
        columns, _ = _one(scores[train], y[train])
        model = _ridge(scores[train], y[train], columns)
        missed = float(np.mean((y[test] - _predict(model, scores[test], columns)) ** 2))
        spread = float(np.var(y[test]))
        error[j] = max(missed - noise[j], 0.02 * missed)
        held_out[j] = 1 - missed / spread if spread > 0 else 0.0
        of_expectation[j] = 1 - error[j] / max(spread - noise[j], error[j])
        columns, strong = _one(scores[known], y[known])
        chosen.append((columns, strong))
        fitted.append(_ridge(scores[known], y[known], columns))
    active = np.array(sorted({int(c) for columns, _ in chosen for c in columns}), dtype=np.int64)
    place = {int(c): i for i, c in enumerate(active)}
    pairs = sorted({pair for columns, _ in chosen for pair in _pairs(columns, place)})
    at = {pair: i for i, pair in enumerate(pairs)}
    m = active.size
    weights = np.zeros((1 + 2 * m + len(pairs), k))
    for j, ((columns, _), (start, slopes)) in enumerate(zip(chosen, fitted, strict=True)):
        c = columns.size
        weights[0, j] = start
        where = [place[int(i)] for i in columns]
        weights[1 + np.array(where, dtype=np.int64), j] = slopes[:c]
        weights[1 + m + np.array(where, dtype=np.int64), j] = slopes[c : 2 * c]
        for pair, slope in zip(_pairs(columns, place), slopes[2 * c :], strict=True):
            weights[1 + 2 * m + at[pair], j] = slope
    return Emulator(
        active, np.array(pairs, dtype=np.int64).reshape(-1, 2), weights @ turn.T,
        turn @ np.diag(error) @ turn.T, chance, held_out, of_expectation,
        tuple(columns for columns, _ in chosen),
    )  # fmt: skip


def _pairs(columns: IntArray, place: dict[int, int]) -> list[tuple[int, int]]:
    """Products of the strongest parameters, as positions; the same order as in `_design`."""
    strongest = [place[int(c)] for c in columns[:PAIRED]]
    return [(strongest[a], strongest[b]) for a in range(len(strongest)) for b in range(a)]


def _one(scores: FloatArray, y: FloatArray) -> tuple[IntArray, FloatArray]:
    """Columns that a number depends on, strongest first, by a lasso whose penalty five folds choose."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LassoCV

    p = scores.shape[1]
    x = np.column_stack([scores, (scores**2 - 1) / math.sqrt(2)])
    centred = y - y.mean()
    top = float(np.abs((x - x.mean(axis=0)).T @ centred).max()) / len(y)
    if not top > 0:
        return np.zeros(1, np.int64), np.zeros(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        lasso = LassoCV(alphas=top * np.logspace(-0.02, -2, 16), cv=5, tol=1e-3, max_iter=2_000).fit(x, y)
    strength = np.hypot(lasso.coef_[:p], lasso.coef_[p:])
    order = np.argsort(-strength, kind="stable")[:MOST_ACTIVE]
    order = order[strength[order] > 0]
    columns = order if order.size else np.array([int(np.abs((x[:, :p]).T @ centred).argmax())])
    return columns.astype(np.int64), strength


def _design(scores: FloatArray, columns: IntArray) -> FloatArray:
    z = scores[:, columns]
    strong = list(range(min(PAIRED, columns.size)))
    products = [z[:, a] * z[:, b] for a in strong for b in range(a)]
    return np.column_stack([z, (z**2 - 1) / math.sqrt(2), *products])


def _ridge(scores: FloatArray, y: FloatArray, columns: IntArray) -> tuple[float, FloatArray]:
    from sklearn.linear_model import RidgeCV

    fitted = RidgeCV(alphas=np.logspace(0, 3.5, 15)).fit(_design(scores, columns), y)
    return float(fitted.intercept_), np.asarray(fitted.coef_)


def _predict(model: tuple[float, FloatArray], scores: FloatArray, columns: IntArray) -> FloatArray:
    return np.asarray(model[0] + _design(scores, columns) @ model[1])


LOG_CHI = -1.270363
"""Mean of the logarithm of a chi-square number of one degree of freedom."""


def _chance(said: FloatArray, again: tuple[IntArray, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Variance of one run by chance: its mean, shape (k,), and its logarithm as a line of the level, shape (2, k)."""
    rows, second = again
    first = said[rows]
    k = said.shape[1]
    mean, line = np.zeros(k), np.zeros((2, k))
    for j in range(k):
        both = np.isfinite(first[:, j]) & np.isfinite(second[:, j])
        half = 0.5 * (first[both, j] - second[both, j]) ** 2
        mean[j] = float(half.mean()) if half.size else 0.0
        level = 0.5 * (first[both, j] + second[both, j])
        there = half > 0
        if there.sum() < 20 or not level[there].std() > 0:
            line[:, j] = math.log(max(mean[j], 1e-12)), 0.0
            continue
        y = np.log(half[there]) - LOG_CHI
        slope = float(np.polyfit(level[there], y, 1)[0])
        low, high = np.quantile(level[there], [0.02, 0.98])
        slope = float(np.clip(slope, -4 / (high - low), 4 / (high - low)))
        line[:, j] = math.log(max(mean[j], 1e-12)) - math.log(np.mean(np.exp(slope * level))), slope
    return mean, line
