"""kill -9 of the driver or of any worker, at any moment, never changes the final table."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from experiments import studies, sweep, sweeping
from tests.experiments.sweeps import STUDY, bytes_of, environment, in_this_process, plan_of

DRIVER = Path(__file__).with_name("sweep_driver.py")


class Driver:
    """A sweep in a process of its own."""

    def __init__(self, folder: Path, address: str = "", **variables: object) -> None:
        words = [sys.executable, str(DRIVER), str(folder / "posts.toml"), str(folder / "out"), address]
        self.process = subprocess.Popen(
            words, env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def standing(self) -> dict[str, Any]:
        """What it prints next; {"ended": ...} last, and {} if it was killed."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return dict(json.loads(line)) if line else {}

    def kill(self) -> None:
        """End it without a word; its workers must go with it."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.communicate()
        assert not psutil.wait_procs(children, timeout=20)[1], "a worker outlived its driver"


@pytest.fixture
def unbroken(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The table of a study with so many replications that was never disturbed."""

    def make(replications: int) -> bytes:
        with monkeypatch.context() as patch:
            in_this_process(patch)
            text = STUDY.replace("number = 12", f"number = {replications}")
            sweep(plan_of(tmp_path, text), out=tmp_path / "unbroken")
        return bytes_of(tmp_path / "unbroken", tmp_path / "unbroken.parquet")

    return make


def disturb(folder: Path, kills: int, fake: Any, address: str = "", workers: Any = None, seconds: float = 0.04) -> int:
    """Run a sweep to its end, killing the driver or a worker `kills` times on the way; return how often the driver."""
    driver, drivers, n = Driver(folder, address, FAKE_SECONDS=seconds), 0, 0
    moment = fake.uniform("kill", kills, address != "", size=3 * kills).reshape(kills, 3)
    while True:
        standing = driver.standing()
        assert standing, driver.process.communicate()
        if "ended" in standing:
            driver.process.communicate()
            assert standing["ended"] == "complete"
            return drivers
        if n >= kills or standing["done"] > 0.75 * standing["total"]:
            continue
        wait, who, which = moment[n]
        time.sleep(0.5 * wait)
        pids = workers() if workers else standing["workers"]
        n += 1
        if who < 0.35 or not pids:
            driver.kill()
            driver, drivers = Driver(folder, address, FAKE_SECONDS=seconds), drivers + 1
        else:
            try:
                os.kill(pids[int(which * len(pids))], signal.SIGKILL)
            except ProcessLookupError:
                n -= 1


def test_three_kills(unbroken: Any, fake: Any, tmp_path: Path) -> None:
    expected = unbroken(24)
    assert disturb(tmp_path, 3, fake) >= 1
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected


@pytest.mark.slow
def test_many_kills_on_this_machine(unbroken: Any, fake: Any, tmp_path: Path) -> None:
    expected = unbroken(300)
    assert disturb(tmp_path, 30, fake) >= 5
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected
    assert len(studies.read_manifest(tmp_path / "out")["sessions"]) >= 6


@pytest.mark.slow
def test_many_kills_on_dask(unbroken: Any, fake: Any, tmp_path: Path, cluster: Any) -> None:
    expected = unbroken(300)
    pids = lambda: [w.process.pid for w in cluster.workers.values() if w.process and w.process.pid]  # noqa: E731
    assert disturb(tmp_path, 25, fake, cluster.scheduler_address, pids) >= 5
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import dask
    import distributed

    for name, value in environment(FAKE_SECONDS=0.02).items():
        monkeypatch.setenv(name, value)
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.worker.daemon": False}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
        ) as made,
    ):
        yield made


def test_crash_hang_and_slowness_cost_a_row_each(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(
        FAKE_CRASH="usual-care:1", FAKE_HANGS="usual-care:2", FAKE_SLOW="usual-care:3"
    ).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr("experiments.engine.AIM_SECONDS", 0.0)
    plan = plan_of(tmp_path, STUDY + "[limits]\nrun_seconds = 0.4\n", replications=5)
    data = sweep(plan, out=tmp_path / "out", workers=2)
    found = data.failed.set_index("replication")[["plan", "status", "stage", "message"]].to_dict("index")
    assert list(found) == [1, 2, 3] and len(data.runs) == 32
    assert {row["plan"] for row in found.values()} == {"baseline"}
    assert (found[1]["status"], found[1]["stage"]) == ("crashed", "worker") and "code 9" in found[1]["message"]
    assert found[2]["status"] == "timeout" and found[2]["message"] == "took longer than 0.4 s and did not answer"
    assert found[3]["status"] == "timeout" and found[3]["message"] == "took longer than 0.4 s"


@pytest.mark.slow
@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_keeps_what_is_finished(unbroken: Any, tmp_path: Path, request_to_end: signal.Signals) -> None:
    expected = unbroken(24)
    driver = Driver(tmp_path, FAKE_SECONDS=0.04)
    assert driver.standing()["done"] < 150
    driver.process.send_signal(request_to_end)
    lines = driver.process.communicate(timeout=60)[0].splitlines()
    assert json.loads(lines[-1]) == {"ended": "stopped"}
    kept = studies.read_runs(tmp_path / "out", ["point"]).num_rows
    assert 0 < kept < 168 and kept >= max([json.loads(line)["done"] for line in lines[:-1]], default=0)
    out = Driver(tmp_path).process.communicate(timeout=60)[0]
    assert json.loads(out.splitlines()[-1]) == {"ended": "complete"}
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected
