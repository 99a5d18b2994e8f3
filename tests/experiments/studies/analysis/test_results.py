"""Reading a study: tables against the same numbers computed one by one, by other code."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.stats

from experiments.outcomes.cost_effectiveness import money
from experiments.outcomes.difference import level, read_difference
from experiments.outcomes.registry import OUTCOMES
from experiments.statistics.estimates import mean_interval, paired_difference
from experiments.studies.analysis.precision import advise
from experiments.studies.analysis.results import StudyData, read_study
from experiments.studies.definition.plan import Precision
from experiments.support.errors import InputError
from tests.experiments.synthetic_study import FUTURES, effect, points, write_study

R = 20
FAILED = (3, 4)
MONEY = ["readmissions_30d_per_year", "programme_cost", "total_cost"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    rule = {"outcome": "readmission_30d", "half_width": 0.002, "minimum": 10, "maximum": 40}
    folder = tmp_path_factory.mktemp("study")
    return read_study(write_study(folder, R, rule=rule, failed=[FAILED], lacking=["readmission_90d"]))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    return read_study(write_study(tmp_path_factory.mktemp("kept"), 6, keep=True, only=["reach"]))


def values(study: StudyData, point: int, outcome: str) -> np.ndarray:
    runs = study.runs[study.runs["point"] == point].set_index("replication")[outcome]
    return runs.reindex(range(R)).to_numpy()


def test_what_is_there(study: StudyData) -> None:
    assert len(study.design) == 26 and study.baseline == "usual-care" and study.replications == R
    assert [f["role"] for f in study.factors] == ["lever"] * 3 + ["uncertainty"]
    assert study.rule == Precision("readmission_30d", 0.002, None, 10, 40)
    assert len(study.runs) == 26 * R - 1 and not study.runs.duplicated("key").any()
    assert study.runs[["replication", "point"]].apply(tuple, axis=1).is_monotonic_increasing
    assert study.failed[["point", "replication", "status"]].values.tolist() == [[*FAILED, "error"]]
    assert "26 points" in repr(study)


def test_means_one_by_one(study: StudyData) -> None:
    table = study.means(["readmission_30d", "peer_high_burnout"])
    assert len(table) == 52
    for row in table.itertuples():
        oracle = level(row.outcome, mean_interval(values(study, row.point, row.outcome)))
        np.testing.assert_allclose(
            [row.n, row.mean, row.low, row.high], [oracle.n, oracle.mean, oracle.low, oracle.high], rtol=1e-12
        )
        assert row.unit == OUTCOMES[row.outcome].unit and row.level == 0.95
    assert table["n"].min() == 0 and (table.loc[table["n"] == R - 1, "point"] == FAILED[0]).all()


def test_differences_one_by_one(study: StudyData) -> None:
    table = study.differences()
    assert len(table) == 24 * 4 and (table["baseline"] == "usual-care").all()
    for row in table.itertuples():
        plan, base = values(study, row.point, row.outcome), values(study, row.future, row.outcome)
        oracle = paired_difference(plan, base)
        np.testing.assert_allclose(
            [row.difference, row.low, row.high], [oracle.mean, oracle.low, oracle.high], rtol=1e-9, atol=1e-15
        )
        assert row.n == oracle.n and row.reading == read_difference(row.outcome, oracle)
        if row.n:
            assert row.mean - row.baseline_mean == pytest.approx(row.difference, abs=1e-9)


def test_differences_hold_the_true_effect(study: StudyData) -> None:
    truth = {row["point"]: effect(row) for row in points()}
    names = [name for name, o in OUTCOMES.items() if o.better == "lower" and o.unit in ("share", "probability")]
    table = study.differences([n for n in names if n not in ("peer_high_burnout", "missed_visits", "readmission_90d")])
    true = table["point"].map(truth)
    assert 0.92 <= ((table["low"] <= true) & (true <= table["high"])).mean() <= 0.98


def test_bca_differences(study: StudyData) -> None:
    t, bca = (study.differences(["readmission_30d"], method=m) for m in ("t", "bca"))
    assert (bca["method"] == "bca").all() and t["difference"].equals(bca["difference"])
    width = t["high"] - t["low"]
    assert ((t["low"] - bca["low"]).abs() < 0.2 * width).all() and not t["low"].equals(bca["low"])


def test_outcomes_that_old_shards_lack_are_not_there_in_their_runs(study: StudyData) -> None:
    table = study.means(["readmission_90d"])
    assert 0 < table["n"].min() and table["n"].max() < R


def test_across_futures(study: StudyData) -> None:
    table = study.across_futures(["readmission_30d", "peer_high_burnout"])
    single = study.differences(["readmission_30d"])
    assert len(table) == 12 and (table["futures"] == len(FUTURES)).all()
    for row in table.itertuples():
        mine = single[single["plan"] == row.plan]
        assert row.difference == pytest.approx(mine["difference"].mean())
        assert (row.lowest, row.highest) == (mine["difference"].min(), mine["difference"].max())
        assert row.share_better == (mine["reading"] == "better").mean()
        assert row.half_width == pytest.approx(((mine["high"] - mine["low"]) / 2).mean())
    assert table["share_better"].add(table["share_worse"]).add(table["share_unclear"]).eq(1).all()


def test_quantiles(study: StudyData) -> None:
    table = study.quantiles(["readmission_30d"], [0.5], of="difference")
    row = table.iloc[5]
    x = values(study, row["point"], "readmission_30d") - values(study, row["future"], "readmission_30d")
    oracle = scipy.stats.quantile_test(x, p=0.5).confidence_interval(0.95)
    assert (row["value"], row["low"], row["high"]) == pytest.approx((np.median(x), oracle.low, oracle.high))
    assert len(study.quantiles(["readmission_30d"])) == 26 * 5


def test_best(study: StudyData) -> None:
    table = study.best("readmission_30d")
    truth = {row["point"]: effect(row) for row in points()}
    true = table["point"].map(truth)
    for _, rows in table.groupby("future"):
        best = true[rows.index].idxmin()
        assert rows.loc[best, "standing"] != "clearly worse" and rows["rank"].tolist() == list(range(1, 14))
        behind = true[rows.index] - np.array([true[rows.index].drop(i).min() for i in rows.index])
        assert ((rows["low"] <= behind) & (behind <= rows["high"])).all()
    assert (table[table["plan"] == "baseline"]["standing"] == "clearly worse").all()
    assert table["n"].min() == R - 1  # the future with the failed run
    assert (study.best("linkage_30d").groupby("future")["mean"].first() > 0.5).all()
    burnout = study.best("peer_high_burnout")
    assert (burnout[burnout["plan"] == "baseline"]["standing"] == "not defined").all()
    with pytest.raises(ValueError, match="neither more nor less"):
        study.best("ed_return_30d")


def test_best_over_all_futures(study: StudyData) -> None:
    table = study.best("linkage_30d", futures="mean")
    assert len(table) == 13 and set(table["future"]) == {-1} and "parameters.relationship.contact_gain" not in table
    plan = table.iloc[3]
    rows = [i for i, row in enumerate(points()) if row["plan"] == plan["plan"]]
    complete = [r for r in range(R) if r != FAILED[1]]
    assert plan["mean"] == pytest.approx(study.matrix("linkage_30d")[rows][:, complete].mean())
    assert plan["n"] == R - 1 and table["rank"].tolist() == list(range(1, 14))


def test_further_runs(study: StudyData) -> None:
    table = study.further_runs("readmission_30d", 100)
    assert (table.groupby("future")["further_runs"].sum() == 100).all()
    best = study.best("readmission_30d")
    near = best.loc[best["rank"] <= 3, "point"]
    assert table.set_index("point")["further_runs"][near].sum() > 120


def test_money_is_that_of_a_comparison(study: StudyData) -> None:
    table = study.money()
    held = {p: {name: study.matrix(name)[p] for name in OUTCOMES} for p in range(26)}
    for row in table.itertuples():
        m = money("plan", "usual-care", held[row.point], held[row.future])
        for what, e in (
            ("readmissions_averted_per_year", m.averted), ("programme_cost_per_year", m.cost),
            ("cost_per_readmission_averted", m.per_readmission), ("net_benefit_per_year", m.net_benefit),
            ("total_cost_per_year", m.total_cost), ("total_cost_marginal_per_year", m.total_cost_marginal),
        ):  # fmt: skip
            found = [getattr(row, what), getattr(row, f"{what}_low"), getattr(row, f"{what}_high")]
            np.testing.assert_allclose(found, [e.mean, e.low, e.high], rtol=1e-9)
        assert row.note == m.reading


def test_money_that_is_not_defined_says_why(tmp_path: Path) -> None:
    rows = [row | {"programme.peers": 0} for row in points()]  # no effect at all
    table = read_study(write_study(tmp_path, 6, design=rows, only=MONEY)).money()
    assert table["note"].str.startswith("not given").any()
    assert table.loc[table["note"] != "", "cost_per_readmission_averted"].isna().all()


def test_precision(study: StudyData) -> None:
    table = study.precision()
    assert len(table) == 24 and set(table["outcome"]) == {"readmission_30d"}
    for row in table.itertuples():
        x = values(study, row.point, row.outcome) - values(study, row.future, row.outcome)
        a = advise(study.rule or pytest.fail(), x)
        assert (row.state, row.wanted, row.target) == (a.state, a.wanted, 0.002)
        e = mean_interval(x)
        assert row.half_width == pytest.approx((e.high - e.low) / 2)
    assert set(study.precision(["linkage_30d"])["state"]) == {""}


def test_curves_and_series(kept: StudyData) -> None:
    table = kept.curves()
    assert set(table["series"]) == {"curve:readmission"} and len(table) == 26 * 4
    truth = table["point"].map({row["point"]: effect(row) for row in points()})
    plans = table[table["plan"] != "baseline"]
    np.testing.assert_allclose(plans["difference"], (truth * table["x"] / 30)[plans.index], atol=1e-12)
    base = table[(table["plan"] == "baseline") & (table["x"] == 30)]
    assert base["difference"].isna().all() and ((base["low"] < 0.2) & (base["high"] > 0.2)).all()
    assert (table.loc[table["x"] == 0, ["low", "high"]] == 0).all(axis=None)
    daily = kept.series("daily:")
    assert set(daily["series"]) == {"daily:census"} and (daily["n"] == 6).all()
    assert kept.series("daily:nothing").empty


def test_subgroups(kept: StudyData) -> None:
    table = kept.subgroups().set_index(["point", "subgroup"])
    assert len(table) == 52 and (table["stays"].unstack()["unhoused"] == 18).all()
    small = table["small"].unstack()
    assert small["unhoused"].all() and not small["housed"].any()
    point = points()[5]
    row = table.loc[5, "unhoused"]
    assert row["difference"] == pytest.approx(effect(point)) and row["unit"] == "probability"
    assert row["low"] < 0.3 + effect(point) < row["high"]


def test_nothing_kept_is_an_empty_table(study: StudyData) -> None:
    assert study.curves().empty and study.series("daily:").empty and study.subgroups().empty


def test_an_unfinished_and_an_empty_study(tmp_path: Path) -> None:
    folder = write_study(tmp_path, 2, only=["reach"])
    for path in sorted((folder / "runs").iterdir())[1:]:
        path.unlink()
    part = read_study(folder)
    assert part.means()["n"].min() == 0 and len(part.differences()) == 24 * 4
    next((folder / "runs").iterdir()).unlink()
    empty = read_study(folder)
    assert empty.runs.empty and (empty.means()["n"] == 0).all() and (empty.precision(["reach"])["n"] == 0).all()


@pytest.mark.parametrize("kind", ["nothing", "file", "other", "no design"])
def test_folders_that_are_no_study_end_in_one_line(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "study"
    if kind == "file":
        folder.write_text("")
    elif kind != "nothing":
        write_study(folder, 1, only=["reach"])
        if kind == "other":
            (folder / "manifest.json").write_text('{"format": "peerbridge result 1"}')
        else:
            (folder / "design.csv").unlink()
    with pytest.raises(InputError) as error:
        read_study(folder)
    assert str(folder) in str(error.value) and "\n" not in str(error.value)


def test_a_broken_shard_ends_in_one_line(tmp_path: Path) -> None:
    folder = write_study(tmp_path, 2, only=["reach"])
    (folder / "runs" / "000001.parquet").write_bytes(b"PAR1 and no more")
    (folder / "runs" / ".writing-1-000007.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="000001.parquet: is damaged"):
        read_study(folder).means()


def test_files_put_together_meanwhile_are_found_again(tmp_path: Path) -> None:
    study = read_study(write_study(tmp_path, 4, only=["reach", *MONEY]))
    before = study.matrix("reach")
    files = sorted((tmp_path / "runs").iterdir())
    pq.write_table(pa.concat_tables([pq.read_table(path) for path in files]), tmp_path / "runs" / "900000.parquet")
    for path in files:
        path.unlink()
    assert len(study.money()) == 24 and study.state == "complete"
    np.testing.assert_array_equal(study.matrix("reach"), before)


def test_unknown_outcomes_are_refused(study: StudyData) -> None:
    for call in (study.means, study.differences, study.quantiles):
        with pytest.raises(KeyError, match="happiness"):
            call(["happiness"])


def test_it_reads_like_tidy_data(study: StudyData) -> None:
    table = study.differences(["readmission_30d"])
    pivot = table.pivot_table("difference", "programme.peers", "programme.follow_up_days")
    assert isinstance(pivot, pd.DataFrame) and pivot.shape == (3, 2)
    assert SimpleNamespace(**table.iloc[0].to_dict()).unit == "probability"
