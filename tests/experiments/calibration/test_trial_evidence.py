"""Published trials in a fit: a posterior moves towards them by what the trial knows, and no further."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm, qmc

from experiments import BadInput
from experiments.calibration import diagnostics, fitting, regression_abc, trial_evidence
from experiments.calibration.parameter_screen import joined, screen
from experiments.calibration.trial_evidence import (
    Evidence,
    collect,
    fingerprint,
    learn,
    pretend,
    read_plans,
    trial_targets,
)
from experiments.execution import executors, start_workers
from experiments.execution.scheduler import Crew
from experiments.execution.tasks import Orders
from experiments.trials import batches
from experiments.trials.run import VirtualTrial
from experiments.uncertainty.draws import ParameterDraws
from scenarios.calibration_targets import Error, Target, targets
from tests.experiments.keyed import normals, uniforms

NAMES = ("linkage.rate", "acute_need.residual")
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
    monkeypatch.setattr(start_workers, "hire", lambda *_: Crew(executors.serial(), 1, Orders(), ahead=1))

    def run(plan: Any, seed: int, number: int, given: dict[str, float]) -> VirtualTrial:
        seen.append(number)
        chance = 0.02 * math.sin(1e4 * number)
        one = 0.3 * math.exp(-0.5 * float(norm.ppf(given["acute_need.residual"])) / 2 + chance)
        return VirtualTrial(
            number, means={("readmission", "navigator"): (one, 200), ("readmission", "usual"): (0.3, 200)}
        )

    monkeypatch.setattr(batches, "run_replication", run)
    return seen


def found(folder: Path, draws: ParameterDraws, scores: Any, *wanted: Target) -> list[Evidence]:
    wanted = wanted or (target(),)
    plans = read_plans(wanted, draws.profile, 0.1)
    return collect(folder, wanted, plans, draws, scores, discrepancy=0.1, seed=1, workers=1)


def test_draws_are_moved_towards_the_effect(tmp_path: Path, draws: ParameterDraws, scores: Any, ran: Any) -> None:
    evidence = found(tmp_path, draws, scores)
    prior = regression_abc.Posterior(scores, np.full(N, 1 / N), np.arange(N), 1.0)
    after = learn(prior, evidence, 1)
    # log risk ratio = -score / 4 with a normal likelihood on a standard normal prior: a conjugate update.
    error = math.hypot(math.log(0.72 / 0.5) / (2 * 1.959964), 0.1)
    precision = 1 + (0.25 / error) ** 2
    assert after.mean()[1] == pytest.approx(-0.25 * math.log(0.6) / error**2 / precision, abs=0.12)
    assert after.sd()[1] == pytest.approx(precision**-0.5, abs=0.08)
    assert abs(after.mean()[0]) < 0.15 and after.sd()[0] == pytest.approx(1, abs=0.15)
    assert prior.size / 2 < after.size < prior.size and after.weights.sum() == pytest.approx(1)
    assert np.exp(evidence[0].number(scores)) == pytest.approx(evidence[0].natural(scores))


def test_the_level_of_an_arm_is_a_number_of_its_own(
    tmp_path: Path, draws: ParameterDraws, scores: Any, ran: Any
) -> None:
    level = target(id="L", arm="navigator", unit="share", quantity="Readmission", value=0.25,
                   error=Error(proportion_of=150))  # fmt: skip
    (one,) = found(tmp_path, draws, scores, level)
    assert one.observed.scale == "logit" and one.observed.value == pytest.approx(math.log(0.25 / 0.75))
    assert one.natural(np.zeros((1, 2)))[0] == pytest.approx(0.3, abs=0.01)  # scores of 0 change nothing
    assert one.natural(np.array([[0.0, 1.0]]))[0] == pytest.approx(0.3 * math.exp(-0.25), abs=0.01)


def linear(slopes: Any, missed: Any, own: float, **changes: Any) -> Evidence:
    """A number of a trial that is linear in the scores, found to be 0 with an error of 0.5."""
    weights = np.concatenate([[0.0], slopes, np.zeros(len(slopes))])[:, None]
    one = target(**changes)
    return Evidence(one, fitting.Observation(one, "linear", 0.0, 0.5), own, fitting.Emulator(weights, np.ones(1)),
                    missed)  # fmt: skip


def test_numbers_of_the_same_people_share_their_chance() -> None:
    x, y = normals(1, 4_000), normals(2, 4_000)
    both = np.column_stack([x, 0.6 * x + 0.8 * y])
    both[7, 1] = math.nan
    same = [linear([1.0, 0.0], both[:, 0], 0.9), linear([0.0, 1.0], both[:, 1], 0.8, id="U")]
    covariance = 0.25 * np.array([[1.0, 0.6 * 0.72], [0.6 * 0.72, 1.0]])
    scores = normals(3, 6_000, 2)
    flat = regression_abc.Posterior(scores, np.full(6_000, 1 / 6_000), np.arange(6_000), 1.0)
    found = np.array([0.8, -0.2])
    exact = np.linalg.inv(np.eye(2) + np.linalg.inv(covariance))
    after = learn(flat, same, 1, found)
    assert after.mean() == pytest.approx(exact @ np.linalg.inv(covariance) @ found, abs=0.03)
    assert np.cov(after.draws.T, aweights=after.weights) == pytest.approx(exact, abs=0.02)
    # Pretend trials have the same errors.
    off = np.array([pretend(same, np.array([1.0, 2.0]), z) for z in normals(4, 2_000, 2)]) - [1.0, 2.0]
    assert np.cov(off.T) == pytest.approx(covariance, abs=0.02)
    # And those of other people share none.
    apart = [same[0], linear([0.0, 1.0], both[:, 1], 0.8, id="U", trial="impact")]
    assert learn(flat, apart, 1, found).mean() == pytest.approx(found / 1.25, abs=0.03)


def test_intervals_hold_known_truths_with_the_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The method's check on a linear case with an exact answer; it fails where the trials are used wrongly."""
    n = 3_000
    scores = normals(1, n, 3)
    observed = (fitting.Observation(target(), "linear", 0.0, 0.7),)
    table = fitting.Table(observed, scores, scores[:, :1], normals(2, n, 1), np.arange(n), 0.3)
    evidence = (linear([0.0, 1.0, 0.0], uniforms(3, 50), 1.0), linear([0.5, 0.5, 0.0], uniforms(4, 50), 1.0, id="U"))
    method = diagnostics.Method(table, np.ones(3, bool), evidence, seed=5)
    known = np.array([True, True, False])
    after, before, even = diagnostics.known_truths(method, known)
    wide = 4 * math.sqrt(0.09 / diagnostics.RANK_TESTS)
    assert after == pytest.approx(np.full(3, 0.9), abs=wide) and before == pytest.approx(np.full(3, 0.9), abs=wide)
    assert even is not None and even > 0.001
    recovered = diagnostics.recover(method, ["linkage.rate", "acute_need.residual", "acute_need.rate"],
                                   "people_who_use_drugs", known)  # fmt: skip
    assert len(recovered) == 2 * diagnostics.TRUTHS and 0.6 < recovered["inside"].mean() <= 1
    one, two = method.play(7)
    assert two.sd()[1] < 0.6 * one.sd()[1]  # the trials are in the intervals that were counted
    assert two.weights.tobytes() == method.play(7)[1].weights.tobytes()

    # Pretend trials are those of the truth, with their error: others would be found out.
    monkeypatch.setattr(trial_evidence, "pretend", lambda evidence, truth, chance: np.zeros(2))
    assert diagnostics.known_truths(method, known)[0][1] < 0.9 - wide


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prediction": "happiness"}, "T: the trial navstar has no outcome happiness"),
        (
            {"trial": "sledge-2011", "prediction": "rehospitalisations"},
            "T: the trial sledge-2011 is of another population",
        ),
        ({"arm": "usuall"}, "T: the trial navstar has no arm usuall"),
        ({"error": Error(unknown=True)}, "T: without an error it cannot be compared"),
        ({"unit": "share"}, "T: the effect of a trial is no share; give the unit"),
        ({"trial": "navstr"}, "T: navstr: no such trial or file"),
    ],
)
def test_a_trial_that_does_not_fit_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as error:
        read_plans((target(**changes),), "people_who_use_drugs", 0.0)
    assert "\n" not in str(error.value)


