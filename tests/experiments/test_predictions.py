"""What the model says to a target, against hand computations on small tables of stays."""

import numpy as np
import pandas as pd
import pytest

from experiments.predictions import OF_STAYS, incidence, measured, predict
from scenarios import load
from simulation import simulate


def stays(rows):
    columns = ["discharge_type", "unhoused", "next_readmission_day", "next_ed_day", "overdose_day", "death_day"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(discharge_day=100, last_day=1000, trust=0.5, length_of_stay=4)


def group(kind, unhoused, back, n):
    """n stays of which `back` are followed by everything on day 110."""
    return [[kind, unhoused, day, day, day, -1] for day in [110] * back + [-1] * (n - back)]


def test_ratios_by_hand():
    table = stays(group("patient-initiated", True, 4, 10) + group("planned", False, 2, 10))
    hazard = np.log(1 - 0.4) / np.log(1 - 0.2)
    assert OF_STAYS["readmission_hazard_ratio_30d"](table) == pytest.approx(hazard)
    assert OF_STAYS["overdose_hazard_ratio_30d"](table) == pytest.approx(hazard)
    odds = (0.4 / 0.6) / (0.2 / 0.8)
    assert OF_STAYS["readmission_odds_ratio_unhoused_30d"](table) == pytest.approx(odds)
    assert OF_STAYS["ed_return_odds_ratio_unhoused_30d"](table) == pytest.approx(odds)


def test_trust_of_those_who_leave_early_is_lower():
    table = stays(group("patient-initiated", True, 0, 5) + group("planned", False, 0, 5))
    assert OF_STAYS["trust_and_leaving_early"](table.assign(trust=[0.2] * 5 + [0.8] * 5)) == pytest.approx(-1.0)
    assert np.isnan(OF_STAYS["trust_and_leaving_early"](table))  # no spread of trust, no correlation


def test_a_group_without_events_has_no_ratio():
    table = stays(group("patient-initiated", True, 4, 10) + group("planned", False, 0, 10))
    assert np.isnan(OF_STAYS["readmission_hazard_ratio_30d"](table))
    assert np.isnan(OF_STAYS["readmission_odds_ratio_unhoused_30d"](table))


def test_the_dead_are_no_discharges_and_deaths_compete():
    table = stays(
        [["planned", False, -1, -1, -1, 105], ["planned", False, 110, -1, -1, 120], ["died", False, -1, -1, -1, 100]]
    )
    assert incidence(table, "next_readmission_day") == pytest.approx(0.5)
    assert incidence(table, "death_day") == pytest.approx(1.0)


def test_outcomes_are_means_over_runs_and_the_rest_is_pooled():
    config = load("usual-care", ["population.size=800", "run.days=120", "run.warm_up_days=30"])
    runs = [simulate(config, replication=r) for r in range(2)]
    found = predict(["readmission_30d", "length_of_stay_sd"], runs)
    assert found["readmission_30d"] == pytest.approx(np.mean([run.values["readmission_30d"] for run in runs]))
    pooled = pd.concat([measured(run) for run in runs])
    assert pooled.discharge_day.min() >= 30
    assert found["length_of_stay_sd"] == pytest.approx(pooled.length_of_stay.std())


def test_unknown_names_and_no_runs_are_refused():
    with pytest.raises(ValueError, match="one run or more"):
        predict(["reach"], [])
    run = simulate(load("usual-care", ["population.size=500", "run.days=30", "run.warm_up_days=0"]))
    with pytest.raises(KeyError, match="happiness"):
        predict(["happiness"], [run])
