"""Numbers of a programme that are shown beside the model: right, rounded, and none from few people."""

import numpy as np
import pandas as pd
import pytest

from experiments.calibration.site.programme import beside, compare_curves, described, records_of, return_curves
from experiments.site_data.disclosure import SMALLEST_CELL
from experiments.site_data.records import read
from scenarios import load
from simulation import simulate

HEADER = (
    "person,admission_day,discharge_day,discharge_type,peer_contacts,unit,housing,ed_day,referral_day,first_contact_day"
)


def stays(n=600):
    """Stays of n people, every third of whom comes back ten days after discharge; values follow from the number."""
    rows = []
    for k in range(n):
        start = k % 300
        kind = "patient-initiated" if k % 5 == 0 else "planned"
        contacts = k % 4
        met = start + k % 9 if contacts else ""
        ed = start + 6 + k % 40 if k % 2 else ""
        rows.append(
            (
                f"p{k}",
                start,
                start + 2 + k % 7,
                kind,
                contacts,
                f"u{k % 3}",
                ("stable", "unstable")[k % 2],
                ed,
                start if contacts or k % 8 == 0 else "",
                met,
            )
        )
        if k % 3 == 0:
            rows.append((f"p{k}", start + 12 + k % 7, start + 14 + k % 7, "planned", 0, "u0", "stable", "", "", ""))
    rows.append(("last", 500, 502, "planned", 0, "u0", "stable", "", "", ""))
    return pd.DataFrame(rows, columns=HEADER.split(","))


def data_of(table, tmp_path, staff=None):
    path = tmp_path / "stays.csv"
    table.to_csv(path, index=False)
    if staff is not None:
        staff.to_csv(tmp_path / "staff.csv", index=False)
    return read(path, tmp_path / "staff.csv" if staff is not None else None)


def named(data):
    return {one.name: one for one in described(data)}


def test_numbers_are_those_that_pandas_counts(tmp_path):
    table = stays()
    found = named(data_of(table, tmp_path))
    met = table["peer_contacts"] > 0
    early = table["discharge_type"] == "patient-initiated"
    planned = table[~early]
    length = planned["discharge_day"] - planned["admission_day"] + 1
    expected = {
        "reach": met.mean(),
        "contacts": table.loc[met, "peer_contacts"].mean(),
        "early_housing_stable": early[table["housing"] == "stable"].mean(),
        "early_housing_unstable": early[table["housing"] == "unstable"].mean(),
        "early_unit_unit 2": early[table["unit"] == "u1"].mean(),
        "length_planned_25": np.quantile(length, 0.25, method="lower"),
        "length_planned_75": np.quantile(length, 0.75, method="lower"),
    }
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, abs=0.6 * 10 ** np.floor(np.log10(found[name].error))), name
    back = table.duplicated("person", keep="last") & (table["housing"] == "unstable")
    assert found["readmission_housing_unstable"].value == pytest.approx(
        back.sum() / (table["housing"] == "unstable").sum(), abs=0.006
    )


def test_a_wait_counts_people_who_are_never_met(tmp_path):
    table = stays()
    referred = pd.to_numeric(table["referral_day"]).dropna()
    wait = pd.to_numeric(table["first_contact_day"]) - referred
    found = named(data_of(table, tmp_path))
    for day in (1, 7):
        assert found[f"contact_{day}d"].value == pytest.approx((wait <= day).sum() / len(referred), abs=0.006)


@pytest.mark.parametrize("n", (SMALLEST_CELL - 1, SMALLEST_CELL))
def test_a_family_of_groups_is_shown_whole_or_not_at_all(tmp_path, n):
    table = stays()
    few = table.index[(table["unit"] == "u2") & (table["discharge_type"] == "patient-initiated")][n:]
    table.loc[few, "discharge_type"] = "planned"
    units = [name for name in named(data_of(table, tmp_path)) if name.startswith("early_unit")]
    assert len(units) == (3 if n == SMALLEST_CELL else 0)


def test_what_the_named_units_leave_must_be_enough_too(tmp_path):
    table = stays()
    table.loc[table.index[:15], "unit"] = "rare"
    table["unit"] = [f"{unit}-{k % 2}" if unit != "rare" else unit for k, unit in enumerate(table["unit"])]
    assert not [name for name in named(data_of(table, tmp_path)) if name.startswith("early_unit")]


@pytest.mark.parametrize("posts", (8, 24))
def test_staff_who_leave_and_empty_posts(tmp_path, posts):
    rows = [(f"post-{k}", "peer", 0, 200) for k in range(posts)] + [
        (f"post-{k}", "peer", 250, "") for k in range(posts)
    ]
    found = named(data_of(stays(), tmp_path, pd.DataFrame(rows, columns=["post", "role", "start_day", "end_day"])))
    if posts < SMALLEST_CELL:
        assert not {"exits", "vacant"} & set(found)
        return
    assert found["exits"].value == pytest.approx(365 / (501 - 49), abs=0.05)  # the first post begins on day 0
    assert "vacant" not in found  # every post stands empty equally long: no error can be given


def test_each_step_of_a_curve_holds_as_many_events_as_may_be_shown(tmp_path):
    table = stays()
    data = data_of(table, tmp_path)
    curves = {curve.title: curve for curve in return_curves(data)}
    out = table["discharge_day"]
    ed = pd.to_numeric(table["ed_day"]) - out
    curve = curves["Return to the emergency department"]
    events = [((ed >= 0) & (ed <= day)).sum() for day in curve.days]
    steps = np.diff(events)
    assert (steps >= SMALLEST_CELL).all() and curve.days.size > 5
    alive = len(table) - 1
    assert curve.value[-1] == pytest.approx(events[-1] / alive, abs=0.02)
    assert (np.diff(curve.value) >= 0).all()
    assert "Readmission" not in curves  # everybody comes back on the same day: one step is no curve


def test_the_model_is_counted_by_the_same_code_as_the_records(tmp_path):
    from experiments.calibration.site.template import tables

    result = simulate(load("bridge", ["population.size=3000"]), 7)
    text, _ = tables(result)
    (tmp_path / "own.csv").write_text(text)
    own, model = named(read(tmp_path / "own.csv")), named(records_of(result))
    shared = [name for name in own if name in model and "unit" not in name]
    assert len(shared) >= 8
    for name in shared:
        assert abs(own[name].value - model[name].value) <= 0.5 * own[name].error + 1e-9, name


def test_the_table_puts_the_model_beside_the_records_and_units_stay_the_site_s_own():
    result = simulate(load("bridge", ["population.size=3000"]), 7)
    data = records_of(result)
    table = beside(data, [data] * 3, [data] * 2).set_index("name")
    assert (table.loc["reach", ["before", "after"]] == table.loc["reach", "records"]).all()
    assert table.loc[[name for name in table.index if "unit_" in name], "before"].isna().all()
    curves = compare_curves(data, [data], [data])
    assert [list(one) for one in curves] == [["your records", "before your records", "after"]] * 2
    for one in curves:
        assert np.array_equal(one["after"].value, one["your records"].value)
