"""What the model says to a target, against hand computations on small tables of stays."""

import numpy as np
import pandas as pd
import pytest

from experiments.outcomes.target_predictions import OF_STAYS, incidence, predict, stays_of
from scenarios import load
from simulation import simulate
from simulation.state import DIED, PATIENT_INITIATED, PLANNED


def stays(*groups):
    rows = [row for group in groups for row in group]
    names = ("type", "unhoused", "readmission_day", "death_day", "trust")
    columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    columns |= {name: columns["readmission_day"] for name in ("ed_day", "overdose_day")}
    n = len(rows)
    return columns | {"admission_day": np.full(n, 97), "discharge_day": np.full(n, 100), "last_day": np.full(n, 1000)}


def group(kind, unhoused, back, n, trust=0.5):
    """n stays of which `back` are followed by everything on day 110."""
    return [(kind, unhoused, day, -1, trust) for day in [110] * back + [-1] * (n - back)]


def test_ratios_by_hand():
    table = stays(group(PATIENT_INITIATED, 1, 4, 10), group(PLANNED, 0, 2, 10))
    hazard = np.log(1 - 0.4) / np.log(1 - 0.2)
    assert OF_STAYS["readmission_hazard_ratio_30d"](table) == pytest.approx(hazard)
    assert OF_STAYS["overdose_hazard_ratio_30d"](table) == pytest.approx(hazard)
    odds = (0.4 / 0.6) / (0.2 / 0.8)
    assert OF_STAYS["readmission_odds_ratio_unhoused_30d"](table) == pytest.approx(odds)
    assert OF_STAYS["ed_return_odds_ratio_unhoused_30d"](table) == pytest.approx(odds)


def test_trust_of_those_who_leave_early_is_lower():
    of = OF_STAYS["trust_and_leaving_early"]
    assert of(stays(group(PATIENT_INITIATED, 1, 0, 5, 0.2), group(PLANNED, 0, 0, 5, 0.8))) == pytest.approx(-1.0)
    assert np.isnan(of(stays(group(PATIENT_INITIATED, 1, 0, 5), group(PLANNED, 0, 0, 5))))  # no spread of trust


def test_a_group_without_events_has_no_ratio():
    table = stays(group(PATIENT_INITIATED, 1, 4, 10), group(PLANNED, 0, 0, 10))
    assert np.isnan(OF_STAYS["readmission_hazard_ratio_30d"](table))
    assert np.isnan(OF_STAYS["readmission_odds_ratio_unhoused_30d"](table))


def test_the_dead_are_no_discharges_and_deaths_compete():
    table = stays([(PLANNED, 0, -1, 105, 0.5), (PLANNED, 0, 110, 120, 0.5), (DIED, 0, -1, 100, 0.5)])
    assert incidence(table, "readmission_day") == pytest.approx(0.5)
    assert incidence(table, "death_day") == pytest.approx(1.0)


def test_outcomes_are_means_over_runs_and_the_rest_is_pooled():
    config = load("usual-care", ["population.size=800", "run.days=120", "run.warm_up_days=30"])
    runs = [simulate(config, replication=r) for r in range(2)]
    found = predict(["readmission_30d", "length_of_stay_sd"], runs)
    assert found["readmission_30d"] == pytest.approx(np.mean([run.values["readmission_30d"] for run in runs]))
    pooled = pd.concat([run.discharges[run.discharges.discharge_day >= 30] for run in runs])
    assert len(pooled) == sum(stays_of(run)["type"].size for run in runs)
    assert found["length_of_stay_sd"] == pytest.approx(pooled.length_of_stay.std())


def test_unknown_names_and_no_runs_are_refused():
    with pytest.raises(ValueError, match="one run or more"):
        predict(["reach"], [])
    run = simulate(load("usual-care", ["population.size=500", "run.days=30", "run.warm_up_days=0"]))
    with pytest.raises(KeyError, match="happiness"):
        predict(["happiness"], [run])
