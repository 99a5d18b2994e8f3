"""kill -9 of the driver or of any worker, at any moment, never changes the final table."""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from experiments import sweep
from experiments.studies import sweep as sweeping
from experiments.studies.store import layout
from tests.experiments.sweeps import STUDY, bytes_of, environment, in_this_process, plan_of

DRIVER = Path(__file__).parents[1] / "sweep_driver.py"


PATIENCE = 60
"""Seconds within which a sweep says something."""


class Driver:
    """A sweep in a process of its own."""

    def __init__(self, folder: Path, address: str = "", **variables: object) -> None:
        words = [sys.executable, str(DRIVER), str(folder / "posts.toml"), str(folder / "out"), address]
        self.process = subprocess.Popen(
            words, env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(line)
        self._said.put("{}")

    def standing(self) -> dict[str, Any]:
        """The latest that it printed, once there is something new; {"ended": ...} last, and {} if it died."""
        line = self._said.get(timeout=PATIENCE)
        while not self._said.empty() and "ended" not in line:
            line = self._said.get()
        return dict(json.loads(line))

    def kill(self) -> bool:
        """End it without a word, if it is still at work; its workers must go with it."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait()
        assert not psutil.wait_procs(children, timeout=20)[1], "a worker outlived its driver"
        return self.process.returncode == -signal.SIGKILL


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


class Kills(NamedTuple):
    """How many processes at work were killed."""

    drivers: int
    workers: int


def disturb(
    folder: Path, kills: int, fake: Any, address: str = "", workers: Callable[[], list[int]] | None = None
) -> Kills:
    """Run a sweep to its end; on the way kill a process that is at work `kills` times, now the driver, now a worker."""
    driver, drivers, killed = Driver(folder, address, FAKE_SECONDS=0.04), 0, 0
    moment = fake.uniform("kill", kills, address != "", size=3 * kills).reshape(kills, 3)
    while True:
        standing = driver.standing()
        assert standing, f"the driver died of itself with {driver.process.wait()}"
        if "ended" in standing:
            assert standing["ended"] == "complete"
            assert driver.process.wait(PATIENCE) == 0
            return Kills(drivers, killed)
        if drivers + killed == kills:
            continue
        wait, who, which = moment[drivers + killed]
        time.sleep(0.5 * wait)
        pids = workers() if workers else standing["workers"]
        if who < 0.3 or not pids:
            drivers += driver.kill()
            driver = Driver(folder, address, FAKE_SECONDS=0.04)
        else:
            killed += kill_worker(pids[int(which * len(pids))])


def kill_worker(pid: int) -> bool:
    """Whether there was a process to kill, and it went."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return not psutil.wait_procs([process], timeout=20)[1]


def test_a_worker_and_then_the_driver_are_killed(
    unbroken: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = unbroken(12)
    driver = Driver(tmp_path, FAKE_SECONDS=0.04)
    first = driver.standing()
    assert kill_worker(first["workers"][0])
    later = driver.standing()
    while first["workers"][0] in later["workers"] or later["done"] < first["done"] + 8:
        later = driver.standing()
    assert driver.kill() and later["done"] < later["total"]
    in_this_process(monkeypatch)
    data = sweep(plan_of(tmp_path, STUDY), out=tmp_path / "out")
    assert data.state == "complete" and 0 < data.manifest["sessions"][-1]["runs"] < later["total"]
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected


@pytest.mark.slow
def test_thirty_kills_on_this_machine(unbroken: Any, fake: Any, tmp_path: Path) -> None:
    expected = unbroken(200)
    kills = disturb(tmp_path, 30, fake)
    assert sum(kills) == 30 and min(kills) >= 5, kills
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected
    assert len(layout.read_manifest(tmp_path / "out")["sessions"]) == kills.drivers + 1


@pytest.mark.slow
def test_twenty_five_kills_on_dask(unbroken: Any, fake: Any, tmp_path: Path, cluster: Any) -> None:
    expected = unbroken(200)
    pids = lambda: [w.process.pid for w in cluster.workers.values() if w.process and w.process.pid]  # noqa: E731
    kills = disturb(tmp_path, 25, fake, cluster.scheduler_address, pids)
    assert sum(kills) == 25 and min(kills) >= 5, kills
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected
    assert len(layout.read_manifest(tmp_path / "out")["sessions"]) == kills.drivers + 1


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import dask
    import distributed

    for name, value in environment(FAKE_SECONDS=0.02).items():
        monkeypatch.setenv(name, value)
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.worker.daemon": False}
    # A local cluster gives up a worker that is down 15 seconds after a loss, be it another loss by then.
    settings["distributed.deploy.lost-worker-timeout"] = "1 hour"
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
    monkeypatch.setattr("experiments.execution.scheduler.AIM_SECONDS", 0.0)
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
    said = [driver.standing()]
    while "ended" not in said[-1]:
        said.append(driver.standing())
    assert said[-1] == {"ended": "stopped"}
    assert driver.process.wait(PATIENCE) == 0
    kept = layout.read_runs(tmp_path / "out", ["point"]).num_rows
    assert 0 < kept < 168 and kept >= max((standing["done"] for standing in said[:-1]), default=0)
    again = Driver(tmp_path)
    while "ended" not in (standing := again.standing()):
        pass
    assert standing == {"ended": "complete"} and again.process.wait(PATIENCE) == 0
    assert bytes_of(tmp_path / "out", tmp_path / "a.parquet") == expected
