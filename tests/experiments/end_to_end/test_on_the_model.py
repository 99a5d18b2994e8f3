"""The same on the model itself, small: shared draws, one answer whatever the workers, a whole report."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import compare
from experiments.outcomes.registry import run_values
from experiments.studies.analysis.results import read_study

SMALL = ("population.size=600", "run.warm_up_days=40", "run.days=120")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("model") / "study"
    return compare(["usual-care", "bridge"], settings=SMALL, replications=12, workers=1, out=out, draws=None)


def test_threads_and_processes_change_no_byte(study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.execution import scheduler

    monkeypatch.setattr(scheduler, "IN_PROCESS_SECONDS", 0.0)
    monkeypatch.setattr("experiments.execution.worker.BATCH_SECONDS", 0.05)
    for workers in (2, 5):
        out = tmp_path / str(workers)
        compare(["usual-care", "bridge"], settings=SMALL, replications=12, workers=workers, out=out, draws=None)
        for name in ("outcomes.csv", "differences.csv"):
            assert (out / name).read_bytes() == (study.folder / name).read_bytes(), (workers, name)
        assert read_study(out).series("").equals(read_study(study.folder).series("")), workers


def test_tables_hold_what_simulate_returns(study: Any) -> None:
    from simulation import simulate

    result = simulate(study.configs["bridge"], study.seed, replication=5)
    values = study.outcomes().query("scenario == 'bridge' and replication == 5").set_index("outcome")["value"]
    expected = pd.Series(run_values(result))
    assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(values, expected[values.index], strict=True))
    stored = pd.concat(pd.read_parquet(path) for path in (study.folder / "series").glob("*.parquet"))
    bridge = stored[(stored["point"] == 1) & (stored["replication"] == 5)]
    for column in result.daily.columns:
        mine = bridge[bridge["series"] == f"daily:{column}"].sort_values("x")["value"]
        assert np.array_equal(mine, result.daily[column].astype(float), equal_nan=True), column


def test_the_curve_of_one_run_ends_at_its_outcome(tmp_path: Path) -> None:
    alone = compare(["bridge"], settings=SMALL, out=tmp_path / "one", replications=1, draws=None)
    curve = read_study(tmp_path / "one").curves().query("series == 'curve:readmission'").set_index("x")["value"]
    values = alone.values("bridge")
    for horizon in (7, 30, 90):
        (outcome,) = values[f"readmission_{horizon}d"]
        assert curve.loc[horizon] == pytest.approx(outcome, nan_ok=True)


def test_posts_of_nobody_are_usual_care(tmp_path: Path) -> None:
    result = compare(["usual-care", "bridge"], settings=[*SMALL, "programme.peers=0"], replications=3, draws=None)
    readings = set(result.differences()["reading"])
    assert readings <= {"same", "not defined"}


def test_shared_draws_narrow_the_difference(study: Any) -> None:
    plan, base = (study.values(name)["patient_initiated_discharge"] for name in ("bridge", "usual-care"))
    assert np.var(plan - base) < 0.5 * (np.var(plan) + np.var(base))


def test_the_report_is_there(study: Any) -> None:
    text = (study.folder / "report.html").read_text(encoding="utf-8")
    figures = text.split("<figure ")[1:]
    assert len(figures) == 4 and all('<svg class="plot' in figure for figure in figures)
    assert "nan" not in text.replace("resonan", "").lower().split()
