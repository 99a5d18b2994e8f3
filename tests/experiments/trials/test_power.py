"""Sample sizes for known effects agree with statsmodels, an independent implementation of the textbook formulas."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri
from statsmodels.stats.power import TTestIndPower, zt_ind_solve_power
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from experiments.trials.effects import Effect
from experiments.trials.power import sample_size
from experiments.trials.run import ITT, TrialResult, VirtualTrial
from scenarios.trial_files.plan import Endpoint
from scenarios.trial_files.read import read_trial

PEOPLE = 400_000


def pooled(one, other, measure, effect, shares=(1, 1), *, one_sided=False) -> TrialResult:
    """A result whose virtual trials hold exactly these values."""
    plan = read_trial("navstar")
    names = plan.arms
    arms = tuple(replace(arm, share=share) for arm, share in zip(plan.trial.arms, shares[::-1], strict=True))
    endpoint = Endpoint("x", "x", measure, effect, 30, 0, "discharge", 0, True, one_sided, None)
    plan = replace(plan, trial=replace(plan.trial, arms=arms), endpoints=(endpoint,))
    made = VirtualTrial(0, enrolled=(len(other), len(one)))
    made.primary = {names[1]: (one, np.full(len(one), 30.0)), names[0]: (other, np.full(len(other), 30.0))}
    made.effects["x", names[1], names[0], ITT] = Effect(1.0, 0.5, 2.0, 0.5, 0.5, 10)
    return TrialResult(plan, 0, 1, (made,), False, ())


def yes(share, n=PEOPLE):
    """Ones and zeros in that share, in an order without meaning."""
    return ((np.arange(n) * 0.6180339887498949) % 1.0 < share).astype(float)


def bell(mean, sd, n=PEOPLE):
    return mean + sd * ndtri(((np.arange(n) * 0.7548776662466927 + 0.5 / n) % 1.0).clip(1e-9, 1 - 1e-9))


@pytest.mark.parametrize("power", [0.8, 0.9])
@pytest.mark.parametrize("shares", [(1, 1), (2, 1), (1, 3)])
def test_risk_differences(shares, power):
    result = pooled(yes(0.30), yes(0.40), "readmission", "risk difference", shares)
    found = sample_size(result, ("navigator", "usual"), power).per_arm
    ratio = shares[1] / shares[0]
    # statsmodels names the size of its second group, the one with the risk 0.4.
    n = samplesize_proportions_2indep_onetail(-0.1, 0.4, power, ratio=1 / ratio, alpha=0.025, alternative="smaller")
    assert found == pytest.approx((n / ratio, n), rel=0.08)


@pytest.mark.parametrize("shares", [(1, 1), (2, 1), (1, 3)])
def test_ratios_of_risks_and_odds(shares):
    ratio = shares[1] / shares[0]
    z = float(ndtri(0.975) + ndtri(0.8))
    for effect, variance, distance in (
        ("risk ratio", 0.7 / 0.3 + 0.6 / 0.4 / ratio, math.log(0.3 / 0.4)),
        ("odds ratio", 1 / (0.3 * 0.7) + 1 / (0.4 * 0.6) / ratio, math.log(0.3 / 0.7 / (0.4 / 0.6))),
    ):
        result = pooled(yes(0.30), yes(0.40), "readmission", effect, shares)
        found = sample_size(result, ("navigator", "usual"), 0.8).per_arm
        n = z**2 * variance / distance**2
        assert found == pytest.approx((n, n * ratio), rel=0.02), effect


@pytest.mark.parametrize("shares", [(1, 1), (2, 1)])
def test_means(shares):
    result = pooled(bell(9.0, 17.3), bell(14.0, 21.6), "hospital days", "mean difference", shares)
    found = sample_size(result, ("navigator", "usual"), 0.8).per_arm
    sd = math.sqrt((17.3**2 / shares[0] + 21.6**2 / shares[1]) / (1 / shares[0] + 1 / shares[1]))
    n = TTestIndPower().solve_power(5.0 / sd, power=0.8, alpha=0.05, ratio=shares[1] / shares[0])
    assert found[0] == pytest.approx(n, rel=0.03)


def test_one_sided_tests_need_fewer_people():
    sizes = []
    for one_sided, alternative in ((False, "two-sided"), (True, "larger")):
        result = pooled(bell(9.0, 20.0), bell(14.0, 20.0), "hospital days", "mean difference", one_sided=one_sided)
        sizes.append(sample_size(result, ("navigator", "usual"), 0.8).per_arm[0])
        n = zt_ind_solve_power(0.25, alpha=0.05, power=0.8, alternative=alternative)
        assert sizes[-1] == pytest.approx(n, rel=0.03)
    assert sizes[1] < sizes[0]