def test_what_moves_a_trial_joins_the_screen() -> None:
    scores = normals(1, 500, 3)
    names = ["linkage.rate", "acute_need.residual", "acute_need.rate"]
    one, two = (fitting.Observation(target(id=name), "linear", 0.0, 0.5) for name in "ab")
    first = screen(names, scores, (scores[:, :1] + normals(2, 500, 1)), [one])
    second = screen(names, scores, (scores[:, 1:2] + 3 * normals(3, 500, 1)), [two])
    both = joined(first, second)
    assert both["passed"].tolist() == [True, True, False] and both["target"].tolist() == ["a", "b", "a"]
    assert both["largest"].tolist() == [first["a"][0], second["b"][1], first["a"][2]]
    assert list(both.columns[-2:]) == ["a", "b"]
    # Draws that are there more than once are worth less.
    assert not screen(names, scores, (scores[:, 1:2] + 3 * normals(3, 500, 1)), [two], 30)["passed"].any()


def test_a_trial_without_numbers_is_named(tmp_path: Path, draws: ParameterDraws, scores: Any, ran: Any,
                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(
        batches, "run_replication", lambda plan, seed, number, given: VirtualTrial(number, error="broken")
    )
    with pytest.raises(BadInput, match="most virtual trials of navstar have no such number"):
        found(tmp_path, draws, scores)


@pytest.mark.parametrize("profile", ["people_who_use_drugs", "serious_mental_illness"])
def test_every_bundled_target_of_a_trial_fits_its_trial(profile: Any) -> None:
    mine = trial_targets([t for t in targets(profile=profile) if t.profile == profile])
    plans = trial_evidence.read_plans(mine, profile, 0.0)
    assert len(mine) >= 2 and set(fingerprint(plans)) == {t.trial for t in mine}
    for one in mine:
        plan = plans[str(one.trial)]
        published = next(e for e in plan.endpoints if e.name == one.prediction).published
        assert published is not None
        if one.arm is not None:
            assert one.value == published.arms[one.arm]
            continue
        observed = fitting.observe(one)
        assert one.value is not None and observed.scale == ("linear" if one.value < 0 else "log")
        if one.value < 0:
            assert one.value == published.effect
        elif published.arms:
            arm, other = (published.arms[name] for name in plan.comparisons[0])
            ratio = arm / other if one.unit == "risk ratio" else arm / (1 - arm) * (1 - other) / other
            assert one.value == pytest.approx(ratio, rel=0.02)
