"""A shipped posterior is what its record says: its predictions can be made again, and its verdicts follow from it."""

from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import simulation
from experiments.calibration import verdicts
from experiments.calibration.calibrate import PREDICTIONS, TABLES
from experiments.outcomes.target_predictions import predict
from experiments.uncertainty.draws import read_draws
from experiments.uncertainty.shipped import FOLDER, shipped_record
from scenarios import load
from scenarios.calibration_targets import targets

PROFILES = ["people_who_use_drugs", "serious_mental_illness"]
AGAIN = 4
"""Checked draws that are simulated once more."""


@pytest.fixture(scope="module", params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    if not shipped_record(request.param):
        pytest.skip(f"no posterior is shipped for {request.param}")
    return str(request.param)


@pytest.fixture(scope="module")
def record(profile: str) -> dict[str, Any]:
    return shipped_record(profile)


def table(profile: str, name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{profile}.{name}.csv")


def test_what_a_few_draws_predict_can_be_made_again(profile: str, record: dict[str, Any]) -> None:
    if record["specification"]["model"] != f"{simulation.VERSION}+{simulation.SOURCE_HASH}":
        pytest.skip(f"the shipped posterior was made by model {record['specification']['model']}: calibrate anew")
    draws = read_draws(FOLDER / f"{profile}.parquet")
    stored = pq.read_table(FOLDER / f"{profile}.{PREDICTIONS}").to_pandas()
    mine = {target.id: target for target in targets(profile=profile)}
    names = [*record["targets"], *record["signs"], *record["checks"]]
    for scenario in record["scenarios"]:
        config = load(scenario, [*record["settings"], f"population.profile={profile}"])
        asked = [mine[name] for name in names if mine[name].scenario == scenario]
        for replication in range(0, len(stored), len(stored) // AGAIN)[:AGAIN]:
            values = dict(zip(draws.names, draws.values[stored["draw"][replication]].tolist(), strict=True))
            run = simulation.simulate(config, record["seeds"]["check"], replication=replication, parameters=values)
            said = predict([target.prediction for target in asked], [run])
            for target in asked:
                assert said[target.prediction] == pytest.approx(stored[target.id][replication], rel=1e-6, nan_ok=True)


def test_verdicts_follow_from_the_predictions(profile: str, record: dict[str, Any]) -> None:
    rows = table(profile, "predictive")
    assert verdicts.counts(list(rows["verdict"])) == record["verdicts"]
    numbers = rows[rows["found"].notna()]
    missed = numbers["verdict"] == verdicts.MISSED
    assert (missed == (numbers["tail"] < verdicts.TAIL)).all()
    assert (numbers[numbers["verdict"] == verdicts.MET]["left_tail"] >= verdicts.TAIL).all()


def test_the_fit_can_fail(profile: str, record: dict[str, Any]) -> None:
    share = table(profile, "joint").set_index("draws")["share"]
    assert share["wrong model, without trials"] < 0.02 <= share["posterior, without trials"]
    assert share["prior"] < share["posterior"]


def test_everything_that_is_said_of_it_is_shipped(profile: str, record: dict[str, Any]) -> None:
    draws = read_draws(FOLDER / f"{profile}.parquet")
    assert draws.digest == record["posterior"] and draws.label == record["label"] and draws.kind == "posterior"
    assert all((FOLDER / f"{profile}.{name}.csv").is_file() for name in TABLES)
