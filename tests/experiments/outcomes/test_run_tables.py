"""Curves and subgroups of one run against its own outcomes and against statsmodels."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from experiments.outcomes.run_tables import CURVES, DAYS, HORIZON, curve_rows, subgroup_rows
from simulation.engine import Result, simulate
from simulation.outcome_definitions import OUTCOMES
from tests.simulation.small import small


@pytest.fixture(scope="module")
def run() -> Result:
    return simulate(small(400, 30, 420, programme={"follow_up_days": 60}), seed=3)


def test_curves_go_through_the_outcomes(run: Result) -> None:
    curves = curve_rows(run).to_pandas().set_index(["series", "x"])["value"]
    for name, days in (
        ("readmission", 7), ("readmission", 30), ("readmission", 90), ("readmission", 365), ("linkage", 30),
        ("ed_return", 30), ("overdose", 30), ("death", 365),
    ):  # fmt: skip
        assert curves[f"curve:{name}", days] == run.values[f"{name}_{days}d"]
    assert set(curves.index.get_level_values(0)) == {f"curve:{name}" for name in CURVES}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # in the standard errors of statsmodels
def test_curves_are_those_of_statsmodels(run: Result) -> None:
    stays = run.discharges
    stays = stays[(stays["discharge_day"] >= 30) & (stays["discharge_type"] != "died")]
    curves = curve_rows(run).to_pandas()
    columns = {"readmission": "next_readmission_day", "ed_return": "next_ed_day"}
    for name in CURVES:
        column = columns.get(name, f"{name}_day")
        group = stays[~stays["in_care"]] if name == "linkage" else stays
        out = group["discharge_day"]
        event = group[column].where(group[column] >= 0, np.inf) - out
        death = group["death_day"].where(group["death_day"] >= 0, np.inf) - out
        time = np.minimum(np.minimum(event, death), run.daily.index[-1] - out)
        status = np.where(event == time, 1, np.where(death == time, 2, 0))
        oracle = CumIncidenceRight(time.to_numpy(), status)
        mine = curves[curves["series"] == f"curve:{name}"]
        at = np.searchsorted(oracle.times, mine["x"], side="right") - 1
        expected = np.where(at >= 0, oracle.cinc[0][np.maximum(at, 0)], 0.0)
        np.testing.assert_allclose(mine["value"], expected, rtol=1e-9, atol=1e-12)


def test_everyone_repeats_the_outcomes_of_the_run(run: Result) -> None:
    table = subgroup_rows(run).to_pandas()
    everyone = table[table["variable"] == "everyone"]
    assert len(everyone) == 16
    for row in everyone.itertuples():
        assert row.outcome in OUTCOMES
        np.testing.assert_allclose(row.value, run.values[row.outcome], rtol=1e-12)


def test_subgroups_add_up_to_everyone(run: Result) -> None:
    """Shares, weighted by their stays; probabilities by Aalen–Johansen do not add up exactly and are left out."""
    table = subgroup_rows(run).to_pandas()
    table = table[~table["outcome"].str.contains(r"\d+d$")]
    whole = table[table["variable"] == "everyone"].set_index("outcome")
    for (variable, outcome), cells in table.groupby(["variable", "outcome"]):
        assert cells["n"].sum() == whole["n"][outcome], variable
        assert np.nansum(cells["value"] * cells["n"]) == pytest.approx(whole["value"][outcome] * whole["n"][outcome])


def test_a_subgroup_by_hand(run: Result) -> None:
    table = subgroup_rows(run).to_pandas().set_index(["variable", "level", "outcome"])
    stays = run.discharges[run.discharges["discharge_day"] >= 30]
    cell = table.loc["housing", "unhoused", "patient_initiated_discharge"]
    mine = stays[stays["unhoused"]]
    assert cell["n"] == len(mine) and cell["value"] == (mine["discharge_type"] == "patient-initiated").mean()
    cuts = np.quantile(run.frailty, [0.25, 0.5, 0.75])
    mine = stays[(stays["frailty"] >= cuts[0]) & (stays["frailty"] < cuts[1])]
    assert table.loc["frailty", "second quarter", "reach"]["n"] == len(mine)
    beds = stays[stays["unit"] >= 0]["unit"].value_counts()
    assert len(beds) > 1 and all(table.loc["unit", f"unit {unit}", "reach"]["n"] == n for unit, n in beds.items())


def test_every_subgroup_is_recounted_from_the_public_table(run: Result) -> None:
    """Shares and means of each level of each variable, by pandas from `Result.discharges`."""
    stays = run.discharges[run.discharges["discharge_day"] >= 30]
    quarters = pd.cut(
        stays["frailty"], [-np.inf, *np.quantile(run.frailty, [0.25, 0.5, 0.75]), np.inf], right=False,
        labels=["least frail quarter", "second quarter", "third quarter", "most frail quarter"],
    )  # fmt: skip
    variables = {
        "housing": stays["unhoused"].map({True: "unhoused", False: "housed"}),
        "age": pd.cut(
            stays["age"], [0, 30, 40, 50, 200], right=False,
            labels=["under 30", "30 to 39", "40 to 49", "50 and older"],
        ),
        "sex": stays["woman"].map({True: "women", False: "men"}),
        "frailty": quarters,
        "seen by a worker": stays["seen"].map({True: "yes", False: "no"}),
        "unit": "unit " + stays["unit"].astype(str),
    }  # fmt: skip
    table = subgroup_rows(run).to_pandas().set_index(["variable", "level", "outcome"])
    assert {name for name, _, _ in table.index} == {"everyone", *variables}
    by_hand = {
        "patient_initiated_discharge": stays["discharge_type"] == "patient-initiated",
        "death_in_hospital": stays["discharge_type"] == "died",
        "length_of_stay_mean": stays["length_of_stay"],
        "treatment_completed": stays["completed"],
        "disclosed_use": stays["disclosed"],
        "reach": stays["seen"],
    }
    for variable, levels in variables.items():
        levels = levels.astype(str).str.replace("unit -1", "no bed yet")
        assert levels.nunique() > 1, variable
        for level, members in stays.groupby(levels, observed=True):
            for outcome, values in by_hand.items():
                cell = table.loc[variable, level, outcome]
                assert cell["n"] == len(members), (variable, level)
                assert cell["value"] == pytest.approx(values[members.index].mean(), rel=1e-12), (level, outcome)


def test_very_many_units_become_hospitals(run: Result) -> None:
    shape = SimpleNamespace(count=3, units=20)
    config = SimpleNamespace(run=run.config.run, hospital=shape)
    many = SimpleNamespace(config=config, ended=run.ended, last_day=run.last_day, frailty=run.frailty)
    found = subgroup_rows(many).to_pandas()  # type: ignore[arg-type]
    assert "unit" not in set(found["variable"])
    assert found[found["variable"] == "hospital"]["level"].nunique() == 3


def test_a_run_without_stays_has_empty_cells() -> None:
    empty = simulate(small(3, 1, 2), seed=1)
    curves = curve_rows(empty).to_pandas()
    table = subgroup_rows(empty).to_pandas()
    assert isinstance(table, pd.DataFrame) and curves["x"].max() <= HORIZON or curves.empty
    assert (table["n"] == 0).any() and table.loc[table["n"] == 0, "value"].isna().all()
    assert DAYS[-1] == HORIZON
