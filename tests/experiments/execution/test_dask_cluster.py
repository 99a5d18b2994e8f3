"""The same study on Dask: workers that come, go and are killed; the same bytes."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments import InputError, sweep
from tests.experiments.sweeps import bytes_of, in_this_process, plan_of, stand_in_for_workers

distributed = pytest.importorskip("distributed")


@pytest.fixture
def cluster(fake: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import dask

    stand_in_for_workers(monkeypatch)
    monkeypatch.setenv("FAKE_SECONDS", "0.02")
    with dask.config.set({"distributed.scheduler.allowed-failures": 0, "distributed.worker.daemon": False}):
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
        ) as made:
            yield made


def test_a_worker_killed_and_one_added_change_nothing(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path)
    with monkeypatch.context() as patch:
        in_this_process(patch)
        sweep(plan, out=tmp_path / "unbroken")
    before = {worker.process.pid for worker in cluster.workers.values()}
    seen: list[int] = []

    def disturb(standing: Any) -> None:
        if not seen:
            os.kill(min(before), signal.SIGKILL)
            cluster.scale(3)
        seen.append(standing.done)

    data = sweep(plan, out=tmp_path / "out", dask=cluster.scheduler_address, on_standing=disturb)
    assert data.state == "complete" and data.failed.empty
    assert bytes_of(tmp_path / "out", tmp_path / "a") == bytes_of(tmp_path / "unbroken", tmp_path / "b")
    assert data.manifest["sessions"][-1]["executor"] == cluster.scheduler_address
    monkeypatch.setattr("simulation.SOURCE_HASH", "edited")
    with pytest.raises(InputError, match=r"worker tcp://.* has model fake\+fake, .*; here is model fake\+edited"):
        sweep(plan, out=tmp_path / "other", dask=cluster.scheduler_address)
    assert not (tmp_path / "other").exists()


def test_nobody_there_is_one_line(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.execution.dask_cluster.CONNECT_SECONDS", 0.3)
    with pytest.raises(InputError, match="dask tcp://127.0.0.1:9: no scheduler answers there"):
        sweep(plan_of(tmp_path), out=tmp_path / "out", dask="tcp://127.0.0.1:9")
    assert not (tmp_path / "out").exists()
