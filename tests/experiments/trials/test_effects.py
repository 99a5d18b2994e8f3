"""Estimators of a trial against statsmodels and SciPy, and at the edges."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

from experiments.trials.cluster_effects import compare_clusters
from experiments.trials.effects import compare
from simulation import draws

KEY = np.uint64(draws.derive_key(2_011, 0))


def uniforms(n: int, use: int) -> np.ndarray:
    return np.array([draws.uniform(KEY, 1, i, 0, 0, use) for i in range(n)])


A = (uniforms(90, 1) < 0.25).astype(float)
B = (uniforms(70, 2) < 0.45).astype(float)
COUNTS_A, COUNTS_B = np.floor(-1.5 * np.log(uniforms(90, 3))), np.floor(-2.5 * np.log(uniforms(70, 4)))
DAYS_A, DAYS_B = 30 + 335 * uniforms(90, 5), 30 + 335 * uniforms(70, 6)


def table() -> Table2x2:
    return Table2x2([[A.sum(), (1 - A).sum()], [B.sum(), (1 - B).sum()]])


def test_risk_difference_is_newcombes() -> None:
    e = compare("risk difference", A, B)
    low, high = confint_proportions_2indep(A.sum(), 90, B.sum(), 70, method="newcomb", compare="diff")
    assert (e.value, e.low, e.high, e.n) == (
        pytest.approx(A.mean() - B.mean()),
        pytest.approx(low),
        pytest.approx(high),
        160,
    )
    assert e.p == pytest.approx(stats.chi2_contingency(table().table, correction=False).pvalue)


def test_risk_ratio_and_odds_ratio() -> None:
    for effect, value, interval in (
        ("risk ratio", table().riskratio, table().riskratio_confint()),
        ("odds ratio", table().oddsratio, table().oddsratio_confint()),
    ):
        e = compare(effect, A, B)
        assert e.value == pytest.approx(value)
        assert (e.low, e.high) == pytest.approx(interval, rel=1e-6)
        assert e.ratio
    assert compare("odds ratio", A, B).p == pytest.approx(table().oddsratio_pvalue())


def test_mean_difference_is_welchs() -> None:
    e = compare("mean difference", COUNTS_A, COUNTS_B)
    oracle = stats.ttest_ind(COUNTS_A, COUNTS_B, equal_var=False)
    interval = oracle.confidence_interval()
    assert (e.p, e.low, e.high) == pytest.approx((oracle.pvalue, interval.low, interval.high))


def test_rate_ratio_is_a_poisson_regression_with_robust_errors() -> None:
    e = compare("rate ratio", COUNTS_A, COUNTS_B, DAYS_A, DAYS_B)
    x = sm.add_constant(np.concatenate([np.ones(90), np.zeros(70)]))
    fit = sm.GLM(
        np.concatenate([COUNTS_A, COUNTS_B]), x, family=sm.families.Poisson(),
        offset=np.log(np.concatenate([DAYS_A, DAYS_B])),
    ).fit(cov_type="HC0")  # fmt: skip
    assert e.value == pytest.approx(math.exp(fit.params[1]))
    assert (e.error, e.p) == pytest.approx((fit.bse[1], fit.pvalues[1]), rel=1e-5)


@pytest.mark.parametrize("ties", [False, True])
def test_hazard_ratio_is_coxs_with_efrons_ties(ties: bool) -> None:
    s, t = (np.ceil(DAYS_A / 30), np.ceil(DAYS_B / 30)) if ties else (DAYS_A, DAYS_B)
    e = compare("hazard ratio", A, B, s, t)
    group = np.concatenate([np.ones(90), np.zeros(70)])
    fit = PHReg(np.concatenate([s, t]), group[:, None], status=np.concatenate([A, B]), ties="efron").fit()
    assert (math.log(e.value), e.error) == pytest.approx((fit.params[0], fit.bse[0]), rel=1e-4)


def test_unknown_people_are_left_out() -> None:
    for effect in ("risk difference", "odds ratio", "mean difference"):
        assert compare(effect, np.append(A, np.nan), B) == compare(effect, A, B)
    assert compare("hazard ratio", np.append(A, np.nan), B, np.append(DAYS_A, 1.0), DAYS_B) == compare(
        "hazard ratio", A, B, DAYS_A, DAYS_B
    )


def test_no_events_still_has_a_ratio_and_nobody_has_nothing() -> None:
    none, some = np.zeros(20), np.array([1.0] * 5 + [0.0] * 15)
    for effect in ("risk ratio", "odds ratio", "hazard ratio", "rate ratio"):
        e = compare(effect, none, some, np.full(20, 30.0), np.full(20, 30.0))
        assert 0 < e.low < e.value < 1 < e.high or e.value < e.high < 1
    assert compare("risk difference", none, none).p == 1.0
    for effect in ("risk difference", "risk ratio", "mean difference", "hazard ratio", "rate ratio"):
        e = compare(effect, [], some, [], np.full(20, 30.0))
        assert math.isnan(e.value) and not e.significant(0.05)


def test_one_sided_asks_for_benefit_only() -> None:
    less = compare("mean difference", COUNTS_A, COUNTS_B)
    assert less.value < 0
    assert less.significant(1.9 * less.p, -1) is False or less.p < 0.9
    assert less.significant(0.6 * less.p, -1)  # half of the two-sided p
    assert not less.significant(0.6 * less.p)
    assert not less.significant(0.9, 1)


def test_an_unknown_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown effect"):
        compare("cohen", A, B)


# Twelve clusters of twenty people in six periods; clusters cross over two by two.
N = 12 * 20
CLUSTER = np.repeat(np.arange(12), 20)
PERIOD = np.tile(np.repeat(np.arange(5), 4), 12)
GIVEN = (PERIOD > CLUSTER // 3).astype(float)
CHANCE = 0.3 - 0.12 * GIVEN + 0.02 * PERIOD + 0.1 * uniforms(12, 7)[CLUSTER]
EVENT = (uniforms(N, 8) < CHANCE).astype(float)
AT_RISK = 10 + 20 * uniforms(N, 9)


def oracle(family: object, y: np.ndarray, wedge: bool, offset: np.ndarray | None = None) -> tuple[float, float]:
    columns = [GIVEN if wedge else (CLUSTER % 2).astype(float), np.ones(N)]
    if wedge:
        columns += [(CLUSTER == k).astype(float) for k in range(1, 12)] + [
            (PERIOD == k).astype(float) for k in range(1, 5)
        ]
    x = np.column_stack(columns)
    fit = sm.GLM(y, x, family=family, offset=offset).fit(
        cov_type="cluster", cov_kwds={"groups": CLUSTER, "use_correction": True}, tol=1e-10
    )
    return float(fit.params[0]), float(fit.bse[0])


@pytest.mark.parametrize("wedge", [False, True])
def test_clusters_agree_with_statsmodels(wedge: bool) -> None:
    given = GIVEN if wedge else CLUSTER % 2
    period = PERIOD if wedge else None
    for effect, family in (
        ("risk difference", sm.families.Gaussian()), ("risk ratio", sm.families.Poisson()),
        ("odds ratio", sm.families.Binomial()),
    ):  # fmt: skip
        e = compare_clusters(effect, EVENT, given, CLUSTER, period)
        value, error = oracle(family, EVENT, wedge)
        found = e.value if effect == "risk difference" else math.log(e.value)
        assert (found, e.error) == pytest.approx((value, error), rel=2e-3)
    e = compare_clusters("rate ratio", EVENT, given, CLUSTER, period, AT_RISK)
    value, error = oracle(sm.families.Poisson(), EVENT, wedge, np.log(AT_RISK))
    assert (math.log(e.value), e.error) == pytest.approx((value, error), rel=2e-3)


def test_clusters_of_two_arms_by_hand() -> None:
    """Without periods the estimate is that of the two risks, and the robust error a sum over clusters."""
    given = (CLUSTER % 2).astype(float)
    p, q = EVENT[given == 1].mean(), EVENT[given == 0].mean()
    of_arm = np.where(given == 1, p, q)
    found = compare_clusters("odds ratio", EVENT, given, CLUSTER)
    assert math.log(found.value) == pytest.approx(math.log(p / (1 - p)) - math.log(q / (1 - q)), rel=1e-6)
    variance, groups = 0.0, np.unique(CLUSTER)
    for k in groups:  # each cluster lies in one arm: its summed residuals over the information of that arm
        mine = CLUSTER == k
        risk, people = of_arm[mine][0], (given == given[mine][0]).sum()
        variance += float((EVENT[mine] - of_arm[mine]).sum() / (people * risk * (1 - risk))) ** 2
    variance *= len(groups) / (len(groups) - 1) * (N - 1) / (N - 2)
    assert found.error == pytest.approx(math.sqrt(variance), rel=1e-6)
    assert compare_clusters("risk difference", EVENT, given, CLUSTER).value == pytest.approx(p - q)
    assert compare_clusters("risk ratio", EVENT, given, CLUSTER).value == pytest.approx(p / q, rel=1e-6)


def test_a_cluster_without_events_does_not_spoil_the_estimate() -> None:
    quiet = np.where(CLUSTER == 3, 0.0, EVENT)
    found = compare_clusters("odds ratio", quiet, GIVEN, CLUSTER, PERIOD)
    assert 0.2 < found.value < 5 and math.isfinite(found.error)


def test_clusters_that_tell_nothing_are_not_defined() -> None:
    assert math.isnan(compare_clusters("risk difference", EVENT, np.ones(N), CLUSTER).value)
    assert math.isnan(compare_clusters("risk difference", EVENT[:40], GIVEN[:40], CLUSTER[:40]).value)
    whole = (CLUSTER % 2).astype(float)  # never crosses over: its effect cannot be told from the clusters' own
    assert math.isnan(compare_clusters("risk difference", EVENT, whole, CLUSTER, PERIOD).value)
