"""Effects of levers, unbeaten plans and screening against the same numbers computed by hand or by other code."""

from pathlib import Path

import numpy as np
import pytest

from experiments.statistics.estimates import mean_interval
from experiments.statistics.pareto import clearly_less, unbeaten
from experiments.studies.analysis.lever_effects import Responses
from experiments.studies.analysis.morris import elementary_effects
from tests.experiments.keyed import normals
from tests.experiments.study_cases import design, grid, make, point

LEAD = "patient_initiated_discharge"


def test_effects_average_paired_differences_over_the_other_levers(tmp_path: Path) -> None:
    data = make(tmp_path, "grid", grid((2, 8), (2.0, 8.0), (0, 90)), 6)
    rows = Responses(data)
    peers = next(lever for lever in rows.levers if lever.name == "programme.peers")
    matrix, held = data.matrix(LEAD), data.design["programme.peers"].to_numpy()
    by_hand = mean_interval((matrix[held == 8] - matrix[held == 2]).mean(axis=0))
    effect = rows.effect(LEAD, peers)
    assert (effect.low, effect.high) == (0, 1)
    assert effect.change.mean == pytest.approx(by_hand.mean) and effect.change.high == pytest.approx(by_hand.high)
    assert rows.effects(LEAD)[0].lever is peers
    assert rows.describe(0) == "2 peer workers, 2 workers per supervisor, 0 days of follow-up"


def test_a_missing_run_leaves_out_its_replication(tmp_path: Path) -> None:
    data = make(tmp_path, "grid", grid((2, 8)), 6, failed=[(1, 2)])
    rows = Responses(data)
    matrix = data.matrix(LEAD)
    keep = [0, 1, 3, 4, 5]
    assert rows.estimate(LEAD, 0).n == 5
    assert rows.effect(LEAD, rows.levers[0]).change.mean == pytest.approx((matrix[2] - matrix[1])[keep].mean())


def test_futures_are_averaged(tmp_path: Path) -> None:
    data = make(tmp_path, "grid", None, 5)
    rows = Responses(data)
    matrix, design_ = data.matrix(LEAD), data.design
    plans = [matrix[design_["plan"].eq("P001") & design_["future"].eq(f)][0] for f in (0, 1)]
    bases = [matrix[design_["plan"].eq("baseline") & design_["future"].eq(f)][0] for f in (0, 1)]
    by_hand = np.mean([p - b for p, b in zip(plans, bases, strict=True)], axis=0)
    assert rows.futures == 2 and rows.names[0] == "P001"
    np.testing.assert_allclose(rows.gains(LEAD)[0], by_hand)
    np.testing.assert_allclose(rows.by_future(LEAD, 0), [(p - b).mean() for p, b in zip(plans, bases, strict=True)])


def test_words_switches_and_many_values(tmp_path: Path) -> None:
    rows = design([
        point(f"P{i:03d}", 2 + i, **{"programme.door": ("both", "clinicians")[i % 2], "programme.champion": i % 3 == 0})
        for i in range(12)
    ])  # fmt: skip
    rows[0] |= {"programme.door": "both", "programme.champion": False}
    factors = [
        {"name": "programme.peers", "role": "lever", "unit": "posts", "label": "p", "low": 2, "high": 13},
        {"name": "programme.door", "role": "lever", "unit": "", "label": "d", "values": ["clinicians", "both"]},
        {"name": "programme.champion", "role": "lever", "unit": "", "label": "c", "values": [True, False]},
    ]
    levers = {x.name: x for x in Responses(make(tmp_path, "list", rows, 3, manifest={"factors": factors})).levers}
    assert levers["programme.door"].levels == ("clinicians", "both") and not levers["programme.door"].numeric
    assert set(levers["programme.champion"].levels) == {"yes", "no"}
    assert levers["programme.peers"].binned and levers["programme.peers"].levels == ("2–4", "5–7", "8–10", "11–13")


def test_clearly_less_is_a_paired_test() -> None:
    noise = normals(1, 12)
    values = np.stack([noise, noise - 0.5 + 0.01 * normals(2, 12), noise + 3 * normals(3, 12)])
    values[2, 0] = np.nan
    less = clearly_less(values, np.zeros(3))
    assert less[0, 1] and not less[1, 0] and not less[0, 2]
    assert not clearly_less(values, np.ones(3))[0, 1], "too small to be printed"
    for i in range(3):
        for j in range(3):
            e = mean_interval(values[j] - values[i], 0.99)
            assert bool(less[i, j]) == (e.high < 0)


def test_unbeaten_plans() -> None:
    level = np.array([[0.0, 3.0], [1.0, 1.0], [3.0, 0.0], [3.0, 3.0], [np.nan, 0.0]])
    noise = 1e-3 * normals(4, 5, 9)
    objectives = [(level[:, k, None] + noise, np.full(5, 0.1)) for k in (0, 1)]
    assert unbeaten(objectives).tolist() == [True, True, True, False, False]


def test_elementary_effects_agree_with_another_library(tmp_path: Path) -> None:
    morris = pytest.importorskip("SALib.analyze.morris")
    levels = {"programme.peers": [2, 4, 6, 8], "programme.follow_up_days": [0, 60, 120, 180]}
    walks = [[(0, 0), (2, 0), (2, 2)], [(1, 1), (1, 3), (3, 3)], [(3, 0), (3, 2), (1, 2)]]
    spots = [spot for walk in walks for spot in walk]
    rows = design([
        point(f"P{i:03d}", levels["programme.peers"][a], days=levels["programme.follow_up_days"][b])
        for i, (a, b) in enumerate(spots)
    ])  # fmt: skip
    order = {"order": {"bridge": list(range(1, 10))}, "kind": "morris"}
    factors = [
        {"name": name, "role": "lever", "unit": "", "label": name, "low": min(v), "high": max(v)}
        for name, v in levels.items()
    ]
    data = make(tmp_path, "morris", rows, 4, manifest={"design": order, "factors": factors})
    found = {e.label: e for e in elementary_effects(Responses(data, points=True), LEAD)}
    x = np.array([[a / 3, b / 3] for a, b in spots])
    matrix = data.matrix(LEAD)
    y = (matrix[1:] - matrix[0]).mean(axis=1)
    problem = {"num_vars": 2, "names": ["peers", "days"], "bounds": [[0, 1], [0, 1]]}
    other = morris.analyze(problem, x, y, num_levels=4, seed=1)
    for k, label in enumerate(("peer workers", "days of follow-up")):
        assert found[label].number == 3
        assert found[label].mu == pytest.approx(other["mu"][k])
        assert found[label].star == pytest.approx(other["mu_star"][k])
        assert found[label].sigma == pytest.approx(other["sigma"][k])
