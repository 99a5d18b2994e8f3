"""A shipped posterior is what its record says: its predictions can be made again, and its verdicts follow from it."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import simulation
from experiments.calibration import verdicts
from experiments.calibration.calibrate import PREDICTIONS, TABLES, differing
from experiments.uncertainty.draws import read_draws
from experiments.uncertainty.shipped import FOLDER, shipped_record

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
    """The posterior is of this version of the model, however its sources were rearranged: the numbers are the same."""
    made_by = record["specification"]["model"].partition("+")[0]
    if made_by != simulation.VERSION:
        pytest.skip(f"the shipped posterior was fitted to model {made_by} and is not used: calibrate anew")
    draws = read_draws(FOLDER / f"{profile}.parquet")
    assert differing(record, draws, FOLDER / f"{profile}.{PREDICTIONS}", AGAIN) == []


def test_a_posterior_of_other_numbers_is_refused(profile: str, record: dict[str, Any]) -> None:
    """Seen from the other side: one parameter of the stored draws moved stands for a model whose numbers moved."""
    draws = read_draws(FOLDER / f"{profile}.parquet")
    values = draws.values.copy()
    values[:, draws.names.index("discharge.patient_initiated")] *= 1.01
    lines = differing(record, replace(draws, values=values), FOLDER / f"{profile}.{PREDICTIONS}", 1)
    assert lines and lines[0].startswith("draw ")


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
