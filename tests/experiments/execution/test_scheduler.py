"""The engine over any executor: every task once, guilty runs found, nobody innocent lost."""

from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future
from typing import Any

import pytest

from experiments.execution import executors, scheduler
from experiments.execution.scheduler import PilotPool, RunTimes, WorkerPool
from experiments.execution.tasks import OtherVersions, Run, RunOptions, Task
from experiments.execution.worker import run_batch


class Dying(executors.Serial):
    """Calls happen here; a worker "dies" when the batch has a run that kills it."""

    def __init__(self, kills: Callable[[Sequence[Task]], bool]) -> None:
        self.kills = kills

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self.kills(args[0]):
            return super().submit(fn, *args, **kwargs)
        future: Future[Any] = Future()
        future.set_exception(BrokenExecutor("the worker process died"))
        return future


def tasks(number: int) -> list[Task]:
    from scenarios import load

    return [Task(load("bridge"), replication, 0, "fake", point=replication % 3) for replication in range(number)]


def numbers(batches: Any) -> list[int]:
    return [run.replication for batch in batches for run in batch]


@pytest.fixture
def quick(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that take no time, in batches of some size."""

    def batch(given: Sequence[Task], _: RunOptions) -> list[Run]:
        return [Run(t.config.name, t.replication, t.seed, seconds=0.05, point=t.point) for t in given]

    monkeypatch.setattr(scheduler, "run_batch", batch)


def test_every_task_once_and_block_after_block(quick: None) -> None:
    with WorkerPool(executors.serial(), 1, RunOptions()) as pool:
        assert sorted(numbers(pool.run(tasks(100), 100))) == list(range(100))
        assert sorted(numbers(pool.run(iter(tasks(7)), 7))) == list(range(7))
        assert numbers(pool.run([], 0)) == []


def test_batches_grow_to_their_aim_and_shrink_at_the_end(quick: None) -> None:
    with WorkerPool(executors.serial(), 1, RunOptions()) as pool:
        sizes = [len(batch) for batch in pool.run(tasks(300), 300)]
    assert sizes[0] == 1 and max(sizes) == 20 and sizes[-1] <= 2


def test_the_guilty_are_found_and_nobody_else(quick: None) -> None:
    guilty = {13, 14, 77}
    with WorkerPool(lambda: Dying(lambda batch: any(t.replication in guilty for t in batch)), 2, RunOptions()) as pool:
        found = [run for batch in pool.run(tasks(100), 100) for run in batch]
    assert sorted(run.replication for run in found) == list(range(100))
    assert {run.replication for run in found if run.status != "ok"} == guilty
    crashed = next(run for run in found if run.replication == 13)
    assert (crashed.status, crashed.stage, crashed.message) == ("crashed", "worker", "the worker process died")
    assert crashed.point == 13 % 3


def test_a_worker_killed_from_outside_costs_no_row(quick: None) -> None:
    calls: list[int] = []

    def kills(batch: Sequence[Task]) -> bool:
        calls.append(len(batch))
        return len(calls) % 5 == 0

    with WorkerPool(lambda: Dying(kills), 2, RunOptions()) as pool:
        found = [run for batch in pool.run(tasks(200), 200) for run in batch]
    assert sorted(run.replication for run in found) == list(range(200))
    assert all(run.status == "ok" for run in found)


def test_a_batch_that_takes_long_hands_back_what_it_has(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.execution.worker.BATCH_SECONDS", 0.02)
    monkeypatch.setenv("FAKE_SECONDS", "0.015")
    assert 1 <= len(run_batch(tasks(10), RunOptions())) < 10
    with WorkerPool(executors.serial(), 1, RunOptions(), ahead=1) as pool:
        assert numbers(pool.run(tasks(10), 10)) == list(range(10))


def test_a_worker_of_other_versions_refuses(fake: Any) -> None:
    with pytest.raises(OtherVersions, match="wanted is model 0"):
        run_batch(tasks(1), RunOptions(made_by="model 0"))


def test_costs_are_those_of_a_point() -> None:
    costs = RunTimes()
    assert not costs.known
    for point, seconds in ((0, 1.0), (0, 3.0), (1, 5.0)):
        costs.learn(Run("bridge", 0, 0, seconds=seconds, point=point))
    assert (costs.of(0), costs.of(1), costs.of(2), costs.mean) == (2.0, 5.0, 3.0, 3.0)


def test_few_runs_stay_in_this_thread_and_many_go_to_workers(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def cheapest(workers: int) -> executors.Factory:
        asked.append(workers)
        return executors.serial()

    def task(given: Task, _: RunOptions) -> Run:
        return Run(given.config.name, given.replication, given.seed, seconds=0.05, point=given.point)

    monkeypatch.setattr(executors, "cheapest", cheapest)
    monkeypatch.setattr(scheduler, "run_task", task)
    with PilotPool(4, RunOptions()) as pool:  # 0.05 s a run: two seconds of work lie beyond 40 runs
        assert sorted(numbers(pool.run(tasks(30), 30))) == list(range(30)) and not asked
    with PilotPool(4, RunOptions()) as pool:
        assert sorted(numbers(pool.run(tasks(100), 100))) == list(range(100)) and asked == [4]
    with PilotPool(1, RunOptions()) as pool:
        assert sorted(numbers(pool.run(tasks(100), 100))) == list(range(100)) and asked == [4]
        assert pool.slots() == 1
