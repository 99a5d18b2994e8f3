"""Published trials in a fit: draws that give a trial's effect weigh more, and a kill loses one batch at most."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm, qmc

from experiments import BadInput, abc, fitting, trial_evidence, trials
from experiments.parameter_draws import ParameterDraws
from experiments.trial_evidence import Evidence, collect, fingerprint, trial_targets, weigh
from experiments.trials import VirtualTrial
from scenarios.evidence import Error, Target, targets

NAMES = ("linkage.rate", "acute_need.protection")
N = 250


def target(**changes: Any) -> Target:
    """A trial whose risk ratio is known to about a tenth of it."""
    return Target.model_validate(
        {
            "id": "T", "quantity": "Readmission, risk ratio", "population": "p", "study": "s", "source": "x",
            "read": "computed", "weight": "medium", "value": 0.6, "unit": "risk ratio", "trial": "navstar",
            "error": Error(low=0.5, high=0.72, scale="log"), "prediction": "readmission",
        }
        | changes
    )  # fmt: skip


@pytest.fixture
def scores() -> Any:
    return ndtri(qmc.LatinHypercube(2, rng=5).random(N))


@pytest.fixture
def draws(scores: Any) -> ParameterDraws:
    return ParameterDraws(NAMES, norm.cdf(scores), "toy", "people_who_use_drugs", 1)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Virtual trials in which protection lowers the risk of the navigators, without the model; which were run."""
    seen: list[int] = []

    def run(plan: Any, seed: int, number: int, given: dict[str, float]) -> VirtualTrial:
        seen.append(number)
        chance = 0.02 * math.sin(1e4 * number)
        one = 0.3 * math.exp(-0.5 * float(norm.ppf(given["acute_need.protection"])) / 2 + chance)
        return VirtualTrial(
            number, means={("readmission", "navigator"): (one, 200), ("readmission", "usual"): (0.3, 200)}
        )

    monkeypatch.setattr(trials, "run_replication", run)
    return seen


def found(folder: Path, draws: ParameterDraws, scores: Any, *wanted: Target) -> list[Evidence]:
    return collect(folder, wanted or (target(),), draws, scores, discrepancy=0.1, seed=1, workers=1)


def test_draws_that_give_the_effect_weigh_more(tmp_path: Path, draws: ParameterDraws, scores: Any, ran: Any) -> None:
    evidence = found(tmp_path, draws, scores)
    prior = abc.Posterior(scores, np.full(N, 1 / N), np.arange(N), 1.0)
    after = weigh(prior, evidence)
    # log risk ratio = -score / 4 with a normal likelihood on a standard normal prior: a conjugate update.
    error = math.hypot(math.log(0.72 / 0.5) / (2 * 1.959964), 0.1)
    precision = 1 + (0.25 / error) ** 2
    assert after.mean()[1] == pytest.approx(-0.25 * math.log(0.6) / error**2 / precision, abs=0.12)
    assert after.sd()[1] == pytest.approx(precision**-0.5, abs=0.08)
    assert abs(after.mean()[0]) < 0.15 and after.sd()[0] == pytest.approx(1, abs=0.15)
    assert after.size < prior.size and after.weights.sum() == pytest.approx(1)
    assert np.exp(evidence[0].effect(scores)) == pytest.approx(evidence[0].natural(scores))


def test_a_kill_loses_one_batch(tmp_path: Path, draws: ParameterDraws, scores: Any, ran: list[int],
                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    whole = found(tmp_path / "whole", draws, scores)[0].found
    ran.clear()
    plain = trials.run_replication

    def stops(plan: Any, seed: int, number: int, given: dict[str, float]) -> VirtualTrial:
        if number == 130:
            raise KeyboardInterrupt
        return plain(plan, seed, number, given)

    monkeypatch.setattr(trials, "run_replication", stops)
    with pytest.raises(trial_evidence.Stopped):
        found(tmp_path / "cut", draws, scores)
    monkeypatch.setattr(trials, "run_replication", plain)
    ran.clear()
    again = found(tmp_path / "cut", draws, scores)[0].found
    assert ran and min(ran) == trial_evidence.BATCH
    assert again.tobytes() == whole.tobytes()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prediction": "happiness"}, "T: the trial navstar has no outcome happiness"),
        (
            {"trial": "sledge-2011", "prediction": "rehospitalisations"},
            "T: the trial sledge-2011 is of another population",
        ),
    ],
)
def test_a_trial_that_does_not_fit_is_named(
    tmp_path: Path, draws: ParameterDraws, scores: Any, ran: list[int], changes: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        found(tmp_path, draws, scores, target(**changes))
    assert not ran and not list(tmp_path.iterdir())


def test_a_trial_without_effects_is_named(tmp_path: Path, draws: ParameterDraws, scores: Any,
                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(
        trials, "run_replication", lambda plan, seed, number, given: VirtualTrial(number, error="broken")
    )
    with pytest.raises(BadInput, match="most virtual trials of navstar have no such effect"):
        found(tmp_path, draws, scores)


@pytest.mark.parametrize("profile", ["people_who_use_drugs", "serious_mental_illness"])
def test_every_bundled_target_of_a_trial_fits_its_trial(profile: Any) -> None:
    mine = trial_targets([t for t in targets(profile=profile) if t.profile == profile])
    assert len(mine) == 2 and set(fingerprint(mine)) == {t.trial for t in mine}
    for one in mine:
        plan = trial_evidence._plan(one, profile)
        published = next(e for e in plan.endpoints if e.name == one.prediction).published
        assert published is not None
        observed = fitting.observe(one)
        assert observed.scale == ("linear" if one.unit == "per person" else "log") and one.value is not None
        if one.unit != "per person" and published.arms:
            arm, other = (published.arms[name] for name in plan.comparisons[0])
            ratio = arm / other if one.unit == "risk ratio" else arm / (1 - arm) * (1 - other) / other
            assert one.value == pytest.approx(ratio, rel=0.02)
