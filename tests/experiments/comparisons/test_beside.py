"""Beside an answer: the assumptions that carry it, and what the prior alone says."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import compare
from experiments.comparisons import beside
from experiments.comparisons.folder import read_comparison
from experiments.comparisons.terminal import as_json, show
from experiments.uncertainty.draws import ParameterDraws
from simulation.draws import named_uniforms

NAMES = ("effect.follow_up", "effect.bedside", "linkage.rate", "follow_up.lost")


def posterior(n: int = 60) -> ParameterDraws:
    """The stand-in adds parameters to readmission: the first of them moves it, the others hardly do."""
    width = np.array([0.3, 0.02, 0.001, 0.001])
    u = np.column_stack([named_uniforms(3, name, n) for name in NAMES])
    return ParameterDraws(NAMES, width * u, "posterior for a test", "people_who_use_drugs")


def test_the_assumption_that_moves_an_answer_is_named_first(fake: Any) -> None:
    result = compare(["bridge"], replications=120, seed=5, workers=1, draws=posterior())
    shares = beside.assumptions(result, "bridge", "readmission_30d")
    assert shares is not None and len(shares) == 3
    assert shares[0].name == "effect.follow_up" and shares[0].clear and shares[0].share > 0.5
    said = dict(beside.carried(result))
    row = next(text for answer, text in said.items() if answer.lower().startswith("readmission"))
    assert row.startswith("most by effect.follow_up (assumed, ")


def test_few_draws_say_that_they_are_few(fake: Any) -> None:
    result = compare(["bridge"], replications=20, seed=5, workers=1, draws=posterior())
    assert beside.assumptions(result, "bridge", "readmission_30d") is None
    assert beside.carried(result) == [
        ("All", "10 draws are too few to tell which assumptions matter most; take 60 runs or more")
    ]
    assert beside.carried(replace(result, draws=None)) == []


def test_the_prior_alone_stands_beside_the_fit(fake: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plans = ["usual-care", "bridge"]
    out = tmp_path / "out"
    made = compare(plans, replications=24, seed=5, workers=1, draws=posterior(), prior=True, out=out)
    assert made.prior is not None and made.prior.draws is not None and made.prior.draws.kind == "prior"
    alone = compare(plans, replications=24, seed=5, workers=1, draws="prior")
    row = {r.answer: r for r in beside.beside_prior(made)}[beside._label(made, "bridge", "readmission_30d")]
    assert row.prior == beside._said(alone, "bridge", "readmission_30d")
    again = read_comparison(out)
    assert again.prior is not None and beside.beside_prior(again) == beside.beside_prior(made)
    assert row.prior in (out / "report.html").read_text(encoding="utf-8")
    show(made)
    assert "The prior alone, UNCALIBRATED" in capsys.readouterr().out
    told = json.loads(json.dumps(as_json(made)))
    assert len(told["carried_by"]) == 3
    assert told["prior_alone"]["differences"] == json.loads(json.dumps(as_json(alone)["differences"]))


def test_levels_of_one_scenario_differ_between_fit_and_prior(fake: Any) -> None:
    """The stand-in adds parameters to readmission, so that the prior, with hundreds of them, is far from the fit."""
    made = compare(["bridge"], replications=24, seed=5, workers=1, draws=posterior(), prior=True)
    row = beside.beside_prior(made)[beside.ANSWERS.index("readmission_30d")]
    assert row.answer.startswith("Readmission") and row.fitted != row.prior


def test_draws_of_the_prior_have_nothing_beside_them(fake: Any) -> None:
    result = compare(["usual-care", "bridge"], replications=4, workers=1, draws="prior", prior=True)
    assert result.prior is None and beside.beside_prior(result) == []
