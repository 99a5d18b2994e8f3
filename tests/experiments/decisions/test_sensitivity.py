import math

import numpy as np
import pytest
from SALib.sample import morris as morris_sample

from experiments.decisions.sensitivity import (
    Answer,
    group_shares,
    group_threshold,
    groups_by_kind,
    groups_by_mechanism,
    indices_of_design,
    parameter_shares,
    threshold,
)
from experiments.decisions.value_of_information import normals
from experiments.studies.external_formats import SalibForm
from simulation.draws import named_uniforms
from simulation.parameters import PARAMETERS


def ishigami(x: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    return np.asarray(np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0]))


A, B = 7.0, 0.1
VARIANCE = A**2 / 8 + B * math.pi**4 / 5 + B**2 * math.pi**8 / 18 + 0.5
FIRST = (0.5 * (1 + B * math.pi**4 / 5) ** 2 / VARIANCE, A**2 / 8 / VARIANCE, 0.0)
"""First-order indices of Ishigami's function (Ishigami & Homma 1990); the rest is the first with the third."""


def uniform_sample(n: int, columns: int, again: int = 0) -> np.ndarray:
    return np.column_stack([named_uniforms(again, f"u{j}", n) for j in range(columns)])


def answer(values: np.ndarray, parameters: np.ndarray, error: float = 0.0) -> Answer:
    return Answer(values, error, tuple("abcdefgh"[: parameters.shape[1]]), parameters)


def test_first_order_indices_of_ishigami() -> None:
    x = (uniform_sample(4_000, 3) * 2 - 1) * math.pi
    found = {s.name: s for s in parameter_shares(answer(ishigami(x), x))}
    for name, share in zip("abc", FIRST, strict=True):
        assert found[name].share == pytest.approx(share, abs=3 * found[name].error + 0.01)
    assert [found[name].clear for name in "abc"] == [True, True, False]


def test_shares_against_brute_force_with_monte_carlo_error() -> None:
    n, runs = 600, 2
    z = np.column_stack([normals(f"p{j}", n) for j in range(5)])

    def model(p: np.ndarray) -> np.ndarray:
        return np.asarray(3 * p[:, 0] + np.exp(0.5 * p[:, 1]) + 0.0 * p[:, 2] + p[:, 3] * p[:, 4])

    big = np.column_stack([normals(f"q{j}", 200_000) for j in range(5)])
    whole = model(big).var()
    truth = [9 / whole, np.exp(0.5 * big[:, 1]).var() / whole, 0.0, 0.0, 0.0]
    noise = normals("error", n * runs) * 4
    y = (model(z)[:, None] + noise.reshape(n, runs)).mean(axis=1)
    found = {s.name: s for s in parameter_shares(answer(y, z, error=16 / runs))}
    for name, share in zip("abcde", truth, strict=True):
        assert found[name].share == pytest.approx(share, abs=3 * found[name].error)
    assert [name for name in "abcde" if found[name].clear] == ["a", "b"]
    groups = group_shares(answer(y, z, error=16 / runs), {"both": ["a", "b"], "others": ["c", "d", "e"]})
    assert groups[0].name == "both" and groups[0].share == pytest.approx(truth[0] + truth[1], abs=3 * groups[0].error)


def test_the_stated_error_is_how_far_repeats_lie_apart() -> None:
    shares, errors = [], []
    for again in range(60):
        x = uniform_sample(200, 3, again)
        y = 2 * x[:, 0] + x[:, 1] + named_uniforms(again, "rest", 200)
        one = next(s for s in parameter_shares(answer(y, x)) if s.name == "a")
        shares.append(one.share)
        errors.append(one.error)
    assert np.mean(shares) == pytest.approx(4 / 6, abs=0.03)
    assert 0.6 < np.std(shares) / np.mean(errors) < 1.4


def test_a_threshold_is_found_where_it_was_put() -> None:
    x = uniform_sample(500, 3)
    y = 10 * (x[:, 0] - 0.8) + 2 * (x[:, 1] - 0.5)
    found = threshold(answer(y, x), "a")
    assert found.value == pytest.approx(0.8, abs=0.02)
    assert found.low <= 0.8 <= found.high and found.high - found.low < 0.1
    assert found.beyond == pytest.approx(0.2, abs=0.03)
    assert found.found_in == 1
    assert math.isnan(threshold(answer(y, x), "b").value)
    with pytest.raises(ValueError, match="was not drawn"):
        threshold(answer(y, x), "z")


def test_a_group_must_be_so_favourable_all_at_once() -> None:
    z = np.column_stack([normals(f"g{j}", 800) for j in range(3)])
    y = -3 + z[:, 0] - z[:, 1] + 0.1 * z[:, 2]
    found = group_threshold(answer(y, z), "pair", ["a", "b"])
    assert found.quantile == pytest.approx(0.9332, abs=0.01)  # both at 1.5 standard deviations
    assert math.isnan(group_threshold(answer(y, z), "alone", ["c"]).quantile)


def test_groups_cover_every_parameter_once() -> None:
    names = list(PARAMETERS)
    for groups in (groups_by_mechanism(names), groups_by_kind(names)):
        assert sorted(name for members in groups.values() for name in members) == sorted(names)


def test_an_answer_that_never_varies_has_no_shares() -> None:
    x = uniform_sample(40, 2)
    assert [s.share for s in parameter_shares(answer(np.full(40, 3.0), x))] == [0.0, 0.0]
    with pytest.raises(ValueError, match="30 parameter draws"):
        parameter_shares(answer(np.zeros(5), x[:5]))


def ishigami_form(kind: str, x: np.ndarray, problem: dict[str, object], levels: int = 0) -> SalibForm:
    y, error = {"readmission_30d": ishigami(x)}, {"readmission_30d": np.zeros(len(x))}
    return SalibForm(problem, x, y, error, {}, np.arange(len(x)), kind, levels)


PROBLEM = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-math.pi, math.pi]] * 3}


def test_first_order_indices_of_a_design_by_salib_are_those_of_ishigami() -> None:
    x = (uniform_sample(4_000, 3) * 2 - 1) * math.pi
    found = indices_of_design(ishigami_form("sobol", x, PROBLEM), "readmission_30d")
    assert [row["name"] for row in found[:2]] == ["b", "a"]  # largest first
    by_name = {row["name"]: row["S1"] for row in found}
    for name, share in zip("abc", FIRST, strict=True):
        assert by_name[name] == pytest.approx(share, abs=0.03)
    with pytest.raises(ValueError, match="a design of kind 'grid' has no indices"):
        indices_of_design(ishigami_form("grid", x, PROBLEM), "readmission_30d")


def test_morris_finds_the_factor_that_acts_only_with_another() -> None:
    x = morris_sample.sample(PROBLEM, 60, num_levels=4, seed=1)
    found = {row["name"]: row for row in indices_of_design(ishigami_form("morris", x, PROBLEM, 4), "readmission_30d")}
    assert found["c"]["mu_star"] > 1 and found["c"]["sigma"] > found["c"]["mu_star"]  # no main effect, and yet it acts
