"""Chance beside what nobody knows: in the table, on the screen, in the folder's information and in the report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import read_study
from experiments.cli.entry import main
from experiments.outcomes.difference import read_difference
from experiments.statistics.estimates import mean_interval, t_quantile
from experiments.statistics.variance_components import split
from experiments.studies.analysis.findings import Findings
from experiments.studies.analysis.uncertainty import FIXED, typical, which
from experiments.uncertainty.draws import ParameterDraws
from simulation.parameters import PARAMETERS
from tests.experiments.page import accessible, words
from tests.experiments.study_cases import grid, make
from tests.experiments.sweeps import STUDY, in_this_process

SAMPLE = {"label": "toy", "kind": "posterior", "number": 6, "runs_per_draw": 2, "parameters": 3}
LEAD = ["patient_initiated_discharge", "readmission_30d"]


def draws(folder: Path, n: int, profile: str = "people_who_use_drugs") -> Path:
    name = "relationship.contact_gain"
    values = PARAMETERS[name].value * (1 + 0.05 * np.arange(n))[:, None]
    ParameterDraws((name,), values, "toy", profile).write(folder / "d.parquet")
    return folder / "d.parquet"


def test_each_plan_is_split_by_the_draw_of_its_replications(tmp_path: Path) -> None:
    rows = grid((2, 8)) + [{**row, "point": row["point"] + 3, "future": 1} for row in grid((2, 8))]
    data = make(tmp_path, "grid", rows, 50, manifest={"draws": SAMPLE | {"number": 20}})
    table = data.doubts(LEAD).set_index(["plan", "outcome"])
    assert len(table) == 6
    draw = np.arange(50) // 2 % 20
    for name in LEAD:
        x, at = data.matrix(name), data.design.set_index(["plan", "future"]).index
        place = {(plan, future): i for i, (plan, future) in enumerate(at)}
        for plan in ("baseline", "P001", "P002"):
            mine = np.mean([x[place[plan, f]] for f in (0, 1)], axis=0)
            if plan != "baseline":
                mine = np.mean([x[place[plan, f]] - x[place["baseline", f]] for f in (0, 1)], axis=0)
            oracle, row = split(mine, draw), table.loc[(plan, name)]
            assert row["of"] == ("level" if plan == "baseline" else "difference") and row["draws"] == 20
            assert (row["sd_chance"], row["sd_unknown"]) == (oracle.chance, oracle.unknown)
            assert (row["unknown_low"], row["unknown_high"]) == (oracle.low, oracle.high)
            assert row["chance"] == pytest.approx(t_quantile(0.95, 49) * oracle.chance / 50**0.5)
            assert row["mean"] == pytest.approx(mine.mean())


def test_intervals_and_readings_are_those_of_a_comparison_with_draws(tmp_path: Path) -> None:
    data = make(tmp_path, "grid", grid((2, 8)), 60, manifest={"draws": SAMPLE | {"number": 20}}, failed=[(1, 7)])
    draw = np.arange(60) // 2 % 20
    for row in data.differences(LEAD).itertuples():
        less = data.matrix(row.outcome)[row.point] - data.matrix(row.outcome)[0]
        oracle = mean_interval(less, clusters=draw)
        assert (row.n, row.difference, row.low, row.high) == pytest.approx(
            (oracle.n, oracle.mean, oracle.low, oracle.high)
        )
        assert row.reading == read_difference(row.outcome, oracle, split(less, draw))
        d = Findings(data).difference(row.outcome, row.point - 1)
        assert (d.difference.low, d.reading) == (pytest.approx(oracle.low), row.reading)


def test_few_draws_tell_nothing_and_start_values_have_no_table(tmp_path: Path) -> None:
    few = make(tmp_path / "few", "grid", grid((2, 8)), 12, manifest={"draws": SAMPLE})
    assert few.doubts()["share_unknown"].isna().all() and typical(few.doubts()) == []
    plain = make(tmp_path / "plain", "grid", grid((2, 8)), 12)
    assert plain.sample is None and plain.doubts().empty and which(plain.sample) == FIXED


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def peer(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    in_this_process(monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("posts.toml").write_text(STUDY, encoding="utf-8")

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def test_what_nobody_knows_is_said_wherever_a_study_is_shown(peer: Call, tmp_path: Path) -> None:
    file = draws(tmp_path, 12)
    sweep = ("sweep", "posts.toml", "--out", "o", "--replications", 24, "--posterior", file)
    code, out, err = peer(*sweep)
    text = " ".join(out.split())
    assert (code, err) == (0, "") and "Parameters: toy: 12 draws of 1 parameter, 2 replications share one." in text
    assert "12 draws are too few to tell which assumptions matter most" in " ".join(text.split())
    assert "shrinks only with knowledge" in text and "how well the mean over the draws is known" in text
    data = read_study("o")
    assert data.manifest["specification"]["draws"] and data.sample == SAMPLE | {"number": 12, "parameters": 1}
    base = data.doubts(["readmission_30d"]).set_index("plan")
    # The stand-in adds the drawn parameters to every plan alike: a level moves with them, a difference does not.
    assert base.loc["baseline", "share_unknown"] > 0.5
    assert base.loc["baseline", "sd_unknown"] > 3 * base.loc["P001", "sd_unknown"]
    code, out, _ = peer("study", "info", "o")
    assert "parameters toy: 12 draws" in out and "how sure   readmission, 30 d" in out
    found = json.loads(peer("study", "info", "o", "--json")[1])
    assert found["parameters"].startswith("toy") and {"chance", "unknown", "share"} < set(found["doubt"][0])
    assert json.loads(peer(*sweep, "--json")[1])["doubts"]
    assert peer("report", "o")[0] == 0
    page = Path("o/report.html").read_text(encoding="utf-8")
    accessible(page)
    assert (
        "How sure: chance, and what nobody knows" in words(page)
        and "parameters are draws of the toy" in words(page).lower()
    )


def test_start_values_are_named_too(peer: Call) -> None:
    out = peer("sweep", "posts.toml", "--out", "o", "--posterior", "none", "--replications", 2)[1]
    assert "Parameters:" not in out and "run-to-run variation only, not what nobody knows" in " ".join(out.split())
    assert read_study("o").sample is None and f"parameters {FIXED}" in peer("study", "info", "o")[1]
    assert peer("report", "o")[0] == 0 and FIXED in words(Path("o/report.html").read_text(encoding="utf-8"))


def test_draws_that_do_not_fit_are_refused(peer: Call, tmp_path: Path) -> None:
    other = draws(tmp_path, 12, "serious_mental_illness")
    code, out, err = peer("sweep", "posts.toml", "--posterior", other)
    assert (code, out, err.count("\n")) == (2, "", 1) and "the parameter draws are for serious_mental_illness" in err
    code, _, err = peer("sweep", "posts.toml", "--posterior", "nothing.parquet")
    assert code == 2 and err == "peerbridge: nothing.parquet: no such file or directory\n"
    assert not Path("results").exists()
    peer("sweep", "posts.toml", "--out", "o", "--replications", 1)
    code, _, err = peer("sweep", "posts.toml", "--out", "o", "--posterior", draws(tmp_path, 12))
    assert code == 2 and "its parameter draws differ" in err
