"""A fair split that sums to the whole, and prior futures."""

import math

import numpy as np
import pytest

from dashboard.catalogue.address import Pin, Situation
from dashboard.compute import attribution, futures
from dashboard.pages import assumptions, compare
from experiments.explanation.parts import REST, WAYS
from experiments.uncertainty.prior_sample import prior_draws
from simulation.parameters import PARAMETERS, check_values


def test_a_split_sums_to_the_whole_and_equals_what_is_known(monkeypatch):
    """Runs come from the pool, the split from the code of `peerbridge explain`."""
    years = np.linspace(1, 2, attribution.RUNS)

    def get(made, runs, **_):  # barriers add 1, bridging doubles what workers do, others do nothing
        m, peers = made.mechanisms, made.programme.peers
        value = peers * years * (1 + m.bridging) + m.barriers
        return type("Runs", (), {"values": {"reach": value}})

    monkeypatch.setattr(attribution, "get", get)
    done = []
    split = attribution.ways({}, {}, {"programme.peers": 3}, "reach", alive=lambda: True, progress=done.append)
    parts = {part.name: part.values for part in split.parts}
    assert list(parts)[0] == REST.label and set(parts) == {REST.label, *(way.label for way in WAYS)}
    np.testing.assert_allclose(sum(parts.values()), 6 * years)
    label = {way.name: way.label for way in WAYS}
    np.testing.assert_allclose(parts[label["bridging"]], 3 * years)
    np.testing.assert_allclose(parts[label["barriers"]], 0, atol=1e-12)
    assert (parts[label["follow_up"]] == 0).all()
    assert done[-1] == 1


def test_many_changes_become_at_most_five_parts():
    plan = {
        f"programme.{name}": 1 for name in ("peers", "champion", "autonomy", "training_hours", "caseload_cap", "door")
    }
    plan |= {"programme.share_ed": 1.0, "programme.share_unit": 0.0}
    parts = attribution.grouped({}, plan)
    assert len(parts) == 5 and sorted(sum(parts.values(), [])) == sorted(plan)
    assert attribution.grouped(plan, dict(plan)) == {}


@pytest.mark.parametrize("profile", ["people_who_use_drugs", "serious_mental_illness"])
def test_prior_futures_are_valid_values_of_the_model(profile):
    draws = prior_draws(profile, 64)
    check_values(draws.of(0))
    assert draws.of(0) == draws.of(1) != draws.of(2)


def test_an_unknown_that_decides_is_found_and_noise_is_not():
    draws = prior_draws("people_who_use_drugs", 256)
    number = np.arange(256)
    found, bar = futures.strongest(-draws.values[:, draws.names.index("relationship.contact_gain")], number, draws)
    assert found[0].name == "relationship.contact_gain" and found[0].strength == pytest.approx(-1) and 0 < bar < 0.3
    order = np.argsort([math.sin(12345.678 * i) for i in range(256)])
    assert len(futures.strongest(order.astype(float), number, draws)[0]) <= 1


def test_what_two_runs_of_a_draw_do_not_share_is_chance():
    draw = np.repeat(np.arange(50), 2)
    chance = np.tile([-1.0, 1.0], 50)
    alone = futures.chance_only(draw + chance, draw)
    assert np.median(alone) == pytest.approx(np.median(draw + chance), abs=1.5)
    assert alone.std() == pytest.approx(np.sqrt(2))  # what one run would show, from two that share their mean
    assert futures.chance_only(draw.astype(float), draw).std() == 0


def test_every_setting_has_unit_value_kind_and_source():
    rows = assumptions.table({"programme.peers": 3}, {"relationship.contact_gain": 0.2})
    assert {row["name"] for row in rows} >= set(PARAMETERS)
    for row in rows:
        assert row["text"] and row["kind"] in assumptions.KINDS and (row["unit"] or row["yes"])
        assert row["name"] not in PARAMETERS or row["source"]
    assert {row["name"] for row in rows if row["changed"]} == {"programme.peers", "relationship.contact_gain"}
    smi = assumptions.table({}, {"population.profile": "serious_mental_illness"})
    differing = [row for row in smi if row["name"] == "after_discharge.overdose_out"]
    assert differing[0]["value"] == 0.010 and differing[0]["kind"] == "assumed"


def test_plans_of_one_name_stay_apart():
    situation = Situation(pins=(Pin("A", {}), Pin("A", {}), Pin("Your plan", {})))
    assert list(compare.plans(situation)) == ["Current service", "Your plan", "A", "A (2)", "Your plan (2)"]
