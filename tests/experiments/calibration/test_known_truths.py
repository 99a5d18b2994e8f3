"""A whole fit on a model whose expectations are known: intervals cover, a null is a null, a wrong model fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.calibration import calibrate, fitting, hierarchy, posterior, verdicts
from experiments.calibration.expectations import Numbers
from experiments.calibration.known_truths import known_truths, make_world
from experiments.execution.executors import Serial
from scenarios.calibration_targets import targets
from tests.experiments.calibration import invented_model

PROFILE = "serious_mental_illness"
NAMES = ["acute_need.rate", "linkage.rate", "discharge.patient_initiated", "acute_need.residual", "follow_up.lost",
         "effect.follow_up", "effect.bedside", "care_seeking.rate"]  # fmt: skip
DESIGN = calibrate.Design(PROFILE, first=300, second=150, waves=2, checked=60, worlds=5, chains=24, steps=80, seed=2)


@pytest.fixture(scope="module", autouse=True)
def invented() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibrate, "Simulator", invented_model.InventedSimulator)
        patch.setattr(fitting, "free_parameters", lambda profile: NAMES)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> calibrate.Calibration:
    return calibrate.calibrate(tmp_path_factory.mktemp("invented") / "fit", DESIGN)


@pytest.fixture(scope="module")
def problem() -> posterior.Problem:
    numbers = Numbers.of(targets(profile=PROFILE), PROFILE)
    work = calibrate._Work(DESIGN, numbers, NAMES, invented_model.InventedSimulator(None, numbers, NAMES, 0, None))
    return work.waves(lambda line: None).problem


def test_every_part_is_there(made: calibrate.Calibration) -> None:
    assert set(made.tables) == set(calibrate.TABLES)
    emulator = made.tables["emulator"]
    assert (emulator["r2_of_expectation"] > 0.8).all()
    rows = made.predictive.set_index("id")
    assert "C8b-peer − C8b-workbook" in rows.index and (rows["contraction"] < 1).all()
    average, site, study = (rows[f"{what}high"] / rows[f"{what}low"] for what in ("", "site_", "study_"))
    assert (site > 0.95 * average).all() and (study >= site - 1e-9).all() and (study > 1.05 * average).all()
    assert len(made.tables["trials"]) == 3 and made.tables["trials"]["place"].between(0, 1).all()
    assert made.record["between_sites"]["median"] > 0


def test_a_wrong_model_fails_where_the_fit_does_not(made: calibrate.Calibration) -> None:
    share = made.tables["joint"].set_index("draws")["share"]
    assert share["posterior, without trials"] > 0.6 > 0.01 >= share["wrong model, without trials"]
    assert share["posterior"] > share["prior"]


def test_the_same_again(made: calibrate.Calibration, tmp_path: Path) -> None:
    again = calibrate.calibrate(tmp_path / "again", DESIGN)
    for name in (calibrate.POSTERIOR, *(f"{table}.csv" for table in calibrate.TABLES)):
        assert (again.folder / name).read_bytes() == (made.folder / name).read_bytes(), name


@pytest.mark.slow
def test_intervals_hold_known_truths(problem: posterior.Problem) -> None:
    table, even = known_truths(problem, 5, 40, Serial())
    by = table.groupby("what")["coverage_90"].mean()
    assert 0.85 <= by["expectation"] <= 0.95 and 0.85 <= by["effect"] <= 0.97 and 0.8 <= by["spread"] <= 0.97
    assert even is not None and even > 1e-4


@pytest.mark.slow
def test_fits_that_forget_that_sites_differ_are_found_out(
    problem: posterior.Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check on known truths is worth something: it fails where the worlds have sites and the fit has none."""
    worlds: Any = {}
    plain = hierarchy.Spread.at

    def world(problem: posterior.Problem, state: Any, seed: int, name: str) -> Any:
        monkeypatch.setattr(hierarchy.Spread, "at", plain)
        worlds[name] = make_world(problem, state, seed, name)
        monkeypatch.setattr(hierarchy.Spread, "at", lambda self, scores: 0.02 + 0 * np.asarray(scores))
        return worlds[name]

    monkeypatch.setattr("experiments.calibration.known_truths.make_world", world)
    table, _ = known_truths(problem, 5, 20, Serial())
    assert table[table["what"] == "expectation"]["coverage_90"].mean() < 0.8


@pytest.mark.slow
def test_a_null_trial_is_predicted_as_a_null(problem: posterior.Problem) -> None:
    """Worlds in which a known trial does nothing: the effect's interval holds nothing in nine of ten."""
    m, h = problem.size
    pairs = verdicts.effects(problem.evidence)
    held = []
    for w in range(20):
        state = posterior.prior_states(1, m + h, 11, f"null {w}")[0]
        value = make_world(problem, state, 11, f"null {w}")
        noise = posterior.prior_states(1, len(pairs), 12, f"null {w}")[0]
        for (_, i, j), z in zip(pairs, noise, strict=True):
            own = problem.evidence.own
            value[i] = value[j] + z * np.sqrt(own[i, i] + own[j, j] - 2 * own[i, j])
        chains = posterior.sample(problem.found(value), 13, chains=16, steps=80, name=f"null {w}")
        for _, i, j in pairs:
            expected, variance = verdicts.effect_prediction(problem, chains.late(), i, j)
            sd = np.sqrt(expected.var() + variance.mean())
            held.append(abs(expected.mean()) < 1.645 * sd)
    assert np.mean(held) >= 0.85
