"""Time left, on clocks that only these tests move: right within a factor of 1.5 once a minute of runs has come in."""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from experiments.execution.scheduler import RunTimes
from experiments.execution.tasks import Run
from experiments.execution.time_left import Pace

MINUTE = 60.0


def batches(
    points: list[float], replications: int, workers: Callable[[float], int], aim: float = 1.0,
    slower: Callable[[float], float] = lambda _: 1.0, starting: float = 0.0,
) -> Iterator[tuple[float, list[Run]]]:  # fmt: skip
    """When batches of runs come in, replication by replication, from workers that are all busy all the time.

    Args:
        points: Seconds of a run of each point.
        replications: Of each.
        workers: How many there are at a time.
        aim: Seconds of work in a batch.
        slower: What a run takes at a time, as a multiple.
        starting: Seconds until a worker is ready.
    """
    waiting = [(replication, point) for replication in range(replications) for point in range(len(points))][::-1]
    free = [(starting * (1 + 0.2 * k), k) for k in range(workers(0.0))]
    coming: list[tuple[float, int, list[Run]]] = []
    number = 0
    while waiting or coming:
        while waiting and free:
            now, k = heapq.heappop(free)
            batch, end = [], now
            while waiting and (end == now or end - now < aim):
                replication, point = waiting.pop()
                seconds = points[point] * slower(end) * (0.8 + 0.4 * ((37 * replication + 61 * point) % 101) / 100)
                batch.append(Run("bridge", replication, 0, seconds=seconds, point=point))
                end += seconds
            heapq.heappush(coming, (end, number := number + 1, batch))
        now, _, batch = heapq.heappop(coming)
        yield now, batch
        there = len(coming) + len(free)
        for k in range(max(workers(now) - there, 0)):
            heapq.heappush(free, (now, k))


def ratios(came: Iterator[tuple[float, list[Run]]], points: int, replications: int, workers: Callable[[float], int]):
    """Estimate over what it then took, at every batch, with the seconds since the first run began."""
    pace, costs, left = Pace(), RunTimes(), Counter(dict.fromkeys(range(points), replications))
    said = []
    for now, batch in came:
        for run in batch:
            costs.learn(run)
        left.subtract(run.point for run in batch)
        pace.learn(batch, costs, now)
        said.append((now, pace.seconds(left, costs, now, workers(now))))
    end = said[-1][0]
    assert pace.began is not None and said[-1][1] == 0.0
    return [
        (now - pace.began, left / (end - now)) for now, left in said if end - now > 0.1 * end and not math.isnan(left)
    ]


GRID = [0.12 + 0.03 * (point % 7) for point in range(42)]


@pytest.mark.parametrize(
    ("points", "replications", "workers", "more"),
    [
        pytest.param(GRID, 100, lambda _: 2, {}, id="short runs"),
        pytest.param(GRID, 100, lambda _: 2, {"starting": 45.0}, id="45 seconds of compiling first"),
        pytest.param([20.0, 1.0, 5.0, 9.0] * 5, 12, lambda _: 2, {}, id="long runs that differ"),
        pytest.param([15.0], 160, lambda _: 8, {}, id="one long plan"),
        pytest.param(GRID, 150, lambda _: 2, {"slower": lambda now: 3.0 if now > 40 else 1.0}, id="turns slower"),
        pytest.param(GRID, 150, lambda _: 2, {"slower": lambda now: 3.0 if now < 20 else 1.0}, id="turns faster"),
    ],
)  # fmt: skip
def test_time_left_is_right_after_a_minute(
    points: list[float], replications: int, workers: Callable[[float], int], more: dict
) -> None:
    said = ratios(batches(points, replications, workers, **more), len(points), replications, workers)
    settled = MINUTE if "slower" not in more else 2 * MINUTE
    late = [ratio for since, ratio in said if since > settled]
    assert len(late) > 20 and all(1 / 1.5 < ratio < 1.5 for ratio in late), (min(late), max(late))


def test_workers_that_join_show_within_a_minute() -> None:
    def workers(now: float) -> int:
        return 2 if now < 100 else 8

    said = ratios(batches([0.5] * 20, 200, workers), 20, 200, workers)
    assert all(1 / 1.5 < ratio < 1.5 for since, ratio in said if since > 100 + MINUTE)


def test_nobody_knows_before_runs_came_and_nothing_left_takes_no_time() -> None:
    pace, costs = Pace(), RunTimes()
    assert math.isnan(pace.seconds({0: 3}, costs, 10.0, 2)) and pace.seconds({}, costs, 10.0, 2) == 0.0
    run = Run("bridge", 0, 0, seconds=4.0)
    costs.learn(run)
    pace.learn([run], costs, 50.0)
    assert pace.began == 46.0 and math.isnan(pace.seconds({0: 3}, costs, 51.0, 2))
