"""Errors of studies: what numbers of the same people, site and trial share, and a likelihood that knows it."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from experiments.calibration import hierarchy
from experiments.calibration.hierarchy import EFFECTS, LEFT, gather
from scenarios.calibration_targets import Error, Target, targets
from scenarios.trial_files.read import read_trial
from tests.experiments.keyed import normals, uniforms

PROFILES = ["people_who_use_drugs", "serious_mental_illness"]


def target(name: str, study: str, value: float, of: int = 400, **more: object) -> Target:
    fields: dict[str, object] = {
        "id": name, "quantity": name, "population": "p", "study": study, "source": "x", "read": "computed",
        "weight": "low", "value": value, "error": Error(proportion_of=of), "scenario": "usual-care",
        "prediction": "readmission_30d", "kind": "return",
    }  # fmt: skip
    return Target.model_validate(fields | more)


def arm(name: str, which: str, value: float, **more: object) -> Target:
    return target(name, "Trial 2020", value, 200, scenario=None, trial="navstar", arm=which, prediction="readmission",
                  **more)  # fmt: skip


def fitted(profile: str) -> list[Target]:
    return [t for t in targets(profile=profile) if t.role == "target" and t.prediction and t.value is not None]


def test_nested_shares_of_the_same_people_share_their_sampling_error() -> None:
    month, quarter, other = target("a", "A", 0.18), target("b", "A", 0.32), target("c", "C", 0.2)
    found = gather([month, quarter, other])
    # Whoever is back within a month is back within a quarter: 400 people drawn again and again.
    u = uniforms(1, 2_000, 400)
    shares = np.column_stack([(u < 0.18).mean(axis=1), (u < 0.32).mean(axis=1)])
    logits = np.log(shares / (1 - shares))
    expected = found.own[0, 1] / np.sqrt(found.own[0, 0] * found.own[1, 1])
    assert np.corrcoef(logits.T)[0, 1] == pytest.approx(expected, abs=0.05)
    assert found.own[0, 2] == 0
    assert [b.tolist() for b in found.blocks] == [[0, 1], [2]]


def test_numbers_of_one_site_deviate_together_and_many_sites_less() -> None:
    found = gather([target("a", "A", 0.18), target("b", "A", 0.32), target("c", "C", 0.2, sites=25)])
    names = [s.name for s in found.spreads]
    assert names == ["return", LEFT]
    pattern = found.spreads[0].pattern
    assert pattern[0, 1] == pattern[0, 0] == 1 and pattern[2, 2] == pytest.approx(1 / 25) and pattern[0, 2] == 0


def test_the_effect_of_a_trial_deviates_and_its_site_cancels() -> None:
    found = gather([arm("u", "usual", 0.3, comparator=True), arm("n", "navigator", 0.15)])
    names = [s.name for s in found.spreads]
    wide = np.zeros((1, len(names)))
    wide[0, names.index("return")] = 3.0

    def effect(scores: np.ndarray) -> float:
        c = found.covariance(scores, np.zeros(2))[0]
        return float(c[0, 0] + c[1, 1] - 2 * c[0, 1])

    assert effect(wide) == pytest.approx(effect(np.zeros((1, len(names)))))
    wide[0, names.index(EFFECTS)] = 2.0
    assert effect(wide) > effect(np.zeros((1, len(names)))) + 0.1


@pytest.mark.parametrize("profile", PROFILES)
def test_the_likelihood_is_that_of_the_whole_covariance(profile: str) -> None:
    found = gather(fitted(profile))
    k, h = len(found.observed), len(found.spreads)
    expected, scores, added = found.value + 0.2 * normals(1, 5, k), normals(2, 5, h), np.full(k, 0.01)
    covariance = found.covariance(scores, added)
    whole = [multivariate_normal(e, c).logpdf(found.value) for e, c in zip(expected, covariance, strict=True)]
    mine = found.log_likelihood(expected, scores, added)
    assert mine - mine[0] == pytest.approx(np.array(whole) - whole[0], abs=1e-8)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_number_stands_twice(profile: str) -> None:
    """One population's number of one study is fitted once, and arms of a trial are those of its file."""
    mine = fitted(profile)
    keys = [(t.study, t.prediction, t.scenario, t.trial, t.arm) for t in mine]
    assert len(set(keys)) == len(keys)
    for t in mine:
        assert t.kind in hierarchy.BETWEEN_SITES
        if t.trial:
            plan = read_trial(t.trial)
            assert t.comparator == (t.arm == plan.comparisons[0][1])
            published = {e.name: e for e in plan.endpoints}[str(t.prediction)].published
            assert published is not None and published.arms[str(t.arm)] == pytest.approx(t.value, abs=0.006)


def test_priors_of_spreads_say_where_they_come_from() -> None:
    for prior, reason in [*hierarchy.BETWEEN_SITES.values(), hierarchy.BETWEEN_TRIALS, hierarchy.LEFT_OVER]:
        assert prior.shape == "lognormal" and len(reason) > 20
    # That of early departure covers the range across US sites.
    prior = hierarchy.BETWEEN_SITES["discharge"][0]
    assert prior.a == pytest.approx((np.log(0.24 / 0.76) - np.log(0.06 / 0.94)) / 4, abs=0.02)
