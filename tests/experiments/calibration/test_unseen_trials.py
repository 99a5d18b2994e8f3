"""Scores of trials that no fit has seen: pass, wide and miss each have their case, nulls too, and all is frozen."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.calibration import unseen_trials
from experiments.calibration.hierarchy import BETWEEN_TRIALS, EFFECTS
from experiments.calibration.unseen_trials import holds_opposite, spread_of, validate
from experiments.trials.effects import Effect
from experiments.trials.run import ITT, TrialResult, VirtualTrial
from experiments.uncertainty.prior_sample import prior_draws
from scenarios.trial_files.plan import TrialPlan
from scenarios.trial_files.read import read_trial
from tests.experiments.keyed import normals

N = 400


@pytest.mark.parametrize(
    ("published", "low", "high", "opposite"),
    [
        ((-0.9, -0.3), -0.8, -0.1, False),  # found an effect; the prediction leaves out nothing
        ((-0.9, -0.3), -0.8, 0.1, True),
        ((-0.2, 0.2), -0.1, 0.15, False),  # found nothing; the prediction says nothing too
        ((-0.2, 0.2), -0.6, 0.15, True),
        ((-0.2, 0.2), -0.1, 0.6, True),
    ],
)
def test_the_opposite_conclusion(published: tuple[float, float], low: float, high: float, opposite: bool) -> None:
    assert holds_opposite(published, low, high) is opposite


def scored(monkeypatch: pytest.MonkeyPatch, middle: float, sd: float) -> Any:
    """NavSTAR (−14.5 points, found) as predicted by virtual trials around `middle`."""
    z = normals(1, N)

    def run(plan: TrialPlan, **_: Any) -> TrialResult:
        trials = tuple(
            VirtualTrial(
                i, effects={("readmission", "navigator", "usual", ITT): Effect(middle + sd * z[i], 0, 0, 1, 0.04, 400)},
                means={("readmission", "navigator"): (0.2, 200), ("readmission", "usual"): (0.28, 200)},
            )
            for i in range(N)
        )  # fmt: skip
        return TrialResult(plan, 0, N, trials, False, (), prior_draws(plan.config.population.profile, 10))

    monkeypatch.setattr(unseen_trials, "run_trial", run)
    return validate([read_trial("navstar")], ["abc"], replications=N)


@pytest.mark.parametrize(
    ("middle", "sd", "word"), [(-0.14, 0.03, "pass"), (-0.08, 0.07, "wide"), (0.0, 0.03, "miss"), (-0.4, 0.05, "miss")]
)
def test_each_word_has_its_case(monkeypatch: pytest.MonkeyPatch, middle: float, sd: float, word: str) -> None:
    found = scored(monkeypatch, middle, sd)
    effect, level = found.scores
    assert (effect.what, effect.word, effect.finds) == ("effect", word, True)
    assert (level.what, level.word, level.published) == ("level", "pass", 0.3)
    assert found.counts()[word] == 1


def test_effects_deviate_between_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    effect = scored(monkeypatch, -0.14, 0.0).scores[0]
    # Virtual trials without any spread: what is left is that between trials, some 0.2 in log odds at 20 %.
    wide = (effect.high - effect.low) / (2 * 1.645)
    assert 0.6 * 0.2 * 0.16 < wide < 2 * 0.2 * 0.16


def test_what_was_frozen_is_said_and_the_same_again_is_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, two, other = (scored(monkeypatch, m, 0.03) for m in (-0.14, -0.14, -0.13))
    assert one.digest == two.digest != other.digest
    assert one.frozen["trials"] == {"navstar": "abc"} and "UNCALIBRATED" in str(one.frozen["parameters"])
    unseen_trials.write(one, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "validation.json").read_text())["digest"] == one.digest
    assert (tmp_path / "out" / "scores.csv").read_text().count("\n") == 3


def test_spreads_are_those_of_the_fit_where_one_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen_trials, "FOLDER", tmp_path)
    assert spread_of("somebody", EFFECTS) == BETWEEN_TRIALS[0]
    (tmp_path / "somebody.spreads.csv").write_text(f"spread,median,low,high\n{EFFECTS},0.1,0.05,0.2\n")
    found = spread_of("somebody", EFFECTS)
    assert found.a == 0.1 and found.b == pytest.approx(math.log(4) / 3.92, rel=1e-3)
    assert np.isfinite(found.b)
