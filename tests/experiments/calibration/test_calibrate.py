"""Calibrations: equal designs give equal bits, however often they were killed, and the truth lies where they say."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest

import simulation
from experiments import InputError
from experiments.calibration import calibrate, fitting
from experiments.calibration.arviz import to_inference_dict
from experiments.calibration.report import as_json, html
from experiments.uncertainty.draws import read_draws
from experiments.uncertainty.elicitation import Elicitation, Expert, Pool
from tests.experiments import fake_model
from tests.experiments.calibration_cases import DESIGN, NAMES, TARGETS, few_parameters, result_bytes, run, target
from tests.experiments.sweeps import environment, in_this_process

pytestmark = pytest.mark.xdist_group("calibration")  # one calibration serves most of these

DRIVER = Path(__file__).parents[1] / "calibration_driver.py"


@pytest.fixture(scope="module", autouse=True)
def toy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        in_this_process(patch)
        patch.setattr(fitting, "free_parameters", few_parameters)
        patch.setattr(simulation, "simulate", fake_model.simulate)
        patch.setattr(simulation, "kernel_is_compiled", lambda: True)
        for name in ("VERSION", "SOURCE_HASH"):
            patch.setattr(simulation, name, "fake")
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> calibrate.Calibration:
    return run(tmp_path_factory.mktemp("made") / "a")


def test_a_calibration_writes_what_it_found(made: calibrate.Calibration) -> None:
    record = json.loads((made.folder / "calibration.json").read_text())
    assert record["state"] == "complete" and record["targets"] == ["back", "reach"] and record["parameters"] == 3
    assert {"wave-1", "wave-2", "check", "chance", "planted"} <= record["seeds"].keys() and record["waves"]
    draws = read_draws(made.folder / "posterior.parquet")
    assert len(draws) == calibrate.SIZE and draws.names == tuple(NAMES) and draws.digest == record["posterior"]
    assert draws.label.startswith("provisional posterior of 2 numbers, 190 draws in 2 waves")
    predictive = pd.read_csv(made.folder / "predictive.csv").set_index("id")
    # The stand-in adds the parameters up: the posterior moves their sum until readmission is as found.
    assert abs(predictive.loc["back", "median"] - 0.55) < 0.06
    assert predictive.loc["back", "contraction"] > 0.2
    assert set(predictive["verdict"]) <= {"met", "allowed", "not informative", "missed"}


def test_what_each_draw_predicts_can_be_made_again(made: calibrate.Calibration) -> None:
    table = pq.read_table(made.folder / "predictions.parquet").to_pandas()
    assert len(table) == DESIGN.checked and table["draw"].between(0, calibrate.SIZE - 1).all()
    draws = read_draws(made.folder / "posterior.parquet")
    from scenarios import load

    config = load("usual-care", [*made.record["settings"], "population.profile=people_who_use_drugs"])
    for replication in (0, 7):
        values = dict(zip(draws.names, draws.values[table["draw"][replication]], strict=True))
        again = fake_model.simulate(config, made.record["seeds"]["check"], replication=replication, parameters=values)
        assert table["back"][replication] == pytest.approx(again.values["readmission_30d"], rel=1e-9)


def test_equal_designs_give_equal_bits_and_other_seeds_others(made: calibrate.Calibration, tmp_path: Path) -> None:
    again = run(tmp_path / "b")
    assert result_bytes(again.folder) == result_bytes(made.folder)
    other = run(tmp_path / "c", replace(DESIGN, seed=4))
    assert not np.array_equal(read_draws(other.folder / "posterior.parquet").values,
                              read_draws(made.folder / "posterior.parquet").values)  # fmt: skip


def test_the_first_draws_are_no_nearer_to_the_targets_than_the_others(made: calibrate.Calibration) -> None:
    values = read_draws(made.folder / "posterior.parquet").values.sum(axis=1)
    assert abs(values[:100].mean() - values.mean()) < 4 * values.std() / 10


def test_a_finished_calibration_is_not_made_again(made: calibrate.Calibration) -> None:
    started: list[tuple[str, int, int]] = []
    before = result_bytes(made.folder)
    run(made.folder, on_start=lambda *told: started.append(told))
    assert {todo for _, todo, _ in started} == {0} and result_bytes(made.folder) == before


@pytest.mark.parametrize("other", [{"seed": 9}, {"second": 61}, {"waves": 1}, {"first": 131}])
def test_a_folder_of_another_calibration_is_refused(made: calibrate.Calibration, other: dict[str, Any]) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.folder.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="holds another calibration"):
        run(made.folder, replace(DESIGN, **other))
    assert {path: path.stat().st_mtime_ns for path in made.folder.rglob("*") if path.is_file()} == before


def test_what_experts_believe_takes_the_place_of_a_prior(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [Expert(role="x", lived_experience=True, low=0.04, median=0.05 + i / 500, high=0.07, reason="y")
               for i in range(3)]  # fmt: skip
    asked = Elicitation(schema=1, parameter="effect.bedside", question="q", date="2026-01-31", facilitator="f",
                        expert=answers)  # fmt: skip
    monkeypatch.setattr(fitting, "free_parameters", lambda profile: [*NAMES, "effect.bedside"])
    out, pool = tmp_path / "a", Pool(asked)
    made = calibrate.calibrate(out, DESIGN, chosen=TARGETS, pools=[pool])
    drawn = read_draws(out / "wave-1" / "draws.parquet")
    values = drawn.values[:, drawn.names.index("effect.bedside")]
    assert np.quantile(values, [0.05, 0.5, 0.95]) == pytest.approx(pool.quantile(np.array([0.05, 0.5, 0.95])), abs=1e-3)
    after = read_draws(out / "posterior.parquet")
    assert after.values[:, after.names.index("effect.bedside")].max() < 0.1 and "effect.bedside" in after.label
    row = made.contraction.set_index("parameter").loc["effect.bedside"]
    assert 0.03 < row["prior_low"] < row["prior_high"] < 0.1
    assert "effect.bedside" not in to_inference_dict(out)["prior"]
    with pytest.raises(InputError, match="holds another calibration"):
        calibrate.calibrate(out, DESIGN, chosen=TARGETS)
    monkeypatch.setattr(fitting, "free_parameters", few_parameters)
    with pytest.raises(InputError, match="effect.bedside: is not fitted"):
        run(tmp_path / "b", pools=[pool])


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": 5}, "first must lie between 120 and"),
        ({"second": 20}, "second must lie between 60 and"),
        ({"checked": 5}, "checked must lie between 20 and 1,000"),
        ({"waves": 9}, "waves must lie between 1 and 4"),
        ({"steps": 3}, "steps must lie between 20 and"),
        ({"seed": -1}, "seed must lie between"),
        ({"profile": "serious_mental_illness"}, "no target that the model can be compared with"),
    ],
)
def test_bad_sizes_are_one_line_and_nothing_is_written(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        run(tmp_path / "out", replace(DESIGN, **wrong))
    assert "\n" not in str(error.value) and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("prediction", "speed", "no number called speed"), ("scenario", "brige", 'did you mean "bridge"')],
)
def test_targets_that_nothing_can_be_compared_with_are_said(tmp_path: Path, field: str, value: str, said: str) -> None:
    wrong = TARGETS[0].model_copy(update={field: value})
    with pytest.raises(InputError, match=said):
        calibrate.calibrate(tmp_path / "out", DESIGN, chosen=[wrong])
    assert not (tmp_path / "out").exists()


def test_a_trial_that_is_not_there_is_said_before_anything_runs(tmp_path: Path) -> None:
    wrong = TARGETS[0].model_copy(update={"id": "T", "scenario": None, "trial": "navstr", "arm": "usual"})
    with pytest.raises(InputError, match="target T: navstr: no such trial or file"):
        calibrate.calibrate(tmp_path / "out", DESIGN, chosen=[*TARGETS, wrong])
    assert not (tmp_path / "out").exists()


def test_a_target_far_from_anything_is_said(tmp_path: Path) -> None:
    far = target("far", 30.0, "length_of_stay_mean", unit="days")
    with pytest.raises(InputError, match="cannot meet these targets together"):
        calibrate.calibrate(tmp_path / "out", DESIGN, chosen=[TARGETS[0], far])


def test_the_page_and_the_json_say_what_was_met(made: calibrate.Calibration) -> None:
    page = html(made)
    assert "Of 2 numbers" in page and "Known truths" in page and "wrong on purpose" in page
    plain = json.dumps(as_json(made), allow_nan=False)
    assert '"predictive"' in plain and '"coverage_90"' in plain


def go(out: Path) -> subprocess.Popen[str]:
    words = [sys.executable, str(DRIVER), str(out)]
    variables = environment(FAKE_SECONDS=0.02)
    return subprocess.Popen(words, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(process: subprocess.Popen[str], wave: str, done: int) -> dict[str, Any]:
    """What is printed once `wave` has so many runs."""
    assert process.stdout is not None
    for line in process.stdout:
        said: dict[str, Any] = json.loads(line)
        if said["wave"] == wave and said.get("done", 0) >= done:
            return said
    raise AssertionError(process.communicate()[1])


def test_a_killed_calibration_goes_on_and_ends_with_the_same_bytes(made: calibrate.Calibration, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    process = go(out)
    until(process, "wave-2", 30)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert not psutil.wait_procs(children, timeout=20)[1], "a worker outlived its driver"
    assert not (out / "posterior.parquet").exists()
    process = go(out)
    assert until(process, "wave-2", 0)["found"] > 0
    until(process, "end", 0)
    process.communicate()
    assert result_bytes(out) == result_bytes(made.folder)
