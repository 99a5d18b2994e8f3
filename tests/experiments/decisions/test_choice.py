import numpy as np
import pytest

from experiments.decisions.choice import Chance, chance_of, select
from experiments.decisions.value_of_information import normals

SHARE = 2


def noisy(again: int, means: list[float], draws: int = 100) -> dict[int, np.ndarray]:
    """Two runs a draw: plans share what the draw does, and have noise of their own."""
    shared = np.repeat(3 * normals(f"shared {again}", draws), SHARE)
    return {
        i: m
        + shared
        + np.repeat(normals(f"draw {again} {i}", draws), SHARE)
        + normals(f"run {again} {i}", draws * SHARE)
        for i, m in enumerate(means)
    }


def run(
    values: dict[int, np.ndarray], limit: dict[int, float] | None = None, budget: int = 10**6
) -> tuple[object, int]:
    made: dict[int, int] = {}

    def more(plans: object, n: int) -> bool:
        new = {p: max(n, made.get(p, 0)) for p in plans}  # type: ignore[attr-defined]
        if sum((made | new).values()) > budget:
            return False
        made.update(new)
        return True

    def meets(p: int, n: int) -> list[tuple[Chance, float]]:
        if limit is None:
            return []
        return [(chance_of(normals(f"limit {p}", n) + limit[p], np.arange(n) // SHARE, 0.0, 1), 0.5)]

    found = select(
        list(values), lambda p, n: values[p][:n], meets, more, runs_per_draw=SHARE, most_draws=100, indifference=1.0,
        error=0.05,
    )  # fmt: skip
    return found, sum(made.values())


def test_the_stated_error_holds_over_100_repeats() -> None:
    right, runs = 0, 0
    for again in range(100):
        found, used = run(noisy(again, [0.0, -1.0, -1.0, -1.0, -3.0, -4.0]))
        right += found.order[0] == 0  # type: ignore[attr-defined]
        runs += used
    assert right >= 95
    assert runs / 100 < 0.6 * 6 * 200  # against all replications of all six


def test_a_better_plan_that_fails_a_constraint_is_not_chosen_and_those_it_beat_come_back() -> None:
    values = noisy(0, [0.0, 4.0, -4.0])
    found, _ = run(values, limit={0: 2.0, 1: -2.0, 2: 2.0})
    assert found.order[0] == 0 and 1 in found.failed  # type: ignore[attr-defined]
    none, _ = run(values, limit={0: -2.0, 1: -2.0, 2: -2.0})
    assert none.order == [] and sorted(none.failed) == [0, 1, 2]  # type: ignore[attr-defined]


def test_where_runs_end_it_is_said() -> None:
    found, used = run(noisy(1, [0.0, 0.05, 0.1]), budget=100)
    assert not found.decided and used <= 100  # type: ignore[attr-defined]
    assert sum(found.best) == pytest.approx(1)  # type: ignore[attr-defined]


def test_the_probability_of_a_constraint_is_over_draws_and_not_over_runs() -> None:
    draw = np.repeat(np.arange(400), SHARE)
    truth = normals("level", 400) + 1.0
    x = np.repeat(truth, SHARE) + 1.5 * normals("chance", 800)
    found = chance_of(x, draw, 0.0, 1)
    assert found.probability == pytest.approx(float((truth > 0).mean()), abs=0.03)
    assert found.low < found.probability < found.high
    assert chance_of(x, draw, 0.0, 1, smooth=True).probability == pytest.approx(0.8413, abs=0.06)
    assert float((x > 0).mean()) < 0.76
    assert chance_of(np.full(4, np.nan), np.arange(4), 0.0, 1).draws == 0
