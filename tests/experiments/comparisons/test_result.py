"""The Python door: tidy tables with units, and readings that follow from intervals."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

from experiments import compare
from experiments.outcomes.difference import read_difference
from experiments.outcomes.registry import OUTCOMES
from experiments.statistics.estimates import Estimate
from experiments.statistics.variance_components import Doubt
from experiments.support.errors import InputError
from experiments.uncertainty.draws import ParameterDraws
from simulation.config import Config


@pytest.fixture
def result(fake: Any) -> Any:
    return compare(["usual-care", "bridge", "hospital-only"], replications=12, seed=5, workers=1, draws=None)


def test_tables_are_tidy_and_have_units(result: Any) -> None:
    outcomes, differences = result.outcomes(), result.differences()
    assert list(outcomes.columns) == ["scenario", "replication", "seed", "outcome", "value", "unit"]
    assert len(outcomes) == 3 * 12 * len(OUTCOMES)
    assert len(differences) == 2 * len(OUTCOMES) and set(differences["baseline"]) == {"usual-care"}
    assert differences["unit"].notna().all()
    some = result.differences(["readmission_30d", "linkage_30d"])
    assert len(some) == 4 and set(some["outcome"]) == {"readmission_30d", "linkage_30d"}
    with pytest.raises(KeyError, match="no outcome 'reach90'"):
        result.differences(["reach90"])


def test_differences_are_those_of_the_runs(result: Any) -> None:
    wide = result.outcomes().pivot(index="replication", columns=["scenario", "outcome"], values="value")
    plan, base = wide["bridge"]["readmission_30d"], wide["usual-care"]["readmission_30d"]
    row = result.differences().query("scenario == 'bridge' and outcome == 'readmission_30d'").iloc[0]
    oracle = scipy.stats.ttest_rel(plan, base)
    interval = oracle.confidence_interval(0.95)
    assert row["difference"] == pytest.approx((plan - base).mean())
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))


def test_shared_draws_make_differences_much_narrower(result: Any) -> None:
    plan, base = (result.values(name)["readmission_30d"] for name in ("bridge", "usual-care"))
    assert np.var(plan) + np.var(base) > 10 * np.var(plan - base)


@pytest.mark.parametrize(
    ("outcome", "low", "high", "reading"),
    [
        ("readmission_30d", -2.0, -1.0, "better"),
        ("readmission_30d", 1.0, 2.0, "worse"),
        ("linkage_30d", 1.0, 2.0, "better"),
        ("linkage_30d", -2.0, -1.0, "worse"),
        ("length_of_stay_mean", 1.0, 2.0, "higher"),
        ("length_of_stay_mean", -2.0, -1.0, "lower"),
        ("readmission_30d", -1.0, 1.0, "unclear"),
        ("readmission_30d", math.nan, math.nan, "unclear"),
    ],
)
def test_readings(outcome: str, low: float, high: float, reading: str) -> None:
    assert read_difference(outcome, Estimate(9, (low + high) / 2, low, high, 1.0)) == reading


def test_a_difference_that_some_draws_turn_round_is_unclear() -> None:
    estimate = Estimate(40, -0.02, -0.03, -0.01, 0.02)
    assert read_difference("readmission_30d", estimate, Doubt(20, 0.01, 0.02, -0.05, 0.01)) == "unclear"
    assert read_difference("readmission_30d", estimate, Doubt(20, 0.01, 0.02, -0.05, -0.001)) == "better"


def test_readings_without_a_difference() -> None:
    assert read_difference("readmission_30d", Estimate(5, 0.0, 0.0, 0.0, 0.0)) == "same"
    assert read_difference("readmission_30d", Estimate(0, math.nan, math.nan, math.nan)) == "not defined"


def test_money(result: Any) -> None:
    money = result.money("bridge")
    plan, base = result.values("bridge"), result.values("usual-care")
    averted = (base["readmissions_30d_per_year"] - plan["readmissions_30d_per_year"]).mean()
    assert money.per_readmission.mean == pytest.approx(540_000 / averted)
    assert money.net_benefit.mean == pytest.approx(15_763 * averted - 540_000)
    assert money.per_readmission.low < money.per_readmission.mean < money.per_readmission.high


def test_money_against_oneself_is_not_defined(fake: Any) -> None:
    result = compare(["usual-care", "ed-only"], settings=["programme.peers=0"], replications=5, draws=None)
    money = result.money("ed-only")
    assert math.isnan(money.per_readmission.mean) and "nothing is divided by what may be zero" in money.reading


def test_readmissions_per_year_follow_from_discharges_alive(fake: Any) -> None:
    from experiments.outcomes.registry import run_values
    from scenarios import load

    made = fake.simulate(load("bridge"), 3, replication=2)
    run = made.config.run
    stays = made.daily[["planned", "patient_initiated", "administrative"]].iloc[run.warm_up_days :].sum().sum()
    expected = made.values["readmission_30d"] * stays / (run.days / 365)
    assert run_values(made)["readmissions_30d_per_year"] == pytest.approx(expected)


def test_a_replication_counts_only_when_every_scenario_finished_it(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BROKEN", "bridge:2")
    result = compare(["usual-care", "bridge"], replications=5, draws=None)
    assert result.complete == [0, 1, 3, 4] and len(result.failed) == 1
    assert result.differences()["n"].max() == 4


def test_configs_can_be_given_and_renamed(fake: Any) -> None:
    from scenarios import load

    config = load("bridge")
    result = compare({"four": load("bridge", ["programme.peers=4"]), "six": config}, replications=3, draws=None)
    assert result.baseline == "four" and result.plans == ["six"]


@pytest.mark.parametrize(
    "wrong", [{"replications": 0}, {"seed": -1}, {"workers": 0}, {"threshold": -1.0}, {"baseline": "x"}]
)
def test_wrong_arguments_are_refused_before_anything_is_written(
    fake: Any, tmp_path: Any, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InputError):
        compare(["usual-care", "bridge"], out=tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


def test_draws_of_parameters_reach_every_run_and_their_doubt_is_told_apart(fake: Any, tmp_path: Path) -> None:
    names = ("linkage.rate",)
    values = np.linspace(0.01, 0.05, 20)[:, None]
    draws = ParameterDraws(names, values, "toy", "people_who_use_drugs")
    plain = compare(["usual-care", "bridge"], replications=40, workers=1, draws=None)
    drawn = compare(["usual-care", "bridge"], replications=40, workers=1, draws=draws, out=tmp_path / "out")
    added = drawn.values("bridge")["readmission_30d"] - plain.values("bridge")["readmission_30d"]
    assert added == pytest.approx(np.repeat(values[:, 0], 2))
    assert np.isnan(plain.doubt("bridge", "readmission_30d").low)
    doubt = drawn.doubt("bridge", "readmission_30d")  # the stand-in adds the same to both, so nothing is unknown
    assert doubt.draws == 20 and doubt.unknown < doubt.chance
    gain = (
        drawn.values("bridge")["patient_initiated_discharge"]
        - drawn.values("usual-care")["patient_initiated_discharge"]
    )
    oracle = scipy.stats.ttest_1samp(gain.reshape(20, 2).mean(axis=1), 0.0).confidence_interval(0.95)
    found = drawn.difference("bridge", "patient_initiated_discharge").difference
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high))
    row = drawn.differences().set_index("outcome").loc["readmission_30d"]
    assert row["sd_chance"] == doubt.chance and row["share_unknown"] == doubt.share_unknown
    with pytest.raises(InputError, match="parameter draws differ"):
        compare(["usual-care", "bridge"], replications=2, workers=1, out=tmp_path / "out", draws=None)
    with pytest.raises(InputError, match="parameter draws are for people_who_use_drugs"):
        compare(["smi-discharge"], replications=2, workers=1, draws=draws)


def test_net_cost_says_what_a_bed_day_is_worth_and_what_is_not_priced(result: Any) -> None:
    from experiments.comparisons.terminal import net_cost_sentence
    from experiments.reporting import wording

    plan = result.plans[0]
    said = net_cost_sentence(result, plan)
    for name in ("total_cost", "total_cost_marginal"):
        assert wording.finding(result.difference(plan, name)) in said
    assert wording.finding(result.difference(plan, "worker_harms_per_year")) in said
    assert "average price ($3,170)" in said and "one day more or less costs ($855)" in said and "not priced" in said


def test_the_worth_of_a_bed_day_follows_prices_index_and_draws(fake: Any) -> None:
    from experiments.comparisons.terminal import bed_day_prices

    local = ["parameters.cost.inpatient_day=2000", "parameters.cost.marginal_share=0.5"]
    own = compare(["usual-care", "bridge"], settings=local, replications=2, workers=1, draws=None)
    assert bed_day_prices(own, "bridge") == ("$2,000", "$1,000")
    later = ["money.year=2024", "money.index=1.1", *local]
    own = compare(["usual-care", "bridge"], settings=later, replications=2, workers=1, draws=None)
    assert bed_day_prices(own, "bridge") == ("$2,200", "$1,100")
    days = np.array([[1000.0], [3000.0]])
    draws = ParameterDraws(("cost.inpatient_day",), days, "two prices", "people_who_use_drugs")
    drawn = compare(["usual-care", "bridge"], settings=local[1:], replications=4, workers=1, draws=draws)
    assert bed_day_prices(drawn, "bridge") == ("$1,100 to $2,900 in 9 of 10 draws", "$550 to $1,450 in 9 of 10 draws")


def test_supervision_beyond_what_is_taken_up_is_said_with_whether_it_is_paid() -> None:
    from experiments.comparisons.terminal import unused_supervision

    more = {"peers": 6, "supervisors": 6}
    assert unused_supervision(Config.model_validate({"programme": more})).startswith("12 hours of supervision a week")
    used = Config.model_validate({"programme": more | {"supervision_paid": "hours used"}})
    assert "are not paid" in unused_supervision(used)
    assert unused_supervision(Config.model_validate({"programme": {"peers": 6, "supervisors": 1}})) == ""
