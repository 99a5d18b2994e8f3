"""The shipped posterior is what its record says: its predictions can be made again, and it kept what it promised."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import simulation
from experiments.calibration import diagnostics
from experiments.calibration.calibrate import PREDICTIONS, seed_of
from experiments.outcomes.target_predictions import predict
from experiments.uncertainty.draws import read_draws
from experiments.uncertainty.shipped import FOLDER, shipped_record
from scenarios import load
from scenarios.calibration_targets import targets

PROFILES = ["people_who_use_drugs", "serious_mental_illness"]
AGAIN = 6
"""Checked draws that are simulated once more."""


@pytest.fixture(scope="module", params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def record(profile: str) -> dict[str, Any]:
    return shipped_record(profile)


@pytest.fixture(scope="module")
def stored(profile: str) -> pd.DataFrame:
    return pq.read_table(FOLDER / f"{profile}.{PREDICTIONS}").to_pandas()


def table(profile: str, name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{profile}.{name}.csv")


def used(profile: str, record: dict[str, Any]) -> list[Any]:
    mine = {target.id: target for target in targets(profile=profile)}
    return [mine[name] for name in record["targets"]]


def made_by_this_model(record: dict[str, Any]) -> None:
    made = record["specification"]["model"].partition("+")[0]
    if made != simulation.VERSION:
        pytest.skip(f"the shipped posterior was made by model {made}, this is {simulation.VERSION}: calibrate anew")


def test_what_a_few_draws_predict_can_be_made_again(profile: str, record: dict[str, Any], stored: pd.DataFrame) -> None:
    made_by_this_model(record)
    draws = read_draws(FOLDER / f"{profile}.parquet")
    wanted = used(profile, record)
    for scenario in record["scenarios"]:
        config = load(scenario, [*record["settings"], f"population.profile={profile}"])
        asked = [target for target in wanted if target.scenario == scenario]
        for replication in range(0, len(stored), len(stored) // AGAIN)[:AGAIN]:
            values = dict(zip(draws.names, draws.values[stored["draw"][replication]].tolist(), strict=True))
            run = simulation.simulate(
                config, record["seeds"]["check"], replication=replication, parameters=values
            )  # fmt: skip
            said = predict([target.prediction for target in asked], [run])
            for target in asked:
                assert said[target.prediction] == pytest.approx(stored[target.id][replication], rel=1e-9, nan_ok=True)


def test_the_table_follows_from_what_the_draws_predict(
    profile: str, record: dict[str, Any], stored: pd.DataFrame
) -> None:
    design = record["specification"]["design"]
    again = diagnostics.predictive_table(
        used(profile, record), {name: stored[name].to_numpy() for name in record["targets"]}, design["discrepancy"],
        seed_of(design["seed"], 4),
    ).set_index("id")  # fmt: skip
    held = table(profile, "predictive").set_index("id").loc[again.index]
    for column in ("median", "low", "high", "study_low", "study_high", "relative_width"):
        assert again[column].to_numpy(float) == pytest.approx(held[column].to_numpy(float), rel=1e-5, nan_ok=True)
    assert again["inside"].tolist() == held["inside"].tolist()


def test_every_target_is_met_or_has_a_reason(profile: str) -> None:
    held = table(profile, "predictive")
    assert held[~held["inside"]]["reason"].fillna("").map(len).gt(20).all()
    assert held["inside"].mean() > 0.8


def test_intervals_hold_known_truths_as_often_as_they_say(profile: str, record: dict[str, Any]) -> None:
    recovery = table(profile, "recovery")
    assert recovery["truth"].nunique() == record["truths"] == 10
    assert 0.80 <= recovery["inside"].mean() <= 0.97
    assert np.isclose(recovery["inside"].mean(), record["recovered_90_of_identified"])
    assert 0.85 <= record["coverage_90_of_identified"] <= 0.97


def test_the_screen_and_the_parameters_name_the_same(profile: str, record: dict[str, Any]) -> None:
    screen, parameters = table(profile, "screen"), table(profile, "parameters")
    assert set(screen["parameter"]) == set(parameters["parameter"]) and len(screen) == record["parameters"]
    assert screen["passed"].sum() == record["screened"] == parameters["screened"].sum()
    assert not parameters.query("identified and not screened").size


def test_the_files_are_in_the_package() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert "posteriors/*" in project["tool"]["setuptools"]["package-data"]["scenarios"]
