"""Sweeps: complete, resumed, stopped, in shards; the final table is the same bytes however it came about."""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments import InputError, sweep
from experiments.execution import executors, scheduler
from experiments.execution import worker as runs
from experiments.execution.kept_tables import SERIES_DAILY
from experiments.execution.scheduler import WorkerPool
from experiments.execution.tasks import Run, RunOptions, Task
from experiments.outcomes.registry import OUTCOMES
from experiments.studies import session
from experiments.studies import sweep as sweeping
from experiments.studies.store import layout
from experiments.studies.store.writer import StudyWriter
from tests.experiments import sweeps
from tests.experiments.endings import ended_at
from tests.experiments.sweeps import POINTS, PRECISE, bytes_of, in_this_process, plan_of


@pytest.fixture
def here(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)


@pytest.fixture
def unbroken(here: None, tmp_path: Path) -> bytes:
    sweep(plan_of(tmp_path), out=tmp_path / "unbroken")
    return bytes_of(tmp_path / "unbroken", tmp_path / "unbroken.parquet")


def flush_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FLUSH_SECONDS", -1.0)
    monkeypatch.setattr(scheduler, "AIM_SECONDS", 0.0)


def test_what_is_in_the_folder(here: None, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    data = sweep(plan, out=tmp_path / "out", command_line="peerbridge sweep posts.toml")
    assert data.state == "complete" and len(data.runs) == POINTS * 12 and data.failed.empty
    table = layout.read_runs(tmp_path / "out")
    factors = ["programme.peers", "programme.follow_up_days"]
    assert table.column_names == [*layout.IDENTITY, *factors, *OUTCOMES, *layout.STATUS, *layout.TIMING]
    order = [(row["replication"], row["point"]) for row in table.select(["replication", "point"]).to_pylist()]
    assert order == sorted(order)
    assert len(set(table["key"].to_pylist())) == POINTS * 12 and all(len(key) == 32 for key in table["key"].to_pylist())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["format"] == layout.FORMAT and manifest["specification"] == {"model": "fake+fake"} | json.loads(
        json.dumps(plan.specification())
    )
    assert {"versions", "git", "machine"} == set(manifest["provenance"])
    (session,) = layout.read_manifest(tmp_path / "out")["sessions"]
    assert session["command_line"] == "peerbridge sweep posts.toml" and session["runs"] == POINTS * 12
    design = (tmp_path / "out" / "design.csv").read_text().splitlines()
    assert design[0] == "point,plan,future,scenario,programme.peers,programme.follow_up_days" and len(design) == 8
    assert len(layout.run_files(tmp_path / "out")) == 1


def test_replications_come_one_after_the_other(here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    add = StudyWriter.add
    monkeypatch.setattr(
        StudyWriter, "add", lambda self, runs: (seen.extend((r.replication, r.point) for r in runs), add(self, runs))
    )
    sweep(plan_of(tmp_path), out=tmp_path / "out", replications=3)
    assert seen == sorted(seen) and len(seen) == 3 * POINTS


def test_a_repeat_does_nothing_and_more_replications_extend(unbroken: bytes, tmp_path: Path) -> None:
    out, found = tmp_path / "grown", []
    plan = plan_of(tmp_path)
    for replications in (5, 12, 12):
        sweep(plan, out=out, replications=replications, on_start=lambda *numbers: found.append(numbers))
    assert found == [(35, 0), (49, 35), (0, 84)]
    assert bytes_of(out, tmp_path / "grown.parquet") == unbroken


@pytest.mark.parametrize(
    ("how", "every"),
    [("killed", 7), *(pytest.param(how, 1, marks=pytest.mark.slow) for how in ("killed", "ctrl-c"))],
)
def test_ending_at_any_file_that_is_written_changes_nothing_in_the_end(
    here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, every: int
) -> None:
    plan = plan_of(tmp_path, replications=1)
    sweep(plan, out=tmp_path / "unbroken")
    unbroken = bytes_of(tmp_path / "unbroken", tmp_path / "unbroken.parquet")
    flush_always(monkeypatch)
    ends, ended = 0, True
    while ended:
        out = tmp_path / f"ended-{ends}"
        ended = ended_at(ends, how, partial(sweep, plan, out=out), monkeypatch)
        assert sweep(plan, out=out).state == "complete"
        assert bytes_of(out, tmp_path / "ended.parquet") == unbroken
        ends += every
    assert ends > 10


def test_shards_at_work_together_make_the_same_table(unbroken: bytes, tmp_path: Path) -> None:
    plan, out = plan_of(tmp_path), tmp_path / "shards"
    states = []
    with StudyWriter.open(out, plan, "fake+fake", writer="3of3"):  # another shard at work all the while
        for part in (1, 2):
            states.append(sweep(plan, out=out, shard=(part, 3)).state)
        with pytest.raises(InputError, match="another command is at work"):
            sweep(plan, out=out)
        with pytest.raises(InputError, match="another command is at work"):
            sweep(plan, out=out, shard=(3, 3))
    states.append(sweep(plan, out=out, shard=(3, 3)).state)
    assert states[-1] == "complete"
    assert len(layout.run_files(out)) == 3
    assert bytes_of(out, tmp_path / "shards.parquet") == unbroken


def test_precision_stops_each_point_by_itself_whatever_the_way(here: None, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, PRECISE)
    whole = sweep(plan, out=tmp_path / "whole")
    numbers = whole.runs.groupby("plan").size()
    assert numbers.min() >= 6 and 6 < numbers.max() < 60 and numbers["baseline"] == numbers.max()
    assert numbers.nunique() > 1
    for part in (1, 2):
        sweep(plan, out=tmp_path / "parts", shard=(part, 2))
    assert bytes_of(tmp_path / "parts", tmp_path / "a") == bytes_of(tmp_path / "whole", tmp_path / "b")


def test_a_broken_file_is_set_aside_and_its_runs_are_made_again(
    unbroken: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, out, said = plan_of(tmp_path), tmp_path / "damaged", []
    sweep(plan, out=out)
    (file,) = layout.run_files(out)
    whole = file.read_bytes()
    for damaged in (b"", b"PAR1", whole[: len(whole) // 2], whole[:2000] + b"\xff" * 50 + whole[2050:]):
        (file,) = layout.run_files(out)
        file.write_bytes(damaged)
        found = []
        sweep(plan, out=out, on_message=said.append, on_start=lambda *numbers, found=found: found.append(numbers))
        assert found == [(84, 0)] and bytes_of(out, tmp_path / "damaged.parquet") == unbroken
    assert len(said) == 4 and all("set aside the unreadable all-" in line for line in said)
    assert len(list((out / "quarantine").iterdir())) == 4


def test_another_study_is_refused_and_nothing_changes(here: None, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sweep(plan_of(tmp_path), out=out, replications=1)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    other = plan_of(tmp_path / "b", sweeps.STUDY.replace("[2, 4, 8]", "[2, 4, 9]"))
    for plan, said in (
        (other, "different study"),
        (plan_of(tmp_path, seed=1), "seed 0"),
        (plan_of(tmp_path, settings=("run.days=400",)), "settings of usual-care, bridge"),
    ):
        with pytest.raises(InputError, match=said):
            sweep(plan, out=out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_full_disk_ends_it_and_the_same_call_goes_on(
    unbroken: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, out, write = plan_of(tmp_path), tmp_path / "full", pq.write_table
    left = [3]

    def full(table: Any, path: Path, **options: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            Path(path).write_bytes(b"half")
            raise OSError(28, "No space left on device", str(path))
        write(table, path, **options)

    with monkeypatch.context() as patch:
        flush_always(patch)
        patch.setattr(pq, "write_table", full)
        with pytest.raises(OSError, match="No space left"):
            sweep(plan, out=out)
    assert not list(out.rglob(".writing-*")) and len(layout.run_files(out)) == 3
    assert layout.read_manifest(out)["state"] == "stopped"
    sweep(plan, out=out)
    assert bytes_of(out, tmp_path / "full.parquet") == unbroken


class Clock:
    """Time that passes only in runs: each takes as long as its plan has posts."""

    def __init__(self, slowness: float = 0.1) -> None:
        self.now, self.slowness = 0.0, slowness

    def monotonic(self) -> float:
        return self.now

    def batch(self, tasks: Sequence[Task], orders: RunOptions) -> list[Run]:
        done = runs.run_batch(tasks, orders)
        for task, run in zip(tasks, done, strict=True):
            run.seconds = self.slowness * (1 + task.config.programme.peers)
            self.now += run.seconds
        return done


@pytest.fixture
def clock(here: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(session, "time", made)
    monkeypatch.setattr(scheduler, "run_batch", made.batch)
    return made


def test_out_of_time_stops_between_replications(unbroken: bytes, clock: Clock, tmp_path: Path) -> None:
    plan, out = plan_of(tmp_path), tmp_path / "out"
    once = 0.1 * (1 + 2 * (3 + 5 + 9))  # seconds of one replication
    data = sweep(plan, out=out, max_minutes=5.5 * once / 60)
    numbers = data.runs.groupby("point").size()
    assert data.ended == data.state == "out of time" and set(numbers) == {5}
    data = sweep(plan, out=out, max_minutes=0.4 * once / 60)  # not even one: what can be done is done
    assert data.ended == "out of time" and 0 < len(data.runs) - 5 * POINTS < 2 * POINTS
    assert sweep(plan, out=out).ended == "complete"
    assert bytes_of(out, tmp_path / "out.parquet") == unbroken


def test_compiling_and_starting_do_not_count_as_time(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compiling(*given: Any) -> WorkerPool:
        clock.now += 45.0
        return sweeps.serially(*given)

    monkeypatch.setattr(sweeping, "_hire", compiling)
    once = 0.1 * (1 + 2 * (3 + 5 + 9))
    data = sweep(plan_of(tmp_path), out=tmp_path / "out", max_minutes=5.5 * once / 60)
    assert data.ended == "out of time" and set(data.runs.groupby("point").size()) == {5}


def test_time_left_weighs_points_by_what_they_take(clock: Clock, tmp_path: Path) -> None:
    said: list[tuple[float, float]] = []
    sweep(plan_of(tmp_path), out=tmp_path / "out", on_standing=lambda s: said.append((clock.now, s.seconds_left)))
    wrong = [left / (clock.now - now) for now, left in said if now > 0.1 * clock.now and now < clock.now]
    assert len(wrong) > 10 and all(1 / 1.5 < ratio < 1.5 for ratio in wrong)
    assert said[-1][1] == 0.0


def test_failed_runs_are_rows_and_made_again_when_asked(
    unbroken: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, out = plan_of(tmp_path), tmp_path / "out"
    monkeypatch.setenv("FAKE_BROKEN", "usual-care:5")
    data = sweep(plan, out=out)
    (row,) = data.failed.to_dict("records")
    assert (row["plan"], row["replication"], row["status"], row["stage"]) == ("baseline", 5, "error", "simulate")
    assert row["message"] == "ZeroDivisionError: broken on purpose" and data.state == "complete"
    monkeypatch.delenv("FAKE_BROKEN")
    assert len(sweep(plan, out=out).failed) == 1
    assert sweep(plan, out=out, retry_failed=True).failed.empty
    assert bytes_of(out, tmp_path / "out.parquet") == unbroken


def test_what_else_is_kept_stands_beside_its_run_once(
    here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush_always(monkeypatch)
    plan = plan_of(tmp_path, sweeps.STUDY + "[keep]\ndaily = true\n", replications=2)
    monkeypatch.setattr(
        sweeping, "_hire", lambda *_: WorkerPool(executors.serial(), 1, RunOptions((SERIES_DAILY,)), ahead=1)
    )
    left, rows = [4], StudyWriter._rows

    def killed(self: StudyWriter, runs: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise SystemExit("killed")
        return rows(self, runs)

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(StudyWriter, "_rows", killed)
        with pytest.raises(SystemExit):
            sweep(plan, out=out)
    orphan = out / "series" / "all-0-000001.parquet"
    orphan.write_bytes(next((out / "series").glob("*.parquet")).read_bytes())
    data = sweep(plan, out=out)
    assert not orphan.exists()
    series = pd.concat([pd.read_parquet(path) for path in (out / "series").glob("*.parquet")])
    assert list(series.columns) == ["key", "point", "replication", "series", "x", "value"]
    assert not series.duplicated(["key", "series", "x"]).any()
    assert set(series["key"]) == set(data.runs["key"]) and "daily:census" in set(series["series"])


def test_a_worker_of_other_versions_ends_the_sweep_in_one_line(
    here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sweeping, "_hire", lambda *_: WorkerPool(executors.serial(), 1, RunOptions(made_by="model 0"), ahead=1)
    )
    with pytest.raises(InputError, match="wanted is model 0; finished runs are kept"):
        sweep(plan_of(tmp_path), out=tmp_path / "out")


def test_a_scheduler_that_goes_keeps_what_is_finished(
    unbroken: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Going(executors.Serial):
        left = 5

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.left -= 1
            if self.left >= 0:
                return super().submit(fn, *args, **kwargs)
            future: Future[Any] = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    monkeypatch.setattr(scheduler, "AIM_SECONDS", 0.0)
    plan, out = plan_of(tmp_path), tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "_hire", lambda *_: WorkerPool(Going, 1, RunOptions(), ahead=1))
        with pytest.raises(ConnectionError, match="scheduler is gone"):
            sweep(plan, out=out)
    found: list[tuple[int, int]] = []
    sweep(plan, out=out, on_start=lambda *numbers: found.append(numbers))
    assert found == [(79, 5)] and bytes_of(out, tmp_path / "out.parquet") == unbroken
