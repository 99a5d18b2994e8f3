"""Threads that are a few items ahead: results in order, and nothing begun that is not wanted."""

import threading
import time
from contextlib import closing

import pytest

from experiments.execution.executors import in_threads


def test_results_come_in_the_order_of_the_items() -> None:
    def slow_if_even(n: int) -> int:
        time.sleep(0.01 * (n % 2 == 0))
        return n * n

    assert list(in_threads(slow_if_even, range(12), 3)) == [n * n for n in range(12)]
    assert list(in_threads(slow_if_even, [], 3)) == []


def test_leaving_early_begins_nothing_more() -> None:
    begun: list[int] = []
    with closing(in_threads(lambda n: begun.append(n), iter(range(1000)), 2)) as results:
        next(results)
    assert len(begun) <= 4 and threading.active_count() < 20


def test_an_error_of_a_call_is_raised_where_its_result_would_be() -> None:
    results = in_threads(lambda n: 1 / n, [1, 2, 0, 4], 1)
    assert [next(results), next(results)] == [1.0, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)
