"""Virtual trials with many draws: the same bits whoever runs them, and a kill loses the unfinished batches at most."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import InputError
from experiments.calibration.expectations import read_plans
from experiments.execution import executors, scheduler, start_workers
from experiments.execution.scheduler import WorkerPool
from experiments.execution.tasks import RunOptions
from experiments.trials import batches
from experiments.trials import run as trials
from experiments.trials.batches import Stopped, run_trials
from experiments.trials.run import VirtualTrial
from experiments.uncertainty.draws import ParameterDraws
from scenarios.calibration_targets import targets
from scenarios.trial_files.read import read_trial
from tests.experiments.keyed import uniforms
from tests.experiments.sweeps import ROOT

N = 250
DRAWS = ParameterDraws(("linkage.rate",), uniforms(1, N, 1), "toy", "people_who_use_drugs", 1)
PLANS = {"navstar": read_trial("navstar")}


def stand_in(plan: Any, seed: int, number: int, given: dict[str, float] | None = None) -> VirtualTrial:
    """A virtual trial that tells which draw it was given."""
    mean = 0.3 + 1e-3 * number + (given or {})["linkage.rate"]
    return VirtualTrial(number, means={("readmission", arm): (mean, 200) for arm in plan.arms})


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """In this process, without the model; which were run."""
    seen: list[int] = []

    def run(plan: Any, seed: int, number: int, given: Any) -> VirtualTrial:
        seen.append(number)
        return stand_in(plan, seed, number, given)

    monkeypatch.setattr(start_workers, "hire", lambda *_: WorkerPool(executors.serial(), 1, RunOptions(), ahead=1))
    monkeypatch.setattr(batches, "run_replication", run)
    yield seen


def test_each_draw_has_its_trial(here: list[int], tmp_path: Path) -> None:
    told: list[Any] = []
    found = run_trials(tmp_path, PLANS, DRAWS, 1, on_start=lambda *said: told.append(said), on_done=told.append)
    assert sorted(here) == list(range(N))
    assert np.array_equal(found["navstar"]["readmission", "usual"], 0.3 + 1e-3 * np.arange(N) + DRAWS.values[:, 0])
    assert told[0] == ("navstar", N, 0) and sum(told[1:]) == N and batches.seconds(tmp_path) > 0
    here.clear()
    again = run_trials(tmp_path, PLANS, DRAWS, 1, on_start=lambda *said: told.append(said))
    assert not here and told[-1] == ("navstar", 0, N)
    assert again["navstar"]["readmission", "usual"].tobytes() == found["navstar"]["readmission", "usual"].tobytes()


def test_a_kill_loses_one_batch(here: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run_trials(tmp_path / "whole", PLANS, DRAWS, 1)
    monkeypatch.setattr(scheduler, "AIM_SECONDS", 0.0)  # the engine hands runs out one by one
    plain = batches.run_replication

    def stops(plan: Any, seed: int, number: int, given: Any) -> VirtualTrial:
        if number == 130:
            raise KeyboardInterrupt
        return plain(plan, seed, number, given)

    monkeypatch.setattr(batches, "run_replication", stops)
    with pytest.raises(Stopped):
        run_trials(tmp_path / "cut", PLANS, DRAWS, 1)
    monkeypatch.setattr(batches, "run_replication", plain)
    here.clear()
    again = run_trials(tmp_path / "cut", PLANS, DRAWS, 1)
    assert here and min(here) == batches.BATCH
    assert again["navstar"]["readmission", "usual"].tobytes() == whole["navstar"]["readmission", "usual"].tobytes()


def test_a_trial_that_fails_has_no_mean(here: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = batches.run_replication

    def breaks(plan: Any, seed: int, number: int, given: Any) -> VirtualTrial:
        return VirtualTrial(number, error="broken") if number == 3 else plain(plan, seed, number, given)

    monkeypatch.setattr(batches, "run_replication", breaks)
    found = run_trials(tmp_path, PLANS, DRAWS, 1)["navstar"]["readmission", "usual"]
    assert np.flatnonzero(np.isnan(found)).tolist() == [3]


def test_trials_of_files_are_kept_by_their_names(here: list[int], tmp_path: Path) -> None:
    files = [tmp_path / "a" / "mine.toml", tmp_path / "b" / "mine.toml", tmp_path / "b" / "yours.toml"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes((ROOT / "scenarios" / "trials" / "navstar.toml").read_bytes())
    one, same, other = (str(file) for file in files)
    run_trials(tmp_path / "out", {name: read_trial(name) for name in (one, other)}, DRAWS, 1)
    kept = {path.name for path in (tmp_path / "out" / "trials").iterdir()}
    assert {"mine-00000.parquet", "yours-00000.parquet"} < kept
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"mine.toml", "yours.toml"}
    bundled = next(target for target in targets() if target.trial == "navstar")
    with pytest.raises(InputError, match="have one name"):
        read_plans([bundled.model_copy(update={"trial": name}) for name in (one, same)], DRAWS.profile)


def test_workers_of_dask_run_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    ran: list[int] = []

    def run(plan: Any, seed: int, number: int, given: Any) -> VirtualTrial:
        distributed.get_worker()  # there is one only where Dask runs this
        ran.append(number)
        return stand_in(plan, seed, number, given)

    monkeypatch.setattr(batches, "run_replication", run)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0"
    ) as cluster:
        found = run_trials(tmp_path, PLANS, DRAWS, 1, dask=cluster.scheduler_address)
    assert sorted(ran) == list(range(N))
    assert np.array_equal(found["navstar"]["readmission", "usual"], 0.3 + 1e-3 * np.arange(N) + DRAWS.values[:, 0])


def test_worker_processes_find_what_this_process_finds(tmp_path: Path) -> None:
    plan = read_trial("navstar", ["population.size=1500"])
    draws = ParameterDraws(("linkage.rate",), np.array([[0.2], [0.4], [0.3], [0.5]]), "toy", "people_who_use_drugs", 1)
    found = run_trials(tmp_path, {"navstar": plan}, draws, 7, workers=2)["navstar"]
    assert np.isfinite(found["readmission", "usual"]).all()
    for number in (0, 3):
        again = trials.run_replication(plan, 7, number, draws.of(number))
        assert {pair: values[number] for pair, values in found.items()} == {
            pair: pytest.approx(mean, rel=0, abs=0, nan_ok=True) for pair, (mean, _) in again.means.items()
        }
